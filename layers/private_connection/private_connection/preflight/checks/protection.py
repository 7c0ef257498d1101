"""Whether a cluster to create can have the key and the user group that the request names.

Whether a key exists, is enabled and may be used, KMS says when ElastiCache asks it, which it does before it makes
anything.
"""

from collections.abc import Iterator

from private_connection.cluster.user_groups import UserGroup
from private_connection.preflight.facts import Facts, RefusedLook
from private_connection.request.contradictions import USER_GROUPS
from private_connection.request.findings import Finding, absent, finding, shown
from private_connection.request.models import ConnectionRequest, CreateCluster


def check_protection(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    create = request.cluster.create
    if create is not None:
        yield from _key(create.kms_key_id, facts.region)
        if not isinstance(facts.creation.user_groups, RefusedLook):
            yield from _user_groups(create, facts.creation.user_groups)


def _key(key: str | None, region: str) -> Iterator[Finding]:
    if key is not None and key.startswith("arn:") and key.split(":")[3] != region:
        yield finding(
            "KMS_KEY_OF_ANOTHER_REGION",
            "cluster.create.kmsKeyId",
            shown(key),
            f"a key of {region}: ElastiCache takes keys of its own Region only",
            "name a key of this Region, or deploy in that one",
        )


def _user_groups(create: CreateCluster, found: tuple[UserGroup, ...]) -> Iterator[Finding]:
    groups = {group.id.lower(): group for group in found}
    for group_id in create.user_group_ids:
        group = groups.get(group_id.lower())
        if group is None:
            yield absent("USER_GROUP_ABSENT", USER_GROUPS, group_id, "an ElastiCache user group")
        elif group.status != "active":
            yield finding(
                "USER_GROUP_NOT_ACTIVE",
                USER_GROUPS,
                f"{shown(group_id)} in status {group.status}",
                "a user group that is active",
                "wait until it is active, or name another",
            )
        elif create.engine == "redis" and group.engine != "redis":
            yield finding(
                "USER_GROUP_ENGINE",
                USER_GROUPS,
                f"{shown(group_id)}, which is for {group.engine}",
                "a user group for redis: a Redis cluster takes no other (a Valkey cluster takes both)",
                "name a user group for redis, or set cluster.create.engine to valkey",
            )
