"""Look before anything is made: the request against the account, with read-only calls.

What is missing or contradictory is collected and refused at once (`InvalidRequest`); what is somebody else's
(`NotOurs`) or cannot be used (`ClusterUnusable`) ends the run by itself. Nothing here is a guarantee: AWS has the last
word when things are created.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from private_connection.access.policies import trusts
from private_connection.access.roles import (
    boundary_exists,
    find_role,
    find_trusting_roles,
    is_workspace_role,
)
from private_connection.cluster.clusters import (
    LOST,
    Cluster,
    describe_members,
    find_cache_cluster,
    find_replication_group,
    is_serverless,
    ownership_tags,
)
from private_connection.cluster.engine_versions import find_family
from private_connection.cluster.networks import Subnet, default_subnets, find_subnets, ordinary_zones
from private_connection.cluster.nodes import find_places
from private_connection.cluster.placement import foresee, spread
from private_connection.cluster.security_groups import find_security_groups
from private_connection.cluster.subnet_groups import find_subnet_group
from private_connection.contracts import (
    ClusterCreation,
    ClusterPlan,
    CreateCluster,
    Document,
    NodePlace,
    Owner,
    ProvisionRequest,
    ValidatedRequest,
)
from private_connection.errors import ClusterUnusable, NotOurs
from private_connection.naming import access_role, cluster_resource
from private_connection.ownership import is_ours, whose
from private_connection.paths.endpoint_services import principal
from private_connection.request.parsing import CREATED_ID_LIMIT, Problem, parse_request, refuse, shown, too_many

REDIRECT_WARNING = (
    "The cluster runs in cluster mode without encryption in transit, so it redirects clients to the private IP "
    "addresses of its nodes, which Ververica cannot reach. Encryption in transit makes it redirect to host names "
    "(parameter cluster-preferred-endpoint-type)."
)


@dataclass
class Findings:
    """What a look at the account brings together."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    foreseen: list[NodePlace] = field(default_factory=list)


def validate_request(document: Document) -> ValidatedRequest:
    """Completes a request with its defaults and with what the account holds.

    Raises `InvalidRequest` naming every wrong field with its remedy, `NotOurs` for what is somebody else's, and
    `ClusterUnusable` for a cluster that exists and cannot be connected.
    """
    request = parse_request(document.root)
    findings = Findings()
    findings.problems += _role_problems(request)
    plan = _plan(request, request.cluster.id.lower(), findings)
    refuse(findings.problems)
    assert plan is not None  # without a plan there is a problem
    return ValidatedRequest(
        connection=request.connection,
        workspace_id=request.workspace_id,
        cluster=plan,
        role=request.role,
        ingress=request.ingress,
        access_policy=request.access_policy,
        on_failure=request.on_failure,
        foreseen_nodes=tuple(findings.foreseen),
        warnings=tuple(findings.warnings),
    )


def _plan(request: ProvisionRequest, cluster_id: str, findings: Findings) -> ClusterPlan | None:
    create = request.cluster.create
    if create is None:
        cluster = _adopted(cluster_id, findings)
        return ClusterPlan(id=cluster.id, kind=cluster.kind, creation=None) if cluster else None
    creation = _completed(cluster_id, create, findings)
    if creation is None:
        return None
    _warn_of_redirects(create.cluster_mode == "enabled", create.transit_encryption, findings)
    existing = _existing(request, cluster_id)
    if existing is not None:
        findings.problems += _differences(existing, creation)
        findings.foreseen += find_places(existing)
    return ClusterPlan(id=cluster_id, kind="replicationGroup", creation=creation)


# ------------------------------------------------------------------ a cluster that exists


def _adopted(cluster_id: str, findings: Findings) -> Cluster | None:
    cluster = find_replication_group(cluster_id) if len(cluster_id) <= CREATED_ID_LIMIT else None
    cluster = cluster or find_cache_cluster(cluster_id)
    if cluster is None:
        findings.problems.append(_absent(cluster_id))
        return None
    if cluster.group is not None:
        findings.problems.append(
            Problem("cluster.id", f"a node of replication group {cluster.group}", "a cluster", f"name {cluster.group}")
        )
        return None
    _require_usable(cluster)
    _warn_of_redirects(cluster.cluster_mode, cluster.transit_encryption, findings)
    findings.problems += too_many("cluster.id", len(cluster.members))
    findings.foreseen += find_places(cluster)
    return cluster


def _absent(cluster_id: str) -> Problem:
    if len(cluster_id) <= CREATED_ID_LIMIT and is_serverless(cluster_id):
        serverless = Problem(
            "cluster.id", "a serverless cache", "a node-based cluster", "name one: a serverless cache has no nodes"
        )
        refuse([serverless], ClusterUnusable)
    return Problem(
        "cluster.id",
        f"no cluster {shown(cluster_id)} in this Region",
        "the id of a replication group or a standalone cluster",
        "correct it, or add cluster.create to have it made",
    )


def _require_usable(cluster: Cluster) -> None:
    expected, remedy = "", ""
    if cluster.status in LOST:
        expected, remedy = "a cluster that is, or will be, available", "repair or delete it, or name another"
        found = f"cluster {cluster.id} in status {cluster.status}"
    elif cluster.engine not in ("redis", "valkey"):
        expected, remedy, found = (
            "redis or valkey",
            "name another cluster",
            f"cluster {cluster.id} with engine {cluster.engine}",
        )
    elif cluster.network_type == "ipv6":
        expected, remedy = "network type ipv4 or dual_stack", "name another cluster"
        found = f"cluster {cluster.id} with network type ipv6"
    if expected:
        refuse([Problem("cluster.id", found, expected, remedy)], ClusterUnusable)


def _existing(request: ProvisionRequest, cluster_id: str) -> Cluster | None:
    """Our own cluster, if it exists. Raises `NotOurs` if the id is taken by somebody else's."""
    cluster = find_replication_group(cluster_id)
    if cluster is not None:
        tags, owner = ownership_tags(cluster), Owner(connection=request.connection, execution="")
        if not is_ours(tags, owner):
            _refuse_taken(f"cluster {cluster_id}, {whose(tags)}")
        _require_usable(cluster)
    elif find_cache_cluster(cluster_id) is not None:
        _refuse_taken(f"a standalone cluster {cluster_id}")
    return cluster


def _refuse_taken(found: str) -> None:
    expected, remedy = "a free id, or a cluster of this connection", "leave out cluster.create to adopt it"
    refuse([Problem("cluster.id", found, expected, f"{remedy}, or choose another id")], NotOurs)


def _differences(cluster: Cluster, creation: ClusterCreation) -> Iterator[Problem]:
    """Where our existing cluster is not what is asked for.

    What AWS does not tell while it is being created is not compared.
    """
    members = describe_members(cluster) if cluster.members else []
    found = {
        "engine": (cluster.engine, creation.engine),
        "clusterMode": ("enabled" if cluster.cluster_mode else "disabled", creation.cluster_mode),
        "port": (cluster.port or creation.port, creation.port),
        "transitEncryption": (cluster.transit_encryption, creation.transit_encryption),
        "atRestEncryption": (cluster.at_rest_encryption, creation.at_rest_encryption),
        "subnetGroup": (
            next((each["CacheSubnetGroupName"] for each in members), creation.subnet_group),
            creation.subnet_group,
        ),
    }
    for name, (has, wanted) in found.items():
        if has != wanted:
            yield Problem(
                f"cluster.create.{name}",
                shown(wanted),
                f"{shown(has)}, which cluster {cluster.id} has: an existing cluster is never modified",
                "ask for what it has, or name another cluster",
            )


def _warn_of_redirects(cluster_mode: bool, encrypted: bool, findings: Findings) -> None:
    if cluster_mode and not encrypted:
        findings.warnings.append(REDIRECT_WARNING)


# ------------------------------------------------------------------ a cluster to create


def _completed(cluster_id: str, create: CreateCluster, findings: Findings) -> ClusterCreation | None:
    subnets = _subnets(create, findings)
    _check_security_groups(create, subnets, findings)
    family = _family(create, findings)
    if not subnets:
        return None
    usable = sorted({subnet.zone for subnet in subnets} & ordinary_zones())
    zones = spread(create, usable)
    if find_replication_group(cluster_id) is None:
        findings.foreseen += foresee(cluster_id, create, zones, subnets)
    return ClusterCreation(
        **create.model_dump(exclude={"subnet_group", "subnet_ids"}),
        subnet_ids=tuple(subnet.id for subnet in subnets),
        subnet_group=create.subnet_group or cluster_resource(cluster_id),
        vpc_id=subnets[0].vpc_id,
        own_subnet_group=create.subnet_group is None,
        parameter_group=f"default.{family}.cluster.on" if create.cluster_mode == "enabled" else None,
        zones=tuple(zones),
    )


def _subnets(create: CreateCluster, findings: Findings) -> list[Subnet]:
    """The subnets that the cluster may be in; what is wrong with them is a finding."""
    if create.subnet_group is not None:
        group = find_subnet_group(create.subnet_group)
        if group is None:
            findings.problems.append(
                _missing("cluster.create.subnetGroup", create.subnet_group, "an ElastiCache subnet group")
            )
        return find_subnets(group.subnet_ids) if group else []
    return _named_subnets(create, findings) if create.subnet_ids else _default_subnets(findings)


def _default_subnets(findings: Findings) -> list[Subnet]:
    subnets = default_subnets()
    if not subnets:
        remedy = "give cluster.create.subnetIds or cluster.create.subnetGroup"
        findings.problems.append(
            Problem("cluster.create.subnetIds", "no default VPC in this Region", "subnets", remedy)
        )
    return subnets


def _named_subnets(create: CreateCluster, findings: Findings) -> list[Subnet]:
    subnets = find_subnets(create.subnet_ids)
    for subnet_id in sorted(set(create.subnet_ids) - {subnet.id for subnet in subnets}):
        findings.problems.append(_missing("cluster.create.subnetIds", subnet_id, "a subnet"))
    vpcs = sorted({subnet.vpc_id for subnet in subnets})
    if len(vpcs) > 1:
        found = f"subnets of {', '.join(vpcs)}"
        findings.problems.append(
            Problem("cluster.create.subnetIds", found, "subnets of one VPC", "take those of one VPC")
        )
    return subnets


def _check_security_groups(create: CreateCluster, subnets: list[Subnet], findings: Findings) -> None:
    groups = (
        {group.id: group for group in find_security_groups(create.security_group_ids)}
        if create.security_group_ids
        else {}
    )
    vpc_id = subnets[0].vpc_id if subnets else None
    for group_id in create.security_group_ids:
        name = "cluster.create.securityGroupIds"
        if group_id not in groups:
            findings.problems.append(_missing(name, group_id, "a security group"))
        elif vpc_id is not None and groups[group_id].vpc_id != vpc_id:
            found = f"{group_id} of {groups[group_id].vpc_id}"
            findings.problems.append(
                Problem(name, found, f"a group of {vpc_id}, the subnets' VPC", "take groups and subnets of one VPC")
            )


def _family(create: CreateCluster, findings: Findings) -> str | None:
    """The parameter-group family, asked for only where something depends on the answer."""
    if create.engine_version is None and create.cluster_mode == "disabled":
        return None
    family = find_family(create.engine, create.engine_version)
    if family is None:
        found = f"{create.engine} {create.engine_version or '(default)'}"
        remedy = "take one that DescribeCacheEngineVersions lists, or leave it out"
        findings.problems.append(
            Problem("cluster.create.engineVersion", found, "a version that ElastiCache offers", remedy)
        )
    return family


def _missing(name: str, value: str, expected: str) -> Problem:
    return Problem(
        name,
        f"{shown(value)}, which does not exist",
        f"{expected} of this Region and account",
        "correct it, or create it first",
    )


# ------------------------------------------------------------------ the role


def _role_problems(request: ProvisionRequest) -> Iterator[Problem]:
    boundary = request.role.permissions_boundary
    if boundary is not None and not boundary_exists(boundary):
        yield _missing("role.permissionsBoundary", boundary, "an IAM policy")
    if request.role.name is not None:
        yield from _named_role_problems(request.role.name, request.workspace_id)
        return
    roles = find_trusting_roles(request.workspace_id)
    if len(roles) > 1:
        found = f"several roles that trust the workspace: {', '.join(role.name for role in roles)}"
        yield Problem("role.name", found, "one role", "name the one to use")
    own = None if roles else find_role(access_role(request.workspace_id))
    if own is not None and not is_workspace_role(own, request.workspace_id):
        found = f"a role {own.name} that was not made for this workspace and does not trust it"
        remedy = "rename or delete it, or name the role to use"
        refuse([Problem("role.name", found, "none of the name that we would give it", remedy)], NotOurs)


def _named_role_problems(name: str, workspace_id: str) -> Iterator[Problem]:
    role = find_role(name)
    if role is None:
        yield Problem(
            "role.name",
            f"no role {shown(name)}",
            "an IAM role of this account",
            "correct it, or leave it out to have one made",
        )
    elif not trusts(role.trust, principal(), workspace_id):
        yield Problem(
            "role.name",
            f"role {name}, whose trust policy does not name {principal()} with the external id {shown(workspace_id)}",
            "a role that Ververica may assume for this workspace",
            "correct its trust policy (condition StringEquals sts:ExternalId), or leave role.name out",
        )
