"""Looks at the role that Ververica gets: which it is, and what it allows."""

from collections.abc import Sequence
from dataclasses import replace

from private_connection.access.permissions import Permissions
from private_connection.access.role_policies import find_managed_policy, find_permissions
from private_connection.access.roles import (
    Role,
    find_role,
    find_trusting_roles,
    is_usable,
    is_workspace_role,
    may_write,
    planned_role,
)
from private_connection.naming import access_role
from private_connection.preflight.facts import RefusedLook, RoleFacts, optional
from private_connection.request.models import ConnectionRequest
from private_connection.settings import settings


def role_facts(request: ConnectionRequest) -> RoleFacts:
    """The role that is named, or those that are for the workspace, and what the one that the run would use allows."""
    if request.role.name is not None:
        named = find_role(request.role.name)
        return _with_permissions(RoleFacts(named=named, used=named))
    workspace_id = request.workspace_id
    trusting = tuple(find_trusting_roles(workspace_id))
    usable = [role for role in trusting if is_usable(role, workspace_id)]
    own = None if usable else find_role(access_role(workspace_id))
    facts = RoleFacts(trusting=trusting, own=own, used=_used(usable, own, workspace_id))
    return _with_permissions(_with_boundary(facts, request, is_new=not usable and own is None))


def _used(usable: Sequence[Role], own: Role | None, workspace_id: str) -> Role | None:
    if len(usable) == 1:
        return find_role(usable[0].name)
    return own if own is not None and is_workspace_role(own, workspace_id) else None


def _with_boundary(facts: RoleFacts, request: ConnectionRequest, *, is_new: bool) -> RoleFacts:
    """With the role that would be created, as the boundary that is asked for bounds it, or the deployment's.

    What bounds a role that exists already is read with its policies.
    """
    arn = request.role.permissions_boundary or (settings().permissions_boundary if is_new else None)
    if arn is None:
        return facts
    if not _may_bound(arn):
        return replace(facts, boundary_is_foreign=True)
    boundary = optional("role.permissionsBoundary", lambda: find_managed_policy(arn))
    if isinstance(boundary, RefusedLook) or boundary is None:
        return replace(facts, boundary_exists=boundary or False)
    planned = planned_role(request.workspace_id, arn)
    bounded = Permissions({}, boundary=boundary)
    return replace(facts, used=planned, is_writable=True, permissions=bounded) if is_new else facts


def _may_bound(policy_arn: str) -> bool:
    """Whether it is of this account, or AWS's own: IAM attaches no other, and these functions may read no other (IAM
    User Guide, "Permissions boundaries for IAM entities").
    """
    _, partition, _, _, account, _ = policy_arn.split(":", 5)
    return partition == settings().partition and account in (settings().account, "aws")


def _with_permissions(facts: RoleFacts) -> RoleFacts:
    """A role that may not be written to has to do as it is, so there a refused read ends the run."""
    role = facts.used
    if role is None or facts.permissions is not None:
        return facts
    writable = may_write(role)
    found = optional("role.name", lambda: find_permissions(role)) if writable else find_permissions(role)
    return replace(facts, is_writable=writable, permissions=found)
