"""What helps where a security group is full is told with AWS's words, and with no other error."""

import pytest

from private_connection.cluster.full_groups import ROOM_FOR_RULES, room_remedied
from private_connection.errors import AwsRejected, NotYetConsistent, QuotaExceeded


def test_what_helps_follows_what_aws_says() -> None:
    with pytest.raises(QuotaExceeded) as error, room_remedied("10.0.0.0/24"):
        raise QuotaExceeded("the group is full [X]")
    told = f"the group is full [X]; rules were to be added for 10.0.0.0/24; remedy: {ROOM_FOR_RULES}"
    assert str(error.value) == told


@pytest.mark.parametrize("raised", [AwsRejected("denied"), NotYetConsistent("wait")])
def test_other_errors_are_left_as_they_are(raised: Exception) -> None:
    with pytest.raises(type(raised)) as error, room_remedied("10.0.0.0/24"):
        raise raised
    assert error.value is raised
