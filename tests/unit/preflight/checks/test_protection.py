"""The key and the user group of a cluster to create: each finding, and what is near it and none."""

from typing import Final

import pytest

from private_connection.cluster.user_groups import UserGroup
from private_connection.preflight.checks.protection import check_protection
from private_connection.preflight.facts import CreationFacts, Facts, RefusedLook
from private_connection.request.findings import Finding
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json, an_input, creating, facts

KEY: Final = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ELSEWHERE: Final = KEY.replace("us-east-1", "eu-central-1")
USERS: Final = creating(userGroupIds=["Clients"])
REFUSED: Final = RefusedLook("cluster.create.userGroupIds", "denied")


def with_group(status: str = "active", engine: str = "redis") -> Facts:
    return facts(creation=CreationFacts(user_groups=(UserGroup("clients", status, engine),)))


RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("KMS_KEY_OF_ANOTHER_REGION", "cluster.create.kmsKeyId", creating(kmsKeyId=ELSEWHERE), facts()),
    ("USER_GROUP_ABSENT", "cluster.create.userGroupIds", USERS, facts()),
    *(
        ("USER_GROUP_NOT_ACTIVE", "cluster.create.userGroupIds", USERS, with_group(status))
        for status in ("creating", "modifying", "deleting")
    ),
    ("USER_GROUP_ENGINE", "cluster.create.userGroupIds", USERS, with_group(engine="valkey")),
]
NOT_RAISED: Final[list[tuple[str, Json, Facts]]] = [
    ("a cluster to adopt", an_input(cluster={"id": "redis-demo"}), facts()),
    ("neither", creating(), facts()),
    *((f"key {key}", creating(kmsKeyId=key), facts()) for key in (KEY, KEY.rpartition("/")[2], "alias/caches")),
    ("a user group", USERS, with_group()),
    ("a Valkey user group of Valkey", creating(userGroupIds=["clients"], engine="valkey"), with_group(engine="valkey")),
    ("a Redis user group of Valkey", creating(userGroupIds=["clients"], engine="valkey"), with_group()),
    ("groups that could not be read", USERS, facts(creation=CreationFacts(user_groups=REFUSED))),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED, ids=[row[0] for row in RAISED])
def test_what_a_cluster_cannot_have_is_a_finding(code: str, field: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in checked(document, found)] == [(code, field)]


@pytest.mark.parametrize(("what", "document", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_what_it_can_have_or_is_not_known_is_none(what: str, document: Json, found: Facts) -> None:
    assert checked(document, found) == []


def checked(document: Json, found: Facts) -> list[Finding]:
    return list(check_protection(parse_request(document), found))
