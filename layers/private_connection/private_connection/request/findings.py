"""Findings: what is wrong with a request, or worth knowing about a connection, each under a stable code.

A check only yields findings; `refuse` ends the run if one of them blocks. `docs/runbook.md` has an entry for each code.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from private_connection.contracts import Contract
from private_connection.errors import ClusterUnusable, InvalidRequest, NotOurs, QuotaExceeded, Terminal

Level = Literal["refusal", "error", "warning", "info"]
"""A refusal is malformed, foreign or impossible. An error blocks too; a warning or an info does not."""
BLOCKING: Final = ("refusal", "error")
ERRORS: Final[Sequence[type[Terminal]]] = (NotOurs, ClusterUnusable, InvalidRequest, QuotaExceeded)
"""The errors that a blocked run may end in. If its findings stand for several, the first in this order is raised."""
TOLD_AT_MOST: Final = 20
"""Findings that an error names one by one; the others are counted."""
SHOWN_AT_MOST: Final = 80
"""Characters of what a user wrote, a value or a key."""


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
    "SUBNET_FULL": Rule(),
    "QUOTA_TOO_SMALL": Rule(error=QuotaExceeded),
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
    # what a run no longer asks for
    "SURPLUS_IN_USE": Rule("warning"),
    "SURPLUS_LATER": Rule("warning"),
    "SURPLUS_LEFT": Rule("warning"),
    "CLUSTER_LEFT": Rule("warning"),
    "CONNECTED_BEFORE_WORKSPACE_CHANGE": Rule("warning"),
    # what could not be checked
    "LOOK_REFUSED": Rule("warning"),
}


class Finding(Contract):
    """What was found at one field of a request, what was expected, and what to do about it."""

    code: str
    level: Level
    field: str
    found: str
    expected: str
    remedy: str

    @property
    def message(self) -> str:
        return f"found {self.found}; expected {self.expected}"

    def __str__(self) -> str:
        return f"{self.field}: {self.message}; remedy: {self.remedy} [{self.code}]"


def finding(code: str, field: str, found: str, expected: str, remedy: str) -> Finding:
    """A finding of the level that its code has. Raises `KeyError` for a code that `CODES` does not list."""
    return Finding(code=code, level=CODES[code].level, field=field, found=found, expected=expected, remedy=remedy)


def absent(code: str, field: str, value: str, expected: str) -> Finding:
    """The finding that something which a request names does not exist."""
    found = f"{shown(value)}, which does not exist"
    return finding(code, field, found, f"{expected} of this Region and account", "correct it, or create it first")


def cluster_differs(cluster_id: str, setting: str, has: object, wanted: object) -> Finding:
    """The finding that a cluster of ours has another setting than ``create`` asks for."""
    return finding(
        "CLUSTER_DIFFERS",
        f"cluster.create.{setting}",
        shown(wanted),
        f"{shown(has)}, which cluster {cluster_id} has: an existing cluster is never modified",
        "ask for what it has, leave cluster.create out to connect it as it is, or name another cluster",
    )


def refuse(findings: Iterable[Finding]) -> None:
    """Raises the first of `ERRORS` that a finding which blocks stands for, naming every one, if there is one."""
    blocking = [each for each in findings if each.level in BLOCKING]
    kinds = {CODES[each.code].error for each in blocking}
    for error in ERRORS:
        if error in kinds:
            raise error("validating request: " + " | ".join(_told(blocking)))


def _told(findings: Sequence[Finding]) -> Iterator[str]:
    yield from map(str, findings[:TOLD_AT_MOST])
    if len(findings) > TOLD_AT_MOST:
        yield f"and {len(findings) - TOLD_AT_MOST} more; correct these first"


def shown(value: object) -> str:
    """A value as the user wrote it, cut after 80 characters."""
    return _cut(json.dumps(value, ensure_ascii=False))


def shown_key(key: str) -> str:
    """A key as the user wrote it, without its quotes, cut likewise."""
    return _cut(json.dumps(key, ensure_ascii=False)[1:-1])


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN_AT_MOST else f"{text[: SHOWN_AT_MOST - 3]}..."
