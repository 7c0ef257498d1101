"""The operations of a consumer: the services that it finds, and its interface endpoints (EC2 API reference).

CreateVpcEndpoint and DescribeVpcEndpointServices say of a service that the caller may not use what they say of one
that is not there (aws/aws-cdk issue 2597 and terraform-aws-modules/terraform-aws-vpc issue 481 have the sentence). Of
AWS's own services none is offered, nor are gateway endpoints.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from sandbox.services.common import Answer, Refused, page, selected, tag_list, tags_of
from sandbox.services.ec2.endpoint_connections import unsuccessful
from sandbox.services.ec2.endpoint_services import Connection, EndpointService
from sandbox.services.ec2.interface_endpoints import (
    InterfaceEndpoint,
    delete,
    endpoints,
    make,
    shown,
    subnets_for,
)
from sandbox.services.ec2.protocol import Ec2Response, Failure

MOST: Final = 1000
UNAVAILABLE: Final = 503
PENDING: Final = "The service is unavailable. Please try again shortly."
"""What EC2 says of a service that has just been created (aws/aws-sdk-go-v2 issue 2254)."""


class InterfaceEndpoints:
    """Mixed into the corrected EC2 responses, beside the services'."""

    def describe_vpc_endpoint_services(self: Ec2Response) -> ActionResult:
        found = shown(self.region, self.caller)
        wanted = self._get_param("ServiceNames", [])
        for name in wanted:
            self._shown(name)
        tags = self.ec2_backend.tags
        fields: dict[str, Callable[[EndpointService], object]] = {
            "service-name": lambda each: each.service_name,
            "service-type": lambda each: "Interface",
            "service-region": lambda each: each.region,
            "owner": lambda each: each.arn.split(":")[4],
            "supported-ip-address-types": lambda each: "ipv4",
            "tags": lambda each: dict(tags.get(each.id, {})),
            "tag-key": lambda each: list(tags.get(each.id, {})),
        }
        listed = [each for each in found if not wanted or each.service_name in wanted]
        kept = selected(listed, self._filters_from_querystring(), fields)
        some, token = page(kept, int(self._get_param("MaxResults", MOST)), self._get_param("NextToken"))
        details = [self._details(each) for each in some]
        names = [each.service_name for each in some]
        return Answer({"ServiceNames": names, "ServiceDetails": details, "NextToken": token})

    def _shown(self: Ec2Response, service_name: str) -> EndpointService:
        found = [each for each in shown(self.region, self.caller) if each.service_name == service_name]
        if not found:
            raise Refused("InvalidServiceName", f"The Vpc Endpoint Service '{service_name}' does not exist")
        return found[0]

    def _details(self: Ec2Response, service: EndpointService) -> dict[str, object]:
        """With the zones as the caller's account calls them, of those that it has at all (EC2 API reference)."""
        own = {zone.zone_id: zone.name for zone in self.ec2_backend.describe_availability_zones()}
        common = sorted((own[zone_id], zone_id) for _, zone_id in service.zones if zone_id in own)
        return {
            **service.to_dict(),
            "AvailabilityZones": [name for name, _ in common],
            "AvailabilityZoneIds": [zone_id for _, zone_id in common],
            "ServiceRegion": service.region,
            "SupportedIpAddressTypes": ["ipv4"],
            "Tags": tag_list(self.ec2_backend.tags.get(service.id, {})),
        }

    def create_vpc_endpoint(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        p, held = self._get_params(), endpoints(self.region, self.caller.account)
        token = p.get("ClientToken")
        replayed = next((each for each in held.values() if token and each.token == token), None)
        endpoint = replayed or make(self._requested(p, token), self.conditions)
        return Answer({"VpcEndpoint": self._endpoint(endpoint), "ClientToken": token})

    def _requested(self: Ec2Response, p: Mapping[str, Any], token: str | None) -> InterfaceEndpoint:
        if p["VpcId"] not in self.ec2_backend.vpcs:
            raise Refused("InvalidVpcID.NotFound", f"The vpc ID '{p['VpcId']}' does not exist")
        service, account = self._shown(p["ServiceName"]), self.caller.account
        _check(p, service)
        if service.state(self.now()) != "Available":
            raise Refused("Unavailable", PENDING, UNAVAILABLE)
        standing = [each for each in endpoints(self.region, account).values() if each.vpc_id == p["VpcId"]]
        if len(standing) >= self.conditions.quotas.interface_endpoints_per_vpc:
            raise Refused("VpcEndpointLimitExceeded", "The maximum number of VPC endpoints has been reached.")
        endpoint_id, tags = f"vpce-{mock_random.get_random_hex(17)}", p.get("TagSpecifications", [])
        return InterfaceEndpoint(
            id=endpoint_id,
            owner=account,
            region=self.region,
            vpc_id=p["VpcId"],
            service=service,
            subnet_ids=subnets_for(service, self.ec2_backend, self._subnets_in(p)),
            groups=self._groups_in(p),
            connection=Connection(endpoint_id, account, self.now()),
            tags=tags_of([tag for each in tags for tag in each.get("Tags", [])]),
            token=token,
        )

    def _subnets_in(self: Ec2Response, p: Mapping[str, Any]) -> list[str]:
        known = {each.id: each.vpc_id for each in self.ec2_backend.describe_subnets()}
        for each in p.get("SubnetIds", []):
            if each not in known:
                raise Refused("InvalidSubnetID.NotFound", f"The subnet ID '{each}' does not exist")
            if known[each] != p["VpcId"]:
                raise Refused("InvalidParameter", f"The subnet {each} does not belong to {p['VpcId']}.")
        return list(p.get("SubnetIds", []))

    def _groups_in(self: Ec2Response, p: Mapping[str, Any]) -> list[str]:
        """The groups of the request, or the VPC's default one."""
        named = [self._security_group(each).id for each in p.get("SecurityGroupIds", [])]
        return named or [self.ec2_backend.get_default_security_group(p["VpcId"]).id]

    def _endpoint(self: Ec2Response, each: InterfaceEndpoint) -> dict[str, object]:
        ec2, service, now = self.ec2_backend, each.service, self.now()
        groups = [ec2.get_security_group_from_id(group) for group in each.groups]
        name = f"{each.id}-{each.id[-8:]}.{service.id}.{each.region}.vpce.amazonaws.com"
        return {
            "VpcEndpointId": each.id,
            "VpcEndpointType": "Interface",
            "VpcId": each.vpc_id,
            "ServiceName": service.service_name,
            "State": each.connection.state_at(now),
            "RouteTableIds": [],
            "SubnetIds": each.subnet_ids,
            "Groups": [{"GroupId": group.id, "GroupName": group.name} for group in groups],
            "IpAddressType": "ipv4",
            "PrivateDnsEnabled": False,
            "RequesterManaged": False,
            "NetworkInterfaceIds": each.interface_ids,
            "DnsEntries": [{"DnsName": name}],
            "CreationTimestamp": datetime.fromtimestamp(each.connection.created_at, UTC),
            "Tags": tag_list(ec2.tags.get(each.id, {})),
            "OwnerId": each.owner,
            "ServiceRegion": service.region,
        }

    def describe_vpc_endpoints(self: Ec2Response) -> ActionResult:
        held, wanted, now = (
            endpoints(self.region, self.caller.account),
            self._get_param("VpcEndpointIds", []),
            self.now(),
        )
        for each in wanted:
            if each not in held:
                raise Refused("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{each}' does not exist")
        tags = self.ec2_backend.tags
        fields: dict[str, Callable[[InterfaceEndpoint], object]] = {
            "ip-address-type": lambda each: "ipv4",
            "service-name": lambda each: each.service.service_name,
            "service-region": lambda each: each.service.region,
            "vpc-id": lambda each: each.vpc_id,
            "vpc-endpoint-id": lambda each: each.id,
            "vpc-endpoint-state": lambda each: each.connection.state_at(now),
            "vpc-endpoint-type": lambda each: "Interface",
            "tags": lambda each: dict(tags.get(each.id, {})),
            "tag-key": lambda each: list(tags.get(each.id, {})),
        }
        listed = [each for each in held.values() if not wanted or each.id in wanted]
        found = selected(listed, self._filters_from_querystring(), fields)
        some, token = page(found, int(self._get_param("MaxResults", MOST)), self._get_param("NextToken"))
        return Answer({"VpcEndpoints": [self._endpoint(each) for each in some], "NextToken": token})

    def delete_vpc_endpoints(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        held, failures = endpoints(self.region, self.caller.account), list[Failure]()
        for each in self._get_param("VpcEndpointIds", []):
            if each in held:
                delete(held[each], self.conditions)
            else:
                message = f"The Vpc Endpoint Id '{each}' does not exist"
                failures.append(unsuccessful(each, "InvalidVpcEndpoint.NotFound", message))
        return Answer({"Unsuccessful": failures})


def _check(p: Mapping[str, Any], service: EndpointService) -> None:
    if p.get("VpcEndpointType", "Gateway") != "Interface":
        message = f"The VPC endpoint service {service.service_name} needs an endpoint of the type Interface."
        raise Refused("InvalidParameter", message)
    if str(p.get("PrivateDnsEnabled", False)).lower() == "true":
        message = f"the service {service.service_name} does not provide a private DNS name."
        raise Refused("InvalidParameter", f"Private DNS can't be enabled because {message}")
