"""What came of an assumption: it holds, AWS differs, or it was not tried."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from private_connection_cli.problems import DENIED, Problem, code_of

NO_ANSWER: Final = {
    "ExpiredToken",
    "ExpiredTokenException",
    "InternalError",
    "InternalFailure",
    "RequestExpired",
    "RequestLimitExceeded",
    "ServiceFailure",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "Unavailable",
}
"""Codes of refusals that say nothing of what was asked: expired credentials, too many calls, AWS's trouble."""


@dataclass(frozen=True, slots=True)
class Verdict:
    state: Literal["holds", "differs", "not tried"]
    seen: str
    """What AWS did, or why it was not tried, in one line."""


def holds(seen: str) -> Verdict:
    return Verdict("holds", _line(seen))


def differs(seen: str) -> Verdict:
    return Verdict("differs", _line(seen))


def untried(why: str) -> Verdict:
    return Verdict("not tried", _line(why))


def judged(right: bool, seen: str) -> Verdict:
    return holds(seen) if right else differs(seen)


class NotTried(Exception):  # noqa: N818  it is no error
    """Raised by a check that cannot be made here; its text says why."""


def verdict_of(check: Callable[[], Verdict]) -> Verdict:
    """What the check says. A refusal that it did not expect is a difference, but for the lack of a right."""
    try:
        return check()
    except NotTried as why:
        return untried(str(why))
    except ClientError as refusal:
        told = f"{refusal.operation_name}: {told_by(refusal)}"
        if code_of(refusal) in NO_ANSWER:
            return untried(f"no answer: {told}")
        return untried(f"whoever asks may not: {told}") if code_of(refusal) in DENIED else differs(told)
    except BotoCoreError as unanswered:
        return untried(f"no answer: {unanswered}")
    except Problem as problem:
        cause = problem.__cause__
        return untried(str(problem)) if tells_nothing(cause) else differs(str(problem))
    except (LookupError, TypeError, ValueError) as odd:
        return differs(f"an answer that the check cannot read: {odd!r}")


def tells_nothing(error: BaseException | None) -> bool:
    """Whether it is a refusal for the lack of a right, or no answer to what was asked: no verdict follows from it."""
    if isinstance(error, BotoCoreError):
        return True
    return isinstance(error, ClientError) and code_of(error) in {*DENIED, *NO_ANSWER}


def told_by(refusal: ClientError) -> str:
    """The code and the message of a refusal."""
    return f"{code_of(refusal)}: {refusal.response.get('Error', {}).get('Message', '')}"


def refused(ask: Callable[[], Any], *codes: str, words: str = "") -> Verdict:
    """Whether AWS refuses it with one of these codes, and these words in its message."""
    try:
        ask()
    except ClientError as refusal:
        if tells_nothing(refusal):
            raise
        return judged(code_of(refusal) in codes and words in str(refusal), told_by(refusal))
    return differs("it was accepted")


@contextmanager
def unless(*codes: str) -> Iterator[None]:
    """Passes over a refusal with one of these codes."""
    try:
        yield
    except ClientError as refusal:
        if code_of(refusal) not in codes:
            raise


def _line(text: str) -> str:
    return " ".join(text.split())
