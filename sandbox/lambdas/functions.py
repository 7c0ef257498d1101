"""Lambda: calls the template's handlers in the process as Lambda does, each with its own environment variables.

Sources: Lambda developer guide, "Building Lambda functions with Python" (errors, context, environment variables),
"Understanding Lambda function scaling" (an invocation that finds every environment busy starts another one), "Lambda
quotas". A function's environments share one module; layers are loaded once for all functions of an account, so a
client that a layer keeps is shared between functions, which on AWS it is not. `lending.py` loads the code.
"""

import functools
import io
import json
import os
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.authorization.enforcement import caller
from sandbox.clock import VirtualClock
from sandbox.conditions import Latency
from sandbox.deployment.template import Function, Template
from sandbox.lambdas.isolation import put
from sandbox.lambdas.lending import Load, lent
from sandbox.runs import Run, current

LARGEST_PAYLOAD: Final = 6 * 1_048_576
RUNTIME: Final = "AWS_Lambda_python3.13"

Handler = Callable[[object, "Context"], object]
Reply = dict[str, Any]


class KilledError(BaseException):
    """The function has reached its timeout. It is not an Exception, so that no handler can catch it by accident."""


@dataclass(frozen=True)
class Context:
    """The context object that a handler receives."""

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    deadline: float
    now: Callable[[], float]
    function_version: str = "$LATEST"
    identity: object = None
    client_context: object = None

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self.deadline - self.now()) * 1000))


@dataclass
class Deployed:
    """A function, its code since the first invocation, and how many of its environments are idle."""

    function: Function
    environment: Mapping[str, str]
    handler: Handler | None = None
    idle: int = 0


class Functions:
    """The functions of a template. An invocation belongs to the run that makes it, and meets that run's faults."""

    def __init__(self, template: Template, clock: VirtualClock, latency: Latency, random: Random) -> None:
        self._template = template
        self._clock = clock
        self._latency = latency
        self._random = random
        self._deployed: dict[str, Deployed] = {}
        self._entered = ExitStack()
        self._load: Load
        self.invocations: Counter[str] = Counter()
        self.gigabyte_seconds = 0.0  # as Lambda bills them, cold starts included

    def __enter__(self) -> "Functions":
        """Code is loaded from here on. `__exit__` unloads it, so that no account uses another one's clients."""
        around = self._around()
        for function in self._template.functions.values():
            self._deployed[function.name] = Deployed(function, self._environment(function, around))
        functions = [(each.function, each.environment) for each in self._deployed.values()]
        self._load = self._entered.enter_context(lent(self._template.layers, functions))
        return self

    def __exit__(self, *_: object) -> None:
        self._deployed.clear()
        self._entered.close()

    def replace(self, step: str, handler: Handler) -> None:
        """Put other code into the function of this step, to see what a machine makes of any answer or error."""
        self._of(step).handler = handler

    def put_back(self, step: str) -> None:
        """Put the function's own code into it again."""
        self._of(step).handler = None

    def _of(self, step: str) -> Deployed:
        return next(each for each in self._deployed.values() if each.function.step == step)

    def load(self) -> None:
        """Load the code of every function, as its first invocation does else."""
        for deployed in self._deployed.values():
            self._handler(deployed)

    def find(self, reference: str) -> Callable[[bytes, Callable[[], None]], Reply]:
        """The function of this name or ARN, for a call on a leaf. Raises ClientError, as boto3 does, if none exists."""
        name = reference.split(":function:")[-1].split(":")[0]
        if name not in self._deployed:
            error = {"Code": "ResourceNotFoundException", "Message": f"Function not found: {reference}"}
            answer: Any = {"Error": error, "ResponseMetadata": _METADATA}
            raise ClientError(answer, "Invoke")
        return functools.partial(self._invoke, self._deployed[name])

    def _invoke(self, deployed: Deployed, payload: bytes, begun: Callable[[], None]) -> Reply:
        """Answers as boto3's `invoke` does. The world's latencies and the handler's sleeps let time pass."""
        name, identifier = deployed.function.name, str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        run = current.get() or Run()
        self.invocations[name] += 1
        run.invocations += 1
        warm, began = deployed.idle > 0, self._clock.now()
        deployed.idle -= warm
        self._clock.sleep(self._latency.task + (0 if warm else self._latency.cold_start))
        begun()
        try:
            return self._run(deployed, run, identifier, payload)
        finally:
            deployed.idle += 1
            self.gigabyte_seconds += (self._clock.now() - began) * deployed.function.memory / 1024

    def _run(self, deployed: Deployed, run: Run, identifier: str, payload: bytes) -> Reply:
        function = deployed.function
        deadline = self._clock.now() + function.timeout
        fault = run.armed.take(function.step)
        lost = fault is not None and not fault.applied
        context = self._context(function, identifier, deadline)
        try:
            with self._clock.limited(deadline, KilledError()), self._at_home(deployed):
                if not lost:
                    answer = self._answer(deployed, payload, context)
                if fault is None:
                    return answer
                self._clock.sleep(function.timeout + 1)
        except KilledError:
            return _timed_out(identifier, function.timeout)
        raise AssertionError("a sleep past the deadline ends in KilledError")

    def _answer(self, deployed: Deployed, payload: bytes, context: Context) -> Reply:
        try:
            handler = self._handler(deployed)
        except ImportError as error:
            module = deployed.function.handler.rpartition(".")[0]
            message = f"Unable to import module '{module}': {error}"
            return _failed("Runtime.ImportModuleError", message, context.aws_request_id, [])
        return _answer(handler, payload, context)

    def _handler(self, deployed: Deployed) -> Handler:
        if deployed.handler is None:
            deployed.handler = self._load(deployed.function, deployed.environment)
        return deployed.handler

    def _context(self, function: Function, identifier: str, deadline: float) -> Context:
        return Context(
            function_name=function.name,
            invoked_function_arn=function.arn,
            aws_request_id=identifier,
            memory_limit_in_mb=str(function.memory),
            log_group_name=f"/aws/lambda/{function.name}",
            log_stream_name="sandbox",
            deadline=deadline,
            now=self._clock.now,
        )

    @contextmanager
    def _at_home(self, deployed: Deployed) -> Iterator[None]:
        """Gives the leaf the function's environment variables, whenever it continues, and the function's role."""
        entered = caller.set(deployed.function)
        try:
            with self._clock.resuming(lambda: put(deployed.environment)):
                yield
        finally:
            caller.reset(entered)

    def _around(self) -> dict[str, str]:
        """What every function has of the process's own variables."""
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "PYTHONPATH") if key in os.environ}
        return kept | {key: value for key, value in os.environ.items() if key.startswith("AWS_")}

    def _environment(self, function: Function, around: Mapping[str, str]) -> dict[str, str]:
        """Lambda's variables ("Defined runtime environment variables"), overridden by the template's."""
        own = {
            "AWS_REGION": self._template.region,
            "AWS_DEFAULT_REGION": self._template.region,
            "AWS_EXECUTION_ENV": RUNTIME,
            "AWS_LAMBDA_FUNCTION_NAME": function.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
            "LAMBDA_TASK_ROOT": str(function.code),
            "TZ": ":UTC",
        }
        return {**around, **own, **function.environment}


_METADATA: Final = {"HTTPStatusCode": 404, "RequestId": "sandbox"}


def _answer(handler: Handler, payload: bytes, context: Context) -> Reply:
    try:
        result = handler(json.loads(payload), context)
    except SystemExit as error:
        message = f"RequestId: {context.aws_request_id} Error: Runtime exited with error: exit status {error.code}"
        return _failed("Runtime.ExitError", message, context.aws_request_id, None)
    except Exception as error:  # noqa: BLE001  this is the runtime: whatever a handler raises is its error
        return _failed(
            type(error).__name__, str(error), context.aws_request_id, traceback.format_tb(error.__traceback__)
        )
    return _marshalled(result, context.aws_request_id)


def _marshalled(result: object, identifier: str) -> Reply:
    try:
        body = json.dumps(result, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        return _failed("Runtime.MarshalError", f"Unable to marshal response: {error}", identifier, [])
    if len(body) > LARGEST_PAYLOAD:
        message = f"Response payload size exceeded maximum allowed payload size ({LARGEST_PAYLOAD} bytes)."
        return _failed("Function.ResponseSizeTooLarge", message, identifier, None)
    return _reply(body, identifier)


def _failed(kind: str, message: str, identifier: str, trace: list[str] | None) -> Reply:
    body: dict[str, object] = {"errorMessage": message, "errorType": kind}
    if trace is not None:
        body |= {"requestId": identifier, "stackTrace": trace}
    text = json.dumps(body, ensure_ascii=False).encode()
    return {**_reply(text, identifier), "FunctionError": "Unhandled"}


def _reply(body: bytes, identifier: str) -> Reply:
    metadata = {"RequestId": identifier, "HTTPStatusCode": 200}
    return {
        "StatusCode": 200,
        "ExecutedVersion": "$LATEST",
        "Payload": io.BytesIO(body),
        "ResponseMetadata": metadata,
    }


def _timed_out(identifier: str, seconds: float) -> Reply:
    """A timeout has a type of its own in today's runtimes ("Handling errors in Step Functions workflows")."""
    message = f"RequestId: {identifier} Error: Task timed out after {seconds:.2f} seconds"
    return _failed("Sandbox.Timedout", message, identifier, None)
