"""Targets: the node's address is registered, and those that it had before are taken off later."""

import pytest

from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.paths.targets import (
    AddressedNode,
    RegisterTarget,
    RetireTargets,
    StaleTargets,
    find_targets,
    register_target,
    retire_targets,
)
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

REQUEST = RegisterTarget(path=AddressedNode(target_group_arn="tg-1", ip_address="10.0.0.5", port=6379))


def registered(aws: FakeAws, **states: str) -> None:
    """By the last part of an address, what ELB says of it; ``at5on7000`` is on another port than the node's."""
    found: list[Json] = []
    for name, state in states.items():
        last, _, port = name.removeprefix("at").partition("on")
        target = {"Id": f"10.0.0.{last}", "Port": int(port or 6379)}
        found.append({"Target": target, "TargetHealth": {"State": state}})
    aws.answers("DescribeTargetHealth", {"TargetHealthDescriptions": found})
    aws.answers("RegisterTargets", {})
    aws.answers("DeregisterTargets", {})


@pytest.mark.parametrize(
    ("states", "registers", "changed"),
    [
        ({}, True, True),
        ({"at5": "initial"}, False, True),  # perhaps by a call of this run whose answer was lost
        ({"at5": "healthy"}, False, False),
        ({"at5": "unhealthy"}, False, False),
        ({"at5": "draining"}, True, True),
        ({"at5on7000": "healthy"}, True, True),
        ({"at6": "healthy", "at5": "healthy"}, False, True),
    ],
    ids=str,
)
def test_an_address_is_registered_once(aws: FakeAws, states: dict[str, str], registers: bool, changed: bool) -> None:
    registered(aws, **states)
    assert register_target(REQUEST).changed is changed
    expected = [{"TargetGroupArn": "tg-1", "Targets": [{"Id": "10.0.0.5", "Port": 6379}]}] if registers else []
    assert aws.asked("RegisterTargets") == expected


@pytest.mark.parametrize(
    ("others", "stale", "dead"),
    [
        ({"at6": "healthy"}, ("10.0.0.6:6379",), ()),
        ({"at6": "draining"}, (), ()),
        ({"at6": "unhealthy"}, (), ("10.0.0.6",)),
        ({"at6": "initial", "at7": "unused", "at8": "healthy"}, ("10.0.0.8:6379",), ("10.0.0.6", "10.0.0.7")),
        ({"at5on7000": "healthy"}, ("10.0.0.5:7000",), ()),
        ({"at5on7000": "unhealthy"}, (), ("10.0.0.5",)),
    ],
    ids=str,
)
def test_what_else_is_registered_stays_only_while_it_answers(
    aws: FakeAws, others: dict[str, str], stale: tuple[str, ...], dead: tuple[str, ...]
) -> None:
    registered(aws, at5="healthy", **others)
    target = register_target(REQUEST)
    assert (target.stale, target.retired) == (stale, len(dead))
    asked = [each["Id"] for call in aws.asked("DeregisterTargets") for each in call["Targets"]]
    assert asked == list(dead)


def test_the_nodes_address_is_registered_before_another_is_taken_off(aws: FakeAws) -> None:
    registered(aws, at6="unhealthy")
    register_target(REQUEST)
    assert aws.operations == ["DescribeTargetHealth", "RegisterTargets", "DeregisterTargets"]


@pytest.mark.parametrize("code", ["TargetGroupNotFound", "InvalidTarget"])
def test_what_does_not_show_everywhere_is_tried_again(aws: FakeAws, code: str) -> None:
    registered(aws)
    aws.answers("RegisterTargets", Refusal(code))
    with pytest.raises(NotYetConsistent, match=r"registering target \(10\.0\.0\.5:6379\)"):
        register_target(REQUEST)


def test_addresses_that_nodes_had_before_are_taken_off(aws: FakeAws) -> None:
    aws.answers("DeregisterTargets", {})
    stale = [
        StaleTargets(target_group_arn="tg-1", targets=("10.0.0.6:6379", "10.0.0.7:6379")),
        StaleTargets(target_group_arn="tg-2", targets=("10.0.0.8:7000",)),
    ]
    assert retire_targets(RetireTargets(stale=tuple(stale))).retired == 3
    assert [asked["Targets"] for asked in aws.asked("DeregisterTargets")] == [
        [{"Id": "10.0.0.6", "Port": 6379}, {"Id": "10.0.0.7", "Port": 6379}],
        [{"Id": "10.0.0.8", "Port": 7000}],
    ]


def test_addresses_that_are_taken_off_already_hold_nobody_up(aws: FakeAws) -> None:
    aws.answers("DeregisterTargets", Refusal("InvalidTarget"), {}, Refusal("InvalidTarget"))
    stale = StaleTargets(target_group_arn="tg-1", targets=("10.0.0.6:6379", "10.0.0.7:6379"))
    assert retire_targets(RetireTargets(stale=(stale,))).retired == 2
    asked = [[target["Id"] for target in each["Targets"]] for each in aws.asked("DeregisterTargets")]
    assert asked == [["10.0.0.6", "10.0.0.7"], ["10.0.0.6"], ["10.0.0.7"]]


def test_nothing_to_take_off_costs_no_call(aws: FakeAws) -> None:
    assert retire_targets(RetireTargets(stale=())).retired == 0
    assert aws.calls == []


def test_a_target_group_that_is_gone_has_nothing_to_take_off(aws: FakeAws) -> None:
    aws.answers("DeregisterTargets", Refusal("TargetGroupNotFound"), {})
    stale = [StaleTargets(target_group_arn=arn, targets=("10.0.0.6:6379",)) for arn in ("tg-1", "tg-2")]
    assert retire_targets(RetireTargets(stale=tuple(stale))).retired == 2
    assert len(aws.asked("DeregisterTargets")) == 2


def test_what_is_registered_is_found_with_its_port_whatever_its_health(aws: FakeAws) -> None:
    registered(aws, at5="healthy", at6="unhealthy", at7="initial", at8="draining")
    assert find_targets("tg-1") == ["10.0.0.5:6379", "10.0.0.6:6379", "10.0.0.7:6379"]
    assert aws.asked("DescribeTargetHealth") == [{"TargetGroupArn": "tg-1"}]


def test_in_a_target_group_that_is_gone_nothing_is_registered(aws: FakeAws) -> None:
    aws.answers("DescribeTargetHealth", Refusal("TargetGroupNotFound"), DENIED)
    assert find_targets("tg-1") == []
    with pytest.raises(AwsRejected, match=r"looking up the targets of target group \(tg-1\)"):
        find_targets("tg-1")
