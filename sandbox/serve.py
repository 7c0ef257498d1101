"""The sandbox's services over HTTP on localhost, for the AWS CLI and for functions that run in another emulator.

The corrections and the gateway are the same as in the process; the clock runs faster than real time. Step Functions and
Lambda are moto's own, without corrections.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator

from moto.server import ThreadedMotoServer

from sandbox import services
from sandbox.clock import Clock, ScaledClock
from sandbox.gateway import Gateway
from sandbox.world import World, lay

HOST = "127.0.0.1"


@contextlib.contextmanager
def served(
    world: World, port: int = 0, time_scale: float = 60.0, seed: int = 0, clock: Clock | None = None
) -> Iterator[str]:
    """Serve a world; yields the address. Port 0 takes a free port. The caller moves a clock that it gives."""
    conditions = world.conditions(clock or ScaledClock(time_scale), seed)
    with services.install(conditions), Gateway(conditions):
        lay(world, conditions)
        server = ThreadedMotoServer(ip_address=HOST, port=port, verbose=False)
        server.start()
        try:
            host, bound = server.get_host_and_port()
            yield f"http://{host}:{bound}"
        finally:
            server.stop()


def serve(world: World, port: int, time_scale: float, seed: int) -> None:
    """Serve until interrupted or terminated."""
    over = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: over.set())
    with served(world, port, time_scale, seed) as address:
        print(f"{address}, {time_scale:g} seconds to each real one", flush=True)  # noqa: T201  what a user waits for
        over.wait()
