"""Grants: a connection's inline policy and tag on the role that Ververica assumes.

The connections of a workspace share a role. Teardown of the last of them deletes the role, if we created it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from private_connection import clients
from private_connection.access.policies import names_principal
from private_connection.access.role_policies import (
    delete_role_policy,
    is_shared,
    list_attached_policies,
    list_role_policies,
)
from private_connection.access.roles import Role, connection_tag, find_role, is_own_role, list_roles
from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.errors import doing
from private_connection.naming import access_policy
from private_connection.settings import settings


@dataclass(frozen=True, slots=True)
class Grant:
    """A connection's policy and tag on a role that Ververica may assume."""

    role: Role
    carries_policy: bool
    """Whether the connection's policy is on it."""
    is_removable: bool
    """Whether we created the role, this connection uses it, and no other connection's policy is on it."""
    foreign_policies: tuple[str, ...]
    """Policies on it that are not ours; looked up only if it is removable."""


class RemovePolicy(Contract):
    connection: ConnectionName
    role_name: str


def list_grants(connection: str) -> Iterator[Grant]:
    """The grants of a connection, one for each role that Ververica's account may assume, for whatever workspace.

    A role that was deleted after it was listed is left out.
    """
    trusting = [role.name for role in list_roles() if names_principal(role.trust, settings().ververica_principal)]
    for name in trusting:
        role = find_role(name)
        if role is not None:
            yield _grant(role, connection)


def _grant(role: Role, connection: str) -> Grant:
    policy, policies = access_policy(settings().region, connection), list_role_policies(role.name)
    others = [each for each in policies if each != policy]
    removable = is_own_role(role) and connection_tag(connection) in role.tags and not is_shared(others)
    foreign = (*others, *list_attached_policies(role.name)) if removable else ()
    return Grant(role, policy in policies, removable, foreign)


def remove_policy(request: RemovePolicy) -> Done:
    """Removes a connection's policy from a role, and its tag if other connections use the role. Absence is success."""
    name = access_policy(settings().region, request.connection)
    if delete_role_policy(request.role_name, name) and is_shared(list_role_policies(request.role_name)):
        _unshare(request.role_name, request.connection)
    return Done()


def _unshare(role_name: str, connection: str) -> None:
    role = find_role(role_name)
    if role is not None and is_own_role(role) and connection_tag(connection) in role.tags:
        with doing("untagging role", role_name, not_yet=("ConcurrentModification",)):
            clients.iam().untag_role(RoleName=role_name, TagKeys=[connection_tag(connection)])
