"""Denies each function what its own role does not grant, on the resources of the request and under its conditions.

Roles are those of the template, with the values that its parameters have in this account. Judged are the request's own
needs and those that the service has in the caller's name (`dependents`). A policy that is not understood is an error
when the account opens. A session of a role is judged by what the role's policies say when it asks. Every other request
(a scenario's events, tests) is not judged, as an administrator's.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from itertools import chain
from typing import Any, Final

from sandbox.authorization import Need, Request, needs
from sandbox.authorization.denials import BY_ORGANIZATION, BY_POLICY, denial, unallowed
from sandbox.authorization.dependents import dependents
from sandbox.authorization.operators import PolicyError
from sandbox.authorization.policies import Policies, Verdict
from sandbox.authorization.principals import Principal, of_session
from sandbox.deployment.resolver import ACCOUNT, TemplateError
from sandbox.deployment.template import Function, Template

caller: ContextVar[Function | None] = ContextVar("caller", default=None)
"""The function whose handler runs on this leaf."""
FREE: Final = ("GetCallerIdentity",)
"""What needs no permission (STS API reference)."""
SUFFIX: Final = 12
"""Characters that CloudFormation adds to the name of a role that it makes."""


class Enforcement:
    """A guard of the gateway. `organization` are service control policies, attached beside FullAWSAccess."""

    def __init__(self, template: Template | None, organization: Iterable[Mapping[str, Any]] = ()) -> None:
        self._principals = _principals(template) if template is not None else {}
        self._organization = Policies(organization)

    def __call__(self, request: Request) -> None:
        """Raises Refused for what the calling function, or the session of a role, may not do."""
        function = caller.get()
        if function is not None:
            self._judge(request, self._principals[function.name])
        elif request.by.role is not None and request.operation not in FREE:
            self._judge(request, of_session(request.by))

    def _judge(self, request: Request, principal: Principal) -> None:
        for need in chain(needs(request), dependents(request)):
            reason = self._refused(principal, need)
            if reason is not None:
                raise denial(request.service, principal.arn, need, reason)

    def _refused(self, principal: Principal, need: Need) -> str | None:
        """Why not, in AWS's words; None for what is allowed."""
        asked = need.action, need.resource, {**need.context, **principal.keys}
        if self._organization.judge(*asked) is Verdict.DENIED:
            return BY_ORGANIZATION
        verdict = principal.policies.judge(*asked)
        if verdict is Verdict.NOT_ALLOWED:
            return unallowed(need.action)
        if principal.boundary is not None and principal.boundary.judge(*asked) is not Verdict.ALLOWED:
            return unallowed(need.action, "permissions boundary")
        return BY_POLICY if verdict is Verdict.DENIED else None


@lru_cache(maxsize=32)
def _principals(template: Template) -> Mapping[str, Principal]:
    """By the name of the function: accounts of one template have the same."""
    return {name: _principal(template, each) for name, each in template.functions.items()}


def _principal(template: Template, function: Function) -> Principal:
    role = f"{template.stack}-{function.logical_id}Role-{_suffix(function.logical_id)}"
    return Principal(
        arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{function.name}",
        policies=_policies(template, function),
        keys={"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "aws:PrincipalAccount": ACCOUNT},
    )


def _policies(template: Template, function: Function) -> Policies:
    try:
        return _understood(json.dumps(list(template.documents(function))))
    except PolicyError as error:
        raise TemplateError(f"{function.logical_id}: {error}") from error


@lru_cache(maxsize=512)
def _understood(documents: str) -> Policies:
    """Once in a process: accounts differ little in their roles, and policies keep no state of an account."""
    return Policies(json.loads(documents))


def _suffix(logical_id: str) -> str:
    return hashlib.sha256(logical_id.encode()).hexdigest()[:SUFFIX].upper()
