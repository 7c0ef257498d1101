"""What the tests of the sandbox's engine share.

moto is loaded by the first test that needs a stage: the process that only hands tests out reads this file as well.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sandbox.tests.engine_stage import Stage


@contextmanager
def opened() -> "Iterator[Stage]":
    from sandbox.clock import virtual_time
    from sandbox.stepfunctions.patching import patched
    from sandbox.stepfunctions.seams import seams
    from sandbox.tests.engine_stage import Stage
    from sandbox.wire import mocked
    from sandbox.wire.clients import own_session

    there = Stage()
    with (
        pytest.MonkeyPatch.context() as patch,
        virtual_time(there.clock),
        mocked({"stepfunctions": {"execute_state_machine": True}}),
        own_session(),
        patched(seams(there.interpreter)),
    ):
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "sandbox")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield there


@pytest.fixture
def stage() -> "Iterator[Stage]":
    with opened() as there:
        yield there


@pytest.fixture(scope="module")
def shared_stage() -> "Iterator[Stage]":
    """One stage for all tests of a module: for many machines that need nothing of each other."""
    with opened() as there:
        yield there
