"""Checks a CreateReplicationGroup request as ElastiCache does before it creates anything.

From the API reference (CreateReplicationGroup, NodeGroupConfiguration) and the user guide's pages on cluster mode,
Multi-AZ, in-transit encryption and quotas. Combinations refused here are refused there; the messages are our own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Refused, backend, valid
from sandbox.services.elasticache import engines, parameters, protection
from sandbox.services.elasticache.models import Settings, SubnetGroup
from sandbox.services.elasticache.state import State

GROUP_ID = r"[a-zA-Z](?!.*--)(?:[a-zA-Z0-9-]{0,38}[a-zA-Z0-9])?"
Parameters = Mapping[str, Any]
MOST_REPLICAS = 5


@dataclass(frozen=True)
class Shard:
    """A shard and the zones asked for its nodes, the primary's first; None leaves the zone to ElastiCache."""

    shard_id: str
    zones: tuple[str | None, ...]


def refuse(message: str) -> Refused:
    return Refused("InvalidParameterValue", message)


def clash(message: str) -> Refused:
    return Refused("InvalidParameterCombination", message)


def check_identity(p: Parameters, state: State) -> str:
    group_id = p.get("ReplicationGroupId", "")
    if not valid(GROUP_ID, group_id):
        raise refuse(f"The parameter ReplicationGroupIdentifier is not valid: {group_id!r}.")
    if not p.get("ReplicationGroupDescription"):
        raise refuse("ReplicationGroupDescription must be provided.")
    if group_id.lower() in state.groups:
        raise Refused("ReplicationGroupAlreadyExists", f"Replication group {group_id.lower()} already exists.")
    return str(group_id.lower())


def settings(p: Parameters, state: State, now: float) -> Settings:
    engine = _engine(p)
    parameter_group, subnet_group = _parameter_group(p, engine), _subnet_group(p, state)
    encrypted = p.get("TransitEncryptionEnabled", False)
    return Settings(
        engine=engine.engine,
        engine_version=engine.patch,
        node_type=_node_type(p),
        data_tiering=_data_tiering(p),
        port=_port(p),
        subnet_group=subnet_group,
        security_groups=_security_groups(p, state, subnet_group, now),
        parameter_group=parameter_group,
        transit_encryption=encrypted,
        transit_encryption_mode=p.get("TransitEncryptionMode", "required") if encrypted else None,
        at_rest_encryption=p.get("AtRestEncryptionEnabled", engine.engine == "valkey"),
        automatic_failover=p.get("AutomaticFailoverEnabled", False),
        multi_az=p.get("MultiAZEnabled", False),
        cluster_enabled=parameter_group.endswith(".cluster.on"),
        kms_key=protection.kms_key(p, state, engine),
        user_groups=protection.user_groups(p, state, engine),
        snapshot_retention=protection.snapshot_retention(p, parameter_group.endswith(".cluster.on")),
        topic=topic(p, state),
    )


def topic(p: Parameters, state: State) -> str | None:
    """Its topic is of the cluster's own account and Region (user guide, "Event notifications and Amazon SNS")."""
    named = p.get("NotificationTopicArn")
    if named is not None and not valid(f"arn:aws:sns:{state.region}:{ACCOUNT}:[A-Za-z0-9_-]{{1,256}}", named):
        raise refuse(f"The parameter NotificationTopicArn is not valid: {named!r}.")
    return named


def _engine(p: Parameters) -> engines.EngineVersion:
    name = p.get("Engine", "redis")
    if name not in ("redis", "valkey"):
        raise refuse(f"Invalid engine for a replication group: {name!r}. It must be redis or valkey.")
    _check_form(str(p.get("EngineVersion", "")))
    found = engines.find(name, p.get("EngineVersion"))
    if found is None:
        raise clash(f"Cannot find version {p.get('EngineVersion')} for {name}.")
    return found


def _check_form(version: str) -> None:
    """From 6 on no patch release can be chosen; in AWS's words (crossplane-contrib/provider-aws issue 1617)."""
    parts = version.split(".")
    if len(parts) == 3 and parts[0].isdigit() and int(parts[0]) >= 6:
        minor = ".".join(parts[:2])
        raise refuse(f"Specific version selection is not allowed for '{version}', please use '{minor}'")


def _node_type(p: Parameters) -> str:
    node_type = p.get("CacheNodeType")
    if not isinstance(node_type, str) or not engines.exists(node_type):
        raise refuse(f"The parameter CacheNodeType is not valid: {node_type!r}.")
    return node_type


def _data_tiering(p: Parameters) -> bool:
    """Node types of family r6gd need it, and no other has it (CreateReplicationGroup, `DataTieringEnabled`; user guide,
    "Data tiering"). The first message is AWS's (hashicorp/terraform-provider-aws issue 21991).
    """
    node_type, asked = str(p["CacheNodeType"]), bool(p.get("DataTieringEnabled", False))
    tiered = engines.tiers_data(node_type)
    if tiered and not asked:
        raise clash(f"When using the {node_type} node type, you must enable data tiering.")
    if asked and not tiered:
        raise clash(f"Data tiering is not supported for node type {node_type}.")
    return asked


def _port(p: Parameters) -> int:
    port = int(p.get("Port", 6379))
    if not 1 <= port <= 65_535:
        raise refuse(f"Invalid port: {port}. It must be between 1 and 65535.")
    return port


def _parameter_group(p: Parameters, engine: engines.EngineVersion) -> str:
    plain, clustered = f"default.{engine.family}", f"default.{engine.family}.cluster.on"
    mode = p.get("ClusterMode")
    name = p.get("CacheParameterGroupName") or (clustered if mode == "enabled" else plain)
    if name not in (plain, clustered):
        if name not in parameters.defaults():
            raise Refused("CacheParameterGroupNotFound", f"CacheParameterGroup {name} not found.")
        raise clash(f"Cache parameter group {name} is not of family {engine.family}.")
    if (mode, name) in (("disabled", clustered), ("enabled", plain)):
        raise clash(f"ClusterMode {mode} does not go with parameter group {name}.")
    return str(name)


def _subnet_group(p: Parameters, state: State) -> str:
    name = str(p.get("CacheSubnetGroupName") or "").lower()
    if not name:
        if p.get("TransitEncryptionEnabled"):
            raise clash("In-transit encryption needs a cache subnet group.")
        name = default_subnet_group(state)
    if name not in state.subnet_groups:
        raise Refused("CacheSubnetGroupNotFoundFault", f"CacheSubnetGroup {name} not found.")
    return name


def default_subnet_group(state: State) -> str:
    """The group `default`, which ElastiCache makes of the default VPC's subnets when it is first needed."""
    name, vpc = "default", backend("ec2", state.region).default_vpc
    if name not in state.subnet_groups and vpc is not None:
        subnets = [each.id for each in backend("ec2", state.region).describe_subnets() if each.vpc_id == vpc.id]
        state.subnet_groups[name] = SubnetGroup(name, state.arn("subnetgroup", name), "Default", subnets, vpc.id)
    return name


def _security_groups(p: Parameters, state: State, subnet_group: str, now: float) -> tuple[str, ...]:
    ec2, vpc_id = backend("ec2", state.region), state.subnet_groups[subnet_group].vpc_id
    wanted = p.get("SecurityGroupIds") or [ec2.get_default_security_group(vpc_id).id]
    for group_id in wanted:
        group = ec2.get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id or getattr(group, "visible_at", now) > now:
            raise refuse(f"Some security group identifiers are invalid: {group_id} is not in {vpc_id}.")
    return tuple(wanted)


def topology(p: Parameters, made: Settings, state: State, conditions: Conditions) -> list[Shard]:
    """The shards asked for, after every check on their number, replicas and zones."""
    if "NodeGroupConfiguration" in p and "PreferredCacheClusterAZs" in p:
        raise clash("NodeGroupConfiguration and PreferredCacheClusterAZs cannot be used together.")
    shards = _sharded(p) if made.cluster_enabled else _unsharded(p)
    _check_replicas(shards)
    _check_failover(made, shards, state)
    _check_zones(made, shards, state, conditions)
    _check_quotas(shards, state, conditions)
    return shards


def _unsharded(p: Parameters) -> list[Shard]:
    if int(p.get("NumNodeGroups", 1)) != 1:
        raise clash("More than one node group needs a parameter group with cluster mode enabled.")
    if "NumCacheClusters" in p and "ReplicasPerNodeGroup" in p:
        raise clash("NumCacheClusters and ReplicasPerNodeGroup cannot be used together.")
    configured: list[Parameters] = p.get("NodeGroupConfiguration", [])
    if configured:
        return [_configured(p, each, "0001") for each in configured[:1]]
    count = int(p.get("NumCacheClusters", int(p.get("ReplicasPerNodeGroup", 0)) + 1))
    if not 1 <= count <= MOST_REPLICAS + 1:
        raise refuse(f"NumCacheClusters must be between 1 and {MOST_REPLICAS + 1}, not {count}.")
    zones: list[str] = p.get("PreferredCacheClusterAZs", [])
    if zones and len(zones) != count:
        raise clash(f"PreferredCacheClusterAZs has {len(zones)} zones for {count} cache clusters.")
    return [Shard("0001", tuple(zones) or (None,) * count)]


def _sharded(p: Parameters) -> list[Shard]:
    if "NumCacheClusters" in p or "PreferredCacheClusterAZs" in p:
        raise clash("NumCacheClusters and PreferredCacheClusterAZs do not go with cluster mode enabled.")
    configured: list[Parameters] = p.get("NodeGroupConfiguration", [])
    count = int(p.get("NumNodeGroups", len(configured) or 1))
    if count < 1:
        raise refuse(f"NumNodeGroups must be at least 1, not {count}.")
    if configured and len(configured) != count:
        raise clash(f"NodeGroupConfiguration has {len(configured)} node groups, NumNodeGroups says {count}.")
    ids = [f"{number:04d}" for number in range(1, count + 1)]
    if configured:
        return _distinct([_configured(p, each, ids[index]) for index, each in enumerate(configured)])
    return [Shard(shard_id, (None,) * (int(p.get("ReplicasPerNodeGroup", 0)) + 1)) for shard_id in ids]


def _configured(p: Parameters, each: Parameters, default_id: str) -> Shard:
    shard_id = each.get("NodeGroupId", default_id)
    if not valid(r"\d{1,4}", shard_id):
        raise refuse(f"NodeGroupId must be one to four digits, not {shard_id!r}.")
    replicas = int(each.get("ReplicaCount", p.get("ReplicasPerNodeGroup", 0)))
    zones: list[str | None] = each.get("ReplicaAvailabilityZones", [])
    if zones and len(zones) != replicas:
        raise clash(f"Node group {shard_id} has {len(zones)} replica zones for {replicas} replicas.")
    return Shard(shard_id.zfill(4), (each.get("PrimaryAvailabilityZone"), *(zones or [None] * replicas)))


def _distinct(shards: list[Shard]) -> list[Shard]:
    if len({shard.shard_id for shard in shards}) < len(shards):
        raise refuse("A NodeGroupId occurs twice.")
    return shards


def _check_replicas(shards: list[Shard]) -> None:
    for shard in shards:
        if not 1 <= len(shard.zones) <= MOST_REPLICAS + 1:
            raise refuse(f"Replicas per node group must be between 0 and {MOST_REPLICAS}, not {len(shard.zones) - 1}.")


def _check_failover(made: Settings, shards: list[Shard], state: State) -> None:
    alone = any(len(shard.zones) < 2 for shard in shards)
    if made.cluster_enabled and not made.automatic_failover:
        raise clash("Automatic failover must be enabled with cluster mode enabled.")
    if made.automatic_failover and alone and not made.cluster_enabled:
        raise clash("Automatic failover needs at least one replica.")
    if not made.multi_az:
        return
    if not made.automatic_failover:
        raise clash("Multi-AZ needs automatic failover.")
    if alone or len(state.subnets_by_zone(made.subnet_group)) < 2:
        raise clash("Multi-AZ needs at least one replica and a subnet group with two Availability Zones.")
    if any(None not in shard.zones and len(set(shard.zones)) < 2 for shard in shards):
        raise clash("Multi-AZ needs nodes in at least two Availability Zones.")


def _check_zones(made: Settings, shards: list[Shard], state: State, conditions: Conditions) -> None:
    known = state.subnets_by_zone(made.subnet_group)
    for zone in sorted({zone for shard in shards for zone in shard.zones if zone}):
        if zone not in known:
            raise refuse(f"{zone} is not a zone of cache subnet group {made.subnet_group}.")
        if zone in conditions.refused_zones:
            raise _no_capacity(made.node_type, zone)
    if all(zone in conditions.refused_zones for zone in known):
        raise _no_capacity(made.node_type, " and ".join(known))


def _no_capacity(node_type: str, where: str) -> Refused:
    """In AWS's words (re:Post, knowledge center, "elasticache-fix-status-code-400")."""
    message = f"{node_type} (VPC) is not currently supported in the availability zone {where}."
    return Refused("InsufficientCacheClusterCapacity", f"{message} Retry the launch with no availability zone.")


def _check_quotas(shards: list[Shard], state: State, conditions: Conditions) -> None:
    wanted, quotas = sum(len(shard.zones) for shard in shards), conditions.quotas
    if wanted > quotas.nodes_per_cluster:
        raise Refused("NodeQuotaForClusterExceeded", f"A cluster may have {quotas.nodes_per_cluster} nodes.")
    if wanted + len(list(state.nodes())) > quotas.nodes_per_region:
        raise Refused("NodeQuotaForCustomerExceeded", f"A region may have {quotas.nodes_per_region} nodes.")
