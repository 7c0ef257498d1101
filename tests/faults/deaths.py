"""Runs that die, and what comes after: Recover by the event that tells of it, the next run, a teardown.

Each is a question to a fork of an account that is held. What is wrong comes back as sentences.
"""

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any, Final

import boto3

from sandbox.account import Account
from sandbox.runs import RunReport, StopAt
from tests.faults.grounds import Json, given, own_addresses, removal
from tests.faults.observation import observed, serving
from tests.faults.stops import LATE_ROAD, Road, moments, removed, states
from tests.faults.trials import SETTINGS, Owned, is_stale, shape, things
from tests.registry import is_held, item

STOPPED: Final = "stopped"
"""The name of the run that dies."""
QUIET: Final = {"dynamodb:GetItem", "stepfunctions:DescribeExecution"}
"""What Recover asks where there is nothing to do."""
WRITING: Final = {"dynamodb:DeleteItem", "dynamodb:PutItem", "events:PutEvents"}
"""How it releases a connection, and tells of the run."""
GONE: Final = 3600
"""Seconds after which a cluster is gone whose deletion has begun."""
SERVING: Final = ("moved", "provisioned")
"""Grounds on which the connection was READY before."""


def stops_in_a_rollback(mode: str) -> list[tuple[Road, StopAt]]:
    """In each state of the teardown that is nested in a provision; of names that both have, the nested one's visit."""
    entered = observed("provision", mode, LATE_ROAD.faults).states
    return [
        (replace(LATE_ROAD, mode=mode), StopAt.model_validate({"state": state, "visit": visit, "when": when}))
        for state, when in moments("teardown")
        for visit in _visits(state, entered.get(state, 0))
    ]


def _visits(state: str, entered: int) -> list[int]:
    """The nested run releases first, and claims second."""
    return list(range(1, entered + 1)) if state in states("provision") else [1][:entered]


def die(account: Account, road: Road, stop: StopAt) -> Json:
    """Stops a run, and returns its event's detail."""
    report = account.run(road.machine, road.input, faults=road.faults, stop_at=stop, name=STOPPED)
    if report.status != "ABORTED":
        raise AssertionError(f"ended {report.status}")
    return event(account, road)


def event(account: Account, road: Road) -> dict[str, Any]:
    """What Step Functions tells EventBridge of it, with the input too long to be included."""
    machine = account.machine(road.machine).arn
    return {"executionArn": f"{machine.replace(':stateMachine:', ':execution:')}:{STOPPED}", "status": "ABORTED"}


def recovered(account: Account, road: Road, stop: StopAt) -> list[str]:
    """Asked in a fork: what is wrong with Recover after a stop, and with a second delivery of its event."""
    before, served = things(), serving(account, road.connection)
    return recovering(account, road, die(account, road, stop), before, served)


def recovering(account: Account, road: Road, detail: Json, before: set[str], served: set[str]) -> list[str]:
    """The same of a run that has died. There were these things before it, and these nodes were served."""
    entry = item(road.connection)
    report = account.run("recover", detail)
    lost = served - serving(account, road.connection) if _serves_on(road) else set[str]()
    lost = {each for each in lost if each.rpartition(":")[0] in own_addresses(account, road.mode)}
    return [
        *_ended_well(account, report),
        *_judged(road, detail["executionArn"], entry, report),
        *(_removed(account, road, before) if _is_to_be_removed(detail["executionArn"], entry) else []),
        *([f"{lost} served before"] if lost else []),
        *_again(account, road, detail),
    ]


def _ended_well(account: Account, report: RunReport) -> Iterator[str]:
    if report.status != "SUCCEEDED":
        yield f"{report.name} ended {report.status} {report.error}: {report.cause}"
    if changes := account.snapshot.foreign_changes():
        yield f"changed what is not ours: {changes}"


def _judged(road: Road, execution: str, entry: dict[str, Any], report: RunReport) -> Iterator[str]:
    """What it says of the run in the registry, and whether it did more than that where nothing was to be removed."""
    held = _holds(execution, entry)
    if not held and item(road.connection) != entry:
        yield "a run that did not hold the connection was recovered"
    if held and is_held(road.connection):
        yield f"the connection is held: {item(road.connection)}"
    if road.machine == "teardown" and item(road.connection).get("status") != entry.get("status"):
        yield f"{entry} became {item(road.connection)}"
    allowed = QUIET | WRITING if held else QUIET
    if not _is_to_be_removed(execution, entry) and not report.api_calls.keys() <= allowed:
        yield f"called {report.api_calls}"


def _holds(execution: str, entry: dict[str, Any]) -> bool:
    return bool(entry.get("holder", {}).get("execution") == execution)


def _is_to_be_removed(execution: str, entry: dict[str, Any]) -> bool:
    """Whether the run made something. What somebody stopped is not continued, what was to stay stays, and what was
    recorded is in use. What an earlier dead run had left is to be removed in any case.
    """
    if not _holds(execution, entry):
        return False
    recorded = entry["status"] == "READY" and entry["lastRun"]["execution"] == execution
    owes = not recorded and entry["holder"].get("onFailure") == "rollback"
    return owes or bool(entry.get("unfinished"))


def _removed(account: Account, road: Road, before: set[str]) -> Iterator[str]:
    if road.ground in SERVING:
        yield from _as_it_was(before, things(), own_addresses(account, road.mode))
    elif left := account.snapshot.owned():
        yield f"left {left}"


def _as_it_was(before: set[str], present: set[str], addresses: Collection[str]) -> Iterator[str]:
    """A node that came back at another address has lost its targets; of what a run made, settings may stay."""
    if lost := [each for each in before - present if not is_stale(each, addresses)]:
        yield f"lost {lost}"
    if added := [each for each in present - before if each.split()[0] not in SETTINGS]:
        yield f"added {added}"


def _serves_on(road: Road) -> bool:
    """Whether the connection was READY, and is to be so still."""
    return road.machine == "provision" and road.ground in SERVING


def _again(account: Account, road: Road, detail: dict[str, Any]) -> Iterator[str]:
    before = item(road.connection)
    report = account.run("recover", detail)
    yield from _ended_well(account, report)
    if item(road.connection) != before or not report.api_calls.keys() <= QUIET:
        yield f"a second delivery changed something: {report.api_calls}"


def provisioned_after(account: Account, road: Road, stop: StopAt, wanted: Owned) -> list[str]:
    """Asked in a fork: what is wrong with the next run after a stop; ``wanted`` is what an undisturbed one leaves."""
    die(account, road, stop)
    return list(_provisioned(account, road, wanted))


def recovered_and_provisioned(account: Account, road: Road, stop: StopAt, wanted: Owned) -> list[str]:
    """Asked in a fork: what is wrong with Recover after a stop, or with the run after that, as in these two.

    A run that finds the cluster while ElastiCache still deletes it says that, and the next one makes another.
    """
    found = recovered(account, road, stop)
    if road.mode == "create" and "deleting" in _statuses():
        early = account.run("provision", given("provision", road.mode))
        is_told = early.error == "ClusterUnusable" and "in status deleting" in str(early.cause)
        found += [] if is_told or early.status == "SUCCEEDED" else [f"ended {early.error}: {early.cause}"]
        account.clock.sleep(GONE)
    return [*found, *_provisioned(account, road, wanted)]


def _statuses() -> list[str]:
    """Those of the replication groups that ElastiCache lists."""
    client: Any = boto3.client("elasticache")
    return [each["Status"] for each in client.describe_replication_groups()["ReplicationGroups"]]


def _provisioned(account: Account, road: Road, wanted: Owned) -> Iterator[str]:
    report = account.run("provision", given("provision", road.mode))
    yield from _ended_well(account, report)
    owned, entry = shape(account.snapshot.owned()), item(road.connection)
    if owned != wanted:
        yield f"there is {owned}, not {wanted}"
    if not serving(account, road.connection):
        yield "nothing serves"
    if is_held(road.connection) or entry.get("status") != "READY":
        yield f"the item: {entry}"


def torn_down_after(account: Account, road: Road, stop: StopAt) -> list[str]:
    """Asked in a fork: what is wrong with a teardown after a stop."""
    die(account, road, stop)
    return list(removed(account, [removal(road.mode)]))
