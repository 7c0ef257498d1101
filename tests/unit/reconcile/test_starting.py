"""Executions that a sweep starts: their names, and the start of one."""

from typing import Final

import pytest

from private_connection.errors import AwsRejected
from private_connection.reconcile.starting import execution_name, start_once
from private_connection.registry.entries import Entry
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.registry.stage import FakeExecutions

MACHINE: Final = "arn:aws:states:eu-central-1:123456789012:stateMachine:Recover"
LONGEST: Final = "c" * 32


@pytest.mark.parametrize("prefix", ["repair-", "recover-"])
def test_a_name_stands_for_connection_item_and_turn_and_is_short_enough(prefix: str) -> None:
    first = Entry(connection=LONGEST, version="1")
    others = [Entry(connection="carts", version="1"), Entry(connection=LONGEST, version="2")]
    assert execution_name(prefix, first, 7) == execution_name(prefix, first.model_copy(), 7)
    names = [execution_name(prefix, first, 8), *(execution_name(prefix, each, 7) for each in [first, *others])]
    assert len(set(names)) == 4
    assert max(map(len, names)) <= 80


def test_the_same_start_is_one_and_a_name_that_is_taken_is_left(aws: FakeAws) -> None:
    executions = FakeExecutions(aws)
    for text in ("{}", "{}", '{"x": 1}'):
        start_once("starting recovery", MACHINE, "recover-a-1", text)
    assert executions.running == [("recover-a-1", "{}")]
    assert aws.asked("StartExecution")[0] == {"stateMachineArn": MACHINE, "name": "recover-a-1", "input": "{}"}


def test_a_start_that_is_refused_is_told(aws: FakeAws) -> None:
    aws.answers("StartExecution", Refusal("InvalidExecutionInput"))
    with pytest.raises(AwsRejected, match=r"starting recovery \(recover-a-1\): because"):
        start_once("starting recovery", MACHINE, "recover-a-1", "{")
