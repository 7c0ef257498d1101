"""What becomes of what AWS answers."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from acceptance.verdicts import NotTried, Verdict, holds, refused, unless, untried, verdict_of
from private_connection_cli.problems import Problem


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeThings")


def raising(error: Exception) -> Any:
    def ask() -> Verdict:
        raise error

    return ask


@pytest.mark.parametrize(
    ("ask", "verdict"),
    [
        (lambda: holds("as\nassumed"), Verdict("holds", "as assumed")),
        (raising(NotTried("no zone")), untried("no zone")),
        (raising(refusal("Odd")), Verdict("differs", "DescribeThings: Odd: no")),
        (raising(refusal("AccessDenied")), untried("whoever asks may not: DescribeThings: AccessDenied: no")),
        (raising(refusal("Throttling")), untried("no answer: DescribeThings: Throttling: no")),
        (raising(refusal("ExpiredToken")), untried("no answer: DescribeThings: ExpiredToken: no")),
        (raising(KeyError("Key")), Verdict("differs", "an answer that the check cannot read: KeyError('Key')")),
        (raising(Problem("no stack")), Verdict("differs", "no stack")),
    ],
)
def test_a_check_ends_in_a_verdict(ask: Any, verdict: Verdict) -> None:
    assert verdict_of(ask) == verdict


def test_no_answer_is_no_difference() -> None:
    assert verdict_of(raising(EndpointConnectionError(endpoint_url="x"))).state == "not tried"


@pytest.mark.parametrize(
    ("ask", "state"),
    [
        (raising(refusal("Taken", "is taken")), "holds"),
        (raising(refusal("Taken", "other words")), "differs"),
        (raising(refusal("Other", "is taken")), "differs"),
        (lambda: None, "differs"),
    ],
)
def test_a_refusal_is_judged_by_code_and_words(ask: Any, state: str) -> None:
    assert refused(ask, "Taken", words="is taken").state == state


def test_the_lack_of_a_right_is_no_refusal_that_was_expected() -> None:
    with pytest.raises(ClientError):
        refused(raising(refusal("UnauthorizedOperation")), "Taken")
    with pytest.raises(ClientError):
        refused(raising(refusal("RequestLimitExceeded")), "Taken")


def test_only_a_refusal_that_is_named_is_passed_over() -> None:
    with unless("NotFound"):
        raise refusal("NotFound")
    with pytest.raises(ClientError), unless("NotFound"):
        raise refusal("Other")
