"""The step Find what is ours: which resources of a connection are left, and which of them can be deleted now.

Teardown is a loop. Each round begins with a *look*, which lists all resources of the connection; then it deletes those
that no other resource of ours depends on. The next look shows what is really gone: that AWS accepted a deletion does
not prove it. The loop ends after two looks in a row that found nothing, because AWS may list late what was created a
moment before.

A round takes a batch of what can be deleted, and goes on with the next one while nothing fails. What could not be
deleted comes last in the rounds that follow, so that it keeps nothing else from being tried.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import StepError
from private_connection.failures import Failure
from private_connection.inventory import Inventory, find_inventory
from private_connection.request.removal import Wanted
from private_connection.teardown.absence import require_something
from private_connection.teardown.cluster_users import find_registered_users
from private_connection.teardown.keeping import (
    CLUSTER_KINDS,
    Kept,
    Named,
    Scope,
    adopted_clusters,
    kept_things,
    reasons_to_stay,
    shared_rules,
    shortened,
)
from private_connection.teardown.order import removable_now
from private_connection.teardown.withdrawal import judge_surplus
from private_connection.things import Key, Search, Thing, key

UNREADABLE_AT_MOST: Final = 10
"""Connections whose items cannot be read that a reason names. More than a few are one mistake."""


class FailedStep(Contract):
    """A failed step with the resource that it was to remove; without a resource, a failed lookup."""

    failure: Failure
    thing: Thing | None = None


class FindOwned(Contract):
    connection: ConnectionName
    created_by: tuple[str, ...] | None
    wanted: Wanted | None
    stopped: tuple[str, ...]
    """The services that a withdrawal offers to nobody any more, and at which somebody was connected then, by id."""
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
    """Other connections that use the cluster, by the tags of their load balancers or by the registry."""
    quiet: int
    """Looks in a row that found nothing left."""
    stuck: int
    """Looks in a row that found the same resources as the one before, with a failure in between."""


def find_owned(request: FindOwned) -> Owned:
    """One look: what is left to remove, what of it can be removed now, and what is kept.

    With ``created_by`` only what these runs made is removed, and of an inline policy what they wrote in it. With
    ``wanted`` whatever run made it goes that is not wanted, but for what has to stay.

    Until the first deletion a failed lookup is raised: without a complete list we cannot tell who is connected or who
    else uses the cluster. Later, and in a scope, what it would have shown the users of waits for the next look.

    Raises `NothingFound` if the second look in a row finds that the connection, of which everything is to be removed,
    has never had anything and is not registered.
    """
    scope, inventory = _scope(request), _look(request)
    if inventory.failures and not request.checked:
        raise inventory.failures[0]
    things, reasons, codes = _judged(request, inventory)
    left = tuple(thing for thing in things if key(thing) not in reasons)
    besides = (*shared_rules(request.seen, things), *adopted_clusters(scope, inventory, request.seen))
    kept = (*kept_things(things, reasons, codes), *besides)
    failed = (*map(_failed_look, inventory.failures), *request.failed) if left or inventory.failures else ()
    quiet = 0 if left or inventory.failures else request.quiet + 1
    if quiet > 1 and not (request.seen or kept or request.registered) and scope.everything:
        require_something(request.connection)
    return Owned(
        seen=tuple(dict.fromkeys((*request.seen, *map(shortened, left)))),
        left=left,
        removable=removable_now(left, scope, inventory),
        kept=kept,
        unseen=tuple(inventory.unseen),
        failed=failed,
        clusters=tuple(inventory.clusters),
        cluster_users=tuple(inventory.cluster_users) if scope.everything and scope.delete_cluster else (),
        quiet=quiet,
        stuck=request.stuck + 1 if failed and _same(left, request.left) and not any(t.busy for t in left) else 0,
    )


def _scope(request: FindOwned) -> Scope:
    return Scope(request.created_by, request.delete_cluster, request.wanted, request.checked)


def _judged(
    request: FindOwned, inventory: Inventory
) -> tuple[Sequence[Thing], Mapping[Key, str], Mapping[Key, str | None]]:
    """The things that the teardown is about, why those that stay do so, and the findings that name these."""
    things = tuple(_counted(_merged(request, inventory), request))
    if request.wanted is None:
        return things, reasons_to_stay(things, _scope(request), inventory), {}
    surplus, staying = judge_surplus(things, request.wanted, request.stopped, inventory.connections)
    reasons = {each: reason.why for each, reason in staying.items()}
    return surplus, reasons, {each: reason.code for each, reason in staying.items()}


def _look(request: FindOwned) -> Inventory:
    """Before the first deletion it is thorough: what is found then is remembered."""
    thorough = not request.checked
    search = Search(request.connection, request.clusters, request.left, thorough=thorough, wanted=request.wanted)
    return _with_registered_users(request, find_inventory(search))


def _with_registered_users(request: FindOwned, inventory: Inventory) -> Inventory:
    """The inventory with the users of the cluster that only the registry knows.

    If that gives no answer, a rollback keeps the cluster, and a teardown of everything waits for the next look. Both
    keep it where an item cannot be read, since another look would find the same: that connection may use it.
    """
    groups = {thing.id for thing in inventory.things if thing.kind == "replicationGroup"}
    if not groups or not request.delete_cluster or request.wanted is not None:
        return inventory
    try:
        users = find_registered_users(request.connection, groups)
    except StepError as error:
        if request.created_by is not None:
            return replace(inventory, users_unknown=str(error))
        failures, unseen = [*inventory.failures, error], [*inventory.unseen, *CLUSTER_KINDS[:1]]
        return replace(inventory, failures=failures, unseen=unseen)
    inventory = replace(inventory, cluster_users=sorted({*inventory.cluster_users, *users.of_clusters}))
    return replace(inventory, users_unknown=_unknown(users.unknown)) if users.unknown else inventory


def _unknown(names: Sequence[str]) -> str:
    more = f" and {len(names) - UNREADABLE_AT_MOST} more" if len(names) > UNREADABLE_AT_MOST else ""
    return f"the registry's items of {', '.join(names[:UNREADABLE_AT_MOST])}{more} cannot be read [RECORD_UNREADABLE]"


def _same(left: Sequence[Thing], before: Sequence[Thing]) -> bool:
    return set(map(key, left)) == set(map(key, before))


def _counted(things: Sequence[Thing], request: FindOwned) -> Iterator[Thing]:
    """The things, each with how often it could not be removed."""
    before = {key(each): each.tried for each in request.left}
    failed = {key(each.thing) for each in request.failed if each.thing is not None}
    for thing in things:
        yield thing.model_copy(update={"tried": before.get(key(thing), 0) + (key(thing) in failed)})


def _merged(request: FindOwned, inventory: Inventory) -> tuple[Thing, ...]:
    """What is there now; of the kinds that AWS did not list, what was there before."""
    before = [each for each in request.left if each.kind in inventory.unseen]
    return tuple({key(each): each for each in (*before, *inventory.things)}.values())


def _failed_look(error: StepError) -> FailedStep:
    return FailedStep(failure=Failure(error=type(error).__name__, cause=str(error)))
