"""What `template.yaml` deploys: functions, state machines and tables, as CloudFormation and SAM would resolve them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml

from sandbox.deployment.resolver import (
    ATTACHED_BY,
    FUNCTION,
    LAYER,
    MACHINE,
    MANAGED_POLICY,
    PLACEHOLDER,
    STACK,
    TABLE,
    Json,
    Resolver,
    TemplateError,
)

ACCOUNT_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root")
LAMBDA_TIMEOUT, LAMBDA_MEMORY = 3, 128  # Lambda's own defaults


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

    @cached_property
    def step(self) -> str:
        """The folder that its code lies in, which is what a scenario calls it."""
        return self.code.resolve().name


@dataclass(frozen=True)
class Machine:
    """A state machine as deployed, with its substitutions. `key` is its name on the command line."""

    key: str
    name: str
    logical_id: str
    arn: str
    definition: str
    role: Json
    policies: Json


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # C's takes a tenth of the time
    """YAML with CloudFormation's short tags, each as the function that it stands for.

    `!GetAtt Table.Arn` stands for `Fn::GetAtt` of two names (CloudFormation user guide, "Fn::GetAtt").
    """


def _construct_tag(loader: Loader, suffix: str, node: yaml.Node) -> Json:
    if isinstance(node, yaml.ScalarNode):
        value: Json = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix in ("Ref", "Condition"):
        return {suffix: value}
    return {f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", _construct_tag)


@lru_cache(maxsize=8)
def _read(text: str) -> dict[str, Json]:
    """Parsed once for all accounts of a process, so callers must not change it."""
    read: dict[str, Json] = yaml.load(text, Loader=Loader)  # a SafeLoader
    return read


class Template:
    """A SAM template with values for its parameters."""

    def __init__(
        self, path: Path, region: str, parameters: Mapping[str, str] | None = None, stack: str = STACK
    ) -> None:
        self.path = path.absolute()
        self.region = region
        self.stack = stack
        try:
            self._source = _read(path.read_text())
        except (OSError, yaml.YAMLError) as error:
            raise TemplateError(f"{path}: {error}") from error
        self.resolve = Resolver(self._source, region, parameters, stack)

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
    def tables(self) -> dict[str, Mapping[str, Json]]:
        """The properties of the DynamoDB tables, by table name."""
        return {self.resolve.name(name): self.resolve(each) for name, each in self.properties(TABLE).items()}

    @property
    def parameters(self) -> dict[str, str]:
        """The values of the parameters that have one, as CloudFormation shows them."""
        values = self.resolve.values()
        return {name: ",".join(each) if isinstance(each, list) else str(each) for name, each in values.items()}

    @property
    def outputs(self) -> list[tuple[str, str, str]]:
        """Key, value and description of each output of the stack."""
        declared: dict[str, Json] = self._source.get("Outputs", {})
        made = {name: each for name, each in declared.items() if self.resolve.holds(each.get("Condition"))}
        return [(name, str(self.resolve(each["Value"])), each.get("Description", "")) for name, each in made.items()]

    def properties(self, kind: str) -> dict[str, Mapping[str, Json]]:
        """The properties of the resources of a type, as the template has them, by logical id."""
        return {name: self._resources[name].get("Properties", {}) for name in self._of_type(kind)}

    @cached_property
    def layers(self) -> tuple[Path, ...]:
        """Where the code of all layers is."""
        return tuple(self._layer(name) for name in self._of_type(LAYER))

    def documents(self, holder: Function | Machine) -> Iterator[Json]:
        """The policy documents of the role that SAM makes for a function or a machine.

        They are those that it lists, with this template's managed policies, and those that a policy of its own puts
        into that role. A listed entry that is no document stays as it is, resolved.
        """
        yield from self.held(holder)
        for kind, roles in ATTACHED_BY.items():
            for name in self._of_type(kind):
                if {"Ref": f"{holder.logical_id}Role"} in listed(self._resources[name]["Properties"][roles]):
                    yield self._document(name)

    def held(self, holder: Function | Machine) -> Iterator[Json]:
        """Those that the role has from the moment when it is made."""
        managed = {self.resolve.arn(name): name for name in self._of_type(MANAGED_POLICY)}
        for policy in self.resolve(holder.policies or []):
            name = managed.get(policy) if isinstance(policy, str) else None
            yield self._document(name) if name else policy

    def _document(self, policy: str) -> Json:
        return self.resolve(self._resources[policy]["Properties"]["PolicyDocument"])

    @property
    def consumer(self) -> str | None:
        """The account that the parameters name by the ARN of its root; None unless they name exactly one."""
        found = {match[1] for value in self.resolve.values().values() if (match := ACCOUNT_ROOT.fullmatch(str(value)))}
        return found.pop() if len(found) == 1 else None

    @property
    def made(self) -> dict[str, Json]:
        """The resources that are made, by logical id, with those that SAM makes of the events of machines."""
        return {
            name: each for name, each in self.resolve.resources.items() if self.resolve.holds(each.get("Condition"))
        }

    @property
    def _resources(self) -> dict[str, Json]:
        resources: dict[str, Json] = self._source.get("Resources", {})
        return resources

    def _of_type(self, kind: str) -> list[str]:
        """The logical ids of the resources of a type, without those whose condition is false."""
        of_type = {name: resource for name, resource in self._resources.items() if resource.get("Type") == kind}
        return [name for name, resource in of_type.items() if self.resolve.holds(resource.get("Condition"))]

    def _function(self, logical_id: str) -> Function:
        own = self._resources[logical_id].get("Properties", {})
        shared = self._source.get("Globals", {}).get("Function", {})
        merged = {**shared, **own}
        variables = [part.get("Environment", {}).get("Variables", {}) for part in (shared, own)]
        layers = [*shared.get("Layers", []), *own.get("Layers", [])]
        return Function(
            name=self.resolve.name(logical_id),
            logical_id=logical_id,
            arn=self.resolve.arn(logical_id),
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
            name=self.resolve.name(logical_id),
            logical_id=logical_id,
            arn=self.resolve.arn(logical_id),
            definition=substitute(file, values),
            role=properties.get("Role"),
            policies=properties.get("Policies"),
        )


def deployed(path: Path, region: str, parameters: Mapping[str, str] | None = None, stack: str = STACK) -> Template:
    """The template with these values, resolved once for all accounts of a process, so callers must not change it."""
    try:
        text = path.read_text()
    except OSError as error:
        raise TemplateError(f"{path}: {error}") from error
    return _deployed(path.absolute(), text, region, tuple(sorted((parameters or {}).items())), stack)


@lru_cache(maxsize=32)
def _deployed(path: Path, text: str, region: str, parameters: tuple[tuple[str, str], ...], stack: str) -> Template:
    del text  # another template, under the same name
    return Template(path, region, dict(parameters), stack)


def listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def only(known: frozenset[str], name: str, given: Json) -> None:
    """Raises TemplateError if the properties have one that the sandbox does not know."""
    unknown = sorted(given.keys() - known)
    if unknown:
        raise TemplateError(f"{name}: the sandbox does not carry out {', '.join(unknown)}")


def substitute(file: Path, values: Mapping[str, Json]) -> str:
    """A definition with its DefinitionSubstitutions. Raises TemplateError if one is missing or not used."""
    try:
        text = file.read_text()
    except OSError as error:
        raise TemplateError(str(error)) from error
    wanted = set(PLACEHOLDER.findall(text))
    if wanted != values.keys():
        raise TemplateError(f"{file.name}: substitutions that only one side knows: {sorted(wanted ^ values.keys())}")
    return PLACEHOLDER.sub(lambda match: str(values[match[1]]), text)
