"""What a consumer's endpoint reaches, from its own zone to the nodes.

An interface endpoint stands in a zone and reaches the load balancer's address in that same zone; which targets this one
passes on to is a matter of cross-zone balancing (PrivateLink guide, "Concepts"; Network Load Balancers guide,
"Cross-zone load balancing for target groups").
"""

from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.ec2.interface_endpoints import InterfaceEndpoint
from sandbox.services.elbv2.health import crosses_zones, source_in
from sandbox.services.elbv2.state import forwards_to, timeline
from sandbox.services.paths import path


def reached_through(endpoint: InterfaceEndpoint, now: float) -> set[str]:
    """The addresses, each with its port, that a client gets to through an endpoint of whatever account.

    The endpoint's zones are looked up by their ids: the provider calls them by other names.
    """
    if endpoint.connection.state_at(now) != "available":
        return set()
    zones = backend("ec2", endpoint.region).describe_availability_zones()
    names = [str(each.name) for each in zones if each.zone_id in endpoint.zones()]
    return {each for name in names for each in reached(endpoint.region, endpoint.service.id, name)}


def zones_offered(region: str, service_id: str) -> list[str]:
    """The zones in which an endpoint of the service can stand (DescribeVpcEndpointServices)."""
    return sorted(name for name, _ in services(region)[service_id].zones)


def reached(region: str, service_id: str, zone: str) -> set[str]:
    """The addresses, each with its port, that a client gets to through an endpoint in this zone."""
    elbv2, found = backend("elbv2", region), set[str]()
    for arn in services(region)[service_id].network_load_balancer_arns:
        balancer = elbv2.load_balancers[arn]
        source = source_in(region, balancer, zone)
        for target_group_arn in [each for one in balancer.listeners.values() for each in forwards_to(one)]:
            group = elbv2.target_groups[target_group_arn]
            for member in timeline(elbv2).targets.get(target_group_arn, {}).values():
                passed_on = member.zone in (zone, "all") or crosses_zones(group, balancer)
                open_to = source and passed_on and member.drained_at is None
                if open_to and source and path(region, [source], member.address, member.port).open:
                    found.add(f"{member.address}:{member.port}")
    return found
