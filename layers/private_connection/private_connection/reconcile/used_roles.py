"""Looks at the roles that connections use, and at the names of their inline policies."""

from collections.abc import Iterable, Mapping

from private_connection.access.role_policies import list_role_policies
from private_connection.access.roles import Role, find_role, is_at_our_place, is_extendable, list_roles, may_write
from private_connection.naming import access_policy, role_name
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


def find_policies(connections: Iterable[Connected], roles: Mapping[str, Role]) -> dict[str, frozenset[str]]:
    """The names of the inline policies on each of these roles of theirs that runs may write to, by the role's ARN.

    Costs a call for each. One that lacks a policy of ours is read whole: whether a run may put it there is told by
    tags and boundary, which IAM does not list.
    """
    wanted, found = dict[str, set[str]](), dict[str, frozenset[str]]()
    for each in connections:
        wanted.setdefault(each.handoff.role_arn, set()).add(access_policy(each.handoff.region, each.name))
    for arn, role in roles.items():
        if is_at_our_place(role) or is_extendable(role):
            names = frozenset(list_role_policies(role.name))
            if wanted[arn] <= names or _may_write(role.name):
                found[arn] = names
    return found


def _may_write(name: str) -> bool:
    role = find_role(name)
    return role is not None and may_write(role)
