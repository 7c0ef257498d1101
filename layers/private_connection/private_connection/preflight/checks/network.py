"""Whether a cluster can be created in the network that the request names."""

from collections.abc import Iterator

from private_connection.preflight.facts import CreationFacts, Facts, RefusedLook
from private_connection.request.findings import Finding, absent, finding
from private_connection.request.models import ConnectionRequest, CreateCluster

SUBNETS, GROUPS = "cluster.create.subnetIds", "cluster.create.securityGroupIds"


def check_network(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    create = request.cluster.create
    if create is not None:
        yield from _subnets(create, facts.creation)
        yield from _only_ipv6(facts.creation)
        yield from _security_groups(create, facts.creation)


def _subnets(create: CreateCluster, facts: CreationFacts) -> Iterator[Finding]:
    if create.subnet_group is not None:
        if facts.subnet_group is None:
            field = "cluster.create.subnetGroup"
            yield absent("SUBNET_GROUP_ABSENT", field, create.subnet_group, "an ElastiCache subnet group")
    elif create.subnet_ids:
        yield from _named_subnets(create, facts)
    elif not facts.subnets:
        remedy = "give cluster.create.subnetIds or cluster.create.subnetGroup"
        yield finding("NO_DEFAULT_VPC", SUBNETS, "no default VPC in this Region", "subnets", remedy)


def _only_ipv6(facts: CreationFacts) -> Iterator[Finding]:
    for subnet in (each for each in facts.subnets if each.cidr is None):
        found, expected = (
            f"{subnet.id}, which has no IPv4 range",
            "subnets with IPv4 addresses, which load balancers take",
        )
        yield finding("SUBNET_WITHOUT_IPV4", SUBNETS, found, expected, "take other subnets")


def _named_subnets(create: CreateCluster, facts: CreationFacts) -> Iterator[Finding]:
    for subnet_id in sorted(set(create.subnet_ids) - {subnet.id for subnet in facts.subnets}):
        yield absent("SUBNET_ABSENT", SUBNETS, subnet_id, "a subnet")
    vpcs = sorted({subnet.vpc_id for subnet in facts.subnets})
    if len(vpcs) > 1:
        found, remedy = f"subnets of {', '.join(vpcs)}", "take those of one VPC"
        yield finding("SUBNETS_OF_SEVERAL_VPCS", SUBNETS, found, "subnets of one VPC", remedy)


def _security_groups(create: CreateCluster, facts: CreationFacts) -> Iterator[Finding]:
    if isinstance(facts.security_groups, RefusedLook):
        return
    groups = {group.id: group for group in facts.security_groups}
    vpc_id = next((subnet.vpc_id for subnet in facts.subnets), None)
    for group_id in create.security_group_ids:
        if group_id not in groups:
            yield absent("SECURITY_GROUP_ABSENT", GROUPS, group_id, "a security group")
        elif vpc_id is not None and groups[group_id].vpc_id != vpc_id:
            yield finding(
                "SECURITY_GROUP_OF_ANOTHER_VPC",
                GROUPS,
                f"{group_id} of {groups[group_id].vpc_id}",
                f"a group of {vpc_id}, the subnets' VPC",
                "take groups and subnets of one VPC",
            )
