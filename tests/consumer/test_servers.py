"""The servers themselves: where they can run, how they find a place, and that none outlives its test."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.consumer import servers
from tests.consumer.loopback import awaited, free_port
from tests.consumer.other_side import ROOT
from tests.consumer.servers import Ground, Kind, lacking

WHEEL: Final = Kind(Path("valkey-server"), has_tls=False)
PROGRAM: Final = """
import sys
from pathlib import Path
from tests.consumer.forwarding import Forwarders
from tests.consumer.servers import Ground, Kind

with Forwarders() as forwarders:
    ground = Ground(Kind(Path(sys.argv[1]), False), Path(sys.argv[2]), forwarders)
    print(*ground.start(None, {}).inner, flush=True)
    sys.stdin.read()
"""


def takes_connections(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_server_dies_with_whoever_started_it_even_if_that_is_killed(kind: Kind, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROGRAM, str(kind.binary), str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as starting:
        assert starting.stdout is not None
        host, port = starting.stdout.readline().split()
        assert takes_connections(host, int(port))
        starting.send_signal(signal.SIGKILL)
    awaited("the server has died", lambda: not takes_connections(host, int(port)))


def test_a_server_whose_port_somebody_took_meanwhile_starts_at_another(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("0.0.0.0", 0)) as everywhere:
        ports = [everywhere.getsockname()[1]]
        monkeypatch.setattr(servers, "free_port", lambda: ports.pop() if ports else free_port())
        node = ground.start(None, {})
        assert node.ask("PING")
        assert node.inner[1] != everywhere.getsockname()[1]


def test_a_server_that_does_not_start_says_why(ground: Ground) -> None:
    with pytest.raises(RuntimeError, match="no-such-flag"):
        ground.start(None, {"no-such-flag": "yes"})


def test_a_killed_node_takes_no_connection(ground: Ground) -> None:
    node = ground.start(None, {})
    assert takes_connections(*node.place)
    node.kill()
    assert not takes_connections(*node.place)


@pytest.mark.parametrize(
    ("platform", "found", "in_ci", "lacks"),
    [
        ("linux", WHEEL, True, None),
        ("linux", WHEEL, False, None),
        ("linux", None, False, "skip"),
        ("linux", None, True, "fail"),
        ("darwin", None, True, "skip"),
        ("win32", None, False, "skip"),
    ],
)
def test_where_no_server_runs_tests_are_skipped_but_on_linux_in_ci_that_is_an_error(
    platform: str, found: Kind | None, in_ci: bool, lacks: str | None
) -> None:
    answer = lacking(platform, found, in_ci)
    assert (answer and answer[0]) == lacks
