"""The step Find what is ours: which resources of a connection are left, and which of them can be deleted now.

Teardown is a loop. Each round begins with a *look*, which lists all resources of the connection; then it deletes those
that no other resource of ours depends on. The next look shows what is really gone: that AWS accepted a deletion does
not prove it. The loop ends after two looks in a row that found nothing, because AWS may list late what was created a
moment before.

A round takes a batch of what can be deleted, and goes on with the next one while nothing fails. What could not be
deleted comes last in the rounds that follow, so that it keeps nothing else from being tried.
"""

from collections.abc import Iterator, Sequence

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import StepError
from private_connection.failures import Failure
from private_connection.inventory import Kind, Thing, find_inventory
from private_connection.ownership import taggable

CLUSTER_KINDS = ("replicationGroup", "cacheSubnetGroup", "securityGroup")
SHARED = ("securityGroupRule", "rolePolicy", "role")
"""Kinds that connections share. Their created-by tag may name another connection's run, so it proves nothing about this
one.
"""
SETTINGS = ("securityGroupRule", "rolePolicy")
"""Kinds that a re-run updates in place. A rollback keeps them while resources of another run exist."""


class Named(Contract):
    """Kind and name of a resource, all that a report needs: at 150 nodes the state has no room for each ARN twice."""

    kind: str
    name: str


class Kept(Contract):
    """A resource of ours that is not removed, and why."""

    kind: Kind
    name: str
    why: str


class FailedStep(Contract):
    """A failed step with the resource that it was to remove; without a resource, a failed lookup."""

    failure: Failure
    thing: Thing | None = None


class FindOwned(Contract):
    connection: ConnectionName
    created_by: str | None
    delete_cluster: bool
    seen: tuple[Named, ...]
    """What earlier looks found."""
    left: tuple[Thing, ...]
    """What the last look found."""
    failed: tuple[FailedStep, ...]
    """What failed since the last look."""
    quiet: int
    stuck: int
    checked: bool
    """True once "Check connections" has passed; from then on things may have been deleted."""


class Owned(Contract):
    """One look at what is ours."""

    seen: tuple[Named, ...]
    left: tuple[Thing, ...]
    removable: tuple[int, ...]
    """Which of ``left`` no other resource of ours holds, by position; last those that it has been tried to remove."""
    kept: tuple[Kept, ...]
    unseen: tuple[str, ...]
    """The kinds that AWS did not list; of these, ``left`` has what earlier looks found."""
    failed: tuple[FailedStep, ...]
    cluster_users: tuple[str, ...]
    """Other connections whose load balancers name the cluster."""
    quiet: int
    """Looks in a row that found nothing left."""
    stuck: int
    """Looks in a row that found the same resources as the one before, with a failure in between."""


def find_owned(request: FindOwned) -> Owned:
    """One look: what is left to remove, what of it can be removed now, and what is kept.

    With ``created_by`` only the resources of that execution are removed. Rules and inline policies are then removed
    only if no other execution made anything of the connection: a re-run updates them in place, and IAM keeps no tags of
    inline policies, so nothing says which execution they are from.

    Until the first deletion a failed lookup is raised: without a complete list we cannot tell who is connected or who
    else uses the cluster.
    """
    inventory = find_inventory(request.connection)
    if inventory.failures and not request.checked:
        raise inventory.failures[0]
    listed = _merged([each for each in request.left if each.kind in inventory.unseen], inventory.things)
    things = tuple(_counted(listed, request))
    kept = list(_kept(things, request, inventory.cluster_users))
    staying = {(each.kind, each.name) for each in kept}
    left = tuple(thing for thing in things if (thing.kind, thing.name) not in staying)
    failed = (*map(_failed_look, inventory.failures), *request.failed) if left or inventory.failures else ()
    unclear = SETTINGS if request.created_by is not None and inventory.unseen else ()
    everything = request.created_by is None and request.delete_cluster
    return Owned(
        seen=tuple(dict.fromkeys((*request.seen, *map(shortened, left)))),
        left=left,
        removable=_positions(left, [each for each in _removable(left) if each.kind not in unclear]),
        kept=tuple(kept),
        unseen=tuple(inventory.unseen),
        failed=failed,
        cluster_users=tuple(inventory.cluster_users) if everything else (),
        quiet=0 if left or inventory.failures else request.quiet + 1,
        stuck=request.stuck + 1 if failed and _same(left, request.left) and not any(t.busy for t in left) else 0,
    )


def _same(left: Sequence[Thing], before: Sequence[Thing]) -> bool:
    return {(each.kind, each.id) for each in left} == {(each.kind, each.id) for each in before}


def _counted(things: Sequence[Thing], request: FindOwned) -> Iterator[Thing]:
    """The things, each with how often it could not be removed."""
    before = {(each.kind, each.id): each.tried for each in request.left}
    failed = {(each.thing.kind, each.thing.id) for each in request.failed if each.thing is not None}
    for thing in things:
        key = (thing.kind, thing.id)
        yield thing.model_copy(update={"tried": before.get(key, 0) + (key in failed)})


def _positions(left: Sequence[Thing], some: Sequence[Thing]) -> tuple[int, ...]:
    """Where some of the things are, those that were tried least often first."""
    positions = {(each.kind, each.id): position for position, each in enumerate(left)}
    return tuple(positions[each.kind, each.id] for each in sorted(some, key=lambda each: each.tried))


def _merged(before: Sequence[Thing], now: Sequence[Thing]) -> tuple[Thing, ...]:
    return tuple({(each.kind, each.id): each for each in (*before, *now)}.values())


def shortened(each: Thing | Kept | Named) -> Named:
    return Named(kind=each.kind, name=each.name)


def _failed_look(error: StepError) -> FailedStep:
    return FailedStep(failure=Failure(error=type(error).__name__, cause=str(error)))


def _kept(things: Sequence[Thing], request: FindOwned, cluster_users: Sequence[str]) -> Iterator[Kept]:
    scope = None if request.created_by is None else taggable(request.created_by, 80)
    made = [thing for thing in things if thing.kind not in SHARED]
    others = scope is not None and any(thing.created_by not in (None, scope) for thing in made)
    for thing in things:
        why = _why_kept(thing, scope, others, request.delete_cluster, cluster_users)
        if why is not None:
            yield Kept(kind=thing.kind, name=thing.name, why=why)


def _why_kept(
    thing: Thing, scope: str | None, others: bool, delete_cluster: bool, cluster_users: Sequence[str]
) -> str | None:
    if thing.note is not None:
        return thing.note
    if thing.kind in CLUSTER_KINDS and not delete_cluster:
        return "deleteCluster is not set"
    if scope is None:
        return None
    if thing.kind in SETTINGS and others:
        return "a setting of a connection that another execution made"
    if thing.created_by not in (None, scope):
        return f"made by execution {thing.created_by}"
    if thing.kind in CLUSTER_KINDS and cluster_users:
        return f"used by connections {', '.join(cluster_users)}"
    return None


def _removable(left: Sequence[Thing]) -> Iterator[Thing]:
    """The resources that no other resource of ours depends on: a load balancer without an endpoint service, a target
    group without a load balancer, …
    """
    balancers = {thing.name for thing in left if thing.kind == "loadBalancer"}
    serving = {thing.within for thing in left if thing.kind == "endpointService"}
    cluster_there = any(thing.kind == "replicationGroup" for thing in left)
    rules_in = {thing.within for thing in left if thing.kind == "securityGroupRule"}
    policies_on = {thing.within for thing in left if thing.kind == "rolePolicy"}
    for thing in left:
        held = (
            (thing.kind == "loadBalancer" and thing.name in serving)
            or (thing.kind == "targetGroup" and thing.within in balancers)
            or (thing.kind in ("cacheSubnetGroup", "securityGroup") and cluster_there)
            or (thing.kind == "securityGroup" and thing.id in rules_in)
            or (thing.kind == "role" and thing.id in policies_on)
        )
        if not held and not thing.busy:
            yield thing
