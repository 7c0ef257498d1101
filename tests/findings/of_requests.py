"""Findings of the input alone."""

from collections.abc import Mapping
from typing import Any, Final

from private_connection.request.advice import SAMPLE_WORKSPACE
from tests.findings.asking import USUAL, VALID, Asked, Row, asking, creating
from tests.unit.builders import a_wanted

Json = dict[str, Any]
BOUNDARY: Final = "arn:aws:iam::123456789012:policy/bound"
IN_TWO: Final[Json] = {"workspaceId": "ws-two"}
WITH_USERS: Final[Json] = {"userGroupIds": ["clients"]}
WITH_BACKUPS: Final[Json] = {"nodeType": "cache.t1.micro", "atRestEncryption": False, "transitEncryption": False}
ACKNOWLEDGING: Final = asking(acknowledge=["CALL_DENIED"])
PLAN: Final = asking(plan=True)
WANTED: Final[Json] = a_wanted().model_dump(mode="json", by_alias=True)


def removing(**given: Any) -> Asked:
    return Asked({"connection": "orders", **given}, machine="teardown")


def shards(mode: str, number: int, replicas: int = 0) -> Asked:
    return creating(clusterMode=mode, shards=number, replicasPerShard=replicas)


ROWS: Final[Mapping[str, Row]] = {
    "NOT_AN_OBJECT": Row(Asked([VALID]), USUAL),
    "UNKNOWN_KEY": Row(asking(conection="new"), USUAL),
    "MISSING_KEY": Row(asking(workspaceId=None), USUAL),
    "WRONG_VALUE": Row(asking(ingress="everywhere"), asking(ingress="anywhere")),
    "WANTED_BY_HAND": Row(removing(wanted=WANTED), removing()),
    "PLAN_OF_A_REPAIR": Row(asking(plan=True, repair={"revision": 1}), PLAN),
    "ACKNOWLEDGED_UNKNOWN": Row(asking(acknowledge=["CALL_DENEID"]), ACKNOWLEDGING),
    "ACKNOWLEDGED_REFUSAL": Row(asking(acknowledge=["CLUSTER_ABSENT"]), ACKNOWLEDGING),
    "ACKNOWLEDGED_NO_ERROR": Row(asking(acknowledge=["PRIMARY_MOVES"]), ACKNOWLEDGING),
    "BOUNDARY_ON_NAMED_ROLE": Row(
        asking(role={"name": "first-of-two", "permissionsBoundary": BOUNDARY}, **IN_TWO),
        asking(role={"name": "first-of-two"}, **IN_TWO),
    ),
    "CLUSTER_ID_TOO_LONG": Row(creating("o" * 41), creating("o" * 40)),
    "SHARDS_WITHOUT_CLUSTER_MODE": Row(shards("disabled", 2), shards("enabled", 2)),
    "SUBNETS_AND_SUBNET_GROUP": Row(
        creating(subnetIds=["subnet-a"], subnetGroup="both"), creating(subnetIds=["subnet-a"])
    ),
    "TOO_MANY_NODES": Row(shards("enabled", 51, replicas=2), shards("enabled", 2, replicas=2)),
    "KMS_KEY_WITHOUT_ENCRYPTION": Row(
        creating(kmsKeyId="alias/caches", atRestEncryption=False), creating(kmsKeyId="alias/caches")
    ),
    "USER_GROUP_WITHOUT_TLS": Row(creating(**WITH_USERS, transitEncryption=False), creating(**WITH_USERS)),
    "USER_GROUP_WITHOUT_USERS": Row(
        creating(**WITH_USERS, engineVersion="5.0.6"), creating(**WITH_USERS, engineVersion="6.2")
    ),
    "NODE_TYPE_WITHOUT_BACKUPS": Row(
        creating(**WITH_BACKUPS, snapshotRetentionDays=1), creating(**WITH_BACKUPS, snapshotRetentionDays=0)
    ),
    "TAG_RESERVED": Row(asking(tags={"aws:team": "streams"}), asking(tags={"aws-team": "streams"})),
    "TAG_CHARACTERS": Row(asking(tags={"team": "streams*"}), asking(tags={"team": "streams+"})),
    "TAG_KEYS_ALIKE": Row(asking(tags={"team": "a", "Team": "b"}), asking(tags={"team": "a", "teams": "b"})),
    "WORKSPACE_ID_IS_NONE": Row(
        asking(workspaceId="https://app.ververica.cloud/workspace/abc"), asking(workspaceId="abc")
    ),
    "WORKSPACE_ID_OF_SAMPLE": Row(asking(workspaceId=SAMPLE_WORKSPACE), asking(workspaceId="abc")),
}
