"""Looks at what the paths to the nodes need of the account: quotas, load balancers, and the rules that let them in."""

from private_connection.cluster.admission import Rule
from private_connection.cluster.clusters import SERVING
from private_connection.cluster.networks import ordinary_zones
from private_connection.cluster.rules import find_rules
from private_connection.cluster.security_groups import SecurityGroup, find_security_groups
from private_connection.paths.usage import find_limits, find_load_balancer_zones, find_target_group_names
from private_connection.preflight.facts import ClusterFacts, CreationFacts, PathFacts, RefusedLook, known, optional
from private_connection.request.models import ConnectionRequest

FIELD = "cluster.id"


def path_facts(request: ConnectionRequest, cluster: ClusterFacts, creation: CreationFacts) -> PathFacts:
    """What is read once it is known that there is, or will be, a cluster whose nodes can be connected."""
    if not _leads_somewhere(request, cluster, creation):
        return PathFacts()
    groups = _groups(cluster, creation)
    return PathFacts(
        limits=optional(FIELD, find_limits),
        load_balancers=optional(FIELD, find_load_balancer_zones),
        target_groups=optional(FIELD, find_target_group_names),
        zones=frozenset() if creation.subnets else optional(FIELD, ordinary_zones),
        groups=groups,
        rules=_rules(groups),
    )


def _leads_somewhere(request: ConnectionRequest, cluster: ClusterFacts, creation: CreationFacts) -> bool:
    if cluster.found is None:
        return request.cluster.create is not None and bool(creation.subnets)
    return bool(known(cluster.members, ())) and cluster.found.status in SERVING


def _groups(cluster: ClusterFacts, creation: CreationFacts) -> tuple[SecurityGroup, ...] | RefusedLook:
    """The groups that the nodes are, or will be, in, without another call where they were read already."""
    members = known(cluster.members, ())
    if not members:
        return known(creation.security_groups, ())
    wanted = members[0].security_group_ids
    for read in (cluster.security_groups, creation.security_groups):
        if isinstance(read, RefusedLook):
            return ()  # told already
        if [each.id for each in read] == list(wanted):
            return read
    return optional(FIELD, lambda: tuple(find_security_groups(wanted)))


def _rules(groups: tuple[SecurityGroup, ...] | RefusedLook) -> tuple[Rule, ...] | RefusedLook:
    if isinstance(groups, RefusedLook) or not groups:
        return ()
    return optional(FIELD, lambda: tuple(find_rules([group.id for group in groups])))
