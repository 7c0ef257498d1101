"""Hypothesis judges what is computed, never how long that takes on this machine, by 30 examples with every change and
by 100 in `make soak`. Functions find their environment.
"""

from collections.abc import Iterator

import pytest
from hypothesis import settings as hypothesis_settings

from private_connection.settings import settings
from tests.draws import SOAKING
from tests.unit.fake_aws import FakeAws, connect

hypothesis_settings.register_profile("house", deadline=None, max_examples=100 if SOAKING else 30)
hypothesis_settings.load_profile("house")
ENVIRONMENT = {
    "AWS_REGION": "eu-central-1",
    "VERVERICA_PRINCIPAL": "arn:aws:iam::794031221915:root",
    "PERMISSIONS_BOUNDARY": "",
    "ACCESS_ROLE_PATH": "/private-connection/",
    "LOAD_BALANCERS": "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net",
    "EXTENDABLE_ROLE_ARNS": "arn:aws:iam::123456789012:role/their-role",
    "NOTICE_BUS": "notices",
    "PROVISION": "arn:aws:states:eu-central-1:123456789012:stateMachine:Provision",
    "RECOVER": "arn:aws:states:eu-central-1:123456789012:stateMachine:Recover",
    "RECONCILE_MINUTES": "0",
    "RECONCILE_MODE": "repair",
    "REGISTRY": "connections",
    "STACK": "private-connection",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the template gives each function. Nothing that an earlier test read is kept."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeAws]:
    fake = FakeAws()
    disconnect = connect(fake, monkeypatch)
    yield fake
    disconnect()
