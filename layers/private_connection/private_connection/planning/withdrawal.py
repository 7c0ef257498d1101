"""The step Plan withdrawal: what a run would take away once it is READY, by what the withdrawal itself goes by."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from private_connection.contracts import ClusterKind, ConnectionName, Contract
from private_connection.inventory import Inventory, find_inventory
from private_connection.planning.changes import Part, merged, part
from private_connection.planning.plan import PlannedChange, Type
from private_connection.planning.surplus_changes import (
    going_changes,
    lost_changes,
    staying_changes,
    tag_changes,
    with_rules_named,
)
from private_connection.registry.claims import findings_of, former_of
from private_connection.registry.entries import Entry
from private_connection.registry.table import find_entry
from private_connection.request.findings import Finding, finding
from private_connection.request.models import AccessPolicy
from private_connection.request.removal import Wanted
from private_connection.request.tags import left_out
from private_connection.surplus import connected_before
from private_connection.teardown.keeping import kept_things
from private_connection.teardown.surplus import Requested, Staying
from private_connection.teardown.withdrawal import judge_surplus, surplus_findings, told_of
from private_connection.things import Key, Search, Thing, key

ROOM: Final = 72 * 1024
"""Bytes for the part."""
OF_PATHS: Final[tuple[Type, ...]] = ("loadBalancer", "targetGroup", "target", "endpointService", "allowedPrincipal")
"""What there is of for each path."""


class PlanWithdrawal(Contract):
    connection: ConnectionName
    cluster_id: str
    kind: ClusterKind
    available: bool
    nodes: tuple[str, ...]
    nodes_known: bool
    paths: tuple[str, ...]
    """The names of the load balancers that are asked for."""
    rules: tuple[str, ...]
    """The ids of the rules of ours that stay, as far as that is known."""
    rules_known: bool
    role_name: str
    workspace_id: str
    access_policy: AccessPolicy
    tags: dict[str, str]


class PlannedWithdrawal(Contract):
    part: Part
    """What goes, and what becomes of the paths that stay: there may be many of them."""
    changes: tuple[PlannedChange, ...]
    """What becomes of all else that stays."""
    staying_load_balancers: int
    """How many load balancers of ours stay that are not asked for: they are paid for."""
    findings: tuple[Finding, ...]


def plan_withdrawal(request: PlanWithdrawal) -> PlannedWithdrawal:
    """Looks at everything that the connection has. Changes nothing, and raises the first lookup that failed."""
    entry = find_entry(request.connection) or Entry(connection=request.connection)
    former = former_of(entry)
    wanted = _wanted(request, left_out(former.tags, request.tags))
    inventory = find_inventory(Search(request.connection, thorough=False, wanted=wanted))
    if inventory.failures:
        raise inventory.failures[0]
    surplus, staying = _judged(request, wanted, inventory)
    going = [thing for thing in surplus if key(thing) not in staying]
    goes = [*going_changes(request.connection, going, rules_known=request.rules_known)]
    stays = [*_of_what_stays(request, wanted, inventory, surplus, staying)]
    left = merged(with_rules_named(stays, inventory.things))
    of_paths = [each for each in left if each.type in OF_PATHS]
    findings = (*_of_entry(entry), *connected_before(former, wanted, inventory), *_of_staying(surplus, staying))
    return PlannedWithdrawal(
        part=part([*with_rules_named(goes, inventory.things), *of_paths], ROOM),
        changes=tuple(each for each in left if each.type not in OF_PATHS),
        staying_load_balancers=sum(
            each.kind == "loadBalancer" and each.created_by is not None for each in surplus if key(each) in staying
        ),
        findings=findings,
    )


def _of_what_stays(
    request: PlanWithdrawal,
    wanted: Wanted,
    inventory: Inventory,
    surplus: Sequence[Thing],
    staying: Mapping[Key, Staying],
) -> Iterator[PlannedChange]:
    """What becomes of it, of one thing more than once."""
    going = [thing for thing in surplus if key(thing) not in staying]
    yield from staying_changes(surplus, staying)
    yield from lost_changes([thing for thing in surplus if key(thing) in staying])
    yield from tag_changes(request.connection, wanted, going, inventory.things)


def _of_staying(surplus: Sequence[Thing], staying: Mapping[Key, Staying]) -> Iterator[Finding]:
    whys = {each: reason.why for each, reason in staying.items()}
    codes = {each: reason.code for each, reason in staying.items()}
    return surplus_findings(told_of([*kept_things(surplus, whys, codes)]))


def _wanted(request: PlanWithdrawal, former_tags: tuple[str, ...]) -> Wanted:
    fields = ("cluster_id", "kind", "nodes", "paths", "rules", "role_name", "workspace_id", "access_policy")
    return Wanted(**{name: getattr(request, name) for name in fields}, tags=former_tags)


def _judged(
    request: PlanWithdrawal, wanted: Wanted, inventory: Inventory
) -> tuple[Sequence[Thing], Mapping[Key, Staying]]:
    """What is surplus, and what of it stays: also where somebody is connected, once nobody new may come."""
    requested = None if request.available else Requested(available=request.nodes_known, members=request.nodes)
    surplus, staying = judge_surplus(inventory.things, wanted, (), inventory.connections, requested)
    stopped = [each.id for each in surplus if each.kind == "endpointService" and key(each) not in staying]
    return judge_surplus(inventory.things, wanted, stopped, inventory.connections, requested)


def _of_entry(entry: Entry) -> Iterator[Finding]:
    yield from findings_of(entry)
    working = entry.worker or entry.holder
    if working is not None or entry.unfinished:
        told = f"execution {working.execution}, which works on it" if working else "what a run that died had made"
        yield finding(
            "PLAN_IN_MOTION",
            "connection",
            told,
            "a connection that no run works on, and of which no run has to be finished first",
            "plan again once that run has ended; a run that is started now finishes first what one that died had made",
        )
