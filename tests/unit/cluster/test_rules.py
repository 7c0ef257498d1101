"""Inbound rules: which group is opened, to whom, and what of it is shared with other connections."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from private_connection.cluster.admission import ANYWHERE, unadmitted
from private_connection.cluster.rules import (
    GONE,
    CloseSecurityGroup,
    OpenSecurityGroup,
    close_security_group,
    find_rules,
    list_rules,
    open_security_group,
)
from private_connection.contracts import Done
from private_connection.errors import AwsRejected, ClusterUnusable, NotYetConsistent
from private_connection.ownership import CLUSTER, CONNECTION, CREATED_BY, SERVES, as_mapping
from tests.unit.builders import OURS, Json, a_plan, tag_list
from tests.unit.described import cache_cluster, group, rule, security_group, subnet
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

SERVED: Final = OURS | {f"{SERVES}redis-demo": "run-1"}
OF_ANOTHER: Final = OURS | {CONNECTION: "other", CREATED_BY: "run-7", f"{SERVES}other": "run-7"}
SERVED_TO_BOTH: Final = SERVED | {f"{SERVES}other": "run-7"}
CIDR = "10.0.0.0/24"
DEFAULT = security_group("sg-default", "default")
RAISED: Final[list[tuple[str, list[Json]]]] = [("DEFAULT_GROUP_OPENED", [DEFAULT])]
NOT_RAISED: Final[list[tuple[str, list[Json]]]] = [
    ("a group of its own", [security_group()]),
    ("a group of its own beside the default one", [DEFAULT, security_group()]),
]
CLOSE = CloseSecurityGroup(connection="redis-demo", security_group_id="sg-1", rule_id="sgr-1")
MUTATING = {"AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "CreateTags", "DeleteTags"}


def opening(**changes: Any) -> OpenSecurityGroup:
    fields: Json = {
        "ingress": "subnets",
        "cluster": a_plan(),
        "subnet_ids": ("subnet-a",),
    }
    return OpenSecurityGroup(connection="redis-demo", maker="run-1", **fields | changes)


def rules(*found: Json) -> Json:
    return {"SecurityGroupRules": list(found)}


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    lay(aws)


def lay(aws: FakeAws) -> None:
    """A cluster in one security group without rules, on one subnet."""
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    in_groups = [{"SecurityGroupId": each, "Status": "active"} for each in ("sg-default", "sg-1")]
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster(SecurityGroups=in_groups)]})
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": [security_group()]})
    aws.answers("DescribeSubnets", {"Subnets": [subnet()]})
    aws.answers("DescribeSecurityGroupRules", rules())
    for operation in MUTATING:
        aws.answers(operation, {})
    aws.answers("AuthorizeSecurityGroupIngress", lambda asked: {"SecurityGroupRules": [*made(asked)]})


def made(asked: Json) -> Iterator[Json]:
    """The rules that a request for some makes."""
    for number, each in enumerate(asked["IpPermissions"][0]["IpRanges"]):
        yield rule(f"sgr-new-{number}", CidrIpv4=each["CidrIp"], GroupId=asked["GroupId"])


def changes(aws: FakeAws) -> list[str]:
    return [operation for operation in aws.operations if operation in MUTATING]


# ------------------------------------------------------------------ what is looked up


@pytest.mark.parametrize(
    "other",
    [
        {"IpProtocol": "udp"},
        {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1},
        {"CidrIpv4": None, "PrefixListId": "pl-1"},
        {"CidrIpv4": None, "ReferencedGroupInfo": {"GroupId": "sg-9"}},
    ],
    ids=str,
)
def test_a_rule_that_admits_no_range_by_tcp_is_found_and_leaves_everything_to_be_admitted(
    aws: FakeAws, other: Json
) -> None:
    found = {key: value for key, value in rule("sgr-2", **other).items() if value is not None}
    aws.answers("DescribeSecurityGroupRules", rules(found))
    every = find_rules(["sg-1"])
    assert [each.id for each in every] == ["sgr-2"], "it takes up room in the group"
    assert unadmitted(every, 6379, [CIDR]) == [CIDR]


@pytest.mark.parametrize("other", [{"IsEgress": True}, {"CidrIpv4": None, "CidrIpv6": "::/0"}], ids=str)
def test_inbound_rules_of_several_groups_are_found(aws: FakeAws, other: Json) -> None:
    found = {key: value for key, value in rule("sgr-2", **other).items() if value is not None}
    every = {key: value for key, value in rule("sgr-3", IpProtocol="-1").items() if not key.endswith("Port")}
    aws.answers("DescribeSecurityGroupRules", rules(rule(), found, every))
    assert [(each.id, each.admits(6379)) for each in find_rules(["sg-1", "sg-2"])] == [("sgr-1", True), ("sgr-3", True)]
    assert aws.asked("DescribeSecurityGroupRules")[0]["Filters"] == [{"Name": "group-id", "Values": ["sg-1", "sg-2"]}]


def test_the_rules_of_a_connection_are_asked_for_by_its_tag(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=SERVED_TO_BOTH)), rules())
    assert [(each.id, each.group_id) for each in list_rules("other")] == [("sgr-1", "sg-1")]
    used, named = aws.asked("DescribeSecurityGroupRules")
    assert used["Filters"] == [{"Name": "tag:private-connection/for/other", "Values": ["*"]}]
    assert named["Filters"] == [{"Name": "tag:private-connection", "Values": ["other"]}]


def test_a_rule_with_a_connections_name_is_listed_unless_somebody_uses_it(aws: FakeAws) -> None:
    """The connection that made a rule and went leaves it, with its name, to those that use it."""
    left = rule("sgr-2", tags=OURS | {f"{SERVES}other": "run-7"})
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=SERVED)), rules(rule(tags=SERVED), left, rule("sgr-3")))
    assert [each.id for each in list_rules("redis-demo")] == ["sgr-1", "sgr-3"]


# ------------------------------------------------------------------ which group, and to whom


@pytest.mark.parametrize(("code", "groups"), RAISED, ids=[row[0] for row in RAISED])
def test_opening_the_default_group_is_a_finding(aws: FakeAws, code: str, groups: list[Json]) -> None:
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": groups})
    opened = open_security_group(opening())
    assert (opened.security_group_id, [each.code for each in opened.findings]) == ("sg-default", [code])


@pytest.mark.parametrize(("what", "groups"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_a_group_of_the_clusters_own_is_preferred(aws: FakeAws, what: str, groups: list[Json]) -> None:
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": groups})
    opened = open_security_group(opening())
    assert (opened.security_group_id, opened.findings) == ("sg-1", ())


def test_a_default_group_that_needs_no_rule_is_no_finding(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": [DEFAULT]})
    aws.answers("DescribeSecurityGroupRules", rules(rule(CidrIpv4="10.0.0.0/8", GroupId="sg-default")))
    assert open_security_group(opening()).findings == ()
    assert changes(aws) == []


def test_a_default_group_with_a_rule_of_this_connection_stays_a_finding(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": [DEFAULT]})
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=SERVED, GroupId="sg-default")))
    assert [each.code for each in open_security_group(opening()).findings] == ["DEFAULT_GROUP_OPENED"]
    assert changes(aws) == []


@pytest.mark.parametrize(
    ("found", "admitted"),
    [
        ([], ["subnet-a", "subnet-b"]),
        ([rule(tags=SERVED)], ["subnet-a", "subnet-b"]),  # this run's, made in a call whose answer was lost
        ([rule(tags=SERVED | {CREATED_BY: "run-0"})], ["subnet-b"]),
        ([rule(tags=OF_ANOTHER)], ["subnet-b"]),  # only a tag is put on it
        ([rule(CidrIpv4="10.0.0.0/8")], []),
    ],
)
def test_it_is_told_whom_a_rule_of_this_run_lets_in(aws: FakeAws, found: list[Json], admitted: list[str]) -> None:
    both = [subnet("subnet-a"), subnet("subnet-b", CidrBlock="10.0.1.0/24")]
    aws.answers("DescribeSubnets", {"Subnets": both})
    aws.answers("DescribeSecurityGroupRules", rules(*found))
    opened = open_security_group(opening(subnet_ids=("subnet-a", "subnet-b")))
    assert sorted(opened.admitted) == admitted


@pytest.mark.parametrize(("ingress", "admitted"), [("anywhere", ("subnet-a",)), ("none", ())])
def test_a_rule_for_every_address_lets_every_load_balancer_in(
    aws: FakeAws, ingress: str, admitted: tuple[str, ...]
) -> None:
    assert open_security_group(opening(ingress=ingress)).admitted == admitted


def test_a_cluster_without_a_group_cannot_be_opened(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": []})
    with pytest.raises(ClusterUnusable, match=r"security groups of cluster \(redis-demo\): it has none"):
        open_security_group(opening())


def test_a_node_that_does_not_show_yet_is_waited_for(aws: FakeAws) -> None:
    aws.answers("DescribeCacheClusters", {"CacheClusters": []})
    with pytest.raises(NotYetConsistent, match="redis-demo-001 cannot be seen yet"):
        open_security_group(opening())


def test_the_load_balancers_subnets_are_admitted_and_no_other(aws: FakeAws) -> None:
    aws.answers("DescribeSubnets", {"Subnets": [subnet("subnet-b", cidr="10.0.1.0/24"), subnet(), subnet("subnet-c")]})
    open_security_group(opening(subnet_ids=("subnet-a", "subnet-b", "subnet-c")))
    assert admitted(aws) == [CIDR, "10.0.1.0/24"]
    assert aws.asked("DescribeSubnets") == [{"SubnetIds": ["subnet-a", "subnet-b", "subnet-c"]}]


def test_anywhere_is_admitted_without_a_look_at_subnets(aws: FakeAws) -> None:
    open_security_group(opening(ingress="anywhere"))
    assert admitted(aws) == [ANYWHERE]
    assert "DescribeSubnets" not in aws.operations


def test_none_makes_no_rule_and_shares_none(aws: FakeAws) -> None:
    aws.answers(
        "DescribeSecurityGroupRules", rules(rule(Tags=tag_list({f"{SERVES}other": "run-7", CLUSTER: "redis-demo"})))
    )
    assert open_security_group(opening(ingress="none")).rule_ids == ()
    assert changes(aws) == []
    assert "DescribeSubnets" not in aws.operations


def admitted(aws: FakeAws) -> list[str]:
    """The ranges of the one request for rules."""
    (asked,) = aws.asked("AuthorizeSecurityGroupIngress")
    return [each["CidrIp"] for each in asked["IpPermissions"][0]["IpRanges"]]


# ------------------------------------------------------------------ opening


def test_a_group_is_opened_on_the_port_with_our_tags(aws: FakeAws) -> None:
    open_security_group(opening())
    (asked,) = aws.asked("AuthorizeSecurityGroupIngress")
    (permission,) = asked["IpPermissions"]
    assert (asked["GroupId"], permission["FromPort"], permission["ToPort"]) == ("sg-1", 6379, 6379)
    assert [each["CidrIp"] for each in permission["IpRanges"]] == [CIDR]
    assert as_mapping(asked["TagSpecifications"][0]["Tags"]) == OURS | SERVED | {CLUSTER: "redis-demo"}
    assert changes(aws) == ["AuthorizeSecurityGroupIngress"]


OPENED: Final = (["AuthorizeSecurityGroupIngress"], ("sgr-new-0",))
"""What is called, and which rules serve then."""


@pytest.mark.parametrize(
    ("found", "done"),
    [
        (rule(tags=SERVED | {CLUSTER: "redis-demo"}), ([], ("sgr-1",))),  # ours, of an earlier run
        (rule(tags=OF_ANOTHER | {CLUSTER: "redis-demo"}), (["CreateTags"], ("sgr-1",))),  # another connection's
        (rule(), ([], ())),  # somebody's, which admits what we need
        (rule(tags=SERVED, CidrIpv4="10.9.0.0/24"), OPENED),
        (rule(tags=SERVED_TO_BOTH, CidrIpv4="10.9.0.0/24"), OPENED),
        (rule(CidrIpv4="10.9.0.0/24"), OPENED),
        (rule(tags=SERVED, FromPort=7000, ToPort=7000), OPENED),
        (rule(CidrIpv4="10.0.0.0/8", FromPort=6000, ToPort=7000, GroupId="sg-9"), ([], ())),
    ],
    ids=[
        *("ours", "shared", "somebodys", "outdated", "outdated-shared", "somebodys-other-range", "other-port"),
        "admitted-already",
    ],
)
def test_what_is_there_already_is_used_and_nothing_is_taken_away(
    aws: FakeAws, found: Json, done: tuple[list[str], tuple[str, ...]]
) -> None:
    aws.answers("DescribeSecurityGroupRules", rules(found))
    opened = open_security_group(opening())
    assert (changes(aws), opened.rule_ids) == done


def test_rules_that_serve_already_are_told_beside_those_that_are_made(aws: FakeAws) -> None:
    aws.answers("DescribeSubnets", {"Subnets": [subnet(), subnet("subnet-b", cidr="10.0.1.0/24")]})
    ours = rule(tags=SERVED | {CLUSTER: "redis-demo"})
    elsewhere = rule("sgr-2", tags=SERVED, CidrIpv4="10.0.1.0/24", FromPort=7000, ToPort=7000)
    aws.answers("DescribeSecurityGroupRules", rules(ours, elsewhere))
    assert open_security_group(opening(subnet_ids=("subnet-a", "subnet-b"))).rule_ids == ("sgr-new-0", "sgr-1")
    assert admitted(aws) == ["10.0.1.0/24"]


@pytest.mark.parametrize("code", ["InvalidPermission.Duplicate", "InvalidGroup.NotFound"])
def test_what_another_run_opens_at_the_same_time_is_looked_up_again(aws: FakeAws, code: str) -> None:
    aws.answers("AuthorizeSecurityGroupIngress", Refusal(code))
    with pytest.raises(NotYetConsistent):
        open_security_group(opening())


@pytest.mark.parametrize("code", GONE)
def test_a_rule_that_another_connection_has_just_revoked_is_looked_up_again(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=OF_ANOTHER | {CLUSTER: "redis-demo"})))
    aws.answers("CreateTags", Refusal(code))
    with pytest.raises(NotYetConsistent, match=r"tagging security group rule \(sgr-1\)"):
        open_security_group(opening())


# ------------------------------------------------------------------ closing


@pytest.mark.parametrize(
    ("tags", "done"),
    [
        (SERVED, ["RevokeSecurityGroupIngress"]),
        (SERVED_TO_BOTH, ["DeleteTags"]),
        (OF_ANOTHER, []),
        ({f"{SERVES}redis-demo": "run-1"}, []),  # one that lacks our marks
        (SERVED | {CREATED_BY: ""}, []),
        ({key: value for key, value in SERVED.items() if key != CONNECTION}, []),
        ({}, []),
    ],
    ids=str,
)
def test_the_last_connection_to_go_revokes_the_rule(aws: FakeAws, tags: Mapping[str, str], done: list[str]) -> None:
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=tags)))
    assert close_security_group(CLOSE) == Done()
    assert changes(aws) == done


def test_a_rule_that_is_gone_is_closed(aws: FakeAws) -> None:
    assert close_security_group(CLOSE) == Done()


@pytest.mark.parametrize("code", GONE)
def test_a_rule_that_goes_meanwhile_is_closed(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=SERVED)), rules(rule(tags=SERVED_TO_BOTH)))
    aws.answers("RevokeSecurityGroupIngress", Refusal(code))
    aws.answers("DeleteTags", Refusal(code))
    assert close_security_group(CLOSE) == close_security_group(CLOSE) == Done()
    assert changes(aws) == ["RevokeSecurityGroupIngress", "DeleteTags"]


def test_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=SERVED)))
    aws.answers("RevokeSecurityGroupIngress", DENIED)
    with pytest.raises(AwsRejected, match=r"revoking security group rule \(sgr-1\)"):
        close_security_group(CLOSE)


FIRST: Final = {"private-connection": "redis-demo", CLUSTER: "redis-demo"} | SERVED
NOT_FIRST: Final = FIRST | SERVED_TO_BOTH | {"private-connection": "other"}


@pytest.mark.parametrize(
    ("tags", "added"),
    [(FIRST, {"team": "data"}), (FIRST | {"team": "data"}, None), (NOT_FIRST, None), ({}, None)],
    ids=["made by it", "tagged already", "made by another connection", "somebody's"],
)
def test_the_users_tags_are_put_on_rules_that_the_connection_made(
    aws: FakeAws, tags: dict[str, str], added: dict[str, str] | None
) -> None:
    aws.answers("DescribeSecurityGroupRules", rules(rule(tags=tags)))
    open_security_group(opening(tags={"team": "data"}))
    assert [as_mapping(asked["Tags"]) for asked in aws.asked("CreateTags")] == ([added] if added else [])


def test_the_rules_of_many_groups_are_asked_for_in_batches(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroupRules", {"SecurityGroupRules": []})
    find_rules([f"sg-{number}" for number in range(201)])
    assert [len(each["Filters"][0]["Values"]) for each in aws.asked("DescribeSecurityGroupRules")] == [200, 1]
