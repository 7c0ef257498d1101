"""Attributes of target groups: what they shall be, and what is corrected."""

import pytest

from private_connection.errors import NotYetConsistent
from private_connection.paths.target_group_attributes import (
    CROSS_ZONE,
    converge_attributes,
    corrections,
    find_attributes,
    has_wanted_attributes,
    wanted_attributes,
)
from sandbox.services.elbv2.target_groups import ATTRIBUTES
from tests.unit.builders import Json, tag_list
from tests.unit.fake_aws import FakeAws, Refusal

ONE, SEVERAL = (wanted_attributes(cross_zone=each) for each in (False, True))
OTHERS = {"stickiness.enabled": "true", "target_failover.on_unhealthy": "rebalance"}
"""Attributes that no run sets."""


def there(aws: FakeAws, found: Json) -> None:
    aws.answers("DescribeTargetGroupAttributes", {"Attributes": tag_list(found)})


@pytest.mark.parametrize(
    ("found", "cross_zone", "wanted"),
    [
        (ONE, False, True),
        (ONE | OTHERS, False, True),
        (SEVERAL, True, True),
        (ONE, True, False),
        (SEVERAL, False, False),
        *((ONE | {key: "changed"}, False, False) for key in ONE),
        *(({other: ONE[other] for other in ONE if other != key}, False, False) for key in ONE),
    ],
    ids=str,
)
def test_what_a_run_would_correct_is_not_as_wanted(
    aws: FakeAws, found: Json, *, cross_zone: bool, wanted: bool
) -> None:
    there(aws, found)
    assert has_wanted_attributes("tg", cross_zone=cross_zone) is wanted
    aws.answers("ModifyTargetGroupAttributes", {})
    assert converge_attributes("tg", wanted_attributes(cross_zone=cross_zone), find_attributes("tg")) is not wanted


def test_a_new_group_is_set_only_what_is_not_aws_s_default() -> None:
    """So a group of an earlier run is as wanted, unless somebody has changed it."""
    changed = corrections(ONE, ATTRIBUTES)
    assert [each["Key"] for each in changed] == [key for key in ONE if key.startswith("deregistration_delay")]


def test_only_what_differs_is_set(aws: FakeAws) -> None:
    aws.answers("ModifyTargetGroupAttributes", {})
    converge_attributes("tg", ONE, {**ONE, **OTHERS, CROSS_ZONE: "true"})
    (asked,) = aws.asked("ModifyTargetGroupAttributes")
    assert asked == {"TargetGroupArn": "tg", "Attributes": [{"Key": CROSS_ZONE, "Value": ONE[CROSS_ZONE]}]}


def test_a_group_that_is_gone_is_looked_for_again(aws: FakeAws) -> None:
    aws.answers("DescribeTargetGroupAttributes", Refusal("TargetGroupNotFound"))
    with pytest.raises(NotYetConsistent):
        has_wanted_attributes("tg", cross_zone=False)
