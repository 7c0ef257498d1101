"""Principals: Ververica's account may connect, and nobody else."""

from collections.abc import Callable

import pytest

from private_connection.contracts import Done
from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.paths.endpoint_services import ServiceReference
from private_connection.paths.offers import SERVICE_ABSENT as ABSENT
from private_connection.paths.principals import (
    allow_principal,
    check_offer,
    find_strangers,
    stop_offering,
    withdraw_principals,
)
from tests.unit.builders import ACCOUNT
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

SERVICE = ServiceReference(service_id="vpce-svc-1")
OTHER = "arn:aws:iam::111122223333:root"


def allowed(aws: FakeAws, *principals: str) -> None:
    found = [{"Principal": each} for each in principals]
    aws.answers("DescribeVpcEndpointServicePermissions", {"AllowedPrincipals": found})
    aws.answers("ModifyVpcEndpointServicePermissions", {})


def listed(aws: FakeAws, *states: str) -> None:
    found = [{"ServiceId": "vpce-svc-1", "ServiceState": each} for each in states]
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": found})


@pytest.mark.parametrize(
    ("before", "adds", "strangers"),
    [((), True, False), ((OTHER,), True, True), ((OTHER, ACCOUNT, "*"), False, True), ((ACCOUNT,), False, False)],
    ids=["nobody", "somebody else", "others too", "Ververica"],
)
def test_ververica_is_allowed_and_others_are_told_of(
    aws: FakeAws, before: tuple[str, ...], adds: bool, strangers: bool
) -> None:
    allowed(aws, *before)
    allowing = allow_principal(SERVICE)
    assert (allowing.principal, allowing.strangers) == (ACCOUNT, strangers)
    asked = {"ServiceId": "vpce-svc-1", "AddAllowedPrincipals": [ACCOUNT]}
    assert aws.asked("ModifyVpcEndpointServicePermissions") == ([asked] if adds else [])


@pytest.mark.parametrize(
    ("before", "removed"),
    [((), []), ((ACCOUNT,), []), ((OTHER, ACCOUNT, "*"), ["*", OTHER]), ((OTHER,), [OTHER])],
    ids=["nobody", "Ververica", "others too", "others alone"],
)
def test_others_are_shut_out_in_one_change(aws: FakeAws, before: tuple[str, ...], removed: list[str]) -> None:
    allowed(aws, *before)
    assert find_strangers("vpce-svc-1") == {*removed}
    assert withdraw_principals(SERVICE) == Done()
    asked = {"ServiceId": "vpce-svc-1", "RemoveAllowedPrincipals": removed}
    assert aws.asked("ModifyVpcEndpointServicePermissions") == ([asked] if removed else [])


@pytest.mark.parametrize("code", ABSENT)
def test_a_service_that_is_gone_admits_nobody(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", Refusal(code))
    assert find_strangers("vpce-svc-1") == set()
    assert withdraw_principals(SERVICE) == Done()


@pytest.mark.parametrize("look", [find_strangers, lambda service: withdraw_principals(SERVICE)])
def test_a_denial_is_not_taken_for_nobody(aws: FakeAws, look: Callable[[str], object]) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", DENIED)
    listed(aws, "Available")
    with pytest.raises(AwsRejected, match="looking up who may connect"):
        look("vpce-svc-1")


@pytest.mark.parametrize(("principals", "offered"), [((), False), ((OTHER,), True), ((ACCOUNT,), True)])
def test_a_service_is_offered_while_somebody_may_ask(aws: FakeAws, principals: tuple[str, ...], offered: bool) -> None:
    allowed(aws, *principals)
    assert check_offer(SERVICE).offered is offered
    assert aws.operations == ["DescribeVpcEndpointServicePermissions"]


def test_a_service_that_is_gone_is_not_offered(aws: FakeAws) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", Refusal("InvalidVpcEndpointServiceId.NotFound"))
    assert not check_offer(SERVICE).offered


def test_every_page_of_principals_is_read(aws: FakeAws) -> None:
    pages = [[OTHER], [ACCOUNT, "*"]]
    answers = [{"AllowedPrincipals": [{"Principal": each} for each in page]} for page in pages]
    both = ({**answers[0], "NextToken": "1"}, answers[1])
    aws.answers("DescribeVpcEndpointServicePermissions", *both, *both)
    aws.answers("ModifyVpcEndpointServicePermissions", {})
    assert allow_principal(SERVICE).strangers
    withdraw_principals(SERVICE)
    (asked,) = aws.asked("ModifyVpcEndpointServicePermissions")
    assert asked["RemoveAllowedPrincipals"] == ["*", OTHER]


@pytest.mark.parametrize("change", [withdraw_principals, stop_offering])
def test_what_somebody_else_took_off_meanwhile_is_looked_up_again(
    aws: FakeAws, change: Callable[[ServiceReference], object]
) -> None:
    allowed(aws, OTHER)
    aws.answers("ModifyVpcEndpointServicePermissions", Refusal("InvalidParameter"))
    listed(aws, "Available")
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


@pytest.mark.parametrize("refused", ["DescribeVpcEndpointServicePermissions", "ModifyVpcEndpointServicePermissions"])
@pytest.mark.parametrize("why", [DENIED, Refusal(ABSENT[1])])
def test_what_is_gone_is_offered_to_nobody(aws: FakeAws, refused: str, why: Refusal) -> None:
    allowed(aws, ACCOUNT, OTHER)
    aws.answers(refused, why)
    listed(aws)
    assert stop_offering(SERVICE) == Done()
    allowed(aws)
    aws.answers(refused, why)
    with pytest.raises(NotYetConsistent):
        allow_principal(SERVICE)


@pytest.mark.parametrize("refused", ["DescribeVpcEndpointServicePermissions", "ModifyVpcEndpointServicePermissions"])
@pytest.mark.parametrize(("why", "raised"), [(DENIED, AwsRejected), (Refusal(ABSENT[1]), NotYetConsistent)])
def test_what_is_there_and_refused_stays_offered(
    aws: FakeAws, refused: str, why: Refusal, raised: type[Exception]
) -> None:
    allowed(aws, ACCOUNT, OTHER)
    aws.answers(refused, why)
    listed(aws, "Available")
    with pytest.raises(raised):
        stop_offering(SERVICE)


def test_what_is_denied_and_gone_admits_nobody(aws: FakeAws) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", DENIED)
    listed(aws, "Deleting")
    assert (check_offer(SERVICE).offered, find_strangers("vpce-svc-1")) == (False, set())
    assert withdraw_principals(SERVICE) == Done()
