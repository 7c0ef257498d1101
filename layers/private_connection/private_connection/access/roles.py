"""The IAM role that Ververica assumes: one per workspace, with one inline policy per connection.

Ververica accepts its own endpoint connection by assuming this role. Its trust names Ververica's account and, as
external id, the workspace: without the external id any customer of Ververica could make it use our role (IAM User
Guide, "The confused deputy problem").
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from private_connection import clients
from private_connection.access.policies import (
    Policy,
    is_wider,
    names_principal,
    policy_document,
    trust_document,
    trusts,
)
from private_connection.contracts import EnsureAccessRole, EnsuredAccessRole
from private_connection.errors import InvalidRequest, NotOurs, doing
from private_connection.naming import access_policy, access_role
from private_connection.ownership import CREATED_BY, SERVES, WORKSPACE, Tags, as_list, as_mapping, created_by, taggable
from private_connection.paths.endpoint_services import principal

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef

DESCRIPTION = "Ververica Cloud accepts and looks up its private connections with this role"
POLICY_PREFIX = access_policy("", "").rstrip("-") + "-"
"""How the names of all our inline policies begin."""
LONGEST_SESSION = 43200
"""Seconds. What Ververica's own Terraform module allows its sessions (ververica/terraform-aws-ververica-cloud)."""
SCOPED_WARNING = (
    "The access policy is scoped: it is not known to be enough for everything that Ververica does with the role."
)


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    arn: str
    trust: Policy
    tags: Tags

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]


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
    return [role for role in _list_roles() if trusts(role.trust, principal(), workspace_id)]


def _list_roles() -> list[Role]:
    """All roles, without their tags, which IAM does not list."""
    with doing("looking up roles", "all"):
        pages = clients.iam().get_paginator("list_roles").paginate()
        return [_role(each) for page in pages for each in page["Roles"]]


def list_ververica_roles() -> list[str]:
    """The names of all roles that Ververica's account may assume, for whatever workspace."""
    return [role.name for role in _list_roles() if names_principal(role.trust, principal())]


def list_role_policies(role_name: str) -> list[str]:
    """The names of a role's inline policies; none for a role that does not exist."""
    iam = clients.iam()
    with doing("looking up the policies of role", role_name):
        try:
            pages = list(iam.get_paginator("list_role_policies").paginate(RoleName=role_name))
        except iam.exceptions.NoSuchEntityException:
            return []
    return [name for page in pages for name in page["PolicyNames"]]


def list_attached_policies(role_name: str) -> list[str]:
    """The names of the managed policies on a role; none for a role that does not exist."""
    iam = clients.iam()
    with doing("looking up the attached policies of role", role_name):
        try:
            pages = list(iam.get_paginator("list_attached_role_policies").paginate(RoleName=role_name))
        except iam.exceptions.NoSuchEntityException:
            return []
    return [each["PolicyName"] for page in pages for each in page["AttachedPolicies"]]


def boundary_exists(policy_arn: str) -> bool:
    iam = clients.iam()
    with doing("looking up permissions boundary", policy_arn):
        try:
            return bool(iam.get_policy(PolicyArn=policy_arn)["Policy"])
        except iam.exceptions.NoSuchEntityException:
            return False


def connection_tag(connection: str) -> str:
    """The key of the tag that a connection leaves on a role of ours that it uses.

    Roles are global, connections are not.
    """
    return f"{SERVES}{clients.region()}/{connection}"


def is_own_role(role: Role) -> bool:
    """Whether we made the role, for whatever workspace."""
    return WORKSPACE in role.tags


def is_workspace_role(role: Role, workspace_id: str) -> bool:
    """Whether we made the role, for this workspace."""
    return role.tags.get(WORKSPACE) == taggable(workspace_id)


def ensure_access_role(request: EnsureAccessRole) -> EnsuredAccessRole:
    """The workspace's role, with this connection's policy on it.

    Takes the role that is named, else the one that trusts the workspace, else makes one. Raises `InvalidRequest` if the
    named role does not exist or does not trust the workspace, or if several do, `NotOurs` if the name that we would use
    is taken.
    """
    role = _find(request) or _own_role(request)
    _share(request, role)
    wanted = policy_document(request.access_policy, role.arn, clients.region(), request.connection)
    name = access_policy(clients.region(), request.connection)
    if _find_policy(role.name, name) != wanted:
        _put_policy(role.name, name, wanted)
    return EnsuredAccessRole(role_arn=role.arn, warnings=tuple(_warnings(request, role, name)))


def _find(request: EnsureAccessRole) -> Role | None:
    if request.role.name is not None:
        role = find_role(request.role.name)
        if role is None or not trusts(role.trust, principal(), request.workspace_id):
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
    name, trust = access_role(request.workspace_id), trust_document(principal(), request.workspace_id)
    role = find_role(name)
    if role is None:
        return _create(request, name, trust)
    require_workspace_role(role, request.workspace_id)
    with doing("restoring the trust of role", name):
        clients.iam().update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    return role


def require_workspace_role(role: Role, workspace_id: str) -> None:
    """Raises `NotOurs` for a role that has the name of ours and is not."""
    if not is_workspace_role(role, workspace_id):
        raise NotOurs(
            f"looking up role ({role.name}): it exists, was not made for this workspace, and does not trust it"
        )


def _create(request: EnsureAccessRole, name: str, trust: Policy) -> Role:
    """Bounded as the request says, else as the deployment is: its roles may not make one that is not."""
    boundary = request.role.permissions_boundary or os.environ.get("PERMISSIONS_BOUNDARY")
    optional: dict[str, Any] = {"PermissionsBoundary": boundary} if boundary else {}
    maker = created_by(request)
    tags = {WORKSPACE: taggable(request.workspace_id), CREATED_BY: maker, connection_tag(request.connection): maker}
    with doing("creating role", name, not_yet=("EntityAlreadyExists", "ConcurrentModification")):
        created = clients.iam().create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust),
            Description=DESCRIPTION,
            MaxSessionDuration=LONGEST_SESSION,
            Tags=as_list(tags),
            **optional,
        )
    return _role({**created["Role"], "Tags": as_list(tags)})


def _share(request: EnsureAccessRole, role: Role) -> None:
    """Leaves our mark on a role of ours that an earlier connection made, so that the last one to go takes it along."""
    found = role if role.tags else find_role(role.name)
    key = connection_tag(request.connection)
    if found is not None and is_own_role(found) and key not in found.tags:
        with doing("tagging role", role.name, not_yet=("NoSuchEntity", "ConcurrentModification")):
            clients.iam().tag_role(RoleName=role.name, Tags=as_list({key: created_by(request)}))


def _find_policy(role_name: str, name: str) -> Policy | None:
    iam = clients.iam()
    with doing("looking up role policy", f"{role_name}/{name}"):
        try:
            return _as_policy(iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"])
        except iam.exceptions.NoSuchEntityException:
            return None


def _put_policy(role_name: str, name: str, document: Policy) -> None:
    with doing("putting role policy", f"{role_name}/{name}", not_yet=("NoSuchEntity", "ConcurrentModification")):
        clients.iam().put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=json.dumps(document))


def _warnings(request: EnsureAccessRole, role: Role, own_policy: str) -> Iterator[str]:
    if request.access_policy != "scoped":
        return
    yield SCOPED_WARNING
    wider = sorted(_wider_policies(role.name, own_policy))
    if wider:
        yield f"The access policy is scoped, but the role {role.name} may do more: see its policies {', '.join(wider)}."


def _wider_policies(role_name: str, own_policy: str) -> Iterator[str]:
    """Other policies of the role: inline ones that allow more than ours, and attached ones, not looked into."""
    for name in list_role_policies(role_name):
        if name != own_policy and is_wider(_find_policy(role_name, name)):
            yield name
    yield from list_attached_policies(role_name)


def delete_role_policy(role_name: str, connection: str) -> None:
    """Takes a connection's policy, and its mark, off a role. Absence is success."""
    iam, name = clients.iam(), access_policy(clients.region(), connection)
    with doing("deleting role policy", f"{role_name}/{name}", not_yet=("ConcurrentModification",)):
        try:
            iam.delete_role_policy(RoleName=role_name, PolicyName=name)
        except iam.exceptions.NoSuchEntityException:
            return
    if is_shared(list_role_policies(role_name)):
        _unshare(role_name, connection)


def is_shared(policies: list[str]) -> bool:
    """Whether a policy of any connection is among these."""
    return any(name.startswith(POLICY_PREFIX) for name in policies)


def _unshare(role_name: str, connection: str) -> None:
    role = find_role(role_name)
    if role is not None and is_own_role(role) and connection_tag(connection) in role.tags:
        with doing("untagging role", role_name, not_yet=("ConcurrentModification",)):
            clients.iam().untag_role(RoleName=role_name, TagKeys=[connection_tag(connection)])


def delete_role(role_name: str) -> None:
    """Deletes a role that has no policies. An absent one is success."""
    iam = clients.iam()
    with doing("deleting role", role_name, not_yet=("ConcurrentModification",)):
        try:
            iam.delete_role(RoleName=role_name)
        except iam.exceptions.NoSuchEntityException:
            return


def _role(found: "RoleTypeDef") -> Role:
    return Role(
        found["RoleName"],
        found["Arn"],
        _as_policy(found.get("AssumeRolePolicyDocument")),
        as_mapping(found.get("Tags")),
    )


def _as_policy(document: object) -> Policy:
    return document if isinstance(document, dict) else {}
