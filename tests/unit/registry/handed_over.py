"""What a run that is recorded was asked for, and hands over."""

from typing import Final

from private_connection.handoff import Endpoint, Handoff, ReportedFinding
from private_connection.request.models import ConnectionRequest
from tests.unit.registry.stage import CONNECTION

REQUEST: Final = ConnectionRequest.model_validate(
    {"connection": CONNECTION, "workspaceId": "ws-1", "cluster": {"id": "orders"}}
)


def an_endpoint(node: str) -> Endpoint:
    return Endpoint(
        node=node,
        shard=node[-8:-4],
        role="replica",
        endpoint=f"{node}.{node[:-4]}.abc123.use1.cache.amazonaws.com",
        port=65_535,
        availability_zone="ap-southeast-1-wavelength-1a",
        availability_zone_id="apse1-wl1-sin-wlz1",
        ip_address="255.255.255.255",
        service_name="com.amazonaws.vpce.ap-southeast-1.vpce-svc-0123456789abcdef0",
        service_id="vpce-svc-0123456789abcdef0",
    )


def a_handoff(*findings: ReportedFinding, nodes: int = 2, cluster: str = "orders") -> Handoff:
    return Handoff(
        connection=CONNECTION,
        status="READY",
        workspace_id="ws-1",
        role_arn="arn:aws:iam::123456789012:role/private-connection/r",
        cluster_id=cluster,
        engine="redis",
        transit_encryption=True,
        region="eu-central-1",
        findings=findings,
        changes=(),
        endpoints=tuple(an_endpoint(f"{cluster}-{number:04}-001") for number in range(1, nodes + 1)),
    )
