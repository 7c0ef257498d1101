"""What is told of a run: when it records its connection, lets go of it, and is found dead."""

from collections.abc import Callable
from typing import Any, Final, get_args

import pytest
import time_machine

from private_connection.errors import ServiceFault
from private_connection.handoff import Endpoint, Handoff, ReportedFinding
from private_connection.notices.events import Death
from private_connection.registry.claims import claim_connection
from private_connection.registry.records import (
    RecordConnection,
    ReleaseConnection,
    record_connection,
    release_connection,
)
from private_connection.registry.run_notices import DEAD
from private_connection.request.contradictions import NODES_LIMIT
from private_connection.request.models import Repair
from tests.unit.builders import Json
from tests.unit.fake_aws import DENIED, FakeAws
from tests.unit.notices.schemas import schema_of
from tests.unit.registry.handed_over import REQUEST, a_handoff
from tests.unit.registry.stage import (
    CONNECTION,
    FakeBus,
    FakeExecutions,
    FakeTable,
    Way,
    a_holder,
    a_last_run,
    a_run,
    ago,
    arn,
    claiming,
    maker,
    nested,
    settled,
)

SECRET: Final = "external-id-of-ws-1"
LEFT: Final = ReportedFinding(code="SURPLUS_LEFT", level="warning", field="connection", message=SECRET, remedy=SECRET)


def a_finding(code: str, field: str = "cluster.id") -> ReportedFinding:
    return ReportedFinding(code=code, level="warning", field=field, message=SECRET, remedy=SECRET)


def record(name: str, handoff: Handoff | None = None) -> None:
    found = handoff or a_handoff()
    record_connection(RecordConnection(connection=CONNECTION, maker=maker(name), request=REQUEST, handoff=found))


def release(name: str, outcome: Any, error: str | None = None, *findings: ReportedFinding) -> None:
    release_connection(
        ReleaseConnection(connection=CONNECTION, maker=maker(name), outcome=outcome, error=error, findings=findings)
    )


def run(name: str, handoff: Handoff | None = None, *findings: ReportedFinding) -> None:
    """A run that succeeds."""
    claim_connection(claiming(name))
    record(name, handoff)
    release(name, "READY", None, *findings)


def lost(table: FakeTable, way: Way | None, step: Callable[[], None]) -> None:
    """Does a step whose answer from the table is lost, in this way, and does it again."""
    table.lost = [way] if way else []
    if way == "step":
        with pytest.raises(ServiceFault):
            step()
    step()


def with_services(handoff: Handoff, **names: str) -> Handoff:
    def named(endpoint: Endpoint) -> Endpoint:
        return endpoint.model_copy(update={"service_name": names.get(endpoint.shard, endpoint.service_name)})

    return handoff.model_copy(update={"endpoints": tuple(map(named, handoff.endpoints))})


# ------------------------------------------------------------------ Record connection


def test_a_run_that_is_recorded_is_told_as_ready(table: FakeTable, bus: FakeBus) -> None:
    claim_connection(claiming("run-1"))
    record("run-1", a_handoff(a_finding("TLS_OFF")))
    ((kind, detail),) = bus.told
    schema_of(kind).validate(detail)
    assert (kind, detail["connection"], detail["execution"], detail["at"]) == ("Ready", CONNECTION, arn("run-1"), ago())
    assert [each["node"] for each in detail["endpoints"]] == ["orders-0001-001", "orders-0002-001"]
    assert [each["change"] for each in detail["changes"]] == ["new", "new"]
    assert detail["findings"] == [{"code": "TLS_OFF", "level": "warning", "field": "cluster.id", "node": None}]
    handoff = a_handoff()
    for secret in (SECRET, f'"{handoff.workspace_id}"', handoff.role_arn, handoff.endpoints[0].ip_address):
        assert secret not in str(detail).replace("'", '"')


@pytest.mark.parametrize("way", [None, "botocore", "step"])
def test_recording_again_tells_the_same(
    table: FakeTable, bus: FakeBus, clock: time_machine.Traveller, way: Way | None
) -> None:
    claim_connection(claiming("run-1"))
    lost(table, way, lambda: record("run-1"))
    clock.shift(60)
    record("run-1")
    first, second = bus.told
    assert first == second


def test_a_repair_is_told_with_what_it_was_started_for(table: FakeTable, bus: FakeBus) -> None:
    run("run-1")
    claim_connection(claiming("repair-1", repair=Repair(revision=1, drift=("SERVICE_GONE", "RULE_GONE"))))
    record("repair-1")
    kind, detail = bus.told[-1]
    schema_of(kind).validate(detail)
    assert (bus.kinds, detail["drift"]) == (["Ready", "Drift Repaired"], ["SERVICE_GONE", "RULE_GONE"])
    assert detail["execution"] == arn("repair-1")


def test_a_run_after_a_repair_is_ready(table: FakeTable, bus: FakeBus) -> None:
    run("run-1")
    claim_connection(claiming("repair-1", repair=Repair(revision=1, drift=("RULE_GONE",))))
    release("repair-1", "FAILED", "AwsRejected")
    run("run-2")
    assert bus.kinds == ["Ready", "Failed", "Ready"]


def test_another_service_name_is_told_by_node_with_the_old_one_and_the_new_one(table: FakeTable, bus: FakeBus) -> None:
    run("run-1", with_services(a_handoff(nodes=3), **{"0001": "old"}))
    run("run-2", with_services(a_handoff(nodes=2), **{"0001": "new"}))
    kind, detail = bus.told[-1]
    schema_of(kind).validate(detail)
    assert bus.kinds == ["Ready", "Ready", "Service Name Changed"]
    assert detail["changes"] == [
        {"node": "orders-0001-001", "change": "changed", "serviceName": "new", "formerServiceName": "old"}
    ]
    assert [each["change"] for each in bus.told[1][1]["changes"]] == ["changed", "gone"], "all that has changed"


@pytest.mark.parametrize("nodes", [90, NODES_LIMIT])
def test_the_largest_connections_have_room(table: FakeTable, bus: FakeBus, nodes: int) -> None:
    """All names as long as they may be, and each changed."""
    findings = [a_finding("C" * 40, f"{number:060}") for number in range(50)]
    names = {f"{number:04}": f"com.amazonaws.vpce.ap-southeast-1.vpce-svc-{number:017}" for number in range(nodes + 1)}
    run("run-1", a_handoff(nodes=nodes, cluster="c" * 40))
    run("run-2", with_services(a_handoff(*findings, nodes=nodes, cluster="c" * 40), **names))
    assert bus.kinds == ["Ready", "Ready", "Service Name Changed", "Findings Changed"]
    for _, detail in bus.told:
        assert detail["leftOut"] == {}
    assert len(bus.told[2][1]["changes"]) == nodes


# ------------------------------------------------------------------ findings


FINDINGS: Final[dict[str, tuple[list[str], list[str], list[str], list[str]]]] = {
    "the same": (["A"], ["A"], [], []),
    "none": ([], [], [], []),
    "one more": (["A"], ["A", "B"], ["B"], []),
    "one less": (["A", "B"], ["B"], [], ["A"]),
    "others": (["A"], ["B"], ["B"], ["A"]),
}


@pytest.mark.parametrize(("before", "now", "added", "gone"), FINDINGS.values(), ids=FINDINGS)
def test_findings_are_told_where_their_codes_differ(
    table: FakeTable, bus: FakeBus, before: list[str], now: list[str], added: list[str], gone: list[str]
) -> None:
    run("run-1", a_handoff(*map(a_finding, before)))
    run("run-2", a_handoff(*map(a_finding, now)))
    told = [detail for kind, detail in bus.told if kind == "Findings Changed"]
    assert bus.kinds[:2] == ["Ready", "Ready"]
    assert len(told) == bool(added or gone)
    for detail in told:
        schema_of("Findings Changed").validate(detail)
        codes = [[each["code"] for each in detail[name]] for name in ("findings", "added", "gone")]
        assert (codes, detail["foundBy"], detail["execution"]) == ([now, added, gone], "run", arn("run-2"))
        assert SECRET not in str(detail)


def test_a_finding_at_another_field_is_another_one(table: FakeTable, bus: FakeBus) -> None:
    run("run-1", a_handoff(a_finding("A", "cluster.id")))
    run("run-2", a_handoff(a_finding("A", "ingress")))
    run("run-3", a_handoff(a_finding("A", "ingress"), a_finding("A", "ingress")))
    assert bus.kinds == ["Ready", "Ready", "Findings Changed", "Ready"]


def test_what_a_withdrawal_leaves_is_told_once_however_often_it_is_left(table: FakeTable, bus: FakeBus) -> None:
    run("run-1")
    for name in ("run-2", "run-3", "run-4"):
        run(name, None, LEFT)
    run("run-5")
    told = [(detail["execution"], len(detail["added"])) for kind, detail in bus.told if kind == "Findings Changed"]
    assert told == [(arn("run-2"), 1), (arn("run-5"), 0)]


def test_a_run_that_fails_changes_no_findings(table: FakeTable, bus: FakeBus) -> None:
    run("run-1", a_handoff(a_finding("A")))
    claim_connection(claiming("run-2"))
    release("run-2", "FAILED", "AwsRejected")
    run("run-3", a_handoff(a_finding("A")))
    assert bus.kinds == ["Ready", "Failed", "Ready"]


def test_a_connection_that_was_torn_down_begins_anew(table: FakeTable, bus: FakeBus) -> None:
    run("run-1", a_handoff(a_finding("A")))
    claim_connection(claiming("run-2", machine="teardown", on_failure=None))
    release("run-2", "TORN_DOWN")
    run("run-3", a_handoff())
    assert bus.kinds == ["Ready", "Torn Down", "Ready"]


def test_findings_of_a_run_that_dies_before_it_lets_go_are_told_by_whoever_does(
    table: FakeTable, executions: FakeExecutions, bus: FakeBus
) -> None:
    run("run-1")
    claim_connection(claiming("run-2"))
    record("run-2", a_handoff(a_finding("A")))
    executions.are("ABORTED", "run-2")
    run("run-3", a_handoff(a_finding("A")))
    assert bus.kinds == ["Ready", "Ready", "Ready", "Findings Changed"]


# ------------------------------------------------------------------ Release connection


@pytest.mark.parametrize(
    ("before", "outcome", "error", "ready"),
    [
        (None, "FAILED", "AwsRejected", False),
        (None, "REFUSED", "InvalidRequest", False),
        (None, "ROLLBACK_INCOMPLETE", "RollbackIncomplete", False),
        ("FAILED", "FAILED", "AwsRejected", False),
        ("READY", "FAILED", "AwsRejected", True),
        ("READY", "REFUSED", "InvalidRequest", True),
        ("TORN_DOWN", "REFUSED", "InvalidRequest", False),
    ],
)
@pytest.mark.parametrize("way", [None, "botocore"])
def test_a_run_that_fails_is_told_with_its_error(
    table: FakeTable, bus: FakeBus, before: str | None, outcome: str, error: str, way: Way | None, *, ready: bool
) -> None:
    """Also where no item is left, as of a first request that is refused."""
    if before:
        table.lay(**settled(before))
    claim_connection(claiming("run-1"))
    lost(table, way, lambda: release("run-1", outcome, error))
    ((kind, detail),) = bus.told
    schema_of(kind).validate(detail)
    assert (kind, detail["error"], detail["status"], detail["machine"]) == ("Failed", error, "FAILED", "provision")
    assert (detail["execution"], detail["isReady"]) == (arn("run-1"), ready)


def test_a_teardown_is_told(table: FakeTable, bus: FakeBus) -> None:
    table.lay(**settled("TEARING_DOWN"))
    claim_connection(claiming("run-1", machine="teardown", on_failure=None))
    release("run-1", "TORN_DOWN")
    ((kind, detail),) = bus.told
    schema_of(kind).validate(detail)
    assert (kind, detail["execution"]) == ("Torn Down", arn("run-1"))


@pytest.mark.parametrize(("outcome", "kind"), [("FAILED", "Failed"), ("TORN_DOWN", "Torn Down"), ("REMOVED", None)])
def test_letting_go_again_tells_the_same(table: FakeTable, bus: FakeBus, outcome: str, kind: str | None) -> None:
    """A step is repeated whose function has died after it has written. It stands in the item what there is to tell."""
    table.lay(**settled("READY"))
    claim_connection(claiming("run-1", machine="teardown", on_failure=None))
    for _ in range(2):
        release("run-1", outcome, "ConnectionInUse")
    assert bus.kinds == [kind] * 2 if kind else bus.kinds == []
    assert len({detail["id"] for _, detail in bus.told}) == bool(kind)


def test_letting_go_again_tells_of_the_same_findings(table: FakeTable, bus: FakeBus) -> None:
    run("run-1")
    run("run-2", a_handoff(a_finding("A")), LEFT)
    release("run-2", "READY", None, LEFT)
    assert bus.kinds == ["Ready", "Ready", "Findings Changed", "Findings Changed"]
    assert bus.told[2] == bus.told[3]
    run("run-3", a_handoff(a_finding("A")), LEFT)
    release("run-3", "READY", None, LEFT)
    assert bus.kinds[4:] == ["Ready"]


NOT_ITS_OWN: Final[dict[str, Json | None]] = {
    "no item": None,
    "nobody holds it": settled("READY", lastRun=a_last_run("run-0", "FAILED")),
    "another run holds it": settled("READY", holder=a_holder("run-2"), lastRun=a_last_run("run-0", "FAILED")),
    "another run of its name was the last": settled("FAILED", lastRun=a_last_run("run-1", "FAILED", maker="run-1-f")),
    "it works under another run's claim": settled("READY", holder=a_holder("run-2"), worker=a_run("run-1")),
}


@pytest.mark.parametrize("item", NOT_ITS_OWN.values(), ids=NOT_ITS_OWN)
@pytest.mark.parametrize("outcome", ["FAILED", "REFUSED", "TORN_DOWN", "READY"])
def test_a_run_that_did_not_hold_the_connection_tells_nothing(
    table: FakeTable, bus: FakeBus, item: Json | None, outcome: str
) -> None:
    if item is not None:
        table.lay(**item)
    release("run-1", outcome, "ConnectionBusy")
    assert bus.told == []


def test_a_run_that_never_heard_of_its_record_has_failed(table: FakeTable, bus: FakeBus) -> None:
    claim_connection(claiming("run-1"))
    record("run-1")
    release("run-1", "FAILED", "StepTimedOut")
    assert bus.kinds == ["Ready", "Failed"]
    assert bus.told[1][1]["isReady"] is False


# ------------------------------------------------------------------ runs that died


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
@pytest.mark.parametrize(("former", "ready"), [("READY", True), (None, False)])
def test_recover_tells_of_the_run_that_it_has_finished(
    table: FakeTable, bus: FakeBus, status: str, former: str | None, *, ready: bool
) -> None:
    last = a_last_run("run-1", status)
    holder = a_holder("recover-1", machine="recover", onFailure=None, former=former)
    table.lay(**settled(former or "FAILED", lastRun=last, holder=holder))
    release("recover-1", "FAILED")
    ((kind, detail),) = bus.told
    schema_of(kind).validate(detail)
    assert (kind, detail["execution"], detail["status"], detail["error"]) == ("Failed", arn("run-1"), status, None)
    assert detail["isReady"] is ready


def test_recover_tells_nothing_of_a_run_that_was_recorded_in_time(table: FakeTable, bus: FakeBus) -> None:
    holder = a_holder("recover-1", machine="recover", onFailure=None)
    table.lay(**settled("READY", lastRun=a_last_run("run-1", "READY"), holder=holder))
    release("recover-1", "FAILED")
    assert bus.told == []


def test_whoever_finds_a_run_dead_tells_of_it_with_the_id_that_it_would_have_told_itself(
    table: FakeTable, executions: FakeExecutions, bus: FakeBus
) -> None:
    claim_connection(claiming("run-1"))
    executions.are("ABORTED", "run-1")
    claim_connection(claiming("run-2"))
    claim_connection(claiming("run-2"))
    ((kind, detail),) = bus.told
    schema_of(kind).validate(detail)
    assert (kind, detail["execution"], detail["status"], detail["at"]) == ("Failed", arn("run-1"), "ABORTED", ago())
    table.lay(**settled("FAILED", lastRun=a_last_run("run-1", "FAILED")))
    release("run-1", "FAILED", "AwsRejected")
    assert bus.told[1][1]["id"] == detail["id"]


def test_a_nested_run_tells_of_nobody(table: FakeTable, executions: FakeExecutions, bus: FakeBus) -> None:
    claim_connection(claiming("run-1"))
    claim_connection(nested("rollback-1", "run-1"))
    release("rollback-1", "REMOVED")
    assert bus.told == []


def test_every_way_to_die_can_be_told() -> None:
    assert set(DEAD.values()) == set(get_args(Death))


# ------------------------------------------------------------------ a bus that refuses


@pytest.mark.parametrize("step", ["record", "release", "claim"])
def test_a_bus_that_refuses_fails_no_step(
    aws: FakeAws, table: FakeTable, executions: FakeExecutions, step: str, capsys: pytest.CaptureFixture[str]
) -> None:
    claim_connection(claiming("run-1"))
    executions.are("ABORTED", "run-1")
    aws.answers("PutEvents", DENIED)
    steps: dict[str, Callable[[], object]] = {
        "record": lambda: record("run-1"),
        "release": lambda: release("run-1", "FAILED", "AwsRejected"),
        "claim": lambda: claim_connection(claiming("run-2")),
    }
    steps[step]()
    assert '"NoticesFailed": 1' in capsys.readouterr().out
    assert table.shown("lastRun", "holder") != [None, None]
