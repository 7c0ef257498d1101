"""Real servers for the nodes, where the machine can run them: elsewhere each test that asks for one is skipped."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.consumer.forwarding import Forwarders
from tests.consumer.servers import Ground, Kind, lacking, of_the_wheel


def pytest_addoption(parser: pytest.Parser) -> None:
    told = "a server with TLS, instead of the wheel's; what a client gets through the paths is told step by step"
    parser.addoption("--redis-server", type=Path, metavar="PATH", help=told)


@pytest.fixture(scope="session")
def kind(pytestconfig: pytest.Config) -> Kind:
    """The server's program."""
    given: Path | None = pytestconfig.getoption("--redis-server")
    found = of_the_wheel() if given is None else Kind(given, has_tls=True)
    lacks = lacking(sys.platform, found, "CI" in os.environ)
    if lacks is not None:
        what, reason = lacks
        (pytest.fail if what == "fail" else pytest.skip)(reason)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def ground(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Servers and forwarders end with the module: what forks a process afterwards has no other threads."""
    with Forwarders() as forwarders:
        made = Ground(kind, tmp_path_factory.mktemp("nodes"), forwarders)
        yield made
        made.stop()


@pytest.fixture
def tell(pytestconfig: pytest.Config, capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Tells whoever looks on what has just been seen to be so."""

    def told(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"{text}\n")

    return told if pytestconfig.getoption("--redis-server") else lambda text: None
