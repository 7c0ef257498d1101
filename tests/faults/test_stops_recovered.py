"""What a dead run made is removed, by Recover, the next run or a teardown; what serves serves on.

A run dies in every state, before it and after its function; a provision that fails also in every state of the teardown
that it nests. `make soak` tries all of these, and one in each state with a cluster that is adopted. What the next run
makes of a stop in the machines themselves, scenarios/test_provision_again.py shows, and what a teardown makes of it,
test_stops.py, which is next to this file so that one worker opens the accounts and plays the roads of both.
"""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from private_connection.reconcile.swept import Swept
from sandbox.account import Account
from sandbox.runs import RunReport, StopAt
from sandbox.scenarios.forks import forked
from sandbox.stepfunctions.interpreter import Moment
from tests.draws import SOAKING, drawn
from tests.faults.deaths import (
    die,
    event,
    provisioned_after,
    recovered,
    recovered_and_provisioned,
    recovering,
    stops_in_a_rollback,
    torn_down_after,
)
from tests.faults.grounds import REQUESTS, Json, ground, opened, removal, world
from tests.faults.observation import observed, serving
from tests.faults.stops import LATE_ROAD, Road, each_state, moments, stops
from tests.faults.trials import Owned, shape, things
from tests.registry import is_held, item

SHARE = 130
MODES = ("create", "adopt") if SOAKING else ("create",)
MADE = StopAt(state="Compose hand-off", when="after")
"""Where a run dies that has made everything."""
BLANK, SERVING = Road("provision", "blank"), Road("provision", "provisioned")
HALF_AN_HOUR, QUARTER = 1800, 900
DELETIONS = ("DeleteLoadBalancer", "DeleteVpcEndpointServiceConfigurations")
Stops = list[tuple[Road, StopAt]]
Trial = Callable[[Account, Road, StopAt], list[str]]


def wrong(trial: Trial, chosen: Stops) -> dict[tuple[str, int, str], list[str]]:
    found = {
        (stop.state, stop.visit, stop.when): ground(road.ground, road.mode).ask(trial, road, stop)
        for road, stop in chosen
    }
    return {stop: problems for stop, problems in found.items() if problems}


# ------------------------------------------------------------------ in every state


@pytest.mark.parametrize("mode", MODES)
def test_recover_puts_right_what_a_stop_left_and_a_second_delivery_changes_nothing(mode: str) -> None:
    chosen = drawn(stops("provision", mode), "recovered provision", SHARE, each_state(mode), times=1)
    assert wrong(recovered, chosen) == {}


@pytest.mark.parametrize("mode", MODES)
def test_a_dead_teardown_is_released_and_not_continued_and_the_next_provision_connects_all_again(mode: str) -> None:
    chosen = drawn(stops("teardown", mode), "recovered teardown", SHARE, each_state(mode), times=1)
    wanted = shape(observed("provision", mode).owned)
    assert wrong(partial(recovered_and_provisioned, wanted=wanted), chosen) == {}


@pytest.mark.parametrize("afterwards", drawn(["recover", "provision", "teardown"], "after a rollback that died", 2))
@pytest.mark.parametrize("mode", MODES)
def test_a_rollback_that_dies_is_done_anew(mode: str, afterwards: str) -> None:
    wanted = shape(observed("provision", mode).owned)
    trials: dict[str, Trial] = {
        "recover": recovered,
        "provision": partial(provisioned_after, wanted=wanted),
        "teardown": torn_down_after,
    }
    chosen = drawn(stops_in_a_rollback(mode), f"rollback {afterwards}", SHARE, each_state(mode), times=1)
    assert wrong(trials[afterwards], chosen) == {}


@pytest.mark.parametrize("mode", MODES)
def test_what_served_serves_on_when_a_later_run_dies(mode: str) -> None:
    entered = observed("provision", mode, (), "provisioned").states
    again: Stops = [
        (Road("provision", "provisioned", mode), StopAt.model_validate({"state": state, "when": when}))
        for state, when in moments("provision")
        if state in entered
    ]
    assert wrong(recovered, drawn(again, "again", SHARE, each_state(mode), times=1)) == {}


# ------------------------------------------------------------------ one by one


@pytest.mark.parametrize("deliveries", [1, 2] if SOAKING else [2])
@pytest.mark.parametrize("mode", MODES)
def test_the_rule_starts_recover_however_often_it_is_told(mode: str, deliveries: int) -> None:
    with opened(world(mode, eventDeliveries=deliveries)) as account:
        assert account.run("provision", REQUESTS[mode], stop_at=MADE).status == "ABORTED"
        assert (account.snapshot.owned(), account.snapshot.foreign_changes()) == ({}, [])
        assert not is_held(str(REQUESTS[mode]["connection"]))
        assert account.run("provision", REQUESTS[mode]).status == "SUCCEEDED"


def next_run(account: Account, road: Road) -> tuple[RunReport, dict[str, Any], bool]:
    """Asked in a fork: the next provision, the item then, and whether anything in the account changed."""
    before = things()
    report = account.run("provision", REQUESTS[road.mode])
    return report, item(road.connection), things() != before


def followed(account: Account) -> tuple[RunReport, dict[str, Any], bool, list[str]]:
    """Asked in a fork: the next provision after a run that was recorded, and what is wrong with Recover after it."""
    before, served = things(), serving(account, BLANK.connection)
    detail = die(account, BLANK, StopAt(state="Record connection", when="after"))
    return *forked(next_run, account, BLANK), recovering(account, BLANK, detail, before, served)


def test_a_run_that_was_recorded_is_never_removed() -> None:
    report, entry, changed, wrong_with_recover = ground("blank", "create").ask(followed)
    assert (report.status, report.output["status"], changed) == ("SUCCEEDED", "READY", False)
    assert (entry["status"], entry["revision"]) == ("READY", 2)
    assert wrong_with_recover == []


def kept(account: Account, road: Road) -> tuple[RunReport, bool, bool, str, list[str]]:
    """Asked in a fork: the next provision after a stop, and whether that changed anything; and, if Recover comes first,
    whether it left all as it was, the connection's status, and the codes of the next provision.
    """
    die(account, road, MADE)
    before = things()
    report, _, changed = forked(next_run, account, road)
    account.run("recover", event(account, road))
    same, status = things() == before, item(road.connection)["status"]
    later = account.run("provision", REQUESTS[road.mode])
    return report, changed, same, status, [each["code"] for each in later.output["findings"]]


def test_what_a_dead_run_was_to_keep_recover_keeps_and_the_next_one_uses_it_and_says_so() -> None:
    road = Road("provision", "blank", given={"onFailure": "keep"})
    report, changed, same, status, codes = ground("blank", "create").ask(kept, road)
    assert (report.status, changed) == ("SUCCEEDED", False)
    (found,) = [each for each in report.output["findings"] if each["code"] == "KEPT_AFTER_DEATH"]
    assert ":stopped" in found["message"]
    assert "ABORTED" in found["message"]
    assert (same, status) == (True, "FAILED")
    assert "KEPT_AFTER_DEATH" in codes


def rolled_back_by_hand(account: Account, given: Json) -> tuple[list[RunReport], dict[str, Any], bool, bool]:
    """Asked in a fork: a run dies with its cluster, the next one is READY, and then the dead one is rolled back."""
    die(account, Road("provision", "blank", given=given), StopAt(state="Ensure cluster", when="after"))
    maker = item("redis-demo")["holder"]["maker"]
    ready = account.run("provision", REQUESTS["create"])
    before, served = things(), serving(account, "redis-demo")
    rollback = account.run("teardown", {**removal("create"), "createdBy": [maker], "force": True})
    return [ready, rollback], item("redis-demo"), things() == before, served == serving(account, "redis-demo") != set()


@pytest.mark.parametrize("on_failure", drawn(["rollback", "keep"], "rolled back by hand", 2))
def test_the_cluster_of_a_ready_connection_stays_when_the_run_that_made_it_is_rolled_back(on_failure: str) -> None:
    runs, entry, same, serves = ground("blank", "create").ask(rolled_back_by_hand, {"onFailure": on_failure})
    assert [(run.status, run.error) for run in runs] == [("SUCCEEDED", None)] * 2
    assert runs[1].output["clean"]
    assert (entry["status"], entry.get("holder"), same, serves) == ("READY", None, True, True)


def first_deletion(account: Account, wait: float) -> tuple[float, float]:
    """Asked in a fork: seconds from a run's death to the first deletion by the next run, and of its wait for that."""
    died, calls, waits = account.clock.now(), list[float](), list[float]()

    def watch(moment: Moment) -> None:
        if moment.kind == "waiting" and moment.state == "Wait for functions":
            waits.append(moment.seconds)

    account.clock.sleep(wait)
    account.gateway.listeners.append(lambda call: calls.append(call.at) if call.operation in DELETIONS else None)
    cleared = StopAt(state="Validate request", when="before")
    account.run("provision", REQUESTS["create"], listeners=[watch], stop_at=cleared)
    return min(calls) - died, sum(waits)


def test_a_function_of_the_dead_run_has_ended_before_anything_is_removed() -> None:
    at_once, waited = ground("died", "create").ask(first_deletion, 0.0)
    assert at_once >= 90
    assert 80 < waited <= 91
    later, waited = ground("died", "create").ask(first_deletion, 600.0)
    assert later >= 600
    assert waited == 0


def ended_by_itself(account: Account, road: Road) -> tuple[str, str, bool, dict[str, int]]:
    """Asked in a fork: a run fails and rolls back, and the rule tells Recover of it."""
    failed = account.run(road.machine, road.input, faults=road.faults, name="stopped")
    before = things(), item(road.connection)
    report = account.run("recover", {**event(account, road), "status": failed.status})
    return failed.status, report.status, (things(), item(road.connection)) == before, report.api_calls


def test_an_ordinary_failure_is_nothing_to_recover() -> None:
    ended = ground("blank", "create").ask(ended_by_itself, LATE_ROAD)
    assert ended == ("FAILED", "SUCCEEDED", True, {"stepfunctions:DescribeExecution": 1, "dynamodb:GetItem": 1})


REDRIVEN = tuple(
    (*stop, ready)
    for ready in (False, True)
    for stop in (
        ("Validate request", "before"),
        ("Ensure cluster", "before"),
        ("Resolve nodes", "after"),
        ("Open security group", "before"),
        ("Check target health", "after"),
        ("Compose hand-off", "after"),
        ("Record connection", "before"),
        ("Record connection", "after"),
    )
)
"""Where the run dies, and whether the next one is READY when it is redriven."""


def redriven(account: Account, state: str, when: str, ready: bool) -> tuple[RunReport, bool, list[str]]:
    """Asked in a fork: a run dies, Recover does its work, the next run too if it shall; the dead one is redriven."""
    die(account, BLANK, StopAt.model_validate({"state": state, "when": when}))
    (dead,) = account.runs[-1:]
    account.run("recover", event(account, BLANK))
    if ready:
        account.run("provision", REQUESTS["create"])
    before = things()
    report = account.redrive(dead)
    return report, things() == before, account.snapshot.foreign_changes()


@pytest.mark.parametrize(("state", "when", "ready"), drawn(REDRIVEN, "redriven"))
def test_a_run_that_is_redriven_after_its_claim_was_taken_over_changes_nothing_in_the_end(
    state: str, when: str, ready: bool
) -> None:
    report, same, foreign = ground("blank", "create").ask(redriven, state, when, ready)
    assert (report.status, same, foreign) == ("FAILED", True, [])


# ------------------------------------------------------------------ unnoticed


def swept(account: Account, rest: int) -> list[str]:
    """The connections for which a sweep has Recover started, so many seconds later, and to its end."""
    account.advance(rest)
    report = account.run("reconcile", {})
    assert report.status == "SUCCEEDED", report.cause
    return list(Swept.model_validate_json(json.dumps(report.output)).repairs.recovering)


def unnoticed(account: Account, road: Road) -> tuple[list[list[str]], set[str], set[str], bool]:
    """Asked in a fork: what three sweeps have recovered after a death that nobody was told of, what was there before it
    and is in the end, and whether the connection is still held.
    """
    before = things()
    die(account, road, MADE)
    sweeps = [swept(account, rest) for rest in (0, HALF_AN_HOUR, QUARTER)]
    return sweeps, before, things(), is_held(road.connection)


def test_a_sweep_has_a_run_finished_that_died_unnoticed() -> None:
    sweeps, before, after, held = ground("blank", "create").ask(unnoticed, BLANK)
    assert sweeps == [[], [BLANK.connection], []]
    assert (after, held) == (before, False)


def test_where_the_connection_serves_the_sweep_that_follows_by_itself_does_so() -> None:
    sweeps, before, after, held = ground("provisioned", "create").ask(unnoticed, SERVING)
    assert sweeps == [[], [], []]  # it came while a run seemed to be at work: others followed until none was
    assert (after, held) == (before, False)


def teardown_unnoticed(account: Account) -> tuple[list[str], bool, str]:
    """Asked in a fork: a teardown that died, whose connection no sweep compares."""
    road = Road("teardown", "provisioned")
    die(account, road, StopAt(state="Remove what is ours", when="before"))
    return swept(account, HALF_AN_HOUR), is_held(road.connection), item(road.connection)["status"]


def test_a_dead_teardown_is_released_by_a_sweep_as_well() -> None:
    found = ground("provisioned", "create").ask(teardown_unnoticed)
    assert found == ([BLANK.connection], False, "TEARING_DOWN")


def recovery_stopped(account: Account) -> tuple[list[str], Owned, bool]:
    """Asked in a fork: Recover dies as well, once it has claimed."""
    detail = die(account, BLANK, MADE)
    stopped = account.run("recover", detail, stop_at=StopAt(state="Finish dead run", when="before"))
    assert stopped.status == "ABORTED"
    return swept(account, HALF_AN_HOUR), account.snapshot.owned(), is_held(BLANK.connection)


def test_a_sweep_has_a_dead_recovery_finished() -> None:
    assert ground("blank", "create").ask(recovery_stopped) == ([BLANK.connection], {}, False)
