"""Whether a load balancer's checks reach a cache node, and since when: the network between the two services.

A connection is open when a node that answers sits at the address and port, and one of its security groups admits the
load balancer's private address, by CIDR, by a prefix list or by a group that the load balancer carries. Network Load
Balancers connect from their own private addresses (NLB user guide, "Register targets"). Outbound rules of a load
balancer's own groups are not read: they count as allowing everything, as those of a new group do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from math import inf
from typing import Any

from sandbox.services.common import backend
from sandbox.services.elasticache.models import CacheCluster, Node
from sandbox.services.elasticache.state import State

EVERY_PORT = (None, -1)


@dataclass(frozen=True)
class Source:
    """Where checks come from: a load balancer's address in one zone, and the groups it carries."""

    address: str
    groups: frozenset[str]


@dataclass(frozen=True)
class Path:
    open: bool
    since: float = -inf


def path(region: str, sources: Sequence[Source], address: str, port: int) -> Path:
    found = node_at(State(region), address)
    if found is None or found[0].settings.port != port:
        return Path(open=False)
    cluster, node = found
    if not node.alive:
        return Path(open=False, since=node.since)
    groups = [group for group in _groups(region, cluster) if group is not None]
    admitted = [_admitted_since(groups, source, port) for source in sources]
    if not admitted or inf in admitted:
        return Path(open=False, since=max((getattr(group, "changed_at", -inf) for group in groups), default=-inf))
    return Path(open=True, since=max(node.since, *admitted))


def node_at(state: State, address: str) -> tuple[CacheCluster, Node] | None:
    return next(((c, node) for c, node in state.nodes() if node.address == address and node.interface_id), None)


def _groups(region: str, cluster: CacheCluster) -> Iterator[Any]:
    ec2 = backend("ec2", region)
    return (ec2.get_security_group_from_id(group_id) for group_id in cluster.settings.security_groups)


def _admitted_since(groups: Sequence[Any], source: Source, port: int) -> float:
    """Since when rules have admitted this source without a gap; infinity if no rule does now."""
    present = [rule for group in groups for rule in group.ingress_rules if _admits(rule, source, port)]
    revoked = [rule for group in groups for rule in getattr(group, "revoked_rules", ()) if _admits(rule, source, port)]
    since = min((_created(rule) for rule in present), default=inf)
    for rule in sorted(revoked, key=lambda rule: float(rule.revoked_at), reverse=True):
        if rule.revoked_at >= since:
            since = min(since, _created(rule))
    return since


def _created(rule: Any) -> float:
    """When the rule was created; a rule of the world has no beginning."""
    return float(getattr(rule, "created_at", -inf))


def _admits(rule: Any, source: Source, port: int) -> bool:
    if rule.ip_protocol not in ("tcp", "-1"):
        return False
    if rule.ip_protocol == "tcp" and rule.from_port not in EVERY_PORT and not rule.from_port <= port <= rule.to_port:
        return False
    ranges = [rule.ip_range["CidrIp"]] if "CidrIp" in rule.ip_range else _listed(rule)
    if any(ip_address(source.address) in ip_network(cidr, strict=False) for cidr in ranges):
        return True
    return rule.source_group.get("GroupId") in source.groups


def _listed(rule: Any) -> list[str]:
    """The ranges of the prefix list that the rule names, in its present version."""
    found = rule.ec2_backend.managed_prefix_lists.get(rule.prefix_list_id)
    return [each["Cidr"] for each in found.entries.get(found.version, ())] if found else []
