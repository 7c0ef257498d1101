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


@pytest.fixture
def adopting() -> Inside:
    """An account in which nothing has run yet, with a cluster to adopt and a role to extend."""
    return Inside(ground("blank", "adopt"))


@pytest.fixture
def adopted() -> Inside:
    """An account in which a run has connected that cluster and extended that role."""
    return Inside(ground("provisioned", "adopt"))


@pytest.fixture
def roleless() -> Inside:
    """An account with a cluster to adopt and no role at all, so that a run makes one."""
    return Inside(ground("roleless", "adopt"))
