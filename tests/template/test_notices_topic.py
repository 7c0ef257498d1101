"""What is worth a mail is told to the topic as a text that a person can read."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.deployment.rules import Rule, rules
from sandbox.deployment.template import Template as Resolved
from tools.deployment import TEMPLATE

SAMPLES: Final = {path.stem: json.loads(path.read_text()) for path in Path("events/notices").glob("*.json")}
UNTOLD: Final = {"ready", "torn-down"}
"""Somebody has asked for them."""
SAID: Final = {
    "connection-changed": "has changed",
    "drift-repaired": "has put it right",
    "failed": "has failed: FAILED TargetsNeverHealthy",
    "findings-changed": "The first that is new: ",
    "service-name-changed": "change their rows in the portal",
}


def heard(sample: dict[str, Any]) -> list[Rule]:
    deployed = rules(Resolved(TEMPLATE, "eu-central-1"))
    return [rule for rule in deployed if rule.matches(sample) and rule.name.startswith("NoticeOf")]


def of_ours(name: str, machine: str = "Provision") -> dict[str, Any]:
    """A sample as a run of this deployment puts it."""
    sample = SAMPLES[name]
    execution = f"arn:aws:states:eu-central-1:123456789012:execution:{machine}:run-1"
    return {**sample, "detail": {**sample["detail"], "execution": execution}}


@pytest.mark.parametrize("machine", ["Provision", "Teardown", "Recover", "Reconcile"])
@pytest.mark.parametrize("name", SAID)
def test_what_is_worth_a_mail_is_a_text_of_whole_lines(name: str, machine: str) -> None:
    (rule,) = heard(of_ours(name, machine))
    (target,) = rule.targets
    lines = [json.loads(line) for line in target.input(of_ours(name, machine)).splitlines()]
    assert all(isinstance(line, str) and "<" not in line for line in lines)
    assert "orders" in lines[0]
    assert SAID[name] in "\n".join(lines)
    assert lines[-1].endswith(f":{machine}:run-1")


@pytest.mark.parametrize("name", sorted(UNTOLD))
def test_what_somebody_has_asked_for_is_no_mail(name: str) -> None:
    assert heard(of_ours(name)) == []


@pytest.mark.parametrize("name", SAID)
def test_what_another_stack_tells_on_the_same_bus_is_no_mail_of_this_one(name: str) -> None:
    assert heard(of_ours(name, "payments-Provision")) == []
