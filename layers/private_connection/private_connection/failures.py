"""The step Explain failure: reduces what a run caught to one error name and one sentence.

Step Functions catches an error as a name and a cause. For a function's exception the cause is Lambda's JSON with the
message and a stack trace; for a time-out or a crash it is any text (Step Functions Developer Guide, "Handling errors").
"""

import json
import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from private_connection import errors
from private_connection.contracts import Contract
from private_connection.errors import RollbackIncomplete, StepError, StepTimedOut

CAUSE_LIMIT = 31_900
"""Characters, below the 32,768 that a cause may have (API reference, FailState)."""
NESTED_FAILED = "States.TaskFailed"
"""What a state catches whose nested execution failed; all of these are teardowns of what a dead run had made."""
CUT_JSON = re.compile(r'\s*{\s*"errorMessage"\s*:\s*"((?:[^"\\]|\\u[0-9a-fA-F]{4}|\\[^u])*)')
"""The message in Lambda's JSON, of which an iteration of a Map keeps the first 1,000 characters."""


class Failure(Contract):
    """A caught error as Step Functions passes it: ``$states.errorOutput``."""

    error: Annotated[str, Field(alias="Error")]
    cause: Annotated[str, Field(alias="Cause")] = ""


class ExplainFailure(Contract):
    failures: Annotated[tuple[Failure, ...], Field(min_length=1)]


class ExplainedFailure(Contract):
    error: str
    cause: str


def explain_failure(request: ExplainFailure) -> ExplainedFailure:
    """Picks the first failure that is not `Retryable`, else the first one; its cause also counts and quotes the others.

    An error that is not a `StepError` (a function's time-out, a crash) becomes `StepTimedOut`, and the cause names it.
    """
    explained = [_explained(failure) for failure in request.failures]
    terminal = (each for each in explained if each.error not in _names_below(errors.Retryable))
    first = next(terminal, explained[0])
    distinct = list(dict.fromkeys(each.cause for each in explained if each.cause != first.cause))
    more = f" (and {len(distinct)} more: {' | '.join(distinct[:5])})" if distinct else ""
    return ExplainedFailure(error=first.error, cause=(first.cause + more)[:CAUSE_LIMIT])


def _explained(failure: Failure) -> ExplainedFailure:
    if failure.error == NESTED_FAILED:
        cause = f"finishing a dead run: {_nested(failure.cause)}"
        return ExplainedFailure(error=RollbackIncomplete.__name__, cause=cause)
    message = _message(failure.cause)
    if failure.error in _names_below(StepError):
        return ExplainedFailure(error=failure.error, cause=message)
    return ExplainedFailure(error=StepTimedOut.__name__, cause=f"running a step: {failure.error}: {message}")


def _nested(cause: str) -> str:
    """Error and cause of a nested execution, of the description of it that Step Functions gives as the cause."""
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    if not isinstance(document, dict):
        return cause
    told = [document[key] for key in ("Error", "Cause") if document.get(key)]
    return ": ".join(told) if told else f"it ended as {document.get('Status')}"


def _message(cause: str) -> str:
    try:
        document = json.loads(cause)
    except ValueError:
        cut = CUT_JSON.match(cause)
        return _unescaped(cut[1]) if cut else cause
    return str(document.get("errorMessage", cause)) if isinstance(document, dict) else cause


def _unescaped(text: str) -> str:
    """The text that JSON writes so, without the half of a character at which it may have been cut."""
    return str(json.loads(f'"{text}"', strict=False)).encode(errors="ignore").decode()


def _names_below(kind: type[StepError]) -> frozenset[str]:
    return frozenset(each.__name__ for each in _below(kind))


def _below(kind: type[StepError]) -> Iterator[type[StepError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)
