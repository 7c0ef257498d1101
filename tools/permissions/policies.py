"""What the roles of the rendered template grant, role by role, and one grant by one.

A role has inline policies, policies that are resources of their own, managed policies of the template, and AWS's
managed policies, which are listed apart.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.deployment.resolver import ATTACHED_BY, MANAGED_POLICY, Resolver
from tools.deployment import REGION

Policy = Mapping[str, Any]
Policies = Mapping[str, list[Policy]]
Template = Mapping[str, Any]


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one pattern of resources; the condition is JSON."""

    who: str
    sid: str
    action: str
    resource: str
    condition: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What a verdict names of the grant that allowed a request."""
        return self.who, self.sid, self.action, self.resource


def policies(template: Template, parameters: Mapping[str, str]) -> Policies:
    """The policies of each role by who assumes it: a function's or a machine's logical id."""
    resolve = Resolver(template, REGION, parameters)
    shared, own = _shared(template, resolve), _of_their_own(template, resolve)
    return {
        who: [
            *(_named(each["PolicyName"], resolve(each["PolicyDocument"])) for each in role.get("Policies", [])),
            *(policy for roles, policy in own if resolve.name(name) in roles),
            *(shared[arn] for arn in resolve(role.get("ManagedPolicyArns", [])) if arn in shared),
        ]
        for name, who, role in _roles(template)
    }


def managed(template: Template) -> dict[str, list[str]]:
    """AWS's own policies, and who has them attached."""
    resolve = Resolver(template, REGION)
    shared = _shared(template, resolve)
    found: dict[str, list[str]] = {}
    for _, who, role in _roles(template):
        for arn in resolve(role.get("ManagedPolicyArns", [])):
            if arn not in shared:
                found.setdefault(arn, []).append(who)
    return found


def _roles(template: Template) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Each role's logical id, who assumes it, and its properties."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            yield name, name.removesuffix("Role"), resource["Properties"]


def _of_their_own(template: Template, resolve: Resolver) -> list[tuple[list[str], Policy]]:
    """The policies that the template puts into roles from outside, each with the roles' names."""
    return [
        (
            listed(resolve(properties[ATTACHED_BY[resource["Type"]]])),
            _named(name, resolve(properties["PolicyDocument"])),
        )
        for name, resource in template["Resources"].items()
        if resource["Type"] in ATTACHED_BY
        for properties in [resource["Properties"]]
    ]


def _shared(template: Template, resolve: Resolver) -> dict[str, Policy]:
    """The template's managed policies by ARN."""
    return {
        resolve.arn(name): _named(name, resolve(resource["Properties"]["PolicyDocument"]))
        for name, resource in template["Resources"].items()
        if resource["Type"] == MANAGED_POLICY
    }


def grants(found: Policies) -> Iterator[Grant]:
    for who, own in found.items():
        for statement in (each for policy in own for each in policy["policy"]["Statement"]):
            condition = json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else ""
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    yield Grant(who, statement["Sid"], action, resource, condition)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _named(name: str, document: Mapping[str, Any]) -> Policy:
    """SAM leaves the version out of inline policies, and the Sid out of those that it writes itself."""
    statements = listed(document["Statement"])
    named = [{"Sid": f"Unnamed{number}", **each} for number, each in enumerate(statements, start=1)]
    return {"name": name, "policy": {"Version": "2012-10-17", **document, "Statement": named}}
