"""A scenario: a world and the steps in it, as YAML, and the report.

    world: {clusters: [{id: orders, mode: enabled, subnets: [subnet-a]}]}
    steps:
      - run: create
        input: {name: orders}
        faults: [{operation: "elbv2:CreateLoadBalancer", error: Throttling, times: 3}]
      - {run: create, input: same}
      - {together: [{run: create, input: {name: a}}, {run: create, input: {name: b}}], gaps: [0, 12.5]}
      - {advance: 3600}
      - {event: kill-node, node: orders-0001-001}

ScenarioError is raised for one that cannot be read, that names something that does not exist, or whose fault or stop no
run meets.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self, TypeVar

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic_core import ErrorDetails

from sandbox.account import Account
from sandbox.conditions import Model
from sandbox.faults import Fault
from sandbox.runs import Run as StartedRun
from sandbox.runs import RunReport, ScenarioError, Start, StopAt, check_gaps, report
from sandbox.world import World, apply_event

Read = TypeVar("Read", bound=BaseModel)
SAME: Final = "same"  # the last input of that machine once more


class Run(Model):
    """Start a machine and wait for its end."""

    run: str
    input: Any = Field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    stop_at: StopAt | None = None


class Together(Model):
    """Start machines beside each other, each its gap, in seconds, after the one before, and wait for their ends."""

    together: tuple[Run, ...] = Field(min_length=1)
    gaps: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] | None = None

    @model_validator(mode="after")
    def has_a_gap_for_each(self) -> Self:
        check_gaps(self.gaps, len(self.together))
        return self


class Redrive(Model):
    """Let an execution go on that did not succeed: that of the run with this index, from 0, or of the last one."""

    redrive: Annotated[int, Field(ge=0)] | Literal["last"]
    faults: tuple[Fault, ...] = ()
    stop_at: StopAt | None = None


class Advance(Model):
    """Let that many seconds pass; what starts by itself meanwhile is waited for to its end."""

    advance: float = Field(ge=0)


class Event(BaseModel):
    """Something that happens to the world; the other keys are the event's own."""

    model_config = ConfigDict(frozen=True, extra="allow")

    event: str

    @property
    def arguments(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


STEPS: Final[dict[str, type[Run | Together | Redrive | Advance | Event]]] = {
    "run": Run,
    "together": Together,
    "redrive": Redrive,
    "advance": Advance,
    "event": Event,
}


def _step(value: object) -> object:
    """The step of the type that its key says, so that an error in it names the step's own fields."""
    if isinstance(value, BaseModel):
        return value
    kinds = [kind for kind in STEPS if isinstance(value, dict) and kind in value]
    if len(kinds) != 1:
        raise ValueError(f"a step has exactly one of {', '.join(STEPS)}")
    return STEPS[kinds[0]].model_validate(value)


Step = Annotated[Run | Together | Redrive | Advance | Event, BeforeValidator(_step)]


def _joined(value: object) -> object:
    """A list as CloudFormation takes it: text, separated by commas."""
    return ",".join(map(str, value)) if isinstance(value, list) else value


class Scenario(Model):
    world: World = World()
    parameters: dict[str, Annotated[str, BeforeValidator(_joined)]] = Field(default_factory=dict)
    """Values of the template's parameters; those that are left out have their defaults."""
    steps: list[Step]


Opening = Callable[[World, int, Mapping[str, str]], Account]
"""Opens an account of a world, with a seed and the template's parameters."""


class Passing(Model):
    """What a step reports beside its own: the runs that started by themselves while time passed, if there are any."""

    started: list[RunReport] = Field(default_factory=list)

    @model_serializer(mode="wrap")
    def _serialized(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told: dict[str, Any] = serialize(self)
        return told if self.started else {key: value for key, value in told.items() if key != "started"}


class TogetherReport(Passing):
    """The reports of runs that were started beside each other."""

    runs: list[RunReport]


class AdvanceReport(Passing):
    """The seconds that were let pass."""

    advance: float


Entry = RunReport | TogetherReport | AdvanceReport | dict[str, Any]


class ScenarioReport(Model):
    """One entry per step; what runs created and did not delete; what they changed of the world.

    A run that a schedule has started is among those `started` of the step in which time passed.
    """

    steps: list[Entry]
    owned: dict[str, list[str]]
    foreign_changes: list[str]

    def as_json(self) -> str:
        return json.dumps(self.model_dump(by_alias=True), indent=2, ensure_ascii=False)

    @property
    def runs(self) -> list[RunReport]:
        """Of all steps, those of `together` included."""
        return [run for step in self.steps for run in runs_of(step)]


def runs_of(entry: Entry) -> list[RunReport]:
    if isinstance(entry, TogetherReport):
        return entry.runs
    return [entry] if isinstance(entry, RunReport) else []


def read(path: Path) -> Scenario:
    return parse(read_yaml(path))


def parse(document: object) -> Scenario:
    return _validated(Scenario, {} if document is None else document)


def read_world(path: Path) -> World:
    """Reads a world, which is the whole file or, as in a scenario, under the key `world`."""
    document = read_yaml(path)
    inner = document.get("world", document) if isinstance(document, dict) else document
    try:
        return _validated(World, inner or {})
    except ScenarioError as error:
        raise ScenarioError(f"{path} is {error}") from error


def read_yaml(path: Path) -> object:
    try:
        document: object = yaml.safe_load(path.read_text())
        json.dumps(document)
    except OSError as error:
        raise ScenarioError(f"{path} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path} is no YAML: {' '.join(str(error).split())}") from error
    except (TypeError, ValueError) as error:
        raise ScenarioError(f"{path} holds what JSON cannot say: {error}") from error
    return document


def read_json(path: Path) -> object:
    try:
        document: object = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ScenarioError(f"{path}: {error}") from error
    return document


def open_account(world: World, seed: int, parameters: Mapping[str, str]) -> Account:
    return Account(world, seed, parameters=parameters)


def carry_out(scenario: Scenario, seed: int = 0, opened: Opening = open_account) -> ScenarioReport:
    """Take every step in one account, then report what is left."""
    inputs: dict[str, object] = {}
    with opened(scenario.world, seed, scenario.parameters) as account:
        steps = [_take(step, account, inputs) for step in scenario.steps]
        owned, changes = account.snapshot.owned(), account.snapshot.foreign_changes()
    return ScenarioReport(steps=steps, owned=owned, foreign_changes=changes)


def _take(step: Run | Together | Redrive | Advance | Event, account: Account, inputs: dict[str, object]) -> Entry:
    if isinstance(step, Event):
        return _happen(step, account)
    before = len(account.unasked)
    if isinstance(step, Advance):
        account.advance(step.advance)
        return AdvanceReport(advance=step.advance, started=_started(account, before))
    if isinstance(step, Together):
        runs = account.together([_start(each, inputs) for each in step.together], step.gaps)
        return TogetherReport(runs=runs, started=_started(account, before))
    if isinstance(step, Redrive):
        run = account.redrive(_run(step, account), faults=step.faults, stop_at=step.stop_at)
    else:
        run = account.together([_start(step, inputs)])[0]
    return run.model_copy(update={"started": [*run.started, *_started(account, before)]})


def _started(account: Account, before: int) -> list[RunReport]:
    """The reports of the runs that have started by themselves, but for so many before."""
    return [report(each) for each in account.unasked[before:]]


def _run(step: Redrive, account: Account) -> StartedRun:
    index = len(account.runs) - 1 if step.redrive == "last" else step.redrive
    if not 0 <= index < len(account.runs):
        raise ScenarioError(f"redrive: there is no run {step.redrive}; {len(account.runs)} have been before")
    return account.runs[index]


def _start(step: Run, inputs: dict[str, object]) -> Start:
    inputs[step.run] = _input(step, inputs)
    return Start(step.run, inputs[step.run], step.faults, step.stop_at)


def _happen(step: Event, account: Account) -> dict[str, Any]:
    try:
        with account.snapshot.expecting():
            apply_event(step.event, step.arguments, account.conditions)
    except ValueError as error:
        raise ScenarioError(f"event {step.event}: {error}") from error
    return {"event": step.event, **step.arguments}


def _input(step: Run, inputs: dict[str, object]) -> object:
    if step.input != SAME:
        return step.input
    if step.run not in inputs:
        raise ScenarioError(f"{step.run} has no earlier input to be the same as")
    return inputs[step.run]


def _told(problem: ErrorDetails) -> str:
    return "an unknown key" if problem["type"] == "extra_forbidden" else problem["msg"]


def _validated(kind: type[Read], document: object) -> Read:
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        found = (f"{'.'.join(map(str, each['loc']))}: {_told(each)}" for each in error.errors())
        raise ScenarioError(f"not a {kind.__name__.lower()}: {'; '.join(found)}") from error
