"""A reader before a served sandbox. It takes an environment of its own, so only who names this folder gets these tests:
`make readme-test`.
"""

import contextlib
import signal
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.acceptance.serving import Served
from tests.readme.account import Account
from tests.readme.terminal import Terminal, environment, laid_out, terminal
from tests.readme.told import README, command

SCALE: Final = 120.0
CLUSTERS: Final = [{"id": "orders"}, {"id": "single", "mode": "standalone"}]
WORLD: Final = {"clusters": CLUSTERS, "latency": {"cluster": 1800}}
"""In real time a cluster comes up in 15 seconds: until then a run that creates one can be stopped."""
IDLE_MINUTES: Final = 10
"""After these the sandbox ends by itself, where nobody was left to end it."""
SERVE: Final = ".venv/bin/python -m sandbox serve"


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    return None if any("tests/readme" in each for each in config.args) else True


@pytest.fixture(scope="module")
def reader(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """The terminal has what the served sandbox says has to be exported. A module's PARAMETERS are the deployment's."""
    folder = tmp_path_factory.mktemp("reader")
    clone = laid_out(folder)
    parameters = getattr(request.module, "PARAMETERS", ())
    with _serving(folder, clone, parameters) as exports, terminal(folder, clone) as opened:
        opened.typed.add((README, SERVE))
        assert opened.carries_out("\n".join(exports)).code == 0
        yield opened


@pytest.fixture(scope="module")
def account(reader: Terminal) -> Account:
    """The same account, by other means than the commands."""
    told = reader.carries_out("env").out.splitlines()
    variables = dict(each.split("=", 1) for each in told if each.startswith("AWS_"))
    return Account(Served(variables, reader.files))


@contextlib.contextmanager
def _serving(folder: Path, clone: Path, parameters: Sequence[str]) -> Iterator[list[str]]:
    """Yields what it says has to be exported."""
    world = folder / "world.yaml"
    world.write_text(yaml.safe_dump(WORLD))
    options = f" --world {world} --time-scale {SCALE:g} --logs {folder / 'functions.log'} --idle {IDLE_MINUTES}"
    options += "".join(f" --parameter {each}" for each in parameters)
    line = ["bash", "-c", f"exec {command(README, SERVE)}{options}"]
    with subprocess.Popen(line, cwd=clone, env=environment(folder), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            told = [process.stdout.readline() for _ in range(4)]
            yield [each.strip() for each in told if each.startswith("export ")]
        finally:
            process.send_signal(signal.SIGTERM)
