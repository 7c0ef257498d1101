"""Resolves the intrinsic functions of a rendered template, as CloudFormation would in an account of its own.

Names are logical ids, as in the sandbox, so that what runs recorded and what policies say meet. A function that is not
known is refused, never skipped.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"
PSEUDO: Final[Mapping[str, Any]] = {
    "AWS::AccountId": ACCOUNT,
    "AWS::NoValue": None,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackName": "private-connection",
    "AWS::URLSuffix": "amazonaws.com",
}
ARNS: Final = {
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
}
REFERS_BY_ARN: Final = ("AWS::StepFunctions::StateMachine",)
PLACEHOLDER: Final = re.compile(r"\$\{([^!}]+)\}")


class Resolver:
    """Of one template, with its parameters by default but for those that are given."""

    def __init__(self, template: Mapping[str, Any], given: Mapping[str, str] | None = None) -> None:
        self._template = template
        self._given = given or {}
        self._functions: Mapping[str, Callable[[Any], Any]] = {
            "Condition": self._condition,
            "Fn::Equals": lambda pair: self(pair[0]) == self(pair[1]),
            "Fn::GetAtt": lambda path: self._attribute(*path),
            "Fn::If": lambda choice: self(choice[1] if self._condition(choice[0]) else choice[2]),
            "Fn::Not": lambda single: not self(single[0]),
            "Fn::Sub": self._substitute,
            "Ref": self._refer,
        }

    def __call__(self, value: Any) -> Any:
        """The value without intrinsic functions; what is `AWS::NoValue` is left out."""
        if isinstance(value, list):
            return [each for each in map(self, value) if each is not None]
        if not isinstance(value, Mapping):
            return value
        name = next(iter(value), "")
        if len(value) == 1 and (name.startswith("Fn::") or name in self._functions) and name != "Condition":
            return self._functions[name](value[name])
        resolved = {key: self(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each is not None}

    def _condition(self, name: str) -> bool:
        return bool(self(self._template["Conditions"][name]))

    def _refer(self, name: str) -> Any:
        if name in PSEUDO:
            return PSEUDO[name]
        if name in self._template.get("Parameters", {}):
            return self._parameter(name)
        kind = self._template["Resources"][name]["Type"]
        return ARNS[kind].format(name) if kind in REFERS_BY_ARN else name

    def _parameter(self, name: str) -> Any:
        declared = self._template["Parameters"][name]
        value = self._given.get(name, declared.get("Default"))
        return str(value).split(",") if declared["Type"] == "CommaDelimitedList" else value

    def _attribute(self, name: str, attribute: str) -> str:
        kind = self._template["Resources"][name]["Type"]
        return ARNS[kind].format(name) if attribute == "Arn" else name

    def _substitute(self, value: Any) -> str:
        text, own = value if isinstance(value, list) else (value, {})

        def replace(match: re.Match[str]) -> str:
            name = match[1]
            if name in own:
                return str(self(own[name]))
            return str(self._attribute(*name.split(".", 1)) if "." in name else self._refer(name))

        return PLACEHOLDER.sub(replace, text)
