"""Security groups: the one of a cluster that we create, and the inbound rule that lets load balancers reach the nodes.

Redis sees the load balancer's private address as the source of all traffic that comes over PrivateLink (Network Load
Balancers guide, client IP preservation), so the rule admits the subnets that the load balancers sit in, never
Ververica's addresses. A rule may serve several connections of one cluster: each leaves its tag on it, and the last one
to go takes it along.
"""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.cluster.clusters import Cluster, describe_members, node_endpoint, require_cluster
from private_connection.cluster.networks import find_subnets
from private_connection.cluster.subnet_groups import find_subnet_group
from private_connection.contracts import Ingress, OpenedSecurityGroup, OpenSecurityGroup, Owner
from private_connection.errors import ClusterUnusable, code_of, doing
from private_connection.naming import cluster_resource
from private_connection.ownership import CLUSTER, SERVES, Tags, as_list, as_mapping, created_by, require_ours, tags_of
from private_connection.teardown.contracts import CloseSecurityGroup, Done

ANYWHERE = "0.0.0.0/0"
GROUP_DESCRIPTION = "Cache nodes that Ververica Cloud reaches privately"
RULE_DESCRIPTION = "Ververica Cloud by private connection"


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    id: str
    name: str
    vpc_id: str
    tags: Tags

    @property
    def is_default(self) -> bool:
        return self.name == "default"


@dataclass(frozen=True, slots=True)
class Rule:
    """An inbound TCP rule on one port, from one IPv4 range."""

    id: str
    cidr: str
    port: int
    tags: Tags

    @property
    def users(self) -> set[str]:
        """The connections that use the rule; none for a rule that is not ours."""
        return {key.removeprefix(SERVES) for key in self.tags if key.startswith(SERVES)}


def find_security_groups(group_ids: tuple[str, ...]) -> list[SecurityGroup]:
    """The groups with these ids, in this order. Those that do not exist are left out."""
    with doing("looking up security groups", ", ".join(group_ids)):
        found = clients.ec2().describe_security_groups(Filters=[{"Name": "group-id", "Values": group_ids}])[
            "SecurityGroups"
        ]
    groups = {
        each["GroupId"]: SecurityGroup(each["GroupId"], each["GroupName"], each["VpcId"], as_mapping(each.get("Tags")))
        for each in found
    }
    return [groups[group_id] for group_id in group_ids if group_id in groups]


def find_cluster_security_group(cluster_id: str, vpc_id: str) -> SecurityGroup | None:
    """The group that we make for a cluster, by its name."""
    name = cluster_resource(cluster_id)
    with doing("looking up security group", name):
        found = clients.ec2().describe_security_groups(
            Filters=[{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [vpc_id]}]
        )["SecurityGroups"]
    return next((SecurityGroup(each["GroupId"], name, vpc_id, as_mapping(each.get("Tags"))) for each in found), None)


def ensure_cluster_security_group(owner: Owner, cluster_id: str, vpc_id: str) -> str:
    """The id of the cluster's own security group. Raises `NotOurs` if one of that name belongs to somebody else."""
    group = find_cluster_security_group(cluster_id, vpc_id)
    if group is not None:
        require_ours("security group", group.name, group.tags, owner)
        return group.id
    name = cluster_resource(cluster_id)
    with doing("creating security group", name, not_yet=("InvalidGroup.Duplicate",)):
        return clients.ec2().create_security_group(
            GroupName=name,
            Description=GROUP_DESCRIPTION,
            VpcId=vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags_of(owner, cluster=cluster_id)}],
        )["GroupId"]


def open_security_group(request: OpenSecurityGroup) -> OpenedSecurityGroup:
    """Lets the load balancers in, and takes back what this connection no longer asks for; grants before it revokes."""
    cluster = require_cluster(request)
    member = describe_members(cluster)[0]
    group, warnings = _guard(cluster, tuple(each["SecurityGroupId"] for each in member.get("SecurityGroups", [])))
    _, port, _ = node_endpoint(member)
    sources = _sources(request.ingress, member["CacheSubnetGroupName"])
    rules = find_rules(group.id, port)
    _admit(request, cluster.id, group, port, [cidr for cidr in sources if cidr not in {rule.cidr for rule in rules}])
    for rule in rules:
        if rule.cidr in sources:
            _share(request, rule)
        elif request.connection in rule.users:
            release_rule(group.id, rule, request.connection)
    return OpenedSecurityGroup(security_group_id=group.id, warnings=tuple(warnings))


def find_rules(group_id: str, port: int) -> list[Rule]:
    """The group's inbound rules for TCP on exactly this port from an IPv4 range, ours and others'."""
    return [rule for rule in _rules(group_id) if rule.port == port]


def _rules(group_id: str) -> list[Rule]:
    """The group's inbound rules that are for TCP on one port from an IPv4 range."""
    with doing("looking up the rules of security group", group_id):
        pages = clients.ec2().get_paginator("describe_security_group_rules")
        found = [
            each
            for page in pages.paginate(Filters=[{"Name": "group-id", "Values": [group_id]}])
            for each in page["SecurityGroupRules"]
        ]
    return [
        Rule(each["SecurityGroupRuleId"], each["CidrIpv4"], each["FromPort"], as_mapping(each.get("Tags")))
        for each in found
        if not each["IsEgress"]
        and each["IpProtocol"] == "tcp"
        and each.get("FromPort") == each.get("ToPort")
        and "CidrIpv4" in each
    ]


def release_rule(group_id: str, rule: Rule, connection: str) -> None:
    """Ends a connection's use of a rule of ours: revokes it if nobody else uses it. An absent rule is success."""
    ec2 = clients.ec2()
    with doing("revoking security group rule", rule.id):
        if rule.users - {connection}:
            ec2.delete_tags(Resources=[rule.id], Tags=[{"Key": f"{SERVES}{connection}"}])
            return
        try:
            ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=[rule.id])
        except ClientError as error:
            if code_of(error) not in ("InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound"):
                raise


def close_security_group(request: CloseSecurityGroup) -> Done:
    """Ends the connection's use of one rule of ours."""
    rule = next((rule for rule in _rules(request.security_group_id) if rule.id == request.rule_id), None)
    if rule is not None and request.connection in rule.users:
        release_rule(request.security_group_id, rule, request.connection)
    return Done()


def delete_security_group(group_id: str) -> None:
    """Deletes it; an absent one is success, one that network interfaces still use is not yet possible."""
    with doing("deleting security group", group_id, not_yet=("DependencyViolation",)):
        try:
            clients.ec2().delete_security_group(GroupId=group_id)
        except ClientError as error:
            if code_of(error) != "InvalidGroup.NotFound":
                raise


def _guard(cluster: Cluster, group_ids: tuple[str, ...]) -> tuple[SecurityGroup, list[str]]:
    """The group to open: the cluster's first one that is not its VPC's default group, which guards other things too."""
    groups = find_security_groups(group_ids)
    if not groups:
        raise ClusterUnusable(
            f"looking up the security groups of cluster ({cluster.id}): it has none that could be opened"
        )
    own = next((group for group in groups if not group.is_default), None)
    if own is not None:
        return own, []
    return groups[0], [
        f"The cluster has no security group but its VPC's default one ({groups[0].id}): the rule that lets the load "
        f"balancers in was added there, and applies to whatever else is in that group."
    ]


def _sources(ingress: Ingress, subnet_group: str) -> list[str]:
    if ingress == "anywhere":
        return [ANYWHERE]
    group = find_subnet_group(subnet_group)
    subnets = find_subnets(group.subnet_ids if group else ())
    if not subnets:
        raise ClusterUnusable(f"looking up subnet group ({subnet_group}): it has no subnets")
    return sorted({subnet.cidr for subnet in subnets})


def _admit(owner: Owner, cluster_id: str, group: SecurityGroup, port: int, cidrs: list[str]) -> None:
    if not cidrs:
        return
    tags = [*tags_of(owner, cluster=cluster_id), *as_list({f"{SERVES}{owner.connection}": created_by(owner)})]
    with doing("opening security group", group.id, not_yet=("InvalidPermission.Duplicate", "InvalidGroup.NotFound")):
        clients.ec2().authorize_security_group_ingress(
            GroupId=group.id,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": port,
                    "ToPort": port,
                    "IpRanges": [{"CidrIp": cidr, "Description": RULE_DESCRIPTION} for cidr in cidrs],
                }
            ],
            TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": tags}],
        )


def _share(owner: Owner, rule: Rule) -> None:
    """Leaves our mark on a rule that another connection of ours made. A rule of somebody else serves as it is."""
    if rule.users and owner.connection not in rule.users and CLUSTER in rule.tags:
        with doing("tagging security group rule", rule.id):
            clients.ec2().create_tags(
                Resources=[rule.id], Tags=as_list({f"{SERVES}{owner.connection}": created_by(owner)})
            )
