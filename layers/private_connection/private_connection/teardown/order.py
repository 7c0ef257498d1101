"""The order of a teardown: which of the resources that are left can be removed now, and which wait for another look."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, get_args

from private_connection.inventory import Inventory
from private_connection.teardown.keeping import CLUSTER_KINDS, Scope
from private_connection.teardown.surplus import rules_waiting
from private_connection.things import Kind, Thing, key

USERS_SHOWN_BY: Final[Mapping[Kind, tuple[Kind, ...]]] = {
    "endpointService": ("loadBalancer",),
    "loadBalancer": ("targetGroup", *CLUSTER_KINDS),
    "securityGroupRule": ("securityGroup",),
    "rolePolicy": ("role",),
    "replicationGroup": ("cacheSubnetGroup", "securityGroup"),
}
"""Of which kinds a look shows the users, beside its own: a load balancer names the cluster that it leads to."""


def removable_now(left: Sequence[Thing], scope: Scope, inventory: Inventory) -> tuple[int, ...]:
    """What can be removed now, by its position in ``left``; last what it has been tried to remove most often."""
    waiting = rules_waiting(left, scope.wanted)
    now = [each for each in _removable(left, _unclear(scope, inventory)) if key(each) not in waiting]
    return _positions(left, now)


def _unclear(scope: Scope, inventory: Inventory) -> tuple[Kind, ...]:
    """The kinds that wait until the next look: those of which this one cannot tell whether somebody else uses them."""
    if scope.wanted is not None and inventory.unseen:
        return get_args(Kind)
    waiting = (kind for hidden in inventory.unseen for kind in (hidden, *USERS_SHOWN_BY.get(hidden, ())))
    endpoints: tuple[Kind, ...] = () if inventory.endpoints_seen else ("endpointService",)
    return (*waiting, *endpoints)


def _positions(left: Sequence[Thing], some: Sequence[Thing]) -> tuple[int, ...]:
    """Where some of the things are, those that were tried least often first."""
    positions = {key(each): position for position, each in enumerate(left)}
    return tuple(positions[key(each)] for each in sorted(some, key=lambda each: each.tried))


def _removable(left: Sequence[Thing], unclear: Collection[Kind] = ()) -> Iterator[Thing]:
    """The resources that no other resource of ours depends on: a load balancer without an endpoint service, a target
    group without a load balancer, … Tags of a cluster go with those of the rest, whose removal takes off all.
    """
    balancers = {thing.name for thing in left if thing.kind == "loadBalancer"}
    serving = {thing.within for thing in left if thing.kind == "endpointService"}
    cluster_there = any(thing.kind == "replicationGroup" for thing in left)
    rules_in = {thing.within for thing in left if thing.kind == "securityGroupRule"}
    tagged = {thing.id for thing in left if thing.kind == "tags"}
    policies_on = {thing.within for thing in left if thing.kind == "rolePolicy"}
    for thing in left:
        held = (
            (thing.kind == "loadBalancer" and thing.name in serving)
            or (thing.kind == "targetGroup" and thing.within in balancers)
            or (thing.kind in ("cacheSubnetGroup", "securityGroup") and cluster_there)
            or (thing.kind == "securityGroup" and thing.id in rules_in)
            or (thing.kind == "role" and thing.id in policies_on)
            or (thing.kind == "tags" and thing.within in tagged)
        )
        if not held and not thing.busy and thing.kind not in unclear:
            yield thing
