"""The hand-off: what the Ververica portal asks for, and nothing that AWS would have to be asked for again."""

from private_connection import clients
from private_connection.contracts import ComposeHandoff, Endpoint, Handoff, OfferedNode


def compose_handoff(request: ComposeHandoff) -> Handoff:
    """One endpoint per node, ordered by node."""
    return Handoff(
        connection=request.connection,
        status="READY",
        workspace_id=request.workspace_id,
        role_arn=request.role_arn,
        cluster_id=request.cluster_id,
        region=clients.region(),
        warnings=request.warnings,
        endpoints=tuple(_endpoint(offer) for offer in sorted(request.offers, key=lambda offer: offer.node.node)),
    )


def _endpoint(offer: OfferedNode) -> Endpoint:
    shown = offer.node.model_dump(include=set(Endpoint.model_fields))
    return Endpoint(**shown, service_name=offer.service_name, service_id=offer.service_id)
