"""Runs beside each other in one account: each has its own counts, faults and stop, and all see one account."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import ScenarioError, Start, StopAt
from sandbox.stepfunctions.interpreter import Moment
from sandbox.tests.test_account import QUICK, SMALL

VISIT = {"function": "Visitor", "event": 0}
DENIED = Fault(operation="ec2:DescribeVpcs", error="UnauthorizedOperation", times=9)


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(QUICK, seed=1, template=SMALL) as opened:
        yield opened


def test_each_run_starts_its_gap_after_the_one_before(account: Account) -> None:
    entered: dict[str, float] = {}

    def watch(moment: Moment) -> None:
        entered.setdefault(moment.execution.split(":")[-1], moment.at)

    began = account.clock.now()
    starts = [Start("parent", {}, listeners=[watch]) for _ in range(3)]
    reports = account.together(starts, [5, 0, 12.5])
    assert {name: at - began for name, at in entered.items() if name.startswith("parent")} == {
        "parent-1": 5,
        "parent-2": 5,
        "parent-3": 17.5,
    }
    assert [each.virtual_seconds for each in reports] == [130, 130, 130]
    assert account.clock.now() - began == 17.5 + 130, "they went on beside each other"


def test_without_gaps_all_start_at_once(account: Account) -> None:
    account.together([Start("parent", {})] * 2)
    assert [each.root.start_date for each in account.runs] == [account.runs[0].root.start_date] * 2


@pytest.mark.parametrize("gaps", [[], [0], [0, 1, 2]])
def test_there_is_a_gap_for_each_run_or_none(account: Account, gaps: list[float]) -> None:
    with pytest.raises(ScenarioError, match=f"gaps has {len(gaps)}, and there are 2 runs"):
        account.together([Start("parent", {})] * 2, gaps)


def test_each_report_is_of_its_own_run(account: Account) -> None:
    visit, parent, crash = account.together(
        [Start("call", VISIT), Start("parent", {"a": 1}), Start("call", {"function": "Crash", "event": 0})]
    )
    assert (visit.api_calls, visit.lambda_invocations, visit.state_transitions) == ({"ec2:DescribeVpcs": 1}, 1, 1)
    assert (parent.api_calls, parent.lambda_invocations, parent.state_transitions) == ({}, 2, 6)
    assert parent.history_events == 15
    assert (crash.status, parent.output) == ("FAILED", {"child": {"a": 1}})
    alone = account.run("parent", {"a": 1})
    assert alone.model_copy(update={"name": parent.name}) == parent


def test_a_run_meets_its_own_faults_alone(account: Account) -> None:
    denied, visit = account.together([Start("call", VISIT, faults=[DENIED]), Start("call", VISIT)])
    assert (denied.status, denied.error, visit.status) == ("FAILED", "ClientError", "SUCCEEDED")


def test_a_run_is_stopped_at_its_own_entry_alone(account: Account) -> None:
    stop = StopAt(state="After", when="before")
    reports = account.together([Start("parent", {}), Start("parent", {}, stop_at=stop), Start("parent", {})], [0, 1, 1])
    assert [each.status for each in reports] == ["SUCCEEDED", "ABORTED", "SUCCEEDED"]


def test_a_stop_stops_the_nested_execution_of_its_own_run_alone(account: Account) -> None:
    stop = StopAt(state="Which?", when="before")
    account.together([Start("parent", {}), Start("parent", {}, stop_at=stop)], [0, 1])
    assert [[each.status for each in run.executions.values()] for run in account.runs] == [
        ["SUCCEEDED", "SUCCEEDED"],
        ["ABORTED", "ABORTED"],
    ]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"stop_at": StopAt(state="After", visit=2)}, "never reached"),
        ({"faults": [DENIED]}, "ec2:DescribeVpcs"),
        ({"stop_at": StopAt(state="Nowhere")}, "'Nowhere'"),
    ],
)
def test_what_one_run_never_met_is_a_mistake_though_another_did(
    account: Account, options: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ScenarioError, match=problem):
        account.together([Start("call", VISIT), Start("parent", {}, **options)])


def test_later_runs_can_ask_after_earlier_ones(account: Account) -> None:
    account.run("parent", {}, stop_at=StopAt(state="Nested"))
    account.together([Start("parent", {}), Start("call", VISIT)])
    describe = boto3.client("stepfunctions").describe_execution
    told = [describe(executionArn=arn)["status"] for arn in account.interpreter.executions]
    assert sorted(told) == ["ABORTED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED", "SUCCEEDED"]


def test_the_same_seed_gives_the_same_histories() -> None:
    def histories(seed: int) -> list[object]:
        with Account(QUICK, seed=seed, template=SMALL) as account:
            account.together([Start("parent", {}), Start("call", {"function": "Crash", "event": 0})], [0, 30])
            return [each.exec_worker.env.event_manager._history_event_list for each in _executions(account)]

    assert histories(1) == histories(1) != histories(2)


def _executions(account: Account) -> list[Any]:
    return list(account.interpreter.executions.values())
