"""What is written of a connection when it is READY, when it is torn down, and when a run lets go of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
import time_machine

from private_connection.contracts import Done
from private_connection.errors import ConnectionBusy, ServiceFault, StepError, Throttled
from private_connection.handoff import Change, Handoff, ReportedFinding
from private_connection.reconcile.noted import CHANGES_AT_MOST
from private_connection.reconcile.told import TOLD_AT_MOST
from private_connection.reconcile.watched import SEEN_AT_MOST
from private_connection.registry.claims import claim_connection
from private_connection.registry.records import (
    RecordConnection,
    RecordTeardown,
    ReleaseConnection,
    record_connection,
    record_teardown,
    release_connection,
)
from private_connection.request.contradictions import NODES_LIMIT
from private_connection.request.models import ConnectionRequest, Reconcile
from tests.unit.builders import Json
from tests.unit.fake_aws import FakeAws, Refusal
from tests.unit.registry.handed_over import REQUEST, a_handoff, an_endpoint
from tests.unit.registry.stage import (
    CONNECTION,
    LARGEST_ITEM,
    FakeExecutions,
    FakeTable,
    Way,
    a_changed_endpoint,
    a_holder,
    a_last_run,
    a_run,
    a_seen_endpoint,
    ago,
    arn,
    claiming,
    maker,
    settled,
    size_of,
    wire,
)

LEFT: Final = ReportedFinding(code="SURPLUS_LEFT", level="warning", field="connection", message="m", remedy="r")
FINDING: Final = ReportedFinding(code="ZONE", level="warning", field="cluster.id", message="found é", remedy="none")


def record(name: str, handoff: Handoff | None = None, request: ConnectionRequest = REQUEST) -> Handoff:
    found = handoff or a_handoff(FINDING)
    return record_connection(RecordConnection(connection=CONNECTION, maker=maker(name), request=request, handoff=found))


def release(name: str, outcome: Any, *finished: str, error: str | None = None, **told: Any) -> Done:
    released = ReleaseConnection(
        connection=CONNECTION, maker=maker(name), outcome=outcome, error=error, finished=finished, **told
    )
    return release_connection(released)


def with_changes(handoff: Handoff, **changes: str) -> Handoff:
    """The hand-off with what has changed of its nodes, which are told by their numbers."""
    kinds: dict[str, Any] = {f"{handoff.cluster_id}-{number[1:]}-001": change for number, change in changes.items()}
    name = an_endpoint("x").service_name
    rows = [
        Change(
            node=node,
            change=kind,
            service_name=None if kind == "gone" else name,
            former_service_name=None if kind == "new" else name,
        )
        for node, kind in kinds.items()
    ]
    return handoff.model_copy(update={"changes": tuple(rows)})


# ------------------------------------------------------------------ Record connection


def test_a_connection_is_recorded_and_stays_claimed(table: FakeTable) -> None:
    claim_connection(claiming("run-1"))
    recorded = with_changes(a_handoff(FINDING), n0001="new", n0002="new")
    assert record("run-1") == recorded
    (holder,) = table.shown("holder")
    assert holder["maker"] == maker("run-1")
    assert table.shown("status", "revision", "lastRun") == ["READY", 1, a_last_run("run-1", "READY")]
    request, handoff, findings = table.shown("request", "handoff", "findings")
    assert request == REQUEST.model_dump(mode="json", by_alias=True)
    assert handoff == recorded.model_dump(mode="json", by_alias=True)
    assert findings == handoff["findings"] == [FINDING.model_dump(mode="json", by_alias=True)]


def test_what_is_recorded_is_a_request_and_a_handoff(table: FakeTable) -> None:
    claim_connection(claiming("run-1"))
    record("run-1")
    request, handoff = table.shown("request", "handoff")
    assert ConnectionRequest.model_validate_json(json.dumps(request)) == REQUEST
    assert {"onFailure", "plan", "repair"}.isdisjoint(request)
    assert handoff["endpoints"][0]["port"] == 65_535


def test_a_record_replaces_the_one_before(table: FakeTable) -> None:
    former: Json = {"request": {"workspaceId": "x"}, "handoff": {"endpoints": []}, "findings": [{"code": "OLD"}]}
    table.lay(**settled("READY", **former, kept=a_last_run("run-0", "ABORTED")))
    claim_connection(claiming("run-1"))
    record("run-1", a_handoff())
    assert table.shown("revision", "findings", "kept") == [4, [], None]
    assert table.shown("createdAt", "changedAt") == [ago(days=9), ago()]


@pytest.mark.parametrize("way", [None, "botocore", "step"])
def test_recording_again_is_the_same_record(table: FakeTable, clock: time_machine.Traveller, way: Way | None) -> None:
    claim_connection(claiming("run-1"))
    table.lost = [way] if way else []
    if way == "step":
        with pytest.raises(ServiceFault):
            record("run-1")
    record("run-1")
    before = table.shows()
    clock.shift(60)
    record("run-1")
    assert table.shows() == before
    assert table.shown("revision") == [1]


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        (2, 2, {}),
        (2, 3, {"n0003": "new"}),
        (3, 1, {"n0002": "gone", "n0003": "gone"}),
        (0, 1, {"n0001": "new"}),
        (1, 0, {"n0001": "gone"}),
    ],
)
@pytest.mark.parametrize("way", [None, "botocore", "step"])
def test_what_has_changed_since_the_last_hand_off_is_told_and_recorded(
    table: FakeTable, before: int, now: int, changes: dict[str, str], way: Way | None
) -> None:
    """Also by a second call, after the answer to the first one was lost: by then its own record is the last one."""
    table.lay(**settled("READY", handoff=a_handoff(nodes=before).model_dump(mode="json", by_alias=True)))
    claim_connection(claiming("run-1"))
    table.lost = [way] if way else []
    if way == "step":
        with pytest.raises(ServiceFault):
            record("run-1", a_handoff(nodes=now))
    for _ in range(2):
        recorded = record("run-1", a_handoff(nodes=now))
        assert recorded == with_changes(a_handoff(nodes=now), **changes)
    assert table.shown("handoff", "revision") == [recorded.model_dump(mode="json", by_alias=True), 4]


def test_another_service_name_of_a_node_is_a_change_with_both_names(table: FakeTable) -> None:
    document = a_handoff(nodes=1).model_dump(mode="json", by_alias=True)
    document["endpoints"][0]["serviceName"] = "vpce-svc-former"
    table.lay(**settled("READY", handoff=document))
    claim_connection(claiming("run-1"))
    (change,) = record("run-1", a_handoff(nodes=1)).changes
    assert (change.change, change.former_service_name) == ("changed", "vpce-svc-former")
    assert change.service_name == an_endpoint("x").service_name


def test_every_run_that_is_recorded_raises_the_revision(table: FakeTable) -> None:
    for number, name in enumerate(("run-1", "run-2", "run-3"), start=1):
        claim_connection(claiming(name))
        record(name)
        release(name, "READY")
        assert table.shown("revision", "lastRun", "holder") == [number, a_last_run(name, "READY"), None]
    assert table.shown("handoff") == [a_handoff(FINDING).model_dump(mode="json", by_alias=True)], "nothing has changed"


LOST: Final[dict[str, tuple[Json | None, str]]] = {
    "nothing is known of it": (None, "nobody does"),
    "nobody holds it": (settled("READY"), "nobody does"),
    "another run holds it": (settled("READY", holder=a_holder("run-2")), f"execution {arn('run-2')} does"),
    "it works under another run's claim": (
        settled("READY", holder=a_holder("run-2"), worker=a_run("run-1")),
        f"execution {arn('run-2')} does",
    ),
    "another run of its name holds it": (
        settled("READY", holder=a_holder("run-1", maker="run-1-ffffffff")),
        f"execution {arn('run-1')} does",
    ),
}


@pytest.mark.parametrize(("item", "who"), LOST.values(), ids=LOST)
@pytest.mark.parametrize("step", ["Record connection", "Record teardown"])
def test_a_run_that_does_not_hold_the_connection_records_nothing(
    table: FakeTable, step: str, item: Json | None, who: str
) -> None:
    if item is not None:
        table.lay(**item)
    before = dict(table.items)
    message = rf"recording connection \(redis-demo\): this run does not hold it any more, {who}: it was taken for dead"
    with pytest.raises(ConnectionBusy, match=message):
        record("run-1") if step == "Record connection" else record_teardown(
            RecordTeardown(connection=CONNECTION, maker=maker("run-1"))
        )
    assert table.items == before


def test_a_run_that_is_taken_for_dead_while_it_records_is_told(table: FakeTable, executions: FakeExecutions) -> None:
    claim_connection(claiming("run-1"))
    executions.are("ABORTED", "run-1")
    table.others = [lambda: claim_connection(claiming("run-2"))]
    with pytest.raises(ConnectionBusy, match="run-2 does: it was taken for dead"):
        record("run-1")
    assert table.shown("status", "unfinished", "handoff") == ["PROVISIONING", {maker("run-1"): ago(seconds=-30)}, None]


def what_sweeps_write() -> Json:
    """The most that they do, beside the repairs."""
    node = {"node": f"{'c' * 40}-0001-001", "serviceId": "vpce-svc-0123456789abcdef0"}
    endpoint = {**node, "endpointId": "vpce-0123456789abcdef0", "state": "pendingacceptance"}
    told = {"code": "C" * 22, "node": node["node"]}
    change = {**endpoint, "change": "changed", "formerState": "pendingacceptance"}
    return {
        "seen": [a_seen_endpoint(**endpoint)] * SEEN_AT_MOST,
        "told": [told] * TOLD_AT_MOST,
        "modifyingSince": ago(),
        "news": {
            "maker": "m" * 80,
            "look": 3,
            "at": ago(),
            "more": 150,
            "endpoints": [a_changed_endpoint(**change)] * CHANGES_AT_MOST,
            "former": [told] * TOLD_AT_MOST,
        },
    }


def test_the_handoff_of_the_largest_connection_fits_into_an_item(table: FakeTable) -> None:
    """Beside the one that it replaces, and what sweeps write."""
    name = "c" * 32
    findings = tuple(
        ReportedFinding(code="C" * 30, level="warning", field="f" * 60, message="é" * 1_000, remedy="r" * 500)
        for _ in range(20)
    )
    handoff = a_handoff(*findings, nodes=NODES_LIMIT, cluster="c" * 40).model_copy(
        update={"workspace_id": "w" * 1_224, "connection": name}
    )
    for run in ("run-1", "run-2"):
        claim_connection(claiming(run))
        record(run, handoff)
        recorded = size_of(table.items[CONNECTION]) + size_of(wire(what_sweeps_write()))
        release(run, "READY")
    assert size_of(table.items[CONNECTION]) < recorded < LARGEST_ITEM


# ------------------------------------------------------------------ Record teardown


@pytest.mark.parametrize("status", [None, "READY", "FAILED", "PROVISIONING"])
def test_a_teardown_is_recorded_once_before_it_changes_anything(table: FakeTable, status: str | None) -> None:
    table.lay(**settled(status, handoff={"status": "READY"}))
    claim_connection(claiming("run-1", machine="teardown", on_failure=None))
    for _ in range(2):
        record_teardown(RecordTeardown(connection=CONNECTION, maker=maker("run-1")))
        assert table.shown("status", "revision", "handoff") == ["TEARING_DOWN", 4, {"status": "READY"}]


def test_the_next_teardown_of_what_is_being_torn_down_records_nothing_new(table: FakeTable) -> None:
    table.lay(**settled("TEARING_DOWN"))
    claim_connection(claiming("run-1", machine="teardown", on_failure=None))
    record_teardown(RecordTeardown(connection=CONNECTION, maker=maker("run-1")))
    assert table.shown("status", "revision") == ["TEARING_DOWN", 3]


# ------------------------------------------------------------------ Release connection


@dataclass(frozen=True)
class Release:
    """What an item says before and after its holder has released it."""

    outcome: str
    before: str | None
    after: str | None
    last_run: str | None
    holder: Json = field(default_factory=dict)


OF_TEARDOWN: Final[Json] = {"machine": "teardown", "onFailure": None}
OF_RECOVER: Final[Json] = {"machine": "recover", "onFailure": None}
RELEASES: Final = [
    Release("READY", "READY", "READY", None),
    # only what was being provisioned has failed
    Release("FAILED", "PROVISIONING", "FAILED", "FAILED"),
    Release("FAILED", "READY", "READY", "FAILED"),
    Release("FAILED", "TEARING_DOWN", "TEARING_DOWN", "FAILED"),
    Release("ROLLBACK_INCOMPLETE", "PROVISIONING", "FAILED", "FAILED"),
    Release("ROLLBACK_INCOMPLETE", "READY", "READY", "FAILED"),
    # a refusal leaves what was there before the claim
    Release("REFUSED", "PROVISIONING", "FAILED", "FAILED", {"former": "FAILED"}),
    Release("REFUSED", "PROVISIONING", "TORN_DOWN", "FAILED", {"former": "TORN_DOWN"}),
    Release("REFUSED", "READY", "READY", "FAILED", {"former": "READY"}),
    Release("REFUSED", "TEARING_DOWN", "TEARING_DOWN", "FAILED", {"former": "TEARING_DOWN"}),
    # teardowns
    Release("TORN_DOWN", "TEARING_DOWN", "TORN_DOWN", "TORN_DOWN", OF_TEARDOWN),
    Release("TORN_DOWN", "READY", "TORN_DOWN", "TORN_DOWN", OF_TEARDOWN),
    Release("TORN_DOWN", None, "TORN_DOWN", "TORN_DOWN", OF_TEARDOWN),
    Release("FAILED", "TEARING_DOWN", "TEARING_DOWN", "FAILED", OF_TEARDOWN),
    Release("FAILED", "READY", "READY", "FAILED", OF_TEARDOWN),
    Release("REMOVED", "READY", "READY", "REMOVED", OF_TEARDOWN),
    Release("REMOVED", "FAILED", "FAILED", "REMOVED", OF_TEARDOWN),
    # a run of recover tells of the one that it finished
    Release("FAILED", "FAILED", "FAILED", None, OF_RECOVER),
    Release("FAILED", "READY", "READY", None, OF_RECOVER),
    Release("FAILED", "TEARING_DOWN", "TEARING_DOWN", None, OF_RECOVER),
]


@pytest.mark.parametrize("row", RELEASES, ids=str)
def test_a_holder_lets_go_of_its_connection(table: FakeTable, row: Release) -> None:
    finding = {"code": "A", "level": "info", "field": "f"}
    former, told = a_last_run("run-0", "READY"), {"handoff": {"status": "READY"}, "findings": [finding]}
    table.lay(**settled(row.before, lastRun=former, holder=a_holder("run-1", **row.holder), **told))
    assert release("run-1", row.outcome, error="AwsRejected") == Done()
    machine = row.holder.get("machine", "provision")
    last = a_last_run("run-1", row.last_run, machine=machine, error="AwsRejected") if row.last_run else former
    assert table.shown("status", "holder", "worker", "lastRun") == [row.after, None, None, last]
    assert table.shown(*told, "revision") == [*told.values(), 3]
    owed = {maker("run-1"): ago()} if row.outcome == "ROLLBACK_INCOMPLETE" else {}
    assert table.shown("unfinished") == [owed]


@pytest.mark.parametrize(("outcome", "counted"), [("ROLLBACK_INCOMPLETE", 1), ("FAILED", 0), ("READY", 0)])
def test_a_rollback_that_left_something_is_counted(
    table: FakeTable, capsys: pytest.CaptureFixture[str], outcome: str, counted: int
) -> None:
    table.lay(**settled("READY", holder=a_holder("run-1")))
    release("run-1", outcome)
    assert capsys.readouterr().out.count('"RollbacksIncomplete": 1') == counted


@pytest.mark.parametrize("way", ["botocore", "step", None])
def test_what_a_run_could_not_withdraw_is_added_once_to_what_it_had_recorded(table: FakeTable, way: Way | None) -> None:
    claim_connection(claiming("run-1"))
    record("run-1")
    table.lost = [way] if way else []
    if way == "step":
        with pytest.raises(ServiceFault):
            release("run-1", "READY", findings=(LEFT,))
    for _ in range(2):
        release("run-1", "READY", findings=(LEFT,))
        handoff, findings, status = table.shown("handoff", "findings", "status")
        assert findings == [each.model_dump(mode="json", by_alias=True) for each in (FINDING, LEFT)]
        assert (handoff["findings"], status) == (findings, "READY")
    assert [each["change"] for each in handoff["changes"]] == ["new", "new"], "the rest of the hand-off stays"


@pytest.mark.parametrize("outcome", ["FAILED", "REMOVED", "ROLLBACK_INCOMPLETE"])
def test_a_run_that_was_not_recorded_adds_nothing_to_the_hand_off_of_the_one_before(
    table: FakeTable, outcome: str
) -> None:
    told: Json = {"handoff": {"status": "READY", "findings": []}, "findings": []}
    table.lay(**settled("READY", holder=a_holder("run-1"), **told))
    release("run-1", outcome, findings=(LEFT,))
    assert table.shown(*told) == list(told.values())


@pytest.mark.parametrize("outcome", ["FAILED", "ROLLBACK_INCOMPLETE"])
@pytest.mark.parametrize(("former", "after"), [(None, "FAILED"), ("TORN_DOWN", "FAILED"), ("READY", "READY")])
def test_a_run_that_never_heard_of_its_record_has_failed(
    table: FakeTable, outcome: str, former: str | None, after: str
) -> None:
    """It has rolled back. What an earlier run offered is offered still."""
    table.lay(**settled("READY", lastRun=a_last_run("run-1", "READY"), holder=a_holder("run-1", former=former)))
    release("run-1", outcome, error="ServiceFault")
    assert table.shown("status", "lastRun") == [after, a_last_run("run-1", "FAILED", error="ServiceFault")]


@pytest.mark.parametrize("outcome", ["FAILED", "ROLLBACK_INCOMPLETE"])
def test_the_record_of_a_run_that_never_heard_of_it_is_taken_back(table: FakeTable, outcome: str) -> None:
    claim_connection(claiming("run-1"))
    record("run-1", a_handoff(nodes=1))
    release("run-1", "READY", findings=(LEFT,))
    former = table.shown("status", "request", "handoff", "findings")
    claim_connection(claiming("run-2"))
    record("run-2", a_handoff(nodes=2), REQUEST.model_copy(update={"workspace_id": "another"}))
    assert table.shown("status", "request", "handoff", "findings") != former
    release("run-2", outcome, error="StepTimedOut")
    assert table.shown("status", "request", "handoff", "findings", "replaced") == [*former, None]


def test_tags_that_are_left_out_are_remembered_until_a_run_has_withdrawn_all(table: FakeTable) -> None:
    """A run that is stopped, or could not withdraw something, leaves them to the next one."""

    def asked(*tags: str) -> tuple[str, ...]:
        """The keys that the next run takes off if it does not ask for them."""
        former = claim_connection(claiming("run")).former.tags
        record("run", request=REQUEST.model_copy(update={"tags": dict.fromkeys(tags, "x")}))
        return former

    assert asked("team", "stage") == ()
    release("run", "READY")
    assert asked("stage") == ("stage", "team")
    assert table.shown("formerTags") == [["team"]]
    release("run", "READY", findings=(LEFT,))
    assert asked("owner") == ("stage", "team")
    release("run", "FAILED")
    assert asked("owner") == ("stage", "team")
    release("run", "READY")
    assert asked("owner") == ("owner",)
    assert table.shown("formerTags") == [[]]


def test_what_was_asked_of_drift_before_is_kept_until_something_else_is_asked(table: FakeTable) -> None:
    def asked(mode: Reconcile | None) -> Any:
        """What the item says was asked before."""
        claim_connection(claiming("run"))
        record("run", request=REQUEST.model_copy(update={"reconcile": mode}))
        release("run", "READY")
        return (table.shows() or {}).get("formerReconcile")

    modes: tuple[Reconcile | None, ...] = ("repair", "report", "report", None, "off")
    assert [asked(mode) for mode in modes] == [None, "repair", "repair", "report", None]


@pytest.mark.parametrize("outcome", ["FAILED", "READY", "TORN_DOWN", "REFUSED"])
@pytest.mark.parametrize("way", ["botocore", "step", None])
def test_letting_go_twice_is_letting_go_once(table: FakeTable, outcome: str, way: Way | None) -> None:
    table.lay(**settled("READY", holder=a_holder("run-1")))
    table.lost = [way] if way else []
    if way == "step":
        with pytest.raises(ServiceFault):
            release("run-1", outcome)
    release("run-1", outcome)
    before = table.shows()
    assert release("run-1", outcome) == Done()
    assert table.shows() == before
    assert table.shown("holder") == [None]


@pytest.mark.parametrize(
    ("status", "former", "outcome"),
    [("PROVISIONING", None, "REFUSED"), (None, None, "FAILED"), (None, None, "REMOVED")],
    ids=["a provision that was refused", "a teardown that found nothing", "a rollback that found nothing"],
)
@pytest.mark.parametrize("way", ["botocore", None])
def test_a_run_that_was_asked_for_in_vain_leaves_no_item(
    table: FakeTable, status: str | None, former: str | None, outcome: str, way: Way | None
) -> None:
    table.lay(status=status, holder=a_holder("run-1", former=former))
    table.lost = [way] if way else []
    assert release("run-1", outcome) == Done()
    assert table.items == {}
    assert release("run-1", outcome) == Done()


@pytest.mark.parametrize("also", [{"unfinished": {"run-x": ago(hours=1)}}, {"worker": a_run("finish-1")}], ids=str)
def test_an_item_that_still_says_something_stays(table: FakeTable, also: Json) -> None:
    table.lay(status="PROVISIONING", holder=a_holder("run-1", former=None), **also)
    release("run-1", "REFUSED")
    assert table.shown("status", "holder", *also) == [None, None, *also.values()]
    if "worker" in also:
        release("finish-1", "REMOVED")
        assert table.items == {}


NOBODYS: Final[dict[str, Json | None]] = {
    "no item": None,
    "nobody holds it": settled("READY"),
    "another run holds it": settled("PROVISIONING", holder=a_holder("run-2")),
    "another run of its name holds it": settled("PROVISIONING", holder=a_holder("run-1", maker="run-1-ffffffff")),
    "another one works under another claim": settled("READY", holder=a_holder("run-2"), worker=a_run("finish-2")),
    "recover finishes it": settled(
        "FAILED", holder=a_holder("recover-1", **OF_RECOVER), unfinished={maker("run-1"): ago(minutes=1)}
    ),
}


@pytest.mark.parametrize("item", NOBODYS.values(), ids=NOBODYS)
@pytest.mark.parametrize("outcome", ["FAILED", "TORN_DOWN", "REFUSED", "ROLLBACK_INCOMPLETE"])
def test_a_run_that_stands_nowhere_changes_nothing(
    aws: FakeAws, table: FakeTable, item: Json | None, outcome: str
) -> None:
    if item is not None:
        table.lay(**item)
    before = dict(table.items)
    assert release("run-1", outcome, maker("run-1")) == Done()
    assert (table.items, aws.operations) == (before, ["GetItem"])


def test_a_nested_run_takes_itself_off_and_leaves_the_claim(table: FakeTable) -> None:
    holder, last = a_holder("run-1"), a_last_run("run-0", "READY")
    unfinished = {maker("run-x"): ago(hours=2), maker("run-y"): ago(hours=1)}
    table.lay(**settled("READY", holder=holder, worker=a_run("finish-1"), unfinished=unfinished, lastRun=last))
    release("finish-1", "REMOVED", maker("run-x"))
    assert table.shown("holder", "worker", "status", "lastRun") == [holder, None, "READY", last]
    assert table.shown("unfinished") == [{maker("run-y"): ago(hours=1)}]


@pytest.mark.parametrize("outcome", ["FAILED", "REMOVED", "TORN_DOWN", "REFUSED", "ROLLBACK_INCOMPLETE"])
def test_however_a_nested_run_ended_it_says_nothing_of_the_connection(table: FakeTable, outcome: str) -> None:
    table.lay(status="PROVISIONING", holder=a_holder("run-1"), worker=a_run("rollback-1"))
    release("rollback-1", outcome, error="AwsRejected")
    assert table.shown("status", "lastRun", "unfinished") == ["PROVISIONING", None, {}]


def test_a_nested_run_that_outlived_its_run_takes_itself_off_the_next_claim(table: FakeTable) -> None:
    table.lay(status="FAILED", holder=None, worker=a_run("rollback-1"))
    release("rollback-1", "REMOVED")
    assert table.shown("status", "worker") == ["FAILED", None]


def test_a_holder_leaves_the_nested_run_that_it_lost_sight_of(table: FakeTable) -> None:
    """The next claim waits for it."""
    table.lay(status="PROVISIONING", holder=a_holder("run-1"), worker=a_run("rollback-1"))
    release("run-1", "ROLLBACK_INCOMPLETE", error="RollbackIncomplete")
    assert table.shown("status", "worker") == ["FAILED", a_run("rollback-1")]


def test_what_is_finished_is_forgotten_and_nothing_else(table: FakeTable) -> None:
    owed = {maker("run-x"): ago(hours=2), maker("run-y"): ago(hours=1)}
    table.lay(**settled("TEARING_DOWN", holder=a_holder("run-1", **OF_TEARDOWN), unfinished=owed))
    release("run-1", "TORN_DOWN", maker("run-x"), maker("run-z"))
    assert table.shown("unfinished") == [{maker("run-y"): ago(hours=1)}]


def test_a_rollback_that_is_not_complete_is_the_next_runs_business(table: FakeTable) -> None:
    claim_connection(claiming("run-1"))
    release("run-1", "ROLLBACK_INCOMPLETE", error="RollbackIncomplete")
    claimed = claim_connection(claiming("run-2"))
    assert (claimed.finish, claimed.finish_after) == ((maker("run-1"),), ago())


@pytest.mark.parametrize(("outcome", "kept"), [("FAILED", True), ("REFUSED", True), ("TORN_DOWN", False)])
def test_what_a_dead_run_kept_is_told_until_it_is_torn_down(table: FakeTable, outcome: str, *, kept: bool) -> None:
    table.lay(**settled("FAILED", kept=a_last_run("run-0", "ABORTED"), holder=a_holder("run-1", former="FAILED")))
    release("run-1", outcome)
    assert bool(claim_connection(claiming("run-2")).findings) is kept


@pytest.mark.parametrize(
    ("code", "status", "error"), [("ThrottlingException", 400, Throttled), ("InternalServerError", 500, ServiceFault)]
)
def test_what_dynamodb_refuses_is_tried_again_by_the_machine(
    aws: FakeAws, table: FakeTable, code: str, status: int, error: type[StepError]
) -> None:
    table.lay(**settled("READY", holder=a_holder("run-1")))
    before = dict(table.items)
    aws.answers("PutItem", Refusal(code, status))
    steps: list[Callable[[], object]] = [lambda: record("run-1"), lambda: release("run-1", "FAILED")]
    for step in steps:
        with pytest.raises(error, match=r"writing the registry \(redis-demo\)"):
            step()
    assert table.items == before
