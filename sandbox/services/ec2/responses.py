"""EC2's corrected responses: the mixins of this folder, Availability Zones and tags."""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.responses import EC2Response

from sandbox.services.common import Answer, Corrected, Refused, added_tags, selected, tags_of
from sandbox.services.ec2.endpoint_connections import EndpointConnections
from sandbox.services.ec2.endpoint_service_operations import EndpointServices
from sandbox.services.ec2.interface_endpoint_operations import InterfaceEndpoints
from sandbox.services.ec2.interfaces import Interfaces
from sandbox.services.ec2.security_groups import SecurityGroups, all_rules

MOST_TAGS = 50
# prefix of an id: the code by which EC2 says that there is none (EC2 API error codes)
NOT_FOUND = {
    "sg": "InvalidGroup.NotFound",
    "sgr": "InvalidSecurityGroupRuleId.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "vpc": "InvalidVpcID.NotFound",
    "eni": "InvalidNetworkInterfaceID.NotFound",
    "vpce-svc": "InvalidVpcEndpointServiceId.NotFound",
}


class Ec2(
    EndpointServices, EndpointConnections, InterfaceEndpoints, SecurityGroups, Interfaces, Corrected, EC2Response
):
    """Corrected responses."""

    def describe_availability_zones(self) -> ActionResult:
        zones = self.ec2_backend.describe_availability_zones()
        names, ids = self._get_param("ZoneNames", []), self._get_param("ZoneIds", [])
        known = {zone.name for zone in zones} | {zone.zone_id for zone in zones}
        for wanted in [*names, *ids]:
            if wanted not in known:
                raise Refused("InvalidParameterValue", f"Invalid availability zone: [{wanted}]")
        fields: dict[str, Callable[[Any], object]] = {
            "zone-name": lambda zone: zone.name,
            "zone-id": lambda zone: zone.zone_id,
            "zone-type": lambda zone: zone.zone_type,
            "region-name": lambda zone: zone.region_name,
            "state": lambda zone: zone.state,
            "opt-in-status": lambda zone: "opt-in-not-required",
            "group-name": lambda zone: zone.region_name,
        }
        listed = [zone for zone in zones if not names + ids or zone.name in names or zone.zone_id in ids]
        found = selected(listed, self._filters_from_querystring(), fields)
        return Answer({"AvailabilityZones": [_zone(each) for each in found]})

    # tags

    def create_tags(self) -> ActionResult:
        self.error_on_dryrun()
        resources, tags = self._get_param("Resources", []), tags_of(self._get_param("Tags", []))
        for resource_id in resources:
            self._require(resource_id)
            if len({*self.ec2_backend.tags.get(resource_id, {}), *tags}) > MOST_TAGS:
                raise Refused("TagLimitExceeded", f"The maximum number of tags for {resource_id} has been reached.")
        added = added_tags("ec2", self.region)
        for resource_id in resources:
            there = self.ec2_backend.tags[resource_id]
            added.setdefault(resource_id, set()).update(tags.keys() - there.keys())
            there.update(tags)
        return EmptyResult()

    def delete_tags(self) -> ActionResult:
        self.error_on_dryrun()
        wanted = {tag["Key"]: tag.get("Value") for tag in self._get_param("Tags", [])}
        for resource_id in self._get_param("Resources", []):
            self._require(resource_id)
            tags = self.ec2_backend.tags[resource_id]
            kept = {key: value for key, value in tags.items() if not _deleted(key, value, wanted)}
            self.ec2_backend.tags[resource_id] = kept
        return EmptyResult()

    def _require(self, resource_id: str) -> None:
        if resource_id not in self._taggable():
            prefix = resource_id.rpartition("-")[0]
            code = NOT_FOUND.get(prefix, "InvalidID")
            raise Refused(code, f"The ID '{resource_id}' does not exist")

    def _taggable(self) -> set[str]:
        ec2 = self.ec2_backend
        groups = {group_id for groups in ec2.groups.values() for group_id in groups}
        subnets = {subnet.id for subnet in ec2.describe_subnets()}
        return groups | subnets | {rule.id for rule in all_rules(ec2)} | {*ec2.vpcs, *ec2.enis, *ec2.configurations}


def _deleted(key: str, value: str, wanted: dict[str, str | None]) -> bool:
    """A tag is deleted by key; if a value comes with it, only where it is the tag's."""
    return not wanted or (key in wanted and wanted[key] in (None, value))


def _zone(zone: Any) -> dict[str, object]:
    return {
        "ZoneName": zone.name,
        "ZoneId": zone.zone_id,
        "ZoneType": zone.zone_type,
        "RegionName": zone.region_name,
        "State": zone.state,
        "OptInStatus": "opt-in-not-required",
        "GroupName": zone.region_name,
        "NetworkBorderGroup": zone.region_name,
        "Messages": [],
    }
