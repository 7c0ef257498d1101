"""VPCs, subnets, zones and security groups of a world, with the ids that it gives them."""

import re
from collections.abc import Iterable
from math import inf
from typing import Any, Final

from moto.ec2.models.availability_zones_and_regions import Zone
from moto.ec2.models.managed_prefixes import ManagedPrefixList
from moto.ec2.models.security_groups import SecurityGroup
from moto.ec2.models.subnets import Subnet
from moto.ec2.models.vpcs import VPC

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.ec2.security_groups import add_rule, permission_of
from sandbox.services.elasticache.state import region_code
from sandbox.world.model import ClusterSpec, PrefixListSpec, RuleSpec, SecurityGroupSpec, SubnetSpec, VpcSpec

LOCAL: Final = re.compile(r"-[a-z]{3}-\d[a-z]$")


class LaidVpc(VPC):
    """A VPC whose owner may be another account (VPC User Guide, "Share your VPC subnets")."""

    owner_id = ACCOUNT


class LaidSubnet(Subnet):
    owner_id = ACCOUNT
    outpost_arn: str | None = None


def clear(ec2: Any) -> None:
    """Remove the default VPC that moto creates in every Region."""
    for held in (ec2.vpcs, ec2.subnets, ec2.groups, ec2.enis, ec2.network_acls, ec2.route_tables, ec2.tags):
        held.clear()
    ec2.default_vpc = None


def lay_zones(ec2: Any, region: str, wanted: Iterable[str]) -> None:
    """The region's zones, with those of the world that moto does not know."""
    zones = list(type(ec2).zones.get(region, []))
    known, taken = {zone.name for zone in zones}, {zone.zone_id for zone in zones}
    for name in sorted(set(wanted) - known):
        zone_id = next(each for each in _zone_ids(region) if each not in taken)
        taken.add(zone_id)
        zones.append(Zone(region_name=region, name=name, zone_id=zone_id, zone_type=_kind_of(name)))
    ec2.zones = {region: sorted(zones, key=lambda zone: str(zone.name))}


def _kind_of(zone: str) -> str:
    """A Local Zone's name is its Region's with a place's code and a number (EC2 User Guide, "Local Zones")."""
    return "local-zone" if LOCAL.search(zone) else "availability-zone"


def _zone_ids(region: str) -> Iterable[str]:
    return (f"{region_code(region)}-az{number}" for number in range(1, 27))


def lay_vpc(ec2: Any, spec: VpcSpec) -> None:
    vpc = ec2.vpcs[spec.id] = LaidVpc(ec2, spec.id, spec.cidr, is_default=spec.default)
    vpc.owner_id = spec.owner or ACCOUNT
    for cidr in spec.secondary:
        vpc.associate_vpc_cidr_block(cidr)
    if spec.default:
        ec2.default_vpc = vpc
    ec2.create_route_table(spec.id, main=True)
    ec2.create_network_acl(spec.id, default=True)
    ec2.create_security_group("default", "default VPC security group", vpc_id=spec.id, is_default=True)
    zones = {zone.name: zone for zone in ec2.describe_availability_zones()}
    defaults: set[str] = set()
    for each in spec.subnets:
        default = spec.default and each.zone not in defaults if each.default_for_az is None else each.default_for_az
        defaults.add(each.zone)
        ec2.subnets[each.zone][each.id] = _subnet(ec2, spec, each, zones[each.zone], default)


def _subnet(ec2: Any, vpc: VpcSpec, spec: SubnetSpec, zone: Zone, default: bool) -> "LaidSubnet":
    made = LaidSubnet(
        ec2, spec.id, vpc.id, spec.cidr, spec.ipv6_cidr, zone, default, default, ipv6_native=spec.cidr is None
    )
    made.owner_id = spec.owner or vpc.owner or ACCOUNT
    if spec.outpost is not None:
        made.outpost_arn = f"arn:aws:outposts:{zone.region_name}:{ACCOUNT}:outpost/{spec.outpost}"
    if spec.cidr is None:
        made._available_ip_addresses = 0  # AWS counts IPv4 addresses
    return made


def lay_security_group(ec2: Any, spec: SecurityGroupSpec) -> None:
    vpc_id = spec.vpc or only_vpc(ec2)
    made = SecurityGroup(ec2, spec.id, spec.name or spec.id, spec.description, vpc_id=vpc_id)
    ec2.groups[vpc_id][spec.id] = made
    ec2.tags[spec.id].update(spec.tags)


def lay_named_groups(ec2: Any, cluster: ClusterSpec) -> None:
    """Create the groups that only the cluster names; `default` is the VPC's own group."""
    for group_id in cluster.security_groups:
        if group_id != "default" and ec2.get_security_group_from_id(group_id) is None:
            lay_security_group(ec2, SecurityGroupSpec(id=group_id, vpc=vpc_of(ec2, cluster)))


def vpc_of(ec2: Any, cluster: ClusterSpec) -> str:
    return str(ec2.get_subnet(cluster.subnets[0]).vpc_id) if cluster.subnets else only_vpc(ec2)


def only_vpc(ec2: Any) -> str:
    """The default VPC, or the first of the world."""
    if not ec2.vpcs:
        raise ValueError("the world has no VPC to put this in")
    return str(ec2.default_vpc.id if ec2.default_vpc else next(iter(ec2.vpcs)))


def lay_prefix_list(ec2: Any, spec: PrefixListSpec) -> None:
    entries = [{"Cidr": each} for each in spec.entries]
    made = ManagedPrefixList(ec2, ec2.region_name, "IPv4", entries, str(len(entries)), spec.id)
    made.id = spec.id
    ec2.managed_prefix_lists[spec.id] = made


def lay_rule(ec2: Any, group_id: str | None, spec: RuleSpec) -> None:
    group = ec2.get_security_group_from_id(group_id)
    if group is None:
        raise ValueError(f"a rule names the security group {group_id}, which the world does not have")
    first, last = spec.from_port or spec.port, spec.to_port or spec.port
    ports = {} if first is None else {"FromPort": first, "ToPort": last}
    of = {"IpProtocol": spec.protocol, **ports}
    permission = permission_of(ec2, of, spec.cidr, spec.source, spec.prefix_list)
    add_rule(ec2, group, permission, spec.description, spec.tags, -inf)
