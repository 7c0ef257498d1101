"""EC2: an existing resource is named by its id; one that is created has no id yet, so its requested tags decide.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon EC2"; EC2 User Guide,
"Grant permission to tag Amazon EC2 resources during creation" (ec2:CreateAction). Revoking a rule
needs its group alone, even if the rule is named by its id. Adding a rule needs the rule only if it has tags. A shared
subnet and its VPC have the account of their owner in their ARNs (VPC User Guide, "Share your VPC subnets").
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sandbox.authorization.request import Need, Request, Rule
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import backend

NEW: Final = {"security-group": "sg-", "security-group-rule": "sgr-", "vpc-endpoint-service": "vpce-svc-"}
UNKNOWN: Final = "00000000000000000"
"""Stands for the id of a resource that does not exist yet."""


def vpc_arn(region: str, vpc_id: str) -> str:
    vpc = backend("ec2", region).vpcs.get(vpc_id)
    return f"arn:aws:ec2:{region}:{ACCOUNT if vpc is None else vpc.owner_id}:vpc/{vpc_id}"


def subnet_arn(region: str, subnet: Any) -> str:
    return f"arn:aws:ec2:{region}:{subnet.owner_id}:subnet/{subnet.id}"


def _in_vpc(request: Request) -> Iterator[Need]:
    for each in request.given("VpcId"):
        yield request.on(vpc_arn(request.region, each))


def _acting_on(kind: str, parameter: str) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        for each in request.given(parameter):
            yield request.on(request.arn(f"{kind}/{each}"))

    return rule


def _making(kind: str, also: Rule | None = None, untagged: bool = True) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        made = request.arn(f"{kind}/{NEW[kind]}{UNKNOWN}")
        if also is not None:
            yield from also(request)
        if untagged or request.tags:
            yield request.need(made, request.requested)
        if request.tags:
            yield request.need(
                made, request.requested, {"ec2:CreateAction": request.operation}, action="ec2:CreateTags"
            )

    return rule


def _tagging(request: Request) -> Iterator[Need]:
    for each in request.given("Resources"):
        kind = next(kind for kind, prefix in NEW.items() if each.startswith(prefix))
        yield request.on(request.arn(f"{kind}/{each}"), request.requested)


_ON_SERVICE: Final = _acting_on("vpc-endpoint-service", "ServiceId")
_ON_GROUP: Final = _acting_on("security-group", "GroupId")

RULES: Final[Mapping[str, Rule]] = {
    "AcceptVpcEndpointConnections": _ON_SERVICE,
    "AuthorizeSecurityGroupIngress": _making("security-group-rule", _ON_GROUP, untagged=False),
    "CreateSecurityGroup": _making("security-group", _in_vpc),
    "CreateTags": _tagging,
    "CreateVpcEndpointServiceConfiguration": _making("vpc-endpoint-service"),
    "DeleteSecurityGroup": _ON_GROUP,
    "DeleteTags": _tagging,
    "DeleteVpcEndpointServiceConfigurations": _acting_on("vpc-endpoint-service", "ServiceIds"),
    "DescribeVpcEndpointServicePermissions": _ON_SERVICE,
    "ModifyVpcEndpointServiceConfiguration": _ON_SERVICE,
    "ModifyVpcEndpointServicePermissions": _ON_SERVICE,
    "RejectVpcEndpointConnections": _ON_SERVICE,
    "RevokeSecurityGroupIngress": _ON_GROUP,
}
