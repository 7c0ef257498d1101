"""What Start repairs has started by itself: at once, after failures more and more seldom, and not again and again."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.scenarios.forks import Holder
from sandbox.services.common import Refused
from tests.scenarios.connected import ORDERS, our_rules, ready, revoke
from tests.scenarios.playing import SUCCEEDED, summary

Json = Any
HOUR: Final = 3600
NOTHING: Final = {"started": [], "leftOver": 0, "waiting": 0, "failed": 0, "recovering": [], "returning": []}
STARTED: Final = NOTHING | {"started": ["orders"]}


@pytest.fixture
def ground() -> Holder[Account]:
    return ready()


def find(account: Account) -> Json:
    return account.invoke("FindDrift", {"connection": None})["drifted"]


def start(account: Account, drifted: Json) -> Json:
    """Lets what was started come to its end as well."""
    return account.invoke("StartRepairs", {"drifted": drifted, "heldLong": [], "sweepSeconds": HOUR, "atOnce": 20})


def at_hours(account: Account, hours: Sequence[int], before_each: Callable[[], None]) -> dict[int, Json]:
    """What Start repairs answers to what is found at each of these hours."""
    answers = dict[int, Json]()
    for hour, earlier in zip(hours, [hours[0], *hours], strict=False):
        account.advance((hour - earlier) * HOUR)
        before_each()
        answers[hour] = start(account, find(account))
    return answers


def among_many(account: Account) -> tuple[Json, int, Json]:
    """More connections than are read one by one; all but one are gone by now."""
    revoke()
    (orders,) = find(account)
    answer = start(account, [*({**orders, "connection": f"gone-{number}"} for number in range(25)), orders])
    return answer, len(our_rules()), find(account)


def test_of_many_that_have_drifted_those_are_repaired_that_are_still_there(ground: Holder[Account]) -> None:
    assert ground.ask(among_many) == (STARTED, 1, [])


def forbid(request: Request) -> None:
    if request.operation == "AuthorizeSecurityGroupIngress":
        raise Refused("UnauthorizedOperation", "You are not authorized to perform this operation.")


def failing_and_undone(account: Account) -> tuple[dict[int, Json], dict[int, Json]]:
    """First AWS refuses what each repair does, until a run that somebody starts succeeds; then another tool undoes what
    each does.
    """
    revoke()
    account.gateway.guards.append(forbid)
    failing = at_hours(account, range(4), lambda: None)
    account.gateway.guards.remove(forbid)
    assert summary(account.run("provision", ORDERS)) == SUCCEEDED
    return failing, at_hours(account, (0, 1, 2, 3, 25), revoke)


def test_a_repair_that_fails_is_tried_more_and_more_seldom_and_one_that_is_undone_three_times_a_day(
    ground: Holder[Account],
) -> None:
    failing, undone = ground.ask(failing_and_undone)
    tried, waits = STARTED | {"failed": 1}, NOTHING | {"waiting": 1, "failed": 1}
    assert failing == {0: STARTED, 1: tried, 2: waits, 3: tried}
    left = NOTHING | {"returning": [{"connection": "orders", "code": "RULE_GONE"}]}
    assert undone == {0: STARTED, 1: STARTED, 2: STARTED, 3: left, 25: STARTED}
