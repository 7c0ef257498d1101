"""ElastiCache subnet groups: the subnets that a cluster's nodes, and so its load balancers, may be in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import Contract, Done, Owner
from private_connection.errors import InvalidRequest, doing
from private_connection.naming import CLUSTER_RESOURCE_PREFIX, cluster_resource
from private_connection.ownership import Tags, as_mapping, has_name, require_ours, tags_of

if TYPE_CHECKING:
    from mypy_boto3_elasticache.type_defs import CacheSubnetGroupTypeDef

DESCRIPTION = "Subnets of a cluster that Ververica Cloud reaches privately"

NOT_CREATABLE_YET = ("CacheSubnetGroupAlreadyExists", "ServiceLinkedRoleNotFoundFault")
"""Somebody is faster, or the service-linked role of an account's first use of ElastiCache is not visible yet."""


@dataclass(frozen=True, slots=True)
class SubnetGroup:
    name: str
    arn: str
    vpc_id: str
    subnet_ids: tuple[str, ...]


class DeleteSubnetGroup(Contract):
    name: str


def find_subnet_group(name: str) -> SubnetGroup | None:
    elasticache = clients.elasticache()
    with doing("looking up subnet group", name):
        try:
            found = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName=name)["CacheSubnetGroups"]
        except elasticache.exceptions.CacheSubnetGroupNotFoundFault:
            return None
    return _subnet_group(found[0])


def list_subnet_groups(connection: str) -> Iterator[tuple[SubnetGroup, Tags]]:
    """The subnet groups that carry a connection's name, with their tags.

    Costs a call for each group whose own name begins with our prefix.
    """
    named = (each for each in all_subnet_groups() if each.name.startswith(CLUSTER_RESOURCE_PREFIX))
    tagged = ((each, subnet_group_tags(each)) for each in named)
    yield from ((group, tags) for group, tags in tagged if has_name(tags, connection))


def all_subnet_groups() -> list[SubnetGroup]:
    """Every subnet group of the account and Region, without tags."""
    with doing("looking up subnet groups", "all"):
        pages = clients.elasticache().get_paginator("describe_cache_subnet_groups").paginate()
        return [_subnet_group(each) for page in pages for each in page["CacheSubnetGroups"]]


def subnet_group_tags(group: SubnetGroup) -> Tags:
    """Its tags; none if it is gone."""
    elasticache = clients.elasticache()
    with doing("reading the tags of subnet group", group.name):
        try:
            return as_mapping(elasticache.list_tags_for_resource(ResourceName=group.arn)["TagList"])
        except elasticache.exceptions.CacheSubnetGroupNotFoundFault:
            return {}


def ensure_subnet_group(owner: Owner, cluster_id: str, subnet_ids: tuple[str, ...]) -> str:
    """The name of the cluster's own subnet group. Raises `NotOurs` if one of that name belongs to somebody else, and
    `InvalidRequest` if an earlier run made it of other subnets: it is never modified.
    """
    name = cluster_resource(cluster_id)
    group = find_subnet_group(name)
    if group is None:
        _create(owner, name, subnet_ids)
    else:
        require_ours("subnet group", name, subnet_group_tags(group), owner)
        _require_subnets(group, subnet_ids)
    return name


def delete_subnet_group(request: DeleteSubnetGroup) -> Done:
    """Deletes it. An absent one is success. Raises `NotYetConsistent` while a cluster uses it."""
    elasticache = clients.elasticache()
    with doing("deleting subnet group", request.name, not_yet=("CacheSubnetGroupInUse",)):
        try:
            elasticache.delete_cache_subnet_group(CacheSubnetGroupName=request.name)
        except elasticache.exceptions.CacheSubnetGroupNotFoundFault:
            return Done()
    return Done()


def _create(owner: Owner, name: str, subnet_ids: tuple[str, ...]) -> None:
    with doing("creating subnet group", name, not_yet=NOT_CREATABLE_YET):
        clients.elasticache().create_cache_subnet_group(
            CacheSubnetGroupName=name,
            CacheSubnetGroupDescription=DESCRIPTION,
            SubnetIds=subnet_ids,
            Tags=tags_of(owner),
        )


def _require_subnets(group: SubnetGroup, subnet_ids: tuple[str, ...]) -> None:
    if set(group.subnet_ids) != set(subnet_ids):
        has, wanted = (", ".join(sorted(each)) for each in (group.subnet_ids, subnet_ids))
        raise InvalidRequest(
            f"finding subnet group ({group.name}): it has the subnets {has}, and this run was to use {wanted}: "
            f"another run has just made it; run again"
        )


def _subnet_group(found: "CacheSubnetGroupTypeDef") -> SubnetGroup:
    subnet_ids = tuple(subnet["SubnetIdentifier"] for subnet in found.get("Subnets", []))
    return SubnetGroup(found["CacheSubnetGroupName"], found.get("ARN", ""), found.get("VpcId", ""), subnet_ids)
