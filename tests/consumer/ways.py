"""The ways in which a process may get to another address, or ask for a name, than its map says.

`python -m tests.consumer.ways`, with `{"host", "port", "guarded"}` as its input, tries them all, and prints for each
whether it succeeded (null) or what stopped it. A way that reaches the place sends its own name there.
"""

import _socket
import asyncio
import ctypes
import importlib
import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.consumer.guard import Guard

Place = tuple[str, int]
BEFORE: Final = ThreadPoolExecutor(1)
AGAIN: Final = "import socket; socket.create_connection(({!r}, {})).sendall({!r})"
"""A program that does the same in another process, or in another interpreter of this one."""


def connect(place: Place, name: bytes) -> None:
    with socket.socket() as made:
        made.connect(place)
        made.sendall(name)


def connect_ex(place: Place, name: bytes) -> None:
    with socket.socket() as made:
        assert made.connect_ex(place) == 0
        made.sendall(name)


def connect_in_c(place: Place, name: bytes) -> None:
    made = _socket.socket()
    made.connect(place)
    made.sendall(name)
    made.close()


def in_another_thread(place: Place, name: bytes) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(connect, place, name).result()


def in_a_thread_from_before(place: Place, name: bytes) -> None:
    BEFORE.submit(connect, place, name).result()


def by_asyncio(place: Place, name: bytes) -> None:
    async def act() -> None:
        _, writer = await asyncio.open_connection(*place)
        writer.write(name)
        await writer.drain()
        writer.close()

    asyncio.run(act())


def by_a_datagram(place: Place, name: bytes) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.sendto(name, place)


def by_a_message(place: Place, name: bytes) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.sendmsg([name], [], 0, place)


def by_a_connected_datagram(place: Place, name: bytes) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as made:
        made.connect(place)
        made.send(name)


def by_a_datagram_of_asyncio(place: Place, name: bytes) -> None:
    failed: list[Exception] = []

    class Sending(asyncio.DatagramProtocol):
        def error_received(self, exc: Exception) -> None:
            failed.append(exc)

    async def act() -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Sending, local_addr=("127.0.0.1", 0))
        transport.sendto(name, place)
        transport.close()

    asyncio.run(act())
    if failed:
        raise failed[0]


def by_another_program(place: Place, name: bytes) -> None:
    subprocess.run([sys.executable, "-I", "-S", "-c", AGAIN.format(*place, name)], check=True)


def by_a_spawned_program(place: Place, name: bytes) -> None:
    command = [sys.executable, "-I", "-S", "-c", AGAIN.format(*place, name)]
    assert os.waitpid(os.posix_spawn(sys.executable, command, os.environ), 0)[1] == 0


def by_a_fork(place: Place, name: bytes) -> None:
    child = os.fork()
    if not child:
        try:
            connect(place, name)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def by_another_interpreter(place: Place, name: bytes) -> None:
    """Its hooks would be its own."""
    module = importlib.import_module("_xxsubinterpreters" if sys.version_info < (3, 13) else "_interpreters")
    made = module.create()
    failed = module.run_string(made, AGAIN.format(*place, name))
    assert failed is None, failed
    module.destroy(made)


def by_a_foreign_function(place: Place, name: bytes) -> None:
    host, port = place
    address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(port), socket.inet_aton(host))
    with socket.socket() as made:
        assert ctypes.CDLL(None).connect(made.fileno(), address, len(address)) == 0
        made.sendall(name)


def look_up(place: Place, name: bytes) -> None:
    socket.getaddrinfo("localhost", 0)


def look_up_in_c(place: Place, name: bytes) -> None:
    _socket.getaddrinfo("localhost", 0)


def look_up_the_old_way(place: Place, name: bytes) -> None:
    socket.gethostbyname("localhost")


def look_up_at_length(place: Place, name: bytes) -> None:
    socket.gethostbyname_ex("localhost")


def look_up_the_reverse(place: Place, name: bytes) -> None:
    socket.gethostbyaddr("localhost")


def look_up_by_asyncio(place: Place, name: bytes) -> None:
    async def act() -> None:
        await asyncio.get_running_loop().getaddrinfo("localhost", 0)

    asyncio.run(act())


Way = Callable[[Place, bytes], None]
REACHING: Final[list[Way]] = [
    connect,
    connect_ex,
    connect_in_c,
    in_another_thread,
    in_a_thread_from_before,
    by_asyncio,
    by_a_datagram,
    by_a_message,
    by_a_connected_datagram,
    by_a_datagram_of_asyncio,
    by_another_program,
    by_a_spawned_program,
    by_a_fork,
    by_another_interpreter,
    by_a_foreign_function,
]
LOOKING_UP: Final[list[Way]] = [
    look_up,
    look_up_in_c,
    look_up_the_old_way,
    look_up_at_length,
    look_up_the_reverse,
    look_up_by_asyncio,
]


def tried(way: Way, place: Place) -> str | None:
    try:
        way(place, way.__name__.encode())
    except Exception as error:  # noqa: BLE001  whatever stops it is the answer
        return type(error).__name__
    return None


def main() -> None:
    told = json.loads(sys.stdin.readline())
    BEFORE.submit(int).result()  # its thread is there
    guard = Guard({})
    if told["guarded"]:
        guard.install()
    place = told["host"], told["port"]
    answers = {way.__name__: tried(way, place) for way in (*REACHING, *LOOKING_UP)}
    sys.stdout.write(json.dumps({"answers": answers, "refused": guard.refused}))


if __name__ == "__main__":
    main()
