"""What a role may do, judged as IAM would decide, against what Ververica needs.

A role that must not be changed serves if its policies allow all that is needed: an Allow covers it under conditions
that are met for certain, no Deny touches it under conditions that may be met, and its permissions boundary does the
same (IAM User Guide, "Policy evaluation logic"). Policies of an organisation or a session cannot be seen from here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

from private_connection.access.conditions import Context, judge, told
from private_connection.access.policies import ACCEPT, LOOK, ON_ELASTICACHE
from private_connection.access.roles import Role
from private_connection.access.statements import Policy, covers, statements, touches
from private_connection.access.trust import OF_A_STRANGER
from private_connection.naming import ACCESS_POLICY_PREFIX
from private_connection.ownership import CONNECTION
from private_connection.request.models import AccessPolicy

BOUNDARY: Final = "its permissions boundary"


@dataclass(frozen=True, slots=True)
class Permissions:
    """The policies of a role by name, and its permissions boundary."""

    inline: Mapping[str, Policy]
    managed: Mapping[str, Policy] = field(default_factory=dict)
    boundary: Policy | None = None

    @property
    def policies(self) -> Mapping[str, Policy]:
        return {**self.inline, **self.managed}


@dataclass(frozen=True, slots=True)
class Need:
    """An action, or all that match a pattern, on a resource or on all (``*``), with what is known of the request."""

    action: str
    resource: str
    context: Context


def needs(access: AccessPolicy, role: Role, region: str, connection: str) -> Iterator[Need]:
    """What the role must be allowed, so that Ververica can accept the connection and look at the cluster.

    Accepting is needed on this connection's endpoint services only, whatever the documented policy says.
    """
    _, partition, _, _, account, _ = role.arn.split(":", 5)
    context = _context(role, region, account)
    services = f"arn:{partition}:ec2:{region}:{account}:vpc-endpoint-service/*"
    yield Need(ACCEPT, services, {**context, f"aws:resourcetag/{CONNECTION}": (connection,)})
    for action in (LOOK, *ON_ELASTICACHE[access]):
        yield Need(action, "*", context)


def lasting(permissions: Permissions, own_policy: str) -> Permissions:
    """Without the policies of other connections, which go with them, whoever relies on what they allow."""
    inline = {
        name: policy
        for name, policy in permissions.inline.items()
        if name == own_policy or not name.startswith(ACCESS_POLICY_PREFIX)
    }
    return replace(permissions, inline=inline)


def lacks(permissions: Permissions, needed: Iterable[Need]) -> list[str]:
    """What is not allowed for certain, each with the reason."""
    return [f"{each.action} ({why})" for each in needed if (why := _why_not(permissions, each)) is not None]


def _context(role: Role, region: str, account: str) -> Context:
    known = {
        "aws:principalaccount": (account,),
        "aws:principalarn": (role.arn,),
        "aws:principaltype": ("AssumedRole",),
        "aws:requestedregion": (region,),
        "aws:resourceaccount": (account,),
        "ec2:region": (region,),
    }
    tags = {f"aws:principaltag/{key.lower()}": (value,) for key, value in role.tags.items()}
    of_our_organisation = {"aws:principalorgid", "aws:principalorgpaths"}
    return {**{key: value for key, value in OF_A_STRANGER.items() if key not in of_our_organisation}, **known, **tags}


def _why_not(permissions: Permissions, need: Need) -> str | None:
    bounds = {} if permissions.boundary is None else {BOUNDARY: permissions.boundary}
    denials = _denials({**permissions.policies, **bounds}, need)
    refusals = _refusals(permissions.policies, need, "no policy of it does")
    outside = _refusals(bounds, need, f"{BOUNDARY} does not") if bounds else iter(())
    return next(chain(denials, refusals, outside), None)


def _denials(policies: Mapping[str, Policy], need: Need) -> Iterator[str]:
    """Each statement that denies what is needed, or may."""
    for name, policy in policies.items():
        for statement in statements(policy, "Deny"):
            about = touches(statement, "Action", need.action) and touches(statement, "Resource", need.resource)
            if about and judge(statement, need.context).met is not False:
                yield f"{name} denies it{told(statement)}"


def _refusals(policies: Mapping[str, Policy], need: Need, otherwise: str) -> Iterator[str]:
    """Nothing if the policies allow what is needed, else what comes nearest to it."""
    conditional = None
    for name, policy in policies.items():
        for statement in statements(policy, "Allow"):
            if covers(statement, "Action", need.action) and covers(statement, "Resource", need.resource):
                judged = judge(statement, need.context)
                if judged.met:
                    return
                conditional = f"{name} allows it only with {', '.join(judged.because)}"
    yield conditional or otherwise
