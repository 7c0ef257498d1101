"""Looks at the roles that connections use."""

from collections.abc import Iterable

from private_connection.access.roles import Role, find_role, list_roles
from private_connection.naming import role_name
from private_connection.reconcile.connected import Connected
from private_connection.settings import settings


def find_used_roles(connections: Iterable[Connected]) -> dict[str, Role]:
    """The roles that these connections use, by ARN, as far as they exist.

    Those at the deployment's path are listed together, without tags and boundaries. One elsewhere costs a call.
    """
    path, used = settings().access_role_path, {each.handoff.role_arn for each in connections}
    elsewhere = [find_role(role_name(arn)) for arn in sorted(used) if f":role{path}" not in arn]
    found = [*list_roles(path), *(role for role in elsewhere if role is not None)]
    return {role.arn: role for role in found if role.arn in used}
