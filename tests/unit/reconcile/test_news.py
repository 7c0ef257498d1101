"""Record news: what is new is written once, where nobody works or has worked, and told when it is written."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

import pytest
import time_machine

from private_connection.errors import AwsRejected, ServiceFault, StepError, Throttled
from private_connection.reconcile.changed import Changed
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.drifted import Drifted
from private_connection.reconcile.news import RECORDED_AT_MOST, RecordedNews, RecordNews, record_news
from private_connection.registry.claims import claim_connection
from private_connection.registry.records import (
    RecordConnection,
    ReleaseConnection,
    record_connection,
    release_connection,
)
from tests.unit.builders import Json
from tests.unit.described import endpoint_connection
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.reconcile.made import FIRST, STRANGER, VERVERICA, a_handoff, asked
from tests.unit.registry.handed_over import REQUEST
from tests.unit.registry.stage import (
    NOW,
    FakeExecutions,
    FakeTable,
    Way,
    a_holder,
    a_run,
    a_seen_endpoint,
    claiming,
    maker,
    settled,
)

SWEEP: Final = "arn:aws:states:eu-central-1:123456789012:execution:Reconcile:sweep-1"
SERVICE: Final = f"vpce-svc-{FIRST}"
STRANGE: Final = Drift(code="STRANGER_CONNECTED", node=FIRST)
GONE: Final = Drift(code="CLUSTER_GONE")


def takes(put: Json) -> Json:
    return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in put["Entries"]]}


class Stage:
    """Items of connections, the endpoints at their services, and the bus."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.table = aws, FakeTable(aws)
        FakeExecutions(aws)
        self.endpoints: list[Json] = []
        aws.answers("DescribeVpcEndpointConnections", lambda _: {"VpcEndpointConnections": self.endpoints})
        aws.answers("PutEvents", takes)

    def lay(self, connection: str = "orders", **changes: object) -> None:
        handoff = a_handoff(connection=connection).model_dump(mode="json", by_alias=True)
        item = settled("READY", connection=connection, request=asked(connection=connection), handoff=handoff)
        self.table.lay(**item | changes)

    def connect(self, *endpoints: tuple[str, str, str]) -> None:
        """Has EC2 list these, by id, state and owner."""
        self.endpoints = [
            {**endpoint_connection(name, state), "ServiceId": SERVICE, "VpcEndpointOwner": owner}
            for name, state, owner in endpoints
        ]

    @property
    def told(self) -> list[tuple[str, Json]]:
        """What was put on the bus, in order."""
        entries = [entry for put in self.aws.asked("PutEvents") for entry in put["Entries"]]
        return [(entry["DetailType"], json.loads(entry["Detail"])) for entry in entries]

    def shown(self, *names: str, of: str = "orders") -> list[Any]:
        item = self.table.shows(of)
        assert item is not None
        return [item.get(name) for name in names]

    @property
    def writes(self) -> int:
        return len(self.aws.asked("PutItem"))


@pytest.fixture
def stage(aws: FakeAws) -> Iterator[Stage]:
    with time_machine.travel(NOW, tick=False):
        yield Stage(aws)


def changed(connection: str = "orders", **changes: Any) -> Changed:
    fields: Json = {"connection": connection, "revision": 3, "modifying": False}
    return Changed(**fields | changes)


def drifted(*drift: Drift, connection: str = "orders", mode: Any = "repair") -> Drifted:
    return Drifted(connection=connection, revision=3, mode=mode, drift=drift)


def record(*news: Changed, drift: Sequence[Drifted] = (), look: int = 1, name: str = "sweep-1") -> RecordedNews:
    request = RecordNews(execution=SWEEP, maker=maker(name), look=look, news=news or (changed(),), drifted=tuple(drift))
    return record_news(request)


WRITTEN: Final = RecordedNews(recorded=1, left=0)
NOTHING: Final = RecordedNews(recorded=0, left=0)
LEFT: Final = RecordedNews(recorded=0, left=1)


# ------------------------------------------------------------------ endpoints


def test_an_endpoint_that_has_come_is_written_and_told(stage: Stage) -> None:
    stage.lay()
    stage.connect(("vpce-1", "PendingAcceptance", VERVERICA))
    assert record() == WRITTEN
    (seen,) = stage.shown("seen")
    moment = "2026-01-31T12:00:00Z"
    assert seen == [a_seen_endpoint(state="pendingacceptance", firstSeen=moment, lastSeen=moment)]
    ((kind, detail),) = stage.told
    assert (kind, detail["connection"], detail["execution"], detail["at"]) == (
        "Connection Changed",
        "orders",
        SWEEP,
        moment,
    )
    assert detail["endpoints"] == [
        {
            "endpointId": "vpce-1",
            "node": FIRST,
            "serviceId": SERVICE,
            "owner": VERVERICA,
            "stranger": False,
            "change": "new",
            "state": "pendingacceptance",
            "formerState": None,
        }
    ]
    assert stage.shown("revision") == [3], "a repair that was started for it is still the one for it"


def test_one_that_is_missing_once_is_told_to_nobody_and_one_that_is_missing_twice_is(stage: Stage) -> None:
    stage.lay(seen=[a_seen_endpoint()])
    assert record() == WRITTEN
    assert ([each["missing"] for each in stage.shown("seen")[0]], stage.told) == ([1], [])
    assert record(look=2) == WRITTEN
    assert stage.shown("seen") == [[]]
    assert [(kind, detail["endpoints"][0]["change"]) for kind, detail in stage.told] == [("Connection Changed", "gone")]


def test_one_that_was_there_all_the_time_in_a_look_of_its_own_is_no_news(stage: Stage) -> None:
    """Find drift did not have it listed, as a list may be late."""
    stage.lay(seen=[a_seen_endpoint()])
    stage.connect(("vpce-1", "available", VERVERICA))
    assert record() == NOTHING
    assert (stage.writes, stage.told) == (0, [])


def test_a_stranger_is_told_and_never_accepted(stage: Stage) -> None:
    stage.lay()
    stage.connect(("vpce-1", "pendingAcceptance", STRANGER))
    assert record(drift=[drifted(STRANGE)]) == WRITTEN
    kinds = {kind: detail for kind, detail in stage.told}
    assert kinds["Connection Changed"]["endpoints"][0]["stranger"] is True
    assert [(each["code"], each["node"]) for each in kinds["Findings Changed"]["added"]] == [
        ("STRANGER_CONNECTED", FIRST)
    ]
    assert {name for name in stage.aws.operations if name.startswith(("Accept", "Reject", "Modify"))} == set()


def test_more_endpoints_than_are_told_are_counted(stage: Stage) -> None:
    stage.lay()
    stage.connect(*((f"vpce-{number:03}", "available", VERVERICA) for number in range(120)))
    record()
    ((_, detail),) = stage.told
    assert (len(detail["endpoints"]), detail["leftOut"]) == (50, {"endpoints": 70})
    assert len(stage.shown("seen")[0]) == 120


# ------------------------------------------------------------------ findings


def findings(detail: Json) -> list[list[str]]:
    return [[each["code"] for each in detail[name]] for name in ("findings", "added", "gone")]


def test_findings_are_told_when_their_set_changes_and_when_it_becomes_empty(stage: Stage) -> None:
    stage.lay()
    for look, found in enumerate([(STRANGE,), (STRANGE,), (STRANGE, GONE), (GONE,), ()], start=1):
        record(drift=[drifted(*found)] if found else [], look=look)
    assert [kind for kind, _ in stage.told] == ["Findings Changed"] * 4
    assert [findings(detail) for _, detail in stage.told] == [
        [["STRANGER_CONNECTED"], ["STRANGER_CONNECTED"], []],
        [["STRANGER_CONNECTED", "CLUSTER_GONE"], ["CLUSTER_GONE"], []],
        [["CLUSTER_GONE"], [], ["STRANGER_CONNECTED"]],
        [[], [], ["CLUSTER_GONE"]],
    ]
    assert len({detail["id"] for _, detail in stage.told}) == 4
    assert stage.writes == 4
    assert {each for _, detail in stage.told for each in [detail["foundBy"]]} == {"sweep"}


def test_since_when_a_cluster_is_modified_is_written_and_told_to_nobody(stage: Stage) -> None:
    stage.lay()
    assert record(changed(modifying=True)) == WRITTEN
    assert (stage.shown("modifyingSince"), stage.told) == (["2026-01-31T12:00:00Z"], [])
    assert record(changed(modifying=None), look=2) == NOTHING


def test_what_no_look_has_judged_stays(stage: Stage) -> None:
    """What Find drift had no room for, and what only a close look finds at nodes that had no turn."""
    told = [{"code": code, "node": node} for code, node in (("NODE_UNHEALTHY", FIRST), ("CLUSTER_GONE", None))]
    stage.lay(told=told)
    assert record(changed(modifying=None, nodes=("another",))) == NOTHING
    assert record(changed(modifying=None, nodes=(FIRST,)), look=2) == WRITTEN
    assert stage.shown("told") == [told[1:]]


# ------------------------------------------------------------------ who works, or has worked


@pytest.mark.parametrize(
    "changes",
    [
        {"holder": a_holder("run-1")},
        {"worker": a_run("rollback-1")},
        {"revision": 4},
        {"status": "TEARING_DOWN"},
        {"status": "TORN_DOWN"},
    ],
    ids=str,
)
def test_one_that_is_not_as_it_was_looked_at_is_left(stage: Stage, changes: Json) -> None:
    stage.lay(**changes)
    stage.connect(("vpce-1", "available", VERVERICA))
    assert record(drift=[drifted(STRANGE)]) == LEFT
    assert (stage.writes, stage.told) == (0, [])


@pytest.mark.parametrize("meanwhile", ["claimed", "recorded", "deleted"])
def test_one_that_somebody_takes_before_the_write_is_left(stage: Stage, meanwhile: str) -> None:
    stage.lay()
    stage.connect(("vpce-1", "available", VERVERICA))
    others: dict[str, Any] = {
        "claimed": lambda: stage.lay(version="theirs", holder=a_holder("run-1")),
        "recorded": lambda: stage.lay(version="theirs", revision=4),
        "deleted": stage.table.items.clear,
    }
    stage.table.others = [others[meanwhile]]
    assert record() == LEFT
    assert stage.told == []


def test_one_that_is_gone_or_cannot_be_read_is_left_and_stops_no_other(stage: Stage) -> None:
    stage.lay("b", handoff={"status": "READY"})
    stage.table.lay(connection="c", colour="blue")
    stage.lay("d")
    stage.connect(("vpce-1", "available", VERVERICA))
    assert record(*map(changed, "abcd")) == RecordedNews(recorded=1, left=2), "b is named among the unreadable"
    assert [detail["connection"] for _, detail in stage.told] == ["d"]


def test_a_run_that_records_the_connection_leaves_what_was_seen_and_told(stage: Stage) -> None:
    """The next sweep goes on from there: an endpoint is not new again, and what was mended is told as gone."""
    told = [{"code": "STRANGER_CONNECTED", "node": FIRST}]
    stage.lay("redis-demo", seen=[a_seen_endpoint()], told=told, modifyingSince="2026-01-31T09:00:00Z")
    claim_connection(claiming("repair-1"))
    run: Json = {"connection": "redis-demo", "maker": maker("repair-1")}
    record_connection(RecordConnection(**run, request=REQUEST, handoff=a_handoff()))
    release_connection(ReleaseConnection(**run, outcome="READY", error=None))
    assert stage.shown("seen", "told", "modifyingSince", of="redis-demo") == [[a_seen_endpoint()], told, None]
    stage.connect(("vpce-1", "available", VERVERICA))
    before = len(stage.told)
    assert record(changed("redis-demo", revision=4)) == WRITTEN
    assert [(kind, findings(detail)) for kind, detail in stage.told[before:]] == [
        ("Findings Changed", [[], [], ["STRANGER_CONNECTED"]])
    ]


def test_a_teardown_takes_off_what_sweeps_have_written(stage: Stage) -> None:
    told = [{"code": "STRANGER_CONNECTED", "node": FIRST}]
    stage.lay("redis-demo", seen=[a_seen_endpoint()], told=told)
    claim_connection(claiming("run-1", machine="teardown", on_failure=None))
    run: Json = {"connection": "redis-demo", "maker": maker("run-1")}
    release_connection(ReleaseConnection(**run, outcome="TORN_DOWN", error=None))
    assert stage.shown("status", "seen", "told", "news", of="redis-demo") == ["TORN_DOWN", [], [], None]


# ------------------------------------------------------------------ again, and many


@pytest.mark.parametrize("way", ["botocore", "step"])
def test_a_write_whose_answer_was_lost_is_told_once_more_as_the_same_event(stage: Stage, way: Way) -> None:
    stage.lay(seen=[a_seen_endpoint(missing=1)])
    stage.table.lost = [way]
    if way == "step":
        with pytest.raises(ServiceFault):
            record(drift=[drifted(STRANGE)])
        assert stage.told == []
    assert record(drift=[drifted(STRANGE)]) == WRITTEN
    first, wrote = stage.told, stage.writes
    assert [kind for kind, _ in first] == ["Connection Changed", "Findings Changed"]
    stage.connect(("vpce-2", "available", VERVERICA))
    assert record(drift=[drifted(GONE)]) == WRITTEN, "asked again, after the account has changed"
    assert (stage.told[2:], stage.writes) == (first, wrote)


def test_it_is_told_again_also_when_a_run_has_claimed_the_connection_since(stage: Stage) -> None:
    stage.lay("redis-demo")
    record(changed("redis-demo"), drift=[drifted(STRANGE, connection="redis-demo")])
    claim_connection(claiming("run-1"))
    assert record(changed("redis-demo"), drift=[drifted(STRANGE, connection="redis-demo")]) == WRITTEN
    (_, first), (_, again) = stage.told
    assert first == again


def test_the_next_look_and_another_sweep_tell_other_events(stage: Stage) -> None:
    stage.lay()
    record(drift=[drifted(STRANGE)])
    record(look=2)
    record(drift=[drifted(STRANGE)], name="sweep-2")
    assert len({detail["id"] for _, detail in stage.told}) == 3


def test_of_more_than_a_hundred_the_rest_is_left_and_as_new_to_the_next_sweep(stage: Stage) -> None:
    names = [f"c{number:03}" for number in range(RECORDED_AT_MOST + 20)]
    for name in names:
        stage.lay(name)
    stage.connect(("vpce-1", "available", VERVERICA))
    assert record(*map(changed, names)) == RecordedNews(recorded=100, left=20)
    assert {len(put["Entries"]) for put in stage.aws.asked("PutEvents")} == {10}
    assert len(stage.aws.asked("BatchGetItem")) == len(stage.aws.asked("DescribeVpcEndpointConnections")) == 1
    assert record(*map(changed, names[100:]), look=2) == RecordedNews(recorded=20, left=0)


def test_one_that_two_looks_have_named_is_written_once(stage: Stage) -> None:
    stage.lay()
    assert record(changed(), changed(modifying=None, nodes=(FIRST,)), drift=[drifted(STRANGE)]) == WRITTEN
    assert stage.writes == 1


# ------------------------------------------------------------------ refusals


def test_a_bus_that_takes_nothing_fails_nothing(stage: Stage) -> None:
    stage.lay()
    stage.aws.answers("PutEvents", DENIED)
    assert record(drift=[drifted(STRANGE)]) == WRITTEN
    assert stage.shown("told") == [[{"code": "STRANGER_CONNECTED", "node": FIRST}]]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (Refusal("ThrottlingException"), Throttled),
        (Refusal("AccessDeniedException"), AwsRejected),
        (Refusal("InternalServerError", 500), ServiceFault),
    ],
)
@pytest.mark.parametrize("operation", ["BatchGetItem", "DescribeVpcEndpointConnections", "PutItem"])
def test_a_refusal_ends_the_step_with_its_name(
    stage: Stage, operation: str, refusal: Refusal, error: type[StepError]
) -> None:
    stage.lay()
    stage.aws.answers(operation, refusal)
    with pytest.raises(error):
        record(drift=[drifted(STRANGE)])
    assert stage.told == []


def test_one_that_cannot_be_written_keeps_none_of_the_others_from_being_told(stage: Stage) -> None:
    names = ("carts", "orders", "search")
    for name in names:
        stage.lay(name)
    write = stage.table._put
    stage.aws.answers("PutItem", lambda put: DENIED if put["Item"]["connection"] == {"S": "orders"} else write(put))
    with pytest.raises(AwsRejected):
        record(*map(changed, names), drift=[drifted(GONE, connection=name) for name in names])
    assert [detail["connection"] for _, detail in stage.told] == ["carts", "search"]


def test_what_several_looks_have_found_of_a_connection_is_told_together(stage: Stage) -> None:
    stage.lay()
    unhealthy = Drift(code="NODE_UNHEALTHY", node=FIRST)
    news = [changed(), changed(modifying=None, nodes=(FIRST,))]
    record(*news, drift=[drifted(STRANGE, mode="report"), drifted(unhealthy, mode="report")])
    ((kind, detail),) = stage.told
    assert kind == "Findings Changed"
    assert {each["code"] for each in detail["added"]} == {"STRANGER_CONNECTED", "NODE_UNHEALTHY"}
