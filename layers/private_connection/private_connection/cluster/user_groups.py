"""ElastiCache user groups: who may log in to a cluster, with which commands. None is ever changed."""

from dataclasses import dataclass

from private_connection import clients
from private_connection.errors import doing


@dataclass(frozen=True, slots=True)
class UserGroup:
    id: str
    status: str
    """``active`` if a cluster can be given it (API reference, UserGroup)."""
    engine: str
    """``redis`` or ``valkey``."""


def find_user_group(group_id: str) -> UserGroup | None:
    elasticache = clients.elasticache()
    with doing("looking up user group", group_id):
        try:
            found = elasticache.describe_user_groups(UserGroupId=group_id)["UserGroups"]
        except elasticache.exceptions.UserGroupNotFoundFault:
            return None
    groups = (UserGroup(each["UserGroupId"], each["Status"], each["Engine"].lower()) for each in found)
    return next(groups, None)
