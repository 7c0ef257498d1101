"""Principals: Ververica's account may connect, and nobody else."""

from collections.abc import Callable

import pytest

from private_connection.errors import NotYetConsistent
from private_connection.paths.endpoint_services import ServiceReference
from private_connection.paths.principals import allow_principal, check_offer, stop_offering
from tests.unit.builders import ACCOUNT
from tests.unit.fake_aws import FakeAws, Refusal

SERVICE = ServiceReference(service_id="vpce-svc-1")
OTHER = "arn:aws:iam::111122223333:root"


def allowed(aws: FakeAws, *principals: str) -> None:
    found = [{"Principal": each} for each in principals]
    aws.answers("DescribeVpcEndpointServicePermissions", {"AllowedPrincipals": found})
    aws.answers("ModifyVpcEndpointServicePermissions", {})


@pytest.mark.parametrize(
    ("before", "changes"),
    [
        ((), [([ACCOUNT], [])]),
        ((OTHER,), [([ACCOUNT], [OTHER])]),
        ((OTHER, ACCOUNT, "*"), [([], ["*", OTHER])]),
        ((ACCOUNT,), []),
    ],
    ids=["nobody", "somebody else", "others too", "Ververica"],
)
def test_ververica_alone_is_allowed_in_one_change(
    aws: FakeAws, before: tuple[str, ...], changes: list[tuple[list[str], list[str]]]
) -> None:
    allowed(aws, *before)
    assert allow_principal(SERVICE).principal == ACCOUNT
    asked = aws.asked("ModifyVpcEndpointServicePermissions")
    assert [(each["AddAllowedPrincipals"], each["RemoveAllowedPrincipals"]) for each in asked] == changes


@pytest.mark.parametrize(("principals", "offered"), [((), False), ((OTHER,), True), ((ACCOUNT,), True)])
def test_a_service_is_offered_while_somebody_may_ask(aws: FakeAws, principals: tuple[str, ...], offered: bool) -> None:
    allowed(aws, *principals)
    assert check_offer(SERVICE).offered is offered
    assert aws.operations == ["DescribeVpcEndpointServicePermissions"]


def test_a_service_that_is_gone_is_not_offered(aws: FakeAws) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", Refusal("InvalidVpcEndpointServiceId.NotFound"))
    assert not check_offer(SERVICE).offered


@pytest.mark.parametrize("change", [allow_principal, stop_offering])
def test_what_somebody_else_took_off_meanwhile_is_looked_up_again(
    aws: FakeAws, change: Callable[[ServiceReference], object]
) -> None:
    allowed(aws, OTHER)
    aws.answers("ModifyVpcEndpointServicePermissions", Refusal("InvalidParameter"))
    with pytest.raises(NotYetConsistent):
        change(SERVICE)


def test_everybody_is_taken_off(aws: FakeAws) -> None:
    allowed(aws, ACCOUNT, OTHER)
    stop_offering(SERVICE)
    (asked,) = aws.asked("ModifyVpcEndpointServicePermissions")
    assert asked["RemoveAllowedPrincipals"] == [OTHER, ACCOUNT]


def test_where_nobody_is_allowed_nothing_is_changed(aws: FakeAws) -> None:
    allowed(aws)
    stop_offering(SERVICE)
    assert "ModifyVpcEndpointServicePermissions" not in aws.operations
