"""The key, the user group and the backups that a CreateReplicationGroup asks for: what ElastiCache refuses of them.

Sources: API reference, CreateReplicationGroup and its errors; user guide, "At-rest encryption", "Role-Based Access
Control" (versions, engines, encryption in transit) and "Backup constraints"; hashicorp/terraform-provider-aws,
documentation of aws_elasticache_replication_group (one user group at most, 35 days, a key only with encryption at rest,
no backups of cache.t1.micro) and issue 42966 (the message about encryption in transit). Where no source has AWS's own
words, the messages are ours.
"""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Refused
from sandbox.services.elasticache.engines import EngineVersion
from sandbox.services.elasticache.state import State

NO_USER_GROUP: Final = "UserGroupNotFound"
MOST_DAYS: Final = 35
WITHOUT_BACKUPS: Final = ("cache.t1.micro",)
TLS_NEEDED: Final = (
    "User group based access control requires encryption-in-transit to be enabled on the replication group."
)
Parameters = Mapping[str, Any]


def kms_key(p: Parameters, state: State, engine: EngineVersion) -> str | None:
    """The ARN of the key that is named, by ARN, id or alias."""
    named = p.get("KmsKeyId")
    if named is None:
        return None
    if not p.get("AtRestEncryptionEnabled", engine.engine == "valkey"):
        raise _clash("KmsKeyId needs AtRestEncryptionEnabled.")
    if named.startswith("arn:") and named.split(":")[3] != state.region:
        raise Refused("InvalidParameterValue", f"The key {named} is not of {state.region}.")
    return key_arn(named, state.region)


def key_arn(named: str, region: str) -> str:
    """No key is kept here: each that is named exists, and each alias has a key of its own."""
    name = named.rpartition(":")[2]
    if "alias/" in name:
        return f"arn:aws:kms:{region}:{ACCOUNT}:key/{uuid.uuid5(uuid.NAMESPACE_URL, name)}"
    return named if named.startswith("arn:") else f"arn:aws:kms:{region}:{ACCOUNT}:key/{name}"


def user_groups(p: Parameters, state: State, engine: EngineVersion) -> tuple[str, ...]:
    named, encrypted = [each.lower() for each in p.get("UserGroupIds", [])], p.get("TransitEncryptionEnabled", False)
    if p.get("AuthToken") and not encrypted:
        raise _clash("AuthToken needs TransitEncryptionEnabled.")
    if not named:
        return ()
    if not encrypted:
        raise _clash(TLS_NEEDED)
    if p.get("AuthToken"):
        raise _clash("AuthToken and UserGroupIds cannot be used together.")
    if len(named) > 1:
        raise _clash("A replication group can have one user group.")
    if engine.engine == "redis" and int(engine.version.split(".")[0]) < 6:
        raise _clash(f"User groups need Redis 6.0 or later, not {engine.version}.")
    _check_group(named[0], state, engine)
    return tuple(named)


def _check_group(name: str, state: State, engine: EngineVersion) -> None:
    group = state.user_groups.get(name)
    if group is None:
        raise Refused(NO_USER_GROUP, f"User group {name} not found.")
    if group.status != "active":
        raise Refused("InvalidUserGroupState", f"User group {name} has status {group.status}.")
    if engine.engine == "redis" and group.engine != "redis":
        raise _clash(f"User group {name} is for {group.engine}.")


def snapshot_retention(p: Parameters, sharded: bool) -> int:
    days = int(p.get("SnapshotRetentionLimit", 0))
    if not 0 <= days <= MOST_DAYS:
        raise Refused("InvalidParameterValue", f"SnapshotRetentionLimit must be 0 to {MOST_DAYS}, not {days}.")
    if days and not sharded and p.get("CacheNodeType") in WITHOUT_BACKUPS:
        raise _clash(f"Backups are not supported for node type {p['CacheNodeType']}.")
    return days


def _clash(message: str) -> Refused:
    return Refused("InvalidParameterCombination", message)
