"""Sweeps of an account in which something has happened: what is wrong with them, and with the repairs that they start.

Two connections are in the account, which `test_drift_found` describes. Each question is asked in a fork of it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import boto3

from private_connection.reconcile.codes import TREATMENTS
from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.gateway import Call
from sandbox.runs import RunReport
from sandbox.services import settle
from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.elasticache.state import State
from sandbox.services.elbv2.health import health
from sandbox.services.elbv2.state import forwards_to, timeline
from sandbox.services.paths import node_at
from tests.deployments import EXTENDING
from tests.exactness.ready import Ready, inexact
from tests.exactness.view import NODE, USE, View, view
from tests.faults.drifts import VERVERICA, connections
from tests.faults.grounds import Json
from tests.registry import items
from tests.scenarios.playing import READING, mutating

REGION: Final = "us-east-1"
SWEEP: Final = "#sweep"
"""The key of the sweeps' own item."""
FORMER: Final = "-former"
"""How the name of what still answers at a node's former address ends."""
NOTED: Final = ("changedAt", "modifyingSince", "news", "seen", "told", "version")
"""What a sweep writes into an item, and what changes with that."""
MADE_ANEW: Final = ("LOAD_BALANCER_GONE", "SERVICE_GONE", "PORT_CHANGED")
"""What costs a node its service, and so the name that the portal has."""
Told = Mapping[str, list[str]]
"""The drift of each connection that has some, as text."""


def sweep(account: Account) -> RunReport:
    return account.run("reconcile", {})


def told(report: RunReport) -> Told:
    return {
        each["connection"]: [f"{drift['code']} {drift['node'] or ''}".strip() for drift in each["drift"]]
        for each in report.output["drifted"]
    }


def repairs(report: RunReport) -> list[RunReport]:
    """Those that a sweep has started."""
    return [each for each in report.started if each.run == "provision"]


def registered() -> dict[str, Json]:
    """The items of the connections."""
    return {name: each for name, each in items(REGION).items() if name != SWEEP}


def ask_for(mode: str) -> None:
    """Writes into each item what becomes of drift, as a run does that was asked for that."""
    dynamodb: Any = boto3.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]
    for name in registered():
        dynamodb.update_item(
            TableName=table,
            Key={"connection": {"S": name}},
            UpdateExpression="SET #request.#reconcile = :mode",
            ExpressionAttributeNames={"#request": "request", "#reconcile": "reconcile"},
            ExpressionAttributeValues={":mode": {"S": mode}},
        )


# ------------------------------------------------------------------ what is wrong with a sweep that changes nothing


def paused(account: Account, expected: Told) -> Iterator[str]:
    """What is wrong with sweeps of connections that ask to be left: they report what was found, or do not look.

    Drift that stands may keep clients from a node, which is told beside it, once, and of a node that drift is told of.
    """
    for mode, reported in (("report", expected), ("off", {})):
        ask_for(mode)
        before, report = view(account), sweep(account)
        down = set(_down(report)) - set(_down(reported)) if report.status == "SUCCEEDED" else set()
        yield from (f"{mode}: {each} is down without cause" for each in down if not _has_cause(*each, reported))
        wrong = (*idle(report, reported, down), *untouched(before, view(account), {}))
        yield from (f"{mode}: {each}" for each in wrong)
    ask_for("repair")


def _down(found: RunReport | Told) -> Iterator[tuple[str, str]]:
    """The connections and the nodes that are told as unhealthy."""
    for connection, drift in (told(found) if isinstance(found, RunReport) else found).items():
        yield from ((connection, each.partition(" ")[2]) for each in drift if each.startswith("NODE_UNHEALTHY "))


def _has_cause(connection: str, node: str, reported: Told) -> bool:
    """Whether other drift is told of the node, or of its connection as a whole."""
    return any(each.partition(" ")[2] in ("", node) for each in reported.get(connection, ()))


def idle(report: RunReport, expected: Told, down: Collection[tuple[str, str]] = ()) -> Iterator[str]:
    """What is wrong with a sweep that had nothing to repair. ``down`` are nodes that are told as unhealthy besides."""
    if report.status != "SUCCEEDED":
        yield f"the sweep ended {report.status} {report.error}: {report.cause}"
    elif _without(told(report), down) != expected:
        yield f"told {told(report)}, not {expected}"
    if report.started or mutating(report):
        yield f"started {[each.name for each in report.started]}, called {mutating(report)}"


def _without(found: Told, down: Collection[tuple[str, str]]) -> Told:
    beside = {(connection, f"NODE_UNHEALTHY {node}") for connection, node in down}
    return {name: [each for each in drift if (name, each) not in beside] for name, drift in found.items()}


# ------------------------------------------------------------------ what is wrong with a sweep that has repaired


def repaired(account: Account, expected: Told) -> Iterator[str]:
    """What is wrong with one sweep, and with what it has made of these drifts."""
    before, former, watch = view(account), {each: names(each) for each in registered()}, Watch(account)
    used = connections()
    with watch:
        report = sweep(account)
    if report.status != "SUCCEEDED" or told(report) != expected:
        yield f"the sweep ended {report.status} {report.error} ({report.cause}), and told {report.output}"
        return
    ends = [(each.status, each.error, each.cause) for each in repairs(report)]
    if ends != [("SUCCEEDED", None, None)] * len(expected):
        yield f"of {expected} the repairs ended {ends}"
    yield from watch.wrong
    yield from right(account)
    if connections() != used:
        yield f"were connected {used}, are {connections()}"
    yield from untouched(before, view(account), expected)
    yield from (each for name in former for each in _renamed(former[name], names(name), expected.get(name, [])))
    yield from idle(sweep(account), _reported(expected))


def _reported(expected: Told) -> Told:
    """What is told of it still, as no repair mends that."""
    codes = {str(code) for code, treatment in TREATMENTS.items() if treatment == "reported"}
    left = {name: [each for each in drift if each.split()[0] in codes] for name, drift in expected.items()}
    return {name: drift for name, drift in left.items() if drift}


def _renamed(former: Mapping[str, str], present: Mapping[str, str], drift: Sequence[str]) -> Iterator[str]:
    """What is wrong with the names of services. Those of nodes that stay do too, unless their service is a new one."""
    for node in former.keys() & present.keys():
        is_new = any(f"{code} {node}" in drift for code in MADE_ANEW)
        if is_new != (present[node] != former[node]):
            yield f"the service of {node} was called {former[node]}, and is called {present[node]}"
    come, gone = present.keys() - former.keys(), former.keys() - present.keys()
    if ({f"NODE_ADDED {node}" for node in come} | {f"NODE_REMOVED {node}" for node in gone}) - {*drift}:
        yield f"of the nodes {sorted(former)} there are {sorted(present)}"


def right(account: Account, *torn_down: str) -> Iterator[str]:
    """What is wrong with the connections as they are, but for some, by what the registry says of each.

    What somebody has added to the trust of a role stays where several connections use it, as these do.
    """
    present = view(account)
    for name, item in ((name, item) for name, item in registered().items() if name not in torn_down):
        if item["status"] != "READY" or item.get("holder"):
            yield f"{name} is {item['status']}, held by {item.get('holder')}"
        ready = Ready(present, item["request"], item["handoff"], EXTENDING["ExtendableRoleArns"].split(","))
        yield from (f"{name}: {each}" for each in inexact(ready) if " trusts " not in each)
    if present.foreign_changes:
        yield f"changed what is not ours: {present.foreign_changes}"


def untouched(before: View, after: View, drifted: Mapping[str, object]) -> Iterator[str]:
    """What became of connections of which nothing was told."""
    for name in before.items.keys() - drifted.keys() - {SWEEP}:
        recorded = [_recorded(found.items[name]) for found in (before, after)]
        if recorded[0] != recorded[1]:
            yield f"the item of {name} was {recorded[0]}, is {recorded[1]}"
        for kind, each in before.marked(name):
            was, present = (_facts(found, kind, each, name) for found in (before, after))
            if was != present:
                yield f"{kind} {each} of {name} was {was}, is {present}"


def _recorded(item: Json) -> Json:
    """What an item has from runs, without what sweeps note on it."""
    return {key: value for key, value in item.items() if key not in NOTED}


def _facts(found: View, kind: str, each: str, connection: str) -> object:
    """What there is of a thing. That others use it as well, or do not any more, is nothing of this connection's."""
    tags = found.tags.get((kind, each), {})
    own = {key: value for key, value in tags.items() if not key.startswith(USE) or key == f"{USE}{connection}"}
    return found.inventory[kind].get(each), own


def names(connection: str) -> dict[str, str]:
    """The names of the services that were handed off, by node."""
    return {each["node"]: each["serviceName"] for each in registered()[connection]["handoff"]["endpoints"]}


# ------------------------------------------------------------------ what is wrong with a call

Healthy = Mapping[str, set[str]]
"""By target group that is offered, the addresses behind it that are healthy, with their ports."""


@dataclass
class Watch:
    """Asks of each call whether it took a healthy target away that was the only one of its path.

    What a call takes away is what is healthy right before it and not right after it, at one moment.
    """

    account: Account
    wrong: list[str] = field(default_factory=list)
    lost: int = 0
    """How many healthy targets were taken away rightly."""
    _before: Healthy = field(default_factory=dict)

    def __enter__(self) -> "Watch":
        self.account.gateway.guards.append(self._guard)
        self.account.gateway.listeners.append(self._listen)
        return self

    def __exit__(self, *_: object) -> None:
        self.account.gateway.guards.remove(self._guard)
        self.account.gateway.listeners.remove(self._listen)

    def _guard(self, request: Request) -> None:
        if not request.operation.startswith(READING):
            self._before = self._healthy()

    def _listen(self, call: Call) -> None:
        if call.operation.startswith(READING):
            return
        after = self._healthy()
        for group, targets in self._before.items():
            for target in targets - after.get(group, set()):
                self.lost += 1
                if not self._may_go(group, target, after.get(group, set())):
                    self.wrong.append(f"{call.service}:{call.operation} took {target} from {group}: {after.get(group)}")

    def _healthy(self) -> Healthy:
        now, elbv2, found = self.account.clock.now(), backend("elbv2", REGION), dict[str, set[str]]()
        settle(REGION, self.account.conditions)
        for service in services(REGION).values():
            if VERVERICA not in service.principals or service.deleted_at is not None:
                continue
            balancers = [elbv2.load_balancers[arn] for arn in service.network_load_balancer_arns]
            listeners = [each for balancer in balancers for each in balancer.listeners.values()]
            for group in [arn for each in listeners for arn in forwards_to(each)]:
                found[group] = {
                    f"{member.address}:{member.port}"
                    for member in timeline(elbv2).targets.get(group, {}).values()
                    if health(REGION, elbv2.target_groups[group], member, now).state == "healthy"
                }
        return found

    def _may_go(self, group: str, target: str, others: set[str]) -> bool:
        """Whether its node is healthy at the address that it has now, or this one is another node's."""
        tags = backend("elbv2", REGION).tagging_service.get_tag_dict_for_resource(group)
        node, state = tags[NODE], State(REGION)
        at = node_at(state, target.rpartition(":")[0])
        if at is None or at[0].cache_cluster_id.removesuffix(FORMER) != node:
            return True
        own = state.clusters[node]
        return f"{own.nodes[0].address}:{own.settings.port}" in others - {target}
