"""Who uses a rule, asked by its id: rules that are gone are left out."""

from private_connection.cluster.rule_users import find_rule_users
from private_connection.ownership import use_tag
from tests.unit.described import rule
from tests.unit.fake_aws import FakeAws


def test_the_rules_that_exist_are_found_with_their_users(aws: FakeAws) -> None:
    shared = rule("sgr-1", {use_tag("search"): "run-7", use_tag("orders"): "run-1", "team": "blue"})
    aws.answers("DescribeSecurityGroupRules", {"SecurityGroupRules": [shared, rule("sgr-2")]})
    assert find_rule_users(["sgr-1", "sgr-2", "sgr-3"]) == {"sgr-1": ["orders", "search"], "sgr-2": []}
    (asked,) = aws.asked("DescribeSecurityGroupRules")
    assert asked["Filters"] == [{"Name": "security-group-rule-id", "Values": ["sgr-1", "sgr-2", "sgr-3"]}]


def test_no_rules_cost_no_call(aws: FakeAws) -> None:
    assert find_rule_users([]) == {}
    assert aws.calls == []


def test_many_rules_are_asked_for_in_batches(aws: FakeAws) -> None:
    aws.answers("DescribeSecurityGroupRules", {"SecurityGroupRules": []})
    find_rule_users([f"sgr-{number}" for number in range(201)])
    assert [len(each["Filters"][0]["Values"]) for each in aws.asked("DescribeSecurityGroupRules")] == [200, 1]
