"""What consumers do between runs: they connect to endpoint services, are accepted, and let go again.

A service is named by its id, its name, or the name of a load balancer that it offers.
"""

from collections.abc import Sequence
from typing import Any

from sandbox.callers import administrator
from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import backend, live_regions
from sandbox.services.ec2.endpoint_services import CONNECTED, Connection, EndpointService, services
from sandbox.services.ec2.endpoint_services import disconnect as end_connection
from sandbox.services.ec2.interface_endpoints import InterfaceEndpoint, admits, make, shown

STANDING = (*CONNECTED, "rejected")
"""The states of a connection whose endpoint exists: a consumer keeps one that is rejected until it deletes it."""


def connect(
    conditions: Conditions,
    service: str | None = None,
    owner: str | None = None,
    endpoint: str | None = None,
    zone: str | None = None,
) -> None:
    """An interface endpoint of the owner, else of the consumer, asks for a service, or one for each that admits it.

    A zone is named by its id.

    Raises ValueError unless the service lists the owner's account as an allowed principal, and is offered in a zone in
    which the owner has a subnet.
    """
    owner = conditions.account_of("connect", owner)
    if endpoint and not service:
        raise ValueError(f"connect names the endpoint {endpoint} and no service")
    for each in [_service(service)] if service else _asked_by_nobody(owner, conditions.now()):
        _connect(conditions, each, owner, endpoint or f"vpce-{conditions.random.getrandbits(68):017x}", zone)


def _asked_by_nobody(owner: str, now: float) -> list[EndpointService]:
    """The services that admit the owner, and to which he has no endpoint yet."""
    admitting = [each for region in live_regions("ec2") for each in shown(region, administrator(owner))]
    found = [
        service
        for service in admitting
        if not any(each.owner == owner and each.state_at(now) in STANDING for each in service.connections.values())
    ]
    if not found:
        raise ValueError(f"there is no service that account {owner} may connect to and has not")
    return found


def _connect(conditions: Conditions, service: EndpointService, owner: str, endpoint: str, zone: str | None) -> None:
    now = conditions.now()
    if service.state(now) != "Available":
        raise ValueError(f"{service.id} is {service.state(now)}")
    if not admits(service, administrator(owner)):
        raise ValueError(f"account {owner} is not allowed to connect to {service.id}")
    if owner != ACCOUNT:
        conditions.enter(owner, service.region)
    subnet = _subnet(service, owner, zone)
    connection = Connection(endpoint, owner, now)
    made = InterfaceEndpoint(
        endpoint, owner, service.region, subnet.vpc_id, service, [subnet.id], [_default_group(subnet)], connection, {}
    )
    make(made, conditions)


def _subnet(service: EndpointService, owner: str, zone: str | None) -> Any:
    """The owner's first subnet in the zone, or in one in which the service is offered."""
    zones = {zone_id for _, zone_id in service.zones if zone in (None, zone_id)}
    subnets = backend("ec2", service.region, owner).describe_subnets()
    found = [each for each in subnets if each.availability_zone_id in zones and each.cidr_block]
    if not found:
        where = zone or ", ".join(zone_id for _, zone_id in service.zones)
        raise ValueError(f"account {owner} has no subnet in {where} that {service.id} is offered in")
    return min(found, key=lambda each: str(each.id))


def _default_group(subnet: Any) -> str:
    return str(subnet.ec2_backend.get_default_security_group(subnet.vpc_id).id)


def accept(conditions: Conditions, service: str | None = None, endpoint: str | None = None) -> None:
    """Somebody outside the run accepts connections, for example the consumer with a role of this account.

    They are the endpoint, or all that wait for it at a service, or anywhere.
    """
    states = STANDING if endpoint else ("pendingAcceptance",)
    for each in _connections(conditions, service, endpoint, states):
        each.turn("pending", "available", conditions.now() + conditions.draw("connection"))


def disconnect(conditions: Conditions, service: str | None = None, endpoint: str | None = None) -> None:
    """Consumers delete an endpoint, or all that they connected to a service, or to any."""
    for each in _connections(conditions, service, endpoint, STANDING):
        end_connection(each, conditions)


def _connections(
    conditions: Conditions, service: str | None, endpoint: str | None, states: Sequence[str]
) -> list[Connection]:
    now, found = conditions.now(), dict[str, Connection]()
    for one in [_service(service)] if service else _every_service():
        found |= one.connections
    wanted = [each for name, each in found.items() if endpoint in (None, name) and each.state_at(now) in states]
    if not wanted:
        raise ValueError(f"{service or 'the account'} has no connection {endpoint or 'that stands'}")
    return wanted


def _every_service() -> list[EndpointService]:
    return [each for region in live_regions("ec2") for each in services(region).values()]


def _service(wanted: str) -> EndpointService:
    for each in _every_service():
        balancers = [arn.split("/")[2] for arn in each.network_load_balancer_arns]
        if wanted in (each.id, each.service_name, *balancers) and each.deleted_at is None:
            return each
    raise ValueError(f"there is no endpoint service {wanted}")
