"""Lays the clusters of a world, with their nodes in the zones and subnets that the world says."""

from math import inf
from random import Random

from sandbox.conditions import Conditions
from sandbox.services.common import Refused, backend
from sandbox.services.elasticache import engines, groups
from sandbox.services.elasticache.models import (
    CacheCluster,
    Life,
    Node,
    ServerlessCache,
    Settings,
    Spot,
    SubnetGroup,
    UserGroup,
)
from sandbox.services.elasticache.requests import Shard
from sandbox.services.elasticache.state import State, bring_up, new_domain, take_spot
from sandbox.services.elasticache.views import network_types
from sandbox.world import network
from sandbox.world.model import ClusterSpec, NodeSpec, SubnetGroupSpec, UserGroupSpec

PORTS = {"memcached": 11_211}


def lay_subnet_group(region: str, spec: SubnetGroupSpec) -> SubnetGroup:
    state = State(region)
    vpc_id = str(state.subnet(spec.subnets[0]).vpc_id)
    name = spec.name.lower()  # as ElastiCache stores it (CreateCacheSubnetGroup)
    arn = state.arn("subnetgroup", name)
    made = SubnetGroup(name, arn, spec.description, list(spec.subnets), vpc_id)
    state.subnet_groups[name] = made
    state.tag(arn, spec.tags)
    return made


def lay_user_group(region: str, spec: UserGroupSpec) -> None:
    state, name = State(region), spec.id.lower()
    state.user_groups[name] = UserGroup(name, state.arn("usergroup", name), spec.engine, spec.status)


def lay_cluster(region: str, spec: ClusterSpec, conditions: Conditions) -> None:
    state = State(region)
    if spec.mode == "serverless":
        return _lay_serverless(state, spec, conditions)
    settings = _settings(state, spec)
    state.spots.update({name: spot(fixed) for name, fixed in spec.nodes.items()})
    if spec.mode == "standalone":
        members = [_standalone(state, spec, settings, conditions)]
    else:
        shards = [Shard(f"{n:04d}", (None,) * (spec.replicas_per_shard + 1)) for n in range(1, spec.shards + 1)]
        plan = groups.Plan(spec.id.lower(), spec.description, settings, shards, spec.tags)
        members = list(groups.make(plan, _life(spec, conditions), state, conditions).members.values())
    for member in members:
        _place(state, member, spec)
    return None


def _life(spec: ClusterSpec, conditions: Conditions) -> Life:
    held = None if spec.status == "available" else spec.status
    until = inf if spec.status_seconds is None else conditions.now() + spec.status_seconds
    return Life(created_at=-inf, ready_at=-inf, held=held, held_until=until)


def _settings(state: State, spec: ClusterSpec) -> Settings:
    version = engines.find(spec.engine, spec.engine_version)
    if version is None:
        raise ValueError(f"cluster {spec.id}: there is no {spec.engine} {spec.engine_version}")
    replicas, sharded = spec.replicas_per_shard > 0, spec.mode == "enabled"
    subnet_group = _subnet_group(state, spec)
    return Settings(
        engine=spec.engine,
        engine_version=version.patch,
        node_type=spec.node_type,
        data_tiering=engines.tiers_data(spec.node_type),
        port=spec.port or PORTS.get(spec.engine, 6379),
        subnet_group=subnet_group,
        security_groups=_security_groups(state, spec, state.subnet_groups[subnet_group].vpc_id),
        parameter_group=_parameter_group(state, spec, f"{version.family}{'.cluster.on' if sharded else ''}"),
        transit_encryption=spec.tls,
        transit_encryption_mode=spec.tls_mode if spec.tls else None,
        at_rest_encryption=spec.at_rest,
        automatic_failover=sharded or replicas,
        multi_az=replicas and len(state.subnets_by_zone(subnet_group)) > 1,
        cluster_enabled=sharded,
        topic=spec.notification_topic,
        network_type=_network_type(state, spec, subnet_group),
        global_datastore=(spec.global_datastore, spec.global_role) if spec.global_datastore else None,
    )


def _network_type(state: State, spec: ClusterSpec, subnet_group: str) -> str:
    """All subnets of one that is reached over IPv6 take its kind.

    ElastiCache's user guide ("Choosing a network type") asks for IPv6-only subnets where there is no IPv4; in what it
    describes of a subnet with both ranges it lists ``ipv6`` too (API reference, Subnet).
    """
    subnets = [state.subnet(each) for each in state.subnet_groups[subnet_group].subnet_ids]
    lacking = [each.id for each in subnets if spec.network_type not in network_types(each)]
    if spec.network_type != "ipv4" and lacking:
        raise ValueError(f"cluster {spec.id}: no range for {spec.network_type} in {', '.join(lacking)}")
    return spec.network_type


def _security_groups(state: State, spec: ClusterSpec, vpc_id: str) -> tuple[str, ...]:
    default = backend("ec2", state.region).get_default_security_group(vpc_id).id
    return tuple(default if each == "default" else each for each in spec.security_groups or ("default",))


def _parameter_group(state: State, spec: ClusterSpec, family: str) -> str:
    """The default group of the family, or a new one with the cluster's own parameters."""
    if not spec.parameters:
        return f"default.{family}"
    name = f"{spec.id.lower()}-parameters"
    state.parameter_groups[name] = (family, dict(spec.parameters))
    return name


def _subnet_group(state: State, spec: ClusterSpec) -> str:
    """The subnet group that the cluster names, or a new one of its subnets, or of all subnets of its VPC."""
    if spec.subnet_group:
        return spec.subnet_group.lower()
    subnets = spec.subnets or _all_subnets(state)
    return lay_subnet_group(state.region, SubnetGroupSpec(name=f"{spec.id.lower()}-subnets", subnets=subnets)).name


def _all_subnets(state: State) -> tuple[str, ...]:
    ec2 = backend("ec2", state.region)
    vpc_id = network.only_vpc(ec2)
    return tuple(subnet.id for subnet in ec2.describe_subnets() if subnet.vpc_id == vpc_id)


def _standalone(state: State, spec: ClusterSpec, settings: Settings, conditions: Conditions) -> CacheCluster:
    name = spec.id.lower()
    zones, random = list(state.subnets_by_zone(settings.subnet_group).items()), Random(f"{conditions.seed}/{name}")
    nodes = [
        Node(f"{number + 1:04d}", zone, random.choice(subnets))
        for number in range(spec.cache_nodes)
        for zone, subnets in [zones[number % len(zones)]]
    ]
    domain, life = new_domain(state.region, conditions.random), _life(spec, conditions)
    made = CacheCluster(name, state.arn("cluster", name), settings, life, nodes, domain)
    state.clusters[name] = made
    state.tag(made.arn, spec.tags)
    return made


def _place(state: State, member: CacheCluster, spec: ClusterSpec) -> None:
    """Place the nodes that the world fixes; the nodes of a cluster that has been created answer at once."""
    if member.cache_cluster_id in state.spots:
        take_spot(state, member)
    if spec.status not in ("creating", "create-failed"):
        try:
            bring_up(state, member)
        except Refused as refused:
            raise ValueError(f"cluster {spec.id}: {refused.message}") from refused


def spot(fixed: NodeSpec) -> Spot:
    return Spot(fixed.subnet, fixed.ip, fixed.alive)


def _lay_serverless(state: State, spec: ClusterSpec, conditions: Conditions) -> None:
    name, ec2 = spec.id.lower(), backend("ec2", state.region)
    subnets = list(spec.subnets or _all_subnets(state))
    made_groups = list(spec.security_groups) or [ec2.get_default_security_group(network.vpc_of(ec2, spec)).id]
    arn, domain = state.arn("serverlesscache", name), new_domain(state.region, conditions.random)
    state.serverless[name] = ServerlessCache(name, arn, spec.engine, spec.status, subnets, made_groups, domain)
