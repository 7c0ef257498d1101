"""What `template.yaml` deploys: its functions and state machines, as CloudFormation and SAM would resolve them.

Only what the sandbox needs is resolved: parameters by their defaults, pseudo parameters, conditions, and the intrinsic
functions that a template of functions and state machines uses. One that is not known is refused, never skipped.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

ACCOUNT: Final = "123456789012"
PLACEHOLDER: Final = re.compile(r"\$\{([^!}][^}]*)\}")
FUNCTION, MACHINE, LAYER = "AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::Serverless::LayerVersion"
LAMBDA_TIMEOUT, LAMBDA_MEMORY = 3, 128  # what Lambda takes where a function says nothing
ARN_OF: Final = {
    FUNCTION: "lambda:{region}:{account}:function:{name}",
    MACHINE: "states:{region}:{account}:stateMachine:{name}",
}
NAME_OF: Final = {FUNCTION: "FunctionName", MACHINE: "Name", "AWS::IAM::Role": "RoleName"}

Json = Any


class TemplateError(ValueError):
    """The template cannot be read, or uses what the sandbox does not resolve."""


@dataclass(frozen=True)
class Function:
    """A Lambda function as deployed. `role` and `policies` are kept as the template has them."""

    name: str
    logical_id: str
    arn: str
    code: Path
    handler: str
    timeout: float
    memory: int
    environment: Mapping[str, str]
    layers: tuple[Path, ...]
    role: Json
    policies: Json

    @property
    def step(self) -> str:
        """The folder that its code lies in, which is what a scenario calls it."""
        return self.code.resolve().name


@dataclass(frozen=True)
class Machine:
    """A state machine as deployed, substitutions made. `key` is what the command line calls it."""

    key: str
    name: str
    logical_id: str
    arn: str
    definition: str
    role: Json
    policies: Json


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags."""


def _construct_tag(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Json:
    if isinstance(node, yaml.ScalarNode):
        value: Json = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]  # the third kind of node
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    return {f"Fn::{suffix}": value.split(".", 1) if suffix == "GetAtt" and isinstance(value, str) else value}


_Loader.add_multi_constructor("!", _construct_tag)


@lru_cache(maxsize=8)
def _read(text: str) -> dict[str, Json]:
    """Once for all accounts of a process; nobody changes it."""
    read: dict[str, Json] = yaml.load(text, Loader=_Loader)  # a SafeLoader
    return read


class Template:
    """A SAM template with its parameters given."""

    def __init__(self, path: Path, region: str, parameters: Mapping[str, str] | None = None) -> None:
        self.path = path
        self.region = region
        try:
            self._source = _read(path.read_text())
        except (OSError, yaml.YAMLError) as error:
            raise TemplateError(f"{path}: {error}") from error
        self._given = dict(parameters or {})
        unknown = self._given.keys() - self._source.get("Parameters", {}).keys()
        if unknown:
            raise TemplateError(f"{path} has no parameter {', '.join(sorted(unknown))}")

    @cached_property
    def functions(self) -> dict[str, Function]:
        """By function name."""
        functions = [self._function(name) for name in self._of_type(FUNCTION)]
        return {function.name: function for function in functions}

    @cached_property
    def machines(self) -> dict[str, Machine]:
        """By the name of the definition's file."""
        machines = [self._machine(name) for name in self._of_type(MACHINE)]
        return {machine.key: machine for machine in machines}

    @cached_property
    def layers(self) -> tuple[Path, ...]:
        """Where the code of all layers is."""
        return tuple(self._layer(name) for name in self._of_type(LAYER))

    def parameter(self, name: str) -> Json:
        if name in self._given:
            return self._given[name]
        declared = self._source.get("Parameters", {})[name]
        if "Default" not in declared:
            raise TemplateError(f"the parameter {name} has no default and is not given")
        return declared["Default"]

    @property
    def _resources(self) -> dict[str, Json]:
        resources: dict[str, Json] = self._source.get("Resources", {})
        return resources

    def _of_type(self, kind: str) -> list[str]:
        return [name for name, resource in self._resources.items() if resource.get("Type") == kind]

    def _function(self, logical_id: str) -> Function:
        own = self._resources[logical_id].get("Properties", {})
        shared = self._source.get("Globals", {}).get("Function", {})
        merged = {**shared, **own}
        variables = [part.get("Environment", {}).get("Variables", {}) for part in (shared, own)]
        layers = [*shared.get("Layers", []), *own.get("Layers", [])]
        return Function(
            name=self._name(logical_id),
            logical_id=logical_id,
            arn=self._arn(logical_id),
            code=self.path.parent / self.resolve(merged["CodeUri"]),
            handler=self.resolve(merged["Handler"]),
            timeout=float(self.resolve(merged.get("Timeout", LAMBDA_TIMEOUT))),
            memory=int(self.resolve(merged.get("MemorySize", LAMBDA_MEMORY))),
            environment={key: str(self.resolve(value)) for each in variables for key, value in each.items()},
            layers=tuple(self._layer(each["Ref"]) for each in layers if each.get("Ref") in self._of_type(LAYER)),
            role=merged.get("Role"),
            policies=merged.get("Policies"),
        )

    def _layer(self, logical_id: str) -> Path:
        return self.path.parent / str(self.resolve(self._resources[logical_id]["Properties"]["ContentUri"]))

    def _machine(self, logical_id: str) -> Machine:
        properties = self._resources[logical_id].get("Properties", {})
        file = self.path.parent / str(self.resolve(properties["DefinitionUri"]))
        values = self.resolve(properties.get("DefinitionSubstitutions", {}))
        return Machine(
            key=file.name.split(".")[0],
            name=self._name(logical_id),
            logical_id=logical_id,
            arn=self._arn(logical_id),
            definition=substitute(file, values),
            role=properties.get("Role"),
            policies=properties.get("Policies"),
        )

    def _name(self, logical_id: str) -> str:
        resource = self._resources[logical_id]
        given = resource.get("Properties", {}).get(NAME_OF.get(resource["Type"], ""))
        return logical_id if given is None else str(self.resolve(given))

    def _arn(self, logical_id: str) -> str:
        kind = self._resources[logical_id]["Type"]
        pattern = ARN_OF.get(kind, "iam::{account}:role/{name}")
        return "arn:aws:" + pattern.format(region=self.region, account=ACCOUNT, name=self._name(logical_id))

    # ---- intrinsic functions

    def resolve(self, value: Json) -> Json:
        """The value with every intrinsic function in it carried out; `AWS::NoValue` is left out."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and (name := next(iter(value))) in self._intrinsics:
            return self._intrinsics[name](value[name])
        if len(value) == 1 and next(iter(value)).startswith("Fn::"):
            raise TemplateError(f"the sandbox does not resolve {next(iter(value))}")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not None}

    @cached_property
    def _intrinsics(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "Ref": self._ref,
            "Fn::GetAtt": lambda value: self._get_att(*value),
            "Fn::Sub": self._sub,
            "Fn::If": lambda value: self.resolve(value[1 if self._condition(value[0]) else 2]),
            "Fn::Join": lambda value: str(value[0]).join(map(str, self.resolve(value[1]))),
            "Fn::Select": lambda value: self.resolve(value[1])[int(value[0])],
            "Fn::Split": lambda value: self.resolve(value[1]).split(value[0]),
            "Fn::Equals": lambda value: self.resolve(value[0]) == self.resolve(value[1]),
            "Fn::Not": lambda value: not self.resolve(value[0]),
            "Fn::And": lambda value: all(self.resolve(item) for item in value),
            "Fn::Or": lambda value: any(self.resolve(item) for item in value),
            "Condition": self._condition,
        }

    def _condition(self, name: str) -> bool:
        return bool(self.resolve(self._source.get("Conditions", {})[name]))

    def _ref(self, name: str) -> Json:
        pseudo = {
            "AWS::Region": self.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": "sandbox",
            "AWS::NoValue": None,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self._source.get("Parameters", {}):
            return self.parameter(name)
        if name not in self._resources:
            raise TemplateError(f"nothing is named {name}")
        return self._arn(name) if self._resources[name]["Type"] == MACHINE else self._name(name)

    def _get_att(self, name: str, attribute: str) -> str:
        if name not in self._resources:
            raise TemplateError(f"nothing is named {name}")
        if attribute == "Name":
            return self._name(name)
        if attribute != "Arn":
            raise TemplateError(f"the sandbox does not resolve {name}.{attribute}")
        return self._arn(name)

    def _sub(self, value: Json) -> str:
        text, values = value if isinstance(value, list) else (value, {})

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in values:
                return str(self.resolve(values[name]))
            return str(self._get_att(*name.split(".", 1)) if "." in name else self._ref(name))

        return PLACEHOLDER.sub(replace, text).replace("${!", "${")


def substitute(file: Path, values: Mapping[str, Json]) -> str:
    """A definition with DefinitionSubstitutions made; one that is missing is refused, so is one that is not used."""
    try:
        text = file.read_text()
    except OSError as error:
        raise TemplateError(str(error)) from error
    wanted = set(PLACEHOLDER.findall(text))
    if wanted != values.keys():
        raise TemplateError(f"{file.name}: substitutions that only one side knows: {sorted(wanted ^ values.keys())}")
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)
