"""IAM: a request needs its action on the role's ARN, which has its path, with its tags and permissions boundary.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for AWS Identity and Access
Management"; IAM User Guide, "Permissions boundaries for IAM entities". A role that does not exist is
taken to have the path /. The keys of its tags have two names, aws:ResourceTag and iam:ResourceTag.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from sandbox.authorization.request import Context, Need, Request, Rule, of_resource
from sandbox.services.common import backend, tags_of

BOUNDARY: Final = "iam:PermissionsBoundary"
ON_ROLES: Final = (
    "AttachRolePolicy",
    "DeleteRole",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "GetRole",
    "GetRolePolicy",
    "ListAttachedRolePolicies",
    "ListRolePolicies",
    "ListRoleTags",
    "PutRolePolicy",
    "TagRole",
    "UntagRole",
    "UpdateAssumeRolePolicy",
    "UpdateRole",
)


def _on_role(request: Request) -> Iterator[Need]:
    name = request.parameters["RoleName"]
    role = next((each for each in backend("iam", "").get_roles() if each.name == name), None)
    arn = request.arn(f"role/{name}") if role is None else str(role.arn)
    need = request.need(arn, _of_role(role), request.requested)
    yield replace(need, missing=role is None)


def _of_role(role: Any) -> Context:
    if role is None:
        return {}
    tags = tags_of(role.tags)
    bounded: Context = {BOUNDARY: role.permissions_boundary_arn} if role.permissions_boundary_arn else {}
    return {**of_resource(tags), **{f"iam:ResourceTag/{key}": value for key, value in tags.items()}, **bounded}


def _making_role(request: Request) -> Iterator[Need]:
    p = request.parameters
    made = request.arn(f"role{p.get('Path', '/')}{p['RoleName']}")
    bounded: Context = {BOUNDARY: p["PermissionsBoundary"]} if "PermissionsBoundary" in p else {}
    yield request.need(made, request.requested, bounded)
    if request.tags:
        yield request.need(made, request.requested, action="iam:TagRole")


def _on_policy(request: Request) -> Iterator[Need]:
    yield request.need(str(request.parameters["PolicyArn"]))


RULES: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(ON_ROLES, _on_role),
    "CreateRole": _making_role,
    "GetPolicy": _on_policy,
    "GetPolicyVersion": _on_policy,
}
