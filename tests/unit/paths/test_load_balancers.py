"""Load balancers: found, listed, made or put into the node's zone, deleted unless they are gone."""

from typing import Any

import pytest

from private_connection.contracts import Done
from private_connection.errors import AwsRejected, NotOurs, NotYetConsistent
from private_connection.naming import node_resource
from private_connection.ownership import CLUSTER, NODE, ZONES, as_mapping
from private_connection.paths.load_balancers import (
    EnsureLoadBalancer,
    LoadBalancerReference,
    PlacedNode,
    delete_load_balancer,
    ensure_load_balancer,
    find_load_balancer,
    list_load_balancers,
)
from tests.unit.builders import OURS, THEIRS, Json
from tests.unit.described import balancer, service, tags_by_arn
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

NAME = node_resource("redis-demo", "redis-demo-001", "vpc-1", 6379)
ARN = balancer(NAME)["LoadBalancerArn"]
ELSEWHERE: Json = {"AvailabilityZones": [{"ZoneName": "eu-central-1b", "SubnetId": "subnet-b"}]}
REQUEST = EnsureLoadBalancer(
    connection="redis-demo",
    maker="run-1",
    path=PlacedNode(
        node="redis-demo-001", port=6379, vpc_id="vpc-1", availability_zone="eu-central-1a", subnet_id="subnet-a"
    ),
    cluster_id="redis-demo",
    zone_subnets={},
)
EVERYWHERE = REQUEST.model_copy(update={"zone_subnets": {"eu-central-1a": "subnet-a2", "eu-central-1b": "subnet-b"}})
IN_BOTH: Json = {"AvailabilityZones": [*balancer(NAME)["AvailabilityZones"], *ELSEWHERE["AvailabilityZones"]]}
IN_A_THIRD: Json = {"AvailabilityZones": [*IN_BOTH["AvailabilityZones"], {"ZoneName": "c", "SubnetId": "subnet-c"}]}
SPREAD = OURS | {ZONES: "all"}
DELETE = LoadBalancerReference(load_balancer_arn=ARN)
MUTATING = {
    *("AddTags", "CreateLoadBalancer", "DeleteLoadBalancer", "SetSubnets"),
    "DeleteVpcEndpointServiceConfigurations",
}


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """The node's load balancer is there, without an endpoint service."""
    there(aws)
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": []})
    aws.answers("CreateLoadBalancer", {"LoadBalancers": [balancer(NAME)]})
    aws.answers("DeleteLoadBalancer", {})
    aws.answers("SetSubnets", {})
    aws.answers("AddTags", {})
    aws.answers("DeleteVpcEndpointServiceConfigurations", {"Unsuccessful": []})


def there(aws: FakeAws, tags: dict[str, str] = OURS, **changes: Any) -> None:
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer(NAME, **changes)]})
    aws.answers("DescribeTags", tags_by_arn({ARN: tags}))


def serving(aws: FakeAws, principals: int, tags: dict[str, str] = OURS) -> None:
    """An endpoint service leads to the load balancer, and this many may connect to it."""
    found = service(tags=tags, NetworkLoadBalancerArns=[ARN])
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": [found]})
    allowed = [{"Principal": f"arn:{number}"} for number in range(principals)]
    aws.answers("DescribeVpcEndpointServicePermissions", {"AllowedPrincipals": allowed})


def changes(aws: FakeAws) -> list[str]:
    return [operation for operation in aws.operations if operation in MUTATING]


# ------------------------------------------------------------------ what is looked up


def test_a_load_balancer_is_found_with_its_tags(aws: FakeAws) -> None:
    there(aws, State={"Code": "provisioning"})
    found = find_load_balancer(NAME)
    assert found is not None
    assert (found.arn, found.name, found.state, found.tags) == (ARN, NAME, "provisioning", OURS)
    assert found.zones == {"eu-central-1a": "subnet-a"}


@pytest.mark.parametrize("operation", ["DescribeLoadBalancers", "DescribeTags"])
def test_an_absent_one_is_none(aws: FakeAws, operation: str) -> None:
    aws.answers(operation, Refusal("LoadBalancerNotFound"))
    assert find_load_balancer(NAME) is None


def test_all_load_balancers_are_listed_with_the_tags_of_those_that_have_our_name(aws: FakeAws) -> None:
    named = [balancer("theirs"), balancer("pc-a"), balancer("pc-b"), balancer("pc-c")]
    arns = [each["LoadBalancerArn"] for each in named]
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": named})
    aws.answers("DescribeTags", tags_by_arn({arns[1]: OURS, arns[2]: THEIRS}))
    listed = [(each.name, each.tags) for each in list_load_balancers()]
    assert listed == [("theirs", {}), ("pc-a", OURS), ("pc-b", THEIRS)], "pc-c was deleted meanwhile"
    assert aws.asked("DescribeTags")[0]["ResourceArns"] == arns[1:]


@pytest.mark.parametrize(
    ("operation", "answers"),
    [
        ("DescribeLoadBalancers", (DENIED,)),
        ("DescribeLoadBalancers", ({"LoadBalancers": [balancer("pc-a")], "NextMarker": "2"}, DENIED)),
        ("DescribeTags", (DENIED,)),
        ("DescribeTags", (tags_by_arn({}), DENIED)),
    ],
)
def test_a_list_of_which_one_page_is_refused_is_no_list(
    aws: FakeAws, operation: str, answers: tuple[Json | Refusal, ...]
) -> None:
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer(f"pc-{number}") for number in range(21)]})
    aws.answers(operation, *answers)
    with pytest.raises(AwsRejected):
        list_load_balancers()


# ------------------------------------------------------------------ made, or put into the node's zone


def test_a_load_balancer_is_made_in_the_nodes_subnet(aws: FakeAws) -> None:
    aws.answers("DescribeLoadBalancers", Refusal("LoadBalancerNotFound"))
    ensured = ensure_load_balancer(REQUEST)
    assert (ensured.load_balancer_arn, ensured.load_balancer_subnets, ensured.changed) == (ARN, ("subnet-a",), True)
    (asked,) = aws.asked("CreateLoadBalancer")
    assert (asked["Name"], asked["Scheme"], asked["SubnetMappings"]) == (NAME, "internal", [{"SubnetId": "subnet-a"}])
    assert "SecurityGroups" not in asked
    assert as_mapping(asked["Tags"]) == OURS | {NODE: "redis-demo-001", CLUSTER: "redis-demo"}


@pytest.mark.parametrize("code", ["DuplicateLoadBalancerName", "InvalidSubnet.NotFound"])
def test_what_does_not_show_everywhere_is_tried_again(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeLoadBalancers", Refusal("LoadBalancerNotFound"))
    aws.answers("CreateLoadBalancer", Refusal(code))
    with pytest.raises(NotYetConsistent):
        ensure_load_balancer(REQUEST)


def test_one_of_ours_in_the_nodes_zone_is_used(aws: FakeAws) -> None:
    """By an earlier run it is as it was; by this one it is new, whatever became of the answer."""
    serving(aws, principals=1)
    for maker, changed in (("run-1", True), ("run-2", False)):
        ensured = ensure_load_balancer(REQUEST.model_copy(update={"maker": maker}))
        assert (ensured.load_balancer_arn, ensured.load_balancer_subnets) == (ARN, ("subnet-a",))
        assert ensured.changed is changed
    assert changes(aws) == []


@pytest.mark.parametrize(
    ("maker", "state", "services", "asked"),
    [
        ("run-1", "active", 0, 0),  # this run's own
        ("run-2", "active", 1, 0),  # it serves: ELB would not have deleted it
        ("run-2", "provisioning", 0, 0),
        ("run-2", "active", 0, 1),
    ],
)
def test_one_of_an_earlier_run_without_a_service_is_asked_whether_it_stands(
    aws: FakeAws, maker: str, state: str, services: int, asked: int
) -> None:
    there(aws, State={"Code": state})
    found = [service(NetworkLoadBalancerArns=[ARN])] * services
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": found})
    request = REQUEST.model_copy(update={"maker": maker})
    assert ensure_load_balancer(request).load_balancer_arn == ARN
    assert [each["Subnets"] for each in aws.asked("SetSubnets")] == [["subnet-a"]] * asked
    if asked:
        for code in ("LoadBalancerNotFound", "AccessDenied"):  # denied, where its tags are gone already
            aws.answers("SetSubnets", Refusal(code))
            with pytest.raises(NotYetConsistent, match="is being deleted"):
                ensure_load_balancer(request)


@pytest.mark.parametrize("tags", [THEIRS, None], ids=["tagged", "none shown"])
def test_one_of_somebody_else_is_refused(aws: FakeAws, tags: dict[str, str] | None) -> None:
    there(aws, tags or {})
    if tags is None:
        aws.answers("DescribeTags", {"TagDescriptions": [{"ResourceArn": ARN}]})
    with pytest.raises(NotOurs, match="finding load balancer"):
        ensure_load_balancer(REQUEST)


@pytest.mark.parametrize("changed", [ELSEWHERE, {"State": {"Code": "failed"}}], ids=["another zone", "failed"])
def test_one_that_cannot_serve_is_replaced(aws: FakeAws, changed: Json) -> None:
    there(aws, **changed)
    with pytest.raises(NotYetConsistent, match=f"replacing load balancer \\({NAME}\\)"):
        ensure_load_balancer(REQUEST)
    assert changes(aws) == ["DeleteLoadBalancer"]


def test_its_endpoint_service_goes_first(aws: FakeAws) -> None:
    there(aws, **ELSEWHERE)
    serving(aws, principals=0)
    with pytest.raises(NotYetConsistent):
        ensure_load_balancer(REQUEST)
    assert changes(aws) == ["DeleteVpcEndpointServiceConfigurations", "DeleteLoadBalancer"]


def test_one_that_is_offered_gets_a_second_zone(aws: FakeAws) -> None:
    there(aws, **ELSEWHERE)
    serving(aws, principals=1)
    ensured = ensure_load_balancer(REQUEST.model_copy(update={"maker": "run-2"}))
    assert (ensured.load_balancer_arn, ensured.load_balancer_subnets) == (ARN, ("subnet-b", "subnet-a"))
    assert ensured.changed
    assert changes(aws) == ["SetSubnets"]
    assert aws.asked("SetSubnets")[0]["Subnets"] == ["subnet-b", "subnet-a"]


def test_one_that_goes_before_it_gets_a_second_zone_is_looked_up_again(aws: FakeAws) -> None:
    there(aws, **ELSEWHERE)
    serving(aws, principals=1)
    aws.answers("SetSubnets", Refusal("LoadBalancerNotFound"))
    with pytest.raises(NotYetConsistent, match=r"adding zones to load balancer"):
        ensure_load_balancer(REQUEST)


def test_somebody_elses_endpoint_service_is_left_alone(aws: FakeAws) -> None:
    there(aws, **ELSEWHERE)
    serving(aws, principals=0, tags=THEIRS)
    with pytest.raises(NotOurs, match="finding endpoint service"):
        ensure_load_balancer(REQUEST)
    assert changes(aws) == []


# ------------------------------------------------------------------ in all zones


def test_a_load_balancer_is_made_in_all_zones_with_its_nodes_subnet_in_the_nodes_own(aws: FakeAws) -> None:
    aws.answers("DescribeLoadBalancers", Refusal("LoadBalancerNotFound"))
    ensured = ensure_load_balancer(EVERYWHERE)
    assert (ensured.load_balancer_subnets, ensured.spread) == (("subnet-a", "subnet-b"), True)
    (asked,) = aws.asked("CreateLoadBalancer")
    assert asked["SubnetMappings"] == [{"SubnetId": "subnet-a"}, {"SubnetId": "subnet-b"}]
    assert as_mapping(asked["Tags"])[ZONES] == "all"
    alone = EVERYWHERE.model_copy(update={"zone_subnets": {"eu-central-1a": "subnet-a2"}})
    assert not ensure_load_balancer(alone).spread, "all zones are one"


@pytest.mark.parametrize("principals", [None, 0, 1], ids=["no service", "a service", "offered"])
@pytest.mark.parametrize("has", [{}, ELSEWHERE], ids=["in the node's zone", "in another"])
def test_one_that_is_there_gets_the_zones_that_it_lacks(aws: FakeAws, has: Json, principals: int | None) -> None:
    there(aws, **has)
    if principals is not None:
        serving(aws, principals)
    ensured = ensure_load_balancer(EVERYWHERE.model_copy(update={"maker": "run-2"}))
    assert (set(ensured.load_balancer_subnets), ensured.spread) == ({"subnet-a", "subnet-b"}, True)
    assert changes(aws) == ["AddTags", "SetSubnets"], "the tag comes first: no load balancer has the zones without it"
    assert aws.asked("AddTags")[0]["Tags"] == [{"Key": ZONES, "Value": "all"}]
    assert set(aws.asked("SetSubnets")[0]["Subnets"]) == {"subnet-a", "subnet-b"}


@pytest.mark.parametrize("operation", ["AddTags", "SetSubnets"])
def test_one_without_a_service_may_be_being_deleted(aws: FakeAws, operation: str) -> None:
    for code in ("LoadBalancerNotFound", "AccessDenied"):
        aws.answers(operation, Refusal(code))
        with pytest.raises(NotYetConsistent, match="adding zones to load balancer"):
            ensure_load_balancer(EVERYWHERE)
    serving(aws, principals=0)
    with pytest.raises(AwsRejected, match="AccessDenied"):
        ensure_load_balancer(EVERYWHERE)


@pytest.mark.parametrize(("tags", "changed"), [(OURS, ["AddTags"]), (SPREAD, [])], ids=["moved before", "as asked"])
def test_one_that_has_all_zones_is_left_with_them(aws: FakeAws, tags: dict[str, str], changed: list[str]) -> None:
    there(aws, tags, **IN_BOTH)
    ensured = ensure_load_balancer(EVERYWHERE)
    assert (ensured.load_balancer_subnets, ensured.spread) == (("subnet-a", "subnet-b"), True)
    assert changes(aws) == changed


@pytest.mark.parametrize(("tags", "spread"), [(OURS, False), (SPREAD, True)], ids=["moved", "asked for before"])
@pytest.mark.parametrize("principals", [0, 1], ids=["a service", "offered"])
@pytest.mark.parametrize(("request_", "has"), [(REQUEST, IN_BOTH), (EVERYWHERE, IN_A_THIRD)], ids=["node", "all"])
def test_one_with_a_service_keeps_the_zones_that_it_has_more(
    aws: FakeAws, request_: EnsureLoadBalancer, has: Json, principals: int, tags: dict[str, str], spread: bool
) -> None:
    there(aws, tags, **has)
    serving(aws, principals, tags)
    ensured = ensure_load_balancer(request_)
    assert len(ensured.load_balancer_subnets) == len(has["AvailabilityZones"])
    assert ensured.spread == (spread or request_ is EVERYWHERE)
    assert {"SetSubnets", "DeleteLoadBalancer"} & set(changes(aws)) == set()


@pytest.mark.parametrize(("request_", "has"), [(REQUEST, IN_BOTH), (EVERYWHERE, IN_A_THIRD)], ids=["node", "all"])
def test_one_without_a_service_that_has_a_zone_too_many_is_replaced(
    aws: FakeAws, request_: EnsureLoadBalancer, has: Json
) -> None:
    there(aws, SPREAD, **has)
    with pytest.raises(NotYetConsistent, match=r"it is in .*eu-central-1b.* and shall be in eu-central-1a"):
        ensure_load_balancer(request_)
    assert changes(aws) == ["DeleteLoadBalancer"]


# ------------------------------------------------------------------ deleted unless they are gone


@pytest.mark.parametrize("answer", [{}, Refusal("LoadBalancerNotFound")], ids=["there", "absent"])
def test_one_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteLoadBalancer", answer)
    assert delete_load_balancer(DELETE) == Done()


def test_one_in_use_is_deleted_later_and_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteLoadBalancer", Refusal("ResourceInUse"), DENIED)
    with pytest.raises(NotYetConsistent):
        delete_load_balancer(DELETE)
    with pytest.raises(AwsRejected, match="deleting load balancer"):
        delete_load_balancer(DELETE)


def test_the_users_tags_are_put_on_one_that_is_there(aws: FakeAws) -> None:
    ensure_load_balancer(REQUEST.model_copy(update={"tags": {"team": "data"}}))
    assert aws.asked("AddTags") == [{"ResourceArns": [ARN], "Tags": [{"Key": "team", "Value": "data"}]}]
