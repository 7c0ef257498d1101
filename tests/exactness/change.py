"""What is wrong with what a run changed: the account before it and after it are compared.

A run that fails leaves the account as it was, but for what it found and put right: settings, tags, and addresses that
no node has. Whatever was offered is offered still. No run changes what is foreign, cuts off whoever is connected
unless it is told to, or deletes a cluster with which another connection is READY.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.audit import Facts
from tests.exactness.view import LIVE, MAKER, NAME, USE, VERVERICA, ZONES, Json, View, statements

WHOLE: Final = {
    "allowedPrincipal": ("endpointService", "/"),
    "listener": ("loadBalancer", ":"),
    "target": ("targetGroup", "/"),
}
"""What each kind is a part of, whose name its own begins with, and what comes after that."""


@dataclass(frozen=True)
class Change:
    """One run, and the account before and after it."""

    before: View
    after: View
    machine: str
    request: Json
    status: str
    error: str | None
    cause: str | None = None

    @property
    def connection(self) -> str:
        return str(self.request.get("connection"))

    @property
    def dead(self) -> set[str]:
        """The makers of runs that died, or whose rollback was not complete: the run takes back what they made."""
        item = self.before.items.get(self.connection, {})
        made = {str(each) for each in item.get("unfinished") or ()}
        return made | ({str(item["holder"].get("maker"))} if item.get("holder") else set())

    @property
    def is_forced(self) -> bool:
        return self.machine == "teardown" and bool(self.request.get("force"))

    def leaves_unseen(self, kind: str) -> bool:
        """Whether its rollback says that it could not see such things, of which its own may be left."""
        _, _, unseen = str(self.cause).partition("; not seen: ")
        told = {"role": "role", "rolePolicy": "role policy"}[kind]
        return self.error == "RollbackIncomplete" and told in unseen.partition(" | after ")[0].split(", ")

    @property
    def is_rolled_back(self) -> bool:
        """Whether it failed, and everything that it made is to be gone."""
        kept = self.request.get("onFailure") == "keep" or self.error == "RollbackIncomplete"
        return self.machine == "provision" and self.status == "FAILED" and not kept


def wrong(change: Change) -> Iterator[str]:
    """One sentence for each thing that the run should not have done."""
    yield from _foreign(change)
    yield from _cut_off(change)
    yield from _clusters(change)
    if change.machine == "provision" and change.status == "FAILED":
        yield from _lost(change)
        yield from _statuses(change)
        yield from _no_longer_offered(change)
    if change.error == "ConnectionInUse":
        yield from _no_longer_offered(change)
    if change.is_rolled_back:
        yield from _left(change)


def _foreign(change: Change) -> Iterator[str]:
    """What there was when the world was laid, and is not ours: a world may hold what carries the marks of a run."""
    ours = list(change.before.marked(change.connection))
    parts = [(part, name) for part, (kind, _) in WHOLE.items() for one, name in ours if one == kind]
    beginnings = tuple(f"{kind} {name}" for kind, name in (*ours, *parts))
    for each in set(change.after.foreign_changes) - set(change.before.foreign_changes):
        if not each.startswith(beginnings):
            yield f"changed what is foreign: {each}"


def _cut_off(change: Change) -> Iterator[str]:
    after = change.after.connections()
    for (service, endpoint), state in change.before.connections().items():
        tags = change.before.tags.get(("endpointService", service), {})
        told = (change.is_forced and tags.get(NAME) == change.connection) or tags.get(MAKER) in change.dead
        if state in LIVE and after.get((service, endpoint)) not in LIVE and not told:
            yield f"cut {endpoint} off from {service}: it was {state}, and is {after.get((service, endpoint))}"


def _clusters(change: Change) -> Iterator[str]:
    there = change.after.inventory.get("replicationGroup", {})
    for name, facts in change.before.inventory.get("replicationGroup", {}).items():
        if name in there and (facts["deleting"] or not there[name]["deleting"]):
            continue
        for connection, item in change.after.items.items():
            if connection != change.connection and item.get("status") == "READY" and _cluster_of(item) == name:
                yield f"deleted cluster {name}, with which connection {connection} is READY"


def _cluster_of(item: Json) -> str | None:
    return (item.get("handoff") or {}).get("clusterId")


def _statuses(change: Change) -> Iterator[str]:
    before, after = (each.items.get(change.connection, {}) for each in (change.before, change.after))
    for key in ("status", "handoff"):
        if before.get("status") == "READY" and after.get(key) != before.get(key):
            yield f"it was READY, and its {key} became {after.get(key)}"


def _no_longer_offered(change: Change) -> Iterator[str]:
    gone = _scaled_in(change)
    for service, balancer, target in sorted(change.before.offered() - change.after.offered()):
        maker = change.before.tags.get(("endpointService", service), {}).get(MAKER)
        if target not in gone and maker not in change.dead:
            yield f"{service} on {balancer} was offered and led to {target}, and does not any more"


def _scaled_in(change: Change) -> set[str]:
    """The addresses, with their ports, of nodes that ElastiCache has taken away meanwhile, because they were to go."""
    gone = (each for name, each in change.before.members.items() if name not in change.after.members and each.leaving)
    return {f"{each.address}:{each.port}" for each in gone}


def _lost(change: Change) -> Iterator[str]:
    """What is gone, or is not as it was."""
    for kind, items in change.before.inventory.items():
        for name, facts in items.items():
            found = change.after.inventory.get(kind, {}).get(name)
            if found == facts or _maker(change.before, kind, name) in change.dead or _is_stale(change, kind, name):
                continue
            if found is None:
                if not _was_going(change.before, kind, name):
                    yield f"{kind} {name} is gone: {facts}"
                continue
            for key in {*facts, *found}:
                if facts.get(key) != found.get(key) and not _may_change(change, kind, name, key, facts, found):
                    yield f"{kind} {name}: {key} was {facts.get(key)}, is {found.get(key)}"


def _maker(view: View, kind: str, name: str) -> str | None:
    """The run that made a thing, or what it is a part of."""
    if kind == "tag":
        owner, within, key = name.split("/", 2)
        used = str(view.inventory[kind][name]["value"]) if key.startswith(USE) else None
        return used or _maker(view, owner, within)
    if kind == "rolePolicy":
        return _policy_maker(view, *name.split("/", 1))
    if kind in WHOLE:
        kind, separator = WHOLE[kind]
        name = name.partition(separator)[0]
    tags = view.tags.get((kind, name), {})
    uses = [value for key, value in tags.items() if kind == "securityGroupRule" and key.startswith(USE)]
    return uses[0] if len(uses) == 1 else tags.get(MAKER)


def _was_going(view: View, kind: str, name: str) -> bool:
    """Whether it, or what it is a part of, was being deleted already."""
    if kind == "tag":
        owner, within, _ = name.split("/", 2)
        return _was_going(view, owner, within)
    if kind in WHOLE:
        kind, separator = WHOLE[kind]
        name = name.partition(separator)[0]
    return bool(view.inventory.get(kind, {}).get(name, {}).get("deleting"))


def _policy_maker(view: View, role: str, policy: str) -> str | None:
    """The run that put the policy on the role, whose tag says for which connection of which Region."""
    tags = view.tags.get(("role", role), {})
    puts = {f"{NAME}-{key.removeprefix(USE).replace('/', '-')}": value for key, value in tags.items() if USE in key}
    return puts.get(policy, tags.get(MAKER))


def _is_stale(change: Change, kind: str, name: str) -> bool:
    """Whether it is a target at an address that its node does not have, so that it had to go."""
    group, _, target = name.partition("/")
    return kind == "target" and change.before.right_target(group) != target


def _may_change(change: Change, kind: str, name: str, key: str, facts: Facts, found: Facts) -> bool:
    """Whether a run that fails may leave something of ours changed so."""
    if kind == "tag":
        owner, within, changed = name.split("/", 2)
        return bool(change.before.tags[owner, within].get(MAKER)) and not changed.startswith(NAME)
    if kind in ("role", "rolePolicy") and key in ("trust", "document"):
        was, now = _said(facts[key]), _said(found[key])
        return bool(change.dead) or was == now or ({*was} <= {*now} and change.leaves_unseen(kind))
    allowed: dict[tuple[str, str], Callable[[], bool]] = {
        ("endpointService", "acceptanceRequired"): lambda: found[key] is True,
        ("loadBalancer", "subnets"): lambda: set(_names(facts[key])) <= set(_names(found[key])),
        ("loadBalancer", "attributes"): lambda: True,
        ("targetGroup", "attributes"): lambda: True,
        ("targetGroup", "checks"): lambda: True,
        ("listener", "to"): lambda: True,
        ("target", "zone"): lambda: True,
    }
    is_consumers = kind == "endpointService" and key.startswith("connection ")
    return is_consumers or allowed.get((kind, key), lambda: False)()


def _said(document: object) -> list[str]:
    return sorted(map(str, statements(document)))


def _names(value: object) -> list[str]:
    return list(value) if isinstance(value, list) else []


def _left(change: Change) -> Iterator[str]:
    """What there is that was not there, but for settings of what was there."""
    for kind, items in change.after.inventory.items():
        for name in items.keys() - change.before.inventory.get(kind, {}).keys():
            if not items[name].get("deleting") and not _is_put_back(change, kind, name):
                yield f"left {kind} {name}"


def _is_put_back(change: Change, kind: str, name: str) -> bool:
    """Whether it is a setting of what was there before, or hangs on one: what stays keeps what was made on it."""
    before, after = change.before.inventory, change.after
    if kind == "allowedPrincipal":
        service, _, principal = name.partition("/")
        return principal == VERVERICA and service in before.get("endpointService", {})
    if kind == "listener":
        return name.partition(":")[0] in before.get("loadBalancer", {})
    if kind == "target":
        group, _, target = name.partition("/")
        return after.right_target(group) == target and _is_there(change, group)
    if kind == "tag":
        owner, within, key = name.split("/", 2)
        if owner == "targetGroup" and _is_there(change, within):
            return True
        is_told = owner == "loadBalancer" and key == ZONES  # zones are not taken away again
        return bool(change.before.tags.get((owner, within), {}).get(MAKER)) and (is_told or not key.startswith(NAME))
    return kind == "targetGroup" and _is_there(change, name)


def _is_there(change: Change, group: str) -> bool:
    """Whether a target group was there, or a load balancer that was there forwards to it."""
    before = change.before.inventory
    leading = (name for name in before.get("loadBalancer", {}) if name in change.after.inventory["loadBalancer"])
    return group in before.get("targetGroup", {}) or any(group in change.after.groups_behind(name) for name in leading)


def remaining(change: Change, output: Json) -> Iterator[str]:
    """What carries the marks of a connection after its teardown, and is not named by the report."""
    text = str(output)
    for kind, name in change.after.marked(change.connection):
        has_users = any(key.startswith(USE) for key in change.after.tags[kind, name])
        if name not in text and not has_users:
            yield f"{kind} {name} remains after a teardown, which does not name it"
    uses = {f"{USE}{change.connection}", f"{USE}{change.after.region}/{change.connection}"}
    for (kind, name), tags in change.after.tags.items():
        if tags.get(MAKER) and uses & {*tags} and name not in text:
            yield f"{kind} {name} is used by {change.connection} after its teardown"
