"""Drift of the path to one node: its load balancer, target group, listener and endpoint service, as far as the look at
the whole account shows them. Pure.
"""

from collections.abc import Iterator

from private_connection.cluster.descriptions import Member
from private_connection.handoff import Endpoint
from private_connection.naming import node_resource
from private_connection.ownership import is_ours, lacks_tags
from private_connection.paths.endpoint_services import EndpointService
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.target_groups import HEALTH_CHECK
from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.connected import Connected


def path_name(connection: Connected, member: Member, account: Account) -> str:
    """The name of a node's load balancer and target group. ``member`` has a port."""
    return node_resource(connection.name, member.id, account.vpcs.get(member.id, ""), member.port or 0)


def of_path(connection: Connected, endpoint: Endpoint, member: Member, account: Account) -> Iterator[DriftCode]:
    """What of the path to a node that was offered has drifted."""
    addresses = account.addresses.get((account.vpcs.get(member.id, ""), member.id))
    if addresses and endpoint.ip_address not in addresses:
        yield "ADDRESS_CHANGED"
    if endpoint.port != member.port:
        yield "PORT_CHANGED"
        return  # all of the path has a name for the new port
    name = path_name(connection, member, account)
    balancer, group = account.balancers.get(name), account.groups.get(name)
    if balancer is None:
        yield "LOAD_BALANCER_GONE"
    else:
        yield from _of_balancer(connection, endpoint, member, balancer, account)
    if group is None:
        yield "TARGET_GROUP_GONE"
        return
    if balancer is not None and balancer.arn not in group.load_balancer_arns:
        yield "LISTENER_GONE"
    if group.health_check != HEALTH_CHECK:
        yield "HEALTH_CHECK_CHANGED"


def _of_balancer(
    connection: Connected, endpoint: Endpoint, member: Member, balancer: LoadBalancer, account: Account
) -> Iterator[DriftCode]:
    if balancer.state == "failed":
        yield "LOAD_BALANCER_FAILED"
    if member.availability_zone not in balancer.zones:
        yield "ZONE_CHANGED"
    yield from _of_service(connection, endpoint, account.services.get(balancer.arn))


def _of_service(connection: Connected, endpoint: Endpoint, service: EndpointService | None) -> Iterator[DriftCode]:
    if service is None:
        yield "SERVICE_GONE"
    elif not is_ours(service.tags, connection.name):
        yield "MARKS_LOST"
    elif service.id != endpoint.service_id:  # somebody made it, and the portal has the one before
        yield "SERVICE_GONE"
    elif service.state == "failed":
        yield "SERVICE_FAILED"
    else:
        if not service.acceptance_required:
            yield "ACCEPTANCE_OFF"
        if lacks_tags(service.tags, connection.request.tags):
            yield "TAGS_CHANGED"
