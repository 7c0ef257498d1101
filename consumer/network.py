"""The subnets of this account, and which of them a service can be reached from.

An interface endpoint has one subnet in a zone, and only in zones that the service is offered in; zones of two accounts
are compared by their ids, because the same name means other zones in other accounts (PrivateLink guide, "Access AWS
services through an interface VPC endpoint", and EC2 User Guide, "Availability Zone IDs").
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consumer.offers import Offer
from consumer.problems import NotConnectedError, doing


@dataclass(frozen=True)
class Subnet:
    id: str
    vpc: str
    zone: str
    zone_id: str


def subnets(ec2: Any, wanted: Collection[str] = ()) -> list[Subnet]:
    """Those that are wanted, else all. Raises NotConnectedError unless they are of one VPC."""
    with doing("looking at the subnets of this account"):
        pages = ec2.get_paginator("describe_subnets").paginate(**({"SubnetIds": [*wanted]} if wanted else {}))
        found = [
            Subnet(each["SubnetId"], each["VpcId"], each["AvailabilityZone"], each["AvailabilityZoneId"])
            for page in pages
            for each in page["Subnets"]
        ]
    if len({each.vpc for each in found}) != 1:
        vpcs = ", ".join(sorted({each.vpc for each in found})) or "none"
        raise NotConnectedError(f"choosing subnets: expected those of one VPC, found {vpcs}; name them with --subnets")
    return sorted(found, key=lambda each: each.id)


def chosen(offer: Offer, service: Mapping[str, Any], among: Sequence[Subnet]) -> Subnet:
    """The subnet for the endpoint: in the node's zone if there is one, as data that crosses zones costs.

    Raises NotConnectedError where this VPC has no subnet in a zone in which the service is offered.
    """
    ids, names = service.get("AvailabilityZoneIds"), service["AvailabilityZones"]
    # older answers have the names alone, which are those of the account that asked
    possible = [each for each in among if (each.zone_id in ids if ids else each.zone in names)]
    if not possible:
        own = ", ".join(sorted({each.zone_id for each in among}))
        raise NotConnectedError(
            f"choosing a subnet for {offer.service_name}: it is offered in {', '.join(ids or names) or 'no zone'}, "
            f"and this VPC has subnets in {own}; ask for a connection whose load balancers are in all zones"
        )
    return min(possible, key=lambda each: (each.zone_id != offer.zone_id, each.id))
