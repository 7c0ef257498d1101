"""The step Compose hand-off: everything that the Ververica portal asks for, so that nobody has to look it up in AWS."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from private_connection.contracts import ConnectedCluster, ConnectionName, Contract, Node, NodeRole, Port, ZoneSubnets
from private_connection.request.codes import Level
from private_connection.request.findings import TOLD_AT_MOST, Finding, finding
from private_connection.settings import settings


class OfferedNode(Contract):
    """A node with the endpoint service that leads to it."""

    node: Node
    service_id: str
    service_name: str
    load_balancer_subnets: tuple[str, ...]
    """The subnets that its load balancer sits in, one a zone."""
    spread: bool
    """Whether a request has put its load balancer into all zones."""
    strangers: bool = False
    """Whether its service admits others beside Ververica's account."""


class WideBalancer(Contract):
    """A load balancer that has more zones than are asked for, and keeps them."""

    node: str
    subnets: tuple[str, ...]
    spread: bool
    """As of an offered node."""


class ComposeHandoff(Contract):
    connection: ConnectionName
    workspace_id: str
    cluster: ConnectedCluster
    role_arn: str
    findings: tuple[Finding, ...]
    offers: tuple[OfferedNode, ...]
    zone_subnets: ZoneSubnets
    """A subnet in each zone, if load balancers shall be in all of them; otherwise none."""


class Endpoint(Contract):
    """One row of the portal's form, with the zone and the address that a network team asks for."""

    node: str
    shard: str
    role: NodeRole | None
    """What the node was when the hand-off was composed; null in cluster mode."""
    endpoint: str
    port: Port
    availability_zone: str
    availability_zone_id: str
    ip_address: str
    service_name: str
    service_id: str


class ReportedFinding(Contract):
    """A finding in the hand-off; ``message`` says what was found and what was expected."""

    code: str
    level: Level
    field: str
    message: str
    remedy: str


class Change(Contract):
    """A service name that is not what the last hand-off had for a node."""

    node: str
    change: Literal["new", "changed", "gone"]
    service_name: str | None
    """What is to be in the portal; null if the node's row is to be deleted there."""
    former_service_name: str | None


class Handoff(Contract):
    """The output of ``provision``: what to paste into the Ververica portal."""

    connection: ConnectionName
    status: Literal["READY"]
    workspace_id: str
    role_arn: str
    cluster_id: str
    engine: str
    transit_encryption: bool
    """Whether clients have to use TLS."""
    region: str
    findings: tuple[ReportedFinding, ...]
    changes: tuple[Change, ...]
    """Since the last hand-off, ordered by node; in a first one every node is new."""
    endpoints: tuple[Endpoint, ...]


class OvertakenRepair(Contract):
    """The output of ``provision`` for a repair that changed nothing: the connection was changed before it began."""

    connection: ConnectionName
    status: Literal["OVERTAKEN"]


def compose_handoff(request: ComposeHandoff) -> Handoff:
    """One endpoint per node, ordered by node."""
    findings = (*request.findings, *zone_findings(_with_more_zones(request)))
    return Handoff(
        connection=request.connection,
        status="READY",
        workspace_id=request.workspace_id,
        role_arn=request.role_arn,
        cluster_id=request.cluster.id,
        engine=request.cluster.engine,
        transit_encryption=request.cluster.transit_encryption,
        region=settings().region,
        findings=tuple(map(reported, findings)),
        changes=(),  # Record connection knows the last hand-off
        endpoints=tuple(map(_endpoint, _ordered(request.offers))),
    )


def changes_between(former: Mapping[str, str], present: Mapping[str, str]) -> Iterator[Change]:
    """What has to be changed in the portal, where each mapping is of nodes to service names."""
    for node in sorted({*former, *present}):
        before, now = former.get(node), present.get(node)
        if before != now:
            kind: Literal["new", "changed", "gone"] = "new" if before is None else "gone" if now is None else "changed"
            yield Change(node=node, change=kind, service_name=now, former_service_name=before)


def _with_more_zones(request: ComposeHandoff) -> Iterator[WideBalancer]:
    asked = max(1, len(request.zone_subnets))
    for each in request.offers:
        if len(each.load_balancer_subnets) > asked:
            yield WideBalancer(node=each.node.node, subnets=each.load_balancer_subnets, spread=each.spread)


def zone_findings(beyond: Iterable[WideBalancer]) -> Iterator[Finding]:
    """Findings on load balancers that have more zones than are asked for, which they keep with their services."""
    listed = sorted(beyond, key=lambda each: each.node)
    kept = [each for each in listed if each.spread]
    moved = [each for each in listed if not each.spread]
    if moved:
        found = "nodes that moved to another zone, whose load balancers keep the old zone beside the new one"
        yield _beyond("SEVERAL_ZONES", "cluster.id", found, moved)
    if kept:
        found = "load balancers that keep the zones of an earlier request, as their endpoint services exist"
        yield _beyond("ZONES_KEPT", "zones", found, kept)


def _beyond(code: str, field: str, found: str, balancers: Sequence[WideBalancer]) -> Finding:
    shown = [f"{each.node} in {', '.join(each.subnets)}" for each in balancers[:TOLD_AT_MOST]]
    more = [f"and {len(balancers) - TOLD_AT_MOST} more"] if len(balancers) > TOLD_AT_MOST else []
    return finding(
        code,
        field,
        f"{found} ({'; '.join([*shown, *more])})",
        "load balancers in no zone that is not asked for: AWS charges for data that crosses zones",
        "nothing has to be done, as endpoints in each zone reach the node; to end it, tear the connection down, "
        "run again, and enter the new service names in the portal",
    )


def _ordered(offers: Sequence[OfferedNode]) -> list[OfferedNode]:
    return sorted(offers, key=lambda offer: offer.node.node)


def _endpoint(offer: OfferedNode) -> Endpoint:
    of_node = offer.node.model_dump(include=set(Endpoint.model_fields))
    return Endpoint(**of_node, service_name=offer.service_name, service_id=offer.service_id)


def reported(each: Finding) -> ReportedFinding:
    """A finding as the hand-off tells it."""
    return ReportedFinding(code=each.code, level=each.level, field=each.field, message=each.message, remedy=each.remedy)
