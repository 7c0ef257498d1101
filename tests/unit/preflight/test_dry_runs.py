"""Dry runs: what is asked, with which arguments, and what counts as a denial."""

import pytest
from botocore.exceptions import EndpointConnectionError

from private_connection.cluster.plan import ClusterPlan
from private_connection.preflight.dry_runs import find_denials
from private_connection.preflight.facts import Denial
from tests.unit.builders import a_creation
from tests.unit.fake_aws import FakeAws, Refusal

ALLOWED, UNAUTHORIZED = Refusal("DryRunOperation", 412), Refusal("UnauthorizedOperation", 403, "You are not")
GROUP, SERVICE = "CreateSecurityGroup", "CreateVpcEndpointServiceConfiguration"


def plan(**changes: object) -> ClusterPlan:
    return ClusterPlan(id="redis-demo", kind="replicationGroup", creation=a_creation(**changes))


def denials(aws: FakeAws, of: ClusterPlan) -> tuple[Denial, ...]:
    return find_denials("redis-demo", of)


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
