"""Excess: what something that is wanted has beside what is wanted, so that it can be withdrawn."""

from collections.abc import Iterator

from private_connection.access.narrowing import NarrowAccess, surplus_access
from private_connection.access.role_policies import find_role_policy
from private_connection.access.roles import find_role
from private_connection.former_tags import RemoveTags, find_tagged
from private_connection.naming import access_policy
from private_connection.ownership import is_ours
from private_connection.paths.principals import find_strangers
from private_connection.paths.target_groups import list_target_groups
from private_connection.settings import settings
from private_connection.things import Search, Thing, key


def list_strangers(search: Search) -> Iterator[Thing]:
    """The principals of others on the services of which a run said that they have some, while they do."""
    for service in search.wanted.strangers if search.wanted else ():
        if find_strangers(service):
            yield Thing(kind="principals", id=service, name=service, created_by=None)


def list_excess(search: Search) -> Iterator[Thing]:
    """The role that is wanted, while the connection's policy on it or its trust allows more than that."""
    wanted = search.wanted
    role = find_role(wanted.role_name) if wanted else None
    if wanted is None or role is None:
        return
    policy = access_policy(settings().region, search.connection)
    asked = NarrowAccess(
        connection=search.connection,
        role_name=role.name,
        workspace_id=wanted.workspace_id,
        access_policy=wanted.access_policy,
    )
    if surplus_access(asked, role, find_role_policy(role.name, policy)):
        yield Thing(kind="access", id=role.name, name=f"{role.name}/{policy}", created_by=None, within=role.name)


def list_path_tags(search: Search) -> Iterator[Thing]:
    """The load balancers of wanted paths, where they or their target groups, which may be older, carry a tag of the
    user's that is not asked for any more.
    """
    wanted = search.wanted
    if wanted is None or not wanted.tags:
        return
    groups = [each for each in list_target_groups(search.connection) if is_ours(each.tags, search.connection)]
    leading = [each for each in search.own_balancers if each.name in wanted.paths]
    for each in leading:
        tagged = (each.tags, *(group.tags for group in groups if each.arn in group.load_balancer_arns))
        if any(not tags.keys().isdisjoint(wanted.tags) for tags in tagged):
            yield Thing(kind="pathTags", id=each.arn, name=f"tags of {each.name}", created_by=None)


def list_tags(search: Search) -> Iterator[Thing]:
    """The connection, where anything else of it carries such a tag; its clusters that do, and those of which nobody can
    tell.

    ElastiCache may modify a cluster whose tags were changed for a while (hashicorp/terraform-provider-aws, pull request
    40320), and does not show its tags then. So one that showed tags to the look before is busy.
    """
    wanted = search.wanted
    if wanted is None or not wanted.tags:
        return
    asked = RemoveTags(
        connection=search.connection, cluster_id=wanted.cluster_id, role_name=wanted.role_name, tags=wanted.tags
    )
    tagged, known = find_tagged(asked), {key(each) for each in search.known}
    if tagged.rest:
        yield Thing(kind="tags", id=search.connection, name=f"tags of {search.connection}", created_by=None)
    for cluster in tagged.clusters:
        yield _tags_of_cluster(search, cluster)
    for cluster, (status, maker) in tagged.hidden.items():
        unseen = _tags_of_cluster(search, cluster)
        note = f"it is {status}, and its tags can be changed only while it is available: take those of yours off it"
        told = {"busy": True} if key(unseen) in known else {"created_by": maker, "note": note}
        yield unseen.model_copy(update=told)


def _tags_of_cluster(search: Search, cluster: str) -> Thing:
    return Thing(
        kind="tags",
        id=f"cluster {cluster}",
        name=f"tags of cluster {cluster}",
        created_by=None,
        within=search.connection,
    )
