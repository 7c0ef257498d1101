"""Look closer: whose nodes are looked at, what it costs, what is refused, and what is new."""

from typing import Final

import pytest

from private_connection.errors import AwsRejected, Throttled
from private_connection.reconcile import close_looks, closer
from private_connection.reconcile.changed import Changed
from private_connection.reconcile.closer import LookedCloser
from private_connection.reconcile.refused import CAUSE_LIMIT
from private_connection.reconcile.selection import ANSWER
from tests.unit.builders import ACCOUNT, OURS, Json
from tests.unit.fake_aws import DENIED, FakeAws, Refusal
from tests.unit.reconcile.close_stage import (
    ATTRIBUTES,
    CONFIGURATIONS,
    HEALTH,
    OWN,
    POLICY,
    PRINCIPALS,
    SCOPED,
    STRANGER,
    UNHEALTHY,
    Stage,
    attributes,
    chosen,
    health,
    listed_service,
    look,
    policy,
    principals,
    told,
)
from tests.unit.reconcile.made import FIRST, NAME, PLACES, SECOND, path
from tests.unit.registry.stage import a_holder, a_run


@pytest.fixture
def stage(aws: FakeAws) -> Stage:
    return Stage(aws)


# ------------------------------------------------------------------ whose


@pytest.mark.parametrize(
    "changes",
    [
        {"revision": 4},
        {"status": "TEARING_DOWN"},
        {"status": None},
        {"holder": a_holder("run-1")},
        {"worker": a_run("rollback-1")},
        {"colour": "blue"},
        {"handoff": {"status": "READY"}},
    ],
    ids=str,
)
def test_a_connection_that_was_changed_is_left_to_the_next_sweep(stage: Stage, changes: Json) -> None:
    stage.aws.answers(PRINCIPALS, principals())
    stage.lay(**changes)
    assert look() == LookedCloser(looked_at=0, drifted=(), left_over=0, unhealthy_nodes=0, news=())
    assert stage.aws.operations == ["BatchGetItem"]


@pytest.mark.parametrize(
    ("changes", "counted"), [({"holder": a_holder("run-1")}, 1), ({"revision": 4}, 1), ({"status": "TEARING_DOWN"}, 0)]
)
def test_a_node_of_one_that_was_changed_counts_as_it_was_told(stage: Stage, changes: Json, counted: int) -> None:
    stage.lay(told=[UNHEALTHY], **changes)
    assert look().unhealthy_nodes == counted


def test_a_connection_that_is_gone_is_left(stage: Stage) -> None:
    assert look(chosen(connection="gone")) == LookedCloser(
        looked_at=0, drifted=(), left_over=0, unhealthy_nodes=0, news=()
    )


def test_what_is_told_has_the_revision_and_mode_that_were_handed_on(stage: Stage) -> None:
    stage.aws.answers(PRINCIPALS, principals())
    (found,) = look(chosen(mode="report")).drifted
    assert (found.connection, found.revision, found.mode) == (NAME, 3, "report")


def test_a_node_that_the_hand_off_does_not_have_is_left(stage: Stage) -> None:
    stage.aws.answers(PRINCIPALS, principals())
    stranger = chosen().nodes[0].model_copy(update={"node": "redis-demo-009"})
    assert told(chosen(nodes=(stranger,))) == []


# ------------------------------------------------------------------ what it costs


def test_a_node_costs_three_calls_a_policy_one_and_a_batch_two(stage: Stage) -> None:
    look(chosen(FIRST, SECOND))
    assert sorted(stage.aws.operations) == sorted(
        ["BatchGetItem", "DescribeTags", POLICY, *[HEALTH, PRINCIPALS, ATTRIBUTES] * 2]
    )


@pytest.mark.parametrize("operation", ["BatchGetItem", "DescribeTags", HEALTH, PRINCIPALS, ATTRIBUTES, POLICY])
def test_what_aws_has_no_time_for_is_tried_again(stage: Stage, operation: str) -> None:
    stage.aws.answers(operation, Refusal("Throttling"))
    with pytest.raises(Throttled):
        look()


@pytest.mark.parametrize("operation", ["BatchGetItem", "DescribeTags"])
def test_a_look_at_all_of_them_that_aws_refuses_is_a_failure(stage: Stage, operation: str) -> None:
    stage.aws.answers(operation, DENIED)
    with pytest.raises(AwsRejected):
        look()


def is_of_first(text: str) -> bool:
    """Whether it names the first node's target group or service."""
    return path(FIRST) in text or FIRST in text


@pytest.mark.parametrize("operation", [HEALTH, PRINCIPALS, ATTRIBUTES])
def test_a_look_at_a_node_that_aws_refuses_is_told_and_keeps_no_other_from_being_taken(
    stage: Stage, operation: str
) -> None:
    stage.lay(told=[UNHEALTHY, {**UNHEALTHY, "node": SECOND}])
    stage.aws.answers(CONFIGURATIONS, listed_service("Available", OURS))
    right = {HEALTH: health((PLACES[SECOND][1], "healthy")), PRINCIPALS: principals(ACCOUNT), ATTRIBUTES: attributes()}
    stage.aws.answers(operation, lambda each: DENIED if is_of_first(str(each)) else right[operation])
    answer = look(chosen(FIRST, SECOND, policy=False))
    (failure,) = answer.failure
    assert (answer.looked_at, answer.unhealthy_nodes, failure.error) == (1, 1, "AwsRejected")
    assert failure.cause.startswith(f"looking at connection ({NAME}): ")
    assert is_of_first(failure.cause)
    assert [(each.nodes, each.policy) for each in answer.news] == [((SECOND,), False)]


def test_a_policy_that_aws_does_not_show_is_told_and_its_nodes_are_looked_at(stage: Stage) -> None:
    stage.aws.answers(POLICY, DENIED)
    stage.aws.answers(HEALTH, health((OWN, "unhealthy")))
    answer = look()
    assert [(each.error, "role policy" in each.cause) for each in answer.failure] == [("AwsRejected", True)]
    assert [(each.nodes, each.policy) for each in answer.news] == [((FIRST,), False)]


def test_of_many_refused_looks_the_first_is_told_and_the_others_are_counted(stage: Stage) -> None:
    stage.aws.answers(HEALTH, Refusal("AccessDenied", message="x" * 2000))
    (failure,) = look(chosen(FIRST, SECOND)).failure
    assert len(failure.cause) == CAUSE_LIMIT
    assert failure.cause.endswith("x (and 1 more)")


def test_what_has_no_room_is_counted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.aws.answers(PRINCIPALS, principals(STRANGER))
    names = [f"c{number}" for number in range(3)]
    for name in names:
        stage.lay(name)
    monkeypatch.setattr(closer, "ANSWER", 400)
    monkeypatch.setattr(closer, "FOR_NEWS", 0)
    monkeypatch.setattr(close_looks, "is_ours", lambda tags, connection: True)
    answer = look(*(chosen(connection=name) for name in names))
    assert (answer.looked_at, len(answer.drifted), answer.left_over) == (3, 2, 1)
    assert len(answer.model_dump_json(by_alias=True)) < 400 + 100


# ------------------------------------------------------------------ what is new


AFAR: Final = {"code": "CLUSTER_GONE", "node": None}


@pytest.mark.parametrize(
    ("before", "state", "is_new"),
    [
        ([], "healthy", False),
        ([], "unhealthy", True),
        ([UNHEALTHY], "unhealthy", False),
        ([UNHEALTHY], "healthy", True),
        ([AFAR], "healthy", False),
        ([{**UNHEALTHY, "node": SECOND}], "healthy", False),
        ([{**UNHEALTHY, "code": "STRANGER_CONNECTED"}], "healthy", False),
    ],
    ids=str,
)
def test_what_is_new_of_the_nodes_is_named(stage: Stage, before: list[Json], state: str, *, is_new: bool) -> None:
    stage.lay(told=before)
    stage.aws.answers(HEALTH, health((OWN, state)))
    expected = [Changed(connection=NAME, revision=3, modifying=None, nodes=(FIRST,), policy=True)] if is_new else []
    assert list(look().news) == expected


def test_what_had_no_room_is_no_news_yet(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record news would take it for what was looked at and not found."""
    stage.lay(told=[UNHEALTHY])
    stage.aws.answers(PRINCIPALS, principals(STRANGER))
    monkeypatch.setattr(closer, "FOR_NEWS", ANSWER - 10)
    answer = look()
    assert (answer.drifted, answer.left_over, answer.news) == ((), 1, ())


def test_of_one_that_is_told_in_part_nothing_is_told_to_be_no_more(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.lay(told=[UNHEALTHY])
    stage.aws.answers(PRINCIPALS, principals(STRANGER))
    stage.aws.answers(POLICY, policy(SCOPED))
    monkeypatch.setattr(closer, "FOR_NEWS", ANSWER - 150)
    answer = look()
    assert len(answer.drifted[0].drift) == 1
    assert answer.news == (Changed(connection=NAME, revision=3, modifying=None),)


def test_as_much_is_named_as_there_is_room_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"c{number}" for number in range(3)]
    for name in names:
        stage.lay(name, told=[UNHEALTHY])
    monkeypatch.setattr(closer, "ANSWER", 250)
    monkeypatch.setattr(close_looks, "is_ours", lambda tags, connection: True)
    assert [each.connection for each in look(*(chosen(connection=name) for name in names)).news] == names[:2]
