"""Resources as the ElastiCache API shows them, by the API's own member names.

A cluster that is being created has members but no endpoints; ReadEndpoint and CurrentRole exist with cluster mode
disabled only (NodeGroupMember); CacheNodes appear only when they are asked for (DescribeCacheClusters).
"""

from datetime import UTC, datetime
from typing import Any

from sandbox.services.ec2.interfaces import ipv6_range
from sandbox.services.elasticache.engines import find
from sandbox.services.elasticache.happened import Happened
from sandbox.services.elasticache.models import (
    CacheCluster,
    Node,
    ReplicationGroup,
    ServerlessCache,
    Settings,
    SubnetGroup,
    UserGroup,
)
from sandbox.services.elasticache.state import State

View = dict[str, object]
DEFAULTS: View = {
    "AuthTokenEnabled": False,
    "AutoMinorVersionUpgrade": True,
}
"""What groups and clusters show of settings that nobody can choose here."""


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(max(seconds, 0.0), UTC)


def _endpoint(address: str, port: int) -> View:
    return {"Address": address, "Port": port}


def _enabled(flag: bool) -> str:
    return "enabled" if flag else "disabled"


def replication_group(group: ReplicationGroup, now: float) -> View:
    made, status = group.settings, group.life.status(now)
    shown: View = DEFAULTS | {
        "ReplicationGroupId": group.replication_group_id,
        "ARN": group.arn,
        "Description": group.description,
        "Status": status,
        "MemberClusters": list(group.members),
        "ClusterEnabled": made.cluster_enabled,
        "ClusterMode": _enabled(made.cluster_enabled),
        "CacheNodeType": made.node_type,
        "Engine": made.engine,
        "AutomaticFailover": _enabled(made.automatic_failover),
        "MultiAZ": _enabled(made.multi_az),
        "TransitEncryptionEnabled": made.transit_encryption,
        "TransitEncryptionMode": made.transit_encryption_mode,
        "AtRestEncryptionEnabled": made.at_rest_encryption,
        "DataTiering": _enabled(made.data_tiering),
        "SnapshotRetentionLimit": made.snapshot_retention,
        "KmsKeyId": made.kms_key,
        "UserGroupIds": list(made.user_groups) if status != "creating" else [],
        "ReplicationGroupCreateTime": moment(group.life.created_at),
        **_network(made),
    }
    return shown | _global(made) | (_reachable(group, status, now) if group.life.has_nodes(now) else {})


def _network(made: Settings) -> View:
    """The nodes' names lead to IPv4 addresses unless there are none."""
    return {"NetworkType": made.network_type, "IpDiscovery": "ipv6" if made.network_type == "ipv6" else "ipv4"}


def _global(made: Settings) -> View:
    if made.global_datastore is None:
        return {}
    named, role = made.global_datastore
    about = {"GlobalReplicationGroupId": named, "GlobalReplicationGroupMemberRole": role}
    return {"GlobalReplicationGroupInfo": about}


def _reachable(group: ReplicationGroup, status: str, now: float) -> View:
    shown: View = {"NodeGroups": [_node_group(group, shard, status, now) for shard in group.shards]}
    if group.settings.cluster_enabled:
        shown["ConfigurationEndpoint"] = _endpoint(group.endpoint("configuration"), group.settings.port)
    return shown


def _node_group(group: ReplicationGroup, shard: str, status: str, now: float) -> View:
    serving = _serving(group, now)
    members = [member for member in group.members.values() if member.shard == shard]
    status = status if status in ("creating", "modifying", "deleting") else "available"
    shown: View = {
        "NodeGroupId": shard,
        "Status": status if shard in serving else "creating",
        "NodeGroupMembers": [_node_group_member(group, member, now) for member in members],
    }
    if group.settings.cluster_enabled:
        return shown | (_slots(serving, shard) if shard in serving else {})
    port = group.settings.port
    primary, reader = _endpoint(group.endpoint("primary"), port), _endpoint(group.endpoint("reader"), port)
    return shown | {"PrimaryEndpoint": primary, "ReaderEndpoint": reader}


def _serving(group: ReplicationGroup, now: float) -> list[str]:
    """The shards that have slots: a new one has none until its nodes are there."""
    return sorted({member.shard for member in group.members.values() if member.life.has_nodes(now)})


def _slots(shards: list[str], shard: str) -> View:
    """Evenly, as a cluster that is balanced again has them."""
    index = shards.index(shard)
    first, following = (index * 16_384) // len(shards), ((index + 1) * 16_384) // len(shards)
    return {"Slots": f"{first}-{following - 1}"}


def _node_group_member(group: ReplicationGroup, member: CacheCluster, now: float) -> View:
    node = member.nodes[0]
    shown: View = {
        "CacheClusterId": member.cache_cluster_id,
        "CacheNodeId": node.node_id,
        "PreferredAvailabilityZone": node.zone,
    }
    if group.settings.cluster_enabled:
        return shown
    shown["CurrentRole"] = member.role
    if member.life.has_nodes(now):
        shown["ReadEndpoint"] = _endpoint(member.endpoint(node), group.settings.port)
    return shown


def cache_cluster(cluster: CacheCluster, now: float, with_nodes: bool) -> View:
    status, zones = cluster.life.status(now), {node.zone for node in cluster.nodes}
    shown: View = {
        "CacheClusterId": cluster.cache_cluster_id,
        "ARN": cluster.arn,
        # its create-failed is not in the API reference: the Ministry of Justice's runbook has seen it
        "CacheClusterStatus": status,
        "NumCacheNodes": len(cluster.nodes),
        "PreferredAvailabilityZone": zones.pop() if len(zones) == 1 else "Multiple",
        "CacheClusterCreateTime": moment(cluster.life.created_at),
        "ReplicationGroupId": cluster.group_id,
        **_settings(cluster.settings),
    }
    if cluster.settings.topic is not None:
        told = "active" if cluster.settings.tells else "inactive"
        shown["NotificationConfiguration"] = {"TopicArn": cluster.settings.topic, "TopicStatus": told}
    if cluster.settings.engine == "memcached" and cluster.life.has_nodes(now):
        suffix, _, rest = cluster.domain.partition(".")
        name = f"{cluster.cache_cluster_id}.{suffix}.cfg.{rest}"
        shown["ConfigurationEndpoint"] = _endpoint(name, cluster.settings.port)
    return shown | ({"CacheNodes": [_cache_node(cluster, each, now) for each in cluster.nodes]} if with_nodes else {})


def _settings(made: Settings) -> View:
    return DEFAULTS | {
        "CacheNodeType": made.node_type,
        "Engine": made.engine,
        "EngineVersion": made.engine_version,
        "CacheParameterGroup": {"CacheParameterGroupName": made.parameter_group, "ParameterApplyStatus": "in-sync"},
        "CacheSubnetGroupName": made.subnet_group,
        "SecurityGroups": [{"SecurityGroupId": each, "Status": "active"} for each in made.security_groups],
        "TransitEncryptionEnabled": made.transit_encryption,
        "TransitEncryptionMode": made.transit_encryption_mode,
        "AtRestEncryptionEnabled": made.at_rest_encryption,
        **_network(made),
    }


def _cache_node(cluster: CacheCluster, node: Node, now: float) -> View:
    status = cluster.life.status(now)
    shown: View = {
        "CacheNodeId": node.node_id,
        "CacheNodeStatus": status if status in ("creating", "deleting") else "available",
        "CacheNodeCreateTime": moment(cluster.life.created_at),
        "ParameterGroupStatus": "in-sync",
        "CustomerAvailabilityZone": node.zone,
    }
    if not cluster.life.has_nodes(now):
        return shown
    return shown | {"Endpoint": _endpoint(cluster.endpoint(node), cluster.settings.port)}


def subnet_group(group: SubnetGroup, state: State) -> View:
    subnets = [state.subnet(subnet_id) for subnet_id in group.subnet_ids]
    return {
        "CacheSubnetGroupName": group.name,
        "CacheSubnetGroupDescription": group.description,
        "VpcId": group.vpc_id,
        "ARN": group.arn,
        "SupportedNetworkTypes": sorted(set.intersection(*map(network_types, subnets))),
        "Subnets": [
            {
                "SubnetIdentifier": subnet.id,
                "SubnetAvailabilityZone": {"Name": subnet.availability_zone},
                "SupportedNetworkTypes": sorted(network_types(subnet)),
            }
            for subnet in subnets
        ],
    }


def network_types(subnet: Any) -> set[str]:
    """Those of the clusters that it takes (Subnet, `SupportedNetworkTypes`): by the ranges that it has."""
    has = [name for name, cidr in (("ipv4", subnet.cidr_block), ("ipv6", ipv6_range(subnet))) if cidr]
    return {*has, *(["dual_stack"] if len(has) == 2 else [])}


def user_group(group: UserGroup, state: State) -> View:
    users = [
        each.replication_group_id for each in state.groups.values() if group.user_group_id in each.settings.user_groups
    ]
    return {
        "UserGroupId": group.user_group_id,
        "Status": group.status,
        "Engine": group.engine,
        "UserIds": ["default"],
        "MinimumEngineVersion": "7.2" if group.engine == "valkey" else "6.0",
        "ReplicationGroups": users,
        "ARN": group.arn,
    }


def serverless_cache(cache: ServerlessCache) -> View:
    version = find(cache.engine, None)
    return {
        "ServerlessCacheName": cache.name,
        "ARN": cache.arn,
        "Engine": cache.engine,
        "MajorEngineVersion": version.version.partition(".")[0] if version else None,
        "FullEngineVersion": version.version if version else None,
        "Status": cache.status,
        "SubnetIds": cache.subnet_ids,
        "SecurityGroupIds": cache.security_groups,
        "Endpoint": _endpoint(f"{cache.name}-{cache.domain.replace('.', '.serverless.', 1)}", 6379),
        "ReaderEndpoint": _endpoint(f"{cache.name}-{cache.domain.replace('.', '.serverless.', 1)}", 6380),
    }


def event(each: Happened) -> View:
    return {
        "SourceIdentifier": each.source,
        "SourceType": each.source_type,
        "Message": each.message,
        "Date": moment(each.at),
    }
