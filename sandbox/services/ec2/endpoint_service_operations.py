"""The operations of a provider on its endpoint services (EC2 API reference).

DeleteVpcEndpointServiceConfigurations answers 200 and lists the services that it could not delete in `Unsuccessful`.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from sandbox.services.common import Answer, Refused, backend, page, selected, tag_list, tags_of, valid
from sandbox.services.ec2.endpoint_connections import unsuccessful
from sandbox.services.ec2.endpoint_services import EndpointService, delete, services, zones_of
from sandbox.services.ec2.protocol import Ec2Response, Failure
from sandbox.services.elbv2.state import timeline

PRINCIPAL = r"\*|arn:aws:iam::\d{12}:(root|role/[\w+=,.@-]+|user/[\w+=,.@-]+)"
MOST = 1000


class EndpointServices:
    """Mixed into the corrected EC2 responses."""

    def create_vpc_endpoint_service_configuration(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        p, held = self._get_params(), services(self.region)
        token = p.get("ClientToken")
        replayed = next((each for each in held.values() if token and each.token == token), None)
        if replayed is not None:
            return Answer({"ServiceConfiguration": self._view(_same_request(replayed, p)), "ClientToken": token})
        arns = p.get("NetworkLoadBalancerArns", [])
        zones = zones_of([self._active_balancer(arn) for arn in arns])
        now = self.now()
        made = EndpointService(
            id=f"vpce-svc-{mock_random.get_random_hex(17)}",
            region=self.region,
            network_load_balancer_arns=list(arns),
            acceptance_required=str(p.get("AcceptanceRequired", True)).lower() == "true",
            zones=zones,
            created_at=now,
            available_at=now + self.conditions.draw("endpoint_service"),
            token=token,
            request=_comparable(p),
        )
        held[made.id] = made
        self.ec2_backend.tags[made.id].update(_tags(p))
        return Answer({"ServiceConfiguration": self._view(made), "ClientToken": token})

    def _active_balancer(self: Ec2Response, arn: str) -> Any:
        balancer = backend("elbv2", self.region).load_balancers.get(arn)
        dropped = self.conditions.deleted_load_balancers == "dropped"
        going = balancer is not None and timeline(backend("elbv2", self.region)).balancers[arn].gone_at is not None
        if balancer is None or balancer.type != "network" or (going and dropped):
            raise Refused("InvalidParameter", f"The Network Load Balancer {arn} does not exist.")
        if balancer.state != "active":
            raise Refused("InvalidParameter", f"The Network Load Balancer {arn} is not in the active state.")
        if any(each.holds(arn, self.now()) for each in services(self.region).values()):
            message = f"{arn} is already associated with another VPC Endpoint Service Configuration."
            raise Refused("InvalidParameter", message)
        return balancer

    def describe_vpc_endpoint_service_configurations(self: Ec2Response) -> ActionResult:
        wanted, held = self._get_param("ServiceIds", []), services(self.region)
        listed = [self._listed(service_id) for service_id in wanted] if wanted else list(held.values())
        tags, now = self.ec2_backend.tags, self.now()
        fields: dict[str, Callable[[EndpointService], object]] = {
            "service-id": lambda each: each.id,
            "service-name": lambda each: each.service_name,
            "service-state": lambda each: each.state(now),
            "tags": lambda each: dict(tags.get(each.id, {})),
            "tag-key": lambda each: list(tags.get(each.id, {})),
        }
        found = selected(listed, self._filters_from_querystring(), fields)
        shown, token = page(found, int(self._get_param("MaxResults", MOST)), self._get_param("NextToken"))
        return Answer({"ServiceConfigurations": [self._view(each) for each in shown], "NextToken": token})

    def _listed(self: Ec2Response, service_id: str) -> EndpointService:
        found = services(self.region).get(service_id)
        if found is None:
            message = f"The VpcEndpointService Id '{service_id}' does not exist"
            raise Refused("InvalidVpcEndpointServiceId.NotFound", message)
        return found

    def _live(self: Ec2Response, service_id: str) -> EndpointService:
        found: EndpointService = self._listed(service_id)
        if found.deleted_at is not None:
            message = f"The VpcEndpointService Id '{service_id}' does not exist"
            raise Refused("InvalidVpcEndpointServiceId.NotFound", message)
        return found

    def _view(self: Ec2Response, service: EndpointService) -> dict[str, object]:
        return {
            "ServiceId": service.id,
            "ServiceName": service.service_name,
            "ServiceState": service.state(self.now()),
            "ServiceType": [{"ServiceType": "Interface"}],
            "AcceptanceRequired": service.acceptance_required,
            "ManagesVpcEndpoints": False,
            "AvailabilityZones": [name for name, _ in service.zones],
            "AvailabilityZoneIds": [zone_id for _, zone_id in service.zones],
            "NetworkLoadBalancerArns": service.network_load_balancer_arns,
            "SupportedIpAddressTypes": ["ipv4"],
            "BaseEndpointDnsNames": [f"{service.id}.{self.region}.vpce.amazonaws.com"],
            "Tags": tag_list(self.ec2_backend.tags.get(service.id, {})),
        }

    def modify_vpc_endpoint_service_configuration(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        p = self._get_params()
        service = self._live(p["ServiceId"])
        added, removed = p.get("AddNetworkLoadBalancerArns", []), p.get("RemoveNetworkLoadBalancerArns", [])
        if (added or removed) and service.live_connections(self.now()):
            raise Refused("ExistingVpcEndpointConnections", "Service has existing active VPC Endpoint connections!")
        for arn in added:
            self._active_balancer(arn)
        kept = [arn for arn in service.network_load_balancer_arns if arn not in removed] + list(added)
        if not kept:
            raise Refused("InvalidParameter", "A service needs at least one load balancer.")
        service.network_load_balancer_arns = kept
        service.zones = zones_of([backend("elbv2", self.region).load_balancers[arn] for arn in kept])
        if "AcceptanceRequired" in p:
            service.acceptance_required = str(p["AcceptanceRequired"]).lower() == "true"
        return Answer({"Return": True})

    def delete_vpc_endpoint_service_configurations(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        failures = [self._delete(service_id) for service_id in self._get_param("ServiceIds", [])]
        return Answer({"Unsuccessful": [each for each in failures if each]})

    def _delete(self: Ec2Response, service_id: str) -> Failure | None:
        service, now = services(self.region).get(service_id), self.now()
        if service is None or service.state(now) == "Deleted":
            message = f"The VpcEndpointService Id '{service_id}' does not exist"
            return unsuccessful(service_id, "InvalidVpcEndpointService.NotFound", message)
        if service.live_connections(now):
            message = "Service has existing active VPC Endpoint connections!"
            return unsuccessful(service_id, "ExistingVpcEndpointConnections", message)
        delete(service, self.conditions)
        return None

    # permissions

    def describe_vpc_endpoint_service_permissions(self: Ec2Response) -> ActionResult:
        service = self._live(self._get_param("ServiceId"))
        fields: dict[str, Callable[[str], object]] = {"principal": lambda each: each}
        found = selected(service.principals, self._filters_from_querystring(), fields)
        shown, token = page(found, int(self._get_param("MaxResults", MOST)), self._get_param("NextToken"))
        views = [_principal(service, each) for each in shown]
        return Answer({"AllowedPrincipals": views, "NextToken": token})

    def modify_vpc_endpoint_service_permissions(self: Ec2Response) -> ActionResult:
        self.error_on_dryrun()
        p = self._get_params()
        service = self._live(p["ServiceId"])
        added, removed = p.get("AddAllowedPrincipals", []), p.get("RemoveAllowedPrincipals", [])
        for principal in [*added, *removed]:
            if not valid(PRINCIPAL, principal):
                raise Refused("InvalidPrincipal", f"Invalid principal: {principal}")
        absent = [principal for principal in removed if principal not in service.principals]
        if absent:
            raise Refused("InvalidParameter", f"{absent[0]} is not an allowed principal of {service.id}.")
        for principal in removed:
            del service.principals[principal]
        new = [principal for principal in added if principal not in service.principals]
        for principal in new:
            service.principals[principal] = f"vpce-svc-perm-{mock_random.get_random_hex(17)}"
        return Answer({"AddedPrincipals": [_principal(service, each) for each in new], "ReturnValue": True})


def _tags(p: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in p.get("TagSpecifications", []):
        if each.get("ResourceType") != "vpc-endpoint-service":
            message = f"'{each.get('ResourceType')}' is not a valid taggable resource type for this operation."
            raise Refused("InvalidParameterValue", message)
        found |= tags_of(each.get("Tags"))
    return found


def _comparable(p: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in p.items() if name != "ClientToken"}


def _same_request(service: EndpointService, p: dict[str, Any]) -> EndpointService:
    if service.request != _comparable(p):
        raise Refused("IdempotentParameterMismatch", "The client token was used before with other parameters.")
    return service


def _principal(service: EndpointService, principal: str) -> dict[str, str]:
    kind = "All" if principal == "*" else "Account" if principal.endswith(":root") else "Role"
    return {
        "Principal": principal,
        "PrincipalType": kind,
        "ServicePermissionId": service.principals[principal],
        "ServiceId": service.id,
    }
