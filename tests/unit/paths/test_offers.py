"""Offers: who may ask for a connection, on every page of EC2's answer."""

import pytest

from private_connection.errors import NotYetConsistent
from private_connection.paths.offers import SERVICE_ABSENT, find_principals, is_offered, is_offered_to_ververica
from tests.unit.builders import ACCOUNT
from tests.unit.fake_aws import FakeAws, Refusal

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
