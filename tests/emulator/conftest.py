"""The deployed stack, and the story as both emulators play it.

These tests take a minute and an environment of their own, so only who names this folder gets them.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.audit import Snapshot
from sandbox.clock import VirtualClock
from sandbox.serve import served
from tests.emulator import in_ministack, in_sandbox
from tests.emulator.deployment_package import PARAMETERS, deploy
from tests.emulator.in_ministack import Stack
from tests.emulator.ministack_process import running
from tests.emulator.shared_clock import Gate, moved_by_others
from tests.emulator.story import SEED, WORLD, Outcome

Story = dict[str, Outcome]
FOLDER = Path("build/emulator")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    return None if any("emulator" in each for each in config.args) else True


@pytest.fixture(scope="session")
def sandbox_story() -> Story:
    return in_sandbox.told()


@pytest.fixture(scope="session")
def stack(sandbox_story: Story) -> Iterator[Stack]:
    """Deployed. One account of the sandbox is open in a process at a time: the other story is told by now."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    clock, gate = VirtualClock(), Gate()
    with (
        served(WORLD, seed=SEED, clock=clock) as address,
        moved_by_others(clock, gate) as clock_address,
        running(address, clock_address, FOLDER) as ministack,
    ):
        snapshot = Snapshot.take()
        yield Stack(ministack, address, deploy(ministack, PARAMETERS, FOLDER), snapshot, gate)


@pytest.fixture(scope="session")
def ministack_story(stack: Stack) -> Story:
    return in_ministack.told(stack)
