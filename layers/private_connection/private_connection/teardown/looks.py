"""The step Find what is ours: which resources of a connection are left, and which of them can be deleted now.

Teardown is a loop. Each round begins with a *look*, which lists all resources of the connection; then it deletes those
that no other resource of ours depends on. The next look shows what is really gone: that AWS accepted a deletion does
not prove it. The loop ends after two looks in a row that found nothing, because AWS may list late what was created a
moment before.

A round takes a batch of what can be deleted, and goes on with the next one while nothing fails. What could not be
deleted comes last in the rounds that follow, so that it keeps nothing else from being tried.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import StepError
from private_connection.failures import Failure
from private_connection.inventory import Inventory, find_inventory
from private_connection.teardown.absence import require_something
from private_connection.teardown.keeping import (
    CLUSTER_KINDS,
    Kept,
    Named,
    Scope,
    adopted_clusters,
    kept_things,
    key,
    reasons_to_stay,
    shared_rules,
    shortened,
)
from private_connection.things import Kind, Search, Thing

USERS_SHOWN_BY: Final[Mapping[Kind, tuple[Kind, ...]]] = {
    "endpointService": ("loadBalancer",),
    "loadBalancer": ("targetGroup", *CLUSTER_KINDS),
    "securityGroupRule": ("securityGroup",),
    "rolePolicy": ("role",),
    "replicationGroup": ("cacheSubnetGroup", "securityGroup"),
}
"""Of which kinds a look shows the users, beside its own: a load balancer names the cluster that it leads to."""


class FailedStep(Contract):
    """A failed step with the resource that it was to remove; without a resource, a failed lookup."""

    failure: Failure
    thing: Thing | None = None


class FindOwned(Contract):
    connection: ConnectionName
    created_by: tuple[str, ...] | None
    delete_cluster: bool
    seen: tuple[Named, ...]
    """What earlier looks found."""
    left: tuple[Thing, ...]
    """What the last look found."""
    failed: tuple[FailedStep, ...]
    """What failed since the last look."""
    clusters: tuple[str, ...]
    """The ids of the clusters that earlier looks met."""
    quiet: int
    stuck: int
    registered: bool
    """Whether the registry knows the connection, so that finding nothing of it is no mistake of the request's."""
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
    clusters: tuple[str, ...]
    """The ids of the clusters that something of the connection names or named."""
    cluster_users: tuple[str, ...]
    """Other connections whose load balancers name the cluster."""
    quiet: int
    """Looks in a row that found nothing left."""
    stuck: int
    """Looks in a row that found the same resources as the one before, with a failure in between."""


def find_owned(request: FindOwned) -> Owned:
    """One look: what is left to remove, what of it can be removed now, and what is kept.

    With ``created_by`` only what these runs made is removed, and of an inline policy what they wrote in it.

    Until the first deletion a failed lookup is raised: without a complete list we cannot tell who is connected or who
    else uses the cluster. Later, and in a scope, what it would have shown the users of waits for the next look.

    Raises `NothingFound` if the second look in a row finds that the connection, of which everything is to be removed,
    has never had anything and is not registered.
    """
    scope, inventory = Scope(request.created_by, request.delete_cluster, request.checked), _look(request)
    if inventory.failures and not request.checked:
        raise inventory.failures[0]
    things = tuple(_counted(_merged(request, inventory), request))
    reasons = reasons_to_stay(things, scope, inventory.cluster_users)
    left = tuple(thing for thing in things if key(thing) not in reasons)
    besides = (*shared_rules(request.seen, things), *adopted_clusters(scope, inventory, request.seen))
    kept = (*kept_things(things, reasons), *besides)
    failed = (*map(_failed_look, inventory.failures), *request.failed) if left or inventory.failures else ()
    quiet = 0 if left or inventory.failures else request.quiet + 1
    if quiet > 1 and not (request.seen or kept or request.registered) and scope.everything:
        require_something(request.connection)
    return Owned(
        seen=tuple(dict.fromkeys((*request.seen, *map(shortened, left)))),
        left=left,
        removable=_positions(left, list(_removable(left, _unclear(inventory)))),
        kept=kept,
        unseen=tuple(inventory.unseen),
        failed=failed,
        clusters=tuple(inventory.clusters),
        cluster_users=tuple(inventory.cluster_users) if scope.everything and scope.delete_cluster else (),
        quiet=quiet,
        stuck=request.stuck + 1 if failed and _same(left, request.left) and not any(t.busy for t in left) else 0,
    )


def _look(request: FindOwned) -> Inventory:
    """Before the first deletion it is thorough: what is found then is remembered."""
    thorough = not request.checked
    return find_inventory(Search(request.connection, request.clusters, request.left, thorough=thorough))


def _unclear(inventory: Inventory) -> tuple[Kind, ...]:
    """The kinds that wait until the next look: those of which this one cannot tell whether somebody else uses them."""
    waiting = (kind for hidden in inventory.unseen for kind in (hidden, *USERS_SHOWN_BY.get(hidden, ())))
    endpoints: tuple[Kind, ...] = () if inventory.endpoints_seen else ("endpointService",)
    return (*waiting, *endpoints)


def _same(left: Sequence[Thing], before: Sequence[Thing]) -> bool:
    return set(map(key, left)) == set(map(key, before))


def _counted(things: Sequence[Thing], request: FindOwned) -> Iterator[Thing]:
    """The things, each with how often it could not be removed."""
    before = {key(each): each.tried for each in request.left}
    failed = {key(each.thing) for each in request.failed if each.thing is not None}
    for thing in things:
        yield thing.model_copy(update={"tried": before.get(key(thing), 0) + (key(thing) in failed)})


def _positions(left: Sequence[Thing], some: Sequence[Thing]) -> tuple[int, ...]:
    """Where some of the things are, those that were tried least often first."""
    positions = {key(each): position for position, each in enumerate(left)}
    return tuple(positions[key(each)] for each in sorted(some, key=lambda each: each.tried))


def _merged(request: FindOwned, inventory: Inventory) -> tuple[Thing, ...]:
    """What is there now; of the kinds that AWS did not list, what was there before."""
    before = [each for each in request.left if each.kind in inventory.unseen]
    return tuple({key(each): each for each in (*before, *inventory.things)}.values())


def _failed_look(error: StepError) -> FailedStep:
    return FailedStep(failure=Failure(error=type(error).__name__, cause=str(error)))


def _removable(left: Sequence[Thing], unclear: Collection[Kind] = ()) -> Iterator[Thing]:
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
        if not held and not thing.busy and thing.kind not in unclear:
            yield thing
