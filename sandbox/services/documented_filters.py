"""The filters of a describe call: those that the operation's documentation names, and no others.

EC2 refuses a filter that an operation does not have, and neighbouring operations differ: DescribeSecurityGroups has
``tag-key``, DescribeSecurityGroupRules has not. The names are read from the documentation that botocore ships with the
operation's model, so the rule holds for every operation that takes filters, corrected here or not. Filters without a
name, as those of the price list are, are the service's own business.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import botocore.session

NAME: Final = re.compile(r"<li>\s*<p>\s*<code>([^<]+)</code>")
"""How the documentation of ``Filters`` lists its names."""
TAG: Final = "tag"
"""Stands for ``tag:<key>`` in that list."""


def undocumented_filter(service: str, operation: str, parameters: Mapping[str, Any]) -> str | None:
    """The first filter of a request that its operation does not have, if there is one."""
    names = [each["Name"] for each in parameters.get("Filters", ()) if isinstance(each, Mapping) and "Name" in each]
    if not names:
        return None
    known = documented_filters(service, operation)
    return next((name for name in names if not _is_known(name, known)), None)


@cache
def documented_filters(service: str, operation: str) -> frozenset[str]:
    """The names that the documentation lists; ``tag`` stands for the tags by key."""
    members = _model(service).operation_model(operation).input_shape.members
    return frozenset(NAME.findall(members["Filters"].documentation)) if "Filters" in members else frozenset()


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _is_known(name: str, known: frozenset[str]) -> bool:
    return name in known or (name.startswith(f"{TAG}:") and TAG in known)
