"""Rules over the error names in a definition: each one exists, and exactly those are retried that a retry may mend.

A class's name is its Step Functions error name, so private_connection.errors is the list of ours. The platform's names
are those of the Step Functions Developer Guide, "Handling errors in Step Functions workflows", and its best practices
for transient Lambda service exceptions.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from private_connection import errors
from tools.definitions.reading import State, all_states, function_of, looks_at_execution

TRANSIENT = frozenset(
    {
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ServiceException",
        "Lambda.TooManyRequestsException",
        "Lambda.ClientExecutionTimeoutException",
        "Lambda.Unknown",
        "Runtime.ExitError",
        "Sandbox.Timedout",
        "States.Timeout",
    }
)
"""What a function's service, or its end by time, may raise. All are retried: every step can be run again."""
NESTED = frozenset({"StepFunctions.AWSStepFunctionsException", "StepFunctions.SdkClientException"})
LOOKED = frozenset({"States.TaskFailed", "States.Timeout"})
"""Whatever a look at an execution raises."""
CAUGHT = frozenset({"States.ALL", "StepFunctions.ExecutionAlreadyExistsException"})


def names_below(kind: type[errors.StepError]) -> frozenset[str]:
    below = [names_below(each) | {each.__name__} for each in kind.__subclasses__()]
    return frozenset().union(*below)


RETRYABLE, TERMINAL = names_below(errors.Retryable), names_below(errors.Terminal)
KNOWN = RETRYABLE | TERMINAL | TRANSIENT | NESTED | LOOKED | CAUGHT


def foreign_names(machine: State) -> Iterator[str]:
    """Names in ErrorEquals that nothing raises."""
    for name, state in all_states(machine):
        for each in [*state.get("Retry", []), *state.get("Catch", [])]:
            yield from (f"{name}: nothing raises {error}" for error in each["ErrorEquals"] if error not in KNOWN)


def wrong_retries(machine: State) -> Iterator[str]:
    """A Task that calls a function retries every error that a retry may mend, with backoff and jitter."""
    for name, state in all_states(machine):
        if state["Type"] != "Task":
            continue
        retried = {error for each in state.get("Retry", []) for error in each["ErrorEquals"]}
        wanted = RETRYABLE | TRANSIENT if function_of(state) else LOOKED if looks_at_execution(state) else NESTED
        yield from (f"{name}: does not retry {error}" for error in sorted(wanted - retried))
        yield from (f"{name}: retries {error}, which waiting does not mend" for error in sorted(retried - wanted))
        for retrier in state.get("Retry", []):
            if retrier.get("BackoffRate", 2) <= 1 or retrier.get("JitterStrategy") != "FULL":
                yield f"{name}: retries without backoff or without jitter"


def unknown_constants(machine: State) -> Iterator[str]:
    """Error names that a definition makes up itself: in Fail states, outputs and variables."""
    for name, state in all_states(machine):
        own = {key: value for key, value in state.items() if key not in ("Branches", "ItemProcessor")}
        for error in _constants(own):
            if error not in RETRYABLE | TERMINAL:
                yield f"{name}: {error} is no error of ours"


def _constants(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key.lower() == "error" and isinstance(each, str) and not each.startswith("{%"):
                yield each
            yield from _constants(each)
    elif isinstance(value, list):
        for each in value:
            yield from _constants(each)
