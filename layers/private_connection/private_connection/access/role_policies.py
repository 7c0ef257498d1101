"""The policies of a role: an inline policy of each connection, beside those of others."""

import json
from collections.abc import Iterator, Sequence

from private_connection import clients
from private_connection.access.policies import Policy, as_policy, is_wider
from private_connection.errors import doing
from private_connection.naming import ACCESS_POLICY_PREFIX
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


def ensure_role_policy(role_name: str, name: str, document: Policy) -> None:
    """Writes an inline policy unless it already has this content."""
    if find_role_policy(role_name, name) == document:
        return
    with doing("putting role policy", f"{role_name}/{name}", not_yet=("NoSuchEntity", "ConcurrentModification")):
        clients.iam().put_role_policy(RoleName=role_name, PolicyName=name, PolicyDocument=json.dumps(document))


def delete_role_policy(role_name: str, name: str) -> bool:
    """Deletes an inline policy; false where it, or its role, was absent."""
    iam = clients.iam()
    with doing("deleting role policy", f"{role_name}/{name}", not_yet=("ConcurrentModification",)):
        try:
            iam.delete_role_policy(RoleName=role_name, PolicyName=name)
        except iam.exceptions.NoSuchEntityException:
            return False
    return True


def is_shared(policies: Sequence[str]) -> bool:
    """Whether one of these names is that of a connection's policy."""
    return any(name.startswith(ACCESS_POLICY_PREFIX) for name in policies)


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
