"""A close look: what only a call for each node shows, and the text of a connection's policy."""

from typing import Final, get_args

import pytest

from private_connection.ownership import CREATED_BY
from private_connection.reconcile.closer import LookedCloser
from private_connection.reconcile.codes import DriftCode
from tests.unit.builders import ACCOUNT, OURS, Json
from tests.unit.described import role
from tests.unit.fake_aws import DENIED, Answer, FakeAws, Refusal
from tests.unit.reconcile.close_stage import (
    ATTRIBUTES,
    CONFIGURATIONS,
    GONE,
    HEALTH,
    OWN,
    POLICY,
    PRINCIPALS,
    READS,
    ROLE,
    ROLE_TAGS,
    SCOPED,
    STRANGER,
    UNHEALTHY,
    WANTED,
    Stage,
    Told,
    arns,
    attributes,
    chosen,
    health,
    listed_service,
    look,
    policy,
    principals,
    told,
    with_statements,
)
from tests.unit.reconcile.made import FIRST, SECOND


@pytest.fixture
def stage(aws: FakeAws) -> Stage:
    return Stage(aws)


# ------------------------------------------------------------------ what has drifted

DRIFTS: Final[dict[str, tuple[str, Answer, list[DriftCode]]]] = {
    "nothing registered": (HEALTH, health(), ["TARGET_GONE"]),
    "its address draining": (HEALTH, health((OWN, "draining")), ["TARGET_GONE"]),
    "another address instead": (HEALTH, health(("10.0.0.9", "healthy")), ["TARGET_CHANGED"]),
    "its address draining, and another": (
        HEALTH,
        health((OWN, "draining"), ("10.0.0.9", "unhealthy")),
        ["TARGET_CHANGED"],
    ),
    "another address beside it": (HEALTH, health((OWN, "healthy"), ("10.0.0.9", "unhealthy")), ["TARGET_CHANGED"]),
    "another port": (HEALTH, health((OWN, "healthy"), port=6380), ["TARGET_CHANGED"]),
    **{
        f"its node {state}": (HEALTH, health((OWN, state)), ["NODE_UNHEALTHY"])
        for state in ("unhealthy", "unused", "unavailable", "unhealthy.draining")
    },
    "nobody admitted": (PRINCIPALS, principals(), ["PRINCIPAL_GONE"]),
    "a stranger instead": (PRINCIPALS, principals(STRANGER), ["PRINCIPAL_GONE", "STRANGER_ADMITTED"]),
    "a stranger beside": (PRINCIPALS, principals(ACCOUNT, STRANGER), ["STRANGER_ADMITTED"]),
    "everybody": (PRINCIPALS, principals("*", ACCOUNT), ["STRANGER_ADMITTED"]),
    "proxy protocol": (ATTRIBUTES, attributes(**{"proxy_protocol_v2.enabled": "true"}), ["ATTRIBUTES_CHANGED"]),
    "cross-zone": (ATTRIBUTES, attributes(**{"load_balancing.cross_zone.enabled": "true"}), ["ATTRIBUTES_CHANGED"]),
    "a wider policy": (POLICY, policy(with_statements(READS)), ["POLICY_CHANGED"]),
    "no policy": (POLICY, Refusal("NoSuchEntity", 404), ["POLICY_GONE"]),
    "another policy": (POLICY, policy(SCOPED), ["POLICY_CHANGED"]),
    "a policy with a statement less": (
        POLICY,
        policy({**WANTED, "Statement": WANTED["Statement"][:1]}),
        ["POLICY_CHANGED"],
    ),
    "a Deny in the policy": (POLICY, policy(with_statements({**READS, "Effect": "Deny"})), ["POLICY_CHANGED"]),
}
QUIET: Final[dict[str, tuple[str, Answer]]] = {
    "nothing": (HEALTH, health((OWN, "healthy"))),
    "its address registered just now": (HEALTH, health((OWN, "initial"))),
    "another address draining": (HEALTH, health((OWN, "healthy"), ("10.0.0.9", "draining"))),
    "the policy in another form": (
        POLICY,
        policy(
            {
                "Statement": [
                    {
                        **each,
                        "Action": sorted(each["Action"], reverse=True)
                        if isinstance(each["Action"], list)
                        else [each["Action"]],
                        "Sid": f"theirs{number}",
                    }
                    for number, each in enumerate(reversed(WANTED["Statement"]))
                ]
            }
        ),
    ),
    "an attribute that no run sets": (ATTRIBUTES, attributes(**{"stickiness.enabled": "true"})),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_what_has_drifted_is_told(stage: Stage, name: str) -> None:
    operation, answer, codes = DRIFTS[name]
    stage.aws.answers(operation, answer)
    assert told() == [(code, None if operation == POLICY else FIRST) for code in codes]


@pytest.mark.parametrize("name", QUIET)
def test_what_is_right_or_about_to_be_is_not_told(stage: Stage, name: str) -> None:
    operation, answer = QUIET[name]
    stage.aws.answers(operation, answer)
    assert look() == LookedCloser(looked_at=1, drifted=(), left_over=0, unhealthy_nodes=0, news=())


@pytest.mark.parametrize("place", [0, 1], ids=["load balancer", "target group"])
@pytest.mark.parametrize("tags", [{}, {CREATED_BY: "run-1"}, {**OURS, "private-connection": "another"}], ids=str)
def test_where_marks_are_lost_the_rest_is_told_beside(stage: Stage, place: int, tags: Json) -> None:
    stage.tags[arns()[place]] = tags
    assert told() == [("MARKS_LOST", FIRST)]
    for operation, answer in (
        (HEALTH, health((OWN, "unhealthy"))),
        (PRINCIPALS, principals(STRANGER, ACCOUNT)),
        (ATTRIBUTES, attributes(**{"proxy_protocol_v2.enabled": "true"})),
    ):
        stage.aws.answers(operation, answer)
    codes = ("STRANGER_ADMITTED", "ATTRIBUTES_CHANGED", "MARKS_LOST", "NODE_UNHEALTHY")
    assert told() == [(code, FIRST) for code in codes]


def test_what_lost_its_marks_is_asked_for_no_tags_of_the_users(stage: Stage) -> None:
    stage.lay(request={"tags": {"team": "payments"}})
    stage.tags[arns()[0]] = {}
    assert told() == [("MARKS_LOST", FIRST)]


UNLISTED: Final[Json] = {"ServiceConfigurations": []}
UNSEEN: Final[dict[str, dict[str, Answer]]] = {
    "a target group that is gone": {HEALTH: GONE},
    "a target group that goes": {ATTRIBUTES: GONE},
    "a service that is gone": {PRINCIPALS: Refusal("InvalidVpcEndpointService.NotFound")},
    "a service whose tags are gone with it": {PRINCIPALS: DENIED, CONFIGURATIONS: UNLISTED},
    "a service that goes": {PRINCIPALS: DENIED, CONFIGURATIONS: listed_service("Deleting", OURS)},
    "a service that has lost its tags": {PRINCIPALS: DENIED, CONFIGURATIONS: listed_service("Available", {})},
}
"""Where it is not known of a node how it is."""


@pytest.mark.parametrize("name", UNSEEN)
def test_what_is_gone_by_now_was_not_seen_and_stays_as_it_was_told(stage: Stage, name: str) -> None:
    stage.lay(told=[UNHEALTHY])
    for operation, answer in UNSEEN[name].items():
        stage.aws.answers(operation, answer)
    assert look() == LookedCloser(looked_at=0, drifted=(), left_over=0, unhealthy_nodes=1, news=())


def test_a_policy_of_a_role_that_is_gone_by_now_stays_as_it_was_told(stage: Stage) -> None:
    stage.lay(told=[{"code": "POLICY_CHANGED", "node": None}])
    for operation in (POLICY, "GetRole"):
        stage.aws.answers(operation, Refusal("NoSuchEntity", 404))
    assert look() == LookedCloser(looked_at=1, drifted=(), left_over=0, unhealthy_nodes=0, news=())


@pytest.mark.parametrize("place", [0, 1], ids=["load balancer", "target group"])
def test_what_is_gone_by_now_is_left_to_the_next_sweep_and_the_others_are_looked_at(stage: Stage, place: int) -> None:
    del stage.tags[arns()[place]]
    stage.aws.answers(PRINCIPALS, principals())
    assert told(chosen(FIRST, SECOND)) == [("PRINCIPAL_GONE", SECOND)]


def test_what_was_known_of_a_node_before_is_told_beside_what_is_found(stage: Stage) -> None:
    (node,) = chosen().nodes
    known = chosen(nodes=(node.model_copy(update={"known": ("MARKS_LOST",)}),))
    assert told(known) == [("MARKS_LOST", FIRST)]
    stage.aws.answers("DescribeTargetHealth", health((OWN, "unhealthy")))
    assert told(known) == [("MARKS_LOST", FIRST), ("NODE_UNHEALTHY", FIRST)]


TEAM: Final = {"team": "payments"}


@pytest.mark.parametrize(
    ("place", "tags", "codes"),
    [
        (0, {**OURS, **TEAM, "more": "of theirs"}, []),
        (0, OURS, [("TAGS_CHANGED", FIRST)]),
        (1, {**OURS, "team": "others"}, [("TAGS_CHANGED", FIRST)]),
    ],
)
def test_load_balancer_and_target_group_have_the_tags_that_the_request_asks_for(
    stage: Stage, place: int, tags: Json, codes: Told
) -> None:
    stage.lay(request={"tags": TEAM})
    stage.tags = {**{each: {**OURS, **TEAM} for each in stage.tags}, arns()[place]: tags}
    assert told() == codes


def test_several_zones_are_to_be_crossed(stage: Stage) -> None:
    node = chosen().nodes[0].model_copy(update={"cross_zone": True})
    assert told(chosen(nodes=(node,))) == [("ATTRIBUTES_CHANGED", FIRST)]


def test_all_of_a_node_is_told_at_once_the_worst_first(stage: Stage) -> None:
    for operation, answer in (
        (HEALTH, health()),
        (PRINCIPALS, principals(STRANGER)),
        (ATTRIBUTES, attributes(**{"proxy_protocol_v2.enabled": "true"})),
        (POLICY, policy(SCOPED)),
    ):
        stage.aws.answers(operation, answer)
    assert told() == [
        ("TARGET_GONE", FIRST),
        ("PRINCIPAL_GONE", FIRST),
        ("STRANGER_ADMITTED", FIRST),
        ("POLICY_CHANGED", None),
        ("ATTRIBUTES_CHANGED", FIRST),
    ]


def test_every_code_that_takes_a_close_look_has_a_row() -> None:
    rows = {code for _, _, codes in DRIFTS.values() for code in codes} | {"MARKS_LOST"}
    assert rows < set(get_args(DriftCode))
    assert len(rows) == 9


# ------------------------------------------------------------------ the policy


@pytest.mark.parametrize(
    ("described", "codes"),
    [
        (role(ROLE, path="/private-connection/", tags=ROLE_TAGS), [("POLICY_CHANGED", None)]),
        (role(ROLE, path="/private-connection/"), []),
        (role(ROLE, path="/", tags=ROLE_TAGS), []),
        (role("their-role"), [("POLICY_CHANGED", None)]),
    ],
    ids=["ours", "without marks", "elsewhere", "one that may be extended"],
)
def test_a_policy_that_no_run_may_write_is_left(stage: Stage, described: Json, codes: Told) -> None:
    stage.aws.answers(POLICY, policy(SCOPED))
    stage.aws.answers("GetRole", {"Role": described})
    assert told() == codes


def test_a_policy_is_what_the_request_asks_for(stage: Stage) -> None:
    stage.lay(request={"accessPolicy": "scoped"})
    assert told() == [("POLICY_CHANGED", None)]
    stage.aws.answers(POLICY, policy(SCOPED))
    assert told() == []


def test_a_policy_is_looked_at_where_that_is_asked_for(stage: Stage) -> None:
    stage.aws.answers(POLICY, policy(SCOPED))
    assert told(chosen(policy=False)) == []
    assert POLICY not in stage.aws.operations
