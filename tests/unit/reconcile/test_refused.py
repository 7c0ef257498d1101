"""Looks that AWS refuses: one is told, the others are counted."""

from private_connection.errors import AwsRejected, QuotaExceeded
from private_connection.failures import ExplainedFailure
from private_connection.reconcile.refused import CAUSE_LIMIT, refused


def test_the_first_is_told_and_the_others_are_counted() -> None:
    first, second = ("orders", AwsRejected("no")), ("carts", QuotaExceeded("full"))
    told = "looking at connection (orders): no"
    assert list(refused([])) == []
    assert list(refused([first])) == [ExplainedFailure(error="AwsRejected", cause=told)]
    assert list(refused([first, second])) == [ExplainedFailure(error="AwsRejected", cause=f"{told} (and 1 more)")]


def test_one_that_says_much_is_cut_and_the_number_is_not() -> None:
    (failure,) = refused([("orders", AwsRejected("x" * 2000))] * 12)
    assert (len(failure.cause), failure.cause[-14:]) == (CAUSE_LIMIT, "x (and 11 more)"[-14:])
