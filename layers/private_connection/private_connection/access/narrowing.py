"""The step Narrow access: what a connection's policy and its role's trust allow beside what is wanted goes.

Until a run is READY both hold what was wanted before and what is wanted now, so that one that fails costs nothing.
"""

from dataclasses import replace
from typing import Literal

from private_connection.access.policies import policy_document, trust_document
from private_connection.access.role_policies import find_role_policy, put_role_policy
from private_connection.access.roles import (
    Role,
    connection_tag,
    find_role,
    is_usable,
    is_workspace_role,
    may_write,
    put_trust,
)
from private_connection.access.sids import exceeds, holds, narrowed, trimmed
from private_connection.access.statements import Policy, listed
from private_connection.contracts import ConnectionName, Contract, Done
from private_connection.naming import access_policy, role_name
from private_connection.ownership import users_in
from private_connection.request.models import AccessPolicy
from private_connection.settings import settings

Compared = Literal["as wanted", "gone", "changed", "role gone"]


class NarrowAccess(Contract):
    connection: ConnectionName
    role_name: str
    workspace_id: str
    access_policy: AccessPolicy


def surplus_access(request: NarrowAccess, role: Role, policy: Policy | None) -> bool:
    """Whether the connection's policy on a role, or the role's trust, holds more than is wanted.

    The role has to have its tags, as `find_role` gives it, by which we know our own.
    """
    return may_write(role) and (
        (policy is not None and exceeds(policy, _wanted(request, role))) or narrow_trust(request, role) is not None
    )


def compare_policy(connection: str, role_arn: str, asked: AccessPolicy) -> Compared:
    """What a run would find of the connection's policy on a role. One that no run may write is as it is wanted."""
    name = role_name(role_arn)
    policy = find_role_policy(name, access_policy(settings().region, connection))
    wanted = policy_document(asked, role_arn, settings().region, connection)
    if policy is not None and holds(policy, wanted) and not exceeds(policy, wanted):
        return "as wanted"
    role = find_role(name)
    if role is None:
        return "role gone"
    if not may_write(role):
        return "as wanted"
    return "gone" if policy is None else "changed"


def narrow_access(request: NarrowAccess) -> Done:
    """Makes a connection's policy on a role what is wanted, and the trust of a role that we made for its workspace.

    A statement that stays keeps its id. Neither an absent role or policy nor one that may not be written to is a
    failure: there is nothing to be taken off, or it stays as it is.
    """
    role = find_role(request.role_name)
    if role is None or not may_write(role):
        return Done()
    name, wanted = access_policy(settings().region, request.connection), _wanted(request, role)
    policy = find_role_policy(role.name, name)
    if policy is not None and exceeds(policy, wanted):
        put_role_policy(role.name, name, narrowed(policy, wanted))
    trust = narrow_trust(request, role)
    if trust is not None:
        put_trust(role.name, trust)
    return Done()


def _wanted(request: NarrowAccess, role: Role) -> Policy:
    return policy_document(request.access_policy, role.arn, settings().region, request.connection)


def narrow_trust(request: NarrowAccess, role: Role) -> Policy | None:
    """The trust of a role that we made for the workspace, without the Allow statements that are not wanted; null where
    it has none.

    Where another connection uses the role, it stays as it is: somebody may have added a statement for that one.
    """
    shared = users_in(role.tags) - users_in({connection_tag(request.connection): ""})
    if shared or not is_workspace_role(role, request.workspace_id):
        return None
    wanted = trust_document(settings().ververica_principal, request.workspace_id)
    trust = trimmed(role.trust, wanted)
    if len(trust["Statement"]) == len(listed(role.trust.get("Statement"))):
        return None
    if is_usable(replace(role, trust=trust), request.workspace_id):
        return trust
    return {**trust, "Statement": [*trust["Statement"], *wanted["Statement"]]}
