"""Evaluates the intrinsic functions of a SAM or CloudFormation template.

A resource's name is the one in its properties, else its logical id, where CloudFormation would generate one. So a
recorded request and a policy have the same names. An intrinsic function that it does not know is an error.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.deployment.parameters import problems

ACCOUNT: Final = "123456789012"
"""The id of the sandbox's account, as moto has it by default."""
STACK: Final = "sandbox"
"""The name of a stack to which nobody gives one."""
PSEUDO: Final[Mapping[str, str | None]] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
}
PLACEHOLDER: Final = re.compile(r"\$\{([^!}][^}]*)\}")
FUNCTION, MACHINE, LAYER = "AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::Serverless::LayerVersion"
MANAGED_POLICY: Final = "AWS::IAM::ManagedPolicy"
CLOUDFORMATION_MACHINE: Final = "AWS::StepFunctions::StateMachine"
TABLE: Final = "AWS::DynamoDB::Table"
SCHEDULE: Final = "AWS::Scheduler::Schedule"
ROLE: Final = "AWS::IAM::Role"
TOPIC, SUBSCRIPTION, TOPIC_POLICY = "AWS::SNS::Topic", "AWS::SNS::Subscription", "AWS::SNS::TopicPolicy"
QUEUE, QUEUE_POLICY = "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"
PIPE: Final = "AWS::Pipes::Pipe"
ALARM: Final = "AWS::CloudWatch::Alarm"
RULE: Final = "AWS::Events::Rule"
GENERATED: Final = {"EventBridgeRule": RULE, "ScheduleV2": SCHEDULE}
"""What SAM makes of an event of a machine, by the event's type."""
ATTACHED_BY: Final = {"AWS::IAM::Policy": "Roles", "AWS::IAM::RolePolicy": "RoleName"}
"""The property that names the role, or the roles, that a policy of a type is put into."""
NAMED_BY: Final = {
    FUNCTION: "FunctionName",
    MACHINE: "Name",
    MANAGED_POLICY: "ManagedPolicyName",
    CLOUDFORMATION_MACHINE: "StateMachineName",
    TABLE: "TableName",
    RULE: "Name",
    ROLE: "RoleName",
    ALARM: "AlarmName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    PIPE: "Name",
    QUEUE: "QueueName",
    SCHEDULE: "Name",
    TOPIC: "TopicName",
}
"""The property that names a resource of a type."""
ARNS: Final = {
    FUNCTION: "lambda:{region}:{account}:function:{name}",
    MACHINE: "states:{region}:{account}:stateMachine:{name}",
    MANAGED_POLICY: "iam::{account}:policy/{name}",
    CLOUDFORMATION_MACHINE: "states:{region}:{account}:stateMachine:{name}",
    TABLE: "dynamodb:{region}:{account}:table/{name}",
    RULE: "events:{region}:{account}:rule/{name}",
    ROLE: "iam::{account}:role/{name}",
    ALARM: "cloudwatch:{region}:{account}:alarm:{name}",
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    PIPE: "pipes:{region}:{account}:pipe/{name}",
    QUEUE: "sqs:{region}:{account}:{name}",
    SCHEDULE: "scheduler:{region}:{account}:schedule/default/{name}",
    TOPIC: "sns:{region}:{account}:{name}",
}
"""Service Authorization Reference, "Resource types defined by …"; a log group's is what GetAtt returns."""
REFERRED_TO_BY_ARN: Final = frozenset({MACHINE, MANAGED_POLICY, CLOUDFORMATION_MACHINE, TOPIC})
NAMES: Final = frozenset({"Name", "QueueName", "TopicName"})
"""Attributes that are a resource's name."""

Json = Any


class TemplateError(ValueError):
    """The template cannot be read, or uses what the sandbox does not resolve."""


class Resolver:
    """Evaluates values of one template in one Region, with the given parameters and the defaults of the others."""

    def __init__(
        self, source: Mapping[str, Json], region: str, given: Mapping[str, str] | None = None, stack: str = STACK
    ) -> None:
        self._parameters: Mapping[str, Json] = source.get("Parameters", {})
        self._mappings: Mapping[str, Json] = source.get("Mappings", {})
        self._conditions: Mapping[str, Json] = source.get("Conditions", {})
        self.resources: Mapping[str, Json] = {**_generated(source), **source.get("Resources", {})}
        self._pseudo: Mapping[str, str | None] = {**PSEUDO, "AWS::Region": region, "AWS::StackName": stack}
        self._region = region
        self.given = given or {}
        unknown = self.given.keys() - self._parameters.keys()
        if unknown:
            raise TemplateError(f"the template has no parameter {', '.join(sorted(unknown))}")
        broken = [each for name, value in self.given.items() for each in problems(name, self._parameters[name], value)]
        if broken:
            raise TemplateError("; ".join(broken))
        self._functions = self._known()

    def _known(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "Condition": self._condition,
            "Fn::And": lambda value: all(self(each) for each in value),
            "Fn::FindInMap": self._find_in_map,
            "Fn::Equals": lambda value: self(value[0]) == self(value[1]),
            "Fn::GetAtt": self._get_attribute,
            "Fn::If": lambda value: self(value[1 if self._condition(value[0]) else 2]),
            "Fn::Join": lambda value: str(value[0]).join(map(str, self(value[1]))),
            "Fn::Not": lambda value: not self(value[0]),
            "Fn::Or": lambda value: any(self(each) for each in value),
            "Fn::Select": lambda value: self(value[1])[int(value[0])],
            "Fn::Split": lambda value: self(value[1]).split(value[0]),
            "Fn::Sub": self._substitute,
            "Ref": self._refer,
        }

    def __call__(self, value: Json) -> Json:
        """The value with every intrinsic function in it evaluated, and without what is `AWS::NoValue`."""
        if isinstance(value, list):
            return [each for each in map(self, value) if each is not None]
        if not isinstance(value, Mapping):
            return value
        name = _intrinsic(value)
        if name in self._functions:
            return self._functions[name](value[name])
        if name is not None:
            raise TemplateError(f"the sandbox does not resolve {name}")
        resolved = {key: self(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not None}

    def parameter(self, name: str) -> Json:
        """The parameter's value; a list if its type is CommaDelimitedList."""
        declared = self._parameters[name]
        if name not in self.given and "Default" not in declared:
            raise TemplateError(f"the parameter {name} has no default and is not given")
        value = self.given.get(name, declared.get("Default"))
        is_list = declared["Type"] == "CommaDelimitedList"
        return [each.strip() for each in str(value).split(",")] if is_list else value

    def values(self) -> dict[str, Json]:
        """The values of the parameters that have one."""
        known = (name for name, each in self._parameters.items() if name in self.given or "Default" in each)
        return {name: self.parameter(name) for name in known}

    def name(self, logical_id: str) -> str:
        resource = self._resource(logical_id)
        given = resource.get("Properties", {}).get(NAMED_BY.get(resource["Type"], ""))
        return logical_id if given is None else str(self(given))

    def arn(self, logical_id: str) -> str:
        kind = self._resource(logical_id)["Type"]
        if kind not in ARNS:
            raise TemplateError(f"the sandbox does not know the ARN of {logical_id}, which is of type {kind}")
        name = self._bus(logical_id) + self.name(logical_id)
        return "arn:aws:" + ARNS[kind].format(region=self._region, account=ACCOUNT, name=name)

    def _bus(self, logical_id: str) -> str:
        """What precedes a rule's name in its ARN: its bus, if that is another one than the default."""
        resource = self._resource(logical_id)
        bus = self(resource.get("Properties", {}).get("EventBusName", "default")) if resource["Type"] == RULE else ""
        return f"{bus.rpartition('/')[2]}/" if bus not in ("", "default") else ""

    def _resource(self, logical_id: str) -> Json:
        if logical_id not in self.resources:
            raise TemplateError(f"nothing is named {logical_id}")
        return self.resources[logical_id]

    def holds(self, condition: str | None) -> bool:
        """Whether a resource of this condition is made."""
        return condition is None or self._condition(condition)

    def _condition(self, name: str) -> bool:
        return bool(self(self._conditions[name]))

    def _refer(self, name: str) -> Json:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._parameters:
            return self.parameter(name)
        return self.arn(name) if self._resource(name)["Type"] in REFERRED_TO_BY_ARN else self.name(name)

    def _get_attribute(self, path: str | list[str]) -> str:
        name, attribute = path.split(".", 1) if isinstance(path, str) else path
        if attribute in NAMES:
            return self.name(name)
        if attribute not in ("Arn", "TopicArn"):
            raise TemplateError(f"the sandbox does not resolve {name}.{attribute}")
        return self.arn(name)

    def _find_in_map(self, value: list[Json]) -> Json:
        """CloudFormation user guide, "Fn::FindInMap": the keys are texts; one that is not in the map is an error."""
        mapping, *keys = [str(self(each)) for each in value]
        found: Json = self._mappings.get(mapping)
        for key in keys:
            if not isinstance(found, Mapping) or key not in found:
                raise TemplateError(f"the mapping {mapping} has nothing at {', '.join(keys)}")
            found = found[key]
        return found

    def _substitute(self, value: Json) -> str:
        text, own = value if isinstance(value, list) else (value, {})

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in own:
                return str(self(own[name]))
            return str(self._get_attribute(name) if "." in name else self._refer(name))

        return PLACEHOLDER.sub(replace, text).replace("${!", "${")


def _generated(source: Mapping[str, Json]) -> dict[str, Json]:
    """The resources that SAM makes of the events of machines, by their logical ids (SAM developer guide, "Generated
    CloudFormation resources for AWS::Serverless::StateMachine")."""
    machines = {name: each for name, each in source.get("Resources", {}).items() if each.get("Type") == MACHINE}
    return {
        f"{name}{event}": {
            "Type": GENERATED[given["Type"]],
            "Condition": each.get("Condition"),
            "Properties": _named(given.get("Properties", {})),
        }
        for name, each in machines.items()
        for event, given in each.get("Properties", {}).get("Events", {}).items()
        if given["Type"] in GENERATED
    }


def _named(properties: Mapping[str, Json]) -> Mapping[str, Json]:
    return {**properties, "Name": properties["RuleName"]} if "RuleName" in properties else properties


def _intrinsic(value: Mapping[str, Json]) -> str | None:
    """The intrinsic function that a mapping is, if any. A policy's Condition is a mapping, a template's is a name."""
    name = next(iter(value), "")
    if len(value) != 1 or (name == "Condition" and not isinstance(value[name], str)):
        return None
    return name if name.startswith("Fn::") or name in ("Condition", "Ref") else None
