"""The one Retry of every Task that calls a function, those of Tasks that start or describe an execution, and the rule.

ASL has no way to write a Retry once: each Task carries its own copy. The formatter sets a copy on one line, however
long, so that a reader sees the state and not its Retry; the rule keeps the copies equal, so that reading one is enough.

What waiting mends is tried again for a minute or two. A function that ran out of time, or crashed, has cost a minute
already, and mostly does the same again: it is tried twice more. A look at an execution changes nothing, and what it may
raise has names that AWS does not list: it is tried again whatever it raises.
"""

from collections.abc import Iterator
from typing import Any

from tools.definitions.reading import State, all_states, function_of, looks_at_execution, starts_execution

_PAUSES = {"IntervalSeconds": 2, "BackoffRate": 2}
_LIMITS = {"MaxDelaySeconds": 30, "JitterStrategy": "FULL"}

OF_FUNCTIONS: list[dict[str, Any]] = [
    {
        "ErrorEquals": [
            "NotYetConsistent",
            "Throttled",
            "ServiceFault",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.ClientExecutionTimeoutException",
            "Lambda.TooManyRequestsException",
        ],
        **_PAUSES,
        "MaxAttempts": 8,
        **_LIMITS,
    },
    {
        "ErrorEquals": ["Lambda.Unknown", "Runtime.ExitError", "Sandbox.Timedout", "States.Timeout"],
        **_PAUSES,
        "MaxAttempts": 2,
        **_LIMITS,
    },
]
OF_STARTS: list[dict[str, Any]] = [
    {
        "ErrorEquals": [
            "StepFunctions.AWSStepFunctionsException",
            "StepFunctions.SdkClientException",
        ],
        **_PAUSES,
        "MaxAttempts": 6,
        **_LIMITS,
    }
]
OF_LOOKS: list[dict[str, Any]] = [
    {"ErrorEquals": ["States.TaskFailed", "States.Timeout"], **_PAUSES, "MaxAttempts": 6, **_LIMITS}
]


def is_the_houses(retry: object) -> bool:
    return retry in (OF_FUNCTIONS, OF_STARTS, OF_LOOKS)


def differing_retries(machine: State) -> Iterator[str]:
    """A Task that calls a function, starts an execution or looks at one retries as all others of its kind do."""
    for name, state in all_states(machine):
        if function_of(state) and state.get("Retry") != OF_FUNCTIONS:
            yield f"{name}: its Retry is not the one of all Tasks that call a function"
        if starts_execution(state) and state.get("Retry") != OF_STARTS:
            yield f"{name}: its Retry is not the one of all Tasks that start an execution"
        if looks_at_execution(state) and state.get("Retry") != OF_LOOKS:
            yield f"{name}: its Retry is not the one of all Tasks that look at an execution"
