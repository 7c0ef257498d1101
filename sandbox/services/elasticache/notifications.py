"""What ElastiCache tells of what happens to a cluster: in its events, and to its topic if it has one.

To the topic it publishes a JSON object of an event's name and the id that it is about.

Sources: ElastiCache user guide, "Event notifications and Amazon SNS" (the events, and whether a group or a cluster is
named); the form of the message is as tests of public repositories have it. The guide does not say which events a
resharding has besides those of its nodes. A node that is dead and comes back by itself is no event there.
"""

import json
from collections.abc import Iterable
from typing import Final

from sandbox.conditions import Conditions
from sandbox.services.elasticache import happened
from sandbox.services.elasticache.models import CacheCluster, ReplicationGroup

GROUP_CREATED, GROUP_FAILED = "CreateReplicationGroupComplete", "CreateReplicationGroupFailed"
PROVISIONED: Final = "CacheClusterProvisioningComplete"
DELETED: Final = "DeleteCacheClusterComplete"
REPLACING, REPLACED = "CacheNodeReplaceStarted", "CacheNodeReplaceComplete"
FAILED_OVER: Final = "FailoverComplete"
GROWING, GROWN = "ReplicationGroupIncreaseReplicaCountStarted", "ReplicationGroupIncreaseReplicaCountFinished"
SCALED: Final = "ReplicationGroupScalingComplete"
MESSAGES: Final = {
    GROUP_CREATED: "Replication group {} created",
    GROUP_FAILED: "Replication group {} could not be created",
    DELETED: "Cache cluster deleted",
    REPLACING: "Recovering cache nodes 0001",
    REPLACED: "Finished recovery for cache nodes 0001",
    FAILED_OVER: "Automatic failover of replication group {} completed",
    GROWING: "Increasing number of replicas",
    GROWN: "Finished increasing number of replicas",
    SCALED: "Finished scaling of replication group {}",
}
"""By event, what is read in the list of events."""


def tell(about: CacheCluster | ReplicationGroup, event: str, conditions: Conditions, at: float | None = None) -> None:
    """Tell of an event about a cluster or a group, now or at that moment; to its topic too, if that is active."""
    name = about.cache_cluster_id if isinstance(about, CacheCluster) else about.replication_group_id
    moment = conditions.now() if at is None else at
    if event == PROVISIONED and isinstance(about, CacheCluster):
        happened.record(about, happened.added(about), moment)
    else:
        happened.record(about, [MESSAGES[event].format(name)], moment)
    topic = about.settings.topic
    if topic is not None and about.settings.tells:
        text = json.dumps({f"ElastiCache:{event}": name}, separators=(",", ":"))
        conditions.announce(topic, text, moment)


def tell_each(about: Iterable[CacheCluster], event: str, conditions: Conditions, at: float | None = None) -> None:
    for each in about:
        tell(each, event, conditions, at)
