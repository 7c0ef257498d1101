"""What DescribeEvents tells of groups and clusters, for as long as ElastiCache keeps it.

Sources: ElastiCache API reference, DescribeEvents (an hour if nothing else is asked for, 14 days at most, a source
together with its type) and Event; user guide, "Viewing ElastiCache events", and the AWS CLI's example of
describe-events (the newest comes first; what a cluster's creation, its nodes and its deletion are called there). What
is said of a group, and of a replaced node, is worded nowhere in them: those messages are our own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sandbox.services.common import Refused
from sandbox.services.elasticache.models import CacheCluster, ReplicationGroup
from sandbox.services.elasticache.state import State

HOUR, KEPT = 3_600.0, 14 * 86_400.0
"""Seconds: how far a question without times looks back, and any question at most."""
CLUSTER, GROUP = "cache-cluster", "replication-group"
TYPES: Final = frozenset(
    {CLUSTER, GROUP, "cache-parameter-group", "cache-security-group", "cache-subnet-group", "serverless-cache"}
    | {"serverless-cache-snapshot", "user", "user-group"}
)
"""Those of the API reference."""


@dataclass(frozen=True)
class Happened:
    at: float
    source_type: str
    source: str
    message: str


def record(about: CacheCluster | ReplicationGroup, messages: Iterable[str], at: float) -> None:
    """Keep that this happens then, which may be to come: it is told of once the moment has passed."""
    if isinstance(about, CacheCluster):
        source = (CLUSTER, about.cache_cluster_id)
    else:
        source = (GROUP, about.replication_group_id)
    State(about.arn.split(":")[3]).happened.extend(Happened(at, *source, each) for each in messages)


def found(p: Mapping[str, Any], state: State, now: float) -> list[Happened]:
    """What the request asks for, the newest first."""
    source, kind = p.get("SourceIdentifier"), p.get("SourceType")
    if kind is not None and kind not in TYPES:
        raise Refused("InvalidParameterValue", f"Unrecognized source type: {kind}.")
    if source is not None and kind is None:
        raise Refused("InvalidParameterCombination", "SourceType is required where SourceIdentifier is given.")
    since, until = _times(p, now)
    asked = [
        each
        for each in state.happened
        if since <= each.at <= min(until, now) and kind in (None, each.source_type) and source in (None, each.source)
    ]
    return sorted(asked, key=lambda each: each.at, reverse=True)


def _times(p: Mapping[str, Any], now: float) -> tuple[float, float]:
    until = _seconds(p.get("EndTime"), now)
    lasting = float(p["Duration"]) * 60 if "Duration" in p else HOUR
    since = _seconds(p.get("StartTime"), until - lasting)
    if since > until:
        raise Refused("InvalidParameterCombination", "StartTime must be before EndTime.")
    return max(since, now - KEPT), until


def _seconds(moment: Any, otherwise: float) -> float:
    if moment is None:
        return otherwise
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).timestamp()


def added(about: CacheCluster) -> Iterator[str]:
    """What is told of a cluster that has come."""
    yield "Cache cluster created"
    for each in about.nodes:
        yield f"Added cache node {each.node_id} in availability zone {each.zone}"
