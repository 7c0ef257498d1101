"""VPC endpoint services as the sandbox keeps them, in the dictionary where moto keeps its own.

A deleted service stays listed for a while, first as Deleting, then as Deleted; until it is Deleted it holds its load
balancer. Connections are those that consumers made to the service; accepting, rejecting and deleting one takes time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Refused, backend, live_regions

CONNECTED = ("pendingAcceptance", "pending", "available", "partial")
"""EC2 lists ``Partial`` among the states (API model, State) and says nothing of it; here it is somebody connected."""


@dataclass
class Connection:
    """A consumer's endpoint; `turns_into` is the state it will have from a moment on."""

    vpc_endpoint_id: str
    owner: str
    created_at: float
    state: str = "pendingAcceptance"
    turns_into: str | None = None
    turns_at: float = inf
    unlisted_at: float = inf

    def state_at(self, now: float) -> str:
        return self.turns_into if self.turns_into and self.turns_at <= now else self.state

    def turn(self, state: str, into: str | None = None, at: float = inf) -> None:
        self.state, self.turns_into, self.turns_at = state, into, at

    @property
    def will_be(self) -> str:
        """The state that it ends in, which somebody decided: the state of a moment depends on the time alone."""
        return self.turns_into or self.state


@dataclass
class EndpointService:
    """Attribute names that moto reads (`id`, `network_load_balancer_arns`) are moto's."""

    id: str
    region: str
    network_load_balancer_arns: list[str]
    acceptance_required: bool
    zones: list[tuple[str, str]]
    created_at: float
    available_at: float
    token: str | None = None
    request: dict[str, Any] = field(default_factory=dict)
    principals: dict[str, str] = field(default_factory=dict)
    connections: dict[str, Connection] = field(default_factory=dict)
    fails: bool = False
    """Whether it is Failed in the end (EC2 API reference, ServiceConfiguration, `ServiceState`)."""
    deleted_at: float | None = None
    unlisted_at: float = inf

    @property
    def service_name(self) -> str:
        return f"com.amazonaws.vpce.{self.region}.{self.id}"

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{self.region}:{ACCOUNT}:vpc-endpoint-service/{self.id}"

    def state(self, now: float) -> str:
        if self.deleted_at is not None:
            return "Deleted" if self.deleted_at <= now else "Deleting"
        if self.available_at > now:
            return "Pending"
        return "Failed" if self.fails else "Available"

    def holds(self, balancer_arn: str, now: float) -> bool:
        return balancer_arn in self.network_load_balancer_arns and self.state(now) != "Deleted"

    def live_connections(self, now: float) -> list[Connection]:
        return [each for each in self.connections.values() if each.state_at(now) in CONNECTED]

    def to_dict(self) -> dict[str, Any]:
        """What moto shows of it to consumers (DescribeVpcEndpointServices)."""
        return {
            "ServiceName": self.service_name,
            "ServiceId": self.id,
            "ServiceType": [{"ServiceType": "Interface"}],
            "AvailabilityZones": [name for name, _ in self.zones],
            "Owner": ACCOUNT,
            "BaseEndpointDnsNames": [f"{self.id}.{self.region}.vpce.amazonaws.com"],
            "VpcEndpointPolicySupported": False,
            "AcceptanceRequired": self.acceptance_required,
            "ManagesVpcEndpoints": False,
        }


def services(region: str) -> dict[str, EndpointService]:
    found: dict[str, EndpointService] = backend("ec2", region).configurations
    return found


def zones_of(balancers: Sequence[Any]) -> list[tuple[str, str]]:
    """Zones in which a service of these load balancers is offered, by name and id."""
    if not balancers:
        raise Refused("InvalidParameter", "At least one load balancer ARN must be provided.")
    zones = {each.availability_zone: each.availability_zone_id for one in balancers for each in one.subnets}
    return sorted(zones.items())


def settle(region: str, conditions: Conditions) -> None:
    if region not in live_regions("ec2"):
        return
    now, held = conditions.now(), services(region)
    for service_id in [each.id for each in held.values() if each.unlisted_at <= now]:
        del held[service_id]
        backend("ec2", region).tags.pop(service_id, None)
    for service in held.values():
        for endpoint_id in [each.vpc_endpoint_id for each in service.connections.values() if each.unlisted_at <= now]:
            del service.connections[endpoint_id]


def delete(service: EndpointService, conditions: Conditions) -> None:
    if service.deleted_at is None:
        service.deleted_at = conditions.now() + conditions.draw("endpoint_service_deletion")
        service.unlisted_at = service.deleted_at + conditions.draw("endpoint_service_listing")


def disconnect(connection: Connection, conditions: Conditions) -> None:
    """The consumer deletes its endpoint. The connection is deleting, then deleted, and leaves the list like a service.

    EC2 API reference, DescribeVpcEndpointConnections, has both states. How long one stays listed is not documented.
    """
    deleted_at = conditions.now() + conditions.draw("disconnection")
    connection.turn("deleting", "deleted", deleted_at)
    connection.unlisted_at = deleted_at + conditions.draw("endpoint_service_listing")
