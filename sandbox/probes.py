"""Whether an account's cache nodes answer, asked of the real servers that stand for them.

    with Account(world, answers=Probes({"172.31.0.5": ("127.4.8.1", 6379)}.get)) as account:

A health check over TCP opens a connection, and has passed when that is open (Network Load Balancers guide, "Health
checks for your target groups"). So does a probe here, at the start of a step and whenever somebody looks at a target's
health. The account's time stands still meanwhile: a node has begun or ceased to answer when it was asked.
"""

import socket
import threading
from collections.abc import Callable

Place = tuple[str, int]
PATIENCE = 2.0
"""Seconds that a connection may take, by real time: what takes none is on this machine."""


class Probes:
    """`where` says which host and port stand for a node's address; None if nothing does.

    It is called in a thread of its own, where time is real: it may start a server and wait until that answers.
    """

    def __init__(self, where: Callable[[str], Place | None]) -> None:
        self._where = where

    def __call__(self, address: str) -> bool:
        """Whether somebody takes a connection. Raises what `where` raises."""
        found: list[bool] = []
        failed: list[BaseException] = []

        def ask() -> None:
            try:
                found.append(_opens(self._where(address)))
            except BaseException as error:  # noqa: BLE001  it is raised again where somebody sees it
                failed.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        asking.join()
        if failed:
            raise failed[0]
        return found[0]


def _opens(place: Place | None) -> bool:
    if place is None:
        return False
    try:
        socket.create_connection(place, PATIENCE).close()
    except OSError:
        return False
    return True
