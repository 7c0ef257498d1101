"""The report of a teardown: what was removed, kept and remains, and what stood in the way."""

from typing import Any

import pytest

from private_connection.errors import NAMED_AT_MOST
from private_connection.failures import CAUSE_LIMIT, Failure
from private_connection.teardown.keeping import Kept, Named
from private_connection.teardown.looks import FailedStep
from private_connection.teardown.report import ComposeReport, Report, compose_report
from tests.unit.builders import Json, a_thing

BALANCERS = tuple(Named(kind="loadBalancer", name=name) for name in ("pc-a", "pc-b"))
ROLE = Named(kind="role", name="their-role")
KEPT = Kept(kind="role", name="their-role", why="it carries policies")
LEFT = a_thing("loadBalancer", "pc-b")
DENIED = FailedStep(failure=Failure(error="AwsRejected", cause="deleting load balancer (pc-b): denied"), thing=LEFT)


def report(**changes: object) -> Report:
    fields: Json = {"connection": "redis-demo", "seen": BALANCERS, "left": (), "kept": (), "unseen": (), "failed": ()}
    return compose_report(ComposeReport(**fields | {"withdrawal": False} | changes))


def test_everything_removed() -> None:
    done = report()
    assert (done.clean, done.error, done.cause) == (True, None, None)
    assert (done.removed.counts, done.remains.counts) == ({"loadBalancer": 2}, {})
    assert done.summary == "removed 2 load balancers (pc-a, pc-b); kept nothing; remaining nothing"


@pytest.mark.parametrize(
    ("kind", "several"),
    [("role", "2 roles"), ("rolePolicy", "2 role policies"), ("principals", "2 principals"), ("access", "2 access")],
)
def test_kinds_are_told_in_words(kind: Any, several: str) -> None:
    done = report(seen=tuple(Named(kind=kind, name=name) for name in "ab"))
    assert done.summary.startswith(f"removed {several} (a, b);")


def test_nothing_there() -> None:
    assert report(seen=()).summary == "removed nothing; kept nothing; remaining nothing"


def test_what_is_kept_was_not_removed() -> None:
    done = report(seen=(*BALANCERS, ROLE), kept=(KEPT,))
    assert done.clean
    assert (done.removed.counts, done.kept) == ({"loadBalancer": 2}, (KEPT,))
    assert done.summary.endswith("kept 1 role (their-role); remaining nothing")


def test_what_remains_is_reported_with_what_stood_in_the_way() -> None:
    done = report(left=(LEFT,), failed=(DENIED,))
    assert (done.clean, done.error) == (False, "AwsRejected")
    assert (done.removed.first, done.remains.first) == (BALANCERS[:1], BALANCERS[1:])
    assert done.cause == f"deleting load balancer (pc-b): denied | {done.summary}"


def test_what_did_not_go_in_time_is_reported() -> None:
    done = report(left=(LEFT,))
    assert (done.clean, done.error) == (False, "StepTimedOut")
    assert str(done.cause).startswith("removing the connection: what remains did not go away in time | removed 1")


def test_a_rule_that_is_left_is_told_by_its_group_range_and_port() -> None:
    rule = a_thing("securityGroupRule", "sgr-1", told="sg-1: 10.0.0.0/24 on 6379 (sgr-1)")
    (found,) = report(left=(rule,), withdrawal=True).findings
    assert "(sg-1: 10.0.0.0/24 on 6379 (sgr-1): it did not go away in time)" in found.message


def test_a_look_that_failed_is_not_clean() -> None:
    failed = FailedStep(failure=Failure(error="AwsRejected", cause="looking up roles (all): denied"))
    done = report(unseen=("role",), failed=(failed,))
    assert (done.clean, done.unseen) == (False, ("role",))
    assert done.summary.endswith("remaining nothing; not seen: role")


@pytest.mark.parametrize("number", [NAMED_AT_MOST, NAMED_AT_MOST + 1])
def test_the_first_are_named_and_all_are_counted(number: int) -> None:
    many = tuple(Named(kind="loadBalancer", name=f"pc-{each}") for each in range(number))
    kept = tuple(Kept(kind="role", name=f"role-{each}", why="why") for each in range(number))
    done = report(seen=many, kept=kept)
    assert done.removed.counts == {"loadBalancer": number}
    assert (len(done.removed.first), len(done.kept)) == (NAMED_AT_MOST, NAMED_AT_MOST)
    assert done.summary.count("pc-") == done.summary.count("role-") == NAMED_AT_MOST
    assert (f"pc-{NAMED_AT_MOST - 1} and 1 more)" in done.summary) == (number > NAMED_AT_MOST)


def test_kinds_of_which_none_is_named_are_counted_alone() -> None:
    many = tuple(Named(kind="loadBalancer", name=f"pc-{each}") for each in range(NAMED_AT_MOST))
    done = report(seen=(*many, Named(kind="role", name="role-0")))
    assert ", 1 role; kept nothing" in done.summary


def test_the_cause_fits_and_what_remains_is_never_cut_off() -> None:
    """A Fail state's cause may have 32,768 characters (Step Functions API reference)."""
    name = "x" * 60
    many = tuple(a_thing("securityGroupRule", f"{name}-{each}") for each in range(150))
    failed = [FailedStep(failure=Failure(error="AwsRejected", cause=f"{each}" * 30_000)) for each in range(9)]
    done = report(left=many, seen=(), kept=(), failed=tuple(failed))
    assert len(str(done.cause)) == CAUSE_LIMIT
    assert str(done.cause).endswith(f" | {done.summary}")
