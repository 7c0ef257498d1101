"""Whether the request leads to exactly one role, and Ververica may assume that for the workspace."""

from collections.abc import Iterator

from private_connection.access.policies import trusts
from private_connection.access.roles import is_workspace_role
from private_connection.preflight.facts import Facts, known
from private_connection.request.findings import Finding, absent, finding, shown
from private_connection.request.models import ProvisionRequest


def check_role(request: ProvisionRequest, facts: Facts) -> Iterator[Finding]:
    boundary = request.role.permissions_boundary
    if boundary is not None and not known(facts.role.boundary_exists, True):
        yield absent("BOUNDARY_ABSENT", "role.permissionsBoundary", boundary, "an IAM policy")
    if request.role.name is not None:
        yield from _named(request.role.name, request.workspace_id, facts)
    else:
        yield from _unnamed(request.workspace_id, facts)


def _named(name: str, workspace_id: str, facts: Facts) -> Iterator[Finding]:
    role = facts.role.named
    if role is None:
        remedy = "correct it, or leave it out to have one made"
        yield finding("ROLE_ABSENT", "role.name", f"no role {shown(name)}", "an IAM role of this account", remedy)
    elif not trusts(role.trust, facts.principal, workspace_id):
        whom = f"{facts.principal} with the external id {shown(workspace_id)}"
        yield finding(
            "ROLE_DOES_NOT_TRUST",
            "role.name",
            f"role {name}, whose trust policy does not name {whom}",
            "a role that Ververica may assume for this workspace",
            "correct its trust policy (condition StringEquals sts:ExternalId), or leave role.name out",
        )


def _unnamed(workspace_id: str, facts: Facts) -> Iterator[Finding]:
    trusting, own = facts.role.trusting, facts.role.own
    if len(trusting) > 1:
        found = f"several roles that trust the workspace: {', '.join(role.name for role in trusting)}"
        yield finding("SEVERAL_ROLES", "role.name", found, "one role", "name the one to use")
    if own is not None and not is_workspace_role(own, workspace_id):
        yield finding(
            "ROLE_NAME_TAKEN",
            "role.name",
            f"a role {own.name} that was not made for this workspace and does not trust it",
            "none of the name that we would give it",
            "rename or delete it, or name the role to use",
        )
