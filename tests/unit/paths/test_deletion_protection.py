"""Deletion protection: whoever has switched it on is heard before anything is removed."""

import pytest

from private_connection.errors import NAMED_AT_MOST, AwsRejected, Throttled
from private_connection.paths.deletion_protection import PROTECTION, require_unprotected
from private_connection.paths.endpoint_connections import CheckConnections, check_connections
from private_connection.paths.load_balancers import LoadBalancerReference, delete_load_balancer
from tests.unit.builders import Json, tag_list
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

READ = "DescribeLoadBalancerAttributes"
PROTECTED = Refusal(
    "OperationNotPermitted", message="Load balancer 'lb-1' cannot be deleted because deletion protection is enabled"
)


def protected(aws: FakeAws, *arns: str) -> None:
    def attributes(asked: Json) -> Json:
        value = "true" if asked["LoadBalancerArn"] in arns else "false"
        return {"Attributes": tag_list({"access_logs.s3.enabled": "true", PROTECTION: value})}

    aws.answers(READ, attributes)


def test_those_that_are_protected_are_named_with_what_helps(aws: FakeAws) -> None:
    protected(aws, "lb-2")
    with pytest.raises(AwsRejected, match=r"is on for 1 load balancer, .* removed: lb-2; remedy: switch") as error:
        require_unprotected("redis-demo", ["lb-1", "lb-2", "lb-3"])
    assert "AWSConfigRemediation-EnableELBDeletionProtection" in str(error.value)
    assert [each["LoadBalancerArn"] for each in aws.asked(READ)] == ["lb-1", "lb-2", "lb-3"]


def test_of_many_the_first_are_named(aws: FakeAws) -> None:
    arns = [f"lb-{number}" for number in range(NAMED_AT_MOST + 1)]
    protected(aws, *arns)
    with pytest.raises(AwsRejected, match="51 load balancers") as error:
        require_unprotected("redis-demo", arns)
    assert str(error.value).count("lb-") == NAMED_AT_MOST


@pytest.mark.parametrize("refusal", [DENIED, Refusal("LoadBalancerNotFound")], ids=["denied", "gone"])
def test_what_aws_does_not_show_holds_nobody_up(aws: FakeAws, refusal: Refusal) -> None:
    aws.answers(READ, refusal)
    require_unprotected("redis-demo", ["lb-1"])


def test_a_look_that_is_throttled_is_made_again(aws: FakeAws) -> None:
    aws.answers(READ, Refusal("Throttling"))
    with pytest.raises(Throttled):
        require_unprotected("redis-demo", ["lb-1"])


@pytest.mark.parametrize("force", [False, True])
def test_a_teardown_is_refused_unless_it_is_forced(aws: FakeAws, *, force: bool) -> None:
    protected(aws, "lb-1")
    aws.answers("DescribeVpcEndpointConnections", {"VpcEndpointConnections": []})
    request = CheckConnections(
        connection="redis-demo", services=("vpce-svc-1",), load_balancers=("lb-1",), cluster_users=(), force=force
    )
    if force:
        assert check_connections(request).live == 0
        assert aws.asked(READ) == []
    else:
        with pytest.raises(AwsRejected, match="lb-1"):
            check_connections(request)


def test_where_it_is_met_late_the_remedy_is_the_same(aws: FakeAws) -> None:
    aws.answers("DeleteLoadBalancer", PROTECTED)
    with pytest.raises(AwsRejected, match=r"protection is enabled.*remedy: switch deletion_protection\.enabled off"):
        delete_load_balancer(LoadBalancerReference(load_balancer_arn="lb-1"))
