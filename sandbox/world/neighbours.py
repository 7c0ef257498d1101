"""Other accounts: each has one VPC, with a subnet in each zone of the Region or in those that the world says.

The zones are the same, so their ids are; their names are others in each account (EC2 User Guide, "Availability Zone
IDs": AWS maps zones to names independently for each account). An account is laid when somebody of it first looks:
most worlds need none.
"""

from collections.abc import Collection
from typing import Any

from moto.ec2.models.availability_zones_and_regions import Zone

from sandbox.services.common import backend
from sandbox.world import network
from sandbox.world.model import SubnetSpec, VpcSpec

CIDR = "10.0.0.0/16"


class Neighbours:
    """`zones` are the ids of the zones in which the VPC of `consumer` has a subnet; None for all."""

    def __init__(self, consumer: str | None, zones: Collection[str] | None) -> None:
        self._consumer, self._zones = consumer, zones
        self._laid: set[tuple[str, str]] = set()

    def __call__(self, account: str, region: str) -> None:
        """Lay the account in this Region unless it is there. Raises ValueError for a zone that there is not."""
        if (account, region) in self._laid:
            return
        self._laid.add((account, region))
        ec2 = backend("ec2", region, account)
        network.clear(ec2)
        zones = _renamed(account, backend("ec2", region).describe_availability_zones())
        ec2.zones = {region: zones}
        network.lay_vpc(ec2, _vpc(account, self._chosen(account, zones)))

    def _chosen(self, account: str, zones: list[Any]) -> list[Any]:
        if account != self._consumer or self._zones is None:
            return zones
        missing = {*self._zones} - {each.zone_id for each in zones}
        if missing:
            raise ValueError(f"consumerZones: there is no zone {', '.join(sorted(missing))}")
        return [each for each in zones if each.zone_id in self._zones]


def _renamed(account: str, zones: list[Any]) -> list[Any]:
    """The ordinary zones, each under the name that another one has here, if there are several."""
    own = sorted((each for each in zones if each.zone_type == "availability-zone"), key=lambda each: str(each.name))
    by = 1 + int(account) % (len(own) - 1) if len(own) > 1 else 0
    pairs = zip(own, [*own[by:], *own[:by]], strict=True)
    return [
        Zone(region_name=each.region_name, name=each.name, zone_id=other.zone_id, zone_type=each.zone_type)
        for each, other in pairs
    ]


def _vpc(account: str, zones: list[Any]) -> VpcSpec:
    subnets = tuple(
        SubnetSpec(id=f"subnet-{account}-{each.zone_id}", cidr=f"10.0.{16 * index}.0/20", zone=str(each.name))
        for index, each in enumerate(zones)
    )
    return VpcSpec(id=f"vpc-{account}", cidr=CIDR, owner=account, subnets=subnets)
