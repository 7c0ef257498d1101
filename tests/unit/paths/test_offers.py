"""Offers: who may ask for a connection, on every page of EC2's answer."""

import pytest

from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.paths.offers import (
    SERVICE_ABSENT,
    find_principals,
    is_gone,
    is_offered,
    is_offered_to_ververica,
    on_service,
)
from tests.unit.builders import ACCOUNT
from tests.unit.fake_aws import DENIED, FakeAws, Json, Refusal

OTHER = "arn:aws:iam::111122223333:root"


def allowed(aws: FakeAws, *pages: list[str]) -> None:
    answers = [{"AllowedPrincipals": [{"Principal": each} for each in page]} for page in pages]
    more = [{**answer, "NextToken": "more"} for answer in answers[:-1]]
    aws.answers("DescribeVpcEndpointServicePermissions", *more, answers[-1])


def test_every_page_of_principals_is_read(aws: FakeAws) -> None:
    allowed(aws, [OTHER], [ACCOUNT, "*"])
    assert find_principals("vpce-svc-1") == {OTHER, ACCOUNT, "*"}


@pytest.mark.parametrize(
    ("principals", "to_somebody", "to_ververica"),
    [([], False, False), ([OTHER], True, False), (["*"], True, False), ([OTHER, ACCOUNT], True, True)],
)
def test_a_service_is_offered_to_whoever_may_ask(
    aws: FakeAws, principals: list[str], to_somebody: bool, to_ververica: bool
) -> None:
    allowed(aws, principals)
    assert (is_offered("vpce-svc-1"), is_offered_to_ververica("vpce-svc-1")) == (to_somebody, to_ververica)


@pytest.mark.parametrize("code", SERVICE_ABSENT)
def test_a_service_that_does_not_show_yet_is_looked_up_again(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", Refusal(code))
    with pytest.raises(NotYetConsistent):
        find_principals("vpce-svc-1")


def listed(aws: FakeAws, *states: str) -> None:
    """The service's description on a page of its own for each state; an empty page for none."""
    services: list[Json] = [{"ServiceId": "vpce-svc-1", "ServiceState": each} for each in states]
    pages: list[Json] = [{"ServiceConfigurations": []}, *({"ServiceConfigurations": [each]} for each in services)]
    more = [{**page, "NextToken": "more"} for page in pages[:-1]]
    aws.answers("DescribeVpcEndpointServiceConfigurations", *more, pages[-1])


@pytest.mark.parametrize(
    ("states", "gone"),
    [((), True), (("Deleting",), True), (("Deleted",), True), (("Available",), False), (("Pending",), False)],
)
def test_a_denial_of_what_is_gone_is_no_denial(aws: FakeAws, states: tuple[str, ...], gone: bool) -> None:
    listed(aws, *states)
    assert is_gone("vpce-svc-1") is gone
    listed(aws, *states)
    aws.answers("DescribeVpcEndpointServicePermissions", Refusal("UnauthorizedOperation", 403))
    with pytest.raises(NotYetConsistent if gone else AwsRejected, match="looking up who may connect"):
        find_principals("vpce-svc-1")
    (asked, *_) = aws.asked("DescribeVpcEndpointServiceConfigurations")
    assert asked["Filters"] == [{"Name": "service-id", "Values": ["vpce-svc-1"]}]


def test_where_that_is_denied_too_the_first_denial_is_told(aws: FakeAws) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", DENIED)
    aws.answers("DescribeVpcEndpointServiceConfigurations", DENIED)
    with pytest.raises(AwsRejected, match="looking up who may connect"):
        find_principals("vpce-svc-1")


def test_nothing_is_looked_up_for_what_is_not_refused(aws: FakeAws) -> None:
    with on_service("doing nothing to endpoint service", "vpce-svc-1"):
        pass
    assert aws.operations == []
