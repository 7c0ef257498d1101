"""Security groups: those that a cluster is in, and the one that we make for a cluster that we create."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.contracts import Contract, Done, Owner
from private_connection.errors import code_of, doing
from private_connection.naming import cluster_resource
from private_connection.ownership import CONNECTION, Tags, as_mapping, require_ours, tags_of

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import SecurityGroupTypeDef

DESCRIPTION = "Cache nodes that Ververica Cloud reaches privately"


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    id: str
    name: str
    vpc_id: str
    tags: Tags

    @property
    def is_default(self) -> bool:
        """Whether it is its VPC's default group, which other resources may be in."""
        return self.name == "default"


class DeleteSecurityGroup(Contract):
    security_group_id: str


def find_security_groups(group_ids: tuple[str, ...]) -> list[SecurityGroup]:
    """The groups with these ids, in this order. Those that do not exist are left out."""
    with doing("looking up security groups", ", ".join(group_ids)):
        found = clients.ec2().describe_security_groups(Filters=[{"Name": "group-id", "Values": group_ids}])
    groups = {each["GroupId"]: _security_group(each) for each in found["SecurityGroups"]}
    return [groups[group_id] for group_id in group_ids if group_id in groups]


def group_to_open(groups: Sequence[SecurityGroup]) -> SecurityGroup:
    """The first of a cluster's groups that is not its VPC's default one, else that. ``groups`` has at least one."""
    return next((group for group in groups if not group.is_default), groups[0])


def find_cluster_security_group(cluster_id: str, vpc_id: str) -> SecurityGroup | None:
    """The group that we make for a cluster, by its name."""
    name = cluster_resource(cluster_id)
    with doing("looking up security group", name):
        found = clients.ec2().describe_security_groups(
            Filters=[{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [vpc_id]}]
        )
    return next(map(_security_group, found["SecurityGroups"]), None)


def list_security_groups(connection: str) -> list[SecurityGroup]:
    """The security groups that carry a connection's name."""
    with doing("looking up security groups", connection):
        pages = clients.ec2().get_paginator("describe_security_groups")
        found = pages.paginate(Filters=[{"Name": f"tag:{CONNECTION}", "Values": [connection]}])
        return [_security_group(each) for page in found for each in page["SecurityGroups"]]


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
            Description=DESCRIPTION,
            VpcId=vpc_id,
            TagSpecifications=[{"ResourceType": "security-group", "Tags": tags_of(owner, cluster=cluster_id)}],
        )["GroupId"]


def delete_security_group(request: DeleteSecurityGroup) -> Done:
    """Deletes it. An absent one is success.

    Raises `NotYetConsistent` while network interfaces use it, or another group's rule names it.
    """
    group_id = request.security_group_id
    with doing("deleting security group", group_id, not_yet=("DependencyViolation", "InvalidGroup.InUse")):
        try:
            clients.ec2().delete_security_group(GroupId=group_id)
        except ClientError as error:
            if code_of(error) != "InvalidGroup.NotFound":
                raise
    return Done()


def _security_group(found: "SecurityGroupTypeDef") -> SecurityGroup:
    return SecurityGroup(found["GroupId"], found["GroupName"], found["VpcId"], as_mapping(found.get("Tags")))
