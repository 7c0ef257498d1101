"""Subnets and Availability Zones, which are read and never changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.errors import code_of, doing

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, SubnetTypeDef


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet with what a load balancer and a rule need to know of it."""

    id: str
    vpc_id: str
    zone: str
    zone_id: str
    cidr: str | None
    """Its IPv4 range; null for an IPv6-only subnet (API reference, Subnet: CidrBlock)."""
    free: int
    """Addresses that nothing has taken, without those that AWS keeps for itself."""
    outpost: str | None = None
    """The ARN of the Outpost that it is on; null for one in the Region (API reference, Subnet: OutpostArn)."""

    def holds(self, address: str) -> bool:
        return self.cidr is not None and ip_address(address) in ip_network(self.cidr)


def find_subnets(subnet_ids: Iterable[str]) -> list[Subnet]:
    """The subnets with these ids, sorted by zone and id. Those that do not exist are left out."""
    wanted = sorted(set(subnet_ids))
    with doing("looking up subnets", ", ".join(wanted)):
        try:
            return _described(wanted) if wanted else []
        except ClientError as error:
            # EC2 refuses a call by ids if one of them is unknown; a filter ignores unknown ids (EC2 error codes).
            if code_of(error) not in (
                "InvalidSubnetID.NotFound",
                "InvalidSubnetId.NotFound",
                "InvalidSubnetID.Malformed",
            ):
                raise
            return _filtered("subnet-id", wanted)


def default_subnets() -> list[Subnet]:
    """The default subnet of each zone, of the Region's default VPC; none where there is no default VPC. One on an
    Outpost is left out: no load balancer of ours stands there.
    """
    with doing("looking up subnets", "default VPC"):
        return [each for each in _filtered("default-for-az", ["true"]) if each.outpost is None]


def all_subnets() -> list[Subnet]:
    """All subnets of the account and Region."""
    with doing("looking up subnets", "all"):
        pages = clients.ec2().get_paginator("describe_subnets").paginate(PaginationConfig=clients.EC2_PAGES)
        return _sorted(subnet for page in pages for subnet in page["Subnets"])


def ordinary_zones() -> frozenset[str]:
    """The Region's Availability Zones.

    Without Local Zones and Wavelength Zones, where ElastiCache nodes need special subnets.
    """
    with doing("looking up zones", "Region"):
        zones = clients.ec2().describe_availability_zones(
            Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
        )
    return frozenset(zone["ZoneName"] for zone in zones["AvailabilityZones"])


def find_interface_descriptions(vpc_id: str, addresses: Sequence[str]) -> dict[str, str]:
    """The description of the network interface that has an address, by address; without those that none has."""
    found = dict[str, str]()
    with doing("looking up network interfaces", vpc_id):
        pages = clients.ec2().get_paginator("describe_network_interfaces")
        for batch in clients.batches(addresses, clients.EC2_FILTER_VALUES):
            filters: list[FilterTypeDef] = [
                {"Name": "vpc-id", "Values": [vpc_id]},
                {"Name": "addresses.private-ip-address", "Values": batch},
            ]
            for page in pages.paginate(Filters=filters):
                for each in page["NetworkInterfaces"]:
                    held = {ip["PrivateIpAddress"] for ip in each["PrivateIpAddresses"]}
                    found |= dict.fromkeys(held.intersection(batch), each["Description"])
    return found


def _described(subnet_ids: Sequence[str]) -> list[Subnet]:
    return _sorted(clients.ec2().describe_subnets(SubnetIds=subnet_ids)["Subnets"])


def _filtered(name: str, values: Sequence[str]) -> list[Subnet]:
    pages = clients.ec2().get_paginator("describe_subnets").paginate(Filters=[{"Name": name, "Values": values}])
    return _sorted(subnet for page in pages for subnet in page["Subnets"])


def _sorted(described: "Iterable[SubnetTypeDef]") -> list[Subnet]:
    return sorted(map(_subnet, described), key=lambda subnet: (subnet.zone, subnet.id))


def _subnet(found: "SubnetTypeDef") -> Subnet:
    return Subnet(
        id=found["SubnetId"],
        vpc_id=found.get("VpcId", ""),
        zone=found.get("AvailabilityZone", ""),
        zone_id=found.get("AvailabilityZoneId", ""),
        cidr=found.get("CidrBlock") or None,
        free=found.get("AvailableIpAddressCount", 0),
        outpost=found.get("OutpostArn") or None,
    )
