"""What each operation that changes something does to which kind of thing, as AWS's API references have it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.exactness.called import Called, Thing

Row = Callable[[Called, Any, Any], None]
"""What an operation does, by its parameters and its answer."""
BOOKKEEPING: Final = ("dynamodb:DeleteItem", "dynamodb:PutItem", "events:PutEvents", "stepfunctions:StartExecution")
"""What a run writes down of itself, and tells."""


def _creates(kind: str, name: str) -> Row:
    """A thing that goes by its name."""

    def row(here: Called, asked: Any, _: Any) -> None:
        here.create((kind, asked[name]))

    return row


def _withdraws(reference: str, kind: str | None = None) -> Row:
    """A thing, by its ARN or id, or by its name where its kind is given."""

    def row(here: Called, asked: Any, _: Any) -> None:
        here.withdraw((kind, asked[reference]) if kind else here[asked[reference]])

    return row


def _changes(reference: str, attribute: str, kind: str | None = None) -> Row:
    def row(here: Called, asked: Any, _: Any) -> None:
        here.change((kind, asked[reference]) if kind else here[asked[reference]], attribute)

    return row


def _tags(do: Callable[[Called, Thing, list[str]], None], reference: str, keys: str, kind: str | None = None) -> Row:
    """Puts tags, or takes them: of one thing or of several, told as pairs or as keys."""

    def row(here: Called, asked: Any, _: Any) -> None:
        things = asked[reference] if isinstance(asked[reference], list) else [asked[reference]]
        for each in things:
            told = [each if isinstance(each, str) else each["Key"] for each in asked[keys]]
            do(here, (kind, each) if kind else here[each], told)

    return row


def _create_balancer(here: Called, asked: Any, got: Any) -> None:
    balancer = "loadBalancer", asked["Name"]
    here.create(balancer, got["LoadBalancers"][0]["LoadBalancerArn"])
    here.subnets[balancer] = {each["SubnetId"] for each in asked["SubnetMappings"]}


def _set_subnets(here: Called, asked: Any, _: Any) -> None:
    """Asked to take those that it has, a load balancer only shows whether it is being deleted, for which ELB has no
    other look (docs/decisions/0008-doubts-about-aws.md).
    """
    balancer, subnets = here[asked["LoadBalancerArn"]], {*asked["Subnets"]}
    if subnets != here.subnets[balancer]:
        here.change(balancer, "zones")
    here.subnets[balancer] = subnets


def _create_listener(here: Called, asked: Any, got: Any) -> None:
    _, balancer = here[asked["LoadBalancerArn"]]
    here.create(("listener", f"{balancer}:{asked['Port']}"), got["Listeners"][0]["ListenerArn"])


def _targets(here: Called, asked: Any) -> Iterator[Thing]:
    _, group = here[asked["TargetGroupArn"]]
    return (("target", f"{group}/{each['Id']}:{each['Port']}") for each in asked["Targets"])


def _create_target_group(here: Called, asked: Any, got: Any) -> None:
    here.create(("targetGroup", asked["Name"]), got["TargetGroups"][0]["TargetGroupArn"])


def _register(here: Called, asked: Any, _: Any) -> None:
    for each in _targets(here, asked):
        here.create(each)


def _deregister(here: Called, asked: Any, _: Any) -> None:
    for each in _targets(here, asked):
        here.withdraw(each)


def _change_attributes(here: Called, asked: Any, _: Any) -> None:
    here.change(here[asked["TargetGroupArn"]], *(each["Key"] for each in asked["Attributes"]))


def _create_service(here: Called, asked: Any, got: Any) -> None:
    (balancer,) = asked["NetworkLoadBalancerArns"]
    here.create(("endpointService", here[balancer][1]), got["ServiceConfiguration"]["ServiceId"])


def _change_service(here: Called, asked: Any, _: Any) -> None:
    told = {"AcceptanceRequired": "acceptanceRequired"}
    here.change(here[asked["ServiceId"]], *(told.get(each, each) for each in asked if each != "ServiceId"))


def _delete_services(here: Called, asked: Any, got: Any) -> None:
    refused = {each["ResourceId"] for each in got.get("Unsuccessful", ())}
    for each in asked["ServiceIds"]:
        if each not in refused:
            here.withdraw(here[each])


def _admit(here: Called, asked: Any, _: Any) -> None:
    _, service = here[asked["ServiceId"]]
    for each in asked.get("AddAllowedPrincipals", ()):
        here.create(("allowedPrincipal", f"{service}/{each}"))
    for each in asked.get("RemoveAllowedPrincipals", ()):
        here.withdraw(("allowedPrincipal", f"{service}/{each}"))


def _reject(here: Called, asked: Any, _: Any) -> None:
    """Whoever is connected is cut off, which goes with the service."""
    for each in asked["VpcEndpointIds"]:
        here.withdraw(("connection", f"{here[asked['ServiceId']][1]}/{each}"))


def _create_group(here: Called, asked: Any, got: Any) -> None:
    here.create(("securityGroup", asked["GroupName"]), got["GroupId"])


def _authorize(here: Called, asked: Any, got: Any) -> None:
    _, group = here[asked["GroupId"]]
    for each in got["SecurityGroupRules"]:
        name = f"{group}: {each['CidrIpv4']} on {each['ToPort']}"
        here.create(("securityGroupRule", name), each["SecurityGroupRuleId"])


def _revoke(here: Called, asked: Any, _: Any) -> None:
    for each in asked["SecurityGroupRuleIds"]:
        here.withdraw(here[each])


def _put_policy(here: Called, asked: Any, _: Any) -> None:
    policy = "rolePolicy", f"{asked['RoleName']}/{asked['PolicyName']}"
    if policy in here.there:
        here.change(policy, "allows")
    else:
        here.create(policy)


def _delete_policy(here: Called, asked: Any, _: Any) -> None:
    here.withdraw(("rolePolicy", f"{asked['RoleName']}/{asked['PolicyName']}"))


ROWS: Final[Mapping[str, Row]] = {
    "ec2:AuthorizeSecurityGroupIngress": _authorize,
    "ec2:CreateSecurityGroup": _create_group,
    "ec2:CreateTags": _tags(Called.tag, "Resources", "Tags"),
    "ec2:CreateVpcEndpointServiceConfiguration": _create_service,
    "ec2:DeleteSecurityGroup": _withdraws("GroupId"),
    "ec2:DeleteTags": _tags(Called.untag, "Resources", "Tags"),
    "ec2:DeleteVpcEndpointServiceConfigurations": _delete_services,
    "ec2:ModifyVpcEndpointServiceConfiguration": _change_service,
    "ec2:ModifyVpcEndpointServicePermissions": _admit,
    "ec2:RejectVpcEndpointConnections": _reject,
    "ec2:RevokeSecurityGroupIngress": _revoke,
    "elasticache:AddTagsToResource": _tags(Called.tag, "ResourceName", "Tags"),
    "elasticache:CreateCacheSubnetGroup": _creates("cacheSubnetGroup", "CacheSubnetGroupName"),
    "elasticache:CreateReplicationGroup": _creates("replicationGroup", "ReplicationGroupId"),
    "elasticache:DeleteCacheSubnetGroup": _withdraws("CacheSubnetGroupName", "cacheSubnetGroup"),
    "elasticache:DeleteReplicationGroup": _withdraws("ReplicationGroupId", "replicationGroup"),
    "elasticache:RemoveTagsFromResource": _tags(Called.untag, "ResourceName", "TagKeys"),
    "elbv2:AddTags": _tags(Called.tag, "ResourceArns", "Tags"),
    "elbv2:CreateListener": _create_listener,
    "elbv2:CreateLoadBalancer": _create_balancer,
    "elbv2:CreateTargetGroup": _create_target_group,
    "elbv2:DeleteLoadBalancer": _withdraws("LoadBalancerArn"),
    "elbv2:DeleteTargetGroup": _withdraws("TargetGroupArn"),
    "elbv2:DeregisterTargets": _deregister,
    "elbv2:ModifyListener": _changes("ListenerArn", "forwardsTo"),
    "elbv2:ModifyTargetGroup": _changes("TargetGroupArn", "healthCheck"),
    "elbv2:ModifyTargetGroupAttributes": _change_attributes,
    "elbv2:RegisterTargets": _register,
    "elbv2:RemoveTags": _tags(Called.untag, "ResourceArns", "TagKeys"),
    "elbv2:SetSubnets": _set_subnets,
    "iam:CreateRole": _creates("role", "RoleName"),
    "iam:DeleteRole": _withdraws("RoleName", "role"),
    "iam:DeleteRolePolicy": _delete_policy,
    "iam:PutRolePolicy": _put_policy,
    "iam:TagRole": _tags(Called.tag, "RoleName", "Tags", "role"),
    "iam:UntagRole": _tags(Called.untag, "RoleName", "TagKeys", "role"),
    "iam:UpdateAssumeRolePolicy": _changes("RoleName", "trust", "role"),
}
