"""The IAM role that Ververica assumes: one per workspace, with one inline policy per connection.

Ververica accepts its own endpoint connection by assuming this role. Its trust names Ververica's account and, as
external id, the workspace: without the external id any customer of Ververica could make it use our role (IAM User
Guide, "The confused deputy problem").
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from private_connection import clients
from private_connection.access.policies import Policy, as_policy, policy_document, trust_document, trusts
from private_connection.access.role_policies import ensure_role_policy, scope_findings
from private_connection.contracts import Contract, Done, Owner
from private_connection.errors import InvalidRequest, NotOurs, doing
from private_connection.naming import access_policy, access_role
from private_connection.ownership import CREATED_BY, WORKSPACE, Tags, as_list, as_mapping, created_by, taggable, use_tag
from private_connection.request.findings import Finding
from private_connection.request.models import AccessPolicy, RoleRequest
from private_connection.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef

DESCRIPTION = "Ververica Cloud accepts and looks up its private connections with this role"
LONGEST_SESSION = 43200
"""Seconds. What Ververica's own Terraform module allows its sessions (ververica/terraform-aws-ververica-cloud)."""


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    arn: str
    trust: Policy
    tags: Tags


class EnsureAccessRole(Owner):
    workspace_id: str
    role: RoleRequest
    access_policy: AccessPolicy


class EnsuredAccessRole(Contract):
    role_arn: str
    findings: tuple[Finding, ...]


class DeleteRole(Contract):
    role_name: str


def find_role(name: str) -> Role | None:
    iam = clients.iam()
    with doing("looking up role", name):
        try:
            return _role(iam.get_role(RoleName=name)["Role"])
        except iam.exceptions.NoSuchEntityException:
            return None


def find_trusting_roles(workspace_id: str) -> list[Role]:
    """Every role whose trust names Ververica's account and this workspace, whoever made it.

    Lists all roles of the account, 100 to a call.
    """
    return [role for role in list_roles() if trusts(role.trust, settings().ververica_principal, workspace_id)]


def list_roles() -> list[Role]:
    """All roles, without their tags, which IAM does not list."""
    with doing("looking up roles", "all"):
        pages = clients.iam().get_paginator("list_roles").paginate()
        return [_role(each) for page in pages for each in page["Roles"]]


def connection_tag(connection: str) -> str:
    """The key of the tag that a connection puts on a role of ours that it uses.

    It names the Region too: roles are global, connections are regional.
    """
    return use_tag(f"{settings().region}/{connection}")


def is_own_role(role: Role) -> bool:
    """Whether we made the role, for whatever workspace."""
    return WORKSPACE in role.tags


def is_workspace_role(role: Role, workspace_id: str) -> bool:
    """Whether we made the role, for this workspace."""
    return role.tags.get(WORKSPACE) == taggable(workspace_id)


def ensure_access_role(request: EnsureAccessRole) -> EnsuredAccessRole:
    """The workspace's role, with this connection's policy on it.

    Takes the role that the request names, else the one that trusts the workspace, else creates one. Raises
    `InvalidRequest` if the named role does not exist or does not trust the workspace, or if several roles do, `NotOurs`
    if the name that we would create one by is taken.
    """
    region, connection = settings().region, request.connection
    role = _find(request) or _own_role(request)
    _share(request, role)
    name = access_policy(region, connection)
    ensure_role_policy(role.name, name, policy_document(request.access_policy, role.arn, region, connection))
    findings = scope_findings(role.name, name) if request.access_policy == "scoped" else ()
    return EnsuredAccessRole(role_arn=role.arn, findings=tuple(findings))


def delete_role(request: DeleteRole) -> Done:
    """Deletes a role that has no policies. An absent one is success."""
    iam = clients.iam()
    with doing("deleting role", request.role_name, not_yet=("ConcurrentModification",)):
        try:
            iam.delete_role(RoleName=request.role_name)
        except iam.exceptions.NoSuchEntityException:
            return Done()
    return Done()


def _find(request: EnsureAccessRole) -> Role | None:
    if request.role.name is not None:
        role = find_role(request.role.name)
        if role is None or not trusts(role.trust, settings().ververica_principal, request.workspace_id):
            raise InvalidRequest(
                f"looking up role ({request.role.name}): it is gone, or no longer trusts the workspace"
            )
        return role
    roles = find_trusting_roles(request.workspace_id)
    if len(roles) > 1:
        names = ", ".join(role.name for role in roles)
        raise InvalidRequest(f"looking up the workspace's role: several trust it ({names}); name one in role.name")
    return roles[0] if roles else None


def _own_role(request: EnsureAccessRole) -> Role:
    name, principal = access_role(request.workspace_id), settings().ververica_principal
    trust = trust_document(principal, request.workspace_id)
    role = find_role(name)
    if role is None:
        return _create(request, name, trust)
    require_workspace_role(role, request.workspace_id)
    with doing("restoring the trust of role", name):
        clients.iam().update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    return role


def require_workspace_role(role: Role, workspace_id: str) -> None:
    """Raises `NotOurs` for a role that has the name of ours and was not made by us for this workspace."""
    if not is_workspace_role(role, workspace_id):
        raise NotOurs(
            f"looking up role ({role.name}): it exists, was not made for this workspace, and does not trust it"
        )


def _create(request: EnsureAccessRole, name: str, trust: Policy) -> Role:
    """Creates the role with the request's permissions boundary, else with the deployment's.

    If the deployment has one, the function's own policy denies CreateRole without it.
    """
    boundary = request.role.permissions_boundary or settings().permissions_boundary
    optional: dict[str, Any] = {"PermissionsBoundary": boundary} if boundary else {}
    maker = created_by(request)
    tags = {WORKSPACE: taggable(request.workspace_id), CREATED_BY: maker, connection_tag(request.connection): maker}
    with doing("creating role", name, not_yet=("EntityAlreadyExists", "ConcurrentModification")):
        created = clients.iam().create_role(
            RoleName=name,
            Path=settings().access_role_path,
            AssumeRolePolicyDocument=json.dumps(trust),
            Description=DESCRIPTION,
            MaxSessionDuration=LONGEST_SESSION,
            Tags=as_list(tags),
            **optional,
        )
    return _role({**created["Role"], "Tags": as_list(tags)})


def _share(request: EnsureAccessRole, role: Role) -> None:
    """Puts the connection's tag on a role that we created for another connection.

    Teardown of the last connection that has its tag on the role deletes it.
    """
    found = role if role.tags else find_role(role.name)
    key = connection_tag(request.connection)
    if found is not None and is_own_role(found) and key not in found.tags:
        with doing("tagging role", role.name, not_yet=("NoSuchEntity", "ConcurrentModification")):
            clients.iam().tag_role(RoleName=role.name, Tags=as_list({key: created_by(request)}))


def _role(found: "RoleTypeDef") -> Role:
    return Role(
        found["RoleName"],
        found["Arn"],
        as_policy(found.get("AssumeRolePolicyDocument")),
        as_mapping(found.get("Tags")),
    )
