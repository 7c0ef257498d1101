"""Looks: read-only calls that gather the facts of a request. Each call is made once, and nothing is judged here.

AWS may refuse a call (a service control policy, a boundary). If the run can do without the answer, the fact is a
`RefusedLook`, which becomes a finding; otherwise the refusal ends the run.
"""

from collections.abc import Sequence

from private_connection.cluster.clusters import LOST, SERVING, find_cache_cluster, find_members, is_serverless
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.engine_versions import (
    EngineVersion,
    default_engine_versions,
    depends_on_version,
    list_engine_versions,
)
from private_connection.cluster.networks import Subnet, default_subnets, find_subnets, ordinary_zones
from private_connection.cluster.parameters import find_endpoint_type
from private_connection.cluster.replication_groups import find_replication_group, ownership_tags
from private_connection.cluster.security_groups import SecurityGroup, find_security_groups
from private_connection.cluster.subnet_groups import SubnetGroup, find_subnet_group, subnet_group_tags
from private_connection.cluster.user_groups import UserGroup, find_user_group
from private_connection.naming import cluster_resource
from private_connection.ownership import is_ours
from private_connection.preflight.facts import (
    ClusterFacts,
    CreationFacts,
    Facts,
    RefusedLook,
    optional,
)
from private_connection.preflight.path_looks import path_facts
from private_connection.preflight.place_looks import find_places, group_subnets
from private_connection.preflight.role_looks import role_facts
from private_connection.request.contradictions import CREATED_ID_LIMIT
from private_connection.request.models import ConnectionRequest, CreateCluster
from private_connection.settings import settings


def gather_facts(request: ConnectionRequest) -> Facts:
    """Reads what the checks of the request need."""
    create = request.cluster.create
    role = role_facts(request)
    creation = _creation_facts(request.cluster.id.lower(), create) if create is not None else CreationFacts()
    cluster = _cluster_facts(request, creation)
    paths = path_facts(request, cluster, creation)
    known = settings()
    return Facts(known.ververica_principal, known.region, known.default_tags, role, cluster, creation, paths)


# ------------------------------------------------------------------ what to create from


def _creation_facts(cluster_id: str, create: CreateCluster) -> CreationFacts:
    group = find_subnet_group(create.subnet_group) if create.subnet_group is not None else None
    own = find_subnet_group(cluster_resource(cluster_id)) if create.subnet_group is None else None
    subnets = tuple(_subnets(create, group))
    return CreationFacts(
        subnet_group=group,
        own_subnet_group=own,
        own_subnet_group_tags=subnet_group_tags(own) if own is not None else {},
        subnets=subnets,
        security_groups=_security_groups(create.security_group_ids),
        zones=optional("cluster.create", ordinary_zones) if subnets else frozenset(),
        versions=_versions(create),
        user_groups=_user_groups(create.user_group_ids),
    )


def _subnets(create: CreateCluster, group: SubnetGroup | None) -> Sequence[Subnet]:
    if create.subnet_group is not None:
        return find_subnets(group.subnet_ids) if group else ()
    return find_subnets(create.subnet_ids) if create.subnet_ids else default_subnets()


def _security_groups(group_ids: tuple[str, ...]) -> tuple[SecurityGroup, ...] | RefusedLook:
    if not group_ids:
        return ()
    return optional("cluster.create.securityGroupIds", lambda: tuple(find_security_groups(group_ids)))


def _user_groups(group_ids: tuple[str, ...]) -> tuple[UserGroup, ...] | RefusedLook:
    def look() -> tuple[UserGroup, ...]:
        return tuple(filter(None, map(find_user_group, group_ids)))

    return optional("cluster.create.userGroupIds", look)


def _versions(create: CreateCluster) -> tuple[EngineVersion, ...] | RefusedLook:
    """Without a version that is named, only this read tells what cluster mode's parameter group is called."""
    if not depends_on_version(create):
        return ()
    if create.engine_version is None:
        return tuple(default_engine_versions(create.engine))
    return optional("cluster.create.engineVersion", lambda: tuple(list_engine_versions(create.engine)))


# ------------------------------------------------------------------ a cluster that exists


def _cluster_facts(request: ConnectionRequest, creation: CreationFacts) -> ClusterFacts:
    cluster_id, creates = request.cluster.id.lower(), request.cluster.create is not None
    cluster = find_replication_group(cluster_id) or find_cache_cluster(cluster_id)
    if cluster is None:
        return ClusterFacts(serverless=_serverless(cluster_id, creates))
    tags = ownership_tags(cluster) if creates and cluster.kind == "replicationGroup" else {}
    is_foreign = creates and not is_ours(tags, request.connection)
    if is_foreign or cluster.status in LOST or cluster.group is not None:
        return ClusterFacts(cluster, tags)
    members = _members(cluster, creates)
    subnets = group_subnets(cluster, members, creation)
    places, create = find_places(cluster, members, subnets), request.cluster.create
    unnamed = create is not None and not create.security_group_ids
    groups = _groups_of(members) if unnamed else ()
    kind = _endpoint_type(cluster, members)
    return ClusterFacts(
        cluster,
        tags,
        members=members,
        subnets=subnets,
        places=places,
        endpoint_type=kind,
        security_groups=groups,
    )


def _serverless(cluster_id: str, creates: bool) -> bool | RefusedLook:
    if creates or len(cluster_id) > CREATED_ID_LIMIT:
        return False
    return optional("cluster.id", lambda: is_serverless(cluster_id))


def _members(cluster: Cluster, creates: bool) -> tuple[Member, ...] | RefusedLook:
    """The members of our own cluster in every status, because they are compared with the request; those of a cluster to
    adopt only while it serves.
    """
    if not cluster.member_ids or not (creates or cluster.status in SERVING):
        return ()
    return optional("cluster.id", lambda: tuple(find_members(cluster)))


def _endpoint_type(cluster: Cluster, members: tuple[Member, ...] | RefusedLook) -> str | RefusedLook | None:
    if isinstance(members, RefusedLook) or not members:
        return None
    return optional("cluster.id", lambda: find_endpoint_type(cluster, members[0]))


def _groups_of(members: tuple[Member, ...] | RefusedLook) -> tuple[SecurityGroup, ...] | RefusedLook:
    if isinstance(members, RefusedLook) or not members:
        return ()
    return _security_groups(members[0].security_group_ids)
