"""ModifyReplicationGroup and ModifyCacheCluster, as far as they set the topic that a cluster tells its events.

Sources: ElastiCache API reference, both operations (`NotificationTopicArn`, `NotificationTopicStatus`; a topic that is
not active hears nothing); user guide, "Managing ElastiCache Amazon SNS notifications". Its note of other groups in the
Region that are changed too is not carried out. What else the operations change is an event of a scenario here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sandbox.services.elasticache.models import CacheCluster, ReplicationGroup, Settings
from sandbox.services.elasticache.requests import clash, refuse, topic
from sandbox.services.elasticache.state import State

STATUSES: Final = ("active", "inactive")
KNOWN: Final = {"NotificationTopicArn", "NotificationTopicStatus", "ApplyImmediately"}


def set_topic(changed: CacheCluster | ReplicationGroup, asked: Mapping[str, Any], state: State) -> None:
    """Set the topic of a cluster, or of a group and all its members.

    Raises NotImplementedError for a parameter that changes something else.
    """
    if unknown := sorted(asked.keys() - KNOWN - {"ReplicationGroupId", "CacheClusterId"}):
        raise NotImplementedError(f"what {', '.join(unknown)} changes is an event of a scenario")
    settings = _changed(changed.settings, asked, state)
    members = changed.members.values() if isinstance(changed, ReplicationGroup) else ()
    for each in (changed, *members):
        each.settings = settings


def _changed(settings: Settings, asked: Mapping[str, Any], state: State) -> Settings:
    arn, status = topic(asked, state) or settings.topic, asked.get("NotificationTopicStatus", "active")
    if status not in STATUSES:
        raise refuse(f"The parameter NotificationTopicStatus is not valid: {status!r}.")
    if arn is None:
        raise clash("There is no notification topic whose status could be set.")
    return replace(settings, topic=arn, tells=status == "active")
