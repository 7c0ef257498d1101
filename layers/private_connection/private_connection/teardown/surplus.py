"""Surplus: what carries a connection's marks and is not among what it asks for, and what of that has to stay.

It is withdrawn once the connection is recorded, so that a run that fails costs no path that served. Nobody is cut off:
a service at which somebody is connected stays with its load balancer, offered to nobody new. Clusters are never deleted
on this road.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from private_connection.naming import cluster_resource
from private_connection.request.removal import Wanted
from private_connection.things import Key, Thing, key

Code = Literal["SURPLUS_IN_USE", "SURPLUS_LATER", "SURPLUS_LEFT", "CLUSTER_LEFT"]
PATH_KINDS: Final = ("endpointService", "loadBalancer", "targetGroup")


@dataclass(frozen=True, slots=True)
class Requested:
    """The cluster that is asked for, as it was looked up together with the things."""

    available: bool
    members: Collection[str]


@dataclass(frozen=True, slots=True)
class Staying:
    """Why something that is surplus stays, and the finding that names it; null where another one's does."""

    why: str
    code: Code | None


def find_surplus(things: Sequence[Thing], wanted: Wanted) -> list[Thing]:
    """What is not wanted of the things that are ours, and what of others is in the way of removing it."""
    unwanted = [thing for thing in things if not _is_wanted(thing, wanted)]
    balancers = {thing.name for thing in unwanted if thing.kind == "loadBalancer" and thing.created_by is not None}
    return [thing for thing in unwanted if _is_ours(thing) or thing.within in balancers]


def reasons_in_surplus(
    surplus: Sequence[Thing], wanted: Wanted, requested: Requested, in_use: Mapping[str, str]
) -> dict[Key, Staying]:
    """Why each of the surplus things that stay does so. ``in_use`` says of services who is connected, by id."""
    leading = {thing.name: thing.cluster for thing in surplus if thing.kind == "loadBalancer"}
    returned = {*requested.members} - {*wanted.nodes}
    back = {thing.within for thing in surplus if thing.node in returned}  # the load balancers of nodes that came back
    staying = dict[Key, Staying]()
    for thing in surplus:
        reason = _of_thing(thing, surplus, in_use)
        if reason is None and _cluster_of(thing, leading) == wanted.cluster_id:
            is_member = bool(back) if thing.kind == "securityGroupRule" else _balancer_of(thing) in back
            reason = _of_requested(wanted, requested, is_member=is_member)
        if reason is not None:
            staying[key(thing)] = reason
    return staying | dict(_rules_in_use(surplus, wanted, in_use))


def _balancer_of(thing: Thing) -> str | None:
    """The name of the load balancer that it is, or is a part of a path with."""
    return thing.name if thing.kind == "loadBalancer" else thing.within


def _cluster_of(thing: Thing, leading: Mapping[str, str | None]) -> str | None:
    """The cluster that a rule opens, or that a part of a path leads to. ``leading`` has it by load balancer."""
    return leading.get(_balancer_of(thing) or "") if thing.kind in PATH_KINDS else thing.cluster


def _is_ours(thing: Thing) -> bool:
    """Whether it has our marks. A policy of ours has no tags; what has a note and a maker is ours, and held."""
    return thing.created_by is not None or thing.note is None


def _is_wanted(thing: Thing, wanted: Wanted) -> bool:
    if thing.kind in PATH_KINDS:
        return (thing.within if thing.kind == "endpointService" else thing.name) in wanted.paths
    if thing.kind == "securityGroupRule":
        return thing.id in wanted.rules
    if thing.kind in ("rolePolicy", "role"):
        return wanted.role_name in (thing.within, thing.id)
    if thing.kind == "replicationGroup":
        return thing.id == wanted.cluster_id
    if thing.kind in ("cacheSubnetGroup", "securityGroup"):
        return thing.name.partition("/")[0] == cluster_resource(wanted.cluster_id)
    return False


def _of_thing(thing: Thing, surplus: Sequence[Thing], in_use: Mapping[str, str]) -> Staying | None:
    if thing.note is not None:
        return Staying(thing.note, "SURPLUS_LEFT")
    if thing.kind == "endpointService" and thing.id in in_use:
        return Staying(in_use[thing.id], "SURPLUS_IN_USE")
    if thing.kind == "replicationGroup":
        return Staying("a run deletes no cluster", "CLUSTER_LEFT")
    if thing.kind in ("cacheSubnetGroup", "securityGroup"):
        groups = [each.id for each in surplus if each.kind == "replicationGroup"]
        name = thing.name.partition("/")[0]
        uses = next((each for each in groups if cluster_resource(each) == name), None)
        return Staying(f"cluster {uses} stays", None) if uses else None
    return None


def _of_requested(wanted: Wanted, requested: Requested, *, is_member: bool) -> Staying | None:
    """Of the cluster that is asked for nothing is withdrawn while its nodes may be changing."""
    if not requested.available:
        return Staying(f"cluster {wanted.cluster_id} is not available", "SURPLUS_LATER")
    if is_member:
        return Staying(f"a node that had left cluster {wanted.cluster_id} is one of it again", "SURPLUS_LATER")
    return None


def _rules_in_use(surplus: Sequence[Thing], wanted: Wanted, in_use: Collection[str]) -> Iterator[tuple[Key, Staying]]:
    """The rules of other clusters to which somebody is connected still."""
    under = {thing.within for thing in surplus if thing.kind == "endpointService" and thing.id in in_use}
    balancers = [thing for thing in surplus if thing.kind == "loadBalancer" and thing.name in under]
    clusters = {thing.cluster: thing.name for thing in balancers if thing.cluster not in (None, wanted.cluster_id)}
    for thing in surplus:
        if thing.kind == "securityGroupRule" and thing.cluster in clusters:
            yield key(thing), Staying(f"load balancer {clusters[thing.cluster]} stays", None)


def rules_waiting(left: Sequence[Thing], wanted: Wanted | None) -> set[Key]:
    """The rules of other clusters that may only go after their load balancers: somebody may be connected to these."""
    clusters = {thing.cluster for thing in left if thing.kind == "loadBalancer"}
    rules = [thing for thing in left if thing.kind == "securityGroupRule" and thing.cluster in clusters]
    return {key(rule) for rule in rules if wanted is not None and rule.cluster not in (None, wanted.cluster_id)}
