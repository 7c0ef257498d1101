"""Dry runs: what is asked, with which arguments, and what counts as a denial."""

import pytest
from botocore.exceptions import EndpointConnectionError

from private_connection.cluster.plan import ClusterPlan
from private_connection.preflight.dry_runs import Opening, find_denials, foresee_opening
from private_connection.preflight.facts import CreationFacts, Denial, PathFacts, RefusedLook
from private_connection.request.parsing import parse_request
from tests.unit.builders import a_creation, a_place, a_rule, a_security_group, a_subnet, an_owner, creating, facts
from tests.unit.fake_aws import FakeAws, Refusal

ALLOWED, UNAUTHORIZED = Refusal("DryRunOperation", 412), Refusal("UnauthorizedOperation", 403, "You are not")
GROUP, SERVICE = "CreateSecurityGroup", "CreateVpcEndpointServiceConfiguration"
RULE = "AuthorizeSecurityGroupIngress"


def plan(**changes: object) -> ClusterPlan:
    return ClusterPlan(id="redis-demo", kind="replicationGroup", creation=a_creation(**changes))


def denials(aws: FakeAws, of: ClusterPlan, opening: Opening | None = None) -> tuple[Denial, ...]:
    return find_denials(an_owner(), of, opening)


def test_what_a_run_needs_after_its_cluster_is_asked_for_with_the_tags_of_the_real_calls(aws: FakeAws) -> None:
    aws.answers(GROUP, ALLOWED)
    aws.answers(SERVICE, ALLOWED)
    assert denials(aws, plan()) == ()
    (group,), (service,) = aws.asked(GROUP), aws.asked(SERVICE)
    assert (group["DryRun"], group["VpcId"], group["GroupName"]) == (True, "vpc-1", "private-connection-redis-demo")
    (arn,) = service["NetworkLoadBalancerArns"]
    assert service["DryRun"] is True
    assert arn.startswith("arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/pc-redis-demo-")
    for asked, key in ((group, "private-connection/cluster"), (service, "private-connection/node")):
        (specification,) = asked["TagSpecifications"]
        keys = {tag["Key"] for tag in specification["Tags"]}
        assert keys == {"private-connection", "private-connection/created-by", key}


def test_no_group_is_asked_for_where_the_request_names_one(aws: FakeAws) -> None:
    aws.answers(SERVICE, ALLOWED)
    assert denials(aws, plan(security_group_ids=("sg-1",))) == ()
    assert aws.operations == [SERVICE]


def test_a_rule_is_asked_for_in_the_group_that_it_will_be_added_to(aws: FakeAws) -> None:
    aws.answers(RULE, UNAUTHORIZED)
    aws.answers(SERVICE, ALLOWED)
    found = denials(aws, plan(security_group_ids=("sg-1",)), Opening("sg-1", ("10.0.0.0/24",)))
    assert found == (Denial(RULE, "cluster.create.securityGroupIds", "You are not"),)
    (asked,) = aws.asked(RULE)
    assert (asked["DryRun"], asked["GroupId"]) == (True, "sg-1")
    assert asked["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/24"}]


@pytest.mark.parametrize(
    ("paths", "ranges"),
    [
        (PathFacts(groups=(a_security_group("sg-1"),), rules=()), ("10.0.0.0/24",)),
        (PathFacts(groups=(a_security_group("sg-1"),), rules=(a_rule(cidr="10.0.0.0/8"),)), None),
        (PathFacts(groups=(a_security_group("sg-1"),), rules=RefusedLook("cluster.create", "denied")), None),
        (PathFacts(), None),
    ],
    ids=["closed", "open", "not known", "a group of our own"],
)
def test_a_rule_is_foreseen_only_where_it_is_certain_to_be_needed(
    paths: PathFacts, ranges: tuple[str, ...] | None
) -> None:
    found = foresee_opening(parse_request(creating(securityGroupIds=["sg-1"])), facts(paths=paths), (), {})
    assert found == (None if ranges is None else Opening("sg-1", ranges))


def test_a_rule_is_foreseen_for_all_zones() -> None:
    subnets = (a_subnet("us-east-1a"), a_subnet("us-east-1b", cidr="10.0.1.0/24"), a_subnet("us-east-1a", "-2"))
    request, place = parse_request(creating(securityGroupIds=["sg-1"])), a_place()
    paths, network = PathFacts(groups=(a_security_group("sg-1"),)), CreationFacts(subnets=subnets)
    own, other = "10.0.0.0/24", "10.0.1.0/24"
    for everywhere, ranges in (({}, (own,)), ({"us-east-1b": subnets[1].id}, (own, other))):
        found = foresee_opening(request, facts(creation=network, paths=paths), (place,), everywhere)
        assert found == Opening("sg-1", ranges)


def test_each_denial_is_told_at_its_field(aws: FakeAws) -> None:
    aws.answers(GROUP, UNAUTHORIZED)
    aws.answers(SERVICE, UNAUTHORIZED)
    assert denials(aws, plan()) == (
        Denial(GROUP, "cluster.create.securityGroupIds", "You are not"),
        Denial(SERVICE, "connection", "You are not"),
    )


@pytest.mark.parametrize("answer", [Refusal("InvalidParameter"), Refusal("RequestLimitExceeded"), {}])
def test_any_other_answer_says_nothing(aws: FakeAws, answer: Refusal) -> None:
    aws.answers(GROUP, answer)
    aws.answers(SERVICE, Refusal("InvalidVpcEndpointService"))
    assert denials(aws, plan()) == ()


def test_no_answer_says_nothing_either(aws: FakeAws) -> None:
    def unreachable(_: object) -> Refusal:
        raise EndpointConnectionError(endpoint_url="https://ec2")

    aws.answers(GROUP, unreachable)
    aws.answers(SERVICE, ALLOWED)
    assert denials(aws, plan()) == ()


def test_nothing_is_asked_for_a_cluster_to_adopt(aws: FakeAws) -> None:
    assert denials(aws, ClusterPlan(id="redis-demo", kind="replicationGroup", creation=None)) == ()
    assert aws.operations == []
