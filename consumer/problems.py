"""What ends a connecting: one sentence, with the code that AWS gave."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError


class NotConnectedError(Exception):
    """The other side cannot be reached with this hand-off. `code` is AWS's, or None where AWS refused nothing."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class NoHandoffError(NotConnectedError):
    """What was given is not the output of a run that made a connection."""


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Raises NotConnectedError, which says what was being done, for whatever AWS refuses meanwhile."""
    try:
        yield
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        raise NotConnectedError(f"{what}: {message} [{code}]", code) from error
    except BotoCoreError as error:
        raise NotConnectedError(f"{what}: {error}") from error
