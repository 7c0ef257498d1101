"""The step Remove tags: tags of the user's that are not asked for any more go from what is not part of one path alone.

These are endpoint services, of which one look shows all, rules, groups, the cluster and the role, as far as they are
ours and no other connection uses them, which may ask for these tags. What is adopted is never among them.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from private_connection import clients
from private_connection.access.roles import NOT_YET, connection_tag, find_role, is_own_role
from private_connection.cluster.replication_groups import NOT_DELETABLE_YET, list_replication_groups
from private_connection.cluster.rules import GONE, list_rules
from private_connection.cluster.security_groups import list_security_groups
from private_connection.cluster.subnet_groups import list_subnet_groups
from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.errors import doing
from private_connection.ownership import CREATED_BY, Tags, is_ours, users_in
from private_connection.paths.endpoint_services import list_endpoint_services
from private_connection.paths.offers import SERVICE_ABSENT

CHANGING = (*NOT_DELETABLE_YET, "TagNotFound", "CacheSubnetGroupNotFoundFault", "ReplicationGroupNotFoundFault")
"""ElastiCache's refusals for what has changed since it was looked up. It wants each key to be there (API reference,
RemoveTagsFromResource), which the other services do not.
"""

A_CLUSTER: Final = ":replicationgroup:"
"""In the ARN of a cluster that a run made (ElastiCache user guide, "Tagging your resources")."""


class RemoveTags(Contract):
    connection: ConnectionName
    cluster_id: str
    role_name: str
    tags: tuple[str, ...]
    """The keys to take off."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """What is ours, alone in our use, and carries one of the keys."""

    ec2: Mapping[str, Tags]
    """Id to those of the tags that it has."""
    caches: Mapping[str, Tags]
    """ARN to the same."""
    role: Tags
    """The same of the role."""
    hidden: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """The clusters of ours whose tags ElastiCache does not show now, by id: status and maker."""

    @property
    def clusters(self) -> list[str]:
        """The ids of the clusters among what carries one."""
        return [arn.rpartition(":")[2] for arn in self.caches if A_CLUSTER in arn]

    @property
    def rest(self) -> bool:
        """Whether anything else carries one."""
        return bool(self.ec2 or self.role or len(self.caches) > len(self.clusters))


def find_tagged(request: RemoveTags) -> Tagged:
    """One look. It costs a call for each cluster of ours, and for each subnet group with our prefix."""
    connection, keys = request.connection, request.tags
    caches, hidden = dict[str, Tags](), dict[str, tuple[str, str]]()
    for cluster, tags in list_replication_groups(connection, (request.cluster_id,), {}, thorough=False):
        if is_ours(tags, connection) and cluster.status != "available":
            hidden[cluster.id] = cluster.status, tags[CREATED_BY]
        elif is_ours(tags, connection):
            caches[cluster.arn] = _carried(tags, keys)
    for group, tags in list_subnet_groups(connection):
        if is_ours(tags, connection):
            caches[group.arn] = _carried(tags, keys)
    return Tagged(
        ec2={
            each: carried
            for each, tags in _in_ec2(connection)
            if is_ours(tags, connection) and (carried := _carried(tags, keys))
        },
        caches={arn: carried for arn, carried in caches.items() if carried},
        role=_on_role(request),
        hidden=hidden,
    )


def remove_tags(request: RemoveTags) -> Done:
    """Takes the keys off. What has changed or gone in the meantime is looked up again."""
    tagged, keys = find_tagged(request), request.tags
    for batch in clients.batches(list(tagged.ec2), clients.EC2_FILTER_VALUES):
        with doing("taking tags off", ", ".join(batch), not_yet=(*GONE, *SERVICE_ABSENT)):
            clients.ec2().delete_tags(Resources=batch, Tags=[{"Key": key} for key in keys])
    for arn, carried in tagged.caches.items():
        with doing("taking tags off", arn, not_yet=CHANGING):
            clients.elasticache().remove_tags_from_resource(ResourceName=arn, TagKeys=list(carried))
    if tagged.role:
        with doing("taking tags off role", request.role_name, not_yet=NOT_YET):
            clients.iam().untag_role(RoleName=request.role_name, TagKeys=list(tagged.role))
    return Done()


def _in_ec2(connection: str) -> Iterator[tuple[str, Tags]]:
    """Services, groups, and the rules that nobody else uses, with their tags."""
    yield from ((each.id, each.tags) for each in list_endpoint_services() if not each.is_deleting)
    yield from ((each.id, each.tags) for each in list_security_groups(connection))
    yield from ((each.id, each.tags) for each in list_rules(connection) if each.users == {connection})


def _on_role(request: RemoveTags) -> Tags:
    role = find_role(request.role_name)
    alone = users_in({connection_tag(request.connection): ""})
    if role is None or not is_own_role(role) or users_in(role.tags) != alone:
        return {}
    return _carried(role.tags, request.tags)


def _carried(tags: Tags, keys: Collection[str]) -> Tags:
    return {key: tags[key] for key in keys if key in tags}
