"""The resources of a deployed template as CloudFormation lists them, once SAM has transformed it.

Sources: SAM developer guide, "Generated CloudFormation resources" of functions, machines and layer versions (the types,
and the roles of what has none of its own); CloudFormation user guide, "AWS resource and property types reference" (what
Ref returns, which is the physical id of these types). SAM adds a digest to the logical id of a layer version, which is
left out here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sandbox.deployment.resolver import ACCOUNT, CLOUDFORMATION_MACHINE, FUNCTION, LAYER, MACHINE, QUEUE, ROLE, Json
from sandbox.deployment.template import Template

BECOMES: Final = {
    FUNCTION: "AWS::Lambda::Function",
    MACHINE: CLOUDFORMATION_MACHINE,
    LAYER: "AWS::Lambda::LayerVersion",
}
"""What SAM makes of its own types."""


@dataclass(frozen=True)
class StackResource:
    logical_id: str
    physical_id: str
    kind: str


def stack_resources(template: Template) -> list[StackResource]:
    """Those whose condition holds, by logical id."""
    found = [one for name, each in template.made.items() for one in _resources(template, name, each)]
    return sorted(found, key=lambda each: each.logical_id)


def _resources(template: Template, name: str, resource: Json) -> Iterator[StackResource]:
    kind, properties = resource["Type"], resource.get("Properties", {})
    yield StackResource(name, _physical_id(template, name, kind), BECOMES.get(kind, kind))
    if kind in (FUNCTION, MACHINE) and "Role" not in properties:
        yield StackResource(f"{name}Role", f"{name}Role", ROLE)


def _physical_id(template: Template, name: str, kind: str) -> str:
    if kind == QUEUE:
        return f"https://sqs.{template.region}.amazonaws.com/{ACCOUNT}/{template.resolve.name(name)}"
    if kind == LAYER:
        return f"arn:aws:lambda:{template.region}:{ACCOUNT}:layer:{template.resolve.name(name)}:1"
    return str(template.resolve({"Ref": name}))
