"""`--record FOLDER` keeps what functions asked of AWS and what expressions were evaluated on, for `make lint` to judge.

The folder is emptied first, and says that it is complete when everything that was asked for has passed.
"""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.stepfunctions import programs
from tests import draws, inside

PROGRAMS = Path("build/programs")
"""Where the processes that run tests keep what they have parsed definitions to."""
COMPLETE = "complete"
PRODUCT = ("scenarios", "faults", "permissions", "statemachine")
"""Tests that run what is deployed; the others run machines of their own, under roles that no template has."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path, metavar="FOLDER", help="where to keep what runs did")


def pytest_configure(config: pytest.Config) -> None:
    draws.begin()
    programs.keep_in(PROGRAMS)
    folder: Path | None = config.getoption("--record")
    if folder is None:
        return
    if not _is_worker(config):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    if not _hands_out(config):
        config.pluginmanager.register(Recording(folder))


SELDOM = (50_000, 20, 20)
"""When the collector looks: an account is 100,000 objects, and none of them can go before it is closed."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported and collected stays: the collector would go through it again and again, and find nothing."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*SELDOM)
        gc.enable()


UNCORRECTED = ("sandbox/tests/services/", "[plain")
"""Tests of moto as it is, without the sandbox's corrections: what they find out changes with moto alone."""
UNCORRECTED_SHARE = 6


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Draws from the tests that have to fail because moto does not keep a rule: `make soak` tries each."""
    folder, kind = UNCORRECTED
    plain = [each for each in items if each.nodeid.startswith(folder) and kind in each.nodeid]
    left_out = set(plain) - set(draws.drawn(plain, "rules that moto does not keep", UNCORRECTED_SHARE))
    if left_out:
        items[:] = [each for each in items if each not in left_out]
        config.hook.pytest_deselected(items=list(left_out))


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Calls a test that is to be called in a fork there."""
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    return inside.call(pyfuncitem.obj, arguments) or None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    terminalreporter.write_line(f"drawn with {draws.SEED}={os.environ[draws.SEED]}")
    reports = [each for status in ("passed", "failed") for each in terminalreporter.stats.get(status, ())]
    played = [value for each in reports for name, value in each.user_properties if name == draws.SEQUENCE]
    if played:
        seeds, runs, seconds = zip(*played, strict=True)
        rate = f"{sum(runs) / sum(seconds):.1f} runs for each second of CPU"
        terminalreporter.write_line(
            f"{len(seeds)} sequences, of seeds {min(seeds)} to {max(seeds)}: {sum(runs)} runs, {rate}"
        )


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    folder: Path | None = session.config.getoption("--record")
    if folder is not None and not _is_worker(session.config) and exitstatus == pytest.ExitCode.OK:
        (folder / COMPLETE).touch()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _hands_out(config: pytest.Config) -> bool:
    """Whether this process leaves the tests to its workers, so that it need not load what they test."""
    return not _is_worker(config) and config.getoption("dist", "no") != "no"


class Recording:
    """A plugin: what is recorded belongs to the test that runs, in the forks of a held account too."""

    def __init__(self, folder: Path) -> None:
        from sandbox.scenarios.forks import Holder
        from sandbox.scenarios.recording import start

        self.recorder = start(folder)
        ask, recorder = Holder.ask, self.recorder

        def labelled(holder: Holder[Any], question: Callable[..., Any], *arguments: Any) -> Any:
            return ask(holder, recorder.labelled(question), *arguments)

        Holder.ask = labelled  # type: ignore[method-assign,assignment]  # for the rest of this process, whatever is asked

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        test = item.nodeid.removeprefix("tests/")
        is_recorded = test.startswith(PRODUCT) and item.get_closest_marker("refused") is None
        self.recorder.scenario = test if is_recorded else ""
