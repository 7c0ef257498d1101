"""ElastiCache subnet groups: where a cluster's nodes may be, and so where its load balancers sit."""

from dataclasses import dataclass

from private_connection import clients
from private_connection.contracts import Owner
from private_connection.errors import doing
from private_connection.naming import cluster_resource
from private_connection.ownership import as_mapping, require_ours, tags_of

DESCRIPTION = "Subnets of a cluster that Ververica Cloud reaches privately"


@dataclass(frozen=True, slots=True)
class SubnetGroup:
    name: str
    arn: str
    vpc_id: str
    subnet_ids: tuple[str, ...]


def find_subnet_group(name: str) -> SubnetGroup | None:
    elasticache = clients.elasticache()
    with doing("looking up subnet group", name):
        try:
            found = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName=name)["CacheSubnetGroups"]
        except elasticache.exceptions.CacheSubnetGroupNotFoundFault:
            return None
    group = found[0]
    subnet_ids = tuple(subnet["SubnetIdentifier"] for subnet in group["Subnets"])
    return SubnetGroup(group["CacheSubnetGroupName"], group["ARN"], group["VpcId"], subnet_ids)


def ensure_subnet_group(owner: Owner, cluster_id: str, subnet_ids: tuple[str, ...]) -> str:
    """The name of the cluster's own subnet group. Raises `NotOurs` if one of that name belongs to somebody else."""
    name = cluster_resource(cluster_id)
    group = find_subnet_group(name)
    if group is None:
        _create(owner, name, subnet_ids)
    else:
        require_ours("subnet group", name, _tags(group), owner)
    return name


def _create(owner: Owner, name: str, subnet_ids: tuple[str, ...]) -> None:
    with doing("creating subnet group", name, not_yet=("CacheSubnetGroupAlreadyExists",)):
        clients.elasticache().create_cache_subnet_group(
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription=DESCRIPTION,
            SubnetIds=subnet_ids,
            Tags=tags_of(owner),
        )


def _tags(group: SubnetGroup) -> dict[str, str]:
    with doing("reading the tags of subnet group", group.name):
        return dict(as_mapping(clients.elasticache().list_tags_for_resource(ResourceName=group.arn)["TagList"]))
