"""Elastic Load Balancing: a read needs its action on all resources; a change, on the resource by its ARN.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Elastic Load Balancing V2";
Elastic Load Balancing User Guide, "Tag resources during creation" (elasticloadbalancing:CreateAction). CreateListener
needs the load balancer; the tags of the new listener need the listener itself.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from sandbox.authorization.request import Need, Request, Rule

UNKNOWN: Final = "0000000000000000"
"""Stands for the id of a resource that does not exist yet."""


def _acting_on(parameter: str) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        for each in request.given(parameter):
            yield request.on(each)

    return rule


def _making(made: Callable[[Request], str], on: Callable[[Request], str] | None = None) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        if on is None:
            yield request.need(made(request), request.requested)
        else:
            yield request.on(on(request), request.requested)
        if request.tags:
            creation = {"elasticloadbalancing:CreateAction": request.operation}
            yield request.need(made(request), request.requested, creation, action="elasticloadbalancing:AddTags")

    return rule


def _target_group(request: Request) -> str:
    return request.arn(f"targetgroup/{request.parameters['Name']}/{UNKNOWN}")


def _load_balancer(request: Request) -> str:
    kind = {"network": "net", "gateway": "gwy"}.get(request.parameters.get("Type", ""), "app")
    return request.arn(f"loadbalancer/{kind}/{request.parameters['Name']}/{UNKNOWN}")


def _its_load_balancer(request: Request) -> str:
    return str(request.parameters["LoadBalancerArn"])


def _listener(request: Request) -> str:
    return f"{_its_load_balancer(request).replace(':loadbalancer/', ':listener/')}/{UNKNOWN}"


def _tagging(request: Request) -> Iterator[Need]:
    for arn in request.given("ResourceArns"):
        yield request.on(arn, request.requested)


RULES: Final[Mapping[str, Rule]] = {
    "AddTags": _tagging,
    "CreateListener": _making(_listener, _its_load_balancer),
    "CreateLoadBalancer": _making(_load_balancer),
    "CreateTargetGroup": _making(_target_group),
    "DeleteLoadBalancer": _acting_on("LoadBalancerArn"),
    "DeleteTargetGroup": _acting_on("TargetGroupArn"),
    "DeregisterTargets": _acting_on("TargetGroupArn"),
    "ModifyListener": _acting_on("ListenerArn"),
    "ModifyTargetGroup": _acting_on("TargetGroupArn"),
    "ModifyTargetGroupAttributes": _acting_on("TargetGroupArn"),
    "RegisterTargets": _acting_on("TargetGroupArn"),
    "RemoveTags": _tagging,
    "SetSubnets": _acting_on("LoadBalancerArn"),
}
