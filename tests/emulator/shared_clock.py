"""The served sandbox's clock, moved by the emulator: a wait there is a jump in time here.

Beside that, time passes with the calls to the account, 0.3 s each. Branches that wait at the same time on AWS wait one
after the other here, so more time passes than would there; never less.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Final

from sandbox.clock import VirtualClock

LONG: Final = 45.0
"""Seconds of a wait that is held while the gate is shut; a pause between retries is shorter."""


class Gate:
    """Shut, it holds whoever begins a long wait, so that an execution can be stopped there, with nothing in flight."""

    def __init__(self) -> None:
        self._open = threading.Event()
        self._open.set()

    def pass_by(self, seconds: float) -> None:
        if seconds >= LONG:
            self._open.wait()

    @contextmanager
    def shut(self) -> Iterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()


@contextmanager
def moved_by_others(clock: VirtualClock, gate: Gate) -> Iterator[str]:
    """Yields an address that takes a line with a number of seconds, and closes when they have passed."""

    class Mover(StreamRequestHandler):
        def handle(self) -> None:
            seconds = float(self.rfile.readline())
            gate.pass_by(seconds)
            clock.sleep(seconds)

    with ThreadingTCPServer(("127.0.0.1", 0), Mover) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield "{}:{}".format(*server.server_address)
        finally:
            server.shutdown()
