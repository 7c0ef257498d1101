"""What the roles of the rendered template grant, role by role, and one grant by one.

A role has inline policies, and policies of the template's own that several roles list; AWS's own are told apart.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.intrinsics import Resolver

Policies = Mapping[str, list[dict[str, Any]]]
Template = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one pattern of resources; the condition is JSON."""

    who: str
    sid: str
    action: str
    resource: str
    condition: str


def policies(template: Template, parameters: Mapping[str, str]) -> Policies:
    """The policies of each role by who assumes it: a function's or a machine's logical id."""
    resolve = Resolver(template, parameters)
    return {
        who: [
            {"name": name, "policy": _with_version(resolve(document))} for name, document in _documents(template, role)
        ]
        for who, role in _roles(template)
    }


def managed(template: Template) -> dict[str, list[str]]:
    """AWS's own policies, and who has them attached."""
    found: dict[str, list[str]] = {}
    for who, role in _roles(template):
        for arn in role.get("ManagedPolicyArns", []):
            if isinstance(arn, str):
                found.setdefault(arn, []).append(who)
    return found


def _roles(template: Template) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The properties of each role by who assumes it."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            yield name.removesuffix("Role"), resource["Properties"]


def _documents(template: Template, role: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A role's own policies by name, and the template's that it lists by logical id. Raises KeyError for any other."""
    yield from ((each["PolicyName"], each["PolicyDocument"]) for each in role.get("Policies", []))
    for each in role.get("ManagedPolicyArns", []):
        if not isinstance(each, str):
            yield each["Ref"], template["Resources"][each["Ref"]]["Properties"]["PolicyDocument"]


def grants(found: Policies) -> Iterator[Grant]:
    for who, own in found.items():
        for statement in (each for policy in own for each in policy["policy"]["Statement"]):
            condition = json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else ""
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield Grant(who, statement["Sid"], action, resource, condition)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _with_version(document: Mapping[str, Any]) -> dict[str, Any]:
    """SAM leaves the version out of inline policies, and the Sid out of those that it writes itself."""
    statements = listed(document["Statement"])
    named = [{"Sid": f"Unnamed{number}", **each} for number, each in enumerate(statements, start=1)]
    return {"Version": "2012-10-17", **document, "Statement": named}
