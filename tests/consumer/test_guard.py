"""The guard of the consumer's process: each way around it succeeds without it, and is stopped by it."""

import json
import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pytest

from tests.consumer.loopback import taken
from tests.consumer.other_side import ROOT
from tests.consumer.servers import Kind
from tests.consumer.ways import LOOKING_UP, REACHING

STOPPED: Final = ("OSError", "PermissionError", "gaierror")
EVERY = [way.__name__ for way in (*REACHING, *LOOKING_UP)]


@dataclass(frozen=True)
class Trial:
    answers: dict[str, str | None]
    refused: list[str]
    arrived: set[str]
    """The ways that got there, as the place itself saw it."""


@cache
def trial(guarded: bool) -> Trial:
    with taken(0) as stream, socket.socket(type=socket.SOCK_DGRAM) as datagrams:
        place = stream.getsockname()
        datagrams.bind(place)
        question = json.dumps({"host": place[0], "port": place[1], "guarded": guarded}) + "\n"
        command = [sys.executable, "-m", "tests.consumer.ways"]
        done = subprocess.run(command, cwd=ROOT, input=question, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return Trial(found["answers"], found["refused"], {*_accepted(stream), *_received(datagrams)})


def _accepted(listening: socket.socket) -> Iterator[str]:
    """What came with the connections that wait to be accepted: their other ends have ended."""
    while select.select([listening], [], [], 0)[0]:
        with listening.accept()[0] as connection:
            yield connection.recv(100).decode()


def _received(datagrams: socket.socket) -> Iterator[str]:
    while select.select([datagrams], [], [], 0)[0]:
        yield datagrams.recv(100).decode()


@pytest.fixture(autouse=True)
def _on_linux(kind: Kind) -> None:
    """Where the servers run."""


@pytest.mark.parametrize("way", EVERY)
def test_a_way_succeeds_where_nothing_guards(way: str) -> None:
    assert trial(False).answers[way] is None
    assert way in trial(False).arrived or way not in {each.__name__ for each in REACHING}


@pytest.mark.parametrize("way", EVERY)
def test_the_guard_stops_it(way: str) -> None:
    assert trial(True).answers[way] in STOPPED


def test_nothing_arrives_past_the_guard_and_it_says_what_it_refused() -> None:
    assert trial(True).arrived == set()
    assert {"the name localhost", "subprocess.Popen", "os.fork", "ctypes.dlopen"} <= {*trial(True).refused}
