"""Fields that do not go together: each pair, and what goes."""

from typing import Final

import pytest

from private_connection.request.codes import CODES
from private_connection.request.contradictions import contradictions, contradictions_of_removal
from private_connection.request.models import ProvisionRequest
from private_connection.request.removal import TeardownRequest
from tests.unit.builders import Json, a_request, a_wanted, an_input, creating

BOUNDARY: Final = "arn:aws:iam::123456789012:policy/bound"
RAISED: Final[list[tuple[str, str, Json]]] = [
    (
        "BOUNDARY_ON_NAMED_ROLE",
        "role.permissionsBoundary",
        an_input(role={"name": "a", "permissionsBoundary": BOUNDARY}),
    ),
    ("CLUSTER_ID_TOO_LONG", "cluster.id", creating("a" * 41)),
    ("SHARDS_WITHOUT_CLUSTER_MODE", "cluster.create.shards", creating(shards=2)),
    (
        "SUBNETS_AND_SUBNET_GROUP",
        "cluster.create.subnetGroup",
        creating(subnetIds=["subnet-1"], subnetGroup="g"),
    ),
    (
        "KMS_KEY_WITHOUT_ENCRYPTION",
        "cluster.create.kmsKeyId",
        creating(kmsKeyId="alias/caches", atRestEncryption=False),
    ),
    (
        "USER_GROUP_WITHOUT_TLS",
        "cluster.create.userGroupIds",
        creating(userGroupIds=["clients"], transitEncryption=False),
    ),
    *(
        ("USER_GROUP_WITHOUT_USERS", "cluster.create.userGroupIds", creating(userGroupIds=["a"], engineVersion=version))
        for version in ("5.0.6", "4.0.10", "3.2.10")
    ),
    (
        "NODE_TYPE_WITHOUT_BACKUPS",
        "cluster.create.snapshotRetentionDays",
        creating(nodeType="cache.t1.micro", snapshotRetentionDays=1),
    ),
    ("TAG_RESERVED", "tags.aws:team", an_input(tags={"aws:team": "a"})),
    ("PLAN_OF_A_REPAIR", "plan", an_input(plan=True, repair={"revision": 3})),
    ("ACKNOWLEDGED_UNKNOWN", "acknowledge", an_input(acknowledge=["NONESUCH"])),
    *(
        ("ACKNOWLEDGED_REFUSAL", "acknowledge", an_input(acknowledge=[code]))
        for code in sorted(CODES)
        if CODES[code].level == "refusal"
    ),
    *(
        ("ACKNOWLEDGED_NO_ERROR", "acknowledge", an_input(acknowledge=[code]))
        for code in sorted(CODES)
        if CODES[code].level in ("warning", "info")
    ),
    ("TOO_MANY_NODES", "cluster.create.shards", creating(shards=151, clusterMode="enabled")),
]
NOT_RAISED: Final[list[Json]] = [
    an_input(cluster={"id": "a" * 50}),
    an_input(role={"permissionsBoundary": BOUNDARY}),
    creating("a" * 40),
    creating(kmsKeyId="alias/caches", userGroupIds=["clients"], snapshotRetentionDays=35),
    *(creating(userGroupIds=["clients"], engineVersion=version) for version in ("6.x", "6.0", "7.1", "10.0")),
    creating(userGroupIds=["clients"], engine="valkey", engineVersion="7.2"),
    creating(nodeType="cache.t1.micro"),
    creating(nodeType="cache.t2.micro", snapshotRetentionDays=1),
    creating(nodeType="cache.t1.micro", snapshotRetentionDays=1, clusterMode="enabled"),
    creating(clusterMode="enabled", shards=30, replicasPerShard=4),
    an_input(plan=True),
    an_input(repair={"revision": 3}),
    an_input(repair={"revision": 3}, acknowledge=["NONESUCH"]),
    an_input(acknowledge=sorted(code for code, rule in CODES.items() if rule.level == "error")),
]


def found(document: Json) -> list[tuple[str, str]]:
    request = ProvisionRequest.model_validate(document, strict=False)
    return [(each.code, each.field) for each in contradictions(request)]


@pytest.mark.parametrize(("code", "field", "document"), RAISED, ids=str)
def test_what_does_not_go_together_is_a_finding(code: str, field: str, document: Json) -> None:
    assert found(document) == [(code, field)]


@pytest.mark.parametrize("document", NOT_RAISED, ids=str)
def test_what_goes_together_is_none(document: Json) -> None:
    assert found(document) == []


def test_each_code_that_is_acknowledged_for_nothing_is_named_once_and_those_that_could_be_are_named() -> None:
    request = a_request().model_copy(update={"acknowledge": ("NONESUCH", "CLUSTER_ABSENT", "NONESUCH", "CALL_DENIED")})
    one, other = contradictions(request)
    assert (one.found, other.found) == ('"NONESUCH", which is no code', "CLUSTER_ABSENT, a refusal, which never passes")
    assert all(" CALL_DENIED, INGRESS_CLOSED" in each.expected for each in (one, other))


# ------------------------------------------------------------------ what only a run writes

BY_A_RUN: Final[Json] = {"wanted": a_wanted(), "claim": "run-1-0a1b2c3d"}
OF_REMOVAL: Final[list[tuple[str, Json, str]]] = [
    ("WANTED_BY_HAND", {"claim": None}, "it without claim"),
    ("WANTED_BY_HAND", {"created_by": ("run-1",)}, "it beside createdBy"),
    ("WANTED_BY_HAND", {"delete_cluster": True}, "it beside deleteCluster"),
    ("WANTED_BY_HAND", {"force": True}, "it beside force"),
    (
        "WANTED_BY_HAND",
        {"created_by": ("run-1",), "delete_cluster": True, "force": True, "claim": None},
        "it beside createdBy and deleteCluster and force",
    ),
]


@pytest.mark.parametrize(("code", "changes", "found"), OF_REMOVAL, ids=[row[2] for row in OF_REMOVAL])
def test_what_is_wanted_is_written_by_a_run_alone(code: str, changes: Json, found: str) -> None:
    (each,) = contradictions_of_removal(TeardownRequest(connection="orders", **BY_A_RUN | changes))
    assert (each.code, each.level, each.field, each.found) == (code, "refusal", "wanted", found)


@pytest.mark.parametrize(
    "fields",
    [
        BY_A_RUN,
        BY_A_RUN | {"final_snapshot": False},
        {"created_by": ("run-1",), "delete_cluster": True, "force": True},
        {"claim": "run-1-0a1b2c3d"},
        {},
    ],
    ids=["a withdrawal", "which deletes no cluster", "a rollback", "a nested run", "by hand"],
)
def test_what_a_teardown_may_be_asked_for(fields: Json) -> None:
    assert list(contradictions_of_removal(TeardownRequest(connection="orders", **fields))) == []
