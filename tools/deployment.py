"""What template.yaml says of functions, substitutions and parameters, for the rules over definitions."""

import ast
import importlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from inspect import signature
from pathlib import Path
from typing import Any, get_type_hints

import yaml
from pydantic import BaseModel, RootModel
from yaml.constructor import ConstructorError

from sandbox.deployment.template import Loader

TEMPLATE = Path("template.yaml")
PARTITION = "aws"
REGION = "us-east-1"
"""Where it is deployed, as far as it is rendered, linted and judged."""
FUNCTION, MACHINE, LAYER = "AWS::Serverless::Function", "AWS::Serverless::StateMachine", "AWS::Serverless::LayerVersion"


@dataclass(frozen=True)
class Deployment:
    """A SAM template as it is written; intrinsic functions stand as ``{"Ref": …}`` and ``{"Fn::…": …}``."""

    source: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        return dict(self.source.get("Parameters", {}))

    @property
    def functions(self) -> dict[str, Mapping[str, Any]]:
        return self.of_type(FUNCTION)

    def of_type(self, kind: str) -> dict[str, Mapping[str, Any]]:
        """The properties of the resources of a type, by logical id."""
        resources = self.source["Resources"].items()
        return {name: each.get("Properties", {}) for name, each in resources if each["Type"] == kind}

    def timeout(self, function: str) -> int:
        """Seconds after which Lambda ends a function."""
        own = self.functions[function]
        return int(own.get("Timeout", self.source["Globals"]["Function"]["Timeout"]))

    def step(self, function: str) -> str:
        """The folder of a function's code."""
        return Path(self.functions[function]["CodeUri"]).name

    def substitutions(self, machine: str) -> Mapping[str, Any]:
        """The DefinitionSubstitutions of the machine whose definition's file has this name."""
        return next(
            each.get("DefinitionSubstitutions", {})
            for each in self.of_type(MACHINE).values()
            if Path(each["DefinitionUri"]).name == f"{machine}.asl.json"
        )


def read_template(path: Path = TEMPLATE) -> Deployment:
    """Raises YAMLError for what is no template: also for a key that stands twice, and for one without a value."""
    return Deployment(_read(path.read_text()))


class _Loader(Loader):
    """Refuses what the sandbox's loader would lose or leave open."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        keys = Counter(key.value for key, _ in node.value)
        for key, times in keys.items():
            if times > 1:
                raise ConstructorError(None, None, f"the key {key} stands {times} times", node.start_mark)
            if found.get(key, key) is None:
                raise ConstructorError(None, None, f"the key {key} has no value", node.start_mark)
        return found


@lru_cache(maxsize=8)
def _read(text: str) -> dict[str, Any]:
    """Parsed once in a process, so callers must not change it."""
    read: dict[str, Any] = yaml.load(text, Loader=_Loader)  # a SafeLoader
    return read


def step_modules(step: str) -> Mapping[str, str]:
    """What a step's handler imports, each name with the module that it comes from."""
    handler = ast.parse((Path("functions") / step / "app.py").read_text())
    imports = [node for node in handler.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: node.module or "" for node in imports for alias in node.names}


@cache
def contract_of(step: str) -> type[BaseModel]:
    """The model that a step takes."""
    function = getattr(importlib.import_module(step_modules(step)[step]), step)
    contract: type[BaseModel] = get_type_hints(function)[next(iter(signature(function).parameters))]
    return contract


@cache
def result_of(step: str) -> type[BaseModel]:
    """The model that a step returns."""
    function = getattr(importlib.import_module(step_modules(step)[step]), step)
    model: type[BaseModel] = get_type_hints(function)["return"]
    return model


def payload_keys(step: str) -> frozenset[str] | None:
    """The keys of a step's payload, required and optional; none for a step that takes whatever JSON there is."""
    contract = contract_of(step)
    if issubclass(contract, RootModel):
        return None
    return frozenset(str(field.alias) for field in contract.model_fields.values())
