"""Look closer: what only a call for each node shows, and the text of a connection's policy."""

import json
from collections.abc import Mapping
from typing import Any, Final, get_args

import pytest

from private_connection.access.policies import policy_document
from private_connection.access.sids import marked
from private_connection.errors import AwsRejected, StepError, Throttled
from private_connection.naming import access_role
from private_connection.ownership import CREATED_BY, WORKSPACE
from private_connection.paths.target_group_attributes import wanted_attributes
from private_connection.reconcile import closer
from private_connection.reconcile.changed import Changed
from private_connection.reconcile.closer import LookedCloser, look_closer
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.selection import ANSWER, ChosenConnection, ChosenNode, LookCloser
from private_connection.settings import settings
from tests.unit.builders import ACCOUNT, OURS, Json, tag_list
from tests.unit.described import role, tags_by_arn
from tests.unit.fake_aws import DENIED, Answer, FakeAws, Refusal
from tests.unit.reconcile.made import FIRST, NAME, PLACES, REGION, SECOND, a_handoff, asked, path
from tests.unit.registry.stage import FakeTable, a_holder, a_run, settled

ROLE: Final = access_role("ws-1")
ROLE_ARN: Final = f"arn:aws:iam::123456789012:role/private-connection/{ROLE}"
ROLE_TAGS: Final = {WORKSPACE: "ws-1", CREATED_BY: "run-1"}
WANTED: Final = marked(policy_document("documented", ROLE_ARN, REGION, NAME), "run-1")
SCOPED: Final = policy_document("scoped", ROLE_ARN, REGION, NAME)
READS: Final[Json] = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
OWN: Final = PLACES[FIRST][1]
STRANGER: Final = "arn:aws:iam::444455556666:root"
GONE: Final = Refusal("TargetGroupNotFound")
Told = list[tuple[str, str | None]]


def health(*targets: tuple[str, str], port: int = 6379) -> Json:
    """Addresses, each with its state."""
    return {
        "TargetHealthDescriptions": [
            {"Target": {"Id": address, "Port": port}, "TargetHealth": {"State": state}} for address, state in targets
        ]
    }


def principals(*arns: str) -> Json:
    return {"AllowedPrincipals": [{"Principal": each} for each in arns]}


def attributes(**changes: str) -> Json:
    return {"Attributes": tag_list({**wanted_attributes(cross_zone=False), **changes})}


def with_statements(*more: Json) -> Json:
    return {**WANTED, "Statement": [*WANTED["Statement"], *more]}


def policy(document: Json) -> Json:
    return {
        "RoleName": ROLE,
        "PolicyName": "policy",
        "PolicyDocument": json.dumps(document),
    }


def chosen(*nodes: str, **changes: Any) -> ChosenConnection:
    fields: Json = {"connection": NAME, "revision": 3, "mode": "repair", "policy": True}
    picked = tuple(
        ChosenNode(node=node, load_balancer=f"{path(node)}/1", target_group=f"{path(node)}/2", cross_zone=False)
        for node in nodes or (FIRST,)
    )
    return ChosenConnection(**fields | {"nodes": picked} | changes)


def arns(node: str = FIRST) -> tuple[str, str]:
    return f"{settings().load_balancers}/{path(node)}/1", f"{settings().target_groups}/{path(node)}/2"


class Stage:
    """A connection that is as a run left it."""

    def __init__(self, aws: FakeAws) -> None:
        self.aws, self.table = aws, FakeTable(aws)
        self.lay()
        self.tags: dict[str, Mapping[str, str]] = {arn: OURS for node in (FIRST, SECOND) for arn in arns(node)}
        aws.answers("DescribeTags", self._describe_tags)
        aws.answers("DescribeTargetHealth", lambda each: health((self._address(each["TargetGroupArn"]), "healthy")))
        aws.answers("DescribeTargetGroupAttributes", attributes())
        aws.answers("DescribeVpcEndpointServicePermissions", principals(ACCOUNT))
        aws.answers("GetRolePolicy", policy(WANTED))
        aws.answers("GetRole", {"Role": role(ROLE, path="/private-connection/", tags=ROLE_TAGS)})

    def lay(self, name: str = NAME, request: Json | None = None, **changes: object) -> None:
        handoff = a_handoff(connection=name, role_arn=ROLE_ARN).model_dump(mode="json", by_alias=True)
        item = settled("READY", connection=name, request=asked(connection=name, **request or {}), handoff=handoff)
        self.table.lay(**item | changes)

    def _describe_tags(self, asked_for: Json) -> Json | Refusal:
        if not set(asked_for["ResourceArns"]) <= set(self.tags):
            return GONE
        found = {arn: self.tags[arn] for arn in asked_for["ResourceArns"]}
        described = tags_by_arn({arn: tags for arn, tags in found.items() if tags})["TagDescriptions"]
        return {"TagDescriptions": [*described, *({"ResourceArn": arn} for arn, tags in found.items() if not tags)]}

    def _address(self, group: str) -> str:
        return next(PLACES[node][1] for node in (FIRST, SECOND) if path(node) in group)


@pytest.fixture
def stage(aws: FakeAws) -> Stage:
    return Stage(aws)


def look(*connections: ChosenConnection) -> LookedCloser:
    return look_closer(LookCloser(connections=connections or (chosen(),)))


def told(*connections: ChosenConnection) -> Told:
    return [(drift.code, drift.node) for each in look(*connections).drifted for drift in each.drift]


# ------------------------------------------------------------------ what has drifted

HEALTH, PRINCIPALS = "DescribeTargetHealth", "DescribeVpcEndpointServicePermissions"
ATTRIBUTES, POLICY = "DescribeTargetGroupAttributes", "GetRolePolicy"
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
    "a target group that is gone": (HEALTH, GONE),
    "a service that is gone": (PRINCIPALS, Refusal("InvalidVpcEndpointService.NotFound")),
    "a target group that goes": (ATTRIBUTES, GONE),
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
def test_what_is_right_or_about_to_be_or_gone_by_now_is_not_told(stage: Stage, name: str) -> None:
    operation, answer = QUIET[name]
    stage.aws.answers(operation, answer)
    assert look() == LookedCloser(looked_at=1, drifted=(), left_over=0, unhealthy_nodes=0, news=())


@pytest.mark.parametrize("place", [0, 1], ids=["load balancer", "target group"])
@pytest.mark.parametrize("tags", [{}, {CREATED_BY: "run-1"}, {**OURS, "private-connection": "another"}], ids=str)
def test_where_marks_are_lost_nothing_else_is_looked_at(stage: Stage, place: int, tags: Json) -> None:
    stage.tags[arns()[place]] = tags
    stage.aws.answers(PRINCIPALS, principals())
    assert told() == [("MARKS_LOST", FIRST)]
    assert not {HEALTH, PRINCIPALS, ATTRIBUTES} & set(stage.aws.operations)


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
@pytest.mark.parametrize(("refusal", "error"), [(DENIED, AwsRejected), (Refusal("Throttling"), Throttled)])
def test_what_aws_refuses_is_told_or_tried_again(
    stage: Stage, operation: str, refusal: Refusal, error: type[StepError]
) -> None:
    stage.aws.answers(operation, refusal)
    with pytest.raises(error):
        look()


def test_what_has_no_room_is_counted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.aws.answers(PRINCIPALS, principals(STRANGER))
    names = [f"c{number}" for number in range(3)]
    for name in names:
        stage.lay(name)
    monkeypatch.setattr(closer, "ANSWER", 400)
    monkeypatch.setattr(closer, "FOR_NEWS", 0)
    monkeypatch.setattr(closer, "is_ours", lambda tags, connection: True)
    answer = look(*(chosen(connection=name) for name in names))
    assert (answer.looked_at, len(answer.drifted), answer.left_over) == (3, 2, 1)
    assert len(answer.model_dump_json(by_alias=True)) < 400 + 100


# ------------------------------------------------------------------ what is new


UNHEALTHY: Final = {"code": "NODE_UNHEALTHY", "node": FIRST}
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
    monkeypatch.setattr(closer, "is_ours", lambda tags, connection: True)
    assert [each.connection for each in look(*(chosen(connection=name) for name in names)).news] == names[:2]
