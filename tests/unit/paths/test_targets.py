"""Targets: the node's address is registered, and those that it had before are taken off later."""

import pytest

from private_connection.errors import NotYetConsistent
from private_connection.paths.targets import (
    RegisterTarget,
    RetireTargets,
    StaleTargets,
    register_target,
    retire_targets,
)
from tests.unit.builders import Json
from tests.unit.fake_aws import FakeAws, Refusal

REQUEST = RegisterTarget(target_group_arn="tg-1", ip_address="10.0.0.5", port=6379)


def registered(aws: FakeAws, **states: str) -> None:
    """By the last part of an address, what ELB says of it."""
    found: list[Json] = [
        {"Target": {"Id": f"10.0.0.{last.removeprefix('at')}", "Port": 6379}, "TargetHealth": {"State": state}}
        for last, state in states.items()
    ]
    aws.answers("DescribeTargetHealth", {"TargetHealthDescriptions": found})
    aws.answers("RegisterTargets", {})


@pytest.mark.parametrize(
    ("states", "registers", "stale"),
    [
        ({}, True, ()),
        ({"at5": "initial"}, False, ()),
        ({"at5": "healthy"}, False, ()),
        ({"at5": "draining"}, True, ()),
        ({"at6": "unhealthy"}, True, ("10.0.0.6",)),
        ({"at6": "healthy", "at5": "healthy"}, False, ("10.0.0.6",)),
        ({"at6": "draining"}, True, ()),
    ],
    ids=str,
)
def test_an_address_is_registered_once(
    aws: FakeAws, states: dict[str, str], registers: bool, stale: tuple[str, ...]
) -> None:
    registered(aws, **states)
    assert register_target(REQUEST).stale_addresses == stale
    expected = [{"TargetGroupArn": "tg-1", "Targets": [{"Id": "10.0.0.5", "Port": 6379}]}] if registers else []
    assert aws.asked("RegisterTargets") == expected


@pytest.mark.parametrize("code", ["TargetGroupNotFound", "InvalidTarget"])
def test_what_does_not_show_everywhere_is_tried_again(aws: FakeAws, code: str) -> None:
    registered(aws)
    aws.answers("RegisterTargets", Refusal(code))
    with pytest.raises(NotYetConsistent, match=r"registering target \(10\.0\.0\.5:6379\)"):
        register_target(REQUEST)


def test_addresses_that_nodes_had_before_are_taken_off(aws: FakeAws) -> None:
    aws.answers("DeregisterTargets", {})
    stale = [
        StaleTargets(target_group_arn="tg-1", port=6379, addresses=("10.0.0.6", "10.0.0.7")),
        StaleTargets(target_group_arn="tg-2", port=7000, addresses=("10.0.0.8",)),
    ]
    assert retire_targets(RetireTargets(stale=tuple(stale))).retired == 3
    assert [asked["Targets"] for asked in aws.asked("DeregisterTargets")] == [
        [{"Id": "10.0.0.6", "Port": 6379}, {"Id": "10.0.0.7", "Port": 6379}],
        [{"Id": "10.0.0.8", "Port": 7000}],
    ]


def test_addresses_that_are_taken_off_already_hold_nobody_up(aws: FakeAws) -> None:
    aws.answers("DeregisterTargets", Refusal("InvalidTarget"), {}, Refusal("InvalidTarget"))
    stale = StaleTargets(target_group_arn="tg-1", port=6379, addresses=("10.0.0.6", "10.0.0.7"))
    assert retire_targets(RetireTargets(stale=(stale,))).retired == 2
    asked = [[target["Id"] for target in each["Targets"]] for each in aws.asked("DeregisterTargets")]
    assert asked == [["10.0.0.6", "10.0.0.7"], ["10.0.0.6"], ["10.0.0.7"]]


def test_nothing_to_take_off_costs_no_call(aws: FakeAws) -> None:
    assert retire_targets(RetireTargets(stale=())).retired == 0
    assert aws.calls == []
