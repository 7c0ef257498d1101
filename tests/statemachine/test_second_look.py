"""A sweep that messages of a queue ask for has another one look five minutes later: once, and whatever became of it.

Names and interfaces of nodes follow what ElastiCache tells late, so the first look may come too early.
"""

from itertools import pairwise
from typing import Any, Final

from sandbox.account import Account
from sandbox.runs import Start
from tests.statemachine.stubs import refusing
from tests.statemachine.test_sweeps import ANSWER, FOUND, STARTED, TOLD, Looks, ended, sweeping

MESSAGES: Final = [
    {
        "messageId": "b5c7e1b6-3d0e-4b7a-9a36-2f0c8f2c2f4f",
        "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
        "body": '{"ElastiCache:CacheNodeReplaceComplete":"orders-001"}',
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "AIDAIENQZJOLO23YVJ4VO",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {},
        "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:NodeEvents",
        "awsRegion": "us-east-1",
    }
]
"""As EventBridge Pipes takes them from a queue (user guide, "Amazon Simple Queue Service as a source")."""
EARLIEST: Final = 300
LATEST: Final = 370
"""Seconds until the second look: five minutes, up to a minute more, and what the states take."""


def moments(account: Account) -> list[float]:
    """When each sweep began, in seconds after the first."""
    every = {arn: each for run in account.runs for arn, each in run.executions.items()}
    begun = sorted(each.start_date.timestamp() for each in every.values())
    return [each - begun[0] for each in begun]


def test_messages_are_not_read_and_make_two_looks() -> None:
    looks, batches = Looks(), list[list[Any]]([MESSAGES * 100, [], ["{", [], None]])
    with sweeping(looks) as account:
        for messages in batches:
            looks.asked.clear()
            before = len(moments(account))
            report = account.run("reconcile", messages)
            first, second = moments(account)[before:]
            assert ended(report) == ("SUCCEEDED", TOLD)
            assert EARLIEST < second - first < LATEST
            assert [each["connection"] for each in looks.asked] == [None] * 2


def test_nobody_else_makes_a_second_look() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        for given in ({}, {"connection": "orders"}):
            account.run("reconcile", given)
    assert len(looks.asked) == 2


def test_a_sweep_that_is_left_to_another_one_has_its_second_look_all_the_same() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        works, left = account.together([Start("reconcile", {}), Start("reconcile", MESSAGES)], [0, 0.6])
        _, second, third = moments(account)
    assert ended(works) == ("SUCCEEDED", {**TOLD, "looks": 2})
    assert ended(left) == ("SUCCEEDED", {})
    assert EARLIEST < third - second < LATEST
    assert len(looks.asked) == 3


def test_all_that_end_in_the_same_minute_have_one_second_look() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        reports = account.together([Start("reconcile", MESSAGES) for _ in range(4)], [0, *[12] * 3])
        begun = moments(account)
    assert {each.status for each in reports} == {"SUCCEEDED"}
    assert len(begun) == 5
    assert EARLIEST < begun[4] - begun[3] < begun[4] < LATEST


def test_no_second_look_comes_earlier_for_those_of_the_next_minute() -> None:
    with sweeping(Looks()) as account:
        account.together([Start("reconcile", MESSAGES) for _ in range(4)], [0, *[25] * 3])
        asked, second = moments(account)[:4], moments(account)[4:]
    assert len(second) == 2
    assert all(any(EARLIEST < look - each < LATEST for look in second) for each in asked)


def test_a_sweep_that_fails_fails_after_the_second_look_has_begun() -> None:
    looks = Looks()
    with sweeping(looks) as account:
        for step in ("claim_sweep", "find_drift", "record_sweep"):
            before = len(moments(account))
            account.functions.replace(step, refusing())
            failed = account.run("reconcile", MESSAGES)
            account.functions.put_back(step)
            account.functions.replace("find_drift", looks)
            first, second = moments(account)[before:]
            assert failed.status == "FAILED"
            assert EARLIEST < second - first < LATEST


def test_a_sweep_that_hands_over_hands_the_second_look_over_too() -> None:
    looks = Looks()
    with sweeping(looks, task=5) as account:
        account.together([Start("reconcile", each) for each in (MESSAGES, *[{}] * 4)], [0, *[12] * 4])
        executions = list(account.runs[0].executions.values())
    _, other, second = executions
    assert [each.execution_input for each in executions[1:]] == ["[]", "{}"]
    assert EARLIEST < second.start_date.timestamp() - other.start_date.timestamp() < LATEST + 60


def test_repairs_that_are_left_over_are_looked_after_by_the_second_look() -> None:
    looks, answers = Looks(), [{**STARTED, "leftOver": 3}, STARTED]
    with sweeping(looks, lambda event, context: answers.pop(0)) as account:
        account.run("reconcile", MESSAGES)
        begun = moments(account)
    assert [EARLIEST < later - former < LATEST for former, later in pairwise(begun)] == [True]
    assert (answers, len(looks.asked)) == ([], 2)


def test_a_second_look_that_finds_something_has_it_repaired() -> None:
    """The first one came before the node's name led to its new address."""
    asked: list[Any] = []
    found = [{**ANSWER, "drifted": []}, ANSWER]

    def repairs(event: Any, context: object) -> object:
        asked.append(event)
        return STARTED

    with sweeping(lambda event, context: found.pop(0), repairs) as account:
        account.run("reconcile", MESSAGES)
    assert [each["drifted"] for each in asked] == [FOUND["drifted"]]
