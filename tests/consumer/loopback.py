"""Addresses of this machine that stand for addresses in VPCs.

On Linux all of 127.0.0.0/8 leads to the machine itself without being set up. An address is drawn and taken by listening
on it, so that neither another test nor whatever else runs here has it too.
"""

import errno
import socket
import time
from collections.abc import Callable
from random import SystemRandom
from typing import Final

DRAWN: Final = SystemRandom()
"""An open account seeds the ordinary random numbers, each with the same seed."""
PORTS: Final = range(10_000, 32_000)
"""Below those that Linux gives to connections (ip_local_port_range)."""
PATIENCE: Final = 60.0
"""Seconds, long enough for a machine that does much else."""


def free_port() -> int:
    """A port on which nobody listens at any address."""
    while True:
        port = DRAWN.choice(PORTS)
        found = listening("0.0.0.0", port)
        if found is not None:
            found.close()
            return port


def taken(port: int) -> socket.socket:
    """A socket that listens at an address of its own."""
    while True:
        found = listening(".".join(["127", *(str(DRAWN.randrange(1, 255)) for _ in range(3))]), port)
        if found is not None:
            return found


def listening(address: str, port: int) -> socket.socket | None:
    """A socket that listens there; None if somebody else does."""
    try:
        return socket.create_server((address, port), backlog=128)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        return None


def awaited(what: str, condition: Callable[[], bool]) -> None:
    """Return when the condition holds. Raises TimeoutError if it never does."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError(f"waited {PATIENCE:.0f} seconds until {what}")
        time.sleep(0.02)
