"""Target groups: found, listed, made or given the settings that they shall have, deleted unless they are gone."""

import pytest

from private_connection.contracts import Done
from private_connection.errors import AwsRejected, NotOurs, NotYetConsistent, QuotaExceeded
from private_connection.naming import node_resource
from private_connection.ownership import NODE
from private_connection.paths.target_group_attributes import ATTRIBUTES, CROSS_ZONE, wanted_attributes
from private_connection.paths.target_groups import (
    HEALTH_CHECK,
    INTERVAL,
    TIMEOUT,
    BalancedNode,
    EnsureTargetGroup,
    TargetGroupReference,
    all_target_groups,
    delete_target_group,
    ensure_target_group,
    find_target_group,
    list_target_groups,
)
from tests.unit.builders import OURS, THEIRS, Json, tag_list
from tests.unit.described import tags_by_arn, target_group
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

NAME = node_resource("redis-demo", "redis-demo-001", "vpc-1", 6379)
ARN = target_group(NAME)["TargetGroupArn"]
REQUEST = EnsureTargetGroup(
    connection="redis-demo",
    maker="run-1",
    path=BalancedNode(node="redis-demo-001", port=6379, vpc_id="vpc-1", load_balancer_subnets=("subnet-a",)),
)
LATER = REQUEST.model_copy(update={"maker": "run-2"})
ACROSS = REQUEST.model_copy(
    update={"path": REQUEST.path.model_copy(update={"load_balancer_subnets": ("subnet-a", "subnet-b")})}
)
DELETE = TargetGroupReference(target_group_arn=ARN)
ABSENT = Refusal("TargetGroupNotFound")
SETTINGS = wanted_attributes(cross_zone=False)
AS_THEY_SHALL_BE = {"Attributes": tag_list(SETTINGS)}
MUTATING = {"CreateTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "DeleteTargetGroup"}


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """The node's target group is there, as it shall be."""
    there(aws)
    aws.answers("DescribeTargetGroupAttributes", AS_THEY_SHALL_BE)
    aws.answers("CreateTargetGroup", {"TargetGroups": [target_group(NAME)]})
    for operation in MUTATING - {"CreateTargetGroup"}:
        aws.answers(operation, {})


def there(aws: FakeAws, tags: dict[str, str] = OURS, **changes: object) -> None:
    aws.answers("DescribeTargetGroups", {"TargetGroups": [target_group(NAME, **changes)]})
    aws.answers("DescribeTags", tags_by_arn({ARN: tags}))


def changes(aws: FakeAws) -> list[str]:
    return [operation for operation in aws.operations if operation in MUTATING]


def test_the_timeout_is_below_the_interval() -> None:
    assert TIMEOUT < INTERVAL


def test_a_target_group_is_found_with_its_tags(aws: FakeAws) -> None:
    there(aws, LoadBalancerArns=["lb-1"])
    found = find_target_group(NAME)
    assert found is not None
    assert (found.arn, found.name, found.load_balancer_arns, found.tags) == (ARN, NAME, ("lb-1",), OURS)
    assert found.health_check == ("TCP", 5, 4, 2, 2)


@pytest.mark.parametrize("operation", ["DescribeTargetGroups", "DescribeTags"])
def test_an_absent_one_is_none(aws: FakeAws, operation: str) -> None:
    aws.answers(operation, ABSENT)
    assert find_target_group(NAME) is None


def test_of_all_target_groups_those_with_our_name_and_tag_are_listed(aws: FakeAws) -> None:
    named = [target_group("theirs"), target_group("pc-a"), target_group("pc-b")]
    aws.answers("DescribeTargetGroups", {"TargetGroups": named})
    aws.answers("DescribeTags", tags_by_arn({named[1]["TargetGroupArn"]: OURS, named[2]["TargetGroupArn"]: THEIRS}))
    assert [each.name for each in list_target_groups("redis-demo")] == ["pc-a"]


def test_one_is_made_with_its_attributes(aws: FakeAws) -> None:
    aws.answers("DescribeTargetGroups", ABSENT)
    ensured = ensure_target_group(REQUEST)
    assert (ensured.target_group_arn, ensured.forwarding, ensured.changed) == (ARN, (), True)
    (asked,) = aws.asked("CreateTargetGroup")
    assert (asked["Name"], asked["Port"], asked["VpcId"], asked["TargetType"]) == (NAME, 6379, "vpc-1", "ip")
    assert asked["Tags"] == tag_list(OURS | {NODE: "redis-demo-001"})
    assert aws.asked("ModifyTargetGroupAttributes")[0]["Attributes"] == tag_list(ATTRIBUTES)


def test_one_as_it_shall_be_is_used(aws: FakeAws) -> None:
    """By an earlier run it is as it was; by this one it is new, whatever became of the answer."""
    there(aws, LoadBalancerArns=["lb-1"])
    for request, changed in ((REQUEST, True), (LATER, False)):
        ensured = ensure_target_group(request)
        assert (ensured.forwarding, ensured.changed) == (("lb-1",), changed)
    assert changes(aws) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"HealthCheckProtocol": "HTTP"},
        {"HealthCheckIntervalSeconds": 30},
        {"HealthCheckTimeoutSeconds": 3},
        {"HealthyThresholdCount": 5},
        {"UnhealthyThresholdCount": 5},
    ],
    ids=str,
)
def test_a_health_check_that_was_changed_is_put_right(aws: FakeAws, changed: Json) -> None:
    there(aws, **changed)
    assert ensure_target_group(LATER).changed
    assert changes(aws) == ["ModifyTargetGroup"]


def test_one_that_goes_while_it_is_put_right_is_looked_up_again(aws: FakeAws) -> None:
    there(aws, HealthCheckIntervalSeconds=30)
    aws.answers("ModifyTargetGroup", ABSENT)
    with pytest.raises(NotYetConsistent, match=r"changing the health check of target group"):
        ensure_target_group(REQUEST)


@pytest.mark.parametrize("key", SETTINGS)
def test_an_attribute_that_was_changed_is_put_right(aws: FakeAws, key: str) -> None:
    aws.answers("DescribeTargetGroupAttributes", {"Attributes": tag_list({**SETTINGS, key: "changed"})})
    assert ensure_target_group(LATER).changed
    (asked,) = aws.asked("ModifyTargetGroupAttributes")
    assert asked["Attributes"] == [{"Key": key, "Value": SETTINGS[key]}]


@pytest.mark.parametrize(
    ("request_", "found", "value"),
    [
        (ACROSS, "use_load_balancer_configuration", "true"),
        (ACROSS, "false", "true"),
        (REQUEST, "true", "use_load_balancer_configuration"),
    ],
    ids=["a second zone", "turned off", "one zone again"],
)
def test_zones_are_crossed_where_the_load_balancer_has_several(
    aws: FakeAws, request_: EnsureTargetGroup, found: str, value: str
) -> None:
    aws.answers("DescribeTargetGroupAttributes", {"Attributes": tag_list({**SETTINGS, CROSS_ZONE: found})})
    ensure_target_group(request_)
    (asked,) = aws.asked("ModifyTargetGroupAttributes")
    assert asked["Attributes"] == [{"Key": CROSS_ZONE, "Value": value}]


def test_a_new_one_for_several_zones_crosses_them_from_the_start(aws: FakeAws) -> None:
    aws.answers("DescribeTargetGroups", ABSENT)
    ensure_target_group(ACROSS)
    (asked,) = aws.asked("ModifyTargetGroupAttributes")
    assert asked["Attributes"] == tag_list({**ATTRIBUTES, CROSS_ZONE: "true"})


@pytest.mark.parametrize("tags", [THEIRS, None], ids=["tagged", "none shown"])
def test_one_of_somebody_else_is_refused(aws: FakeAws, tags: dict[str, str] | None) -> None:
    there(aws, tags or {})
    if tags is None:
        aws.answers("DescribeTags", {"TagDescriptions": [{"ResourceArn": ARN}]})
    with pytest.raises(NotOurs, match="finding target group"):
        ensure_target_group(REQUEST)
    assert changes(aws) == []


def test_one_that_somebody_makes_at_the_same_time_is_looked_up_again(aws: FakeAws) -> None:
    aws.answers("DescribeTargetGroups", ABSENT)
    aws.answers("CreateTargetGroup", Refusal("DuplicateTargetGroupName"), Refusal("TooManyTargetGroups"))
    with pytest.raises(NotYetConsistent):
        ensure_target_group(REQUEST)
    with pytest.raises(QuotaExceeded):
        ensure_target_group(REQUEST)


@pytest.mark.parametrize("answer", [{}, ABSENT], ids=["there", "absent"])
def test_one_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteTargetGroup", answer)
    assert delete_target_group(DELETE) == Done()


def test_one_in_use_is_deleted_later_and_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DeleteTargetGroup", Refusal("ResourceInUse"), DENIED)
    with pytest.raises(NotYetConsistent):
        delete_target_group(DELETE)
    with pytest.raises(AwsRejected, match="deleting target group"):
        delete_target_group(DELETE)


def test_the_users_tags_are_put_on_one_that_is_there(aws: FakeAws) -> None:
    aws.answers("AddTags", {})
    ensured = ensure_target_group(LATER.model_copy(update={"tags": {"team": "data"}}))
    assert not ensured.changed, "they change nothing of a path"
    assert aws.asked("AddTags") == [{"ResourceArns": [ARN], "Tags": [{"Key": "team", "Value": "data"}]}]


def test_all_with_our_prefix_are_found_in_the_largest_pages_without_their_tags(aws: FakeAws) -> None:
    of_functions = {key: value for key, value in target_group("pc-functions").items() if "health" not in key.lower()}
    found = [target_group("web"), target_group("pc-a"), of_functions]
    aws.answers("DescribeTargetGroups", {"TargetGroups": found})
    ours, theirs = all_target_groups()
    assert (ours.name, ours.tags, ours.health_check) == ("pc-a", {}, HEALTH_CHECK)
    assert (theirs.name, theirs.health_check) == ("pc-functions", ("", 0, 0, 0, 0))
    assert aws.calls == [("DescribeTargetGroups", {"PageSize": 400})]
