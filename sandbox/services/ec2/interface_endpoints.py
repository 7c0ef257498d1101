"""Interface endpoints as the sandbox keeps them, in the dictionary where moto keeps its own, in their owner's account.

An endpoint has a network interface in each of its subnets, from its creation on. Its state is that of its connection to
the service, in the provider's account: one fact, on which both sides look. The states and their order are those of the
PrivateLink guide, "Interface endpoint states".
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.callers import Caller
from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Refused, backend, every_backend
from sandbox.services.ec2 import interfaces
from sandbox.services.ec2.endpoint_services import Connection, EndpointService, disconnect, services

GONE: Final = "deleted"


@dataclass
class InterfaceEndpoint:
    id: str
    owner: str
    region: str
    vpc_id: str
    service: EndpointService
    subnet_ids: list[str]
    groups: list[str]
    connection: Connection
    tags: dict[str, str]
    token: str | None = None
    interface_ids: list[str] = field(default_factory=list)

    def zones(self) -> list[str]:
        """The ids of the zones that it stands in: their names differ from account to account."""
        ec2 = backend("ec2", self.region, self.owner)
        return [str(ec2.get_subnet(each).availability_zone_id) for each in self.subnet_ids]

    def addresses(self) -> list[str]:
        enis = backend("ec2", self.region, self.owner).enis
        return [str(enis[each].private_ip_address) for each in self.interface_ids if each in enis]


def endpoints(region: str, account: str) -> dict[str, InterfaceEndpoint]:
    """Those of an account that stand, or are being deleted."""
    found: dict[str, InterfaceEndpoint] = backend("ec2", region, account).vpc_end_points
    return found


def settle(region: str, now: float) -> None:
    for each in every_backend("ec2", region):
        for endpoint in [one for one in each.vpc_end_points.values() if one.connection.state_at(now) == GONE]:
            del each.vpc_end_points[endpoint.id]
            interfaces.release(region, endpoint.interface_ids, now, endpoint.owner)


def admits(service: EndpointService, caller: Caller) -> bool:
    """Whether this caller finds the service, and may ask it for a connection.

    By default a service is available to no consumer; it is to the principals that were added (PrivateLink guide,
    "Manage permissions"). Its owner's account is shown it all the same (aws/aws-cdk issue 28851).
    """
    root = f"arn:aws:iam::{caller.account}:root"
    return caller.account == ACCOUNT or bool({"*", root, caller.arn} & service.principals.keys())


def shown(region: str, caller: Caller) -> list[EndpointService]:
    """The services that this caller finds."""
    return [each for each in services(region).values() if each.deleted_at is None and admits(each, caller)]


def subnets_for(service: EndpointService, ec2: Any, subnet_ids: Sequence[str]) -> list[str]:
    """The subnets, if the service is offered in the zone of each, and each has a zone of its own.

    Zones are compared by id. Raises Refused as CreateVpcEndpoint does (terraform-aws-modules/terraform-aws-vpc issues
    785 and 583 have AWS's answers).
    """
    offered, taken = {zone_id for _, zone_id in service.zones}, set[str]()
    for each in subnet_ids:
        zone_id = str(ec2.get_subnet(each).availability_zone_id)
        if zone_id not in offered:
            message = "does not support the availability zone of the subnet"
            raise Refused("InvalidParameter", f"The VPC endpoint service {service.service_name} {message}: {each}.")
        if zone_id in taken:
            message = f"Found another VPC endpoint subnet in the availability zone of {each}. VPC endpoint subnets "
            message += "should be in different availability zones supported by the VPC endpoint service."
            raise Refused("DuplicateSubnetsInSameZone", message)
        taken.add(zone_id)
    return list(subnet_ids)


def make(endpoint: InterfaceEndpoint, conditions: Conditions) -> InterfaceEndpoint:
    """Put an endpoint into its owner's account, and its request before the service.

    Where the service requires no acceptance it comes up by itself. Raises Refused if a subnet has no free address.
    """
    for each in endpoint.subnet_ids:
        description = f"VPC Endpoint Interface {endpoint.id}"
        spec = interfaces.Spec(each, tuple(endpoint.groups), description, "vpc_endpoint")
        made = interfaces.create(endpoint.region, spec, endpoint.owner)
        if made is None:
            interfaces.release(endpoint.region, endpoint.interface_ids, conditions.now(), endpoint.owner)
            raise Refused("InsufficientFreeAddressesInSubnet", f"The subnet {each} has no free address.")
        endpoint.interface_ids.append(made.id)
    service, connection = endpoint.service, endpoint.connection
    service.connections[endpoint.id] = connection
    if not service.acceptance_required:
        connection.turn("pending", "available", conditions.now() + conditions.draw("connection"))
    ec2 = backend("ec2", endpoint.region, endpoint.owner)
    ec2.vpc_end_points[endpoint.id] = endpoint
    ec2.tags[endpoint.id].update(endpoint.tags)
    return endpoint


def delete(endpoint: InterfaceEndpoint, conditions: Conditions) -> None:
    if endpoint.connection.will_be != GONE:
        disconnect(endpoint.connection, conditions)
