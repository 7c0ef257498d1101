"""The shape of an input: one field wrong at a time, and each told with what was found, expected and to be done."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from private_connection.contracts import Document
from private_connection.errors import InvalidRequest
from private_connection.request.models import ConnectionRequest, ProvisionRequest, Repair
from private_connection.request.parsing import parse_request, read_request, read_teardown
from tests.unit.builders import Json, a_wanted, an_input, creating
from tests.unit.fake_aws import FakeAws

BOUNDARY = "arn:aws:iam::123456789012:policy/bound"
RAISED: list[tuple[str, object]] = [
    ("NOT_AN_OBJECT", []),
    ("UNKNOWN_KEY", an_input(color=1)),
    ("MISSING_KEY", {key: value for key, value in an_input().items() if key != "connection"}),
    ("WRONG_VALUE", an_input(ingress="everywhere")),
]
VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8)
ANYTHING = st.recursive(
    VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner), max_leaves=8
)
PATHS = [
    ["connection"],
    ["workspaceId"],
    ["cluster"],
    ["cluster", "id"],
    ["cluster", "create"],
    *(["cluster", "create", key] for key in ("engine", "nodeType", "shards", "subnetIds", "port", "transitEncryption")),
    ["role"],
    ["role", "name"],
    ["tags"],
    ["ingress"],
    ["zones"],
    ["onFailure"],
]


def refused(document: object) -> str:
    with pytest.raises(InvalidRequest) as error:
        parse_request(document)
    return str(error.value)


def outcome(document: object) -> str:
    """What the input is refused with, or else what it is taken for."""
    try:
        return parse_request(document).model_dump_json(by_alias=True)
    except InvalidRequest as error:
        return str(error)


@pytest.mark.parametrize(
    "document",
    [
        an_input(),
        an_input(connection="a"),
        an_input(connection="a" * 32),
        an_input(workspaceId="ab"),
        an_input(workspaceId="a" * 1224),
        an_input(workspaceId="w+s=1,x.y@z:/-_"),
        an_input(cluster={"id": "Orders"}),
        an_input(cluster={"id": "a" * 50}),
        creating("a" * 40),
        creating(clusterMode="enabled", shards=30, replicasPerShard=4),
        creating(engine="valkey", engineVersion="8.0", nodeType="cache.r7g.16xlarge"),
        *(creating(engineVersion=version) for version in ("5.0.6", "4.0.10", "6.x", "6.2", "7.1", "10.0")),
        creating(nodeType="cache.c7gn.large", port=65535),
        *(
            creating(kmsKeyId=key)
            for key in (
                "alias/caches",
                "1234abcd-12ab-34cd-56ef-1234567890ab",
                "mrk-1234abcd12ab34cd56ef1234567890ab",
                "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
                "arn:aws-cn:kms:cn-north-1:123456789012:alias/aws/elasticache",
            )
        ),
        creating(userGroupIds=["Clients-1"], snapshotRetentionDays=35),
        an_input(role={"name": "their-role"}),
        an_input(role={"permissionsBoundary": BOUNDARY}),
    ],
    ids=lambda each: json.dumps(each)[:60],
)
def test_good_inputs(document: Json) -> None:
    assert parse_request(document).connection == document["connection"]


@pytest.mark.parametrize("document", [None, 1, True, "text", [], [an_input()]], ids=json.dumps)
def test_what_is_not_an_object(document: object) -> None:
    assert "(the input): found" in refused(document)
    assert "expected a JSON object" in refused(document)


@pytest.mark.parametrize(
    ("document", "fragments"),
    [
        ({}, ["connection: found nothing", "workspaceId: found nothing", "cluster: found nothing", "remedy: add it"]),
        (an_input(color=1), ["color: found an unknown key; expected one of connection, workspaceId", "remove it"]),
        (creating(color=1), ["cluster.create.color: found an unknown key; expected one of engine"]),
        (an_input(onFailiure="keep"), ["onFailiure: found an unknown key", "remedy: did you mean onFailure?"]),
        (an_input(conection="a"), ["conection: found an unknown key", "remedy: did you mean connection?"]),
        (creating(replicas=1), ["cluster.create.replicas: found", "remedy: did you mean replicasPerShard?"]),
        (an_input(on_failure="keep"), ["on_failure: found an unknown key", "remedy: write onFailure"]),
        (creating(node_type="cache.t4g.micro"), ["create.node_type: found an unknown key", "remedy: write nodeType"]),
        (creating(engineVersion=7.1), ["engineVersion: found 7.1", 'remedy: write it as a string: "7.1"']),
        *(
            (creating(engineVersion=version), [f'engineVersion: found "{version}"', f"remedy: {remedy}"])
            for version, remedy in (
                ("7.1.0", 'write "7.1"'),
                ("6.2.6", 'write "6.2"'),
                ("7.x", 'write it with a minor version: "7.0"'),
                ("7", 'write it with a minor version: "7.0"'),
                ("5.0", 'write it with its patch release: "5.0.6"'),
                ("5.x", 'write it with its patch release: "5.0.6"'),
            )
        ),
        (
            creating(subnetIds=["arn:aws:ec2:r:1:subnet/subnet-1"]),
            ["subnetIds.0: found", "give the id alone: subnet-1"],
        ),
        (
            an_input(cluster={"id": "orders.abc.ng.0001.use1.cache.amazonaws.com"}),
            ["cluster.id: found", "endpoints: orders"],
        ),
        (an_input(role={"name": "arn:aws:iam::1:role/a"}), ["role.name: found", "give the name alone: a"]),
        (an_input(connection="Redis"), ['connection: found "Redis"', "a-z"]),
        (an_input(connection="1redis"), ["connection: found"]),
        (an_input(connection="a--b"), ["connection: found"]),
        (an_input(connection="a-"), ["connection: found"]),
        (an_input(connection="a\n"), ["connection: found"]),
        (an_input(connection="a" * 33), ["connection: found", "1 to 32"]),
        (an_input(connection=""), ["connection: found"]),
        (an_input(connection=None), ["connection: found null"]),
        (an_input(workspaceId="a b"), ["workspaceId: found", "2 to 1,224"]),
        (an_input(workspaceId="a"), ["workspaceId: found"]),
        (an_input(workspaceId="a" * 1225), ["workspaceId: found", "..."]),
        (an_input(workspaceId="ä1"), ["workspaceId: found", "[A-Z"]),
        (an_input(cluster="orders"), ["cluster: found"]),
        (an_input(cluster={}), ["cluster.id: found nothing"]),
        (creating("a" * 41), ["cluster.id: found 41 characters", "40"]),
        (an_input(cluster={"id": "a" * 51}), ["cluster.id: found"]),
        (creating("1a"), ["cluster.id: found"]),
        (creating("a--b"), ["cluster.id: found"]),
        (creating(shards=0, clusterMode="enabled"), ["cluster.create.shards: found 0"]),
        (creating(shards=2), ["cluster.create.shards: found 2; expected 1 with cluster.create.clusterMode disabled"]),
        (creating(shards=1.5), ["cluster.create.shards: found 1.5"]),
        (creating(shards="1"), ['cluster.create.shards: found "1"']),
        (creating(shards=True), ["cluster.create.shards: found true"]),
        (creating(shards=100, replicasPerShard=5, clusterMode="enabled"), ["found 600 nodes", "at most 150"]),
        (creating(replicasPerShard=6), ["cluster.create.replicasPerShard: found 6", "0 to 5"]),
        (creating(engine="memcached"), ['cluster.create.engine: found "memcached"', "redis or valkey"]),
        (creating(nodeType="m5.large"), ["cluster.create.nodeType: found", "cache.t4g.micro"]),
        (creating(port=0), ["cluster.create.port: found 0", "1 to 65535"]),
        (creating(port=65536), ["cluster.create.port: found 65536"]),
        (creating(transitEncryption="yes"), ["cluster.create.transitEncryption: found"]),
        (creating(subnetIds=["vpc-1"]), ["cluster.create.subnetIds.0: found"]),
        (creating(subnetIds="subnet-1"), ["cluster.create.subnetIds: found"]),
        (creating(subnetIds=["subnet-1"], subnetGroup="g"), ["cluster.create.subnetGroup: found both"]),
        (creating(securityGroupIds=[f"sg-{n}" for n in range(6)]), ["cluster.create.securityGroupIds: found"]),
        *(
            (creating(kmsKeyId=key), ["cluster.create.kmsKeyId: found", "the ARN, the id or the alias (alias/...)"])
            for key in ("caches", "arn:aws:kms:us-east-1:123456789012:key/caches", "arn:aws:iam::1:role/a", "", 1)
        ),
        (creating(userGroupIds=["a", "b"]), ["cluster.create.userGroupIds: found", "one at most"]),
        (creating(userGroupIds="a"), ["cluster.create.userGroupIds: found"]),
        (creating(userGroupIds=["1a"]), ["cluster.create.userGroupIds.0: found"]),
        (creating(snapshotRetentionDays=36), ["cluster.create.snapshotRetentionDays: found 36", "0 to 35"]),
        (creating(snapshotRetentionDays=-1), ["cluster.create.snapshotRetentionDays: found -1"]),
        (an_input(tags=["team"]), ["tags: found", "an object of up to 40 tags"]),
        (an_input(tags={"team": 1}), ["tags.team: found 1"]),
        (an_input(tags={"team": "x" * 257}), ["tags.team: found"]),
        (an_input(tags={"k" * 128: "x"}), ["tags.k", "found"]),
        (
            an_input(tags={f"key-{number}": "" for number in range(41)}),
            ["tags: found", "up to 40", "take away all but 40 of the 41"],
        ),
        (an_input(tags={"aws:team": "a*"}), ["tags.aws:team: found", "[TAG_RESERVED]", "[TAG_CHARACTERS]"]),
        (an_input(role={"name": "a/b"}), ["role.name: found"]),
        (an_input(role={"permissionsBoundary": "x"}), ["role.permissionsBoundary: found"]),
        (
            an_input(role={"name": "a", "permissionsBoundary": "arn:aws:iam::aws:policy/b"}),
            ["role.permissionsBoundary: found a boundary beside role.name"],
        ),
        (an_input(ingress="everywhere"), ['ingress: found "everywhere"', "subnets, anywhere or none"]),
        (an_input(zones="every"), ['zones: found "every"', "node or all"]),
        (an_input(zones=["us-east-1a"]), ["zones: found", "node or all"]),
        (an_input(reconcile="always"), ["reconcile: found", "repair, report or off, or null"]),
        (an_input(accessPolicy="wide"), ["accessPolicy: found", "documented or scoped"]),
        (an_input(onFailure="ignore"), ["onFailure: found", "rollback or keep"]),
        (an_input(repair=True), ["repair: found true", "which reconcile sends"]),
        (an_input(repair={"revision": 0}), ["repair.revision: found 0", "it counts from 1"]),
        (an_input(repair={}), ["repair.revision: found nothing", "it counts from 1"]),
        (
            an_input(repair={"revision": 3, "drift": ["RULE_GONE"] * 11}),
            ["repair.drift: found", "at most 10 drift codes"],
        ),
        (an_input(repair={"revision": 3, "drift": ["rule"]}), ['repair.drift.0: found "rule"', "drift codes"]),
    ],
    ids=lambda each: json.dumps(each)[:60],
)
def test_bad_inputs_are_told_by_field(document: Json, fragments: list[str]) -> None:
    message = refused(document)
    assert message.startswith("validating request: ")
    assert [each for each in fragments if each not in message] == []
    assert "remedy: " in message


@pytest.mark.parametrize(("code", "document"), RAISED, ids=[row[0] for row in RAISED])
def test_a_finding_on_the_shape(code: str, document: object) -> None:
    assert re.findall(r"\[([A-Z_]+)\]", refused(document)) == [code]


def test_snake_case_is_no_spelling_of_a_key_even_beside_the_right_one() -> None:
    document = {"connection": "orders", "workspace_id": "ws-1", "cluster": {"id": "orders"}}
    for each in (document, document | {"workspaceId": "ws-1"}):
        assert "workspace_id: found an unknown key" in refused(each)
    with pytest.raises(InvalidRequest, match=r"delete_cluster: found an unknown key.* write deleteCluster"):
        read_teardown(Document({"connection": "orders", "delete_cluster": True}))


def test_all_wrong_fields_are_told_at_once() -> None:
    message = refused(an_input(connection="A", workspaceId="a b", cluster={"id": "1", "create": {"port": 0}}))
    assert [message.count(field) for field in ("connection: ", "workspaceId: ", "cluster.id: ", "create.port: ")] == [
        1
    ] * 4
    assert message.count(" | ") == 3


HUGE: list[Json] = [
    {f"field{number}": 1 for number in range(2_500)},
    *({character * 100_000: 1} for character in ('"', "\n", "\0", "é")),
    {"cluster": {"id": "orders", "create": {"subnetIds": ["x"] * 10_000}}},
    {"cluster": {"\0" * 50_000: {}, "create": {"é" * 50_000: {}}}},
    {"workspaceId": "é" * 100_000},
    {"workspaceId": "\ud800"},
    {"\ud800": 1},
]
"""Each within the 256 KiB that an execution's input may have, or not far beyond."""


@pytest.mark.parametrize("changes", HUGE, ids=[f"{str(each)[:30]}…" for each in HUGE])
@pytest.mark.parametrize("model", ["provision", "teardown"])
def test_however_large_a_wrong_input_is_the_text_is_bounded(changes: Json, model: str) -> None:
    document = an_input() | changes
    with pytest.raises(InvalidRequest) as error:
        parse_request(document) if model == "provision" else read_teardown(Document(document))
    assert len(json.dumps(str(error.value))) < 12_000


def test_of_many_wrong_fields_the_known_ones_come_first() -> None:
    message = refused({f"field{number}": 1 for number in range(2_500)} | {"connection": "A"})
    assert [message.count(f"[{code}]") for code in ("WRONG_VALUE", "MISSING_KEY", "UNKNOWN_KEY")] == [1, 2, 17]
    assert message.endswith(" | and 2483 more; correct these first")


@given(ANYTHING)
def test_whatever_comes_in_is_refused_by_name(document: object) -> None:
    assert refused(document)


@given(st.sampled_from(PATHS), ANYTHING)
def test_whatever_stands_in_a_field_is_taken_or_refused_by_name(path: list[str], value: object) -> None:
    document = creating()
    place = document
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = value
    assert path[-1] in outcome(document)


@pytest.mark.parametrize(
    ("makers", "fragments"),
    [
        ("orders-1-0a1b2c3d", ['createdBy: found "orders-1-0a1b2c3d"', 'write it as a list: ["orders-1-0a1b2c3d"]']),
        ([], ["createdBy: found []"]),
        (["run"] * 51, ["createdBy: found"]),
        ([""], ['createdBy.0: found ""']),
        (["run", "x" * 101], ["createdBy.1: found"]),
        (["run", None], ["createdBy.1: found null"]),
        ({"run": 1}, ["createdBy: found"]),
    ],
)
def test_makers_are_a_list_of_texts(makers: JsonValue, fragments: list[str]) -> None:
    with pytest.raises(InvalidRequest) as error:
        read_teardown(Document({"connection": "orders", "createdBy": makers}))
    for each in [*fragments, "a list of makers (values of the tag private-connection/created-by)"]:
        assert each in str(error.value)


@pytest.mark.parametrize("makers", [None, ["x"], ["x" * 100] * 50])
def test_makers_that_a_teardown_takes(makers: list[JsonValue] | None) -> None:
    read = read_teardown(Document({"connection": "orders", "createdBy": makers}))
    assert read.created_by == (None if makers is None else tuple(makers))


# ------------------------------------------------------------------ the steps that read


@pytest.mark.parametrize(
    "document", [an_input(), creating(shards=2, clusterMode="enabled"), an_input(ingress="anywhere")]
)
def test_what_the_connection_shall_be_is_told_apart_from_what_is_said_of_the_run(aws: FakeAws, document: Json) -> None:
    for on_failure in ("rollback", "keep"):
        asked = read_request(Document(document | {"onFailure": on_failure}))
        assert asked.on_failure == on_failure
        assert asked.repair is None
        assert not {"onFailure", "repair", "plan"} & set(asked.request.model_dump(by_alias=True))
        assert parse_request(asked.request.model_dump(mode="json", by_alias=True)) == parse_request(document)
    assert aws.calls == []


def test_a_repair_keeps_what_it_made_whatever_is_asked() -> None:
    asked = read_request(Document(an_input(onFailure="rollback", repair={"revision": 3})))
    assert (asked.on_failure, asked.repair) == ("keep", Repair(revision=3))


@pytest.mark.parametrize("plan", [True, False])
def test_whether_only_a_plan_is_asked_for_is_told(plan: bool) -> None:
    assert read_request(Document(an_input(plan=plan))).plan == plan


def test_a_repair_says_what_it_was_started_for() -> None:
    repair = {"revision": 3, "drift": ["ADDRESS_CHANGED", "RULE_GONE"]}
    asked = read_request(Document(an_input(repair=repair)))
    assert asked.model_dump(mode="json", by_alias=True)["repair"] == repair


def test_of_a_request_only_what_is_said_of_the_run_is_left_out() -> None:
    assert set(ProvisionRequest.model_fields) - set(ConnectionRequest.model_fields) == {"on_failure", "repair", "plan"}
    asked = read_request(Document(an_input()))
    assert type(asked.request) is ConnectionRequest
    assert (asked.request.ingress, asked.on_failure) == ("subnets", "rollback")


@pytest.mark.parametrize(("code", "document"), RAISED, ids=[row[0] for row in RAISED])
def test_a_request_of_the_wrong_shape_is_refused_without_a_call(aws: FakeAws, code: str, document: JsonValue) -> None:
    with pytest.raises(InvalidRequest, match=rf"\[{code}\]"):
        read_request(Document(document))
    assert aws.calls == []


def test_a_teardown_that_nobody_started_within_a_claim_has_none() -> None:
    read = read_teardown(Document({"connection": "orders"}))
    assert read.model_dump(mode="json", by_alias=True) == {
        "connection": "orders",
        "createdBy": None,
        "claim": None,
        "wanted": None,
        "notBefore": None,
        "deleteCluster": False,
        "finalSnapshot": True,
        "force": False,
    }


@pytest.mark.parametrize("moment", ["2026-01-31T12:00:30Z", "2026-01-31T12:00:30.250000Z", "2026-01-31T14:00:30+02:00"])
def test_a_nested_teardown_is_told_whose_claim_it_works_under_and_from_when(moment: str) -> None:
    read = read_teardown(Document({"connection": "orders", "claim": "run-1-0a1b2c3d", "notBefore": moment}))
    shown = read.model_dump(mode="json", by_alias=True)
    assert (shown["claim"], shown["notBefore"]) == ("run-1-0a1b2c3d", moment)


NO_TEXTS: list[JsonValue] = ["", 5, ["run-1"], {}, False]
NO_MOMENTS: list[JsonValue] = ["", "soon", 1_769_860_830, True, [], "12:00:30Z"]


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        *(("claim", value, json.dumps(value)) for value in NO_TEXTS),
        ("claim", "x" * 101, f'"{"x" * 76}...'),
        *(("notBefore", value, json.dumps(value)) for value in NO_MOMENTS),
        ("notBefore", "2026-01-31T12:00:30", '"2026-01-31T12:00:30"'),
        ("notBefore", "2026-01-31", '"2026-01-31"'),
        ("notBefore", "2026-02-31T12:00:30Z", '"2026-02-31T12:00:30Z"'),
    ],
)
def test_a_claim_or_a_moment_of_another_form_is_named(field: str, value: JsonValue, found: str) -> None:
    expected = {"claim": "null; a run that rolls back", "notBefore": "null, or the moment before which"}[field]
    with pytest.raises(InvalidRequest) as error:
        read_teardown(Document({"connection": "orders", field: value}))
    assert f"{field}: found {found}; expected {expected}" in str(error.value)


WANTED: JsonValue = a_wanted().model_dump(mode="json", by_alias=True)


def test_a_run_that_withdraws_says_what_is_wanted() -> None:
    read = read_teardown(Document({"connection": "orders", "claim": "run-1-0a1b2c3d", "wanted": WANTED}))
    assert read.wanted == a_wanted()


@pytest.mark.parametrize("changes", [{}, {"claim": "run-1-0a1b2c3d", "force": True}], ids=str)
def test_nobody_else_says_what_is_wanted(changes: Json) -> None:
    with pytest.raises(InvalidRequest, match=r"wanted: found it (without claim|beside force); .* \[WANTED_BY_HAND\]"):
        read_teardown(Document({"connection": "orders", "wanted": WANTED, **changes}))


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("everything", 'wanted: found "everything"; expected null; a run that withdraws'),
        ({}, "wanted.clusterId: found nothing"),
        ({**a_wanted().model_dump(mode="json", by_alias=True), "vpc": "vpc-1"}, "wanted.vpc: found an unknown key"),
    ],
)
def test_what_is_wanted_in_another_form_is_named(wanted: JsonValue, message: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        read_teardown(Document({"connection": "orders", "claim": "run-1-0a1b2c3d", "wanted": wanted}))
    assert message in str(error.value)
