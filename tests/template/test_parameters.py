"""What the parameters of a deployment may be set to leaves every run room, in time and in its history."""

import json
import re
from typing import Any

import pytest

from sandbox.deployment.template import deployed
from tools.definitions.reading import all_states, definitions, read
from tools.deployment import TEMPLATE, read_template

PARAMETERS = read_template().parameters
MACHINES = {path.name.removesuffix(".asl.json"): read(path) for path in definitions()}
FURTHER_TEARDOWNS = 2
"""Nested teardowns that a run may need beside its rollback."""
EVENTS = 25_000
"""Step Functions service quotas: events of an execution."""
EVENTS_OF_A_LOOK = 10
"""A Task has five, a Choice and a Wait have two each."""
EVENTS_OF_THE_WORK = 9_000
"""What a run over 150 nodes takes besides."""


def longest(parameter: str) -> int:
    return int(PARAMETERS[parameter]["MaxValue"])


def longest_of(parameter: str) -> int:
    """In characters."""
    return int(PARAMETERS[parameter]["MaxLength"])


def told_of(parameter: str) -> str:
    return str(PARAMETERS[parameter]["Description"])


def loops_of(machine: str) -> list[tuple[str, str]]:
    """The limit and the poll of each loop."""
    text = str([state.get("Choices") for _, state in all_states(MACHINES[machine])])
    limits = sorted(set(re.findall(r"\$\{(\w+)LimitSeconds\}", text)))
    return [(f"{name}LimitSeconds", f"{name}PollSeconds") for name in limits]


def test_an_event_may_wait_for_its_turn_and_then_see_its_run_at_work_for_as_long() -> None:
    assert 2 * longest("RequestLimitSeconds") < MACHINES["request"]["TimeoutSeconds"]


def test_the_limits_leave_room_for_a_rollback_and_two_more_teardowns() -> None:
    loops = sum(longest(limit) for limit, _ in loops_of("provision"))
    teardowns = (1 + FURTHER_TEARDOWNS) * longest("TeardownLimitSeconds")
    assert loops > 0
    assert loops + teardowns < MACHINES["provision"]["TimeoutSeconds"]


@pytest.mark.parametrize("machine", ["provision", "teardown", "request"])
def test_looks_leave_the_history_room_for_the_work(machine: str) -> None:
    """At the longest limits and the shortest polls; a look itself is taken to need no time."""
    loops = loops_of(machine)
    looks = sum(longest(limit) / int(PARAMETERS[poll]["MinValue"]) for limit, poll in loops)
    assert loops
    assert looks * EVENTS_OF_A_LOOK + EVENTS_OF_THE_WORK < EVENTS


@pytest.mark.parametrize("name", [name for name, each in PARAMETERS.items() if each["Type"] == "Number"])
def test_a_number_has_limits_and_its_default_is_within_them(name: str) -> None:
    parameter: dict[str, Any] = dict(PARAMETERS[name])
    allowed = parameter.get("AllowedValues") or range(parameter["MinValue"], parameter["MaxValue"] + 1)
    assert parameter["Default"] in allowed


ENVIRONMENT = 4096
"""Bytes of a function's environment variables, as JSON (Lambda developer guide, "Lambda quotas": 4 KB; Lambda's refusal
of more shows the JSON that it measured).
"""
REGION = "ap-southeast-1"
LONGEST = {
    "AccessRolePath": "/" + (longest_of("AccessRolePath") - 2) * "p" + "/",
    "PermissionsBoundary": f"arn:aws-us-gov:iam::123456789012:policy/{512 * 'p'}/{128 * 'n'}",
    "VervericaPrincipal": "arn:aws-us-gov:iam::123456789012:root",
    "NodeEvents": "true",
}
SHARED = ("DefaultTags", "ExtendableRoleArns")
"""What is as long as whoever deploys says."""


def test_what_two_parameters_may_hold_fits_into_the_functions_environment() -> None:
    (room,) = {int(each) for name in SHARED for each in re.findall(r"at most (\d{4}) char", told_of(name))}
    tags = "t=" + (longest_of("DefaultTags") - 2) * "v"
    values = {**LONGEST, "DefaultTags": tags, "ExtendableRoleArns": (room - len(tags)) * "a"}
    functions = deployed(TEMPLATE, REGION, values, 58 * "s").functions.values()
    sizes = {each.name: len(json.dumps(dict(each.environment), separators=(",", ":"))) for each in functions}
    assert {name: size for name, size in sizes.items() if size > ENVIRONMENT} == {}
    assert max(sizes.values()) > ENVIRONMENT - 500, "the room that is told is less than there is"


@pytest.mark.parametrize("name", SHARED)
def test_each_of_two_parameters_names_the_other_and_their_limit(name: str) -> None:
    (other,) = set(SHARED) - {name}
    assert re.search(rf"Together with {other} at most \d+ characters", told_of(name))
