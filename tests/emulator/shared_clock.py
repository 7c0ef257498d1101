"""The served sandbox's clock, moved by the emulator: a wait there is a jump in time here.

Beside that, time passes with the calls to the account, 0.3 s each. Branches that wait at the same time on AWS wait one
after the other here, so more time passes than would there; never less.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer

from sandbox.clock import VirtualClock


@contextmanager
def moved_by_others(clock: VirtualClock) -> Iterator[str]:
    """Yields an address that takes a line with a number of seconds, and closes when they have passed."""

    class Mover(StreamRequestHandler):
        def handle(self) -> None:
            clock.sleep(float(self.rfile.readline()))

    with ThreadingTCPServer(("127.0.0.1", 0), Mover) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield "{}:{}".format(*server.server_address)
        finally:
            server.shutdown()
