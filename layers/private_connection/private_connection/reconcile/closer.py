"""The step Look closer: what of a path only a call for each node shows, and the text of a connection's policy.

Everything is judged by what runs go by, so that a run would change it where it is told to be repaired. What is gone
since the whole account was looked at is left to the next sweep, and so is a connection that was changed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from private_connection.access.narrowing import compare_policy
from private_connection.contracts import Contract
from private_connection.errors import NotOurs, NotYetConsistent, doing
from private_connection.handoff import Endpoint
from private_connection.ownership import Tags, is_ours, lacks_tags
from private_connection.paths.load_balancer_tags import list_tags
from private_connection.paths.offers import find_principals
from private_connection.paths.target_group_attributes import has_wanted_attributes
from private_connection.paths.targets import UNDECIDED, target_states
from private_connection.reconcile.changed import Changed, changed_closely
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.connected import Connected, connected
from private_connection.reconcile.counting import unhealthy_nodes
from private_connection.reconcile.drift import Drift, ranked
from private_connection.reconcile.drifted import Drifted, as_far_as_told, fitting, merged, size, within
from private_connection.reconcile.selection import ANSWER, ChosenConnection, ChosenNode, LookCloser
from private_connection.registry.entries import Entry
from private_connection.registry.table import find_readable
from private_connection.settings import settings

FOR_NEWS: Final = 2 * 1024
"""Bytes of an answer that are kept for the names of what is new."""
HEALTHY: Final = ("healthy", UNDECIDED)
"""States of a target of which nothing has to be told: one that was registered just now is not judged yet."""


class LookedCloser(Contract):
    looked_at: int
    """How many nodes were looked at."""
    drifted: tuple[Drifted, ...]
    """The worst first, as many as have room."""
    left_over: int
    """How many more connections have drifted."""
    unhealthy_nodes: int
    """How many nodes nobody reaches, those of connections that are left over too."""
    news: tuple[Changed, ...]
    """The connections of which something is new, as many as have room. The others are as new when they are looked at
    again.
    """


def look_closer(request: LookCloser) -> LookedCloser:
    """Looks at the nodes of a batch. Changes nothing.

    Costs three calls for each node, one for each connection's policy, and a few for all of them together. Raises
    `Throttled` and `ServiceFault`: ask again; `AwsRejected` if AWS refuses a look.
    """
    entries = find_readable([each.connection for each in request.connections])
    same = [(each, one) for each in request.connections for one in _unchanged(each, entries)]
    tags = _tags([arn for each, _ in same for node in each.nodes for arn in _arns(node)])
    drifted = merged(found for each, one in same for found in _drifted(each, one, tags))
    told = tuple(fitting(drifted, ANSWER - FOR_NEWS))
    news = [found for each, one in same for found in _news(each, one, entries[one.name], drifted)]
    return LookedCloser(
        looked_at=sum(len(each.nodes) for each, _ in same),
        drifted=told,
        left_over=len(drifted) - len(told),
        unhealthy_nodes=sum(unhealthy_nodes(each.drift) for each in drifted),
        news=tuple(within(as_far_as_told(news, drifted, told), ANSWER - sum(map(size, told)))),
    )


def _news(
    chosen: ChosenConnection, connection: Connected, entry: Entry, drifted: Iterable[Drifted]
) -> Iterator[Changed]:
    drift = [one for each in drifted if each.connection == connection.name for one in each.drift]
    return changed_closely(entry, connection, chosen, drift)


def _unchanged(chosen: ChosenConnection, entries: Mapping[str, Entry]) -> Iterator[Connected]:
    """What its item says, if it is as it was when the account was looked at, and no run works on it."""
    entry = entries.get(chosen.connection)
    if entry and (entry.status, entry.revision, entry.holder, entry.worker) == ("READY", chosen.revision, None, None):
        try:
            yield connected(entry)
        except NotOurs:
            return


def _tags(arns: Sequence[str]) -> Mapping[str, Tags]:
    """By ARN, of the load balancers and target groups that are there."""
    with doing("looking up the tags of load balancers and target groups", f"{len(arns)}"):
        return dict(list_tags(arns))


def _drifted(chosen: ChosenConnection, connection: Connected, tags: Mapping[str, Tags]) -> Iterator[Drifted]:
    endpoints = {each.node: each for each in connection.handoff.endpoints}
    found = {
        Drift(code=code, node=node.node)
        for node in chosen.nodes
        if node.node in endpoints
        for code in (*node.known, *_of_node(connection, node, endpoints[node.node], tags))
    }
    if chosen.policy:
        found.update(Drift(code=code) for code in _of_policy(connection))
    if found:
        yield Drifted(connection=chosen.connection, revision=chosen.revision, mode=chosen.mode, drift=ranked(found))


def _of_node(
    connection: Connected, node: ChosenNode, endpoint: Endpoint, tags: Mapping[str, Tags]
) -> tuple[DriftCode, ...]:
    """What of a node's path has drifted; nothing where a part of it is gone by now."""
    if not all(arn in tags for arn in _arns(node)):
        return ()
    if not all(is_ours(tags[arn], connection.name) for arn in _arns(node)):
        return ("MARKS_LOST",)  # no run goes on here
    changed = any(lacks_tags(tags[arn], connection.request.tags) for arn in _arns(node))
    tagged: tuple[DriftCode, ...] = ("TAGS_CHANGED",) if changed else ()
    try:
        return (*_of_target(node, endpoint), *_of_service(endpoint), *_of_group(node), *tagged)
    except NotYetConsistent:
        return ()


def _of_target(node: ChosenNode, endpoint: Endpoint) -> Iterator[DriftCode]:
    own, states = f"{endpoint.ip_address}:{endpoint.port}", target_states(_group(node))
    if not states:
        yield "TARGET_GONE"
    elif set(states) != {own}:
        yield "TARGET_CHANGED"
    elif states[own] not in HEALTHY:
        yield "NODE_UNHEALTHY"


def _of_service(endpoint: Endpoint) -> Iterator[DriftCode]:
    principal, admitted = settings().ververica_principal, find_principals(endpoint.service_id)
    if principal not in admitted:
        yield "PRINCIPAL_GONE"
    if admitted - {principal}:
        yield "STRANGER_ADMITTED"


def _of_group(node: ChosenNode) -> Iterator[DriftCode]:
    if not has_wanted_attributes(_group(node), cross_zone=node.cross_zone):
        yield "ATTRIBUTES_CHANGED"


def _of_policy(connection: Connected) -> Iterator[DriftCode]:
    found = compare_policy(connection.name, connection.handoff.role_arn, connection.request.access_policy)
    if found != "as wanted":
        yield "POLICY_GONE" if found == "gone" else "POLICY_CHANGED"


def _group(node: ChosenNode) -> str:
    """The ARN of its target group."""
    return f"{settings().target_groups}/{node.target_group}"


def _arns(node: ChosenNode) -> tuple[str, str]:
    return f"{settings().load_balancers}/{node.load_balancer}", _group(node)
