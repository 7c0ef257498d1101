"""moto's Step Functions interpreter on the sandbox's clock, corrected where Step Functions differs.

moto parses definitions, enters the states and writes the history; this module replaces how it waits, starts threads and
ends them. Each execution, branch, iteration and invocation is a leaf of the clock. When an execution ends early (a
stop, a timeout, the failure of another branch, the history's limit), each of its leaves raises `Abandoned` at its next
wait. A function that runs is not stopped and its effects stay, as on AWS.

This replaces some fifty private names of moto, which `seams.py` lists, and runs only JSONata definitions.
"""

import functools
import json
import math
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final, Protocol

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry.retry_outcome import RetryOutcome
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import EvalTimeoutError
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.job import JobPool
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.lambda_eval_utils import (
    LambdaFunctionErrorException,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.eval.states import StateData

from sandbox.authorization.enforcement import caller
from sandbox.clock import VirtualClock
from sandbox.runs import Run, When, caused, current
from sandbox.stepfunctions import evaluation, frames, history, redrives, results
from sandbox.stepfunctions.expressions import additions
from sandbox.stepfunctions.failures import too_large
from sandbox.stepfunctions.history import Abandoned
from sandbox.stepfunctions.results import UNTOLD, Reason

MOST_CONCURRENT: Final = 40  # iterations of an inline Map, "Using Map state in Inline mode"


Invocation = Callable[[bytes, Callable[[], None]], dict[str, Any]]
"""Takes a payload, and what to call when the function's code begins; answers as boto3 does."""


class Lambda(Protocol):
    """The functions, for the interpreter; `find` raises ClientError for one that does not exist."""

    def find(self, reference: str) -> Invocation: ...


@dataclass(frozen=True)
class Moment:
    """An event of an execution, for its listeners; `seconds` is the length of a wait or a back-off."""

    kind: str  # entered, left, waiting, retrying
    execution: str
    state: str
    type: str
    comment: str
    at: float
    index: int | None = None
    seconds: float = 0.0


class Interpreter:
    """What replaces moto's own methods. Each of its leaves works for a run."""

    def __init__(self, clock: VirtualClock, functions: Lambda, random: Random) -> None:
        self.clock = clock
        self.functions = functions
        self.random = random
        self.evaluator = evaluation.Evaluator(additions(random))
        self.callers: list[Callable[[str, str, str], None]] = []
        """Each is called with the machine, the action and the resource of a call that a state makes."""
        self.seen_after = 0.0
        """The seconds after which those who ask see that an execution has started, or ended."""
        self.told_after = 0.0
        """The seconds after which they see its output, error and cause, once they have seen that it has ended."""
        self.watchers: list[Callable[[Any], None]] = []
        """Each is called with an execution that has started or ended."""
        self.keys: Mapping[str, str] = {}
        """What each machine is called in reports, by ARN."""
        self.executions: dict[str, Any] = {}
        """Every execution of the account, by ARN."""
        self._unbegun: dict[str, Reason] = {}
        """Those that were stopped before their first state, by ARN."""
        self._here = threading.local()

    # ---- leaves

    def leaf(self, target: Callable[[], None], run: Run | None = None) -> None:
        """Start a leaf of this run, else of the caller's."""
        self.clock.start(functools.partial(_unwound, run or self.run, target))

    @property
    def lags(self) -> tuple[float, float]:
        """The seconds after which a change of an execution is seen, and then its result: none, where the interpreter
        itself looks.
        """
        return (0.0, 0.0) if getattr(self._here, "knows", False) else (self.seen_after, self.told_after)

    @property
    def run(self) -> Run:
        """The run that this leaf works for."""
        run = current.get()
        if run is None:
            raise RuntimeError("a leaf that works for no run has entered a state")
        return run

    def wait(self, until: Callable[[], bool], seconds: float = math.inf) -> bool:
        env = self._here.env
        self.clock.wait(lambda: until() or not env.is_running(), seconds)
        self._check(env)
        return until()

    def pause(self, seconds: float, kind: str) -> None:
        """A Wait state's wait, or the time before a retry."""
        self._tell(kind, seconds)
        if kind == "retrying":
            self.run.transitions += 1
        self.wait(lambda: False, seconds)

    @staticmethod
    def _check(env: Any) -> None:
        if not env.is_running():
            raise Abandoned

    def start_execution(self, worker: Any) -> None:
        """On a leaf that works for no run, the execution is the root of one; so is one that a function starts, which
        does not wait for it.
        """
        execution = worker._execution_communication.execution
        self._call("states:StartExecution", execution.state_machine_arn)
        run = caused(self._key(execution)) if caller.get() else current.get() or Run()
        self.executions[execution.exec_arn] = run.executions[execution.exec_arn] = execution
        self.leaf(functools.partial(self._carry_out, worker, execution), run)

    def _key(self, execution: Any) -> str:
        return self.keys.get(execution.state_machine_arn, execution.state_machine.name)

    def redrive(self, execution: Any) -> None:
        """Let an execution go on that did not succeed, on a leaf for the caller's run, of which it is the root.

        Raises ScenarioError for one that cannot be redriven.
        """
        redrives.check(execution)
        worker = execution.exec_worker
        redrives.prepare(execution)
        self._unbegun.pop(execution.exec_arn, None)
        self.run.executions[execution.exec_arn] = execution
        self._changed(execution)
        worker._get_evaluation_entrypoint().eval(worker.env)
        worker._execution_communication.terminated()
        self._changed(execution)

    def _carry_out(self, worker: Any, execution: Any) -> None:
        self._changed(execution)
        worker._execution_logic()
        self._changed(execution)

    def _changed(self, execution: Any) -> None:
        for watcher in self.watchers:
            watcher(execution)

    def run_program(self, program: Any, env: Any) -> None:
        if env.program_state() is not None and not env.is_running():
            return  # the execution ended before this branch or iteration began
        env.next_state_name = env.begins_at or program.start_at.start_at_name
        reason = self._unbegun.get(_execution(env))
        if reason is not None:
            env.set_stop(stop_date=datetime.now(UTC), error=reason.error, cause=reason.cause)
        timer = None
        if program.timeout_seconds and not env.is_frame():
            timer = self.clock.call_at(self.clock.now() + program.timeout_seconds.timeout_seconds, env.set_timed_out)
        try:
            self._check(env)
            EvalComponent.eval(program, env)
        except Abandoned:
            program._eval_body(env)  # enters no state any more, but writes the history's last event
        finally:
            if timer is not None:
                timer.cancel()

    def iterate(self, component: Any, env: Any) -> None:
        """An inline Map: at most 40 iterations at once; when one fails, the others are aborted."""
        given = env.stack.pop()
        pool = JobPool(job_program=component._get_iteration_program(), job_inputs=given.input_items)
        most = min(given.max_concurrency or MOST_CONCURRENT, MOST_CONCURRENT, len(given.input_items))
        for _ in range(most):
            self.leaf(component._create_worker(env=env, eval_input=given, job_pool=pool).eval)
        self.wait(pool._is_terminated)
        failure = pool.get_worker_exception()
        if failure is not None:
            history.abort_below(env)
            raise failure
        env.stack.append([job.job_output for job in pool.get_closed_jobs()])

    def select_item(self, worker: Any, env: Any) -> None:
        """An iteration's input. Its item is in the context while ItemSelector is evaluated, as the guide says ("Context
        object data for Map states"); that the states inside see it too is not known (floci-io/floci 1588)."""
        context = env.states.context_object.context_object_data
        item = context.pop("Map")["Item"]
        env.iteration = frames.Iteration(worker._work_name, item["Index"])
        if worker._item_selector is None:
            return
        env.states.reset(worker._env.stack[-1])
        context["Map"] = {"Item": item}
        selected = self.evaluator.template(worker._item_selector.template_value_object, env, "ItemSelector")
        del context["Map"]
        env.states.reset(selected)

    def start_branch(self, worker: Any) -> None:
        worker._worker_thread = threading.current_thread()
        self.leaf(worker._thread_routine)

    # ---- states

    def evaluate_state(self, state: Any, env: Any) -> None:
        self._enter(state, env)
        entered = EventDetails(stateEnteredEventDetails=state._get_state_entered_event_details(env=env))
        number = env.event_manager.add_event(env.event_history_context, state.state_entered_event_type, entered)
        env.place = frames.Place(state, number)
        env.states.context_object.context_object_data["State"] = self._context(state)
        try:
            self._evaluate(state, env)
        except FailureEventException as raised:
            history.tell_evaluation(env, raised.failure_event)
            raise
        self._leave(state, env)
        env.place = None

    def _context(self, state: Any) -> StateData:
        """`State` of the context object. Only a state that can be tried again has a RetryCount (recorded)."""
        data = StateData(EnteredTime=evaluation.iso(self.clock.now()), Name=state.name)
        if isinstance(state, ExecutionState):
            data["RetryCount"] = 0
        return data

    def _evaluate(self, state: Any, env: Any) -> None:
        state._eval_state_input(env=env)
        state._eval_state(env)
        self._check(env)
        state._eval_state_output(env=env)
        if not evaluation.within_quota(frames.given(env)):
            raise too_large(env, f"The state/task '{state.name}' returned a result with a size exceeding")
        evaluation.commit(env)

    def _enter(self, state: Any, env: Any) -> None:
        if not evaluation.within_quota(frames.given(env)):
            raise too_large(env, f"The input of state '{state.name}' exceeds")
        run = self.run
        frames.reach(env, state)
        run.visits[state.name] += 1
        self._here.env, self._here.state, self._here.visit = env, state, run.visits[state.name]
        self._stop_if("before")
        run.transitions += 1
        env.pending = {}
        self._tell("entered")

    def _leave(self, state: Any, env: Any) -> None:
        self._here.state = state
        self._stop_if("after")
        state._set_next(env)
        if state.state_exited_event_type is not None:
            left = EventDetails(stateExitedEventDetails=state._get_state_exited_event_details(env=env))
            env.event_manager.add_event(env.event_history_context, state.state_exited_event_type, left)
        self._tell("left")

    def _stop_if(self, when: When) -> None:
        here, run = self._here, self.run
        if run.stops_at(here.state.name, here.visit, when):
            self._stop(run)
        self._check(here.env)

    def _stop_during(self, begun: Callable[[], bool]) -> None:
        here = self._here
        if self.run.stops_at(here.state.name, here.visit, "during"):
            self._follow(begun)
            self._stop_if("during")

    def _stop(self, run: Run) -> None:
        """Stop the run's execution and those that it waits for ("Run a job")."""
        run.stopped = True
        for execution in [run.root, *(self.executions[arn] for arn in run.followed)]:
            self.end(execution)

    def end(self, execution: Any, reason: Reason = UNTOLD) -> None:
        """Stop an execution, as StopExecution does; at its start, before its first state."""
        if execution.exec_worker.env is None:
            self._unbegun.setdefault(execution.exec_arn, reason)
        else:
            execution.stop(stop_date=datetime.now(UTC), error=reason.error, cause=reason.cause)

    def work(self, state: Any, env: Any) -> None:
        """Attempts at a Task, Map or Parallel, until one succeeds, a catcher takes the failure, or none is left."""
        while True:
            self._check(env)
            try:
                self._attempt(state, env)
                return
            except Exception as raised:  # noqa: BLE001  moto says which error each of its integrations' exceptions is
                failed = state._from_error(env=env, ex=raised)
            history.tell_attempt(state, env, failed)
            env.states.set_error_output(state._construct_error_output_value(failure_event=failed))
            if state.retry and state._handle_retry(env=env, failure_event=failed) == RetryOutcome.CanRetry:
                continue
            history.tell_failed(state, env)
            if not self.evaluator.catch(state, env, failed):
                raise FailureEventException(failed)
            return

    def _attempt(self, state: Any, env: Any) -> None:
        """One attempt; `TimeoutSeconds` bounds a Task."""
        state.timeout.eval(env=env)
        seconds = env.stack.pop()
        self._here.deadline = self.clock.now() + seconds if isinstance(state, StateTask) else math.inf
        frame = env.open_frame()
        frame.states.reset(input_value=frames.given(env))
        given = frames.given(frame)
        if isinstance(state, StateParallel) and state.parargs:
            given = self.evaluator.arguments(state, frame)
        frame.stack = [given, given]  # a Map takes its items of it where it has none, and then its input
        env.pending = {}
        try:
            state._eval_execution(frame)
        finally:
            env.close_frame(frame)
        env.stack.append(frame.stack.pop())
        self.evaluator.finish(state, env)

    def fail(self, state: Any, env: Any) -> None:
        failure = self.evaluator.fail(state, env)
        self._stop_if("after")
        self._tell("left")
        raise failure

    # ---- tasks

    def call(self, env: Any, normalised_parameters: dict[str, Any], **_: object) -> None:
        """A Lambda task: the function runs on its own leaf, also after its caller has ended."""
        name, payload = normalised_parameters["FunctionName"], normalised_parameters.get("Payload", b"{}")
        self._call("lambda:InvokeFunction", name)
        function = self.functions.find(name)
        answers: list[dict[str, Any]] = []
        begun = threading.Event()
        self.leaf(lambda: answers.append(function(payload, begun.set)))
        self._stop_during(begun.is_set)
        self._follow(lambda: bool(answers))
        self._stop_if("after")
        body = answers[0]["Payload"].read()
        if "FunctionError" in answers[0]:
            raise LambdaFunctionErrorException(answers[0]["FunctionError"], results.written(json.loads(body)))
        env.stack.append(results.of_invocation(answers[0], body, self.clock.now()))

    def look(self, execution: str) -> None:
        """A state is about to describe an execution by itself."""
        self._call("states:DescribeExecution", execution)

    def put(self, bus: str) -> None:
        """A state is about to put an event on a bus by itself."""
        self._call("events:PutEvents", bus)

    def remember_child(self, task: Any, env: Any) -> None:
        self._here.child = env.stack[-1].get("executionArn") or env.stack[-1].get("ExecutionArn")

    def follow_child(self, resolve: Callable[[], object]) -> object:
        """Wait for a nested execution, and stop it if the caller ends or times out ("Run a job").

        AWS does no more than its best to stop it: when its caller is stopped `during` it, it goes on to its end.
        """
        child = self.executions[self._here.child]
        self._stop_during(lambda: frames.has_begun(child))
        self.run.followed.append(self._here.child)
        try:
            self._follow(lambda: child.exec_status != ExecutionStatus.RUNNING)
        except (Abandoned, EvalTimeoutError):
            self.end(child)
            raise
        self._here.knows = True
        try:
            return resolve()
        except FailureEventException as raised:
            results.tell_nested(raised)
            raise
        finally:
            self._here.knows = False

    def _follow(self, until: Callable[[], bool]) -> None:
        if not self.wait(until, self._here.deadline - self.clock.now()):
            raise EvalTimeoutError

    def _call(self, action: str, resource: str) -> None:
        """Call the callers' listeners, except for the call that starts the run: no state makes that one."""
        env = getattr(self._here, "env", None)
        if env is not None:
            machine = _execution(env).split(":")[6]
            for each in self.callers:
                each(machine, action, resource)

    # ---- listeners

    def _tell(self, kind: str, seconds: float = 0.0) -> None:
        listeners = self.run.listeners
        if not listeners:
            return
        moment = self._moment(kind, seconds)
        for listener in listeners:
            listener(moment)

    def _moment(self, kind: str, seconds: float) -> Moment:
        state, env = self._here.state, self._here.env
        comment = state.comment.comment if state.comment else ""
        type_, index = type(state).__name__, frames.index(env)
        return Moment(kind, _execution(env), state.name, type_, comment, self.clock.now(), index, seconds)


def _unwound(run: Run, target: Callable[[], None]) -> None:
    current.set(run)
    try:
        target()
    except Abandoned:
        return


def _execution(env: Any) -> str:
    return str(env.states.context_object.context_object_data["Execution"]["Id"])
