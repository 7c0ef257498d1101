"""Usage: the Region's quotas, and what there is of what they count."""

import pytest

from private_connection.errors import AwsRejected
from private_connection.paths.usage import find_limits, find_load_balancer_zones, find_target_group_names
from tests.unit.described import balancer, target_group
from tests.unit.fake_aws import DENIED, FakeAws


def test_limits_are_numbers_by_name_from_every_page(aws: FakeAws) -> None:
    first = {"Limits": [{"Name": "network-load-balancers", "Max": "50"}], "NextMarker": "more"}
    aws.answers("DescribeAccountLimits", first, {"Limits": [{"Name": "target-groups", "Max": "3000"}]})
    assert find_limits() == {"network-load-balancers": 50, "target-groups": 3000}


def test_network_load_balancers_are_listed_with_their_zones_whoever_owns_them(aws: FakeAws) -> None:
    found = [balancer("web", Type="network"), balancer("site", Type="application")]
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": found})
    assert find_load_balancer_zones() == {"web": {"eu-central-1a": "subnet-a"}}


def test_target_groups_are_listed(aws: FakeAws) -> None:
    aws.answers("DescribeTargetGroups", {"TargetGroups": [target_group("web")]})
    assert find_target_group_names() == {"web"}


def test_a_denial_is_raised(aws: FakeAws) -> None:
    aws.answers("DescribeAccountLimits", DENIED)
    with pytest.raises(AwsRejected, match="looking up limits"):
        find_limits()
