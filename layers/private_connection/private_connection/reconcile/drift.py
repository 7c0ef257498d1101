"""Drift: what of a connection is not as a run would leave it. Pure: it compares an item with what a look found.

It tells only what a run would see the same way, by the names and the rules that runs go by, and nothing that is about
to pass: a cluster that is being modified and a node that is being made, changed, rebooted or deleted are left to the
next look.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from private_connection.access.trust import judge_trust, serves
from private_connection.cluster.admission import sources_of, unadmitted
from private_connection.cluster.clusters import LOST
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.contracts import Contract
from private_connection.ownership import is_ours, lacks_tags
from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import RANKS, DriftCode
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.path_drift import of_path, path_name

STANDING: Final = ("available", "snapshotting")
"""Statuses of a cluster and of a node in which either is as it is going to stay."""
PASSING: Final = ("modifying", "rebooting cluster nodes")
"""Statuses that a cluster leaves for ``available`` by itself (ElastiCache API reference, CacheCluster)."""
MODIFYING: Final = "modifying"
MODIFYING_AT_MOST: Final = timedelta(hours=2)
"""How long a cluster is being modified before that is told: most of what is done to one is over by then."""
ADDED: Final[tuple[DriftCode, ...]] = ("NODE_ADDED",)
TOLD: Final = "ROLE_TRUSTS_ANYONE"
"""The finding of a run on a role that anybody's external id opens."""


class Drift(Contract):
    code: DriftCode
    node: str | None = None
    """The cache cluster id of the node that it is about; null if it is about none."""


def drift_of(connection: Connected, account: Account) -> tuple[Drift, ...]:
    """What of a connection has drifted, the worst first, each once."""
    found = {*_of_cluster(connection, account), *_of_role(connection, account), *_of_strangers(connection, account)}
    return ranked(found)


def ranked(drift: Iterable[Drift]) -> tuple[Drift, ...]:
    """The worst first."""
    return tuple(sorted(drift, key=lambda each: (RANKS[each.code], each.node or "")))


def _of_cluster(connection: Connected, account: Account) -> Iterator[Drift]:
    cluster = account.clusters.get(connection.cluster_id)
    if cluster is None:
        yield Drift(code="CLUSTER_GONE")
    elif cluster.status in STANDING:
        yield from _of_nodes(connection, cluster, account)
    elif cluster.status not in PASSING:
        yield Drift(code="CLUSTER_UNAVAILABLE")
    elif is_modified(connection, account) and _modified_for(connection, account) >= MODIFYING_AT_MOST:
        yield Drift(code="CLUSTER_MODIFYING")


def is_modified(connection: Connected, account: Account) -> bool:
    """Whether its cluster is being modified."""
    cluster = account.clusters.get(connection.cluster_id)
    return cluster is not None and cluster.status == MODIFYING


def _modified_for(connection: Connected, account: Account) -> timedelta:
    """For how long all looks have found its cluster being modified."""
    since = datetime.fromisoformat(connection.modifying_since) if connection.modifying_since else account.at
    return account.at - since


def _of_nodes(connection: Connected, cluster: Cluster, account: Account) -> Iterator[Drift]:
    offered = {each.node: each for each in connection.handoff.endpoints}
    members = [account.members[node] for node in cluster.member_ids if node in account.members]
    standing = standing_members(cluster, account)
    for member in standing:
        endpoint = offered.get(member.id)
        codes = of_path(connection, endpoint, member, account) if endpoint else iter(ADDED)
        yield from (Drift(code=code, node=member.id) for code in codes)
    lost = (each for each in members if each.status in LOST and not each.leaving)
    yield from (Drift(code="NODE_UNAVAILABLE", node=each.id) for each in lost)
    if cluster.status == "available":  # in any other status a run withdraws nothing
        former = (node for node in offered if node not in cluster.shards and not _is_leaving(node, account))
        yield from (Drift(code="NODE_REMOVED", node=node) for node in former)
    if standing:
        yield from _of_rules(connection, standing, account)


def standing_members(cluster: Cluster, account: Account) -> list[Member]:
    """The nodes of a cluster that are as they are going to stay, each with a port."""
    members = [account.members[node] for node in cluster.member_ids if node in account.members]
    return [each for each in members if each.status in STANDING and each.port is not None]


def _is_leaving(node: str, account: Account) -> bool:
    """Whether it is being deleted. The group may be ``available`` again before it is gone
    (hashicorp/terraform-provider-aws#50096).
    """
    return node in account.members and account.members[node].leaving


def _of_rules(connection: Connected, members: Sequence[Member], account: Account) -> Iterator[Drift]:
    """Whether a run would have to make a rule for the load balancers that there are, or to tag the one it made.

    Whether there was one does not matter: where somebody else's rule lets them in, there never was. What others made is
    used, and not tagged.
    """
    names = (path_name(connection, each, account) for each in members)
    balancers = [account.balancers[name] for name in names if name in account.balancers]
    subnets = [account.subnets[each] for one in balancers for each in one.zones.values() if each in account.subnets]
    rules = [rule for group in members[0].security_group_ids for rule in account.rules.get(group, ())]
    port, sources = members[0].port or 0, sources_of(connection.request.ingress, subnets)
    if unadmitted(rules, port, sources):
        yield Drift(code="RULE_GONE")
    serving = [rule for rule in rules if rule.is_for(port) and rule.cidr in sources and connection.name in rule.users]
    own = [rule for rule in serving if is_ours(rule.tags, connection.name)]
    if any(lacks_tags(rule.tags, connection.request.tags) for rule in own):
        yield Drift(code="TAGS_CHANGED")


def _of_role(connection: Connected, account: Account) -> Iterator[Drift]:
    """A role that the request names is never made anew, and its trust is its owner's: a run would fail."""
    arn, is_named = connection.handoff.role_arn, connection.request.role.name is not None
    role = account.roles.get(arn)
    if role is None:
        yield Drift(code="ROLE_UNUSABLE" if is_named else "ROLE_GONE")
        return
    trust = judge_trust(role.trust, account.principal, connection.request.workspace_id)
    if trust.allowed is False and not (is_named and serves(trust, connection.request.acknowledge)):
        yield Drift(code="ROLE_UNUSABLE" if is_named else "TRUST_CHANGED")
    elif trust.is_for_anyone and TOLD not in {each.code for each in connection.handoff.findings}:
        yield Drift(code="TRUST_OPENED")


def _of_strangers(connection: Connected, account: Account) -> Iterator[Drift]:
    """Nodes to whose service somebody else's endpoint is connected, or asks to be."""
    for each in connection.handoff.endpoints:
        endpoints = account.endpoints.get(each.service_id, ())
        if any(one.owner != account.ververica and not one.has_ended for one in endpoints):
            yield Drift(code="STRANGER_CONNECTED", node=each.node)
