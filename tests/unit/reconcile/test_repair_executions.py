"""Repairs as executions: their names, those that run, and the start of one."""

from typing import Final

import pytest

from private_connection.errors import AwsRejected
from private_connection.reconcile.repair_executions import (
    is_repair,
    repair_name,
    repaired_by,
    running_repairs,
    start_repair,
)
from private_connection.registry.entries import Entry
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.registry.stage import FakeExecutions

PROVISION: Final = "arn:aws:states:eu-central-1:123456789012:stateMachine:Provision"
LONGEST: Final = "c" * 32


@pytest.fixture
def executions(aws: FakeAws) -> FakeExecutions:
    return FakeExecutions(aws)


@pytest.mark.parametrize("connection", ["a", "orders-eu", LONGEST])
def test_a_name_tells_the_connection_and_is_short_enough(connection: str) -> None:
    name = repair_name(Entry(connection=connection, version="v" * 32), 1_964_376)
    assert is_repair(name)
    assert repaired_by(name) == connection
    assert len(name) <= 80


def test_only_repairs_that_run_are_listed_from_all_pages(aws: FakeAws, executions: FakeExecutions) -> None:
    executions.page = 1
    executions.run("provision-1", "repaired", "repair-a-1", "run-2", "repair-b-2")
    assert running_repairs() == ["repair-a-1", "repair-b-2"]
    first, *others = aws.asked("ListExecutions")
    assert first == {"stateMachineArn": PROVISION, "statusFilter": "RUNNING", "maxResults": 1000}
    assert [each["nextToken"] for each in others] == ["1", "2", "3", "4"]


def test_a_repair_is_a_start_of_provision(aws: FakeAws, executions: FakeExecutions) -> None:
    start_repair("repair-a-1", "{}")
    assert aws.asked("StartExecution") == [{"stateMachineArn": PROVISION, "name": "repair-a-1", "input": "{}"}]
    assert executions.running == [("repair-a-1", "{}")]


def test_a_start_that_is_refused_is_told(aws: FakeAws) -> None:
    aws.answers("StartExecution", Refusal("InvalidExecutionInput"))
    with pytest.raises(AwsRejected, match=r"starting repair \(repair-a-1\): because"):
        start_repair("repair-a-1", "{")
