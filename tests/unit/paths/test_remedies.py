"""Remedies: told beside AWS's words where something helps, and nothing added where nothing is known."""

import pytest

from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.paths.remedies import CREATION, DELETION, remedied

CONSTRAINED = "The following Availability Zones us-west-1a cannot be associated with a load balancer. [ValidationError]"


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (CONSTRAINED, "cluster.create.subnetIds without a subnet of it"),
        ("Not enough IP space available in subnet-1. [InvalidSubnet]", "free addresses in that subnet"),
        ("with an explicit deny in a service control policy [AccessDenied]", "service control policy"),
    ],
    ids=["zone", "subnet", "denial"],
)
def test_what_helps_follows_what_aws_says(words: str, remedy: str) -> None:
    with pytest.raises(AwsRejected) as error, remedied(CREATION):
        raise AwsRejected(words)
    before, _, after = str(error.value).partition("; remedy: ")
    assert (before, remedy in after) == (words, True)


@pytest.mark.parametrize("raised", [AwsRejected("anything [Else]"), NotYetConsistent("wait")], ids=["else", "waiting"])
def test_other_errors_are_left_as_they_are(raised: Exception) -> None:
    with pytest.raises(type(raised)) as error, remedied(CREATION), remedied(DELETION):
        raise raised
    assert error.value is raised
