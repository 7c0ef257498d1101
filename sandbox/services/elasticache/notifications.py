"""What ElastiCache publishes to the topic of a cluster: a JSON object of an event's name and the id that it is about.

Sources: ElastiCache user guide, "Event notifications and Amazon SNS" (the events, and whether a group or a cluster is
named); the form of the message is as tests of public repositories have it. The guide does not say which events a
resharding has besides those of its nodes. A node that is dead and comes back by itself is no event there.
"""

import json
from collections.abc import Iterable
from typing import Final

from sandbox.conditions import Conditions
from sandbox.services.elasticache.models import CacheCluster, ReplicationGroup

GROUP_CREATED: Final = "CreateReplicationGroupComplete"
PROVISIONED: Final = "CacheClusterProvisioningComplete"
DELETED: Final = "DeleteCacheClusterComplete"
REPLACING, REPLACED = "CacheNodeReplaceStarted", "CacheNodeReplaceComplete"
FAILED_OVER: Final = "FailoverComplete"
GROWING, GROWN = "ReplicationGroupIncreaseReplicaCountStarted", "ReplicationGroupIncreaseReplicaCountFinished"
SCALED: Final = "ReplicationGroupScalingComplete"


def tell(about: CacheCluster | ReplicationGroup, event: str, conditions: Conditions, at: float | None = None) -> None:
    """Publish an event about a cluster or a group, now or at that moment, if it has an active topic."""
    topic = about.settings.topic
    if topic is not None and about.settings.tells:
        name = about.cache_cluster_id if isinstance(about, CacheCluster) else about.replication_group_id
        text = json.dumps({f"ElastiCache:{event}": name}, separators=(",", ":"))
        conditions.announce(topic, text, conditions.now() if at is None else at)


def tell_each(about: Iterable[CacheCluster], event: str, conditions: Conditions, at: float | None = None) -> None:
    for each in about:
        tell(each, event, conditions, at)
