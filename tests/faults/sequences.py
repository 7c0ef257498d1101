"""Anything may happen, in any order: two connections whose requests change from run to run, with faults and stops,
consumers that come and go, and clusters that get and lose nodes.

Every run is judged, and a last teardown of both leaves nothing. A seed is one sequence: `SEEDS=17..17` repeats it.
Seeds beside each other begin with the same run, which nothing disturbs: `play_all` does it once, and forks.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import product
from random import Random
from typing import Any, Final

from sandbox.account import TEMPLATE, Account
from sandbox.conditions import Latency
from sandbox.deployment.template import Template
from sandbox.faults import Fault
from sandbox.runs import Start, StopAt
from sandbox.scenarios.forks import Holder, forked
from sandbox.services.common import backend
from sandbox.services.elasticache.state import State
from sandbox.world import World, apply_event
from sandbox.world.identities import trust_of
from sandbox.world.model import RoleSpec, TrustSpec
from tests.before_forks import prepare, warmed
from tests.deployments import GUEST
from tests.draws import SOAKING
from tests.exactness.judge import judged
from tests.faults.cells import DENIAL, RATE
from tests.faults.grounds import OTHERS, QUICK, READING, REQUESTS, Json, opened
from tests.faults.observation import FOR_EVER, observed
from tests.faults.stops import moments
from tests.registry import is_registered

SHORT: Final = 40
"""Of the first so many sequences, the beginnings are tried with every change."""
BEGINNING: Final = 2
"""So many of their steps are taken then."""
ALIKE: Final = 5
"""Sequences that begin with the same run."""
OF_SHORT: Final = (5, 2, 3, 4)
"""The beginnings of the first ones, each of ten: every cluster, and an event that arrives never, once and twice."""
POLLED: Final = frozenset({"clusterDeletion", "loadBalancer", "registration"})
"""What a run looks for so often, if it takes as long as by default, that `make soak` alone lets it."""
CONNECTIONS: Final = ("first", "second")
REGION: Final = "us-east-1"
LATE: Final = "workspace-2"
"""That workspace."""
WORKSPACES: Final = ("workspace-1", LATE, LATE, "workspace-3")
CLUSTERS: Final[tuple[Json, ...]] = (
    {"id": "orders"},
    {"id": "orders"},
    {"id": "sessions"},
    {"id": "redis-demo", "create": {}},
    {"id": "redis-demo", "create": {"port": 7000, "replicasPerShard": 1}},
    {"id": "redis-demo"},
)
TAGS: Final[tuple[Json, ...]] = ({}, {"team": "payments"}, {"team": "orders", "stage": "test"})
THERE: Final[Json] = {
    **OTHERS,
    "clusters": [
        {"id": "orders", "securityGroups": ["sg-cache"], "tls": True, "replicasPerShard": 1},
        {"id": "sessions", "securityGroups": ["sg-sessions"], "port": 6380, "subnets": ["subnet-b", "subnet-c"]},
    ],
    "securityGroups": [
        *OTHERS["securityGroups"],
        {"id": "sg-cache", "rules": [{"cidr": "172.31.0.0/20", "port": 6379, "description": "somebody's own"}]},
        {"id": "sg-sessions", "rules": [{"cidr": "172.31.0.0/16", "port": 6380}]},
    ],
    "roles": [
        *OTHERS["roles"],
        {"name": "team", "trusts": {"externalId": "workspace-1"}, "policies": {"reading": READING}},
        {"name": GUEST, "trusts": {"externalId": "nobody"}},
    ],
    "latency": QUICK,
}
"""Two clusters that are there, one of which everybody in the VPC may reach, and roles of two workspaces of three."""


@dataclass(frozen=True)
class Run:
    machine: str
    given: Json
    fault: Fault | None = None
    stop: StopAt | None = None


@dataclass(frozen=True)
class Happening:
    """An event of a cluster: to the node with this number, counted in a circle."""

    event: str
    cluster: str
    number: int


@dataclass(frozen=True)
class Connect:
    """A consumer asks for one of the services that are offered, and is accepted or not."""

    number: int
    accepted: bool


@dataclass(frozen=True)
class Disconnect:
    """All consumers delete their endpoints."""


@dataclass(frozen=True)
class Trust:
    """Somebody changes whom the role `GUEST` trusts: the workspace that has none else, or nobody."""

    workspace: str


@dataclass(frozen=True)
class Advance:
    seconds: int


Step = Run | Happening | Connect | Disconnect | Trust | Advance
Taking = Callable[["Account", Step], list[str]]


@dataclass(frozen=True)
class Sequence:
    seed: int
    slow: tuple[str, ...]
    """What takes as long as it does by default, once the first step is taken."""
    deliveries: int
    """How often an event arrives: where it does, a run that died is finished at once."""
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Played:
    problems: list[str]
    runs: int
    """Those after the first step."""
    seconds: float
    """Of CPU, which they took."""


# ------------------------------------------------------------------ drawing one


@dataclass
class Drawing:
    """The requests so far, by connection; the next one is a change of the last, or is an earlier one again."""

    random: Random
    requests: dict[str, list[Json]] = field(default_factory=dict)

    def provision(self) -> Json:
        connection = self.random.choice((CONNECTIONS[0], *CONNECTIONS))
        former = self.requests.setdefault(connection, [])
        if not former:
            former.append(self._first(connection))
        elif self.random.random() < 0.25:
            former.append(self.random.choice(former))
        else:
            former.append(self._changed(former[-1]))
        return former[-1]

    def _first(self, connection: str) -> Json:
        cluster, workspace = self.random.choice(CLUSTERS[:5]), self.random.choice(WORKSPACES)
        return {"connection": connection, "workspaceId": workspace, "cluster": cluster}

    def _changed(self, request: Json) -> Json:
        chosen = self.random.sample(sorted(self._changes()), self.random.choice((1, 1, 2)))
        return {**request, **{key: self._changes()[key] for key in chosen}}

    def _changes(self) -> Json:
        choose = self.random.choice
        return {
            "cluster": choose(CLUSTERS),
            "workspaceId": choose(WORKSPACES),
            "role": choose(({}, {"name": GUEST}, {"name": "team"})),
            "ingress": choose(("subnets", "anywhere", "none")),
            "accessPolicy": choose(("documented", "scoped")),
            "zones": choose(("node", "all")),
            "tags": choose(TAGS),
            "onFailure": choose(("rollback", "rollback", "keep")),
        }

    def teardown(self) -> Json:
        return {
            "connection": self.random.choice(CONNECTIONS),
            "deleteCluster": self.random.random() < 0.5,
            "finalSnapshot": False,
            "force": self.random.random() < 0.4,
        }


@cache
def functions() -> list[str]:
    """Every function."""
    return sorted(function.step for function in Template(TEMPLATE, REGION).functions.values())


def sequence(seed: int) -> Sequence:
    """The sequence that a seed stands for, or its beginning."""
    number, random = beginning(seed), Random(seed)
    first = _first(number)
    drawing = Drawing(random, {first["connection"]: [first]})
    steps: list[Step] = [Run("provision", first)]
    steps += [_step(drawing) for _ in range(random.randint(1, 4) if seed <= SHORT else random.randint(1, 5))]
    slow = {*random.sample(sorted(QUICK), random.choice((0, 0, 1, 3)))}
    if not SOAKING and seed <= SHORT:
        steps, slow = steps[:BEGINNING], slow - POLLED
    return Sequence(seed, tuple(sorted(slow)), (0, 1, 0, 2)[number % 4], tuple(steps))


def beginning(seed: int) -> int:
    """The number of the beginning that a sequence shares with others."""
    if seed <= SHORT:
        return OF_SHORT[(seed - 1) * len(OF_SHORT) // SHORT]
    return (seed - 1) // ALIKE


def _first(number: int) -> Json:
    """The request of the run that a beginning is."""
    random, cluster = Random(f"beginning {number}"), CLUSTERS[number % 5]
    connection, workspace = random.choice((CONNECTIONS[0], *CONNECTIONS)), random.choice(WORKSPACES)
    return {"connection": connection, "workspaceId": workspace, "cluster": cluster}


def _step(drawing: Drawing) -> Step:
    random = drawing.random
    drawn = random.random()
    if drawn < 0.5:
        return Run("provision", drawing.provision(), _fault(random), _stop(random, "provision"))
    if drawn < 0.58:
        return Run("teardown", drawing.teardown(), _fault(random), _stop(random, "teardown"))
    if drawn < 0.76:
        events = ("add-replica", "remove-replica", "fail-over", "change-ip", "replace-node", "kill-node", "revive-node")
        cluster = random.choice(("orders", "orders", "sessions", "redis-demo"))
        return Happening(random.choice(events), cluster, random.randrange(6))
    if drawn < 0.9:
        return Connect(random.randrange(6), random.random() < 0.8)
    other: tuple[Step, ...] = (
        Disconnect(),
        Trust(LATE),
        Trust("nobody"),
        Advance(10),
        Advance(600),
    )
    return random.choice(other)


def _fault(random: Random) -> Fault | None:
    if random.random() < 0.45:
        return None
    often: Json = {"times": random.choice((1, 3, 40, FOR_EVER, FOR_EVER)), "skip": random.choice((0, 0, 1, 2, 4))}
    often |= {"applied": random.random() < 0.5, "optional": True}
    if random.random() < 0.4:
        return Fault(function=random.choice(functions()), error="Timeout", **often)
    operation = random.choice(called())
    service = operation.partition(":")[0]
    error = random.choice((DENIAL[service], RATE[service], "InternalError"))
    return Fault(operation=operation, error=error, **often)


def _stop(random: Random, machine: str) -> StopAt | None:
    if random.random() < 0.85:
        return None
    state, when = random.choice(moments(machine))
    return StopAt.model_validate({"state": state, "when": when, "visit": random.choice((1, 1, 2)), "optional": True})


# ------------------------------------------------------------------ playing it


@cache
def stage(deliveries: int, asking: int) -> "Holder[Account]":
    """One for this process, with all that runs need loaded."""
    del asking  # a worker inherits its parent's cache, and must not use its parent's pipes
    warmed()
    return Holder(partial(laid, deliveries))


@contextmanager
def laid(deliveries: int) -> Iterator[Account]:
    """An account in which nothing has run yet. An event arrives so many times."""
    there = World.model_validate({**THERE, "eventDeliveries": deliveries})
    with opened(there) as account:
        prepare(account)
        yield account


@cache
def called() -> list[str]:
    """Every operation that a run and its teardown call."""
    return sorted({each for way in product(("provision", "teardown"), REQUESTS) for each in observed(*way).operations})


def play(each: Sequence, taking: "Taking | None" = None) -> Played:
    """``taking`` takes each step, where that is not `taken`."""
    (played,) = play_all([each], taking)
    return played


def play_all(alike: list[Sequence], taking: "Taking | None" = None) -> list[Played]:
    """Sequences with the same first step and as many deliveries."""
    return stage(alike[0].deliveries, os.getpid()).ask(_begun, alike, taking or taken)


def shortest(each: Sequence) -> Sequence:
    """A sequence that fails, without the steps without which it does so, too."""
    for number in reversed(range(len(each.steps))):
        less = Sequence(each.seed, each.slow, each.deliveries, each.steps[:number] + each.steps[number + 1 :])
        if play(less).problems:
            return shortest(less)
    return each


def _begun(account: Account, alike: list[Sequence], taking: "Taking") -> list[Played]:
    """Asked in a fork, of which each sequence goes on in one of its own."""
    problems = [wrong for step in alike[0].steps[:1] for wrong in taking(account, step)]
    return [Played(problems, 0, 0.0) if problems else forked(_played, account, each, taking) for each in alike]


def _played(account: Account, each: Sequence, taking: "Taking") -> Played:
    """Asked in a fork in which the first step is taken."""
    began, before, problems = time.process_time(), len(account.runs), list[str]()
    account.random.seed(each.seed)
    account.conditions.random.seed(each.seed)
    quick = {kind: seconds for kind, seconds in QUICK.items() if kind not in each.slow}
    account.conditions.latency = Latency.model_validate(quick)
    for step in each.steps[1:]:
        problems += taking(account, step)
        if problems:
            break
    problems = problems or list(_ended(account))
    return Played(problems, len(account.runs) - before, time.process_time() - began)


def taken(account: Account, step: Step) -> list[str]:
    """What is wrong once the step was taken."""
    match step:
        case Run(machine, given, fault, stop):
            return _run(account, machine, given, fault, stop)
        case Advance(seconds):
            account.clock.sleep(seconds)
        case _:
            with account.snapshot.expecting():
                _happen(account, step)
    return []


def _run(
    account: Account, machine: str, given: Json, fault: Fault | None = None, stop: StopAt | None = None
) -> list[str]:
    start = Start(machine, given, [fault] if fault else [], stop)
    with judged(account, [start]) as (reports, problems):
        reports += account.together([start])
    return problems


def _happen(account: Account, step: Step) -> None:
    match step:
        case Happening(event, cluster, number):
            _of_cluster(account, event, cluster, number)
        case Connect(number, accepted):
            _connect(account, number, accepted)
        case Disconnect():
            for service in account.snapshot.owned().get("endpointService", ()):
                _try(account, "disconnect", service=service)
        case Trust(workspace):
            trust = trust_of(RoleSpec(name=GUEST, trusts=TrustSpec(external_id=workspace)), account.conditions)
            backend("iam", REGION).get_role(GUEST).assume_role_policy_document = json.dumps(trust)


def _of_cluster(account: Account, event: str, cluster: str, number: int) -> None:
    nodes = [each.cache_cluster_id for each, _ in State(REGION).nodes() if each.group_id == cluster]
    if not nodes:
        return
    if event in ("add-replica", "fail-over"):
        _try(account, event, cluster=cluster)
    else:
        _try(account, event, node=sorted(nodes)[number % len(nodes)])


def _connect(account: Account, number: int, accepted: bool) -> None:
    offered = account.snapshot.owned().get("allowedPrincipal", [])
    if not offered:
        return
    service = offered[number % len(offered)].partition("/")[0]
    endpoint = f"vpce-{account.random.getrandbits(68):017x}"
    if _try(account, "connect", service=service, endpoint=endpoint) and accepted:
        _try(account, "accept", service=service, endpoint=endpoint)


def _try(account: Account, event: str, **arguments: Any) -> bool:
    """Whether an event could happen."""
    try:
        apply_event(event, arguments, account.conditions)
    except ValueError:
        return False
    return True


def _ended(account: Account) -> Iterator[str]:
    """After teardowns of both, as long as something is there; a cluster that the other one uses is left for the second
    time.
    """
    account.clock.sleep(3600)  # whatever was changing has changed
    known_first = sorted(CONNECTIONS, key=lambda each: not is_registered(each))
    for final, connection in product((False, True), known_first):
        if account.snapshot.owned():
            given = {"connection": connection, "deleteCluster": True, "finalSnapshot": False, "force": True}
            yield from _run(account, "teardown", given)
            run = account.runs[-1].root
            if run.error not in (None, "NothingFound", None if final else "ClusterInUse"):
                yield f"the last teardown of {connection} ended {run.error}: {run.cause}"
    owned, changes = account.snapshot.owned(), account.snapshot.foreign_changes()
    if owned or changes:
        yield f"left {owned}, changed {changes}"
