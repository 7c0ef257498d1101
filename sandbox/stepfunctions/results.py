"""What Step Functions makes of an integration's answer: the metadata that it adds, and the words of a nested failure.

Sources: developer guide, "Invoke an AWS Lambda function with Step Functions" (a result with all its headers); histories
that LocalStack recorded on AWS (localstack/localstack, tests/aws/services/stepfunctions/v2: services/
test_lambda_task_service, services/test_sfn_task_service, callback/test_callback for a nested execution that fails).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from typing import Any, Final

from moto.stepfunctions.parser.asl.eval.program_state import ProgramStopped

from sandbox.stepfunctions import redrives
from sandbox.stepfunctions.expressions import Fixed

written: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
NO_IDENTIFIER: Final = "00000000-0000-4000-8000-000000000000"


def milliseconds(moment: datetime) -> int:
    """As events and states tell a moment: since the epoch."""
    return round(moment.timestamp() * 1000)


def of_invocation(reply: Mapping[str, Any], body: bytes, at: float) -> dict[str, Any]:
    """A Lambda task's result. With the headers it is about a thousand bytes larger than what the function returned."""
    identifier = reply.get("ResponseMetadata", {}).get("RequestId", NO_IDENTIFIER)
    trace = f"root=1-{int(at):08x}-{identifier.replace('-', '')[:24]};parent={identifier[:8]}{identifier[9:13]}"
    headers = {
        "Connection": "keep-alive",
        "Content-Length": str(len(body)),
        "Content-Type": "application/json",
        "Date": formatdate(at, usegmt=True),
        "X-Amz-Executed-Version": "$LATEST",
        "x-amzn-Remapped-Content-Length": "0",
        "x-amzn-RequestId": identifier,
        "X-Amzn-Trace-Id": f"{trace}0000;sampled=1;lineage=1:{identifier[:8]}:0",
    }
    version, payload = reply.get("ExecutedVersion", "$LATEST"), json.loads(body)
    return {"ExecutedVersion": version, "Payload": payload, **_metadata(headers, identifier), "StatusCode": 200}


def of_start(started: dict[str, Any], at: float) -> None:
    """Adds to the result of starting an execution what AWS adds to it."""
    headers = {
        "connection": "keep-alive",
        "Content-Length": str(len(json.dumps(started))),
        "Content-Type": "application/x-amz-json-1.0",
        "Date": formatdate(at, usegmt=True),
        "x-amzn-RequestId": NO_IDENTIFIER,
    }
    started |= _metadata(headers, NO_IDENTIFIER)


def _metadata(headers: Mapping[str, str], identifier: str) -> dict[str, Any]:
    every = {name: [value] for name, value in headers.items()}
    http = Fixed({"AllHttpHeaders": every, "HttpHeaders": dict(headers), "HttpStatusCode": 200})
    return {"SdkHttpMetadata": http, "SdkResponseMetadata": {"RequestId": identifier}}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody stops an execution, as far as StopExecution was told."""

    error: str | None = None
    cause: str | None = None


UNTOLD: Final = Reason()


def tell_stop(execution: Any) -> None:
    """An execution that was stopped has the error and the cause of the call (API reference, StopExecution)."""
    state = execution.exec_worker.env.program_state()
    if isinstance(state, ProgramStopped):
        execution.error, execution.cause = state.error, state.cause


def description(execution: Any, ended: bool, result: bool) -> dict[str, Any]:
    """What DescribeExecution answers (recorded: timeouts/test_timeouts, an execution that timed out, without error), of
    one that is seen to have ended or not, and its result or not."""
    status = execution.status if ended else "RUNNING"
    redrive = "NOT_REDRIVABLE" if status in ("RUNNING", "SUCCEEDED") else "REDRIVABLE"
    output = {"output": written(execution.output), "outputDetails": {"included": True}}
    told = {"error": execution.error, "cause": execution.cause} if ended and result else {}
    return {
        "executionArn": execution.execution_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status,
        "startDate": execution.start_date,
        **({"stopDate": execution.stop_date} if ended else {}),
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        **(output if status == "SUCCEEDED" and result else {}),
        **{key: value for key, value in told.items() if value is not None},
        "redriveCount": redrives.count(execution),
        **({"redriveDate": redrives.last(execution)} if redrives.count(execution) else {}),
        "redriveStatus": redrive,
    }


def raise_first(response: dict[str, Any]) -> None:
    """An answer of Step Functions itself as a state has it: keys with a capital letter, times in milliseconds; of a
    redrive nothing is recorded in it."""
    for key in list(response):
        value = response.pop(key)
        if key.startswith("redrive"):
            continue
        if key in ("inputDetails", "outputDetails"):
            raise_first(value)
        moment = milliseconds(value) if isinstance(value, datetime) else value
        response[key[0].upper() + key[1:]] = moment


def lower_first(parameters: dict[str, Any]) -> None:
    """boto3's parameters of Step Functions begin with a small letter; moto passes them as the definition has them."""
    for key in list(parameters):
        parameters[key[0].lower() + key[1:]] = parameters.pop(key)


def tell_nested(raised: Any) -> None:
    """The cause of a nested execution that failed: its description without spaces, its members in order, so that its
    own Cause and Error come first and a cause that is cut off still has them."""
    details = raised.failure_event.event_details["taskFailedEventDetails"]
    cause = json.loads(details["cause"])
    details["cause"] = json.dumps(cause, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
