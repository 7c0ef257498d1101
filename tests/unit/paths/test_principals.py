"""Principals: Ververica's account may connect, and nobody else is touched."""

import pytest

from private_connection.paths.endpoint_services import ServiceReference
from private_connection.paths.principals import allow_principal, is_offered, stop_offering
from tests.unit.builders import ACCOUNT
from tests.unit.fake_aws import FakeAws

SERVICE = ServiceReference(service_id="vpce-svc-1")
OTHER = "arn:aws:iam::111122223333:root"


def allowed(aws: FakeAws, *principals: str) -> None:
    found = [{"Principal": each} for each in principals]
    aws.answers("DescribeVpcEndpointServicePermissions", {"AllowedPrincipals": found})
    aws.answers("ModifyVpcEndpointServicePermissions", {})


@pytest.mark.parametrize(
    ("before", "added"), [((), [[ACCOUNT]]), ((OTHER,), [[ACCOUNT]]), ((OTHER, ACCOUNT), [])], ids=str
)
def test_ververica_is_allowed_once(aws: FakeAws, before: tuple[str, ...], added: list[list[str]]) -> None:
    allowed(aws, *before)
    assert allow_principal(SERVICE).principal == ACCOUNT
    assert [asked["AddAllowedPrincipals"] for asked in aws.asked("ModifyVpcEndpointServicePermissions")] == added


def test_everybody_is_taken_off(aws: FakeAws) -> None:
    allowed(aws, ACCOUNT, OTHER)
    stop_offering(SERVICE)
    (asked,) = aws.asked("ModifyVpcEndpointServicePermissions")
    assert asked["RemoveAllowedPrincipals"] == [OTHER, ACCOUNT]


def test_where_nobody_is_allowed_nothing_is_changed(aws: FakeAws) -> None:
    allowed(aws)
    stop_offering(SERVICE)
    assert "ModifyVpcEndpointServicePermissions" not in aws.operations
    assert not is_offered("vpce-svc-1")


def test_a_service_that_somebody_may_connect_to_is_offered(aws: FakeAws) -> None:
    allowed(aws, OTHER)
    assert is_offered("vpce-svc-1")
