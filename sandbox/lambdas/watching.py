"""What modules do while they are imported, besides making what they hold.

An import makes hundreds of thousands of calls, of which few are of any interest: the others are passed over at once.
"""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Final

ENVIRONMENT: Final = type(os.environ)
ASKING: Final = ("urandom", "getpid", "now", "utcnow", "today")
ASKING_MODULES: Final = ("time", "_uuid")
"""What is written in C and answers one import otherwise than another."""
OPENING: Final = (("io", "open"), ("_io", "open"))  # to read and write code, Python has another one
ACTING: Final = ("print", "input", "fork", "start_new_thread", "start_joinable_thread")
ACTING_MODULES: Final = ("_socket", "_posixsubprocess")
PASSED_OVER: Final = frozenset(
    {
        *("all", "any", "callable", "getattr", "hasattr", "isinstance", "issubclass", "len", "next", "setattr"),
        *("add", "append", "copy", "endswith", "get", "items", "join", "keys", "match", "pop", "rpartition", "rstrip"),
        *("startswith", "update", "values"),
    }
)
"""Nine in ten calls of what is written in C: nothing that asks or acts has one of these names."""
SANDBOX: Final = "sandbox."
LOADING: Final = "sandbox.lambdas."
LOOKED_AT: Final = (SANDBOX, os.__name__)
"""How the names of modules begin whose functions may ask or act."""


class DoesMoreError(BaseException):
    """A module does what should not be done once more. It is no Exception, so that no module catches it."""


@dataclass
class Seen:
    """What modules have asked for: environment variables, each with its value then, and what else."""

    variables: dict[str, str | None] = field(default_factory=dict)
    more: list[str] = field(default_factory=list)


@contextmanager
def watched() -> Iterator[Seen]:
    """Yields what is seen while entered: who asks for the time, say, or opens a file.

    DoesMoreError rises in what draws at random, prints, starts something, connects, or asks the sandbox, which lets
    time pass and carries requests out.
    """
    seen = Seen()

    def watch(frame: FrameType, event: str, arg: Any) -> None:
        if event == "c_call":
            if arg.__name__ not in PASSED_OVER:
                _called_c(arg, seen)
        elif event == "call" and frame.f_globals.get("__name__", "").startswith(LOOKED_AT):
            _called(frame, seen)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def _called_c(function: Any, seen: Seen) -> None:
    name, module = function.__name__, function.__module__
    if name in ACTING or module in ACTING_MODULES or isinstance(getattr(function, "__self__", None), random.Random):
        raise DoesMoreError(f"{module}.{name}")
    if name in ASKING or module in ASKING_MODULES or (module, name) in OPENING:
        seen.more.append(f"{module}.{name}")


def _called(frame: FrameType, seen: Seen) -> None:
    module, name = frame.f_globals.get("__name__", ""), frame.f_code.co_name
    if module.startswith(SANDBOX) and not module.startswith(LOADING):
        raise DoesMoreError(f"{module}.{name}")
    if module == os.__name__ and isinstance(frame.f_locals.get("self"), ENVIRONMENT):
        if name == "__getitem__":
            variable = frame.f_locals["key"]
            seen.variables[variable] = os.environ.get(variable)
        else:
            seen.more.append(f"os.environ.{name}")
