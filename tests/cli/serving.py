"""A served sandbox for the tests of a module, in a fork of this process, and the command line that works with it.

What `private-connection list --sandbox` starts is a process of its own (test_sandboxes). That spends four seconds on
imports and on parsing the definitions, which this process has done already.
"""

import contextlib
import io
import os
import signal
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from unittest import mock

import pytest
from botocore.session import Session

from private_connection_cli.commands import main
from private_connection_cli.deployment import STACK
from sandbox.conditions import Latency
from sandbox.serve import serve
from sandbox.wire.clients import MODELS
from sandbox.world import World
from tests.before_forks import warmed

CHECKOUT = Path(__file__).resolve().parents[2]
FAST = 10_000.0
"""A run takes what is computed for it: whoever watches sees its end at the second look."""
LATE = Latency(execution_seen=200, execution_result=500)
"""A command that starts a run comes too early with its first look, and when it has ended with its last."""


@dataclass(frozen=True)
class Served:
    pid: int
    variables: dict[str, str]
    """The environment in which AWS is this sandbox."""

    @contextlib.contextmanager
    def environment(self) -> Iterator[None]:
        """This process has it meanwhile, and its sessions find the models of services that it has read already."""
        with (
            mock.patch.dict(os.environ, self.variables, clear=True),
            mock.patch.object(Session, "_register_data_loader", _share_models),
        ):
            yield

    def called(self, *arguments: str, code: int = 0) -> tuple[str, str]:
        """What a command writes to standard output and to standard error: most of a short one would be its start."""
        out, err = io.StringIO(), io.StringIO()
        with (
            self.environment(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            pytest.raises(SystemExit) as ended,
        ):
            main(list(arguments))
        assert int(ended.value.code or 0) == code, err.getvalue()
        return out.getvalue(), err.getvalue()

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """The sandbox does nothing, and answers nobody."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


@contextlib.contextmanager
def serving(time_scale: float = FAST, **parameters: str) -> Iterator[Served]:
    """A sandbox in which the template is deployed, with these parameters; it is interrupted at the end of the block."""
    warmed()
    context = get_context("fork")
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(far, time_scale, parameters), daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # other threads of this process only wait
        process.start()
    far.close()
    own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    assert process.pid is not None
    try:
        yield Served(process.pid, {**own, **_told(near), "PYTHONPATH": f"{CHECKOUT / 'cli'}:{CHECKOUT}"})
    finally:
        os.kill(process.pid, signal.SIGINT)
        process.join()
        assert process.exitcode == 0


def _share_models(session: Session) -> None:
    session.register_component("data_loader", MODELS)


def _serve(far: Connection, time_scale: float, parameters: Mapping[str, str]) -> None:
    with contextlib.redirect_stdout(_Sending(far)):
        serve(World(latency=LATE), 0, time_scale, 0, stack=STACK, parameters=parameters)


class _Sending(io.StringIO):
    """Sends what has been written when it is flushed."""

    def __init__(self, far: Connection) -> None:
        super().__init__()
        self._far = far

    def flush(self) -> None:
        self._far.send(self.getvalue())


def _told(near: Connection) -> dict[str, str]:
    """The variables that a sandbox names when it is there."""
    exports = [line.split()[1:] for line in near.recv().splitlines() if line.startswith("export ")]
    return dict(each.split("=", 1) for line in exports for each in line)
