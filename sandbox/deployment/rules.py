"""The rules by which a template's state machines are started on events.

A rule is a resource `AWS::Events::Rule`, or an event `EventBridgeRule` of a SAM state machine. What the sandbox does
not carry out is an error when the account opens: a schedule of a rule, a target that is no state machine of the
template, an InputTransformer. Sources: EventBridge user guide, "Amazon EventBridge event patterns" and "Amazon
EventBridge targets" (a target's input, and the role that a state machine as a target needs); SAM specification,
EventBridgeRule.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern

from sandbox.deployment import schedules
from sandbox.deployment.resolver import MACHINE, RULE, Json, TemplateError
from sandbox.deployment.template import Machine, Template, only

DEFAULT_BUS: Final = "default"
OF_A_RULE: Final = frozenset({"Description", "EventBusName", "EventPattern", "Name", "RoleArn", "State", "Targets"})
OF_A_TARGET: Final = frozenset({"Arn", "DeadLetterConfig", "Id", "Input", "InputPath", "RetryPolicy", "RoleArn"})
OF_SAM: Final = frozenset(
    {"DeadLetterConfig", "EventBusName", "Input", "InputPath", "Pattern", "RetryPolicy", "RuleName", "State", "Target"}
)
PATH: Final = re.compile(r"\$(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Target:
    """A machine that a rule starts, on the event, on the part of it at `path`, or on the JSON text `constant`."""

    machine: Machine
    path: tuple[str, ...] = ()
    constant: str | None = None

    def input(self, event: Mapping[str, Any]) -> str:
        """The machine's input. Raises TemplateError for an event that has nothing at the path."""
        if self.constant is not None:
            return self.constant
        found: Any = event
        for name in self.path:
            if not isinstance(found, Mapping) or name not in found:
                raise TemplateError(f"an event for {self.machine.logical_id} has nothing at {'.'.join(self.path)}")
            found = found[name]
        return json.dumps(found, ensure_ascii=False)


@dataclass(frozen=True)
class Rule:
    """An enabled rule of an event bus, with its targets."""

    name: str
    bus: str
    pattern: EventPattern
    targets: tuple[Target, ...]

    def matches(self, event: Mapping[str, Any]) -> bool:
        return bool(self.pattern.matches_event(event))


def rules(template: Template) -> list[Rule]:
    """The enabled rules. Raises TemplateError for what the sandbox does not carry out."""
    return [rule for rule in [*_resources(template), *_of_machines(template)] if rule is not None]


def _resources(template: Template) -> Iterator[Rule | None]:
    for name, given in template.properties(RULE).items():
        properties = template.resolve(given)
        only(OF_A_RULE, name, properties)
        targets = [_target(template, name, each) for each in properties.get("Targets", [])]
        yield _rule(name, properties, properties.get("EventPattern"), targets)


def _of_machines(template: Template) -> Iterator[Rule | None]:
    by_id = {machine.logical_id: machine for machine in template.machines.values()}
    for machine, properties in template.properties(MACHINE).items():
        for event, given in properties.get("Events", {}).items():
            name = f"{machine}{event}"
            if given["Type"] == schedules.EVENT:
                continue
            if given["Type"] != "EventBridgeRule":
                raise TemplateError(f"{name}: the sandbox starts no machine by an event of type {given['Type']}")
            own = template.resolve(given.get("Properties", {}))
            only(OF_SAM, name, own)
            yield _rule(name, own, own.get("Pattern"), [_with_input(name, by_id[machine], own)])


def _rule(name: str, properties: Json, pattern: Json, targets: list[Target]) -> Rule | None:
    if properties.get("State", "ENABLED") == "DISABLED":
        return None
    if not pattern:
        raise TemplateError(f"{name} has no event pattern")
    try:
        loaded = EventPattern.load(json.dumps(pattern))
    except InvalidEventPatternException as error:
        raise TemplateError(f"{name}: {error}") from error
    return Rule(name, bus_of(properties), loaded, tuple(targets))


def bus_of(given: Mapping[str, Any]) -> str:
    """The name of the event bus that a rule or an entry names, by its name or its ARN."""
    return str(given.get("EventBusName", DEFAULT_BUS)).rpartition("event-bus/")[2]


def _target(template: Template, rule: str, given: Json) -> Target:
    name = f"{rule}, target {given.get('Id')}"
    only(OF_A_TARGET, name, given)
    machine = next((each for each in template.machines.values() if each.arn == given["Arn"]), None)
    if machine is None:
        raise TemplateError(f"{name}: {given['Arn']} is no state machine of this template")
    if "RoleArn" not in given:
        raise TemplateError(f"{name}: a state machine is started with a role, and there is no RoleArn")
    return _with_input(name, machine, given)


def _with_input(name: str, machine: Machine, given: Json) -> Target:
    constant, path = given.get("Input"), given.get("InputPath", "$")
    if constant is None and not PATH.fullmatch(path):
        raise TemplateError(f"{name}: the sandbox does not evaluate the InputPath {path}")
    if constant is not None and "InputPath" in given:
        raise TemplateError(f"{name} has both Input and InputPath")
    return Target(machine, tuple(path.split(".")[1:]), constant)
