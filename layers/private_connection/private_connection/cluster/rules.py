"""Inbound rules of the cluster's security groups, which let the load balancers reach the nodes.

Redis sees the load balancer's private address as the source of all traffic that comes over PrivateLink (Network Load
Balancers guide, client IP preservation), so a rule admits the subnets that the load balancers sit in, never
Ververica's addresses. Where the cluster's groups admit a subnet already, no rule is made (`cluster.admission`). Several
connections of one cluster may use the same rule: each puts a tag on it, and teardown of the last of them revokes it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.cluster.admission import Rule, opening_findings, serving_rules, sources_of, unadmitted
from private_connection.cluster.clusters import node_endpoint, require_cluster, require_members
from private_connection.cluster.full_groups import room_remedied
from private_connection.cluster.networks import find_subnets
from private_connection.cluster.plan import ClusterPlan
from private_connection.cluster.rule_users import tags_of_use
from private_connection.cluster.security_groups import find_security_groups, group_to_open
from private_connection.contracts import ConnectionName, Contract, Done, Owner
from private_connection.errors import ClusterUnusable, code_of, doing
from private_connection.ownership import CONNECTION, as_list, as_mapping, is_by_run, tags_of, use_tag, users_in
from private_connection.request.findings import Finding
from private_connection.request.models import Ingress

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, IpPermissionTypeDef, SecurityGroupRuleTypeDef

DESCRIPTION = "Ververica Cloud by private connection"
GONE = ("InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound", "InvalidGroup.NotFound")
"""EC2's refusals to change a rule that does not exist any more, with or without its group."""


class OpenSecurityGroup(Owner):
    cluster: ClusterPlan
    ingress: Ingress
    subnet_ids: tuple[str, ...]
    """The subnets that the load balancers sit in."""


class OpenedSecurityGroup(Contract):
    security_group_id: str
    rule_ids: tuple[str, ...]
    """The rules of ours that let the load balancers in."""
    admitted: tuple[str, ...]
    """The load balancers' subnets that a rule of this run lets in, be it made in a call whose answer was lost."""
    findings: tuple[Finding, ...]


class CloseSecurityGroup(Contract):
    connection: ConnectionName
    security_group_id: str
    rule_id: str


def find_rules(group_ids: Sequence[str]) -> list[Rule]:
    """The groups' inbound rules, ours and others', without those for IPv6 ranges."""
    with doing("looking up the rules of security groups", ", ".join(group_ids)):
        batches = clients.batches(group_ids, clients.EC2_FILTER_VALUES)
        found = [each for batch in batches for each in _described([{"Name": "group-id", "Values": batch}])]
    return [_rule(each) for each in found if _is_inbound(each)]


def list_rules(connection: str) -> list[Rule]:
    """The rules that carry a connection's use tag, whose value names the maker, or its name and nobody's use tag.

    Those that lack one of our marks are among them. DescribeSecurityGroupRules has no filter ``tag-key``; values of
    ``tag:<key>`` take wildcards (EC2 API reference; EC2 User Guide, "Filter by tag").
    """
    with doing("looking up security group rules", connection):
        used = [_rule(each) for each in _described([{"Name": f"tag:{use_tag(connection)}", "Values": ["*"]}])]
        named = [_rule(each) for each in _described([{"Name": f"tag:{CONNECTION}", "Values": [connection]}])]
    return [*used, *(rule for rule in named if not users_in(rule.tags))]


def open_security_group(request: OpenSecurityGroup) -> OpenedSecurityGroup:
    """Admits the load balancers that nothing admits yet.

    It takes nothing away: what is not asked for any more is withdrawn once the connection is recorded.

    Raises `ClusterUnusable` if the cluster is in no security group.
    """
    cluster = require_cluster(request.cluster)
    members = require_members(cluster)
    _, port = node_endpoint(members[0])
    groups = find_security_groups(members[0].security_group_ids)
    if not groups:
        raise ClusterUnusable(f"looking up the security groups of cluster ({cluster.id}): it has none to be opened")
    opened, sources = group_to_open(groups), _sources(request)
    rules = find_rules([group.id for group in groups])
    missing = unadmitted(rules, port, sources)
    made = _admit(request, cluster.id, opened.id, port, missing)
    serving = serving_rules(rules, port, sources)
    for rule in serving:
        _share(request, rule)
    new = {*missing, *(rule.cidr for rule in rules if is_by_run(rule.tags, request))}
    return OpenedSecurityGroup(
        security_group_id=opened.id,
        rule_ids=(*made, *(rule.id for rule in serving)),
        admitted=tuple(each for source, subnets in sources.items() if source in new for each in subnets),
        findings=tuple(opening_findings(request.connection, opened, rules, sources, missing)),
    )


def close_security_group(request: CloseSecurityGroup) -> Done:
    """Takes the connection's tag off a rule of ours, or revokes it if no other uses it. An absent rule is success."""
    rules = find_rules([request.security_group_id])
    rule = next((rule for rule in rules if rule.id == request.rule_id), None)
    if rule is not None and request.connection in rule.users:
        _release(rule, request.connection)
    return Done()


def _described(filters: "Sequence[FilterTypeDef]") -> "list[SecurityGroupRuleTypeDef]":
    pages = clients.ec2().get_paginator("describe_security_group_rules").paginate(Filters=filters)
    return [each for page in pages for each in page["SecurityGroupRules"]]


def _is_inbound(found: "SecurityGroupRuleTypeDef") -> bool:
    return not found["IsEgress"] and "CidrIpv6" not in found


def _rule(found: "SecurityGroupRuleTypeDef") -> Rule:
    return Rule(
        id=found["SecurityGroupRuleId"],
        group_id=found["GroupId"],
        cidr=found.get("CidrIpv4"),
        protocol=found["IpProtocol"],
        from_port=found.get("FromPort", -1),
        to_port=found.get("ToPort", -1),
        tags=as_mapping(found.get("Tags")),
        prefix_list=found.get("PrefixListId"),
    )


def _release(rule: Rule, connection: str) -> None:
    ec2 = clients.ec2()
    with doing("revoking security group rule", rule.id):
        try:
            if rule.users - {connection}:
                ec2.delete_tags(Resources=[rule.id], Tags=[{"Key": use_tag(connection)}])
            else:
                ec2.revoke_security_group_ingress(GroupId=rule.group_id, SecurityGroupRuleIds=[rule.id])
        except ClientError as error:
            if code_of(error) not in GONE:
                raise


def _sources(request: OpenSecurityGroup) -> dict[str, Sequence[str]]:
    """The ranges to admit, each with the load balancers' subnets that it stands for."""
    if request.ingress != "subnets":
        return dict.fromkeys(sources_of(request.ingress, ()), request.subnet_ids)
    subnets = find_subnets(request.subnet_ids)
    ranges = sorted(sources_of(request.ingress, subnets))
    return {each: [subnet.id for subnet in subnets if subnet.cidr == each] for each in ranges}


def _admit(owner: Owner, cluster_id: str, group_id: str, port: int, cidrs: Sequence[str]) -> list[str]:
    if not cidrs:
        return []
    tags = [*tags_of(owner, cluster=cluster_id), *as_list({use_tag(owner.connection): owner.maker})]
    permission: IpPermissionTypeDef = {
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        "IpRanges": [{"CidrIp": cidr, "Description": DESCRIPTION} for cidr in cidrs],
    }
    not_yet = ("InvalidPermission.Duplicate", "InvalidGroup.NotFound")
    with room_remedied(", ".join(cidrs)), doing("opening security group", group_id, not_yet=not_yet):
        made = clients.ec2().authorize_security_group_ingress(
            GroupId=group_id,
            IpPermissions=[permission],
            TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags}],
        )
    return [each["SecurityGroupRuleId"] for each in made["SecurityGroupRules"]]


def _share(owner: Owner, rule: Rule) -> None:
    """Puts tags on a rule that the connection uses.

    Raises `NotYetConsistent` if a teardown has just revoked it: the next look opens the group anew.
    """
    tags = tags_of_use(owner, rule)
    if tags:
        with doing("tagging security group rule", rule.id, not_yet=GONE):
            clients.ec2().create_tags(Resources=[rule.id], Tags=tags)
