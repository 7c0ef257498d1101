"""Whether the request leads to exactly one role, and Ververica may assume that for the workspace."""

from collections.abc import Iterator

from private_connection.access.roles import Role, is_workspace_role
from private_connection.access.trust import CONDITION, Trust, judge_trust
from private_connection.preflight.facts import Facts, RoleFacts, known
from private_connection.request.findings import Finding, finding, shown
from private_connection.request.models import ConnectionRequest

NAME = "role.name"


def check_role(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    if request.role.permissions_boundary is not None:
        yield from _boundary(request.role.permissions_boundary, facts.role)
    if request.role.name is not None:
        yield from _named(request.role.name, request.workspace_id, facts)
    else:
        yield from _unnamed(request.workspace_id, facts)


def _boundary(arn: str, role: RoleFacts) -> Iterator[Finding]:
    if role.boundary_is_foreign:
        found, remedy = "a policy of another account", "create it in this account, and name that one"
    elif not known(role.boundary_exists, True):
        found, remedy = "which does not exist", "correct it, or create it first"
    else:
        return
    expected = "a policy of this account, or one that AWS manages: IAM bounds a role with no other"
    yield finding("BOUNDARY_ABSENT", "role.permissionsBoundary", f"{shown(arn)}, {found}", expected, remedy)


def _named(name: str, workspace_id: str, facts: Facts) -> Iterator[Finding]:
    role = facts.role.named
    if role is None:
        remedy = "correct it, or leave it out to have one made"
        yield finding("ROLE_ABSENT", NAME, f"no role {shown(name)}", "an IAM role of this account", remedy)
        return
    trust = judge_trust(role.trust, facts.principal, workspace_id)
    if trust.allowed is not False or trust.because:
        yield from _conditions(role, trust)
    else:
        whom = f"{facts.principal} with the external id {shown(workspace_id)}"
        yield finding(
            "ROLE_DOES_NOT_TRUST",
            NAME,
            f"role {name}, whose trust policy does not name {whom}",
            "a role that Ververica may assume for this workspace",
            "correct its trust policy (condition StringEquals sts:ExternalId), or leave role.name out",
        )


def _unnamed(workspace_id: str, facts: Facts) -> Iterator[Finding]:
    own = facts.role.own
    judged = [(role, judge_trust(role.trust, facts.principal, workspace_id)) for role in facts.role.trusting]
    usable = [(role, trust) for role, trust in judged if trust.allowed is not False]
    if len(usable) > 1:
        found = f"several roles that trust the workspace: {', '.join(role.name for role, _ in usable)}"
        yield finding("SEVERAL_ROLES", NAME, found, "one role", "name the one to use")
    elif own is not None and not is_workspace_role(own, workspace_id):
        yield finding(
            "ROLE_NAME_TAKEN",
            NAME,
            f"a role {own.name} that was not made for this workspace by this deployment, and that Ververica may not "
            f"assume for it (its path is {own.path})",
            "none of the name that we would give it",
            "rename or delete it, or name the role to use",
        )
    elif own is not None and not facts.role.is_writable:
        yield _lost(own, facts.principal)
    elif own is None:
        for role, trust in usable or judged:
            yield from _conditions(role, trust)


def _lost(own: Role, principal: str) -> Finding:
    return finding(
        "ROLE_DOES_NOT_TRUST",
        NAME,
        f"role {own.name}, made for this workspace, which Ververica may not assume for it any more, and which a run "
        f"may not change (it does not have the deployment's permissions boundary)",
        "a role that Ververica may assume for this workspace, or that a run may change",
        f"correct its trust policy ({principal}, condition StringEquals sts:ExternalId), or delete it",
    )


def _conditions(role: Role, trust: Trust) -> Iterator[Finding]:
    """What a trust policy demands beside the account and the external id."""
    if trust.allowed is not True:
        code, sure = (CONDITION, "does") if trust.allowed is False else ("ROLE_TRUST_UNSURE", "may")
        yield finding(
            code,
            NAME,
            f"role {role.name}, whose trust policy has what Ververica's account {sure} not meet: "
            f"{', '.join(trust.because)}",
            "a trust policy that names the account and the external id, and demands nothing else",
            "take that out of the trust policy, or name another role in role.name",
        )
    if trust.is_for_anyone and trust.allowed is not False:
        yield finding(
            "ROLE_TRUSTS_ANYONE",
            NAME,
            f"role {role.name}, which Ververica's account may assume with any external id",
            "a trust policy that names the workspace as the external id",
            "add the condition StringEquals sts:ExternalId: any customer of Ververica could have it use the role",
        )
