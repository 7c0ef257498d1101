"""The part of the fault matrix that is drawn and tried with every change; `make soak` tries more (`matrix`)."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.account import TEMPLATE
from sandbox.deployment.template import Template
from tests.draws import drawn
from tests.faults import matrix
from tests.faults.cells import (
    AGAIN,
    DENIED,
    LOST,
    LOST_ONCE,
    REFUSALS,
    Cell,
    Column,
    asking,
    cells,
    later_books,
    operations,
    refusals,
    reruns,
    timeouts,
)
from tests.faults.matrix import try_all
from tests.faults.trials import SAW_NOTHING, Ending, Row, problems, remaining

COLUMNS = pytest.mark.parametrize("column", [DENIED, LOST_ONCE, LOST], ids=lambda column: column.name)


@COLUMNS
def test_creating_ends_ready_or_leaves_nothing(column: Column) -> None:
    assert try_all(drawn(cells("provision", "create", (column,)), f"provision {column.name}", 48)) == []


@COLUMNS
def test_teardown_ends_clean_or_names_what_remains(column: Column) -> None:
    assert try_all(drawn(cells("teardown", "create", (column,)), f"teardown {column.name}", 48)) == []


@pytest.mark.parametrize("ground", AGAIN)
def test_a_later_run_that_fails_leaves_every_path_as_it_was(ground: str) -> None:
    denied = [cell for cell in reruns(ground, "create") if cell.fault.operation]
    assert try_all(drawn(denied, f"again {ground}", 12)) == []


@pytest.mark.parametrize("machine", ["provision", "teardown"])
def test_the_registry_fails_no_run_that_is_done_and_no_rollback(machine: str) -> None:
    assert try_all(drawn(list(later_books(machine, "create")), f"registry {machine}")) == []


def test_a_run_that_died_counts_as_alive_until_step_functions_says_otherwise() -> None:
    assert try_all(drawn(list(asking("create")), "asking")) == []


def test_recover_leaves_nothing_or_says_why_it_does() -> None:
    """What its teardown meets elsewhere too is left to `make soak`."""
    assert try_all(drawn([cell for cell in cells("recover", "create") if cell.books], "recover")) == []


def test_a_run_that_has_to_finish_another_one_ends_ready_or_says_what_is_left_of_that() -> None:
    assert try_all(drawn(cells("finish", "create", (DENIED,)), "finish", 30)) == []


def test_workers_try_what_this_process_would() -> None:
    asked = drawn([cell for cell in refusals("create") if cell.row.startswith("elasticache:")], "workers", 2)
    assert try_all(asked[:1]) == [], "this process has opened its own account by now"
    tried = matrix.in_workers(asked)
    assert [(row.operation, row.fault) for row in tried] == [(cell.row, cell.column) for cell in asked]
    assert matrix.complaints(tried) == []


WITHDRAWING: Final = {"narrow_access", "remove_path_tags", "remove_tags", "withdraw_principals"}
"""Called only by a withdrawal, which a run starts that is READY."""


@pytest.mark.parametrize("machine", ["provision", "teardown", "recover"])
def test_every_function_of_a_definition_is_timed_out(machine: str) -> None:
    definition = Template(TEMPLATE, "us-east-1").machines[machine].definition
    functions = {each.step for each in Template(TEMPLATE, "us-east-1").functions.values() if each.arn in definition}
    tried = {cell.row for cell in timeouts(machine, "create")}
    if machine == "teardown":
        functions -= WITHDRAWING
    if machine == "provision":
        tried |= {cell.row for ground in AGAIN for cell in reruns(ground, "create")}
    assert tried >= functions


def test_every_creation_has_the_refusals_of_its_service() -> None:
    creating = {each for mode in ("create", "adopt") for each in operations("provision", mode) if ":Create" in each}
    assert creating <= REFUSALS.keys()


# ------------------------------------------------------------------ the judge itself

CELL = Cell(
    "provision", "create", "iam:CreateRole", "denied", DENIED.fault("iam:CreateRole"), frozenset({"AwsRejected"})
)
ROLLED_BACK = Ending(
    status="FAILED",
    error="AwsRejected",
    cause="creating role: no | rollback: removed nothing; kept nothing; remaining nothing",
    owned={},
    foreign_changes=[],
    unnamed=[],
    rolled_back=True,
    lost=["role made {}"],
    added=[],
    afterwards=None,
)


def test_a_run_that_fails_with_its_error_and_leaves_nothing_holds() -> None:
    assert list(problems(CELL, ROLLED_BACK, kept=True)) == []


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"owned": {"role": ["made"]}}, "left {'role': ['made']}"),
        ({"error": "QuotaExceeded"}, "expected ['AwsRejected'], not QuotaExceeded"),
        ({"cause": None}, "expected ['AwsRejected']"),
        ({"error": "RollbackIncomplete"}, "expected ['AwsRejected'], not RollbackIncomplete"),
        ({"status": "TIMED_OUT"}, "ended TIMED_OUT"),
        ({"status": "SUCCEEDED", "error": None}, "an undisturbed run leaves"),
        ({"foreign_changes": ["role others is gone"]}, "changed what is not ours"),
        ({"afterwards": "FAILED"}, "a teardown without the fault: FAILED"),
    ],
)
def test_a_run_that_does_not_hold_is_complained_of(changed: dict[str, Any], complaint: str) -> None:
    assert complaint in "; ".join(problems(CELL, replace(ROLLED_BACK, **changed), kept=True))


DENIED_ROLE = "The sandbox was told to answer iam:CreateRole with this. [AccessDenied]"
UNROLLED = replace(
    ROLLED_BACK,
    error="RollbackIncomplete",
    cause=f"rolling back: AwsRejected: no | remaining 1 role (made) | after AwsRejected: creating role: {DENIED_ROLE}",
    owned={"role": ["made"]},
)


def test_a_rollback_that_was_not_complete_names_all_that_remains() -> None:
    shared = replace(CELL, shared=True)
    assert list(problems(shared, UNROLLED, kept=True)) == []
    assert "left" in "; ".join(problems(shared, UNROLLED, kept=False)), "once the fault is gone, nothing may remain"
    assert "named wrongly" in "; ".join(problems(shared, replace(UNROLLED, unnamed=["role made"]), kept=True))


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        (" | after AwsRejected: creating role", ""),
        ("after AwsRejected", "after StepTimedOut"),
        ("rolling back: AwsRejected", "rolling back: StepTimedOut"),
        ("iam:CreateRole", "iam:ListRoles"),
    ],
)
def test_a_rollback_that_was_not_complete_tells_both_errors(told: str, instead: str) -> None:
    ending = replace(UNROLLED, cause=(UNROLLED.cause or "").replace(told, instead))
    assert "expected a rollback that failed of" in "; ".join(problems(replace(CELL, shared=True), ending, kept=True))


def test_a_registry_without_an_answer_excuses_no_rollback() -> None:
    books = replace(CELL, row="dynamodb:PutItem", shared=True)
    assert "not RollbackIncomplete" in "; ".join(problems(books, UNROLLED, kept=True))


@pytest.mark.parametrize("machine", ["recover", "finish"])
def test_what_a_dead_run_made_may_stay_where_a_teardown_takes_it_afterwards(machine: str) -> None:
    dead = replace(CELL, machine=machine)
    ending = replace(UNROLLED, cause="finishing a dead run: no")
    assert list(problems(dead, ending, kept=True)) == []
    assert "a teardown" in "; ".join(problems(dead, replace(ending, afterwards="FAILED"), kept=True))
    assert "not QuotaExceeded" in "; ".join(problems(dead, replace(ending, error="QuotaExceeded"), kept=True))


def test_a_rollback_overcomes_what_happens_once() -> None:
    once = replace(CELL, errors=frozenset(), shared=True)
    assert "expected a rollback that failed of" in "; ".join(problems(once, UNROLLED, kept=True))


def test_a_teardown_that_fails_names_what_remains_or_changed_nothing() -> None:
    teardown = replace(CELL, machine="teardown")
    ending = replace(ROLLED_BACK, cause=f"looking: {DENIED_ROLE}", owned={"role": ["made"]}, unnamed=["role made"])
    assert list(problems(teardown, replace(ending, lost=[]), kept=True)) == []
    assert "named wrongly" in "; ".join(problems(teardown, ending, kept=True))


@pytest.mark.parametrize(
    ("cause", "complaint"),
    [
        ("looking: no", "does not say why"),
        (f"looking: {DENIED_ROLE} | {SAW_NOTHING}", ""),
        (f"looking: {DENIED_ROLE} | removed nothing; kept nothing; remaining nothing", "named wrongly"),
        (f"looking: {DENIED_ROLE} | removed 1 role (a); kept nothing; remaining nothing; not seen: anything", "named"),
    ],
)
def test_a_teardown_that_changed_nothing_says_why(cause: str, complaint: str) -> None:
    ending = replace(ROLLED_BACK, cause=cause, owned={"role": ["made"]}, unnamed=["role made"], lost=[])
    told = "; ".join(problems(replace(CELL, machine="teardown"), ending, kept=True))
    assert complaint in told if complaint else not told


def test_what_remains_is_read_from_a_cause() -> None:
    cause = (
        "rolling back: … | removed 1 x (a); kept nothing; remaining 2 roles (a, b), 1 load balancer (pc) | after No: …"
    )
    assert remaining(cause) == {"role a", "role b", "loadBalancer pc"}


def test_the_matrix_has_one_row_a_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "FILE", tmp_path / "build" / "fault-matrix.md")
    row = Row("provision", "create", "iam:CreateRole", "denied", ROLLED_BACK, ())
    matrix.write([row, replace(row, fault="500 once", ending=None, problems=("faults that nothing met",))])
    matrix.write([replace(row, ending=replace(ROLLED_BACK, owned={"role": ["a", "b"]}))])
    assert (tmp_path / "build" / "fault-matrix.md").read_text().splitlines() == [
        "| machine | mode | operation | fault | status | error | owned |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| provision | create | iam:CreateRole | 500 once | not tried | faults that nothing met |  |",
        "| provision | create | iam:CreateRole | denied | FAILED | AwsRejected | 2 role |",
    ]


def test_a_row_that_does_not_hold_is_told() -> None:
    assert matrix.complaints([Row("teardown", "adopt", "x:Y", "denied", None, ())]) == []
    told = matrix.complaints([Row("teardown", "adopt", "x:Y", "denied", None, ("one", "two"))])
    assert told == ["teardown | adopt | x:Y | denied: one; two"]
