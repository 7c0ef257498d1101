"""Whether a connection works from end to end, as far as this side can see: who is connected, and which nodes answer.

It reads with the rights of whoever asks, from the recorded hand-off on: endpoint service, load balancer, target group.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import explained

ADVICE: Final[Mapping[str, str]] = {
    "pendingAcceptance": "Ververica has not accepted its request: role ARN and workspace must be those of the sheet",
    "pending": "the endpoint comes up: look again in a minute",
    "rejected": "somebody rejected it: delete the private connection in the portal, and create it again",
    "failed": "it failed: delete the private connection in the portal, and create it again",
    "deleting": "the endpoint is being deleted",
    "expired": "nobody accepted it in time: delete the private connection in the portal, and create it again",
}
"""What helps, by the state of an endpoint (EC2 API reference, VpcEndpointConnection)."""
NOBODY: Final = "nobody has asked for a connection: enter the service name of the sheet in the portal, in this Region"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Somebody's endpoint at a service."""

    id: str
    owner: str
    state: str
    is_theirs: bool
    """Whether it is of the account that the deployment offers services to."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A node of the hand-off, as it is now."""

    node: str
    service: str
    endpoints: Sequence[Endpoint]
    health: str
    """Of its target, with AWS's reason where it is not healthy."""

    @property
    def works(self) -> bool:
        return self.health == "healthy" and any(each.is_theirs and each.state == "available" for each in self.endpoints)

    @property
    def advice(self) -> list[str]:
        """What to do, the first thing first."""
        strangers = [each for each in self.endpoints if not each.is_theirs]
        told = [f"{each.owner} is not Ververica's account, and asks for {each.id}" for each in strangers]
        if self.health != "healthy":
            told.append(f"the node does not answer its load balancer ({self.health}): is it available in ElastiCache?")
        theirs = [each for each in self.endpoints if each.is_theirs]
        if not theirs:
            told.append(NOBODY)
        return told + [ADVICE[each.state] for each in theirs if each.state in ADVICE]


def check(deployment: Deployment, handoff: Mapping[str, Any]) -> list[Checked]:
    """Looks at each node of a hand-off. Raises Problem where AWS refuses a look."""
    services = [each["serviceId"] for each in handoff["endpoints"]]
    with explained():
        endpoints = _endpoints(deployment, services)
        health = _health(deployment, services)
    return [
        Checked(
            node=each["node"],
            service=each["serviceName"],
            endpoints=endpoints.get(each["serviceId"], []),
            health=health.get(each["serviceId"], "its endpoint service is gone"),
        )
        for each in handoff["endpoints"]
    ]


def _endpoints(deployment: Deployment, services: Sequence[str]) -> dict[str, list[Endpoint]]:
    pages = deployment.client("ec2").get_paginator("describe_vpc_endpoint_connections").paginate()
    theirs = _account(deployment)
    found: dict[str, list[Endpoint]] = {each: [] for each in services}
    for page in pages:
        for each in page["VpcEndpointConnections"]:
            if each.get("ServiceId") in found and "VpcEndpointId" in each:
                owner = each.get("VpcEndpointOwner", "")
                endpoint = Endpoint(each["VpcEndpointId"], owner, each.get("VpcEndpointState", ""), owner == theirs)
                found[each["ServiceId"]].append(endpoint)
    return found


def _account(deployment: Deployment) -> str:
    """The account that the deployment offers services to."""
    found = re.search(r"\d{12}", deployment.parameters.get("VervericaPrincipal", ""))
    return found[0] if found else ""


def _health(deployment: Deployment, services: Sequence[str]) -> dict[str, str]:
    elbv2 = deployment.client("elbv2")
    return {
        service: ", ".join(_states(elbv2, balancer)) or "no target"
        for service, balancer in _behind(deployment, services)
    }


def _behind(deployment: Deployment, services: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each of these services with the ARN of its load balancer."""
    pages = deployment.client("ec2").get_paginator("describe_vpc_endpoint_service_configurations").paginate()
    for page in pages:
        for each in page["ServiceConfigurations"]:
            if each["ServiceId"] in services:
                yield each["ServiceId"], each["NetworkLoadBalancerArns"][0]


def _states(elbv2: Any, balancer: str) -> Iterator[str]:
    for group in elbv2.describe_target_groups(LoadBalancerArn=balancer)["TargetGroups"]:
        for each in elbv2.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]:
            health = each["TargetHealth"]
            if health["State"] != "draining":
                yield " ".join(filter(None, (health["State"], health.get("Reason"))))
