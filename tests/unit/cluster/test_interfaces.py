"""The network interfaces of nodes: found by their description, one by one or all at once."""

import pytest

from private_connection.cluster.interfaces import Interface, all_interfaces, find_interfaces, interface_description
from tests.unit.builders import Json
from tests.unit.fake_aws import FakeAws


def interface(node: str = "redis-demo-001", address: str = "10.0.0.5", vpc_id: str = "vpc-1") -> Json:
    return {
        "Description": f"ElastiCache {node}",
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [{"PrivateIpAddress": address, "Primary": True}],
        "SubnetId": "subnet-a",
        "VpcId": vpc_id,
    }


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": [interface()]})


def test_interfaces_are_found_by_their_description(aws: FakeAws) -> None:
    assert interface_description("redis-demo-001") == interface()["Description"]
    assert find_interfaces("vpc-1", ["redis-demo-001"]) == {"redis-demo-001": Interface("10.0.0.5", "subnet-a")}
    (asked,) = aws.asked("DescribeNetworkInterfaces")
    assert asked["Filters"][1] == {"Name": "description", "Values": ["ElastiCache redis-demo-001"]}


def test_interfaces_of_many_nodes_are_asked_for_in_batches(aws: FakeAws) -> None:
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": []})
    find_interfaces("vpc-1", [f"node-{number}" for number in range(201)])
    sizes = [len(asked["Filters"][1]["Values"]) for asked in aws.asked("DescribeNetworkInterfaces")]
    assert sizes == [200, 1]


def test_all_interfaces_of_nodes_are_found_by_a_wildcard_in_the_largest_pages(aws: FakeAws) -> None:
    second = [interface(address="10.0.0.9"), interface(vpc_id="vpc-2", address="10.0.0.7"), interface("a")]
    aws.answers(
        "DescribeNetworkInterfaces",
        {"NetworkInterfaces": [interface()], "NextToken": "2"},
        {"NetworkInterfaces": second},
    )
    assert all_interfaces() == {
        ("vpc-1", "redis-demo-001"): {"10.0.0.5", "10.0.0.9"},  # the old one of a node that is being replaced, too
        ("vpc-2", "redis-demo-001"): {"10.0.0.7"},
        ("vpc-1", "a"): {"10.0.0.5"},
    }
    first, following = aws.asked("DescribeNetworkInterfaces")
    assert first == {"Filters": [{"Name": "description", "Values": ["ElastiCache *"]}], "MaxResults": 1000}
    assert following == first | {"NextToken": "2"}


def test_one_that_has_an_ipv6_address_alone_tells_none(aws: FakeAws) -> None:
    alone = {key: value for key, value in interface("theirs").items() if not key.startswith("Private")}
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": [alone, interface()]})
    assert all_interfaces() == {("vpc-1", "theirs"): frozenset(), ("vpc-1", "redis-demo-001"): {"10.0.0.5"}}
    assert find_interfaces("vpc-1", ["theirs", "redis-demo-001"]) == {
        "theirs": Interface(None, "subnet-a"),
        "redis-demo-001": Interface("10.0.0.5", "subnet-a"),
    }
