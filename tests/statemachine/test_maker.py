"""What a run writes on what it makes: the expression of the definition, with the values of a context object."""

import re
from random import Random
from typing import Any, Final

import pytest

from sandbox.stepfunctions.expressions import additions, parse
from tests.makers import ODD_NAME, maker
from tools.definitions.reading import EXPRESSION, FOLDER, read

MACHINE: Final = "arn:aws:states:us-east-1:123456789012:execution:Provision"
STARTED: Final = "2026-01-01T00:00:00.000Z"
LATER: Final = "2026-04-02T00:00:00.000Z"


def written(name: str, started: str = STARTED, machine: str = MACHINE) -> str:
    """What the first state of provision assigns for a run of this name."""
    definition = read(FOLDER / "provision.asl.json")
    found = EXPRESSION.fullmatch(definition["States"][definition["StartAt"]]["Assign"]["maker"])
    assert found is not None
    execution: dict[str, Any] = {"Id": f"{machine}:{name}", "Name": name, "StartTime": started}
    value = parse(found[1]).evaluate({"states": {"context": {"Execution": execution}}}, additions(Random(1)))
    assert isinstance(value, str)
    return value


@pytest.mark.parametrize("name", ["a", "orders-1", "a_b.c=d+e@f", "it's (1)!", ODD_NAME, "x" * 80, "é" * 80])
def test_it_is_the_name_as_far_as_a_tag_takes_it_and_a_digest(name: str) -> None:
    """Tag values: letters, digits and _.:/=+@- (AWS tagging restrictions); the digest is of the ARN and the start."""
    found = written(name)
    assert found == maker(name, f"{MACHINE}:{name}", STARTED)
    assert re.fullmatch(r"[A-Za-z0-9_.=+@-]{1,71}-[0-9a-f]{8}", found)


def test_no_two_runs_have_the_same() -> None:
    """A name is free again after 90 days (API reference, StartExecution), and in each machine, Region and account."""
    again = [written("orders-1", LATER), written("orders-1", machine=f"{MACHINE}2")]
    alike = [written(name) for name in ("orders-1", "örders-1", "_rders-1")]
    long = [written("x" * 75 + tail) for tail in "ab"]
    assert len({*again, *alike, *long}) == 7
    assert [each[:-8] for each in long] == ["x" * 71 + "-"] * 2
