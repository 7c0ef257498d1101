"""Contradictions: fields of an input that are each valid and do not go together. Pure, and no look at AWS."""

from collections.abc import Iterable, Iterator

from private_connection.request.codes import CODES
from private_connection.request.findings import Finding, finding, shown
from private_connection.request.models import CreateCluster, ProvisionRequest
from private_connection.request.removal import TeardownRequest
from private_connection.request.tags import unfit_tags

CREATED_ID_LIMIT = 40
"""Characters in a replication group's id (ElastiCache API reference, CreateReplicationGroup)."""
NODES_LIMIT = 150
"""Nodes of a connection. A node takes up to 1 KB of an execution's state in provision and 1.2 KB in teardown, and the
state may have 256 KiB (Step Functions quotas).
"""
ACKNOWLEDGE = "acknowledge"
USER_GROUPS = "cluster.create.userGroupIds"
FIRST_WITH_USERS = 6
"""The first Redis that has users; every Valkey has them (ElastiCache User Guide, "Role-Based Access Control")."""
WITHOUT_BACKUPS = ("cache.t1.micro",)
"""Node types whose clusters, with cluster mode disabled, have no backups (User Guide, "Backup constraints")."""


def contradictions(request: ProvisionRequest) -> Iterator[Finding]:
    """Fields that are each valid and contradict each other."""
    create = request.cluster.create
    if request.repair is None:  # whose request was recorded, maybe under a release with other codes
        yield from _of_acknowledged(request.acknowledge)
    if request.plan and request.repair is not None:
        yield finding(
            "PLAN_OF_A_REPAIR",
            "plan",
            "true beside repair",
            "one of the two: a plan changes nothing, and a repair is for changing something",
            "remove one of them",
        )
    yield from unfit_tags("tags", request.tags)
    if request.role.name and request.role.permissions_boundary:
        yield finding(
            "BOUNDARY_ON_NAMED_ROLE",
            "role.permissionsBoundary",
            f"a boundary beside role.name {shown(request.role.name)}",
            "one of the two: a boundary is set on a role that we create, never on one that exists",
            "remove one of them",
        )
    if create is not None:
        yield from _of_creation(request.cluster.id, create)


def _of_acknowledged(codes: Iterable[str]) -> Iterator[Finding]:
    """A finding for each code that does not stand for an error: a misspelt one would let nothing pass, and a refusal
    stands for what no run can do.
    """
    errors = sorted(code for code, rule in CODES.items() if rule.level == "error")
    expected = f"codes of level error: {', '.join(errors)}"
    for code in dict.fromkeys(codes):
        level = CODES[code].level if code in CODES else None
        if level is None:
            yield finding(
                "ACKNOWLEDGED_UNKNOWN", ACKNOWLEDGE, f"{shown(code)}, which is no code", expected, "correct it"
            )
        elif level == "refusal":
            found, remedy = f"{code}, a refusal, which never passes", f"remove it, and mend what {code} stands for"
            yield finding("ACKNOWLEDGED_REFUSAL", ACKNOWLEDGE, found, expected, remedy)
        elif level != "error":
            found = f"{code}, of level {level}, which blocks nothing"
            yield finding("ACKNOWLEDGED_NO_ERROR", ACKNOWLEDGE, found, expected, "remove it")


def contradictions_of_removal(request: TeardownRequest) -> Iterator[Finding]:
    """What a run that withdraws writes, where no run wrote it: whoever gets that wrong removes paths that serve."""
    given = {"createdBy": request.created_by, "deleteCluster": request.delete_cluster, "force": request.force}
    beside = [name for name, value in given.items() if value]
    if request.wanted is not None and (request.claim is None or beside):
        yield finding(
            "WANTED_BY_HAND",
            "wanted",
            f"it beside {' and '.join(beside)}" if beside else "it without claim",
            "null, because only a run of provision writes it: with its claim, and beside no createdBy, deleteCluster "
            "or force",
            "remove it; to remove what a request does not ask for any more, run provision with that request",
        )


def _of_creation(cluster_id: str, create: CreateCluster) -> Iterator[Finding]:
    field, length = "cluster.id", f"{len(cluster_id)} characters"
    if len(cluster_id) > CREATED_ID_LIMIT:
        yield finding("CLUSTER_ID_TOO_LONG", field, length, "at most 40 for a cluster to create", "shorten it")
    if create.cluster_mode == "disabled" and create.shards > 1:
        yield finding(
            "SHARDS_WITHOUT_CLUSTER_MODE",
            "cluster.create.shards",
            str(create.shards),
            "1 with cluster.create.clusterMode disabled",
            "set clusterMode to enabled, or shards to 1",
        )
    yield from too_many_nodes("cluster.create.shards", create.shards * (1 + create.replicas_per_shard))
    if create.subnet_ids and create.subnet_group:
        yield finding(
            "SUBNETS_AND_SUBNET_GROUP",
            "cluster.create.subnetGroup",
            "both subnetGroup and subnetIds",
            "one of the two, or neither",
            "remove one of them",
        )
    yield from _of_protection(create)


def _of_protection(create: CreateCluster) -> Iterator[Finding]:
    """ElastiCache User Guide: "At-rest encryption", "Role-based access control", "Backup constraints"."""
    if create.kms_key_id is not None and not create.at_rest_encryption:
        yield finding(
            "KMS_KEY_WITHOUT_ENCRYPTION",
            "cluster.create.kmsKeyId",
            f"{shown(create.kms_key_id)} beside cluster.create.atRestEncryption false",
            "a key only where data at rest is encrypted",
            "set atRestEncryption to true, or leave kmsKeyId out",
        )
    if create.user_group_ids:
        yield from _of_users(create, shown(create.user_group_ids[0]))
    if create.snapshot_retention_days and create.cluster_mode == "disabled" and create.node_type in WITHOUT_BACKUPS:
        yield finding(
            "NODE_TYPE_WITHOUT_BACKUPS",
            "cluster.create.snapshotRetentionDays",
            f"{create.snapshot_retention_days} beside cluster.create.nodeType {shown(create.node_type)}",
            "0: ElastiCache makes no backups of such nodes",
            "take another node type, or set snapshotRetentionDays to 0",
        )


def _of_users(create: CreateCluster, group: str) -> Iterator[Finding]:
    if not create.transit_encryption:
        yield finding(
            "USER_GROUP_WITHOUT_TLS",
            USER_GROUPS,
            f"{group} beside cluster.create.transitEncryption false",
            "user groups only with encryption in transit, which ElastiCache demands of them",
            "set transitEncryption to true, or leave userGroupIds out",
        )
    if create.engine == "redis" and _major(create.engine_version) < FIRST_WITH_USERS:
        yield finding(
            "USER_GROUP_WITHOUT_USERS",
            USER_GROUPS,
            f"{group} beside cluster.create.engineVersion {shown(create.engine_version)}",
            f"Redis {FIRST_WITH_USERS}.0 or later, or Valkey: earlier versions know no users",
            "take a later version, or leave userGroupIds out",
        )


def _major(version: str | None) -> int:
    """The default, where none is named, is a later one."""
    return int(version.split(".")[0]) if version is not None else FIRST_WITH_USERS


def too_many_nodes(field: str, nodes: int) -> Iterator[Finding]:
    """A finding if the cluster has more nodes than the state of an execution can carry."""
    if nodes > NODES_LIMIT:
        limit = (
            f"at most {NODES_LIMIT} nodes: a run's state may have 256 KiB (Step Functions), and more would exceed it"
        )
        yield finding("TOO_MANY_NODES", field, f"{nodes} nodes in all", limit, "take a cluster of fewer nodes")
