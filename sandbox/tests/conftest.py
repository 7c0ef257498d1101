"""What the tests of the sandbox's engine share."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from sandbox.clock import virtual_time
from sandbox.stepfunctions.patching import patched
from sandbox.stepfunctions.seams import seams
from sandbox.tests.engine_stage import Stage
from sandbox.wire.clients import own_session


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    there = Stage()
    with (
        virtual_time(there.clock),
        mock_aws(config={"stepfunctions": {"execute_state_machine": True}}),
        own_session(),
        patched(seams(there.interpreter)),
    ):
        yield there
