"""The step Look closer: what of a path only a call for each node shows, and the text of a connection's policy.

Everything is judged by what runs go by, so that a run would change it where it is told to be repaired. What is gone
since the whole account was looked at is left to the next sweep, and so is a connection that was changed: of neither
anything is told to be no more. A look that AWS refuses keeps no other from being taken, and is told as a failure.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from private_connection.contracts import Contract
from private_connection.errors import NotOurs, NotYetConsistent, Terminal, doing
from private_connection.failures import ExplainedFailure
from private_connection.ownership import Tags
from private_connection.paths.load_balancer_tags import list_tags
from private_connection.reconcile.changed import Changed, changed_closely
from private_connection.reconcile.close_looks import arns_of, look_at_node, look_at_policy
from private_connection.reconcile.codes import DriftCode
from private_connection.reconcile.connected import Connected, connected
from private_connection.reconcile.counting import DOWN, unhealthy_nodes
from private_connection.reconcile.drift import Drift, ranked
from private_connection.reconcile.drifted import Drifted, as_far_as_told, fitting, merged, size, within
from private_connection.reconcile.refused import refused
from private_connection.reconcile.selection import ANSWER, ChosenConnection, LookCloser
from private_connection.registry.entries import Entry
from private_connection.registry.sightings import Told
from private_connection.registry.table import find_readable

FOR_NEWS: Final = 2 * 1024
"""Bytes of an answer that are kept for the names of what is new."""


class LookedCloser(Contract):
    looked_at: int
    """How many nodes were looked at."""
    drifted: tuple[Drifted, ...]
    """The worst first, as many as have room."""
    left_over: int
    """How many more connections have drifted."""
    unhealthy_nodes: int
    """How many nodes nobody reaches, those of connections that are left over too. One that was not seen counts as it
    was before.
    """
    news: tuple[Changed, ...]
    """The connections of which something is new, as many as have room. The others are as new when they are looked at
    again.
    """
    failure: tuple[ExplainedFailure, ...] = ()
    """Why AWS refused the first look that it refused, and how many more; none if it refused none."""


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of a connection."""

    connection: Connected
    seen: ChosenConnection
    """What of the chosen was seen."""
    drift: frozenset[Drift]
    refused: tuple[Terminal, ...]

    def drifted(self) -> Iterator[Drifted]:
        if self.drift:
            chosen = self.seen
            yield Drifted(
                connection=chosen.connection, revision=chosen.revision, mode=chosen.mode, drift=ranked(self.drift)
            )


def look_closer(request: LookCloser) -> LookedCloser:
    """Looks at the nodes of a batch. Changes nothing.

    Costs three calls for each node, one for each connection's policy, and a few for all of them together. Raises
    `Throttled` and `ServiceFault`: ask again; `AwsRejected` if AWS refuses a look at all of them.
    """
    entries = find_readable([each.connection for each in request.connections])
    same = [(each, one) for each in request.connections for one in _unchanged(each, entries)]
    tags = _tags([arn for each, _ in same for node in each.nodes for arn in arns_of(node)])
    looks = [_look(each, one, tags) for each, one in same]
    drifted, failure = merged(found for each in looks for found in each.drifted()), _failure(looks)
    room = ANSWER - sum(map(size, failure))
    told = tuple(fitting(drifted, room - FOR_NEWS))
    news = [found for each in looks for found in _news(each, entries[each.connection.name], drifted)]
    return LookedCloser(
        looked_at=sum(len(each.seen.nodes) for each in looks),
        drifted=told,
        left_over=len(drifted) - len(told),
        unhealthy_nodes=sum(unhealthy_nodes(each.drift) for each in drifted) + _down_before(request, entries, looks),
        news=tuple(within(as_far_as_told(news, drifted, told), room - sum(map(size, told)))),
        failure=failure,
    )


def _news(look: _Look, entry: Entry, drifted: Iterable[Drifted]) -> Iterator[Changed]:
    drift = [one for each in drifted if each.connection == look.connection.name for one in each.drift]
    return changed_closely(entry, look.connection, look.seen, drift)


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


def _look(chosen: ChosenConnection, connection: Connected, tags: Mapping[str, Tags]) -> _Look:
    """Looks at what is chosen of a connection. What was known of a node before is told, whether it is seen or not."""
    endpoints, denied = {each.node: each for each in connection.handoff.endpoints}, list[Terminal]()
    nodes = [each for each in chosen.nodes if each.node in endpoints]
    looks = [(each, partial(look_at_node, connection, each, endpoints[each.node], tags)) for each in nodes]
    seen = [(each, codes) for each, look in looks if (codes := _found(look, denied)) is not None]
    policy = _found(partial(look_at_policy, connection), denied) if chosen.policy else None
    drift = {
        *(Drift(code=code, node=each.node) for each in nodes for code in each.known),
        *(Drift(code=code, node=each.node) for each, codes in seen for code in codes),
        *(Drift(code=code) for code in policy or ()),
    }
    what = {"nodes": tuple(each for each, _ in seen), "policy": policy is not None}
    return _Look(connection, chosen.model_copy(update=what), frozenset(drift), tuple(denied))


def _found(look: Callable[[], tuple[DriftCode, ...]], denied: list[Terminal]) -> tuple[DriftCode, ...] | None:
    """What a look finds. Null where what it is about is gone, or AWS refuses it, which is added to ``denied``."""
    try:
        return look()
    except NotYetConsistent:
        return None
    except Terminal as refusal:
        denied.append(refusal)
        return None


def _failure(looks: Iterable[_Look]) -> tuple[ExplainedFailure, ...]:
    return tuple(refused((each.connection.name, why) for each in looks for why in each.refused))


def _down_before(request: LookCloser, entries: Mapping[str, Entry], looks: Iterable[_Look]) -> int:
    """How many of the nodes that were not seen nobody reached when they were last looked at."""
    seen = {(each.connection.name, node.node) for each in looks for node in each.seen.nodes}
    chosen = ((each.connection, node.node) for each in request.connections for node in each.nodes)
    return sum(_was_down(entries.get(name), node) for name, node in chosen if (name, node) not in seen)


def _was_down(entry: Entry | None, node: str) -> bool:
    return entry is not None and entry.status == "READY" and Told(code=DOWN, node=node) in entry.told
