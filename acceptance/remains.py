"""Whether anything is left: by tags and names, and each thing that was there by its id."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from acceptance import clearing
from acceptance.names import CLUSTER, CONNECTION
from acceptance.site import Site
from acceptance.verdicts import unless

TAG: Final = "private-connection"
BATCH: Final = 20
"""ARNs in a request of DescribeTags at most."""


def left(site: Site, creates: bool, ids: Mapping[str, Sequence[str]]) -> list[str]:
    """What is there of acceptance, a line each; empty is the proof. `ids`: what was there, by kind."""
    found = [*_connection(site), *_probes(site), *(_cluster(site) if creates else ())]
    return [*found, *(f"{kind} {each}" for kind, some in ids.items() for each in some if _THERE[kind](site, each))]


def _connection(site: Site) -> Iterator[str]:
    ec2, asked = site.client("ec2"), [{"Name": f"tag:{TAG}", "Values": [CONNECTION]}]
    for each in ec2.describe_vpc_endpoint_service_configurations(Filters=asked)["ServiceConfigurations"]:
        if str(each["ServiceState"]).lower() != "deleted":
            yield f"endpoint service {each['ServiceId']}, {each['ServiceState']}"
    for each in ec2.describe_security_group_rules(Filters=asked)["SecurityGroupRules"]:
        yield f"security group rule {each['SecurityGroupRuleId']}"
    for each in ec2.describe_security_groups(Filters=asked)["SecurityGroups"]:
        yield f"security group {each['GroupId']}"
    yield from _balanced(site)
    yield from (f"policy {name} of role {role}" for role, name in clearing.policies(site))


def _balanced(site: Site) -> Iterator[str]:
    """Load balancers and target groups with the connection's tag."""
    elb = site.client("elbv2")
    pages = elb.get_paginator("describe_load_balancers").paginate()
    arns = [each["LoadBalancerArn"] for page in pages for each in page["LoadBalancers"]]
    pages = elb.get_paginator("describe_target_groups").paginate()
    arns += [each["TargetGroupArn"] for page in pages for each in page["TargetGroups"]]
    for start in range(0, len(arns), BATCH):
        for each in elb.describe_tags(ResourceArns=arns[start : start + BATCH])["TagDescriptions"]:
            if any(tag["Key"] == TAG and tag["Value"] == CONNECTION for tag in each["Tags"]):
                yield str(each["ResourceArn"])


def _probes(site: Site) -> Iterator[str]:
    yield from (f"endpoint service {each['ServiceId']}" for each in clearing.services(site))
    yield from clearing.balancers(site)
    yield from clearing.target_groups(site)
    yield from (f"security group {each}" for each in clearing.security_groups(site))
    if clearing.has_role(site):
        yield "the role of acceptance's own"
    yield from (f"execution {each}" for each in clearing.running(site))


def _cluster(site: Site) -> Iterator[str]:
    """The cluster that was created, and its subnet group."""
    cache = site.client("elasticache")
    with unless("ReplicationGroupNotFoundFault", "ReplicationGroupNotFound"):
        for each in cache.describe_replication_groups(ReplicationGroupId=CLUSTER)["ReplicationGroups"]:
            yield f"replication group {CLUSTER}, {each['Status']}"
    with unless("CacheSubnetGroupNotFoundFault", "CacheSubnetGroupNotFound"):
        name = f"{TAG}-{CLUSTER}"
        for each in cache.describe_cache_subnet_groups(CacheSubnetGroupName=name)["CacheSubnetGroups"]:
            yield f"subnet group {each['CacheSubnetGroupName']}"


def there(handoff: Mapping[str, Any], service: Mapping[str, Any], things: Mapping[str, str]) -> dict[str, list[str]]:
    """The ids of what a connection consists of, by kind, to look for each by itself afterwards."""
    kinds = {"load balancer": "load balancer", "target group": "target group", "endpoint service": "endpoint service"}
    found = {kind: [things[name]] for name, kind in kinds.items() if name in things}
    if handoff:
        found.setdefault("endpoint service", []).extend(each["serviceId"] for each in handoff["endpoints"])
        found["role"] = [str(handoff["roleArn"]).rpartition("/")[2]]
    found.setdefault("load balancer", []).extend(service.get("NetworkLoadBalancerArns", ()))
    return found


def _has_balancer(site: Site, arn: str) -> bool:
    with unless("LoadBalancerNotFound"):
        return bool(site.client("elbv2").describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"])
    return False


def _has_target_group(site: Site, arn: str) -> bool:
    with unless("TargetGroupNotFound"):
        return bool(site.client("elbv2").describe_target_groups(TargetGroupArns=[arn])["TargetGroups"])
    return False


def _has_service(site: Site, service: str) -> bool:
    asked = [{"Name": "service-id", "Values": [service]}]
    found = site.client("ec2").describe_vpc_endpoint_service_configurations(Filters=asked)["ServiceConfigurations"]
    return any(str(each["ServiceState"]).lower() != "deleted" for each in found)


def _has_role(site: Site, name: str) -> bool:
    with unless("NoSuchEntity"):
        return bool(site.client("iam").get_role(RoleName=name))
    return False


_THERE: Final[Mapping[str, Callable[[Site, str], bool]]] = {
    "load balancer": _has_balancer,
    "target group": _has_target_group,
    "endpoint service": _has_service,
    "role": _has_role,
}
