"""Checks each function's requests against its own role: an action that its policies do not grant is denied.

Only actions are checked here. `recording.py` writes down resources and condition keys, so that a policy evaluator which
shares no code with the sandbox can check those. A request that no function makes (a scenario's events, tests) is not
checked, as if an administrator had made it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Final

from sandbox.authorization import Request, needs
from sandbox.deployment.resolver import TemplateError
from sandbox.deployment.template import Function, Template
from sandbox.services.common import Refused

caller: ContextVar[Function | None] = ContextVar("caller", default=None)
"""The function whose handler runs on this leaf."""
DENIED: Final = {"ec2": "UnauthorizedOperation"}


class Enforcement:
    """A guard of the gateway: it denies what the calling function's role does not grant."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._granted: dict[str, re.Pattern[str]] = {}

    def granted(self, name: str) -> re.Pattern[str]:
        """The actions that a function's role grants."""
        if name not in self._granted:
            documents = self._template.documents(self._template.functions[name].policies)
            self._granted[name] = _any_of(_actions(documents))
        return self._granted[name]

    def __call__(self, request: Request) -> None:
        """Raises Refused for what the calling function may not do."""
        function = caller.get()
        if function is None:
            return
        for need in needs(request):
            if not self.granted(function.name).fullmatch(need.action):
                code = DENIED.get(request.service, "AccessDenied")
                raise Refused(code, f"{function.name} is not authorized to perform: {need.action} on {need.resource}")


def _actions(documents: Iterable[Any]) -> Iterator[str]:
    """The actions that the policies allow. Raises TemplateError for a form that it cannot read."""
    for policy in documents:
        if not isinstance(policy, Mapping) or "Statement" not in policy:
            raise TemplateError(f"a function's policy that the sandbox does not read: {policy}")
        for statement in _listed(policy["Statement"]):
            if statement["Effect"] != "Allow":
                raise TemplateError(f"a function's policy that the sandbox does not read: {statement}")
            yield from _listed(statement["Action"])


def _any_of(patterns: Iterator[str]) -> re.Pattern[str]:
    translated = (re.escape(each).replace(r"\*", ".*").replace(r"\?", ".") for each in patterns)
    return re.compile("|".join(sorted(translated)) or "(?!)", re.IGNORECASE)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
