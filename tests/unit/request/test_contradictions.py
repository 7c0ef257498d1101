"""Fields that do not go together: each pair, and what goes."""

from typing import Final

import pytest

from private_connection.request.contradictions import contradictions
from private_connection.request.models import ProvisionRequest
from tests.unit.builders import Json, an_input, creating

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
        for version in ("5.0.6", "4.0.10", "3.x")
    ),
    (
        "NODE_TYPE_WITHOUT_BACKUPS",
        "cluster.create.snapshotRetentionDays",
        creating(nodeType="cache.t1.micro", snapshotRetentionDays=1),
    ),
    ("TAG_RESERVED", "tags.aws:team", an_input(tags={"aws:team": "a"})),
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
]


def found(document: Json) -> list[tuple[str, str]]:
    request = ProvisionRequest.model_validate(document, strict=False)
    return [(each.code, each.field) for each in contradictions(request)]


@pytest.mark.parametrize(("code", "field", "document"), RAISED, ids=[row[0] for row in RAISED])
def test_what_does_not_go_together_is_a_finding(code: str, field: str, document: Json) -> None:
    assert found(document) == [(code, field)]


@pytest.mark.parametrize("document", NOT_RAISED, ids=str)
def test_what_goes_together_is_none(document: Json) -> None:
    assert found(document) == []
