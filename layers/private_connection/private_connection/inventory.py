"""Everything of a connection, by kind, with who made it: found by tags, deterministic names and trust policies, not
from a record.

So it also finds what a run left that died half way. Each kind is looked up by itself: where AWS refuses one look, the
others still tell what there is, and it is said which kinds nobody could see.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from private_connection import clients
from private_connection.access.roles import (
    connection_tag,
    find_role,
    is_own_role,
    is_shared,
    list_attached_policies,
    list_role_policies,
    list_ververica_roles,
)
from private_connection.cluster.clusters import list_replication_groups, ownership_tags
from private_connection.cluster.subnet_groups import list_own_subnet_groups
from private_connection.errors import StepError, doing
from private_connection.naming import access_policy, cluster_resource
from private_connection.ownership import CLUSTER, CONNECTION, CREATED_BY, SERVES, Tags, as_mapping
from private_connection.teardown.contracts import Kind, Thing

NAME_PREFIX = "pc-"
TAGS_AT_ONCE = 20
"""Resources that one DescribeTags call takes (ELB API reference)."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was found, the looks that failed and their kinds, and who else uses the connection's cluster."""

    things: list[Thing]
    failures: list[StepError]
    unseen: list[Kind]
    cluster_users: list[str]


def find_inventory(connection: str) -> Inventory:
    """Everything that carries the connection's name, whoever of its executions made it."""
    things: list[Thing] = []
    failures: list[StepError] = []
    unseen: list[Kind] = []
    for kinds, look in LOOKS.items():
        try:
            things += look(connection)
        except StepError as error:
            failures.append(error)
            unseen += kinds
    clusters = {thing.name for thing in things if thing.kind == "replicationGroup"}
    users = _cluster_users(connection, clusters, failures) if clusters else []
    return Inventory(things, failures, unseen, users)


def _thing(
    kind: Kind,
    id_: str,
    name: str,
    tags: Tags,
    *,
    busy: bool = False,
    within: str | None = None,
    note: str | None = None,
) -> Thing:
    created_by = tags.get(CREATED_BY)
    return Thing(kind=kind, id=id_, name=name, created_by=created_by, busy=busy, within=within, note=note)


def _endpoint_services(connection: str) -> Iterator[Thing]:
    with doing("looking up endpoint services", connection):
        pages = clients.ec2().get_paginator("describe_vpc_endpoint_service_configurations")
        found = [
            each
            for page in pages.paginate(Filters=[{"Name": f"tag:{CONNECTION}", "Values": [connection]}])
            for each in page["ServiceConfigurations"]
        ]
    for each in found:
        if each["ServiceState"].lower() != "deleted":
            balancer = next(map(_name_in, each.get("NetworkLoadBalancerArns", [])), None)
            busy = each["ServiceState"].lower() == "deleting"
            tags = as_mapping(each.get("Tags"))
            yield _thing("endpointService", each["ServiceId"], each["ServiceId"], tags, busy=busy, within=balancer)


def _name_in(load_balancer_arn: str) -> str:
    """The name in ``…:loadbalancer/net/<name>/<id>`` (ELB User Guide, resource ARNs)."""
    return load_balancer_arn.split("/")[-2]


def _load_balancers(connection: str) -> Iterator[Thing]:
    for arn, name, tags in _tagged_load_balancers():
        if tags.get(CONNECTION) == connection:
            yield _thing("loadBalancer", arn, name, tags)


def _tagged_load_balancers() -> Iterator[tuple[str, str, Tags]]:
    """ARN, name and tags of every load balancer that a connection of ours may have made."""
    with doing("looking up load balancers", NAME_PREFIX):
        pages = clients.elbv2().get_paginator("describe_load_balancers").paginate()
        named = {
            each["LoadBalancerArn"]: each["LoadBalancerName"]
            for page in pages
            for each in page["LoadBalancers"]
            if each["LoadBalancerName"].startswith(NAME_PREFIX)
        }
        yield from ((arn, named[arn], tags) for arn, tags in _tags(list(named)))


def _target_groups(connection: str) -> Iterator[Thing]:
    with doing("looking up target groups", NAME_PREFIX):
        pages = clients.elbv2().get_paginator("describe_target_groups").paginate()
        named = {
            each["TargetGroupArn"]: each
            for page in pages
            for each in page["TargetGroups"]
            if each["TargetGroupName"].startswith(NAME_PREFIX)
        }
        for arn, tags in _tags(list(named)):
            if tags.get(CONNECTION) == connection:
                balancer = next(map(_name_in, named[arn].get("LoadBalancerArns", [])), None)
                yield _thing("targetGroup", arn, named[arn]["TargetGroupName"], tags, within=balancer)


def _tags(arns: Sequence[str]) -> Iterator[tuple[str, Tags]]:
    """The tags of load balancers or target groups, 20 to a call. One that has gone since it was listed is left out."""
    elbv2 = clients.elbv2()
    for first in range(0, len(arns), TAGS_AT_ONCE):
        try:
            page = elbv2.describe_tags(ResourceArns=arns[first : first + TAGS_AT_ONCE])["TagDescriptions"]
        except (elbv2.exceptions.LoadBalancerNotFoundException, elbv2.exceptions.TargetGroupNotFoundException):
            if len(arns[first : first + TAGS_AT_ONCE]) > 1:
                yield from (pair for arn in arns[first : first + TAGS_AT_ONCE] for pair in _tags([arn]))
            continue
        yield from ((each["ResourceArn"], as_mapping(each.get("Tags"))) for each in page)


def _rules(connection: str) -> Iterator[Thing]:
    """The rules that the connection uses; who made it do so is the value of its own tag on them."""
    mark = f"{SERVES}{connection}"
    with doing("looking up security group rules", connection):
        pages = clients.ec2().get_paginator("describe_security_group_rules")
        for page in pages.paginate(Filters=[{"Name": "tag-key", "Values": [mark]}]):
            for each in page["SecurityGroupRules"]:
                rule_id, tags = each["SecurityGroupRuleId"], {CREATED_BY: as_mapping(each["Tags"])[mark]}
                yield _thing("securityGroupRule", rule_id, rule_id, tags, within=each["GroupId"])


def _access(connection: str) -> Iterator[Thing]:
    """The connection's policy wherever it is, and the role itself where we made it for a connection such as this."""
    policy = access_policy(clients.region(), connection)
    for name in list_ververica_roles():
        role = find_role(name)
        if role is None:
            continue
        policies = list_role_policies(name)
        others = [each for each in policies if each != policy]
        if policy in policies:
            yield _thing("rolePolicy", f"{name}/{policy}", policy, {}, within=name)
        if is_own_role(role) and connection_tag(connection) in role.tags and not is_shared(others):
            foreign = ", ".join([*others, *list_attached_policies(name)])
            note = f"it carries policies that are not ours: {foreign}" if foreign else None
            yield _thing("role", name, name, role.tags, note=note)


def _clusters(connection: str) -> Iterator[Thing]:
    """Replication groups that say that they are the connection's, in their description and, while it can be read, in
    their tags.
    """
    for group in list_replication_groups():
        if f"{CONNECTION} {connection} created by" in group.description:
            tags = ownership_tags(group)
            if tags.get(CONNECTION) == connection:
                busy = group.status not in ("available", "create-failed")
                yield _thing("replicationGroup", group.id, group.id, tags, busy=busy)


def _subnet_groups(connection: str) -> Iterator[Thing]:
    for name, tags in list_own_subnet_groups(cluster_resource("")):
        if tags.get(CONNECTION) == connection:
            yield _thing("cacheSubnetGroup", name, name, tags)


def _security_groups(connection: str) -> Iterator[Thing]:
    with doing("looking up security groups", connection):
        pages = clients.ec2().get_paginator("describe_security_groups")
        for page in pages.paginate(Filters=[{"Name": f"tag:{CONNECTION}", "Values": [connection]}]):
            for each in page["SecurityGroups"]:
                yield _thing("securityGroup", each["GroupId"], each["GroupName"], as_mapping(each.get("Tags")))


LOOKS: dict[tuple[Kind, ...], Callable[[str], Iterator[Thing]]] = {
    ("endpointService",): _endpoint_services,
    ("loadBalancer",): _load_balancers,
    ("targetGroup",): _target_groups,
    ("securityGroupRule",): _rules,
    ("rolePolicy", "role"): _access,
    ("replicationGroup",): _clusters,
    ("cacheSubnetGroup",): _subnet_groups,
    ("securityGroup",): _security_groups,
}


def _cluster_users(connection: str, clusters: set[str], failures: list[StepError]) -> list[str]:
    """Other connections with a load balancer that names one of these clusters."""
    try:
        tagged = [tags for _, _, tags in _tagged_load_balancers() if tags.get(CLUSTER) in clusters]
    except StepError as error:
        failures.append(error)
        return []
    return sorted({tags[CONNECTION] for tags in tagged if tags.get(CONNECTION, connection) != connection})
