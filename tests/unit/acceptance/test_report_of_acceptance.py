"""build/acceptance.md: counted at the head, row by row, without the ids of accounts."""

from pathlib import Path

import pytest

from acceptance.assumptions.tried import TRIED, Stage
from acceptance.assumptions.untried import UNTRIED
from acceptance.item import refuse_foreign
from acceptance.latencies import Latency
from acceptance.report import Course, write
from acceptance.runner import ALONE, NOT_REACHED, STOPPED, Results, Runner
from acceptance.site import Site
from acceptance.trial import Asked, Trial
from acceptance.verdicts import differs, holds
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.problems import Problem

ACCOUNT = "111122223333"
FIRST, SECOND = (row for row, _ in TRIED[Stage.BEFORE][:2])
SITE = Site(Deployment(Place(), "stack", {}, {}))


def trial(keep_going: bool = False) -> Trial:
    return Trial(SITE, Asked(ACCOUNT, keep_going=keep_going), "0" * 32)


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows before anything is made: the first differs, the second holds. One of the other account's."""
    stages = {Stage.BEFORE: ((FIRST, lambda _: differs("a | b")), (SECOND, lambda _: holds("as assumed")))}
    consumer = {Stage.CONSUMER: TRIED[Stage.CONSUMER]}
    monkeypatch.setattr("acceptance.runner.TRIED", {**stages, **consumer})


@pytest.mark.parametrize(("keep_going", "second"), [(False, STOPPED), (True, "as assumed")])
def test_after_a_difference_the_rest_is_tried_only_where_that_is_asked_for(
    rows: None, keep_going: bool, second: str
) -> None:
    runner = Runner(trial(keep_going), lambda text: None)
    runner.stage(Stage.BEFORE)
    found = runner.results.complete()
    assert (found[FIRST].state, found[SECOND].seen) == ("differs", second)
    assert found[TRIED[Stage.CONSUMER][0][0]].seen == NOT_REACHED
    assert set(UNTRIED) <= found.keys()
    runner.stage(Stage.CONSUMER)
    assert runner.results.complete()[TRIED[Stage.CONSUMER][0][0]].seen == (ALONE if keep_going else STOPPED)


def test_the_report_counts_tells_and_leaves_accounts_out(tmp_path: Path) -> None:
    results = Results({FIRST: differs(f"arn:aws:iam::{ACCOUNT}:role/a | b"), SECOND: holds("yes")})
    course = Course("2026-01-01", "us-east-1", {ACCOUNT: "account"}, "SUCCEEDED", removed="SUCCEEDED", left=["a role"])
    course.latencies = [Latency("load balancer active", 149.6)]
    write(course, results, tmp_path / "report.md")
    text = (tmp_path / "report.md").read_text()
    assert "**holds 1 · differs 1 · not tried " in text
    assert r"| arn:aws:iam::<account>:role/a \| b |" in text
    assert ACCOUNT not in text
    assert "## Left\n\n- a role\n" in text
    assert "| load balancer active | 150 |" in text


@pytest.mark.parametrize(
    ("changes", "succeeded"),
    [
        ({}, True),
        ({"left": ["a role"]}, False),
        ({"left": None}, False),
        ({"provisioned": "FAILED AwsRejected"}, False),
        ({"removed": "FAILED"}, False),
        ({"ended": "the hour was over"}, False),
        ({"other_side": "not connected: no"}, False),
    ],
)
def test_when_it_went_through(changes: dict[str, object], succeeded: bool) -> None:
    course = Course("2026-01-01", "us-east-1", {}, "SUCCEEDED", removed="SUCCEEDED", left=[])
    for name, value in changes.items():
        setattr(course, name, value)
    assert course.succeeded is succeeded


@pytest.mark.parametrize("workspace", ["ws-1", "0" * 31, "G" * 32])
def test_a_connection_of_the_name_with_a_workspace_that_nobody_drew_is_left_alone(workspace: str) -> None:
    with pytest.raises(Problem, match=f"of the workspace {workspace}, which no acceptance has drawn"):
        refuse_foreign({"request": {"workspaceId": workspace}})


@pytest.mark.parametrize("item", [{}, {"request": None}, {"request": {"workspaceId": "0a" * 16}}])
def test_what_an_acceptance_drew_is_its_own(item: dict[str, object]) -> None:
    refuse_foreign(item)
