"""These tests take minutes, so only who names this folder gets them: `make acceptance-test`."""

from collections.abc import Iterator

import pytest

from tests.acceptance.serving import Served, serving


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    return None if any("tests/acceptance" in each for each in config.args) else True


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty account with the deployed stack. Every test leaves it as it was."""
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found
