"""Roles: found by name or by the trust of a workspace, whose they are, and whether a run may write to them.

Those that we make have an IAM path of their own, a name with our prefix and a tag, and the grants of the deployment are
on that path and prefix. Of the others it may write to those that the parameter ExtendableRoleArns lists.
"""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.access.patterns import matches
from private_connection.access.statements import Policy, as_policy
from private_connection.access.trust import Trust, judge_trust
from private_connection.contracts import Contract, Done
from private_connection.errors import doing
from private_connection.naming import ACCESS_ROLE_PREFIX, access_role
from private_connection.ownership import CREATED_BY, WORKSPACE, Tags, as_mapping, lacking, taggable, use_tag
from private_connection.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import RoleTypeDef


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    arn: str
    path: str
    trust: Policy
    tags: Tags
    boundary: str | None
    """The ARN of its permissions boundary. `list_roles` gives neither this nor the tags, which IAM does not list."""


NOT_YET = ("NoSuchEntity", "ConcurrentModification")
"""What IAM says of a role that does not show everywhere yet, or that somebody else changes at the same time."""
TAGS_LIMIT = 50
"""Tags on a role ("IAM and AWS STS quotas")."""


class DeleteRole(Contract):
    role_name: str


def find_role(name: str) -> Role | None:
    iam = clients.iam()
    with doing("looking up role", name):
        try:
            return _role(iam.get_role(RoleName=name)["Role"])
        except iam.exceptions.NoSuchEntityException:
            return None


def list_roles(path: str = "/") -> list[Role]:
    """All roles of the account, or those at a path, 100 to a call, without their tags and boundaries."""
    with doing("looking up roles", path):
        pages = clients.iam().get_paginator("list_roles").paginate(PathPrefix=path)
        return [_role(each) for page in pages for each in page["Roles"]]


def find_trusting_roles(workspace_id: str) -> list[Role]:
    """Every role whose trust names Ververica's account and this workspace, whoever made it, also where another
    condition prevents that Ververica assumes it.
    """
    return [role for role in list_roles() if trust_of(role, workspace_id).is_for_workspace]


def is_usable(role: Role, workspace_id: str) -> bool:
    """Whether Ververica may assume the role for the workspace, as far as that can be known."""
    return trust_of(role, workspace_id).allowed is not False


def trust_of(role: Role, workspace_id: str) -> Trust:
    return judge_trust(role.trust, settings().ververica_principal, workspace_id)


def connection_tag(connection: str) -> str:
    """The key of the tag that a connection puts on a role of ours that it uses.

    It names the Region too: roles are global, connections are regional.
    """
    return use_tag(f"{settings().region}/{connection}")


def is_at_our_place(role: Role) -> bool:
    """Whether it has the path and the prefix that the deployment gives to its access roles, and may write to."""
    return role.path == settings().access_role_path and role.name.startswith(ACCESS_ROLE_PREFIX)


def is_own_role(role: Role) -> bool:
    """Whether we made the role, for whatever workspace: by path, name and both marks, whatever its trust says now."""
    return is_at_our_place(role) and lacking_marks(role) is None


def lacking_marks(role: Role) -> str | None:
    """Why a role at our place is not ours; null if it is. The workspace is one of its marks, its maker the other."""
    return lacking(role.tags, WORKSPACE, CREATED_BY)


def is_workspace_role(role: Role, workspace_id: str) -> bool:
    """Whether we made the role, for this workspace."""
    return is_own_role(role) and role.tags[WORKSPACE] == taggable(workspace_id)


def is_extendable(role: Role) -> bool:
    """Whether the deployment lists it, or a pattern that its ARN matches, among the roles that runs may extend."""
    return any(matches(each, role.arn) for each in settings().extendable_role_arns)


def may_write(role: Role) -> bool:
    """Whether a run may put its policy on a role: the grants of the template ask for the same."""
    boundary = settings().permissions_boundary
    return (is_own_role(role) or is_extendable(role)) and boundary in (None, role.boundary)


def planned_role(workspace_id: str, boundary: str) -> Role:
    """The role that a run would create, within a boundary, which is a policy of the same account or AWS's own."""
    name, path = access_role(workspace_id), settings().access_role_path
    _, partition, _, _, account, _ = boundary.split(":", 5)
    return Role(name, f"arn:{partition}:iam::{account}:role{path}{name}", path, {}, {}, boundary)


def put_trust(role_name: str, document: Policy) -> None:
    """Writes the trust policy of a role that we made."""
    with doing("changing the trust of role", role_name, not_yet=NOT_YET):
        clients.iam().update_assume_role_policy(RoleName=role_name, PolicyDocument=json.dumps(document))


def delete_role(request: DeleteRole) -> Done:
    """Deletes a role that has no policies. An absent one is success.

    Of a policy that was deleted a moment before, IAM may still say that the role has it.
    """
    iam = clients.iam()
    with doing("deleting role", request.role_name, not_yet=("ConcurrentModification", "DeleteConflict")):
        try:
            iam.delete_role(RoleName=request.role_name)
        except iam.exceptions.NoSuchEntityException:
            return Done()
    return Done()


def _role(found: "RoleTypeDef") -> Role:
    return Role(
        found["RoleName"],
        found["Arn"],
        found["Path"],
        as_policy(found.get("AssumeRolePolicyDocument")),
        as_mapping(found.get("Tags")),
        found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
    )
