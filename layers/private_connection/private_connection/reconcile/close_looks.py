"""What a close look at one node's path, or at one connection's policy, finds.

Each raises `NotYetConsistent` where what it looks at is gone since the whole account was looked at, and `AwsRejected`
where AWS refuses the look.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from private_connection.access.narrowing import compare_policy
from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.handoff import Endpoint
from private_connection.ownership import Tags, is_ours, lacks_tags
from private_connection.paths.endpoint_services import find_service
from private_connection.paths.offers import find_principals
from private_connection.paths.target_group_attributes import has_wanted_attributes
from private_connection.paths.targets import UNDECIDED, target_states
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.selection import ChosenNode
from private_connection.settings import settings

HEALTHY: Final = ("healthy", UNDECIDED)
"""States of a target of which nothing has to be told: one that was registered just now is not judged yet."""


def look_at_node(
    connection: Connected, node: ChosenNode, endpoint: Endpoint, tags: Mapping[str, Tags]
) -> tuple[DriftCode, ...]:
    """What of a node's path has drifted. ``tags`` are those of the load balancers and target groups that are there.

    Where marks are lost no run goes on, and nobody would hear of the rest, such as a stranger who is admitted: so the
    rest is told beside. What lost its marks is asked for no tags of the user's, as no run puts them there.
    """
    if not all(arn in tags for arn in arns_of(node)):
        raise NotYetConsistent(f"looking closely at load balancer and target group ({node.node}): one of them is gone")
    rest = (*_of_target(node, endpoint), *_of_service(connection, endpoint), *_of_group(node))
    if not all(is_ours(tags[arn], connection.name) for arn in arns_of(node)):
        return ("MARKS_LOST", *rest)
    changed = any(lacks_tags(tags[arn], connection.request.tags) for arn in arns_of(node))
    return (*rest, "TAGS_CHANGED") if changed else rest


def look_at_policy(connection: Connected) -> tuple[DriftCode, ...]:
    """Whether a run would change the connection's policy."""
    found = compare_policy(connection.name, connection.handoff.role_arn, connection.request.access_policy)
    if found == "role gone":
        raise NotYetConsistent(f"looking closely at role ({connection.handoff.role_arn}): it is gone")
    if found == "as wanted":
        return ()
    return ("POLICY_GONE",) if found == "gone" else ("POLICY_CHANGED",)


def arns_of(node: ChosenNode) -> tuple[str, str]:
    """Those of its load balancer and target group."""
    return f"{settings().load_balancers}/{node.load_balancer}", _group(node)


def _group(node: ChosenNode) -> str:
    """The ARN of its target group."""
    return f"{settings().target_groups}/{node.target_group}"


def _of_target(node: ChosenNode, endpoint: Endpoint) -> Iterator[DriftCode]:
    own, states = f"{endpoint.ip_address}:{endpoint.port}", target_states(_group(node))
    if not states:
        yield "TARGET_GONE"
    elif set(states) != {own}:
        yield "TARGET_CHANGED"
    elif states[own] not in HEALTHY:
        yield "NODE_UNHEALTHY"


def _of_service(connection: Connected, endpoint: Endpoint) -> Iterator[DriftCode]:
    principal, admitted = settings().ververica_principal, _admitted(connection, endpoint)
    if principal not in admitted:
        yield "PRINCIPAL_GONE"
    if admitted - {principal}:
        yield "STRANGER_ADMITTED"


def _admitted(connection: Connected, endpoint: Endpoint) -> set[str]:
    """Who may ask for a connection to a node's service. Our grant asks for our tags, which somebody may take off it."""
    try:
        return find_principals(endpoint.service_id)
    except AwsRejected as refusal:
        service = find_service(endpoint.service_id)
        if service is None or not is_ours(service.tags, connection.name):
            raise NotYetConsistent(f"{refusal}: it is gone, or has lost our tags") from refusal
        raise


def _of_group(node: ChosenNode) -> Iterator[DriftCode]:
    if not has_wanted_attributes(_group(node), cross_zone=node.cross_zone):
        yield "ATTRIBUTES_CHANGED"
