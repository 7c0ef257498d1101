"""Pieces of a world, from what the account holds: each is laid as it was found."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3

from sandbox.audit import Inventory
from sandbox.world.model import (
    ConnectionSpec,
    EndpointServiceSpec,
    HealthCheckSpec,
    ListenerSpec,
    LoadBalancerSpec,
    RoleSpec,
    RuleSpec,
    TargetGroupSpec,
    TargetSpec,
)


@dataclass(frozen=True)
class Path:
    """What belongs to a node."""

    group: TargetGroupSpec
    balancer: LoadBalancerSpec
    service: EndpointServiceSpec


def _tags(made: Inventory, kind: str, name: str) -> dict[str, str]:
    prefix = f"{kind}/{name}/"
    found = made["tag"].items()
    return {key.removeprefix(prefix): str(facts["value"]) for key, facts in found if key.startswith(prefix)}


def rules_in(made: Inventory) -> Iterator[RuleSpec]:
    rules = boto3.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": _groups(made)}])
    for each in rules["SecurityGroupRules"]:
        if each["SecurityGroupRuleId"] in made["securityGroupRule"]:
            yield RuleSpec(
                group=each["GroupId"],
                cidr=each["CidrIpv4"],
                port=each["FromPort"],
                description=each["Description"],
                tags={tag["Key"]: tag["Value"] for tag in each["Tags"]},
            )


def _groups(made: Inventory) -> list[str]:
    return sorted({str(facts["group"]) for facts in made["securityGroupRule"].values()})


def role_in(made: Inventory, name: str) -> RoleSpec:
    facts: Any = made["role"][name]
    return RoleSpec(
        name=name,
        path=facts["path"],
        trust=_document(facts["trust"]),
        policies={
            key.partition("/")[2]: _document(each["document"])
            for key, each in made["rolePolicy"].items()
            if key.startswith(f"{name}/")
        },
        max_session_duration=int(facts["maxSessionDuration"]),
        description=facts["description"],
        tags=_tags(made, "role", name),
    )


def _document(text: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def path_in(made: Inventory, service: str) -> Path:
    facts: Any = made["endpointService"][service]
    (balancer,) = (arn.split("/")[-2] for arn in facts["loadBalancers"])
    ((listener, leads),) = ((key, each) for key, each in made["listener"].items() if key.startswith(f"{balancer}:"))
    to: Any = leads["to"]
    (group,) = (arn.split("/")[-2] for arn in to)
    return Path(_target_group(made, group), _balancer(made, listener, group), _service(made, service, balancer))


def _target_group(made: Inventory, name: str) -> TargetGroupSpec:
    facts: Any = made["targetGroup"][name]
    checks: dict[str, Any] = facts["checks"]
    targets = (key.partition("/")[2] for key in made["target"] if key.startswith(f"{name}/"))
    return TargetGroupSpec(
        name=name,
        port=facts["port"],
        vpc=facts["vpc"],
        targets=tuple(TargetSpec(ip=ip, port=int(port)) for ip, port in (each.split(":") for each in targets)),
        health_check=HealthCheckSpec(
            interval=checks["health_check_interval_seconds"],
            timeout=checks["health_check_timeout_seconds"],
            healthy=checks["healthy_threshold_count"],
            unhealthy=checks["unhealthy_threshold_count"],
        ),
        attributes=facts["attributes"],
        tags=_tags(made, "targetGroup", name),
    )


def _balancer(made: Inventory, listener: str, group: str) -> LoadBalancerSpec:
    name, _, port = listener.partition(":")
    facts: Any = made["loadBalancer"][name]
    leads = ListenerSpec(port=int(port), target_group=group, tags=_tags(made, "listener", listener))
    return LoadBalancerSpec(
        name=name,
        subnets=facts["subnets"],
        scheme=facts["scheme"],
        listeners=(leads,),
        tags=_tags(made, "loadBalancer", name),
    )


def _service(made: Inventory, service: str, balancer: str) -> EndpointServiceSpec:
    facts: Any = made["endpointService"][service]
    connected = (key.removeprefix("connection ") for key in facts if key.startswith("connection "))
    allowed = (key.partition("/")[2] for key in made["allowedPrincipal"] if key.startswith(f"{service}/"))
    return EndpointServiceSpec(
        load_balancer=balancer,
        id=service,
        acceptance_required=facts["acceptanceRequired"],
        principals=tuple(allowed),
        connections=tuple(ConnectionSpec(id=each) for each in connected),
        tags=_tags(made, "endpointService", service),
    )
