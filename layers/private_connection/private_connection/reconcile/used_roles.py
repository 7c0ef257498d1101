"""Looks at the roles that connections use."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from private_connection.access.roles import Role, find_role, list_roles
from private_connection.errors import Terminal
from private_connection.naming import role_name
from private_connection.reconcile.connected import Connected
from private_connection.settings import settings


@dataclass(slots=True)
class UsedRoles:
    found: dict[str, Role] = field(default_factory=dict)
    """By ARN, as far as they exist."""
    refused: dict[str, Terminal] = field(default_factory=dict)
    """Why AWS does not show a role, by its ARN."""


def find_used_roles(connections: Iterable[Connected]) -> UsedRoles:
    """The roles that these connections use.

    Those at the deployment's path are listed together, without tags and boundaries. One elsewhere costs a call, and may
    be one that its owner's policies keep from us, which says nothing of the others.
    """
    path, used = settings().access_role_path, {each.handoff.role_arn for each in connections}
    roles = UsedRoles({each.arn: each for each in list_roles(path) if each.arn in used})
    for arn in sorted(each for each in used if f":role{path}" not in each):
        try:
            role = find_role(role_name(arn))
        except Terminal as refusal:
            roles.refused[arn] = refusal
            continue
        if role is not None and role.arn in used:
            roles.found[role.arn] = role
    return roles
