"""A table, executions, a bus and a clock that stands still for the tests of the registry."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.unit.fake_aws import FakeAws
from tests.unit.registry.stage import NOW, FakeBus, FakeExecutions, FakeTable


@pytest.fixture
def table(aws: FakeAws) -> FakeTable:
    return FakeTable(aws)


@pytest.fixture
def executions(aws: FakeAws) -> FakeExecutions:
    return FakeExecutions(aws)


@pytest.fixture(autouse=True)
def bus(aws: FakeAws) -> FakeBus:
    return FakeBus(aws)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller
