"""The step Compose plan: the parts of a plan put together, as much of it as an execution's output has room for."""

from collections.abc import Iterator, Sequence
from typing import Final

from private_connection.cluster.plan import ClusterPlan
from private_connection.contracts import ConnectionName, Contract
from private_connection.handoff import WideBalancer, reported, zone_findings
from private_connection.planning.changes import Part, added, counted, fitting, merged
from private_connection.planning.plan import Plan, PlannedChange
from private_connection.preflight.cost import NodesMade, Quantities, estimate
from private_connection.request.findings import Finding
from private_connection.settings import settings

ROOM: Final = 128 * 1024
"""Bytes of a plan. An execution's output may have 256 KiB (Step Functions quotas), with all that is around it."""
FINDINGS: Final = 24 * 1024
"""Bytes of it that are kept for all but the changes."""


class ComposePlan(Contract):
    connection: ConnectionName
    workspace_id: str
    cluster: ClusterPlan
    looked_at: str
    changes: tuple[PlannedChange, ...]
    """Those of which there are few, and all of which are told."""
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...]
    beyond: tuple[WideBalancer, ...]
    nodes: int
    """How many nodes the connection will have, as far as they are known."""
    nodes_known: bool
    """Whether these are all, which those of a cluster to adopt are once it is available."""
    staying_load_balancers: int
    """How many load balancers stay that are not asked for."""


def compose_plan(request: ComposePlan) -> Plan:
    """The plan, with what is most urgent to know where there is no room for all, and with what it costs."""
    few = merged(request.changes)
    counts = added([counted(few), *(each.counts for each in request.parts)])
    changes = [*few, *(each for part in request.parts for each in part.changes)]
    shown = tuple(fitting(changes, ROOM - FINDINGS))
    return Plan(
        connection=request.connection,
        status="PLANNED",
        workspace_id=request.workspace_id,
        cluster_id=request.cluster.id,
        region=settings().region,
        looked_at=request.looked_at,
        changes=_ordered(shown),
        counts=counts,
        left_out=counts.create + counts.keep + counts.change + counts.withdraw - len(shown),
        findings=tuple(dict.fromkeys(map(reported, (*request.findings, *zone_findings(request.beyond))))),
        cost=estimate(_quantities(request)),
    )


def _quantities(request: ComposePlan) -> Quantities:
    return Quantities(
        load_balancers=request.nodes,
        made=tuple(_made(request)),
        staying=request.staying_load_balancers,
        nodes_known=request.nodes_known,
    )


def _made(request: ComposePlan) -> Iterator[NodesMade]:
    creation = request.cluster.creation
    is_made = any((each.action, each.type) == ("create", "replicationGroup") for each in request.changes)
    if creation is not None and is_made:
        yield NodesMade(type=creation.node_type, engine=creation.engine, count=request.nodes)


def _ordered(changes: Sequence[PlannedChange]) -> tuple[PlannedChange, ...]:
    """What belongs to no node first, then node by node."""
    return tuple(sorted(changes, key=lambda each: each.node or ""))
