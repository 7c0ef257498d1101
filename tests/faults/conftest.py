"""The grounds in forks of which whole tests are called."""

import pytest

from tests.faults.grounds import ground
from tests.inside import Inside


@pytest.fixture
def blank() -> Inside:
    """An account in which nothing has run yet, to create a cluster."""
    return Inside(ground("blank", "create"))


@pytest.fixture
def ready() -> Inside:
    """An account in which a run has created a cluster and connected it."""
    return Inside(ground("provisioned", "create"))
