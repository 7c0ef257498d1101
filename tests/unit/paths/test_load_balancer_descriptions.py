"""Load balancers as ELB describes them."""

import pytest

from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.paths.load_balancer_descriptions import (
    all_load_balancers,
    describe_load_balancers,
    require_not_failed,
)
from tests.unit.described import balancer
from tests.unit.fake_aws import FakeAws, Refusal

NAME = "pc-redis-demo"
ARN = balancer(NAME)["LoadBalancerArn"]


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer(NAME)]})


def test_load_balancers_are_described_20_to_a_call(aws: FakeAws) -> None:
    describe_load_balancers([f"arn-{number}" for number in range(21)])
    assert [len(asked["LoadBalancerArns"]) for asked in aws.asked("DescribeLoadBalancers")] == [20, 1]


def test_one_of_somebodys_may_be_in_no_zone(aws: FakeAws) -> None:
    alone = {key: value for key, value in balancer("theirs").items() if key != "AvailabilityZones"}
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [alone, balancer(NAME)]})
    assert [each.zones for each in all_load_balancers()] == [{}, {"eu-central-1a": "subnet-a"}]


def test_one_that_does_not_show_yet_is_waited_for(aws: FakeAws) -> None:
    aws.answers("DescribeLoadBalancers", Refusal("LoadBalancerNotFound"))
    with pytest.raises(NotYetConsistent):
        describe_load_balancers([ARN])


def test_a_failed_one_is_refused_with_its_reason(aws: FakeAws) -> None:
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer(NAME, State={"Code": "failed"})]})
    (found,) = describe_load_balancers([ARN])
    with pytest.raises(AwsRejected, match=f"creating load balancer \\({NAME}\\): its state is failed: no reason given"):
        require_not_failed(found)
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer(NAME)]})
    require_not_failed(describe_load_balancers([ARN])[0])


def test_all_are_found_in_the_largest_pages_without_their_tags(aws: FakeAws) -> None:
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer("a")], "NextMarker": "2"}, {"LoadBalancers": []})
    assert [(each.name, each.tags) for each in all_load_balancers()] == [("a", {})]
    assert aws.calls == [
        ("DescribeLoadBalancers", {"PageSize": 400}),
        ("DescribeLoadBalancers", {"PageSize": 400, "Marker": "2"}),
    ]
