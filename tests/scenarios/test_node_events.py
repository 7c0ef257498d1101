"""Node events, with the schedule off: what ElastiCache tells of a node has the connection mended without anybody."""

import functools
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import boto3
import pytest

from sandbox.account import TEMPLATE, Account
from sandbox.deployment.resolver import ACCOUNT
from sandbox.faults import Fault
from sandbox.runs import Listener, Start
from sandbox.scenarios.forks import Holder
from sandbox.stepfunctions.definitions import states
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import World, apply_event
from tests.alarms import properties, state
from tests.draws import SOAKING
from tests.scenarios.connected import held
from tests.scenarios.playing import SUCCEEDED, summary

Json = Any
ON: Final = {"NodeEvents": "true"}
RECONCILE: Final = Path("statemachine/reconcile.asl.json")
TOPIC: Final = f"arn:aws:sns:us-east-1:{ACCOUNT}:NodeEventTopic"
OWNER: Final = {"aws:SourceOwner": ACCOUNT}
ORDERS: Final[dict[str, Json]] = {
    "connection": "orders",
    "workspaceId": "ws-1",
    "cluster": {"id": "orders", "create": {"replicasPerShard": 1}},
}
ADOPT: Final[dict[str, Json]] = {"workspaceId": "ws-1"}
OTHERS: Final = ("told", "silent")
A_WHILE: Final = 1500
"""Seconds in which an event is delivered, two sweeps look, and a repair comes to its end."""


def _timeouts(function: str) -> Fault:
    """As many as there are attempts."""
    return Fault(function=function, error="Timeout", times=3)


@dataclass(frozen=True)
class Road:
    """A sweep at whose states something else happens."""

    input: Json
    moved: bool = False
    """Whether it has another node to repair."""
    faults: tuple[Fault, ...] = ()
    second: bool = False
    """Whether another one is at work."""


ROADS: Final = {
    "quiet": Road({}),
    "repairing": Road({}, moved=True),
    "told": Road([{"because": "node event"}]),
    "failing": Road({}, faults=(_timeouts("find_drift"),)),
    "missing": Road({}, faults=(_timeouts("look_closer"), _timeouts("explain_failure"))),
    "second": Road({}, second=True),
}
BESIDE: Final = "beside another"
TRIED: Final = [*sorted(ROADS), BESIDE] if SOAKING else [BESIDE]
ELSEWHERE: Final = {"Record news", "Wait for repairs"}
"""Entered only for a node that is down or drift that is only reported, and where more has drifted than is repaired at a
time.
"""


@pytest.fixture(scope="module")
def ground() -> Iterator[Holder[Account]]:
    """A cluster that a run created, and two that were there before, of which one tells the deployment's topic."""
    silent = {"id": "silent"}
    told = {**silent, "id": "told", "notificationTopic": TOPIC}
    yield from held(ORDERS, {"clusters": [silent, told]}, ON, rest=A_WHILE)


def executions(machine: str) -> list[Json]:
    """All that there are of a machine, the first one first."""
    client: Any = boto3.client("stepfunctions")
    arn = f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{machine}"
    pages = client.get_paginator("list_executions").paginate(stateMachineArn=arn)
    return sorted((each for page in pages for each in page["executions"]), key=lambda each: each["startDate"])


def addresses() -> dict[str, set[str]]:
    """The healthy addresses that each path leads to, by target group."""
    client: Any = boto3.client("elbv2")
    groups = client.describe_target_groups()["TargetGroups"]
    found: dict[str, set[str]] = {}
    for each in groups:
        health = client.describe_target_health(TargetGroupArn=each["TargetGroupArn"])["TargetHealthDescriptions"]
        healthy = {one["Target"]["Id"] for one in health if one["TargetHealth"]["State"] == "healthy"}
        found[each["TargetGroupName"]] = healthy
    return found


def services() -> list[str]:
    client: Any = boto3.client("ec2")
    every = client.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    return sorted(each["ServiceName"] for each in every)


def since(machine: str, before: int) -> list[Json]:
    return executions(machine)[before:]


def after(account: Account, event: str, arguments: dict[str, Json]) -> Json:
    before, runs, names = len(executions("Reconcile")), len(executions("Provision")), services()
    apply_event(event, arguments, account.conditions)
    account.advance(A_WHILE)
    sweeps = since("Reconcile", before)
    begun = [each["startDate"].timestamp() for each in sweeps]
    return {
        "statuses": {each["status"] for each in sweeps},
        "gaps": [later - begun[0] for later in begun[1:]],
        "repairs": Counter(each["status"] for each in since("Provision", runs)),
        "drifted": account.run("reconcile", {}).output["drifted"],
        "targets": [len(each) for each in addresses().values()],
        "names kept": services() == names,
        "left": [len(queue.messages) for queue in account.post.queues.values()],
    }


EVENTS: Final = [
    ("fail-over", {"cluster": "orders"}, 0),
    ("replace-node", {"node": "orders-002"}, 1),
    ("change-ip", {"node": "orders-001"}, 1),
    ("scale", {"cluster": "orders"}, 1),
    ("add-replica", {"cluster": "orders"}, 1),
    ("remove-replica", {"node": "orders-002"}, 1),
]


@pytest.mark.parametrize(
    ("event", "arguments", "repairs"),
    EVENTS if SOAKING else EVENTS[:1],
    ids=[event for event, _, _ in (EVENTS if SOAKING else EVENTS[:1])],
)
def test_what_is_told_is_mended_by_itself_and_looked_at_twice(
    ground: Holder[Account], event: str, arguments: dict[str, Json], repairs: int
) -> None:
    check(ground.ask(after, event, arguments), event, repairs)


def check(found: Json, event: str, repairs: int) -> None:
    """What is told is mended by itself, and looked at twice."""
    assert found["statuses"] == {"SUCCEEDED"}
    assert any(300 < each < 500 for each in found["gaps"])
    assert found["repairs"] == Counter({"SUCCEEDED": repairs} if repairs else {})
    assert (found["drifted"], set(found["targets"]), found["names kept"]) == ([], {1}, "replica" not in event)
    assert set(found["left"]) == {0}


def adopting(account: Account) -> Json:
    """Connections to the clusters that were there before; then what becomes of an event of the one that tells."""
    adopted = [account.run("provision", {**ADOPT, "connection": each, "cluster": {"id": each}}) for each in OTHERS]
    kept = topics()
    found = after(account, "change-ip", {"node": "told-001"})
    return [summary(each) for each in adopted], kept, topics(), found


def test_an_adopted_cluster_keeps_what_topic_it_has_and_is_mended_as_it_tells(ground: Holder[Account]) -> None:
    ended, kept, after_it, found = ground.ask(adopting)
    assert ended == [SUCCEEDED, SUCCEEDED]
    assert kept == after_it == {"orders": TOPIC, "told": TOPIC, "silent": None}
    check(found, "change-ip", 1)


def once(state: str, do: Callable[[], object]) -> Callable[[Moment], None]:
    """Does something as a state is entered for the first time."""
    done: list[Moment] = []

    def listener(moment: Moment) -> None:
        if (moment.kind, moment.state, done) == ("entered", state, []):
            done.append(moment)
            do()

    return listener


def swept(account: Account, road: str, listener: Listener) -> None:
    """Sweeps an account in which something has happened, if that is what the road is for."""
    each = ROADS[road]
    if each.moved:
        apply_event("change-ip", {"node": "orders-001"}, account.conditions)
    others = [Start("reconcile", {})] if each.second else []
    starts = [*others, Start("reconcile", each.input, each.faults, listeners=(listener,))]
    account.together(starts, [float(number) for number in range(len(starts))])


def entered(account: Account, road: str) -> list[str]:
    """Asked in a fork: the states that a sweep enters, each once, in their order."""
    found: dict[str, float] = {}

    def told(moment: Moment) -> None:
        if moment.kind == "entered":
            found.setdefault(moment.state, moment.at)

    swept(account, road, told)
    return list(found)


def during(account: Account, road: str, state: str) -> tuple[Json, Json]:
    """An address changes as a sweep enters a state: how the repairs end, and the drift that stays."""
    runs, changes = len(executions("Provision")), list[str]()

    def change() -> None:
        apply_event("change-ip", {"node": "orders-002"}, account.conditions)
        changes.append(state)

    swept(account, road, once(state, change))
    assert changes == [state]
    return mended(account, runs)


def mended(account: Account, runs: int) -> tuple[Json, Json]:
    """How the runs end that there are after so many, a while later, and the drift that stays."""
    account.advance(A_WHILE)
    repairs = Counter(each["status"] for each in since("Provision", runs))
    return repairs, account.run("reconcile", {}).output["drifted"]


def beside(account: Account, state: str) -> tuple[Json, Json]:
    """The messages of an event come as a sweep enters a state, which has looked by then, or has not."""
    entered: list[float] = []
    account.together([Start("reconcile", {}, listeners=(once(state, lambda: entered.append(account.clock.now())),))])
    begun = account.runs[-1].root.start_date.timestamp()
    runs = len(executions("Provision"))
    move = once(state, functools.partial(apply_event, "change-ip", {"node": "orders-002"}, account.conditions))
    account.together(
        [Start("reconcile", {}, listeners=(move,)), Start("reconcile", [{"because": "node event"}])],
        [0, max(entered[0] - begun, 0.001)],
    )
    return mended(account, runs)


@pytest.mark.parametrize("road", TRIED)
def test_an_event_while_a_sweep_is_at_work_is_acted_on(ground: Holder[Account], road: str) -> None:
    """It is told a minute later; or at once, so that a second sweep begins beside the first one."""
    if road == BESIDE:
        tried = ground.ask(entered, "quiet") if SOAKING else ["Record sweep"]
        found = {state: ground.ask(beside, state) for state in tried}
    else:
        tried = ground.ask(entered, road)
        found = {state: ground.ask(during, road, state) for state in tried}
    assert found == dict.fromkeys(tried, (Counter({"SUCCEEDED": 1}), []))


@pytest.mark.skipif(not SOAKING, reason="the states are derived from runs: make soak")
def test_each_state_of_a_sweep_is_one_at_which_an_event_is_tried(ground: Holder[Account]) -> None:
    tried = {state for road in ROADS for state in ground.ask(entered, road)}
    assert states(json.loads(RECONCILE.read_text())).keys() - tried == ELSEWHERE


# ---- many events, and such as are no use


def told(account: Account, *texts: str) -> tuple[list[str], int, dict[str, int]]:
    """The sweeps that messages start, how often they look, and what is left in the queues."""
    before = len(executions("Reconcile"))
    for text in texts:
        account.post.publish(TOPIC, text, "*", OWNER)
    account.advance(A_WHILE)
    sweeps = since("Reconcile", before)
    looks = sum(each["output"] != "{}" for each in map(_described, sweeps))
    left = {name: len(queue.messages) for name, queue in account.post.queues.items()}
    return [each["status"] for each in sweeps], looks, left


def _described(execution: Json) -> Json:
    client: Any = boto3.client("stepfunctions")
    return client.describe_execution(executionArn=execution["executionArn"])


def test_a_burst_of_events_makes_few_sweeps(ground: Holder[Account]) -> None:
    statuses, looks, left = ground.ask(told, *(f'{{"ElastiCache:FailoverComplete":"c-{n}"}}' for n in range(200)))
    assert statuses == ["SUCCEEDED"] * 3
    assert looks == 2
    assert set(left.values()) == {0}


USELESS: Final = ("", "no JSON", "[" * 1000, "x" * 250_000, '{"ElastiCache:FailoverComplete": null}')
"""The longest is nearly as long as an execution's input may be, and as a message."""


def test_no_message_is_poison(ground: Holder[Account]) -> None:
    statuses, looks, left = ground.ask(told, *USELESS, '{"ElastiCache:FailoverComplete":"orders"}')
    assert (statuses, looks) == (["SUCCEEDED"] * 2, 2)
    assert set(left.values()) == {0}


def published(account: Account) -> Json:
    """How many sweeps there are after others have told the topic, and after one that may."""
    before, contexts = (
        len(executions("Reconcile")),
        ({"aws:SourceOwner": "210987654321"}, {"aws:SourceAccount": ACCOUNT}),
    )
    for context in contexts:
        account.post.publish(TOPIC, "told", "*", context)
    account.advance(A_WHILE)
    refused = len(executions("Reconcile")) - before
    account.post.publish(TOPIC, "told", "*", OWNER)
    account.advance(120)
    return refused, len(executions("Reconcile")) - before


def test_only_services_that_act_for_this_account_may_tell(ground: Holder[Account]) -> None:
    assert ground.ask(published) == (0, 2)


# ---- what cannot be delivered, and what is asked for by event


def barred(folder: Path) -> Path:
    """The template with a pipe whose role may not start the machine."""
    text = TEMPLATE.read_text()
    for place in ("functions", "layers", "statemachine"):
        text = text.replace(f"Uri: {place}/", f"Uri: {Path(place).absolute()}/")
    role, mark = text.index("  NodeEventPipeRole:"), "Resource: !Ref Reconcile"
    return _written(folder / "template.yaml", text[:role] + text[role:].replace(mark, "Resource: !Ref Request", 1))


def _written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_what_the_machine_cannot_be_started_for_is_kept_as_a_dead_letter(tmp_path: Path) -> None:
    """After five receipts in vain, 180 hidden seconds and a window of 60 apart. What comes later waits for its own."""
    with Account(World(), 1, barred(tmp_path), ON, io.StringIO()) as account:
        account.post.publish(TOPIC, "first", "*", OWNER)
        account.advance(5 * (180 + 60) + 120)
        account.post.publish(TOPIC, "second", "*", OWNER)
        account.advance(240)
        assert executions("Reconcile") == []
        assert [each.body for each in account.post.queues["UndeliveredNodeEvents"].messages] == ["first"]
        assert [each.body for each in account.post.queues["NodeEventQueue"].messages] == ["second"]


def unread(account: Account) -> tuple[str, int, int]:
    """Whether the alarm about events that wait is on, after how many receipts they did, and what lies undelivered."""
    given = properties(account, "NodeEventsWaiting")
    assert given is not None
    now, waiting = account.clock.now(), account.post.waiting("NodeEventQueue")
    ages = [now - min(each.sent for each in waiting)] if waiting else []
    told = state(given, ages, "OK")
    return told, max(len(each.received) for each in waiting), len(account.post.queues["UndeliveredNodeEvents"].messages)


def disabled(account: Account) -> tuple[list[tuple[str, int, int]], list[int]]:
    """Of a pipe that nobody starts for 13 days: what is told of it at first and then, and how many sweeps there are."""
    before, found = len(executions("Reconcile")), list[tuple[str, int, int]]()
    account.post.stop_pipe("NodeEventQueue")
    account.post.publish(TOPIC, "told", "*", OWNER)
    for seconds in (600, 600, 13 * 86_400):
        account.advance(seconds)
        found.append(unread(account))
    sweeps = [len(executions("Reconcile")) - before]
    account.post.start_pipe("NodeEventQueue")
    account.advance(120)
    return found, [*sweeps, len(executions("Reconcile")) - before]


def test_a_pipe_that_aws_disables_is_an_alarm_and_what_was_told_waits_for_its_start(ground: Holder[Account]) -> None:
    """It receives nothing, so that nothing becomes a dead letter (EventBridge user guide, "EventBridge Pipes error
    handling and troubleshooting").
    """
    told, sweeps = ground.ask(disabled)
    assert told == [("OK", 0, 0), ("ALARM", 0, 0), ("ALARM", 0, 0)]
    assert sweeps == [0, 2]


def asked(account: Account) -> list[Json]:
    """What sweeps are started with for the sample of an event, and for one that asks for all."""
    (sample,) = json.loads(Path("events/request-reconcile.json").read_text())
    before, client = len(executions("Reconcile")), cast(Any, boto3.client("events"))
    for entry in (sample, {**sample, "Detail": "{}"}):
        client.put_events(Entries=[entry])
        account.advance(60)
    return [json.loads(_described(each)["input"]) for each in since("Reconcile", before)]


def test_an_event_asks_for_a_sweep_of_one_connection_or_of_all(ground: Holder[Account]) -> None:
    assert ground.ask(asked) == [{"connection": "redis-demo"}, {}]


# ---- the cluster's topic


def topics() -> dict[str, str | None]:
    """What the clusters tell, by the id of their group."""
    client: Any = boto3.client("elasticache")
    return {
        each["ReplicationGroupId"]: each.get("NotificationConfiguration", {}).get("TopicArn")
        for each in client.describe_cache_clusters()["CacheClusters"]
    }


def through_its_life(account: Account) -> Json:
    """A run and a teardown beside the events that they cause: the topic meanwhile, and what is left."""
    before = topics()["orders"]
    again = account.run("provision", ORDERS)
    during_it = topics()["orders"]
    down = account.run("teardown", {"connection": "orders", "deleteCluster": True, "finalSnapshot": False})
    account.advance(A_WHILE)
    modified = {name for run in account.runs for name in run.calls if name.startswith("elasticache:Modify")}
    sweeps = executions("Reconcile")
    owned = {kind: ids for kind, ids in account.snapshot.owned().items() if ids}
    return {
        "topics": (before, during_it),
        "runs": [summary(again), summary(down)],
        "sweeps": {each["status"] for each in sweeps},
        "modified": modified,
        "owned": owned,
        "foreign": account.snapshot.foreign_changes(),
    }


def test_a_cluster_that_is_created_tells_the_topic_for_as_long_as_it_lives(ground: Holder[Account]) -> None:
    found = ground.ask(through_its_life)
    assert found["topics"] == (TOPIC, TOPIC)
    assert (found["runs"], found["sweeps"]) == ([SUCCEEDED, SUCCEEDED], {"SUCCEEDED"})
    assert (found["modified"], found["owned"], found["foreign"]) == (set(), {}, [])
