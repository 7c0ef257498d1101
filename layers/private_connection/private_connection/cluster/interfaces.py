"""The network interfaces of cache nodes, which tell where a node is before its name does.

ElastiCache describes each as ``ElastiCache <cache cluster id>``, whatever the engine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from private_connection import clients
from private_connection.errors import doing

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef

DESCRIBED: Final = "ElastiCache "
"""How the description of a node's interface begins."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface of a node."""

    address: str | None
    """Its IPv4 address; null in an IPv6-only subnet."""
    subnet_id: str


def interface_description(node_id: str) -> str:
    """How ElastiCache describes the network interface of a node."""
    return f"{DESCRIBED}{node_id}"


def find_interfaces(vpc_id: str, node_ids: Sequence[str]) -> dict[str, Interface]:
    """The network interface of each node that has one, by cache cluster id."""
    wanted = {interface_description(node): node for node in node_ids}
    found: dict[str, Interface] = {}
    with doing("looking up network interfaces", vpc_id):
        pages = clients.ec2().get_paginator("describe_network_interfaces")
        for descriptions in clients.batches(list(wanted), clients.EC2_FILTER_VALUES):
            filters: list[FilterTypeDef] = [
                {"Name": "vpc-id", "Values": [vpc_id]},
                {"Name": "description", "Values": descriptions},
            ]
            for page in pages.paginate(Filters=filters):
                for each in page["NetworkInterfaces"]:
                    found[wanted[each["Description"]]] = Interface(each.get("PrivateIpAddress"), each["SubnetId"])
    return found


def all_interfaces() -> dict[tuple[str, str], frozenset[str]]:
    """The addresses of the interfaces of each node of the account and Region, by the ids of its VPC and of the node.

    A node that is being replaced may have two for a while, and one of a cluster with IPv6 alone has no address that
    could be told. EC2 takes wildcards in the values of filters (EC2 API reference, Filter).
    """
    found: dict[tuple[str, str], frozenset[str]] = {}
    filters: list[FilterTypeDef] = [{"Name": "description", "Values": [interface_description("*")]}]
    with doing("looking up network interfaces", "all"):
        pages = clients.ec2().get_paginator("describe_network_interfaces")
        for page in pages.paginate(Filters=filters, PaginationConfig=clients.EC2_PAGES):
            for each in page["NetworkInterfaces"]:
                node = (each.get("VpcId", ""), each["Description"].removeprefix(DESCRIBED))
                found[node] = found.get(node, frozenset()) | {
                    ip["PrivateIpAddress"] for ip in each.get("PrivateIpAddresses", []) if "PrivateIpAddress" in ip
                }
    return found
