"""The list of moto's private names that the interpreter replaces, each with its replacement.

A test compares each original with the source that its replacement was written for, and fails when moto has changed it.
"""

import functools
import json
import uuid
from collections.abc import Callable
from datetime import UTC
from types import SimpleNamespace
from typing import Any, Final

from moto.core.exceptions import AWSError
from moto.stepfunctions.exceptions import InvalidExecutionInput, InvalidName
from moto.stepfunctions.parser import models, quotas
from moto.stepfunctions.parser.asl.component.common.assign.assign_decl import AssignDecl
from moto.stepfunctions.parser.asl.component.common.catch.catch_outcome import CatchOutcome
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import ErrorEqualsDecl
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.outputdecl import Output
from moto.stepfunctions.parser.asl.component.common.retry import jitter_strategy_decl, retrier_decl
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSecondsJSONata
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state import state as states
from moto.stepfunctions.parser.asl.component.state.choice.state_choice import StateChoice
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.items.items import ItemsArray, ItemsJSONata
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor import (
    inline_item_processor_worker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import IterationWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_map.max_concurrency import MaxConcurrencyJSONata
from moto.stepfunctions.parser.asl.component.state.exec.state_map.state_map import StateMap
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branch_worker import BranchWorker
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.branches_decl import BranchWorkerPool
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel.state_parallel import StateParallel
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_callback import (
    StateTaskServiceCallback,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_lambda import (
    StateTaskServiceLambda,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import (
    StateTaskServiceSfn,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task import StateTask
from moto.stepfunctions.parser.asl.component.state.fail.state_fail import StateFail
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.seconds import SecondsJSONata
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.eval import states as states_data
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event import event_manager
from moto.stepfunctions.parser.asl.eval.event.event_manager import EventManager
from moto.stepfunctions.parser.asl.eval.program_state import ProgramRunning
from moto.stepfunctions.parser.asl.eval.variable_store import VariableStore
from moto.stepfunctions.parser.asl.parse import preprocessor
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication as ExecutionEnd
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker

from sandbox.stepfunctions import evaluation, failures, frames, history, looks, programs, results, sdk
from sandbox.stepfunctions.definitions import check, name_problem
from sandbox.stepfunctions.failures import query_error
from sandbox.stepfunctions.interpreter import Interpreter
from sandbox.stepfunctions.patching import Seam

WORKING: Final = (ExecutionState, StateMap, StateParallel)


def seams(to: Interpreter) -> list[Seam]:
    return [*_time(to), *_states(to), *_tasks(to), *sdk.seams(to), *looks.seams(to), *_data(to), *_service(to)]


def _time(to: Interpreter) -> list[Seam]:
    """Leaves instead of moto's threads, and the virtual clock instead of its waits."""
    return [
        Seam(ExecutionWorker, "start", lambda this: to.start_execution(this)),
        Seam(ExecutionEnd, "_reflect_execution_status", _with_reason(ExecutionEnd._reflect_execution_status)),
        Seam(Program, "eval", lambda this, env: to.run_program(this, env)),
        Seam(BranchWorker, "start", lambda this: to.start_branch(this)),
        Seam(BranchWorkerPool, "wait", lambda this: to.wait(this._termination_event.is_set)),
        Seam(InlineIterationComponent, "_eval_body", lambda this, env: to.iterate(this, env)),
        Seam(
            inline_item_processor_worker.InlineItemProcessorWorker,
            "_eval_input",
            lambda this, env_frame: to.select_item(this, env_frame),
        ),
        Seam(IterationWorker, "_eval_job", _told(IterationWorker._eval_job)),
        Seam(BranchWorker, "stop", _aborted(BranchWorker.stop)),
        Seam(WaitFunction, "_wait_interval", lambda this, env, wait_seconds: to.pause(wait_seconds, "waiting")),
        Seam(Timestamp, "_get_wait_seconds", _seconds_until(to)),
        Seam(retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: to.pause(seconds, "retrying"))),
        Seam(jitter_strategy_decl, "random", to.random),
    ]


def _states(to: Interpreter) -> list[Seam]:
    return [
        Seam(states.CommonStateField, "_eval_body", lambda this, env: to.evaluate_state(this, env)),
        *(Seam(kind, "_eval_state", lambda this, env: to.work(this, env)) for kind in WORKING),
        Seam(ExecutionState, "_eval_state_output", _take_output),
        Seam(StateChoice, "_eval_state", lambda this, env: to.evaluator.choose(this, env)),
        Seam(StateChoice, "_eval_state_output", _take_choice),
        Seam(StateFail, "_eval_state", lambda this, env: to.fail(this, env)),
        Seam(ErrorEqualsDecl, "_eval_body", lambda this, env: failures.matches(this, env)),
        # a States.* error keeps its name when it leaves a branch or an iteration: moto makes States.Runtime of it
        Seam(CustomErrorName, "__init__", lambda this, error_name: ErrorName.__init__(this, error_name)),
        Seam(FailureEventException, "get_execution_failed_event_details", failures.told),
        Seam(Environment, "as_inner_frame_of", _prepared(Environment.__dict__["as_inner_frame_of"])),
        Seam(Environment, "set_error", _while_running(Environment.set_error)),
        Seam(Environment, "set_timed_out", _while_running(Environment.set_timed_out)),
    ]


def _tasks(to: Interpreter) -> list[Seam]:
    return [
        Seam(StateTaskServiceLambda, "_eval_service_task", lambda this, env, **given: to.call(env, **given)),
        Seam(lambda_eval_utils, "to_payload_type", lambda payload: json.dumps(payload).encode()),
        Seam(StateTask, "_eval_parameters", lambda this, env: to.evaluator.arguments(this, env)),
        Seam(StateTaskServiceSfn, "_eval_service_task", _then(StateTaskServiceSfn._eval_service_task, to)),
        Seam(StateTaskServiceSfn, "_normalise_parameters", _parameters(StateTaskServiceSfn._normalise_parameters)),
        Seam(state_task_service.StateTaskService, "_normalise_response", _response(to)),
        Seam(StateTaskServiceCallback, "_eval_sync", lambda this, sync_resolver, **_: to.follow_child(sync_resolver)),
    ]


def _data(to: Interpreter) -> list[Seam]:
    evaluator = to.evaluator

    def number(field: str, least: int) -> Callable[[Any, Any], int]:
        return lambda this, env: evaluator.number(this, env, field, least)

    return [
        Seam(ItemsJSONata, "_eval_body", lambda this, env: _items(evaluator, this, env)),
        Seam(ItemsArray, "_eval_body", lambda this, env: _items(evaluator, this.jsonata_template_value_array, env)),
        Seam(SecondsJSONata, "_get_wait_seconds", number("Seconds", 0)),
        Seam(TimeoutSecondsJSONata, "_eval_seconds", number("TimeoutSeconds", 1)),
        Seam(MaxConcurrencyJSONata, "_eval_max_concurrency", number("MaxConcurrency", 0)),
        Seam(AssignDecl, "_eval_body", lambda this, env: evaluator.assign(this, env)),
        Seam(Output, "_eval_body", lambda this, env: evaluator.output(this, env)),
        Seam(VariableStore, "get_assigned_variables", lambda this: evaluation.assigned_variables(this)),
        Seam(quotas, "is_within_size_quota", evaluation.within_quota),
        Seam(state_task_service, "is_within_size_quota", evaluation.within_quota),
        Seam(states_data, "copy", SimpleNamespace(deepcopy=evaluation.copy_json)),
        # a string of a definition is JSON: moto leaves the escapes of some, and parts a pair of surrogates
        Seam(preprocessor.Preprocessor, "_inner_string_of", staticmethod(_unescaped)),
        Seam(preprocessor, "from_string_literal", _unescaped),
    ]


def _service(to: Interpreter) -> list[Seam]:
    backend = models.StepFunctionsParserBackend
    return [
        Seam(backend, "_validate_definition", staticmethod(_validate)),
        Seam(backend, "start_execution", _checked(backend.start_execution, to)),
        Seam(AmazonStateLanguageParser, "parse", staticmethod(_parse)),
        Seam(ExecutionWorker, "_get_evaluation_environment", _rooted(ExecutionWorker._get_evaluation_environment)),
        Seam(EventManager, "add_event", _admitted(EventManager.add_event)),
        Seam(event_manager, "iso_8601_datetime_with_milliseconds", _written),
        # moto formats a long message for every component that a failure passes, and nobody reads it
        Seam(EvalComponent, "_log_failure_event_exception", lambda this, failure_event_exception: None),
        Seam(EvalComponent, "_log_exception", lambda this, exception: None),
    ]


# A definition is parsed and checked once in a process: its components keep no state of a run.
_parse = functools.lru_cache(maxsize=64)(programs.kept(AmazonStateLanguageParser.parse))
_problems = functools.lru_cache(maxsize=64)(check)
# Many events have the same time: it passes between them only where something takes time.
_written = functools.lru_cache(maxsize=16)(event_manager.iso_8601_datetime_with_milliseconds)


class InvalidDefinition(AWSError):  # noqa: N818  AWS's own name
    TYPE = "InvalidDefinition"
    STATUS = 400


def _validate(definition: str) -> None:
    problems = _problems(definition)
    if problems:
        raise InvalidDefinition("Invalid State Machine Definition: " + "; ".join(problems))
    _parse(definition)


def _checked(original: Callable[..., Any], to: Interpreter) -> Callable[..., Any]:
    def start_execution(this: Any, *args: Any, **kwargs: Any) -> Any:
        given = dict(zip(("state_machine_arn", "name", "execution_input", "trace_header"), args, strict=False)) | kwargs
        if given.get("name") is None:  # a name is optional (API reference, StartExecution)
            given["name"] = str(uuid.UUID(int=to.random.getrandbits(128), version=4))
        problem = name_problem(given["name"])
        if problem:
            raise InvalidName(problem)
        if len((given.get("execution_input") or "").encode()) > evaluation.LARGEST_DATA:
            raise InvalidExecutionInput("The input is larger than 262144 bytes.")
        if not _is_json(given.get("execution_input")):  # moto's own refusal has no error code
            raise InvalidExecutionInput("The provided JSON input data is not valid.")
        return original(this, **given)

    return start_execution


def _is_json(text: str | None) -> bool:
    try:
        json.loads("{}" if text is None else text)
    except (ValueError, RecursionError):
        return False
    return True


def _rooted(original: Callable[..., Any]) -> Callable[..., Any]:
    def environment(this: Any) -> Any:
        env = original(this)
        execution = env.states.context_object.context_object_data["Execution"]
        execution |= {"StartTime": evaluation.iso(execution["StartTime"]), "RedriveCount": 0}
        env.event_manager.root = env
        return frames.prepare(env)

    return environment


def _admitted(original: Callable[..., Any]) -> Callable[..., Any]:
    def add_event(this: Any, context: Any, event_type: Any, event_details: Any = None, **kwargs: Any) -> Any:
        history.admit(this, context, event_type)
        details = history.completed(context, event_type, event_details)
        return original(this, context, event_type, details, **kwargs)

    return add_event


def _take_output(this: Any, env: Any) -> None:
    """`work` has already evaluated Output, so that the state's Catch applies to it; a catcher has set its own."""
    if not isinstance(env.stack[-1], CatchOutcome):
        env.states.reset(input_value=env.stack.pop())


def _take_choice(this: Any, env: Any) -> None:
    env.next_state_name = env.stack.pop()


def _prepared(original: Any) -> Any:
    def as_inner_frame_of(cls: Any, env: Any, *args: Any, **kwargs: Any) -> Any:
        return frames.prepare(original.__func__(cls, env, *args, **kwargs), env)

    return classmethod(as_inner_frame_of)


def _told(original: Callable[..., Any]) -> Callable[..., Any]:
    """AWS tells of the state in which an iteration failed that it was aborted, after the iteration's own failure."""

    def evaluate(this: Any, env: Any, job: Any) -> None:
        original(this, env=env, job=job)
        if isinstance(job.job_output, Exception):
            history.tell_aborted(env)

    return evaluate


def _with_reason(original: Callable[..., Any]) -> Callable[..., Any]:
    """moto forgets what StopExecution was told."""

    def reflect(this: Any) -> None:
        original(this)
        results.tell_stop(this.execution)

    return reflect


def _aborted(original: Callable[..., Any]) -> Callable[..., Any]:
    def stop(this: Any, **kwargs: Any) -> None:
        history.abort(this.env)
        original(this, **kwargs)

    return stop


def _items(evaluator: evaluation.Evaluator, part: Any, env: Any) -> None:
    """A Map's items. Whatever is no list fails the state, null too (recorded: 18 machines of scenarios/
    test_base_scenarios in LocalStack's tests)."""
    items = evaluator.template(part, env, "Items")
    if not isinstance(items, list):
        text = part.string_jsonata.expression
        raise query_error(env, evaluation.unexpected(text, "Items", "array", items), "Items")
    env.stack.append(items)


def _unescaped(parser_rule_context: Any) -> Any:
    text = parser_rule_context.getText()
    return json.loads(text) if text.startswith('"') else (None if text == "null" else text)


def _while_running(original: Callable[..., Any]) -> Callable[..., Any]:
    """An execution that was stopped or timed out keeps that status, whatever its branches report afterwards."""

    def change(this: Any, *args: Any, **kwargs: Any) -> None:
        if isinstance(this._program_state, ProgramRunning):
            original(this, *args, **kwargs)

    return change


def _seconds_until(to: Interpreter) -> Callable[..., float]:
    def seconds(this: Any, env: Any) -> float:
        expression = getattr(this.string, "expression", None)
        literal = this.string.literal_value
        value = literal if expression is None else to.evaluator.value(expression, env, "Timestamp")
        moment = this._from_timestamp_string(value) if isinstance(value, str) else None
        if moment is None:
            raise query_error(env, evaluation.unexpected(expression, "Timestamp", "timestamp", value), "Timestamp")
        return max(0.0, moment.replace(tzinfo=UTC).timestamp() - to.clock.now())

    return seconds


def _then(original: Callable[..., Any], to: Interpreter) -> Callable[..., Any]:
    def start(this: Any, env: Any, **kwargs: Any) -> None:
        original(this, env, **kwargs)
        to.remember_child(this, env)

    return start


def _parameters(original: Callable[..., Any]) -> Callable[..., Any]:
    def normalise(this: Any, parameters: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        original(this, parameters, *args, **kwargs)
        results.lower_first(parameters)

    return normalise


def _response(to: Interpreter) -> Callable[..., None]:
    def normalise(this: Any, response: dict[str, Any], *_: Any, **__: Any) -> None:
        if not isinstance(this, StateTaskServiceSfn):
            return
        results.raise_first(response)
        if "Status" not in response:
            results.of_start(response, to.clock.now())

    return normalise
