"""What a teardown keeps of what it finds, and why.

A rollback keeps what other runs made, and the cluster that they use; a teardown without ``deleteCluster`` the cluster
and its groups; both what others use.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final, Literal

from private_connection.access.sids import mark_of
from private_connection.cluster.clusters import find_clusters
from private_connection.cluster.rule_users import find_rule_users
from private_connection.contracts import Contract
from private_connection.inventory import Inventory
from private_connection.naming import cluster_resource
from private_connection.request.removal import Wanted
from private_connection.things import Key, Kind, Thing, Told, key

CLUSTER_KINDS: Final[tuple[Kind, ...]] = ("replicationGroup", "cacheSubnetGroup", "securityGroup")


class Named(Contract):
    """Kind and name of a resource, all that a report needs: at 150 nodes the state has no room for each ARN twice."""

    kind: str
    name: str


class Kept(Contract):
    """A resource of ours that is not removed, and why."""

    kind: Kind | Literal["cluster"]
    """``cluster`` is one that was adopted, of either kind."""
    name: str
    told: Told = None
    why: str
    code: str | None = None
    """The finding that names it, of one that is surplus."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a teardown is to remove."""

    created_by: tuple[str, ...] | None
    """The makers whose resources alone are removed; null for everything."""
    delete_cluster: bool
    wanted: Wanted | None = None
    """What the connection asks for, if all else is to be removed."""
    checked: bool = True
    """Whether it is known who is connected. Until then every service on our load balancers counts as one to remove."""

    @property
    def everything(self) -> bool:
        return self.created_by is None and self.wanted is None


def shortened(each: Thing | Kept | Named) -> Named:
    return Named(kind=each.kind, name=each.name)


def reasons_to_stay(things: Sequence[Thing], scope: Scope, inventory: Inventory) -> dict[Key, str]:
    """Why each of the things that stay does so."""
    makers = scope.created_by
    use = _unknown_use(inventory)
    if scope.checked:  # before, users that are known end the teardown
        use = _cluster_use(things, makers, inventory)
    reasons = {key(thing): _why_kept(thing, makers, scope.delete_cluster, use) for thing in things}
    staying = {each: why for each, why in reasons.items() if why is not None}
    if not scope.checked:
        staying = {each: why for each, why in staying.items() if each not in _services_in_our_way(things)}
    for each, why in on_what_stays(things, staying):
        staying.setdefault(each, why)
    return staying


def _services_in_our_way(things: Sequence[Thing]) -> set[Key]:
    """The services on our load balancers that are not ours."""
    ours = {thing.name for thing in things if thing.kind == "loadBalancer" and thing.created_by is not None}
    services = (thing for thing in things if thing.kind == "endpointService" and thing.note is not None)
    return {key(thing) for thing in services if thing.within in ours}


def on_what_stays(things: Sequence[Thing], staying: Mapping[Key, str]) -> Iterator[tuple[Key, str]]:
    """The load balancers under services that stay, the target groups behind load balancers that stay, and the roles
    that carry policies that stay.
    """
    services = {thing.within: thing.id for thing in things if thing.kind == "endpointService" and key(thing) in staying}
    under = [thing for thing in things if thing.kind == "loadBalancer" and thing.name in services]
    yield from ((key(thing), f"endpoint service {services[thing.name]} stays") for thing in under)
    kept = [thing for thing in things if thing.kind == "loadBalancer" and key(thing) in staying]
    standing = {thing.name for thing in (*under, *kept)}
    behind = (thing for thing in things if thing.kind == "targetGroup" and thing.within in standing)
    yield from ((key(thing), f"load balancer {thing.within} stays") for thing in behind)
    policies = {thing.within: thing.name for thing in things if thing.kind == "rolePolicy" and key(thing) in staying}
    carrying = (thing for thing in things if thing.kind == "role" and thing.id in policies)
    yield from ((key(thing), f"policy {policies[thing.id]} stays") for thing in carrying)


def kept_things(things: Sequence[Thing], reasons: Mapping[Key, str], codes: Mapping[Key, str | None]) -> Iterator[Kept]:
    for thing in things:
        if key(thing) in reasons:
            yield Kept(
                kind=thing.kind,
                name=thing.name,
                told=thing.told,
                why=reasons[key(thing)],
                code=codes.get(key(thing)),
            )


def shared_rules(seen: Sequence[Named], things: Sequence[Thing]) -> Iterator[Kept]:
    """The rules that earlier looks found, that have lost this connection's tag, and that others still use."""
    there = {thing.name for thing in things}
    rules = [each.name for each in seen if each.kind == "securityGroupRule" and each.name not in there]
    for rule, users in find_rule_users(rules).items():
        why = f"used by connections {', '.join(users)}" if users else "it is there, and carries no connection's tag"
        yield Kept(kind="securityGroupRule", name=rule, why=why)


def adopted_clusters(scope: Scope, inventory: Inventory, seen: Sequence[Named]) -> Iterator[Kept]:
    """The clusters that a request to delete the cluster does not reach, because the connection did not create them."""
    if scope.everything and scope.delete_cluster:
        found = map(shortened, inventory.things)
        own = {each.name for each in (*seen, *found) if each.kind == "replicationGroup"}
        for cluster in find_clusters([each for each in inventory.clusters if each not in own]):
            yield Kept(kind="cluster", name=cluster, why="adopted: this connection did not create it")


def _why_kept(
    thing: Thing, makers: Collection[str] | None, delete_cluster: bool, cluster_use: str | None
) -> str | None:
    if thing.note is not None:
        return thing.note
    if thing.kind in CLUSTER_KINDS and not delete_cluster:
        return "deleteCluster is not set"
    if makers is not None and thing.kind == "rolePolicy":
        return None if set(map(mark_of, makers)).intersection(thing.marks) else "written by another run"
    if makers is not None and thing.created_by not in makers:
        return f"made by run {thing.created_by}"
    return cluster_use if thing.kind in CLUSTER_KINDS else None


def _cluster_use(things: Sequence[Thing], makers: Collection[str] | None, inventory: Inventory) -> str | None:
    """Who uses the cluster beside these runs: other connections, or another run of this one, which may be READY.

    A teardown of everything refuses while others use the cluster. These came after its check.
    """
    if inventory.cluster_users:
        return f"used by connections {', '.join(inventory.cluster_users)}"
    if makers is None or inventory.users_unknown is not None:
        return _unknown_use(inventory)
    made = [thing for thing in things if thing.kind in CLUSTER_KINDS and thing.created_by in makers]
    names = {thing.name.partition("/")[0] for thing in made}
    balancers = [thing for thing in things if thing.kind == "loadBalancer" and _may_lead_to(thing, names)]
    runs = {thing.created_by for thing in balancers if thing.created_by is not None or thing.cluster is not None}
    others = sorted("unknown" if run is None else run for run in runs - {*makers})
    return f"used by load balancers of run {', '.join(others)}" if others else None


def _unknown_use(inventory: Inventory) -> str | None:
    if inventory.users_unknown is None:
        return None
    return f"whether other connections use it is not known: {inventory.users_unknown} [CLUSTER_LEFT]"


def _may_lead_to(balancer: Thing, names: Set[str]) -> bool:
    """Whether a load balancer leads to one of these clusters, or to one of which these are groups, or does not say."""
    return balancer.cluster is None or not names.isdisjoint((balancer.cluster, cluster_resource(balancer.cluster)))
