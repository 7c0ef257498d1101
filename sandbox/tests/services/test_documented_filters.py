"""Filters: what an operation's documentation does not name is refused, whatever its neighbour has."""

import pytest

from sandbox.services.documented_filters import documented_filters, undocumented_filter

RULES = "DescribeSecurityGroupRules"


def asked(operation: str, *names: str) -> str | None:
    return undocumented_filter("ec2", operation, {"Filters": [{"Name": name, "Values": ["x"]} for name in names]})


@pytest.mark.parametrize("name", ["group-id", "security-group-rule-id", "tag:team", "tag:a/b"])
def test_the_filters_of_rules(name: str) -> None:
    assert asked(RULES, name) is None


def test_the_first_filter_that_rules_lack_is_named() -> None:
    assert asked(RULES, "group-id", "tag-key", "ip-permission.cidr") == "tag-key"


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeSecurityGroups",
        "DescribeSubnets",
        "DescribeNetworkInterfaces",
        "DescribeVpcEndpointServiceConfigurations",
    ],
)
def test_its_neighbours_have_tag_key(operation: str) -> None:
    assert asked(operation, "tag-key") is None


def test_a_request_without_filters_has_none_to_refuse() -> None:
    assert undocumented_filter("elbv2", "DescribeLoadBalancers", {"Names": ["a"]}) is None
    assert documented_filters("elbv2", "DescribeLoadBalancers") == frozenset()


def test_tags_by_key_need_a_documented_tag_filter() -> None:
    assert asked("DescribeVpcEndpointServicePermissions", "tag:team") == "tag:team"


def test_a_filter_without_a_name_is_left_to_its_service() -> None:
    fields = {"Filters": [{"Type": "TERM_MATCH", "Field": "regionCode", "Value": "us-west-1"}]}
    assert undocumented_filter("pricing", "GetProducts", fields) is None
