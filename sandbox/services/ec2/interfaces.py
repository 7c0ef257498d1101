"""Network interfaces that AWS services keep in a VPC: one for each cache node, one for each load balancer and subnet.

Moto creates none of them. Each takes an address of its subnet, has a description that names its owner, and stays for a
while after its owner is deleted, which delays the deletion of a security group.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import islice
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Answer, Refused, backend, every_backend, page, selected, tag_list
from sandbox.services.ec2.protocol import Ec2Response

KEPT_HOSTS = 3  # AWS keeps a subnet's first four addresses, the network's own among them, and its last (subnet-sizing)


@dataclass(frozen=True)
class Spec:
    """An interface to be made for a service."""

    subnet_id: str
    groups: tuple[str, ...]
    description: str
    kind: str = "interface"
    address: str | None = None
    """The address at which it is to answer; a free one if it is left out."""
    over_ipv6: bool = False
    """Whether it answers at an IPv6 address, which it has beside one of IPv4 unless its subnet is IPv6-only."""


def create(region: str, spec: Spec, account: str = ACCOUNT) -> Any | None:
    """The interface, or None when its subnet has no free address."""
    ec2 = backend("ec2", region, account)
    subnet = ec2.get_subnet(spec.subnet_id)
    six = (spec.address or _free_ipv6_address(ec2, subnet)) if spec.over_ipv6 else None
    four = (None if spec.over_ipv6 else spec.address) or free_address(ec2, subnet)
    address = four or (six if subnet.cidr_block is None else None)
    if address is None:
        return None
    made = NetworkInterface(ec2, subnet, address, group_ids=list(spec.groups), description=spec.description)
    made.ipv6_addresses = [six] if six else []
    if four is None:  # moto gives every interface an address of IPv4
        made.private_ip_address, made.private_ip_addresses = None, []
    # a load balancer without security groups has none on its interface either
    made._group_set = [group for group in made._group_set if group.id in spec.groups]
    made.interface_type, made.status, made.requester_managed, made.gone_at = spec.kind, "in-use", True, None
    ec2.enis[made.id] = made
    return made


def free_address(ec2: Any, subnet: Any) -> str | None:
    if subnet.cidr_block is None:
        return None
    taken = {each.private_ip_address for each in ec2.enis.values() if each.subnet.id == subnet.id}
    hosts = map(str, islice(ip_network(subnet.cidr_block).hosts(), KEPT_HOSTS, None))
    return next((host for host in hosts if host not in taken), None)


def _free_ipv6_address(ec2: Any, subnet: Any) -> str:
    taken = {six for each in ec2.enis.values() if each.subnet.id == subnet.id for six in each.ipv6_addresses}
    hosts = map(str, islice(ip_network(ipv6_range(subnet) or "").hosts(), KEPT_HOSTS, None))
    return next(host for host in hosts if host not in taken)


def ipv6_range(subnet: Any) -> str | None:
    ranges = (each["ipv6CidrBlock"] for each in subnet.ipv6_cidr_block_associations.values())
    return next(map(str, ranges), None)


def answers_at(interface: Any) -> str:
    """The address at which its owner is reached."""
    return str((*interface.ipv6_addresses, interface.private_ip_address)[0])


def release(region: str, interface_ids: Iterable[str], at: float, account: str = ACCOUNT) -> None:
    """Delete the interfaces at a given time."""
    enis = backend("ec2", region, account).enis
    for interface_id in interface_ids:
        if interface_id in enis:
            enis[interface_id].gone_at = at


def discard(region: str, interface_ids: Iterable[str]) -> None:
    """Delete interfaces at once."""
    for interface_id in interface_ids:
        del backend("ec2", region).enis[interface_id]


def settle(region: str, now: float) -> None:
    for enis in [each.enis for each in every_backend("ec2", region)]:
        for interface_id in [each.id for each in enis.values() if _gone(each, now)]:
            del enis[interface_id]


def _gone(interface: Any, now: float) -> bool:
    gone_at: float | None = getattr(interface, "gone_at", None)
    return gone_at is not None and gone_at <= now


def using_group(region: str, group_id: str) -> list[str]:
    """Interfaces that carry a security group."""
    enis = backend("ec2", region).enis.values()
    return [each.id for each in enis if group_id in [group.id for group in each.group_set]]


FIELDS: dict[str, Callable[[Any], object]] = {
    "network-interface-id": lambda each: each.id,
    "addresses.private-ip-address": lambda each: [ip["PrivateIpAddress"] for ip in each.private_ip_addresses],
    "private-ip-address": lambda each: each.private_ip_address,
    "vpc-id": lambda each: each.subnet.vpc_id,
    "subnet-id": lambda each: each.subnet.id,
    "availability-zone": lambda each: each.subnet.availability_zone,
    "description": lambda each: each.description,
    "group-id": lambda each: [group.id for group in each.group_set],
    "group-name": lambda each: [group.name for group in each.group_set],
    "interface-type": lambda each: each.interface_type,
    "requester-managed": lambda each: each.requester_managed,
    "status": lambda each: each.status,
    "owner-id": lambda each: each.owner_id,
    "tags": lambda each: each.ec2_backend.tags.get(each.id, {}),
    "tag-key": lambda each: list(each.ec2_backend.tags.get(each.id, {})),
}


class Interfaces:
    """Mixed into the corrected EC2 responses."""

    def describe_network_interfaces(self: Ec2Response) -> ActionResult:
        wanted = self._get_param("NetworkInterfaceIds", [])
        enis = self.ec2_backend.enis
        for interface_id in wanted:
            if interface_id not in enis:
                raise Refused(
                    "InvalidNetworkInterfaceID.NotFound", f"The networkInterface ID '{interface_id}' does not exist"
                )
        listed = [each for each in enis.values() if not wanted or each.id in wanted]
        found = selected(listed, self._filters_from_querystring(), FIELDS)
        shown, token = page(found, int(self._get_param("MaxResults", 1000)), self._get_param("NextToken"))
        return Answer({"NetworkInterfaces": [_view(each) for each in shown], "NextToken": token})


def _view(each: Any) -> dict[str, object]:
    return {
        "NetworkInterfaceId": each.id,
        "Description": each.description,
        "InterfaceType": each.interface_type,
        "Status": each.status,
        "RequesterManaged": each.requester_managed,
        "OwnerId": each.owner_id,
        "SubnetId": each.subnet.id,
        "VpcId": each.subnet.vpc_id,
        "AvailabilityZone": each.subnet.availability_zone,
        "MacAddress": each.mac_address,
        "SourceDestCheck": each.source_dest_check,
        "PrivateIpAddress": each.private_ip_address,
        "PrivateIpAddresses": each.private_ip_addresses,
        "Ipv6Addresses": [{"Ipv6Address": six} for six in each.ipv6_addresses],
        "Groups": [{"GroupId": group.id, "GroupName": group.name} for group in each.group_set],
        "TagSet": tag_list(each.ec2_backend.tags.get(each.id, {})),
    }
