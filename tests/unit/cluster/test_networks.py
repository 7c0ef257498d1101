"""Subnets and zones: looked up, and nothing for those that do not exist."""

import pytest

from private_connection.cluster.networks import (
    Subnet,
    all_subnets,
    default_subnets,
    find_interface_descriptions,
    find_subnets,
    ordinary_zones,
)
from private_connection.errors import AwsRejected
from tests.unit.builders import Json, a_subnet
from tests.unit.described import subnet
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

BOTH = [subnet("subnet-b", "eu-central-1b"), subnet("subnet-a")]


@pytest.mark.parametrize(("address", "held"), [("10.0.0.0", True), ("10.0.0.255", True), ("10.0.1.0", False)])
def test_a_subnet_holds_the_addresses_of_its_range(address: str, held: bool) -> None:
    assert a_subnet("us-east-1a").holds(address) is held


def test_subnets_are_sorted_by_zone(aws: FakeAws) -> None:
    aws.answers("DescribeSubnets", {"Subnets": BOTH})
    found = find_subnets(["subnet-b", "subnet-a", "subnet-b"])
    assert found[0] == Subnet("subnet-a", "vpc-1", "eu-central-1a", "id-eu-central-1a", "10.0.0.0/24", 200)
    assert found[1].id == "subnet-b"
    assert aws.asked("DescribeSubnets") == [{"SubnetIds": ["subnet-a", "subnet-b"]}]


@pytest.mark.parametrize("cidr", [{}, {"CidrBlock": ""}], ids=["absent", "empty"])
def test_an_ipv6_only_subnet_has_no_range_and_holds_nothing(aws: FakeAws, cidr: dict[str, str]) -> None:
    only_ipv6 = {key: value for key, value in subnet("subnet-6").items() if key != "CidrBlock"} | cidr
    aws.answers("DescribeSubnets", {"Subnets": [only_ipv6]})
    (found,) = find_subnets(["subnet-6"])
    assert (found.cidr, found.holds("10.0.0.5")) == (None, False)


def test_no_ids_cost_no_call(aws: FakeAws) -> None:
    assert find_subnets([]) == []
    assert aws.calls == []


@pytest.mark.parametrize("code", ["InvalidSubnetID.NotFound", "InvalidSubnetId.NotFound", "InvalidSubnetID.Malformed"])
def test_an_id_that_does_not_exist_is_left_out(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeSubnets", Refusal(code), {"Subnets": [subnet("subnet-a")]})
    assert [each.id for each in find_subnets(["subnet-a", "subnet-none"])] == ["subnet-a"]
    assert aws.asked("DescribeSubnets")[1] == {
        "Filters": [{"Name": "subnet-id", "Values": ["subnet-a", "subnet-none"]}]
    }


def test_another_refusal_is_none_of_absence(aws: FakeAws) -> None:
    aws.answers("DescribeSubnets", DENIED)
    with pytest.raises(AwsRejected, match="looking up subnets"):
        find_subnets(["subnet-a"])


def test_default_subnets_are_asked_for_by_a_filter(aws: FakeAws) -> None:
    aws.answers("DescribeSubnets", {"Subnets": BOTH})
    assert [each.zone for each in default_subnets()] == ["eu-central-1a", "eu-central-1b"]
    assert aws.asked("DescribeSubnets") == [{"Filters": [{"Name": "default-for-az", "Values": ["true"]}]}]


def test_a_default_subnet_on_an_outpost_is_left_out(aws: FakeAws) -> None:
    away = {**subnet("subnet-b", "eu-central-1b"), "OutpostArn": "arn:aws:outposts:eu-central-1:1:outpost/op-1"}
    aws.answers("DescribeSubnets", {"Subnets": [away, subnet("subnet-a")]})
    assert [each.id for each in default_subnets()] == ["subnet-a"]
    assert [each.outpost for each in find_subnets(["subnet-a", "subnet-b"])] == [None, away["OutpostArn"]]


def test_local_zones_are_no_ordinary_ones(aws: FakeAws) -> None:
    aws.answers("DescribeAvailabilityZones", {"AvailabilityZones": [{"ZoneName": "eu-central-1a"}]})
    assert ordinary_zones() == {"eu-central-1a"}
    (asked,) = aws.asked("DescribeAvailabilityZones")
    assert asked["Filters"] == [{"Name": "zone-type", "Values": ["availability-zone"]}]


# ------------------------------------------------------------------ who has an address


def interface(description: str, *addresses: str) -> Json:
    held = [{"PrivateIpAddress": each} for each in addresses]
    return {"Description": description, "PrivateIpAddress": addresses[0], "PrivateIpAddresses": held}


def test_whoever_has_an_address_is_known_by_the_description_of_the_interface(aws: FakeAws) -> None:
    both = [interface("ElastiCache a", "10.0.0.1", "10.0.0.9"), interface("somebody's", "10.0.0.8", "10.0.0.2")]
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": both})
    found = find_interface_descriptions("vpc-1", ["10.0.0.1", "10.0.0.2", "10.0.0.3"])
    assert found == {"10.0.0.1": "ElastiCache a", "10.0.0.2": "somebody's"}
    assert aws.asked("DescribeNetworkInterfaces")[0]["Filters"] == [
        {"Name": "vpc-id", "Values": ["vpc-1"]},
        {"Name": "addresses.private-ip-address", "Values": ["10.0.0.1", "10.0.0.2", "10.0.0.3"]},
    ]


def test_many_addresses_are_asked_for_in_batches_and_none_costs_no_call(aws: FakeAws) -> None:
    assert find_interface_descriptions("vpc-1", []) == {}
    assert aws.calls == []
    pages = [{"NetworkInterfaces": [interface("first", "10.0.0.1")], "NextToken": "1"}]
    pages += [{"NetworkInterfaces": [interface("other", "10.0.0.2")]}, {"NetworkInterfaces": []}]
    aws.answers("DescribeNetworkInterfaces", *pages)
    addresses = [f"10.0.{number // 250}.{number % 250}" for number in range(201)]
    assert find_interface_descriptions("vpc-1", addresses) == {"10.0.0.1": "first", "10.0.0.2": "other"}
    sizes = [len(asked["Filters"][1]["Values"]) for asked in aws.asked("DescribeNetworkInterfaces")]
    assert sizes == [200, 200, 1], "two pages of the first batch"


def test_all_subnets_are_found_in_the_largest_pages(aws: FakeAws) -> None:
    aws.answers("DescribeSubnets", {"Subnets": BOTH[:1], "NextToken": "2"}, {"Subnets": BOTH[1:]})
    assert [each.id for each in all_subnets()] == ["subnet-a", "subnet-b"]
    assert aws.asked("DescribeSubnets") == [{"MaxResults": 1000}, {"MaxResults": 1000, "NextToken": "2"}]
