"""The step Plan access: which role a run would use or make, and what it would change about it."""

from collections.abc import Iterator
from dataclasses import replace

from private_connection.access.access_role import (
    EnsureAccessRole,
    find_used_role,
    is_shut_out,
    require_permissions,
    tags_to_share,
    wanted_trust,
)
from private_connection.access.narrowing import NarrowAccess, narrow_trust
from private_connection.access.policies import policy_document
from private_connection.access.role_policies import find_role_policy, scope_findings
from private_connection.access.roles import Role, may_write
from private_connection.access.sids import exceeds, holds, widened
from private_connection.access.statements import Policy, listed, statements
from private_connection.contracts import Contract
from private_connection.naming import access_policy, access_role
from private_connection.planning.changes import changed, created, found, tags_put
from private_connection.planning.plan import Attribute, PlannedChange
from private_connection.request.findings import Finding
from private_connection.settings import settings


class PlannedAccess(Contract):
    changes: tuple[PlannedChange, ...]
    role_name: str
    findings: tuple[Finding, ...]


def plan_access(request: EnsureAccessRole) -> PlannedAccess:
    """Looks at the role as Ensure access role does, and after it Narrow access. Changes nothing.

    Raises what the former raises: `InvalidRequest`, `NotOurs`.
    """
    role, policy = find_used_role(request), access_policy(settings().region, request.connection)
    if role is None:
        name, changes = access_role(request.workspace_id), _made(request, policy)
    elif may_write(role):
        name, changes = role.name, _extended(request, role, policy)
    else:
        require_permissions(request, role)
        name, changes = role.name, iter([found("role", role.name)])
    findings = scope_findings(name, policy) if request.access_policy == "scoped" else ()
    return PlannedAccess(changes=tuple(changes), role_name=name, findings=tuple(findings))


def _made(request: EnsureAccessRole, policy: str) -> Iterator[PlannedChange]:
    name = access_role(request.workspace_id)
    boundary = request.role.permissions_boundary or settings().permissions_boundary
    bounded = {"permissionsBoundary": boundary} if boundary else {}
    trusts = f"{settings().ververica_principal} with the external id {request.workspace_id}"
    yield created("role", name, {"trusts": trusts, "path": settings().access_role_path, **bounded})
    wanted = _wanted(request, f"arn:aws:iam::account:role/{name}")  # what it allows is the same in each account
    yield created("rolePolicy", f"{name}/{policy}", {"allows": _allowed(wanted)})


def _extended(request: EnsureAccessRole, role: Role, policy: str) -> Iterator[PlannedChange]:
    yield found("role", role.name, (*tags_put(tags_to_share(request, role), role.tags), *_trust(request, role)))
    there, wanted, name = find_role_policy(role.name, policy), _wanted(request, role.arn), f"{role.name}/{policy}"
    if there is None:
        yield created("rolePolicy", name, {"allows": _allowed(wanted)})
    elif holds(there, wanted) and not exceeds(there, wanted):
        yield found("rolePolicy", name)
    else:
        yield found("rolePolicy", name, [Attribute(name="allows", found=_allowed(there), wanted=_allowed(wanted))])


def _trust(request: EnsureAccessRole, role: Role) -> Iterator[Attribute]:
    """What becomes of the trust: it is widened until the run is READY, and then narrowed."""
    trust = widened(role.trust, wanted_trust(request), request.maker) if is_shut_out(request, role) else role.trust
    asked = NarrowAccess(
        connection=request.connection,
        role_name=role.name,
        workspace_id=request.workspace_id,
        access_policy=request.access_policy,
    )
    after = narrow_trust(asked, replace(role, trust=trust)) or trust
    has, wanted = _statements(role.trust), _statements(after)
    if role.trust != after:
        yield from changed("trust", f"{has} statements", f"{wanted} statements of which ours names the workspace")


def _wanted(request: EnsureAccessRole, role_arn: str) -> Policy:
    return policy_document(request.access_policy, role_arn, settings().region, request.connection)


def _statements(document: Policy) -> int:
    return len(listed(document.get("Statement")))


def _allowed(document: Policy) -> str:
    """The actions that a policy allows, each with a star where that is under a condition."""
    allowed = (
        f"{action} (under a condition)" if "Condition" in each else str(action)
        for each in statements(document, "Allow")
        for action in listed(each.get("Action"))
    )
    return ", ".join(allowed)
