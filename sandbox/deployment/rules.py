"""The rules by which a template's state machines are started on events.

A rule is a resource `AWS::Events::Rule`, or an event `EventBridgeRule` of a SAM state machine. What the sandbox does
not carry out is an error when the account opens: a schedule of a rule, a target that is neither a state machine nor a
topic of the template. Sources: EventBridge user guide, "Amazon EventBridge event patterns" and "Amazon
EventBridge targets" (a target's input, and the role that a state machine as a target needs) and "Amazon EventBridge
input transformation"; SAM specification, EventBridgeRule.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from moto.events.exceptions import InvalidEventPatternException
from moto.events.models import EventPattern

from sandbox.deployment import input_templates, schedules
from sandbox.deployment.resolver import MACHINE, RULE, TOPIC, Json, TemplateError
from sandbox.deployment.template import Machine, Template, only

DEFAULT_BUS: Final = "default"
OF_A_RULE: Final = frozenset({"Description", "EventBusName", "EventPattern", "Name", "RoleArn", "State", "Targets"})
INPUTS: Final = frozenset({"Input", "InputPath", "InputTransformer"})
"""A target has at most one of these."""
OF_A_TARGET: Final = INPUTS | {"Arn", "DeadLetterConfig", "Id", "RetryPolicy", "RoleArn"}
OF_SAM: Final = INPUTS | {"DeadLetterConfig", "EventBusName", "Pattern", "RetryPolicy", "RuleName", "State", "Target"}
PATH: Final = re.compile(r"\$(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Transformer:
    """An input template, the paths of what its places hold, and the rule whose name and ARN they may ask for."""

    template: str
    paths: Mapping[str, str]
    rule: str

    def __call__(self, event: Mapping[str, Any]) -> str:
        """The template with what the event holds."""
        predefined = {
            "aws.events.rule-arn": self.rule,
            "aws.events.rule-name": self.rule.rpartition("/")[2],
            "aws.events.event.ingestion-time": event["time"],
            "aws.events.event.json": event,
            "aws.events.event": {key: value for key, value in event.items() if key != "detail"},
        }

        def find(place: str) -> Any:
            if place in self.paths:
                return input_templates.at(event, self.paths[place])
            return predefined.get(place, input_templates.NOTHING)

        return input_templates.fill(self.template, find)


@dataclass(frozen=True)
class Target:
    """A machine that a rule starts, or a topic, by its ARN, that it publishes to.

    It is told the event, the part of it at `path`, the JSON text `constant`, or what the transformer makes of it.
    """

    to: Machine | str
    rule: str
    path: tuple[str, ...] = ()
    constant: str | None = None
    transformer: Transformer | None = None

    def input(self, event: Mapping[str, Any]) -> str:
        """What the target is told. Raises TemplateError for an event that has nothing at the path."""
        if self.constant is not None:
            return self.constant
        if self.transformer is not None:
            return self.transformer(event)
        found: Any = event
        for name in self.path:
            if not isinstance(found, Mapping) or name not in found:
                raise TemplateError(f"an event for {self.rule} has nothing at {'.'.join(self.path)}")
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


@lru_cache(maxsize=32)
def rules(template: Template) -> tuple[Rule, ...]:
    """The enabled rules, read once of each template. Raises TemplateError for what the sandbox does not carry out."""
    return tuple(rule for rule in [*_resources(template), *_of_machines(template)] if rule is not None)


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
            yield _rule(name, own, own.get("Pattern"), [_with_input(template, name, name, by_id[machine], own)])


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
    topics = {template.resolve.arn(each) for each in template.properties(TOPIC)}
    if given["Arn"] in topics:
        return _with_input(template, rule, name, given["Arn"], given)
    machine = next((each for each in template.machines.values() if each.arn == given["Arn"]), None)
    if machine is None:
        raise TemplateError(f"{name}: {given['Arn']} is no state machine and no topic of this template")
    if "RoleArn" not in given:
        raise TemplateError(f"{name}: a state machine is started with a role, and there is no RoleArn")
    return _with_input(template, rule, name, machine, given)


def _with_input(template: Template, rule: str, name: str, to: Machine | str, given: Json) -> Target:
    inputs, arn = sorted(INPUTS & given.keys()), template.resolve.arn(rule)
    if len(inputs) > 1:
        raise TemplateError(f"{name} has both {' and '.join(inputs)}")
    path, transformer = given.get("InputPath", "$"), given.get("InputTransformer")
    if not PATH.fullmatch(path):
        raise TemplateError(f"{name}: the sandbox does not evaluate the InputPath {path}")
    if transformer is None:
        return Target(to, arn, tuple(path.split(".")[1:]), given.get("Input"))
    if isinstance(to, Machine):
        input_templates.check(name, transformer["InputTemplate"])
    made = Transformer(transformer["InputTemplate"], transformer.get("InputPathsMap", {}), arn)
    return Target(to, arn, transformer=made)
