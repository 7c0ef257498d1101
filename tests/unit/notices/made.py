"""Notices of each kind, to tell."""

from typing import Any, Final

from private_connection.handoff import Change
from private_connection.notices.events import (
    ConnectionChanged,
    DriftRepaired,
    Failed,
    FindingsChanged,
    Notice,
    Origin,
    Ready,
    ServiceNameChanged,
    ToldEndpoint,
    TornDown,
)
from private_connection.notices.remembered import EndpointChange, ToldFinding

ORIGIN: Final = Origin(
    connection="redis-demo",
    execution="arn:aws:states:eu-central-1:123456789012:execution:Provision:run-1",
    maker="run-1-0a1b2c3d",
    at="2026-01-31T12:00:00Z",
)
FINDING: Final = ToldFinding(code="TLS_OFF", level="warning", field="cluster.id")


def an_endpoint(node: str = "orders-0001-001") -> ToldEndpoint:
    return ToldEndpoint(
        node=node,
        endpoint=f"{node}.abc123.use1.cache.amazonaws.com",
        port=6379,
        availability_zone_id="use1-az1",
        service_name="com.amazonaws.vpce.ap-southeast-1.vpce-svc-0123456789abcdef0",
        service_id="vpce-svc-0123456789abcdef0",
    )


def a_change(node: str = "orders-0001-001") -> Change:
    return Change(node=node, change="changed", service_name="vpce-svc-2", former_service_name="vpce-svc-1")


def an_endpoint_change(number: int = 1) -> EndpointChange:
    return EndpointChange(
        endpoint_id=f"vpce-{number:017}",
        node="orders-0001-001",
        service_id="vpce-svc-0123456789abcdef0",
        owner="794031221915",
        stranger=False,
        change="changed",
        state="available",
        former_state="pendingAcceptance",
    )


def a_ready(**changes: Any) -> Ready:
    fields: dict[str, Any] = {"cluster_id": "orders", "findings": (FINDING,), "changes": (a_change(),)}
    return Ready(**ORIGIN.of(Ready), **fields | {"endpoints": (an_endpoint(),)} | changes)


def one_of_each() -> list[Notice]:
    made = a_ready().model_dump(include={"cluster_id"}) | {"findings": (FINDING,), "changes": (a_change(),)}
    return [
        a_ready(),
        Failed(**ORIGIN.of(Failed), machine="provision", status="FAILED", error="AwsRejected", is_ready=False),
        DriftRepaired(**ORIGIN.of(DriftRepaired), **made, drift=("SERVICE_GONE",), endpoints=(an_endpoint(),)),
        FindingsChanged(
            **ORIGIN.of(FindingsChanged), found_by="run", findings=(FINDING,), added=(FINDING,), gone=(FINDING,)
        ),
        ServiceNameChanged(**ORIGIN.of(ServiceNameChanged), changes=(a_change(),)),
        ConnectionChanged(**ORIGIN.of(ConnectionChanged), endpoints=(an_endpoint_change(),)),
        TornDown(**ORIGIN.of(TornDown)),
    ]
