"""ElastiCache subnet groups: where a cluster's nodes may be, and so where its load balancers sit."""

from collections.abc import Iterator
from dataclasses import dataclass

from private_connection import clients
from private_connection.contracts import Owner
from private_connection.errors import doing
from private_connection.naming import cluster_resource
from private_connection.ownership import Tags, as_mapping, require_ours, tags_of

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


def list_own_subnet_groups(prefix: str) -> Iterator[tuple[str, Tags]]:
    """Name and tags of each subnet group whose name begins like those that we make."""
    with doing("looking up subnet groups", prefix):
        pages = list(clients.elasticache().get_paginator("describe_cache_subnet_groups").paginate())
    for each in (each for page in pages for each in page["CacheSubnetGroups"]):
        if each["CacheSubnetGroupName"].startswith(prefix):
            yield each["CacheSubnetGroupName"], _tags(each["CacheSubnetGroupName"], each["ARN"])


def delete_subnet_group(name: str) -> None:
    """Deletes it; an absent one is success, one that is still used is not yet possible."""
    elasticache = clients.elasticache()
    with doing("deleting subnet group", name, not_yet=("CacheSubnetGroupInUse",)):
        try:
            elasticache.delete_cache_subnet_group(CacheSubnetGroupName=name)
        except elasticache.exceptions.CacheSubnetGroupNotFoundFault:
            return


def ensure_subnet_group(owner: Owner, cluster_id: str, subnet_ids: tuple[str, ...]) -> str:
    """The name of the cluster's own subnet group. Raises `NotOurs` if one of that name belongs to somebody else."""
    name = cluster_resource(cluster_id)
    group = find_subnet_group(name)
    if group is None:
        _create(owner, name, subnet_ids)
    else:
        require_ours("subnet group", name, _tags(group.name, group.arn), owner)
    return name


def _create(owner: Owner, name: str, subnet_ids: tuple[str, ...]) -> None:
    with doing("creating subnet group", name, not_yet=("CacheSubnetGroupAlreadyExists",)):
        clients.elasticache().create_cache_subnet_group(
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription=DESCRIPTION,
            SubnetIds=subnet_ids,
            Tags=tags_of(owner),
        )


def _tags(name: str, arn: str) -> Tags:
    elasticache = clients.elasticache()
    with doing("reading the tags of subnet group", name):
        try:
            return as_mapping(elasticache.list_tags_for_resource(ResourceName=arn)["TagList"])
        except elasticache.exceptions.CacheSubnetGroupNotFoundFault:
            return {}
