"""Removing a connection: what is left, what of it can go now, and what to say in the end.

Teardown is a loop over looks. Each look takes stock, whatever has nothing of ours in its way is deleted, and the next
look judges: an answer proves nothing. Two quiet looks in a row end it, because what was created a moment before may
show late.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from private_connection.contracts import Document, ExplainFailure, Failure
from private_connection.errors import StepError, StepTimedOut
from private_connection.failures import explain_failure
from private_connection.inventory import find_inventory
from private_connection.ownership import taggable
from private_connection.request.parsing import parse
from private_connection.teardown.contracts import (
    ComposeReport,
    FailedStep,
    FindOwned,
    Kept,
    Listing,
    Named,
    Owned,
    Report,
    TeardownRequest,
    Thing,
)

NAMED_AT_MOST = 50
CLUSTER_KINDS = ("replicationGroup", "cacheSubnetGroup", "securityGroup")
SHARED = ("securityGroupRule", "rolePolicy", "role")
"""What may serve other connections too, so that its maker says nothing about who made this connection."""
SETTINGS = ("securityGroupRule", "rolePolicy")
"""What a later execution converges rather than makes: it stays as long as something that another one made does."""


def validate_teardown(document: Document) -> TeardownRequest:
    """Reads the input of ``teardown``. Raises `InvalidRequest` naming each field that is wrong."""
    return parse(TeardownRequest, document.root)


def find_owned(request: FindOwned) -> Owned:
    """One look: what is left to remove, what of it can be removed now, and what stays.

    With ``created_by`` only what that execution made is to be removed. What cannot be tagged, and the rules, are then
    removed only if that execution made the connection, which is so when nothing of it was made by another one.

    Before anything is removed everything must have been seen, or else what a refused look failed of is raised: who is
    connected, or uses the cluster, would not be known.
    """
    inventory = find_inventory(request.connection)
    if inventory.failures and not request.checked:
        raise inventory.failures[0]
    things = _merged([each for each in request.left if each.kind in inventory.unseen], inventory.things)
    kept = list(_kept(things, request, inventory.cluster_users))
    staying = {(each.kind, each.name) for each in kept}
    left = tuple(thing for thing in things if (thing.kind, thing.name) not in staying)
    failed = (*map(_failed_look, inventory.failures), *request.failed) if left or inventory.failures else ()
    unclear = SETTINGS if request.created_by is not None and inventory.unseen else ()
    everything = request.created_by is None and request.delete_cluster
    return Owned(
        seen=tuple(dict.fromkeys((*request.seen, *map(_named, left)))),
        left=left,
        removable=tuple(each for each in _removable(left) if each.kind not in unclear),
        kept=tuple(kept),
        unseen=tuple(inventory.unseen),
        failed=failed,
        cluster_users=tuple(inventory.cluster_users) if everything else (),
        quiet=0 if left or inventory.failures else request.quiet + 1,
        stuck=request.stuck + 1 if failed and _same(left, request.left) and not any(t.busy for t in left) else 0,
    )


def _same(left: Sequence[Thing], before: Sequence[Thing]) -> bool:
    return {(each.kind, each.id) for each in left} == {(each.kind, each.id) for each in before}


def _merged(before: Sequence[Thing], now: Sequence[Thing]) -> tuple[Thing, ...]:
    return tuple({(each.kind, each.id): each for each in (*before, *now)}.values())


def _named(each: Thing | Kept | Named) -> Named:
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
    """What nothing of ours holds any more: a load balancer without endpoint service, a target group without load
    balancer, …
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


# ------------------------------------------------------------------ the report


def compose_report(request: ComposeReport) -> Report:
    """What was removed, what was kept and why, what remains, and what stood in the way."""
    there = {*map(_named, request.kept), *map(_named, request.left)}
    gone = [each for each in request.seen if each not in there]
    clean = not request.left and not request.failed
    removed, remains = _listing(gone), _listing(request.left)
    summary = f"removed {_told(removed)}; kept {_told(_listing(request.kept))}; remaining {_told(remains)}"
    summary += f"; not seen: {', '.join(request.unseen)}" if request.unseen else ""
    explained = None if clean else explain_failure(ExplainFailure(failures=tuple(_failures(request))))
    return Report(
        connection=request.connection,
        clean=clean,
        removed=removed,
        kept=request.kept[:NAMED_AT_MOST],
        remains=remains,
        unseen=request.unseen,
        summary=summary,
        error=explained.error if explained else None,
        cause=f"{explained.cause} | {summary}" if explained else None,
    )


def _failures(request: ComposeReport) -> list[Failure]:
    """What failed; the end of the wait, where nothing did."""
    late = Failure(error=StepTimedOut.__name__, cause="removing the connection: what remains did not go away in time")
    return [each.failure for each in request.failed] or [late]


def _listing(things: Sequence[Thing | Kept | Named]) -> Listing:
    named = [_named(each) for each in things]
    return Listing(counts=dict(Counter(each.kind for each in named)), first=tuple(named[:NAMED_AT_MOST]))


def _told(listing: Listing) -> str:
    """``2 loadBalancer (pc-a, pc-b), 1 role (x)``, or ``nothing``."""
    names: dict[str, list[str]] = {}
    for each in listing.first:
        names.setdefault(each.kind, []).append(each.name)
    return (
        ", ".join(f"{count} {kind} ({', '.join(names.get(kind, []))})" for kind, count in listing.counts.items())
        or "nothing"
    )
