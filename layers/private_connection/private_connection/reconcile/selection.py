"""Selection: which nodes a sweep looks at closely. That takes calls for each of them, so it looks at some in rotation.

A node is left out where the look at the whole account has found what a run is about to put right, or would end with:
what a close look would find there, it would find of what is about to be changed. Where no run is about to do anything,
because drift is only reported or repairs fail, drift stands, and the node behind it may be down: so it is looked at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from private_connection import clients
from private_connection.access.roles import is_at_our_place, is_extendable
from private_connection.cluster.descriptions import Member
from private_connection.contracts import ConnectionName, Contract
from private_connection.naming import arn_end
from private_connection.ownership import is_ours
from private_connection.paths.endpoint_services import EndpointService
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.target_groups import TargetGroup
from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import DriftCode, Mode
from private_connection.reconcile.compared import Compared
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.counting import DOWN
from private_connection.reconcile.drift import STANDING, Drift, standing_members
from private_connection.reconcile.path_drift import path_name
from private_connection.reconcile.told import SEEN_CLOSELY
from private_connection.registry.entries import Cursor
from private_connection.registry.sightings import Told

BATCH: Final = 25
"""Nodes that one call of Look closer looks at: each takes some calls, and a function has a minute."""
SHARE: Final = 275
"""Nodes that one sweep of all connections looks at. At a sweep every 15 minutes they take less than 7 % of the requests
by which Elastic Load Balancing lets an account look at its resources.
"""
ANSWER: Final = 7 * 1024
"""Bytes that what one call finds may take as JSON."""
TOLD_SHARE: Final = 75
"""How many of them may be nodes of which sweeps have told what only a close look finds, such as that one is unhealthy.
These are looked at in each sweep, so that what was told of a large fleet is not told for hours after it is right again.
"""


class ChosenNode(Contract):
    node: str
    load_balancer: str
    """How its ARN ends, which is short: many nodes travel together."""
    target_group: str
    cross_zone: bool
    """Whether its load balancer has more than one zone."""
    known: tuple[DriftCode, ...] = ()
    """What was found of it already, of what a close look tells, too: it is no less so if that does not find it."""


class ChosenConnection(Contract):
    connection: ConnectionName
    revision: int
    """Of the item that was compared. One that has another one by now is left to the next sweep."""
    mode: Mode
    policy: bool
    """Whether to look at its policy, too, which is done once in a sweep, and on no role that runs leave as it is."""
    nodes: tuple[ChosenNode, ...]


class LookCloser(Contract):
    """A batch: nodes that are looked at in one call."""

    connections: tuple[ChosenConnection, ...]


class Batch(LookCloser):
    unhealthy_before: int
    """How many of its nodes nobody reached when they were last looked at: so many are counted if it fails."""


class Chosen(Contract):
    batches: tuple[Batch, ...]
    cursor: Cursor | None
    """Behind which the next sweep begins."""

    def nodes(self) -> set[tuple[str, str]]:
        """The names of the connections and their nodes."""
        connections = (each for batch in self.batches for each in batch.connections)
        return {(each.connection, node.node) for each in connections for node in each.nodes}


@dataclass(frozen=True, slots=True)
class _Eligible:
    compared: Compared
    node: ChosenNode
    is_writable: bool
    """Whether the connection's role is one that runs may write to, as far as path, name and ARN tell."""

    @property
    def is_told(self) -> bool:
        told = self.compared.connection.told
        return any(each.node == self.node.node and each.code in SEEN_CLOSELY for each in told)

    @property
    def was_unhealthy(self) -> bool:
        return Told(code=DOWN, node=self.node.node) in self.compared.connection.told

    @property
    def as_cursor(self) -> Cursor:
        return Cursor(connection=self.compared.connection.name, node=self.node.node)

    @property
    def place(self) -> tuple[str, str]:
        return self.compared.connection.name, self.node.node


def choose(found: Iterable[Compared], account: Account, cursor: Cursor | None) -> Chosen:
    """Those of which something was told, and the next ones behind the cursor, as many as a sweep looks at; behind the
    last one come the first ones again.

    Connections and nodes may have come and gone since: the cursor is a place in the order, not in a list.
    """
    behind = (cursor.connection, cursor.node) if cursor else ("", "")
    ordered = sorted(_eligible(found, account), key=lambda each: (each.place <= behind, each.place))
    told = [each for each in ordered if each.is_told][:TOLD_SHARE]
    places = {each.place for each in told}
    others = [each for each in ordered if each.place not in places][: SHARE - len(told)]
    return Chosen(batches=_batches([*told, *others]), cursor=others[-1].as_cursor if others else cursor)


def choose_all(found: Iterable[Compared], account: Account, cursor: Cursor | None) -> Chosen:
    """All nodes of what was asked for by name, whoever comes next in rotation: the cursor stays."""
    return Chosen(batches=_batches(list(_eligible(found, account))), cursor=cursor)


def _eligible(found: Iterable[Compared], account: Account) -> Iterator[_Eligible]:
    for each in found:
        cluster = account.clusters.get(each.connection.cluster_id)
        awaited = each.awaited(account.at)
        if cluster is None or cluster.status not in STANDING or any(one.node is None for one in awaited):
            continue
        role = account.roles.get(each.connection.handoff.role_arn)
        is_writable = role is not None and (is_at_our_place(role) or is_extendable(role))
        left_out = {one.node for one in (*awaited, *each.ending())}
        offered = {one.node: one.service_id for one in each.connection.handoff.endpoints if one.node not in left_out}
        for member in standing_members(cluster, account):
            path = path_name(each.connection, member, account)
            balancer, group = account.balancers.get(path), account.groups.get(path)
            if (
                balancer
                and group
                and _serves(offered.get(member.id), each.connection, account.services.get(balancer.arn))
            ):
                yield _Eligible(each, _chosen(member, balancer, group, each.drift), is_writable)


def _serves(offered: str | None, connection: Connected, service: EndpointService | None) -> bool:
    """Whether it is the service that was offered, and ours: looks at any other are denied, for want of its tags."""
    return service is not None and service.id == offered and is_ours(service.tags, connection.name)


def _chosen(member: Member, balancer: LoadBalancer, group: TargetGroup, drift: Iterable[Drift]) -> ChosenNode:
    return ChosenNode(
        node=member.id,
        load_balancer=arn_end(balancer.arn),
        target_group=arn_end(group.arn),
        cross_zone=len(balancer.zones) > 1,
        known=tuple(each.code for each in drift if each.node == member.id and each.code in SEEN_CLOSELY),
    )


def _batches(chosen: Sequence[_Eligible]) -> tuple[Batch, ...]:
    return tuple(_in_order(sorted(chosen, key=lambda each: each.place)))


def _in_order(chosen: Sequence[_Eligible]) -> Iterator[Batch]:
    begun = set[str]()
    for batch in clients.batches(chosen, BATCH):
        connections = list[ChosenConnection]()
        for name, grouped in groupby(batch, key=lambda each: each.compared.connection.name):
            nodes = list(grouped)
            compared = nodes[0].compared
            connections.append(
                ChosenConnection(
                    connection=name,
                    revision=compared.connection.revision,
                    mode=compared.mode,
                    policy=nodes[0].is_writable and name not in begun,
                    nodes=tuple(each.node for each in nodes),
                )
            )
            begun.add(name)
        unhealthy = sum(each.was_unhealthy for each in batch)
        yield Batch(connections=tuple(connections), unhealthy_before=unhealthy)
