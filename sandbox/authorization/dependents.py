"""What a service does in the caller's name, and so asks the caller's policies for, beside the request itself.

Sources: Service Authorization Reference, "Dependent actions" of Amazon ElastiCache; Elastic Load Balancing User Guide,
"Elastic Load Balancing API permissions" and "Service-linked roles"; kubernetes-sigs/aws-load-balancer-controller#3921
(ec2:GetSecurityGroupsForVpc, which no page names). A service-linked role is made with an account's first resource; the
account keeps none, so that its creation is asked for each time.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from sandbox.authorization.ec2 import UNKNOWN, subnet_arn, vpc_arn
from sandbox.authorization.request import Need, Request, Rule
from sandbox.services.common import backend
from sandbox.services.elasticache.protection import key_arn
from sandbox.services.elasticache.state import State


def dependents(request: Request) -> Iterator[Need]:
    """What has to be allowed besides `needs`."""
    for rule in DEPENDENTS.get((request.service, request.operation), ()):
        yield from rule(request)


def _reading(*actions: str) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        for each in actions:
            yield request.need("*", action=f"ec2:{each}")

    return rule


def _linked_role(service: str, name: str) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        arn = request.arn_of("iam", f"role/aws-service-role/{service}/{name}")
        yield request.need(arn, {"iam:AWSServiceName": service}, action="iam:CreateServiceLinkedRole")

    return rule


def _groups_of_vpcs(request: Request) -> Iterator[Need]:
    mapped = [each["SubnetId"] for each in request.parameters.get("SubnetMappings", [])]
    for vpc_id in {str(each.vpc_id) for each in _subnets(request.region, [*request.given("Subnets"), *mapped])}:
        yield request.need(vpc_arn(request.region, vpc_id), action="ec2:GetSecurityGroupsForVpc")


def _subnets(region: str, wanted: Collection[str]) -> list[Any]:
    """Those that exist: the others end the request later."""
    held = backend("ec2", region).subnets.values()
    return [subnet for subnets in held for subnet in subnets.values() if subnet.id in wanted]


def _making_nodes(request: Request) -> Iterator[Need]:
    return _interfaces(request, request.parameters.get("CacheSubnetGroupName"), request.given("SecurityGroupIds"))


def _using_a_key(request: Request) -> Iterator[Need]:
    """ElastiCache asks KMS in the caller's name, and makes a grant for itself (KMS Developer Guide, "Grants")."""
    for each in request.given("KmsKeyId"):
        arn, via = key_arn(each, request.region), {"kms:ViaService": f"elasticache.{request.region}.amazonaws.com"}
        yield request.need(arn, via, action="kms:DescribeKey")
        yield request.need(arn, {**via, "kms:GrantIsForAWSResource": "true"}, action="kms:CreateGrant")


def _deleting_nodes(request: Request) -> Iterator[Need]:
    group = State(request.region).groups.get(request.parameters["ReplicationGroupId"])
    if group is not None:
        yield from _interfaces(request, group.settings.subnet_group, group.settings.security_groups)


def _deleting_subnets(request: Request) -> Iterator[Need]:
    return _interfaces(request, request.parameters["CacheSubnetGroupName"], ())


def _interfaces(request: Request, subnet_group: str | None, security_groups: Sequence[str]) -> Iterator[Need]:
    group = State(request.region).subnet_groups.get(subnet_group or "default")
    subnets = _subnets(request.region, group.subnet_ids) if group is not None else []
    interface = request.arn_of("ec2", f"network-interface/eni-{UNKNOWN}")
    made_of = [request.arn_of("ec2", f"security-group/{each}") for each in security_groups]
    for each in [interface, *made_of, *(subnet_arn(request.region, subnet) for subnet in subnets)]:
        yield request.need(each, action="ec2:CreateNetworkInterface")
    yield request.need(interface, action="ec2:DeleteNetworkInterface")


NETWORK: Final = _reading("DescribeNetworkInterfaces", "DescribeSubnets", "DescribeVpcs")
BALANCING_ROLE: Final = _linked_role("elasticloadbalancing.amazonaws.com", "AWSServiceRoleForElasticLoadBalancing")
CACHE_ROLE: Final = _linked_role("elasticache.amazonaws.com", "AWSServiceRoleForElastiCache")

DEPENDENTS: Final[Mapping[tuple[str, str], tuple[Rule, ...]]] = {
    ("elasticache", "CreateReplicationGroup"): (_making_nodes, _using_a_key, NETWORK, CACHE_ROLE),
    ("elasticache", "DeleteReplicationGroup"): (_deleting_nodes, NETWORK),
    ("elasticache", "DeleteCacheSubnetGroup"): (_deleting_subnets, NETWORK),
    ("elbv2", "CreateLoadBalancer"): (
        _reading(
            "DescribeAccountAttributes",
            "DescribeAddresses",
            "DescribeInternetGateways",
            "DescribeSecurityGroups",
            "DescribeSubnets",
            "DescribeVpcs",
        ),
        _groups_of_vpcs,
        BALANCING_ROLE,
    ),
    ("elbv2", "CreateTargetGroup"): (_reading("DescribeInternetGateways", "DescribeVpcs"), BALANCING_ROLE),
    ("elbv2", "RegisterTargets"): (
        _reading("DescribeInstances", "DescribeInternetGateways", "DescribeSubnets", "DescribeVpcs"),
    ),
    ("elbv2", "SetSubnets"): (_reading("DescribeSubnets"),),
}
