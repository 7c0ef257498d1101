"""An AWS account, open while its context is entered: its world is laid and the template is deployed in it.

    with Account(World(), seed=1) as account:
        report = account.run("import", {"file": "orders.csv"})

Opening the first one costs half a second, most of it the handlers' imports, which later ones of the process are lent.
A process has one account open at a time. An open account that runs nothing has no threads, so a process may fork, and
each child continues with its own copy.
"""

import contextlib
import functools
import gc
import json
import os
import random
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final, Self, TextIO, TypeVar
from unittest import mock

import boto3
from moto import mock_aws
from moto.core import responses
from moto.stepfunctions.responses import get_backend

from sandbox import dns, services, wire
from sandbox.audit import Snapshot
from sandbox.authorization.enforcement import Enforcement
from sandbox.authorization.operators import PolicyError
from sandbox.clock import VirtualClock, virtual_time
from sandbox.conditions import Conditions
from sandbox.deployment.completion_rules import require_completion_rules
from sandbox.deployment.messaging import messaging
from sandbox.deployment.resolver import ACCOUNT, STACK
from sandbox.deployment.rules import rules
from sandbox.deployment.schedules import schedules
from sandbox.deployment.template import Machine, Template, deployed
from sandbox.events import Bus
from sandbox.faults import Armed, Fault
from sandbox.gateway import Gateway
from sandbox.lambdas.functions import Functions
from sandbox.lambdas.isolation import environment
from sandbox.messaging import Post
from sandbox.metrics import Metrics
from sandbox.runs import Listener, Run, RunReport, ScenarioError, Start, StopAt, check_gaps, current, report
from sandbox.schedules import Scheduler
from sandbox.services.common import live_regions
from sandbox.services.dynamodb import tables
from sandbox.services.elasticache.state import listen
from sandbox.stepfunctions.definitions import State, states
from sandbox.stepfunctions.interpreter import Interpreter
from sandbox.stepfunctions.patching import patched
from sandbox.stepfunctions.seams import seams
from sandbox.wire.clients import OWN, new_session, own_session
from sandbox.world import World, lay

TEMPLATE: Final = Path("template.yaml")  # of the current folder
MACHINE_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/state-machine"
IN_FLIGHT: Final = (":lambda:invoke", ":states:startExecution.sync", ":states:startExecution.sync:2")
"""The ends of the resources that a state waits for."""
Done = TypeVar("Done")
MOTO: Final = {"stepfunctions": {"execute_state_machine": True}}


class Account:
    """A context manager. Handlers print to `logs`, or to standard error without it.

    With `answers` (`Probes`), real servers stand for the cache nodes, and a node is healthy when its server answers.
    """

    watchers: ClassVar[list[Callable[["Account"], None]]] = []
    """Each is called with every account that has opened."""

    def __init__(
        self,
        world: World,
        seed: int = 0,
        template: Path = TEMPLATE,
        parameters: Mapping[str, str] | None = None,
        logs: TextIO | None = None,
        clock: VirtualClock | None = None,
        stack: str = STACK,
        answers: Callable[[str], bool] | None = None,
    ) -> None:
        self.world = _possible(world)
        self.clock = clock or VirtualClock()
        self.random = random.Random(seed)
        self.template = deployed(template, world.region, parameters, stack)
        self.conditions = self._conditions(seed)
        self.conditions.answers = answers
        self._equip()
        self.runs: list[Run] = []
        """Those that were asked for, in that order."""
        self.unasked: list[Run] = []
        """Those that started by themselves, in that order, by schedules and pipes."""
        self._listen(seed)
        self._logs = self.metrics.reading(lambda: logs or sys.stderr)
        self._entered = contextlib.ExitStack()

    def _equip(self) -> None:
        """What runs machines and carries requests out."""
        self.functions = Functions(self.template, self.clock, self.conditions.latency, self.random)
        self.interpreter = Interpreter(self.clock, self.functions, self.random)
        self.interpreter.seen_after = self.conditions.latency.execution_seen
        self.interpreter.told_after = self.conditions.latency.execution_result
        self.gateway = Gateway(self.conditions)

    def _conditions(self, seed: int) -> Conditions:
        found = self.world.conditions(self.clock, seed)
        found.consumer = self.world.consumer or self.template.consumer
        return found

    def _listen(self, seed: int) -> None:
        """Deploy what starts machines by itself, queues and pipes, rules, schedules; and what reads the logs."""
        self.metrics = Metrics(self.clock)
        latency = self.world.latency.event
        self.post = Post(messaging(self.template), self.clock, seed, latency, self._start, self.unasked)
        self.conditions.announce = self.post.announce
        self.bus = Bus(rules(self.template), self.world, self.clock, seed, self._start, self.post.publish)
        self.conditions.put_event = self.bus.take
        require_completion_rules(self.template)
        starting = Scheduler(self.clock, seed, self.world.region, self._start, self.unasked)
        starting.deploy(schedules(self.template))

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._open(stack)
            self._entered = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._entered.close()
        _keep()

    def _open(self, stack: contextlib.ExitStack) -> None:
        enter = stack.enter_context
        enter(environment(_variables(self.world.region)))
        enter(_seeded(self.random))
        enter(virtual_time(self.clock))
        enter(wire.install())
        enter(mock_aws(config=MOTO))
        enter(own_session())
        enter(services.install(self.conditions))
        enter(self.gateway)
        enter(dns.install(self.conditions))
        lay(self.world, self.conditions)
        self._deploy_tables()
        self.snapshot = Snapshot.take()
        enter(patched(seams(self.interpreter)))
        self.gateway.guards.append(_enforcement(self.template, self.world))
        self.interpreter.watchers += [self.bus.changed, self.metrics.changed]
        enter(self.functions)
        self._deploy()
        for watcher in self.watchers:
            watcher(self)

    def _deploy_tables(self) -> None:
        for name, properties in self.template.tables.items():
            tables.deploy(self.world.region, name, properties)

    def _deploy(self) -> None:
        """Requests with the definitions in them would take half of the time in which an account opens."""
        self._client = boto3.client("stepfunctions")
        self.interpreter.keys = {each.arn: each.key for each in self.template.machines.values()}
        there = get_backend(ACCOUNT, self.world.region)
        for machine in self.template.machines.values():
            there.create_state_machine(machine.name, machine.definition, MACHINE_ROLE)
            _draw_ids_of_a_request()

    def load(self) -> None:
        """Load the code of all functions, which their first invocations do else: forks of this process need not."""
        with contextlib.redirect_stdout(self._logs):
            self.functions.load()

    def run(
        self,
        machine: str,
        input: object,
        *,
        faults: Sequence[Fault] = (),
        stop_at: StopAt | None = None,
        name: str | None = None,
        listeners: Iterable[Listener] = (),
    ) -> RunReport:
        """Run a machine to its end. Raises ScenarioError if no request met a fault, or no state reached the stop."""
        return self.together([Start(machine, input, faults, stop_at, name, tuple(listeners))])[0]

    def together(self, starts: Sequence[Start], gaps: Sequence[float] | None = None) -> list[RunReport]:
        """Run machines beside each other to their ends, each started its gap, in seconds, after the one before.

        Without gaps all start at once. Raises ScenarioError as `run` does, and if there is not a gap for each.
        """
        check_gaps(gaps, len(starts))
        for start in starts:
            self._check(start)
        runs = [Run(each.machine, each.stop_at, Armed(each.faults), each.listeners) for each in starts]
        with self._time_passes():
            self._begin(starts, runs, gaps or [0.0] * len(runs))
        for run in runs:
            _all_met(run)
        return [report(run) for run in runs]

    def invoke(self, function: str, payload: object) -> Any:
        """Invoke a function by its logical id, as a person does, and return its answer.

        Raises ScenarioError with its error if it fails.
        """
        asked = json.dumps(payload).encode()
        answer = self.visit(lambda: self.functions.find(function)(asked, lambda: None))
        body = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise ScenarioError(f"{function}: {body['errorType']}: {body['errorMessage']}")
        return body

    def visit(self, action: Callable[[], Done]) -> Done:
        """Carry out what somebody outside does, for whom time is virtual too, and return what it returns.

        What starts by itself meanwhile is waited for to its end. Raises what the action raises.
        """
        done = list[Done]()
        with self._time_passes():
            self.clock.start(lambda: done.append(action()))
        return done[0]

    def redrive(
        self,
        run: Run,
        *,
        faults: Sequence[Fault] = (),
        stop_at: StopAt | None = None,
        listeners: Iterable[Listener] = (),
    ) -> RunReport:
        """Let a run's execution go on from the state at which it ended; the report's seconds are those since then.

        Raises ScenarioError for one that cannot be redriven, and as `run` does.
        """
        self._check(Start(run.machine, None, faults, stop_at))
        again = Run(run.machine, stop_at, Armed(faults), tuple(listeners))
        again.redriven_at = datetime.now(UTC)
        with self._time_passes():
            self.interpreter.leaf(functools.partial(self.interpreter.redrive, run.root), again)
        self.runs.append(again)
        _all_met(again)
        return report(again)

    def advance(self, seconds: float) -> None:
        """Let time pass. What starts by itself meanwhile is waited for to its end, so more may have passed then."""
        with self._time_passes():
            self.clock.start(functools.partial(self.clock.sleep, seconds))

    @contextlib.contextmanager
    def _time_passes(self) -> Iterator[None]:
        """Carry out what is begun in the context."""
        for region in live_regions("elasticache"):
            listen(region, self.conditions)
        with contextlib.redirect_stdout(self._logs), environment(dict(os.environ)):
            yield
            self.clock.run()

    def machine(self, key: str) -> Machine:
        if key not in self.template.machines:
            known = ", ".join(sorted(self.template.machines))
            raise ScenarioError(f"{self.template.path.name} has no state machine {key!r}; it has {known}")
        return self.template.machines[key]

    def _begin(self, starts: Sequence[Start], runs: Sequence[Run], gaps: Sequence[float]) -> None:
        """Start each on a leaf of its own: a timer's action would run as the leaf that it interrupts."""
        after = 0.0
        for start, run, gap in zip(starts, runs, gaps, strict=True):
            after += gap
            self.runs.append(run)
            name = start.name or f"{start.machine}-{len(self.runs)}"
            self.clock.start(functools.partial(self._start_later, start, run, name, after))

    def _start_later(self, start: Start, run: Run, name: str, after: float) -> None:
        if after:
            self.clock.sleep(after)
        current.set(run)
        self._start(self.machine(start.machine), name, json.dumps(start.input, ensure_ascii=False))

    def _start(self, machine: Machine, name: str, text: str) -> None:
        self._client.start_execution(stateMachineArn=machine.arn, name=name, input=text)

    def _check(self, start: Start) -> None:
        machine, stop_at = self.machine(start.machine), start.stop_at
        for named in (fault.function for fault in start.faults if fault.function is not None):
            if not any(function.step == named for function in self.template.functions.values()):
                raise ScenarioError(f"a fault names the function {named!r}, which is not deployed")
        if stop_at is not None:
            self._check_stop(machine, stop_at)

    def _check_stop(self, machine: Machine, stop_at: StopAt) -> None:
        state = self._states(machine).get(stop_at.state)
        if state is None:
            raise ScenarioError(f"stopAt names the state {stop_at.state!r}, which {machine.key} does not have")
        if stop_at.when == "during" and not state.get("Resource", "").endswith(IN_FLIGHT):
            raise ScenarioError(
                f"stopAt.when is during, and the state {stop_at.state!r} calls no function and waits for no execution"
            )

    def _states(self, machine: Machine) -> dict[str, State]:
        """The states of the machine and of those that it starts, and so on, by name."""
        found, machines = {machine.key: machine}, [machine]
        for each in machines:
            started = [one for one in self.template.machines.values() if one.arn in each.definition]
            machines += [one for one in started if one.key not in found]
            found |= {one.key: one for one in started}
        return {name: state for each in machines for name, state in states(json.loads(each.definition)).items()}


@functools.cache
def _keep() -> None:
    """What the first account has loaded stays (moto, models, definitions): the collector need not go through it again.

    It would at every fourth account, for as long as a run takes.
    """
    gc.freeze()


@functools.cache
def _regions() -> frozenset[str]:
    return frozenset(new_session().get_available_regions("ec2"))


def _possible(world: World) -> World:
    if world.region not in _regions():
        raise ScenarioError(f"there is no region {world.region!r}")
    return world


def _all_met(run: Run) -> None:
    unmet, stop_at = run.disarm(), run.stop_at
    if unmet:
        raise ScenarioError("faults that nothing met: " + ", ".join(f"{fault.key} {fault.error}" for fault in unmet))
    if stop_at is not None and not run.stopped and not stop_at.optional:
        raise ScenarioError(f"the {stop_at.visit}. entry of the state {stop_at.state!r} was never reached")


def _enforcement(template: Template, world: World) -> Enforcement:
    try:
        return Enforcement(template, world.service_control_policies)
    except PolicyError as error:
        raise ScenarioError(f"serviceControlPolicies: {error}") from error


def _variables(region: str) -> dict[str, str]:
    """The environment with made-up credentials and without the developer's own AWS configuration."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    own = {
        "AWS_ACCESS_KEY_ID": OWN,
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_SESSION_TOKEN": "sandbox",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return {**kept, **own}


def _draw_ids_of_a_request() -> None:
    """Botocore's and moto's: what is drawn after them, and so a seed's history, is as if a request had been made."""
    uuid.uuid4()
    responses.gen_amzn_requestid_long({})


@contextlib.contextmanager
def _seeded(source: random.Random) -> Iterator[None]:
    """Draw botocore's and moto's random numbers from the seed, so that a run repeats exactly."""

    def uuid4() -> uuid.UUID:
        return uuid.UUID(int=source.getrandbits(128), version=4)

    before = random.getstate()
    random.seed(source.random())
    try:
        with mock.patch.object(uuid, "uuid4", uuid4):
            yield
    finally:
        random.setstate(before)
