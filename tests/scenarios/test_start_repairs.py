"""What Start repairs has started by itself: at once, after failures more and more seldom, and not again and again."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.scenarios.forks import Holder
from sandbox.services.common import Refused
from tests.scenarios.connected import ORDERS, held, our_rules, revoke
from tests.scenarios.playing import SUCCEEDED, summary

Json = Any
HOUR: Final = 3600
NOTHING: Final = {"started": [], "leftOver": 0, "waiting": 0, "failed": 0, "returning": []}


@pytest.fixture(scope="module")
def ground() -> Iterator[Holder[Account]]:
    yield from held()


def find(account: Account) -> Json:
    return account.invoke("FindDrift", {"connection": None})["drifted"]


def start(account: Account, drifted: Json) -> Json:
    """Lets what was started come to its end as well."""
    return account.invoke("StartRepairs", {"drifted": drifted, "sweepSeconds": HOUR, "atOnce": 20})


def days(account: Account, before_each: Callable[[], None]) -> tuple[list[int], Json]:
    """The numbers of the sweeps, of one an hour for two days, that have started a repair, and what the last one did."""
    began, answer = list[int](), None
    for number in range(48):
        before_each()
        answer = start(account, find(account))
        if answer["started"]:
            began.append(number)
        account.advance(HOUR)
    return began, answer


def lost(account: Account) -> tuple[Json, int, Json]:
    revoke()
    answer = start(account, find(account))
    return answer, len(our_rules()), find(account)


def test_what_is_lost_is_put_back(ground: Holder[Account]) -> None:
    answer, rules, drifted = ground.ask(lost)
    assert answer == NOTHING | {"started": ["orders"]}
    assert (rules, drifted) == (1, [])


def among_many(account: Account) -> tuple[Json, int]:
    """More connections than are read one by one; all but one are gone by now."""
    revoke()
    (orders,) = find(account)
    return start(account, [*({**orders, "connection": f"gone-{number}"} for number in range(25)), orders]), len(
        our_rules()
    )


def test_of_many_that_have_drifted_those_are_repaired_that_are_still_there(ground: Holder[Account]) -> None:
    assert ground.ask(among_many) == (NOTHING | {"started": ["orders"]}, 1)


def changed(account: Account) -> Json:
    revoke()
    drifted = find(account)
    assert summary(account.run("provision", ORDERS)) == SUCCEEDED
    return start(account, drifted)


def torn_down(account: Account) -> Json:
    revoke()
    drifted = find(account)
    assert summary(account.run("teardown", {"connection": "orders"})) == SUCCEEDED
    return start(account, drifted)


@pytest.mark.parametrize("meanwhile", [changed, torn_down])
def test_what_was_asked_for_between_look_and_repair_wins(ground: Holder[Account], meanwhile: Any) -> None:
    assert ground.ask(meanwhile) == NOTHING


def forbid(request: Request) -> None:
    if request.operation == "AuthorizeSecurityGroupIngress":
        raise Refused("UnauthorizedOperation", "You are not authorized to perform this operation.")


def failing(account: Account) -> tuple[list[int], Json, Json]:
    """Until a run that somebody starts succeeds, after which a repair is due at once."""
    revoke()
    account.gateway.guards.append(forbid)
    began, last = days(account, lambda: None)
    account.gateway.guards.remove(forbid)
    assert summary(account.run("provision", ORDERS)) == SUCCEEDED
    revoke()
    return began, last, start(account, find(account))


def test_a_repair_that_fails_is_tried_more_and_more_seldom(ground: Holder[Account]) -> None:
    began, last, after = ground.ask(failing)
    assert began == [0, 1, 3, 7, 15, 31]
    assert last == NOTHING | {"waiting": 1, "failed": 1}
    assert after == NOTHING | {"started": ["orders"]}


def put_back(account: Account) -> tuple[list[int], Json]:
    return days(account, revoke)


def test_what_another_tool_undoes_again_and_again_is_mended_three_times_a_day(ground: Holder[Account]) -> None:
    began, last = ground.ask(put_back)
    assert began == [0, 1, 2, 24, 25, 26]
    assert last == NOTHING | {"returning": [{"connection": "orders", "code": "RULE_GONE"}]}
