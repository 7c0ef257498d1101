"""What passes connections on, all in one thread: endpoints to nodes, and a node's TLS to the server behind it."""

import asyncio
import contextlib
import gc
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

Place = tuple[str, int]
Onward = Callable[[], Place | None]
Result = TypeVar("Result")
Passing = dict["asyncio.Task[None]", list[asyncio.WriteTransport]]
"""The two ends of each connection, by the task that passes it on."""
CHUNK = 65_536


class Forwarders:
    """A context manager. Each forwarder asks its `onward` at each new connection where that leads."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._open: dict[str, tuple[asyncio.Server, Passing]] = {}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for address in list(self._open):
            self.close(address)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        with warnings.catch_warnings():  # a connection that came too late for a task is closed by the collector alone
            warnings.simplefilter("ignore", ResourceWarning)
            self._loop.close()
            gc.collect()

    def open(self, listening: socket.socket, onward: Onward, tls: ssl.SSLContext | None = None) -> None:
        """Pass on what comes to a socket, and with `tls` end that first. The socket is closed with the forwarder."""
        passing: Passing = {}

        async def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            passing[task] = [writer.transport]
            await _passed_on(reader, writer, onward, passing[task])
            del passing[task]

        async def serve() -> asyncio.Server:
            return await asyncio.start_server(come, sock=listening, ssl=tls)

        self._open[listening.getsockname()[0]] = self._done(serve()), passing

    def close(self, address: str) -> None:
        """Nobody listens at the address any more, and its connections are closed."""
        server, passing = self._open.pop(address)

        async def end() -> None:
            server.close()
            for each in [one for ends in passing.values() for one in ends]:
                each.abort()
            await asyncio.gather(*passing)

        self._done(end())

    def do(self, what: Callable[[], Result]) -> Result:
        """Call it in the thread of the forwarders, which lives as long as they do."""

        async def act() -> Result:
            return what()

        return self._done(act())

    def _done(self, what: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result()


async def _passed_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, onward: Onward, ends: list[asyncio.WriteTransport]
) -> None:
    """Until one side has ended the connection: a client of Redis never closes half of one."""
    place = onward()
    with contextlib.suppress(OSError):  # nobody is there any more: the connection ends, as it does on AWS
        if place is not None:
            far_reader, far_writer = await asyncio.open_connection(*place)
            ends.append(far_writer.transport)
            pumps = [asyncio.ensure_future(each) for each in (_pump(reader, far_writer), _pump(far_reader, writer))]
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            _abort(ends)
            await asyncio.wait(pumps)
    _abort(ends)


def _abort(ends: list[asyncio.WriteTransport]) -> None:
    for each in ends:
        each.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
