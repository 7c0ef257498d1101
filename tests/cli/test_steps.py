"""An execution's history as steps: compared with what the interpreter says of the same run."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from rich.console import Console

from private_connection_cli.watch.history import History
from private_connection_cli.watch.picture import line, tree
from private_connection_cli.watch.steps import Steps
from private_connection_cli.watch.watching import watch
from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.scenarios.scenario import read_json
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import World
from tests.scenarios.playing import QUICK

CREATE: Any = read_json(Path("events/create.json"))
DENIED = Fault(operation="elbv2:CreateTargetGroup", error="AccessDenied", times=100)


def watched(account: Account, asked: object, faults: Sequence[Fault] = ()) -> tuple[RunReport, list[Moment], Steps]:
    moments = list[Moment]()
    report = account.run("provision", asked, faults=faults, listeners=[moments.append])
    steps, history = folded(account, str(account.runs[-1].root.exec_arn))
    assert len(history.events) == report.history_events
    own = [each for each in moments if each.execution == history.execution]
    return report, own, steps


def folded(account: Account, execution: str) -> tuple[Steps, History]:
    states = boto3.client("stepfunctions")
    steps = Steps(states.describe_state_machine_for_execution(executionArn=execution)["definition"])
    history = History(states, execution)
    for event in history.read():
        steps.add(event)
    return steps, history


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with Account(World.model_validate({"latency": QUICK}), seed=1, logs=io.StringIO()) as opened:
        yield opened


@pytest.fixture(scope="module")
def ran(account: Account) -> tuple[str, tuple[RunReport, list[Moment], Steps]]:
    """The ARN of a run that has succeeded, and what was seen of it."""
    seen = watched(account, CREATE)
    return str(account.runs[-1].root.exec_arn), seen


@pytest.fixture
def ready(ran: tuple[str, tuple[RunReport, list[Moment], Steps]]) -> tuple[RunReport, list[Moment], Steps]:
    return ran[1]


@pytest.fixture
def execution(ran: tuple[str, tuple[RunReport, list[Moment], Steps]]) -> str:
    return ran[0]


def test_each_entry_of_each_state_is_there_with_its_iteration(ready: Any) -> None:
    report, moments, steps = ready
    assert report.status == "SUCCEEDED"
    entered = Counter((each.state, each.index) for each in moments if each.kind == "entered")
    found = Counter(
        (step.name, entry.iteration[1] if entry.iteration else None)
        for step in steps.steps.values()
        for entry in step.entries
    )
    assert found == entered
    assert all(entry.left for step in steps.steps.values() for entry in step.entries)
    assert (steps.ended - steps.began).total_seconds() == pytest.approx(report.virtual_seconds, abs=0.01)


def test_an_iteration_is_called_by_its_node_and_a_state_by_its_comment(ready: Any) -> None:
    _, _, steps = ready
    registered = steps.steps["Register target"]
    assert [each.label for each in registered.entries] == ["redis-demo-001", "redis-demo-002", "redis-demo-003"]
    assert registered.map == "Expose nodes"
    assert registered.comment == "Step 4: registers the node's IP address in its target group."
    assert line(steps, registered).endswith(f"Register target [redis-demo-003]: {registered.comment}")


def test_a_failed_call_and_the_rollback_that_follows_are_shown(account: Account) -> None:
    asked = {**CREATE, "connection": "second", "cluster": {"id": "second", "create": {}}}
    report, _, steps = watched(account, asked, [DENIED])
    assert report.status == "FAILED"
    failure = steps.steps["Prepare target group"].failure
    assert failure is not None
    assert failure.startswith("AwsRejected: creating target group")
    assert "AccessDenied" in failure
    nested, _ = folded(account, steps.nested["Roll back"])
    assert "Torn down" in nested.steps
    lines = watched_again(account)
    assert lines.index("Torn down") < lines.index("Provisioning failed"), "one after the other, as it happened"


def test_a_plan_that_fails_is_no_failure_to_provision(account: Account) -> None:
    asked = {**CREATE, "connection": "planned", "cluster": {"id": "nowhere"}, "plan": True}
    assert watched(account, asked)[0].status == "FAILED"
    lines = watched_again(account)
    assert (lines[-1], "Provisioning failed" in lines) == ("Planning failed", False)


def test_a_history_that_does_not_say_what_led_to_an_event_is_read_in_its_order(ready: Any, execution: str) -> None:
    """As one of an emulator is that leaves it out: who works on which node is not told then, and no step is missed."""
    states, (_, _, whole) = boto3.client("stepfunctions"), ready
    steps = Steps(states.describe_state_machine_for_execution(executionArn=execution)["definition"])
    for event in History(states, execution).read():
        steps.add({key: value for key, value in event.items() if key != "previousEventId"})
    assert list(steps.steps) == list(whole.steps)
    assert steps.ended == whole.ended


def watched_again(account: Account) -> list[str]:
    """What is said of the last run on a terminal that cannot be drawn on again: the names of the states."""
    out = io.StringIO()
    states = boto3.client("stepfunctions")
    dumb = Console(file=out, width=10_000, force_terminal=True, _environ={"TERM": "dumb"})
    assert watch(states, str(account.runs[-1].root.exec_arn), dumb).status == "FAILED"
    assert "\x1b" not in out.getvalue()
    return re.findall(r"^ *[\dm ]+s  ([A-Z][\w ]+?)(?: \[.*?\])?: ", out.getvalue(), re.MULTILINE)


def test_a_tree_shows_what_runs_what_it_waits_for_and_why_something_failed(execution: str) -> None:
    states = boto3.client("stepfunctions")
    definition = states.describe_state_machine_for_execution(executionArn=execution)["definition"]
    events = History(states, execution).read()
    waiting = next(n for n, each in enumerate(events) if "Wait for cluster" in str(each))
    steps = Steps(definition)
    for event in events[: waiting + 1]:
        steps.add(event)
    text = drawn(steps)
    assert "✔ Ensure cluster" in text
    assert re.search(r"… Wait for cluster +waiting", text)
    assert "ElastiCache takes 6 to 15 minutes" in text
    assert "steps before" in drawn(steps, rows=2)
    for event in events[waiting + 1 :]:
        steps.add(event)
    assert "✔ Provisioned" in drawn(steps)


def drawn(steps: Steps, rows: int = 50) -> str:
    console = Console(width=100, height=60, color_system=None)
    with console.capture() as captured:
        console.print(tree(steps, "provision one", datetime(2026, 1, 1, 0, 5, tzinfo=UTC), rows))
    return captured.get()


def test_a_history_is_read_on_from_where_it_was(execution: str) -> None:
    asked = list[dict[str, Any]]()
    states = boto3.client("stepfunctions")
    states.meta.events.register(
        "provide-client-params.sfn.GetExecutionHistory", lambda params, **_: asked.append(params)
    )
    history = History(states, execution)
    everything = history.read()
    assert [each["id"] for each in everything] == list(range(1, len(everything) + 1))
    for lost in range(len(everything) - 3, len(everything) + 1):
        del history.events[lost]
    assert [each["id"] for each in history.read()] == list(range(len(everything) - 3, len(everything) + 1))
    assert history.read() == []
    assert len(asked) == 3


class Growing:
    """Step Functions, whose pages are counted from the latest event, and which goes on from one answer to the next."""

    def __init__(self, known: int, each: int) -> None:
        self._known, self._each = known, each

    def get_execution_history(self, maxResults: int, nextToken: str = "0", **_: object) -> Any:  # noqa: N803
        self._known += self._each
        begin = int(nextToken)
        ids = range(self._known, 0, -1)[begin : begin + maxResults]
        more = {"nextToken": str(begin + maxResults)} if ids and ids[-1] > 1 else {}
        return {"events": [{"id": each} for each in ids], "ResponseMetadata": {}, **more}


def test_an_event_that_moves_to_the_next_page_is_read_once() -> None:
    history = History(Growing(1500, 3), "arn")
    assert [each["id"] for each in history.read()] == list(range(1, 1504))
    assert [each["id"] for each in history.read()] == [1504, *range(1505, 1510)]
