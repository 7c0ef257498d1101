"""The policies of a role: an inline policy of each connection, beside those of others."""

import json
from collections.abc import Iterator

from private_connection import clients
from private_connection.access.permissions import Permissions
from private_connection.access.policies import is_wider
from private_connection.access.roles import Role
from private_connection.access.sids import holds, widened
from private_connection.access.statements import Policy, as_policy
from private_connection.errors import doing
from private_connection.request.findings import Finding, finding


def find_role_policy(role_name: str, name: str) -> Policy | None:
    iam = clients.iam()
    with doing("looking up role policy", f"{role_name}/{name}"):
        try:
            return as_policy(iam.get_role_policy(RoleName=role_name, PolicyName=name)["PolicyDocument"])
        except iam.exceptions.NoSuchEntityException:
            return None


def list_role_policies(role_name: str) -> list[str]:
    """The names of a role's inline policies; none for a role that does not exist."""
    iam = clients.iam()
    with doing("looking up the policies of role", role_name):
        try:
            pages = list(iam.get_paginator("list_role_policies").paginate(RoleName=role_name))
        except iam.exceptions.NoSuchEntityException:
            return []
    return [name for page in pages for name in page["PolicyNames"]]


def list_attached_policies(role_name: str) -> dict[str, str]:
    """The ARNs of the managed policies on a role by name; none for a role that does not exist."""
    iam = clients.iam()
    with doing("looking up the attached policies of role", role_name):
        try:
            pages = list(iam.get_paginator("list_attached_role_policies").paginate(RoleName=role_name))
        except iam.exceptions.NoSuchEntityException:
            return {}
    return {each["PolicyName"]: each["PolicyArn"] for page in pages for each in page["AttachedPolicies"]}


def find_permissions(role: Role) -> Permissions:
    """All that decides what a role may do: its inline and managed policies, and its permissions boundary.

    Costs a call for each inline policy, and two for each managed one.
    """
    inline = {name: find_role_policy(role.name, name) or {} for name in list_role_policies(role.name)}
    managed = {name: find_managed_policy(arn) or {} for name, arn in list_attached_policies(role.name).items()}
    return Permissions(inline, managed, find_managed_policy(role.boundary) or {} if role.boundary else None)


def find_managed_policy(policy_arn: str) -> Policy | None:
    """The document of a managed policy, in the version that applies."""
    iam = clients.iam()
    with doing("looking up policy", policy_arn):
        try:
            version = iam.get_policy(PolicyArn=policy_arn)["Policy"]["DefaultVersionId"]
            found = iam.get_policy_version(PolicyArn=policy_arn, VersionId=version)
        except iam.exceptions.NoSuchEntityException:
            return None
    return as_policy(found["PolicyVersion"]["Document"])


def ensure_role_policy(role_name: str, name: str, wanted: Policy, maker: str, *, is_new: bool = False) -> None:
    """Adds to an inline policy what it lacks of the wanted one. What it allows besides is taken off later, if at all.

    Where IAM does not see a new role yet it does not see its path either, which the grants ask for. So a denial is
    no verdict then: the next try finds the role.
    """
    found = find_role_policy(role_name, name)
    if found is not None and holds(found, wanted):
        return
    put_role_policy(role_name, name, widened(found, wanted, maker), is_new=is_new)


def put_role_policy(role_name: str, name: str, document: Policy, *, is_new: bool = False) -> None:
    not_yet = ("NoSuchEntity", "ConcurrentModification", *(("AccessDenied",) if is_new else ()))
    with doing("putting role policy", f"{role_name}/{name}", not_yet=not_yet):
        clients.iam().put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=json.dumps(document))


def delete_role_policy(role_name: str, name: str) -> None:
    """Deletes an inline policy. Where it, or its role, is absent, that is success."""
    iam = clients.iam()
    with doing("deleting role policy", f"{role_name}/{name}", not_yet=("ConcurrentModification",)):
        try:
            iam.delete_role_policy(RoleName=role_name, PolicyName=name)
        except iam.exceptions.NoSuchEntityException:
            return


def scope_findings(role_name: str, own_policy: str) -> Iterator[Finding]:
    """The findings on a role with a scoped policy."""
    yield finding(
        "SCOPED_POLICY",
        "accessPolicy",
        "scoped, which is not known to be enough for everything that Ververica does with the role",
        "documented, the policy of Ververica's documentation",
        "if something fails in the portal, run again with accessPolicy documented",
    )
    wider = sorted(_wider_policies(role_name, own_policy))
    if wider:
        yield finding(
            "ROLE_IS_WIDER",
            "accessPolicy",
            f"role {role_name}, which may do more by its policies {', '.join(wider)}",
            "a role that may do no more than the scoped policy allows",
            "take those policies off the role, or name another role",
        )


def _wider_policies(role_name: str, own_policy: str) -> Iterator[str]:
    """Other policies of the role: inline ones that allow more than ours, and attached ones, which are not read."""
    for name in list_role_policies(role_name):
        if name != own_policy and is_wider(find_role_policy(role_name, name)):
            yield name
    yield from list_attached_policies(role_name)
