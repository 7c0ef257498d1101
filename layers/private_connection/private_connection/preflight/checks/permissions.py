"""What a role that exists allows: as it is where a run may not write to it, else with the policy that it would get."""

from collections.abc import Iterator
from dataclasses import replace

from private_connection.access.permissions import Permissions, lacks, lasting, needs
from private_connection.access.policies import ACCEPT, INLINE_LIMIT, LOOK, policy_document, policy_size
from private_connection.access.roles import TAGS_LIMIT, Role
from private_connection.access.sids import exceeds, widened
from private_connection.naming import access_policy
from private_connection.ownership import WORKSPACE, use_tag
from private_connection.preflight.facts import Facts
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest

FIELD = "role.name"
TO_CONNECT = (ACCEPT, LOOK)
"""Without these Ververica cannot connect at all. Of ElastiCache it is allowed more than it is known to use."""


def check_permissions(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    role, permissions = facts.role.used, facts.role.permissions
    if role is None or not isinstance(permissions, Permissions):
        return
    if facts.role.is_writable:
        name = access_policy(facts.region, request.connection)
        document = policy_document(request.access_policy, role.arn, facts.region, request.connection)
        wider = widened(permissions.inline.get(name), document, maker="")  # each maker's mark takes the same room
        extended = replace(permissions, inline={**permissions.inline, name: wider})
        yield from _denied(request, role, extended, facts.region)
        yield from _room(role, extended, former_too=exceeds(wider, document))
        yield from _room_for_tag(request, role, facts.region)
    else:
        yield from _as_it_is(request, role, permissions, facts.region)


def _as_it_is(request: ConnectionRequest, role: Role, permissions: Permissions, region: str) -> Iterator[Finding]:
    own = access_policy(region, request.connection)
    lacking = lacks(lasting(permissions, own), needs(request.access_policy, role, region, request.connection))
    if not lacking:
        yield finding(
            "ROLE_LEFT_AS_IT_IS",
            FIELD,
            f"role {role.name}, which a run may not change and which allows all that is needed",
            "nothing more: the role is used as it is",
            "keep its policies as long as the connection is used",
        )
        return
    yield finding(
        "ROLE_LACKS_PERMISSIONS",
        FIELD,
        f"role {role.name}, which a run may not change (it is not in ExtendableRoleArns, or does not have the "
        f"deployment's permissions boundary) and which does not allow {'; '.join(lacking)}",
        f"a role that a run may change, or one that allows what accessPolicy {request.access_policy} needs",
        f"deploy with {role.arn} in the parameter ExtendableRoleArns, or add what is missing to the role yourself",
    )


def _denied(request: ConnectionRequest, role: Role, permissions: Permissions, region: str) -> Iterator[Finding]:
    needed = list(needs(request.access_policy, role, region, request.connection))
    narrowed = lacks(permissions, [each for each in needed if each.action not in TO_CONNECT])
    if narrowed:
        yield finding(
            "ROLE_IS_NARROWED",
            FIELD,
            f"role {role.name}, which even with our policy would not be allowed all of {'; '.join(narrowed)}",
            "a role without a Deny and without a permissions boundary that stand against it",
            "nothing, if Ververica does not use what is denied; otherwise widen it, or name another role",
        )
    lacking = lacks(permissions, [each for each in needed if each.action in TO_CONNECT])
    if lacking:
        yield finding(
            "ROLE_IS_DENIED",
            FIELD,
            f"role {role.name}, which with our policy too would not be allowed {'; '.join(lacking)}",
            "a role without a Deny and without a permissions boundary that stand against it",
            "take the Deny off the role, widen its boundary, or name another role",
        )


def _room(role: Role, permissions: Permissions, *, former_too: bool) -> Iterator[Finding]:
    size = sum(map(policy_size, permissions.inline.values()))
    if size > INLINE_LIMIT:
        beside = "; until the run is READY the former one stays beside it" if former_too else ""
        yield finding(
            "ROLE_FULL",
            FIELD,
            f"role {role.name}, whose inline policies would have {size:,} characters with ours{beside}",
            f"at most {INLINE_LIMIT:,}, which is all that IAM allows a role (white space does not count)",
            "move policies of yours into managed ones, or name another role",
        )


def _room_for_tag(request: ConnectionRequest, role: Role, region: str) -> Iterator[Finding]:
    own_tag = use_tag(f"{region}/{request.connection}")
    if WORKSPACE in role.tags and own_tag not in role.tags and len(role.tags) >= TAGS_LIMIT:
        yield finding(
            "ROLE_FULL",
            FIELD,
            f"role {role.name} with {len(role.tags)} tags",
            f"at most {TAGS_LIMIT - 1}: each connection that uses it puts one on it, and IAM allows {TAGS_LIMIT}",
            "tear a connection of the workspace down, or name another role",
        )
