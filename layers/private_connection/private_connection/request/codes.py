"""The catalogue of findings: each code with how severe it is, and the error that it ends a run with where it blocks.

`docs/runbook.md` has an entry for each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from private_connection.errors import ClusterUnusable, InvalidRequest, NotOurs, QuotaExceeded, Terminal

Level = Literal["refusal", "error", "warning", "info"]
"""A refusal is malformed, foreign or impossible. An error blocks too, unless the request acknowledges its code; a
warning or an info does not.
"""
BLOCKING: Final = ("refusal", "error")


@dataclass(frozen=True, slots=True)
class Rule:
    """How severe a code is, and the error that it ends a run with if it blocks."""

    level: Level = "refusal"
    error: type[Terminal] = InvalidRequest


CODES: Final[Mapping[str, Rule]] = {
    # the shape of the input
    "NOT_AN_OBJECT": Rule(),
    "UNKNOWN_KEY": Rule(),
    "MISSING_KEY": Rule(),
    "WRONG_VALUE": Rule(),
    "WANTED_BY_HAND": Rule(),
    "PLAN_OF_A_REPAIR": Rule(),
    "ACKNOWLEDGED_UNKNOWN": Rule(),
    "ACKNOWLEDGED_REFUSAL": Rule(),
    "ACKNOWLEDGED_NO_ERROR": Rule(),
    "BOUNDARY_ON_NAMED_ROLE": Rule(),
    "CLUSTER_ID_TOO_LONG": Rule(),
    "SHARDS_WITHOUT_CLUSTER_MODE": Rule(),
    "SUBNETS_AND_SUBNET_GROUP": Rule(),
    "TOO_MANY_NODES": Rule(),
    "KMS_KEY_WITHOUT_ENCRYPTION": Rule(),
    "USER_GROUP_WITHOUT_TLS": Rule(),
    "USER_GROUP_WITHOUT_USERS": Rule(),
    "NODE_TYPE_WITHOUT_BACKUPS": Rule(),
    "TAG_RESERVED": Rule(),
    "TAG_CHARACTERS": Rule(),
    "TAG_KEYS_ALIKE": Rule(),
    "TOO_MANY_TAGS": Rule(),
    "WORKSPACE_ID_IS_NONE": Rule("error"),
    "WORKSPACE_ID_OF_SAMPLE": Rule("warning"),
    # the cluster
    "CLUSTER_ABSENT": Rule(),
    "CLUSTER_IS_A_NODE": Rule(),
    "CLUSTER_SERVERLESS": Rule(error=ClusterUnusable),
    "CLUSTER_LOST": Rule(error=ClusterUnusable),
    "CLUSTER_ENGINE": Rule(error=ClusterUnusable),
    "CLUSTER_IPV6": Rule(error=ClusterUnusable),
    "CLUSTER_ID_TAKEN": Rule(error=NotOurs),
    "CLUSTER_DIFFERS": Rule(),
    "SUBNET_GROUP_TAKEN": Rule(error=NotOurs),
    "SUBNET_GROUP_DIFFERS": Rule(),
    "ENGINE_VERSION_ABSENT": Rule(),
    "KMS_KEY_OF_ANOTHER_REGION": Rule(),
    "USER_GROUP_ABSENT": Rule(),
    "USER_GROUP_NOT_ACTIVE": Rule(),
    "USER_GROUP_ENGINE": Rule(),
    "REDIRECTS_TO_ADDRESSES": Rule("warning"),
    "PRIMARY_MOVES": Rule("warning"),
    "CLUSTER_READ_ONLY": Rule("warning"),
    # the network
    "NO_DEFAULT_VPC": Rule(),
    "SUBNET_ABSENT": Rule(),
    "SUBNETS_OF_SEVERAL_VPCS": Rule(),
    "SUBNET_GROUP_ABSENT": Rule(),
    "SECURITY_GROUP_ABSENT": Rule(),
    "SECURITY_GROUP_OF_ANOTHER_VPC": Rule(),
    "DEFAULT_GROUP_OPENED": Rule("warning"),
    "SEVERAL_ZONES": Rule("warning"),
    "ZONES_KEPT": Rule("warning"),
    "NODE_UNHEALTHY": Rule("warning"),
    "SUBNET_WITHOUT_IPV4": Rule(),
    "SUBNETS_IN_LOCAL_ZONES": Rule(),
    "NODES_IN_LOCAL_ZONES": Rule(error=ClusterUnusable),
    "SUBNETS_ON_OUTPOST": Rule(),
    "NODES_ON_OUTPOST": Rule(error=ClusterUnusable),
    "SUBNET_FULL": Rule(),
    "QUOTA_TOO_SMALL": Rule(error=QuotaExceeded),
    "MANY_ENDPOINTS": Rule("info"),
    "GROUP_FULL": Rule("warning"),
    "RULE_FULL": Rule(),
    "INGRESS_CLOSED": Rule("error"),
    "INGRESS_UNSURE": Rule("warning"),
    # the role
    "BOUNDARY_ABSENT": Rule(),
    "ROLE_ABSENT": Rule(),
    "ROLE_DOES_NOT_TRUST": Rule(),
    "ROLE_TRUST_CONDITION": Rule("error"),
    "ROLE_TRUST_UNSURE": Rule("warning"),
    "ROLE_TRUSTS_ANYONE": Rule("warning"),
    "ROLE_NAME_TAKEN": Rule(error=NotOurs),
    "SEVERAL_ROLES": Rule(),
    "ROLE_LACKS_PERMISSIONS": Rule(),
    "ROLE_IS_DENIED": Rule("error"),
    "ROLE_IS_NARROWED": Rule("warning"),
    "ROLE_FULL": Rule(),
    "ROLE_LEFT_AS_IT_IS": Rule("info"),
    "SCOPED_POLICY": Rule("warning"),
    "ROLE_IS_WIDER": Rule("warning"),
    # what EC2 denies to the run
    "CALL_DENIED": Rule("error"),
    # what an earlier run left
    "KEPT_AFTER_DEATH": Rule("warning"),
    "PLAN_IN_MOTION": Rule("warning"),
    # what a run no longer asks for
    "SURPLUS_IN_USE": Rule("warning"),
    "SURPLUS_LATER": Rule("warning"),
    "SURPLUS_LEFT": Rule("warning"),
    "CLUSTER_LEFT": Rule("warning"),
    "CONNECTED_BEFORE_WORKSPACE_CHANGE": Rule("warning"),
    # what could not be checked
    "LOOK_REFUSED": Rule("warning"),
    # what a sweep cannot read
    "RECORD_UNREADABLE": Rule("warning"),
}
