"""The step Ensure access role: the role that Ververica assumes, one per workspace, with a policy per connection.

Ververica accepts its own endpoint connection by assuming this role. Its trust names Ververica's account and, as
external id, the workspace: without the external id any customer of Ververica could make it use our role (IAM User
Guide, "The confused deputy problem").
"""

import json
from typing import Any

from private_connection import clients
from private_connection.access.permissions import lacks, lasting, needs
from private_connection.access.policies import policy_document, trust_document
from private_connection.access.role_policies import ensure_role_policy, find_permissions, scope_findings
from private_connection.access.roles import (
    NOT_YET,
    Role,
    connection_tag,
    find_role,
    find_trusting_roles,
    is_own_role,
    is_usable,
    is_workspace_role,
    may_write,
    put_trust,
    trust_of,
)
from private_connection.access.sids import marked, widened
from private_connection.access.statements import Policy
from private_connection.access.trust import serves
from private_connection.contracts import Contract, Owner
from private_connection.errors import InvalidRequest, NotOurs, doing
from private_connection.naming import access_policy, access_role
from private_connection.ownership import CREATED_BY, WORKSPACE, TagList, as_list, missing_tags, taggable, users_in
from private_connection.request.findings import Finding
from private_connection.request.models import AccessPolicy, RoleRequest
from private_connection.settings import settings

DESCRIPTION = "Ververica Cloud accepts and looks up its private connections with this role"
LONGEST_SESSION = 43200
"""Seconds. What Ververica's own Terraform module allows its sessions (ververica/terraform-aws-ververica-cloud)."""


class EnsureAccessRole(Owner):
    workspace_id: str
    role: RoleRequest
    access_policy: AccessPolicy
    acknowledge: tuple[str, ...]
    """The codes of the errors that the request acknowledges."""


class EnsuredAccessRole(Contract):
    role_arn: str
    findings: tuple[Finding, ...]


def ensure_access_role(request: EnsureAccessRole) -> EnsuredAccessRole:
    """The workspace's role, with this connection's policy on it. What either allows besides stays as it is.

    Takes the role that the request names, else the one that trusts the workspace, else creates one. A role that may not
    be written to stays as it is. Raises `InvalidRequest` if Ververica may not assume the role or several trust the
    workspace, and if a role that may not be written to does not allow what is needed; `NotOurs` if the name that we
    would create one by is taken.

    The policy comes before the trust: whose policy is on a role, a rollback finds there.
    """
    found = find_used_role(request)
    role = found or _create(request)
    name = access_policy(settings().region, request.connection)
    if may_write(role):
        _share(request, role)
        document = policy_document(request.access_policy, role.arn, settings().region, request.connection)
        ensure_role_policy(role.name, name, document, request.maker, is_new=found is None)
        _admit(request, role)
    else:
        require_permissions(request, role)
    findings = scope_findings(role.name, name) if request.access_policy == "scoped" else ()
    return EnsuredAccessRole(role_arn=role.arn, findings=tuple(findings))


def find_used_role(request: EnsureAccessRole) -> Role | None:
    """The role that a run uses; none, where it makes one. Raises what `ensure_access_role` does of unfit roles."""
    return _find(request) or _find_own(request)


def _find(request: EnsureAccessRole) -> Role | None:
    """The role that is named, or the one that trusts the workspace. What prevents its use was checked before, too."""
    if request.role.name is not None:
        role = find_role(request.role.name)
        if role is None or not serves(trust_of(role, request.workspace_id), request.acknowledge):
            raise InvalidRequest(
                f"looking up role ({request.role.name}): it is gone, or no longer trusts the workspace"
            )
        return role
    roles = [role for role in find_trusting_roles(request.workspace_id) if is_usable(role, request.workspace_id)]
    if len(roles) > 1:
        names = ", ".join(role.name for role in roles)
        raise InvalidRequest(f"looking up the workspace's role: several trust it ({names}); name one in role.name")
    return find_role(roles[0].name) if roles else None


def require_permissions(request: EnsureAccessRole, role: Role) -> None:
    """Raises `InvalidRequest` for what the role does not allow; Validate request found nothing a moment before."""
    needed = needs(request.access_policy, role, settings().region, request.connection)
    own = access_policy(settings().region, request.connection)
    lacking = lacks(lasting(find_permissions(role), own), needed)
    if lacking:
        raise InvalidRequest(f"looking up role ({role.name}): it may not be written to, and lacks {'; '.join(lacking)}")


def _find_own(request: EnsureAccessRole) -> Role | None:
    """The role that we made for the workspace, which does not trust it any more."""
    name = access_role(request.workspace_id)
    role = find_role(name)
    if role is None:
        return None
    if not is_workspace_role(role, request.workspace_id):
        raise NotOurs(f"looking up role ({name}): it exists, was not made for this workspace, and does not trust it")
    if not may_write(role):
        raise InvalidRequest(f"looking up role ({name}): it does not trust the workspace, and may not be written to")
    return role


def _admit(request: EnsureAccessRole, role: Role) -> None:
    """Has a role that we made for the workspace trust it again, beside whom it trusts by now. The trust of one that the
    request names is its owner's.
    """
    if is_shut_out(request, role):
        put_trust(role.name, widened(role.trust, wanted_trust(request), request.maker))


def is_shut_out(request: EnsureAccessRole, role: Role) -> bool:
    """Whether the trust of the role has to be widened."""
    return request.role.name is None and may_write(role) and not is_usable(role, request.workspace_id)


def wanted_trust(request: EnsureAccessRole) -> Policy:
    return trust_document(settings().ververica_principal, request.workspace_id)


def _create(request: EnsureAccessRole) -> Role:
    """Creates the role with the request's permissions boundary, else with the deployment's.

    If the deployment has one, the function's own policy denies CreateRole without it.
    """
    boundary = request.role.permissions_boundary or settings().permissions_boundary
    optional: dict[str, Any] = {"PermissionsBoundary": boundary} if boundary else {}
    name, path, trust = (
        access_role(request.workspace_id),
        settings().access_role_path,
        marked(wanted_trust(request), request.maker),
    )
    maker = request.maker
    ours = {WORKSPACE: taggable(request.workspace_id), CREATED_BY: maker, connection_tag(request.connection): maker}
    tags = {**request.tags, **ours}
    with doing("creating role", name, not_yet=("EntityAlreadyExists", "ConcurrentModification")):
        created = clients.iam().create_role(
            RoleName=name,
            Path=path,
            AssumeRolePolicyDocument=json.dumps(trust),
            Description=DESCRIPTION,
            MaxSessionDuration=LONGEST_SESSION,
            Tags=as_list(tags),
            **optional,
        )
    return Role(name, created["Role"]["Arn"], path, trust, tags, boundary)


def _share(request: EnsureAccessRole, role: Role) -> None:
    """Puts the connection's tag on a role that we created for another connection.

    Teardown of the last connection that has its tag on the role deletes it. The user's tags are put on a role that no
    other connection uses.
    """
    tags = tags_to_share(request, role)
    if tags:
        with doing("tagging role", role.name, not_yet=NOT_YET):
            clients.iam().tag_role(RoleName=role.name, Tags=tags)


def tags_to_share(owner: Owner, role: Role) -> TagList:
    """The tags that a role of ours lacks for this connection; none for a role of somebody else's."""
    key = connection_tag(owner.connection)
    if is_own_role(role) and key not in role.tags:
        return as_list({key: owner.maker})
    alone = is_own_role(role) and users_in(role.tags) == users_in({key: ""})
    return missing_tags(owner, role.tags) if alone else []
