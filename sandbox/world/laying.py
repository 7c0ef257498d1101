"""Lays a world: its resources exist from the beginning, without a request or a second of virtual time."""

from typing import Any

from sandbox.conditions import Conditions
from sandbox.services import settle
from sandbox.services.common import backend
from sandbox.world import clusters, identities, neighbours, network, offerings
from sandbox.world.model import World

MOTO_REGION = "us-east-1"  # moto creates this Region's backend, with a default VPC, whichever Region is used


def lay(world: World, conditions: Conditions) -> None:
    """Put a world into moto's backends. Raises ValueError for one that contradicts itself."""
    for region in {MOTO_REGION, world.region}:
        network.clear(backend("ec2", region))
    ec2 = backend("ec2", world.region)
    network.lay_zones(ec2, world.region, [subnet.zone for vpc in world.all_vpcs() for subnet in vpc.subnets])
    for vpc in world.all_vpcs():
        network.lay_vpc(ec2, vpc)
    for listed in world.prefix_lists:
        network.lay_prefix_list(ec2, listed)
    lay_groups(world, ec2)
    for spec in world.subnet_groups:
        clusters.lay_subnet_group(world.region, spec)
    for group in world.user_groups:
        clusters.lay_user_group(world.region, group)
    for cluster in world.clusters:
        clusters.lay_cluster(world.region, cluster, conditions)
    conditions.enter = neighbours.Neighbours(conditions.consumer, world.consumer_zones)
    identities.lay(world, conditions)
    offerings.lay(world, conditions)
    settle(world.region, conditions)


def lay_groups(world: World, ec2: Any) -> None:
    for spec in world.security_groups:
        network.lay_security_group(ec2, spec)
    for cluster in world.clusters:
        network.lay_named_groups(ec2, cluster)
    rules = [(rule.group, rule) for rule in world.security_group_rules]
    rules += [(spec.id, rule) for spec in world.security_groups for rule in spec.rules]
    for group_id, rule in rules:
        network.lay_rule(ec2, group_id, rule)
