"""Connections of consumers to endpoint services: describe, accept, reject (EC2 API reference).

Accept and reject answer 200 and list the connections that failed in `Unsuccessful`. On the wire, states are in lower
camel case, unlike in the API model.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from moto.core.responses import ActionResult

from sandbox.services.common import Answer, page, selected
from sandbox.services.ec2.endpoint_services import Connection, EndpointService, services
from sandbox.services.ec2.protocol import Ec2Response, Failure

MOST = 1000
REJECTABLE = ("pendingAcceptance", "available", "partial")
"""The states in which EC2 documents that an endpoint can be rejected (API reference,
DeleteVpcEndpointServiceConfigurations), and ``partial``, which nobody could get rid of otherwise. It says nothing of
one that is ``pending``, so here that one cannot.
"""
ATTACHMENT = "tgw-attach-"
"""How the id of a transit gateway attachment begins (EC2 API reference, TransitGatewayAttachment)."""


def unsuccessful(resource_id: str, code: str, message: str) -> Failure:
    return {"ResourceId": resource_id, "Error": {"Code": code, "Message": message}}


class EndpointConnections:
    """Mixed into the corrected EC2 responses, beside the services'."""

    def describe_vpc_endpoint_connections(self: Ec2Response) -> ActionResult:
        now = self.now()
        every = [(service, each) for service in services(self.region).values() for each in service.connections.values()]
        fields: dict[str, Callable[[tuple[EndpointService, Connection]], object]] = {
            "service-id": lambda each: each[0].id,
            "vpc-endpoint-owner": lambda each: each[1].owner,
            "vpc-endpoint-id": lambda each: each[1].vpc_endpoint_id,
            "vpc-endpoint-state": lambda each: each[1].state_at(now),
        }
        found = selected(every, self._filters_from_querystring(), fields)
        shown, token = page(found, int(self._get_param("MaxResults", MOST)), self._get_param("NextToken"))
        views = [_connection(*each, now) for each in shown]
        return Answer({"VpcEndpointConnections": views, "NextToken": token})

    def accept_vpc_endpoint_connections(self: Ec2Response) -> ActionResult:
        return self._answer(("pendingAcceptance", "rejected"), "pending", "available", "connection")

    def reject_vpc_endpoint_connections(self: Ec2Response) -> ActionResult:
        return self._answer(REJECTABLE, None, "rejected", "rejection")

    def _answer(
        self: Ec2Response, from_states: Sequence[str], meanwhile: str | None, into: str, latency: str
    ) -> ActionResult:
        self.error_on_dryrun()
        p, now = self._get_params(), self.now()
        service, failures = self._live(p["ServiceId"]), []
        for endpoint_id in p.get("VpcEndpointIds", []):
            found = service.connections.get(endpoint_id)
            if found is None:
                message = f"The Vpc Endpoint Id '{endpoint_id}' does not exist"
                failures.append(unsuccessful(endpoint_id, "InvalidVpcEndpointId.NotFound", message))
            elif found.state_at(now) not in from_states:
                message = f"The Vpc Endpoint '{endpoint_id}' is in state {found.state_at(now)}"
                failures.append(unsuccessful(endpoint_id, "InvalidState", message))
            else:
                found.turn(meanwhile or found.state_at(now), into, now + self.conditions.draw(latency))
        return Answer({"Unsuccessful": failures})


def _connection(service: EndpointService, each: Connection, now: float) -> dict[str, object]:
    """A transit gateway attachment has ids of its own in the place of an endpoint's (API model, VpcEndpointConnection).
    EC2 has it at services of Gateway Load Balancers only; here a world may give it to any.
    """
    kind = "TransitGatewayAttachment" if each.vpc_endpoint_id.startswith(ATTACHMENT) else "VpcEndpoint"
    return {
        "ServiceId": service.id,
        f"{kind}Id": each.vpc_endpoint_id,
        f"{kind}Owner": each.owner,
        "VpcEndpointState": each.state_at(now),
        "CreationTimestamp": datetime.fromtimestamp(each.created_at, UTC),
        "NetworkLoadBalancerArns": service.network_load_balancer_arns,
        "IpAddressType": "ipv4",
        "VpcEndpointRegion": service.region,
        "ServiceRegion": service.region,
    }
