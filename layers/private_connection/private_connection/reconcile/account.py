"""The account as one read-only look at all of it found it.

The number of calls depends on how much of each kind there is, by pages, never on how many connections or nodes there
are. The names of what runs make are deterministic, so no tags of load balancers and target groups are read, which would
take a call for twenty.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from private_connection.access.roles import Role
from private_connection.cluster.admission import Rule
from private_connection.cluster.clusters import all_cache_clusters, nodes_of
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.interfaces import all_interfaces
from private_connection.cluster.networks import Subnet, all_subnets
from private_connection.cluster.replication_groups import all_replication_groups
from private_connection.cluster.rules import find_rules
from private_connection.cluster.subnet_groups import all_subnet_groups
from private_connection.errors import Terminal
from private_connection.paths.endpoint_connections import EndpointConnection, all_connections
from private_connection.paths.endpoint_services import EndpointService, list_endpoint_services
from private_connection.paths.load_balancer_descriptions import LoadBalancer, all_load_balancers
from private_connection.paths.target_groups import TargetGroup, all_target_groups
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.used_roles import find_used_roles
from private_connection.registry.table import now
from private_connection.settings import settings

Key = TypeVar("Key", bound=Hashable)
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Account:
    """What connections consist of, each by what they are known by."""

    at: datetime
    """When the look began."""
    principal: str
    """The ARN of Ververica's principal."""
    clusters: Mapping[str, Cluster]
    """Replication groups and standalone clusters, by id."""
    members: Mapping[str, Member]
    """Nodes, by id."""
    vpcs: Mapping[str, str]
    """The VPC of each node of a registered cluster, by the node's id."""
    addresses: Mapping[tuple[str, str], frozenset[str]]
    """Of the interfaces of nodes, by the ids of VPC and node."""
    balancers: Mapping[str, LoadBalancer]
    """By name, without tags."""
    groups: Mapping[str, TargetGroup]
    """By name, without tags."""
    services: Mapping[str, EndpointService]
    """Those that are not being deleted, by the ARN of the load balancer that they are on."""
    endpoints: Mapping[str, Sequence[EndpointConnection]]
    """By the id of the service that they are at."""
    rules: Mapping[str, Sequence[Rule]]
    """The inbound rules of the security groups of registered clusters, by the id of the group."""
    subnets: Mapping[str, Subnet]
    """By id."""
    roles: Mapping[str, Role]
    """The roles that connections use, by ARN."""
    refused: Mapping[str, Terminal] = field(default_factory=dict)
    """Why AWS does not show one of these roles, by its ARN."""

    @property
    def ververica(self) -> str:
        """The id of Ververica's account."""
        return self.principal.split(":")[4]


def look(connections: Sequence[Connected]) -> Account:
    """Looks at all that these connections may consist of. Changes nothing."""
    at, single = now(), all_cache_clusters()
    standalone = [each for each in single if each.group is None]
    members = {each.id: each for each in nodes_of(single)}
    clusters = {each.id: each for each in (*standalone, *all_replication_groups())}
    nodes = _nodes(connections, clusters, members)
    security_groups = sorted({group for node in nodes for group in node.security_group_ids})
    addresses, roles = all_interfaces(), find_used_roles(connections)
    services = [each for each in list_endpoint_services() if not each.is_deleting]
    return Account(
        at=at,
        principal=settings().ververica_principal,
        clusters=clusters,
        members=members,
        vpcs=_vpcs(nodes, addresses),
        addresses=addresses,
        balancers={each.name: each for each in all_load_balancers()},
        groups={each.name: each for each in all_target_groups()},
        services={arn: each for each in services for arn in each.load_balancer_arns},
        endpoints=by(lambda each: each.service_id, all_connections()),
        rules=by(lambda each: each.group_id, find_rules(security_groups)),
        subnets={each.id: each for each in all_subnets()},
        roles=roles.found,
        refused=roles.refused,
    )


def _nodes(
    connections: Iterable[Connected], clusters: Mapping[str, Cluster], members: Mapping[str, Member]
) -> list[Member]:
    """The nodes of the clusters of these connections."""
    used = [clusters[each.cluster_id] for each in connections if each.cluster_id in clusters]
    return [members[node] for cluster in used for node in cluster.member_ids if node in members]


def _vpcs(nodes: Iterable[Member], addresses: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The VPC of each of these nodes: that of its interfaces. Where they do not tell, because there is none yet or one
    elsewhere is described like them, that of its subnet group, which takes a call for every hundred groups.
    """
    seen = dict[str, list[str]]()
    for vpc_id, node in addresses:
        seen.setdefault(node, []).append(vpc_id)
    found = {node: vpcs[0] for node, vpcs in seen.items() if len(vpcs) == 1}
    left = [each for each in nodes if each.id not in found]
    groups = {each.name: each.vpc_id for each in all_subnet_groups()} if left else {}
    return found | {each.id: groups[each.subnet_group] for each in left if each.subnet_group in groups}


def by(key: Callable[[Found], Key], found: Iterable[Found]) -> dict[Key, list[Found]]:
    """What was found by what each is known by."""
    sorted_by = dict[Key, list[Found]]()
    for each in found:
        sorted_by.setdefault(key(each), []).append(each)
    return sorted_by
