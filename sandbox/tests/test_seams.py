"""Every private name of moto and botocore that is replaced is still the one that its replacement was written for."""

import hashlib
import inspect
from random import Random
from typing import Any

import pytest

from sandbox import wire
from sandbox.clock import VirtualClock
from sandbox.services import dynamodb, remembered
from sandbox.stepfunctions.interpreter import Interpreter
from sandbox.stepfunctions.patching import Seam, patched
from sandbox.stepfunctions.seams import seams
from sandbox.tests.engine_stage import SmallFunctions

# by class or module, and name: the digest of the source that the replacement was written for
WRITTEN_FOR: dict[str, str] = {
    "AccountSpecificBackend._generate_regions": "6f339e32d8fa",
    "AmazonStateLanguageParser.parse": "a59a7d18760f",
    "AssignDecl._eval_body": "652b8326e85d",
    "BaseClient._make_request": "15e9c21fe63e",
    "BaseExecutionWorkerCommunication._reflect_execution_status": "038a396107af",
    "BotocoreStubber.__call__": "6cbb7bf98afe",
    "BranchWorker.start": "30f9035b0a7b",
    "BranchWorker.stop": "701c66a7086b",
    "BranchWorkerPool.wait": "c9eec2af91e2",
    "ClientCreator._create_client_class": "3d1b7c1cafde",
    "ClientCreator._load_service_model": "6d785815097c",
    "CommonStateField._eval_body": "035f80caae12",
    "CustomErrorName.__init__": "2814dc26f7ae",
    "Endpoint.create_request": "3896032f73c0",
    "EndpointRulesetResolver.construct_endpoint": "fea12b203344",
    "Environment.as_inner_frame_of": "eb77183cac4a",
    "Environment.set_error": "6447409d4056",
    "Environment.set_timed_out": "853b04bf9e6a",
    "ErrorEqualsDecl._eval_body": "aeda14a0cc01",
    "EvalComponent._log_exception": "2125c07bc2ee",
    "EvalComponent._log_failure_event_exception": "7d7aa73b14ee",
    "EventAliaser.__init__": "5f62fa244cd5",
    "EventManager.add_event": "cb430fa2e3fe",
    "ExecutionState._eval_state": "88a5f8e4c72b",
    "ExecutionState._eval_state_output": "8319eaf73095",
    "ExecutionWorker._get_evaluation_environment": "ce8421b71dab",
    "ExecutionWorker.start": "0b502dd3a4e5",
    "ExpressionPathResolver.resolve_expression_path_nodes": "d957a599a08a",
    "FailureEventException.get_execution_failed_event_details": "cc932b747488",
    "FuncBetween.expr": "cf2f51bcefa9",
    "FuncIn.expr": "ca7a6caac56f",
    "InlineItemProcessorWorker._eval_input": "c8a62d1f4864",
    "InlineIterationComponent._eval_body": "1a65306eb3ca",
    "ItemsArray._eval_body": "60fe278c3096",
    "ItemsJSONata._eval_body": "93bc9f345e93",
    "IterationWorker._eval_job": "5f736d9451fe",
    "LimitedSizeDict.__setitem__": "d979580fdbe1",
    "MaxConcurrencyJSONata._eval_max_concurrency": "8d806296e2ad",
    "MockAWS._enable_patching": "68bca5576a32",
    "OpEqual.expr": "055f341a693c",
    "OpGreaterThan.expr": "d468257ea759",
    "OpGreaterThanOrEqual.expr": "6545d9825a07",
    "OpLessThan.expr": "2fffc621dcad",
    "OpLessThanOrEqual.expr": "0f48b81ff7c0",
    "OpNotEqual.expr": "963c3982d87d",
    "Output._eval_body": "d524ce38d6a9",
    "Preprocessor._inner_string_of": "d9f476327b5b",
    "Program.eval": "6d701880064a",
    "ResponseParserFactory.create_parser": "d680c348280e",
    "SecondsJSONata._get_wait_seconds": "4676db2c0c05",
    "Session._register_data_loader": "217146aba7ce",
    "StateChoice._eval_state": "47c01743c893",
    "StateChoice._eval_state_output": "ab3b90209aa7",
    "StateFail._eval_state": "cf3ecff8738e",
    "StateMap._eval_state": "bc5ea7fa3b82",
    "StateParallel._eval_state": "1d86cbe57c76",
    "StateTask._eval_parameters": "f98779b805f9",
    "StateTaskService._normalise_parameters": "dece59e76fd5",
    "StateTaskService._normalise_response": "00e0b0a50b1d",
    "StateTaskServiceAwsSdk._eval_service_task": "e68dc9e06e6a",
    "StateTaskServiceCallback._eval_sync": "b8f76de4d514",
    "StateTaskServiceEvents._eval_service_task": "d2564ff252c4",
    "StateTaskServiceLambda._eval_service_task": "4a98c28eba36",
    "StateTaskServiceSfn._eval_service_task": "dc94f9e92201",
    "StateTaskServiceSfn._normalise_parameters": "d75d3da19aad",
    "StepFunctionResponse.describe_execution": "c3953bdc9ce2",
    "StepFunctionResponse.describe_state_machine_for_execution": "6ea2c887b4ce",
    "StepFunctionResponse.get_execution_history": "3889cc6224ac",
    "StepFunctionResponse.list_executions": "6fec14cfc5af",
    "StepFunctionResponse.stop_execution": "633c8a544aac",
    "StepFunctionsParserBackend._validate_definition": "a5921e3d3b46",
    "StepFunctionsParserBackend.start_execution": "0f8d9dd57baf",
    "Table.scan": "5ef1ab21eef0",
    "TimeoutSecondsJSONata._eval_seconds": "52c78ceca25c",
    "Timestamp._get_wait_seconds": "611d040940ad",
    "UserAgentString.to_string": "50d24364f32a",
    "VariableStore.get_assigned_variables": "accd1b2a7446",
    "WaitFunction._wait_interval": "8f954dee8037",
    "errors.ErrorLookupFactory": "c451f818622d",
    "event_manager.iso_8601_datetime_with_milliseconds": "36456d019977",
    "hooks.accepts_kwargs": "e51fc28d6963",
    "jitter_strategy_decl.random": "a441b15fe9a3",
    "lambda_eval_utils.to_payload_type": "2fbcd420cd61",
    "preprocessor.from_string_literal": "516a21a5607f",
    "quotas.is_within_size_quota": "744cc11a3a37",
    "responses.camelcase_to_underscores": "084cdc5bab92",
    "responses.gen_amzn_requestid_long": "e651941c2107",
    "responses.method_names_from_class": "9dbac89d082b",
    "retrier_decl.time": "336074805fc8",
    "state_task_service.is_within_size_quota": "744cc11a3a37",
    "states.copy": "6f5a6034e770",
    "utils.create_loader": "b94f7ea2b2fa",
}


def originals() -> list[Seam]:
    clock = VirtualClock()
    engine = seams(Interpreter(clock, SmallFunctions(clock), Random(1)))
    return [*engine, *wire.seams(), *remembered.seams(), *dynamodb.seams()]


def short(seam: Seam) -> str:
    return f"{seam.owner.__name__.rpartition('.')[2]}.{seam.name}"


def digest(seam: Seam) -> str:
    """Of the source that stands there, or of the name of a module that does."""
    original: Any = getattr(seam.original, "__func__", seam.original)
    text = original.__name__ if inspect.ismodule(original) else inspect.getsource(original)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def test_each_seam_is_what_its_replacement_was_written_for() -> None:
    assert {short(seam): digest(seam) for seam in originals()} == WRITTEN_FOR, (
        "moto or botocore has changed: compare each of these with its replacement, then write its new digest"
    )


def test_a_seam_that_is_not_there_stops_everything() -> None:
    with pytest.raises(KeyError, match="_gone"), patched([Seam(VirtualClock, "_gone", None)]):
        pytest.fail("patched what does not exist")


def test_leaving_puts_every_original_back() -> None:
    before = [seam.original for seam in originals()]
    with patched(originals()):
        assert [seam.original for seam in originals()] != before
    assert [seam.original for seam in originals()] == before
