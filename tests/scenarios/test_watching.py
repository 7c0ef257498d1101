"""What a sweep says of how things are, and the alarms that this raises."""

import io
from collections.abc import Sequence
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.runs import RunReport, Start
from sandbox.scenarios.forks import Holder
from sandbox.services.common import Refused
from sandbox.world import World, apply_event
from tests.alarms import state_of
from tests.faults.grounds import QUICK
from tests.scenarios.connected import ORDERS, ready, revoke
from tests.scenarios.playing import SUCCEEDED, summary
from tests.statemachine.stubs import stubbed

Json = Any
STACK: Final = {"Stack": "sandbox"}
QUIET: Final = {
    "Drifted": 0,
    "UnhealthyNodes": 0,
    "StrangerRequests": 0,
    "RepairsFailed": 0,
    "RecordsUnreadable": 0,
}
MINUTES: Final = 15


@pytest.fixture
def ground() -> Holder[Account]:
    return ready()


# ------------------------------------------------------------------ metrics of real sweeps


def measured(account: Account) -> dict[str, float]:
    """What the last sweep has said."""
    ours = [each for each in account.metrics.data if each.namespace == "PrivateConnection"]
    assert {each.name: each.unit for each in ours} == dict.fromkeys(QUIET, "Count") | {"SweepSeconds": "Seconds"}
    assert (account.metrics.refused, [each for each in ours if each.dimensions != STACK]) == ([], [])
    return {each.name: each.value for each in ours}


def sweep(account: Account) -> dict[str, float]:
    report = account.run("reconcile", {})
    assert report.status == "SUCCEEDED"
    told = measured(account)
    assert 0 < told.pop("SweepSeconds") <= report.virtual_seconds
    return told


def quiet(account: Account) -> list[Any]:
    return [sweep(account), account.run("reconcile", {"connection": "orders"}).status, len(account.metrics.data)]


def test_a_quiet_sweep_says_so_and_one_of_a_single_connection_says_nothing(ground: Holder[Account]) -> None:
    numbers, status, said = ground.ask(quiet)
    runs_and_numbers = 3 + len(QUIET) + 1
    assert (numbers, status, said) == (QUIET, "SUCCEEDED", runs_and_numbers)


def without_cluster(account: Account) -> None:
    import boto3

    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")
    account.advance(QUICK["clusterDeletion"] + QUICK["interfaceDeletion"] + 1)


def with_an_unreadable_record(_: Account) -> None:
    import boto3

    dynamodb = boto3.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]
    dynamodb.put_item(TableName=table, Item={"connection": {"S": "later"}, "schema": {"N": "99"}})


def with_drift_that_is_only_reported(account: Account) -> None:
    assert summary(account.run("provision", {**ORDERS, "reconcile": "report"})) == SUCCEEDED
    revoke()


DISTURBANCES: Final[dict[str, Any]] = {
    "no cluster": (without_cluster, {"Drifted": 1, "UnhealthyNodes": 1}),
    "reported drift": (with_drift_that_is_only_reported, {"Drifted": 1}),
    "unreadable record": (with_an_unreadable_record, {"RecordsUnreadable": 1}),
}


def disturbed(account: Account, kind: str) -> dict[str, float]:
    DISTURBANCES[kind][0](account)
    return sweep(account)


@pytest.mark.parametrize("kind", DISTURBANCES)
def test_a_sweep_counts_what_it_finds(ground: Holder[Account], kind: str) -> None:
    assert ground.ask(disturbed, kind) == QUIET | DISTURBANCES[kind][1]


def forbid(request: Request) -> None:
    if request.operation == "AuthorizeSecurityGroupIngress":
        raise Refused("UnauthorizedOperation", "You are not authorized to perform this operation.")


def down_while_others_work(account: Account) -> tuple[list[dict[str, float]], list[float], RunReport, RunReport]:
    """What sweeps say of a node that is down: alone, beside drift that is to be repaired, and as repairs fail to mend
    that; how many nodes each sweep has counted; and how a run ends, and a sweep that looks while it works. Meanwhile
    the node comes back, and a sweep follows the run.
    """

    def revive() -> None:
        account.clock.sleep(60)
        apply_event("revive-node", {"node": "orders-001"}, account.conditions)

    apply_event("kill-node", {"node": "orders-001"}, account.conditions)
    account.advance(120)
    said = [sweep(account)]
    account.gateway.guards.append(forbid)
    revoke()
    said += [sweep(account), sweep(account)]
    account.gateway.guards.remove(forbid)
    account.clock.start(revive)
    run, looked = account.together([Start("provision", ORDERS), Start("reconcile", {})], [0, 3])
    counted = [each.value for each in account.metrics.of("PrivateConnection", "UnhealthyNodes", STACK)]
    return said, counted, run, looked


def test_a_node_that_is_down_counts_as_long_as_nobody_can_tell_whether_it_still_is(ground: Holder[Account]) -> None:
    (alone, drifted, failing), counted, run, looked = ground.ask(down_while_others_work)
    assert alone == drifted == QUIET | {"Drifted": 1, "UnhealthyNodes": 1}
    assert failing == drifted | {"RepairsFailed": 1}
    assert (summary(run), looked.output["busy"], looked.output["connections"]) == (SUCCEEDED, 1, 0)
    assert counted == [1, 1, 1, 1, 0]


ALARMS: Final = ("ProvisionFailed", "ProvisionTimedOut", "TeardownFailed", "RollbackFailed", "RecoverFailed")
OTHERS: Final = {"connection": "others", "workspaceId": "ws-1", "cluster": {"id": "orders"}}


def forbid_listeners(request: Request) -> None:
    if request.operation == "CreateListener":
        raise Refused("AccessDenied", "You are not authorized to perform this operation.")


def forbid_cleaning(request: Request) -> None:
    if request.operation in ("CreateListener", "DeleteTargetGroup"):
        raise Refused("AccessDenied", "You are not authorized to perform this operation.")


def raised(account: Account, states: dict[str, str | None]) -> list[str]:
    """Which alarms are on, after the states in which they were."""
    states.update({each: state_of(account, each, states.get(each) or "OK") for each in ALARMS})
    return [name for name, state in states.items() if state == "ALARM"]


def failing(account: Account) -> list[Any]:
    """A run that cleans up after itself, one that cannot, and a teardown; after each the alarms, at once and later."""
    states, seen = dict[str, str | None](), list[Any]()
    for guard, machine, given in (
        (forbid_listeners, "provision", OTHERS),
        (forbid_cleaning, "provision", OTHERS),
        (forbid_listeners, "teardown", {"connection": "nobody"}),
    ):
        account.gateway.guards.append(guard)
        report = account.run(machine, given)
        account.gateway.guards.remove(guard)
        at_once = raised(account, states)
        account.advance(1800)
        seen.append((report.error, at_once, raised(account, states)))
    return seen


def test_a_run_that_fails_is_an_alarm_at_once_and_not_for_ever(ground: Holder[Account]) -> None:
    assert ground.ask(failing) == [
        ("AwsRejected", ["ProvisionFailed"], []),
        ("RollbackIncomplete", ["ProvisionFailed", "RollbackFailed"], []),
        ("NothingFound", ["TeardownFailed"], []),
    ]


# ------------------------------------------------------------------ alarms of sweeps, with stubs for what looks


class Looks:
    """What each look finds: so many unhealthy nodes, and as many of what else is an alarm; null is a look that fails.
    The last one repeats itself.
    """

    def __init__(self, *unhealthy: int | None) -> None:
        self.unhealthy = list(unhealthy)

    def __call__(self, event: Any, context: object) -> Json:
        found = self.unhealthy.pop(0) if len(self.unhealthy) > 1 else self.unhealthy[0]
        if found is None:
            raise PermissionError("finding drift: not authorized")
        return {
            "connections": 1,
            "busy": 0,
            "off": 0,
            "drifted": [],
            "leftOver": 0,
            "unhealthyNodes": found,
            "strangerRequests": 0,
            "repairsFailed": found,
            "unreadable": [],
            "recordsUnreadable": found,
            "findings": [],
            "chosen": {"batches": [], "cursor": None},
        }


LASTING: Final = ("UnhealthyNodes", "RepairsFailed", "RecordsUnreadable")
"""Alarms about what sweeps find, and find again."""


def watched(alarms: Sequence[str], looks: Looks, intervals: int, minutes: int = MINUTES) -> dict[str, list[str | None]]:
    """The states of alarms, looked at a minute before each next sweep; sweeps are those of the schedule."""
    states: dict[str, list[str | None]] = {each: [] for each in alarms}
    with stubbed({"find_drift": looks}, ReconcileMinutes=str(minutes)) as account:
        for number in range(intervals):
            account.advance(minutes * 60 - (60 if number == 0 else 0))
            for alarm, found in states.items():
                former = (found[-1] if found else None) or "INSUFFICIENT_DATA"
                found.append(state_of(account, alarm, former) or former)
    return states


def test_nodes_that_nobody_reaches_in_two_sweeps_are_an_alarm_and_in_one_are_not() -> None:
    """The first sweep of all is such a one as well. An alarm that is on stays on while looks fail."""
    unhealthy = (*(1, 0), *(1, 2, 0), *(3, None, 1, 0), *(1, 1, None, None, None))
    expected = "".join(("--", "-!-", "--!-", "-!!!!"))
    for found in watched(LASTING, Looks(*unhealthy), len(unhealthy)).values():
        assert "".join("!" if each == "ALARM" else "-" for each in found) == expected
        assert {*found[1:]} <= {"ALARM", "OK"}


def test_sweeps_that_fail_are_an_alarm_after_four_intervals_and_some_until_one_succeeds() -> None:
    """After four it still sees one that succeeded before: CloudWatch looks at more periods than it evaluates."""
    found = watched(["SweepsMissing"], Looks(0, *[None] * 7, 0), 9)
    assert found["SweepsMissing"] == ["OK", "OK", "OK", "OK", "OK", "OK", "ALARM", "ALARM", "OK"]


def test_sweeps_that_go_on_failing_are_one_alarm_until_none_has_failed_for_a_while() -> None:
    """Where none fails there is no value: it looks at the periods before as well, and is over two intervals later."""
    found = watched(["SweepFailed"], Looks(0, *[None] * 4, 0), 11)["SweepFailed"]
    assert found == ["OK"] + ["ALARM"] * (4 + 3) + ["OK"] * 3


def test_without_a_schedule_no_sweep_is_missing() -> None:
    with Account(World(), 1, logs=io.StringIO()) as account:
        account.advance(86_400)
        assert (state_of(account, "SweepsMissing"), account.unasked) == (None, [])


def left_to_another(event: Any, context: object) -> Json:
    return {"held": False, "connection": None, "cursor": None, "maker": event["maker"], "item": {}}


def test_a_sweep_that_never_ends_is_missed_although_others_are_left_to_it() -> None:
    with stubbed({"find_drift": Looks(0), "start_repairs": {}}, ReconcileMinutes="5") as account:
        account.advance(301)
        assert state_of(account, "SweepsMissing") == "OK"
        account.functions.replace("claim_sweep", left_to_another)
        account.advance(8 * 300)
        machine = {"StateMachineArn": account.machine("reconcile").arn}
        assert len(account.metrics.of("AWS/States", "ExecutionsSucceeded", machine)) >= 8
        assert state_of(account, "SweepsMissing") == "ALARM"
