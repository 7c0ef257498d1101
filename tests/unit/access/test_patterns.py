"""IAM's patterns: what they match, and whether two of them meet."""

import pytest

from private_connection.access.patterns import matches, overlap


@pytest.mark.parametrize(
    ("pattern", "text", "matching"),
    [
        ("ec2:Accept*", "ec2:AcceptVpcEndpointConnections", True),
        ("*", "", True),
        ("ec2:?ccept*", "ec2:AcceptVpcEndpointConnections", True),
        ("ec2:accept*", "ec2:AcceptVpcEndpointConnections", False),
        ("role/[ab]", "role/a", False),
        ("role.x", "role/x", False),
        ("elasticache:*", "elasticache:*", True),
        ("elasticache:Describe*", "elasticache:*", False),
        ("elasticache:?", "elasticache:*", False),
        ("elasti*", "elasticache:Describe*", True),
        ("a*c", "abc", True),
        ("a*c", "ab\nc", True),
    ],
)
def test_a_pattern_takes_a_text_or_all_that_another_pattern_takes(pattern: str, text: str, matching: bool) -> None:
    assert matches(pattern, text) is matching


@pytest.mark.parametrize(
    ("one", "other", "meeting"),
    [
        ("elasticache:*", "elasticache:Delete*", True),
        ("elasticache:*", "ec2:*", False),
        ("*:Delete*", "elasticache:*", True),
        ("a*b", "*c", False),
        ("a*b*", "*c", True),
        ("a?c", "ab*", True),
        ("a?", "a", False),
        ("", "*", True),
        ("", "?", False),
        ("*a" * 200, "*b" * 200, False),
        ("*a" * 200 + "*", "*b" * 200 + "*", True),
    ],
)
def test_two_patterns_meet_where_one_text_suits_both(one: str, other: str, meeting: bool) -> None:
    assert overlap(one, other) is overlap(other, one) is meeting
