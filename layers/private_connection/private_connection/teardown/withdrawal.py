"""One look of a withdrawal: what is surplus, what of it stays and why, and the findings that name what stays."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from private_connection.cluster.clusters import find_cluster
from private_connection.errors import NAMED_AT_MOST
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.request.findings import Finding, finding
from private_connection.request.removal import Wanted
from private_connection.teardown.keeping import Kept, on_what_stays
from private_connection.teardown.surplus import Code, Requested, Staying, find_surplus, reasons_in_surplus
from private_connection.things import Key, Thing

TEXTS: Final[Mapping[Code, tuple[str, str, str, str]]] = {
    "SURPLUS_IN_USE": (
        "connection",
        "paths that are not asked for any more, to which somebody is connected",
        "only the paths that the request asks for",
        "delete these endpoints in the Ververica portal, and run again; until then nobody new is admitted",
    ),
    "SURPLUS_LATER": (
        "cluster.id",
        "paths that are not asked for any more, of a cluster that is changing",
        "a cluster that is available and has the nodes that were connected",
        "run again once the cluster is available",
    ),
    "SURPLUS_LEFT": (
        "connection",
        "resources that are not asked for any more, and could not be removed",
        "only what the request asks for",
        "remove what is named as the reason, and run again",
    ),
    "CLUSTER_LEFT": (
        "cluster.id",
        "clusters that this connection created and does not ask for any more",
        "no cluster that is paid for and not connected: no run deletes one, as its data would be lost",
        "delete it in ElastiCache, or tear the connection down with deleteCluster, which deletes it too",
    ),
}


def judge_surplus(
    things: Sequence[Thing],
    wanted: Wanted,
    stopped: Collection[str],
    connections: Sequence[EndpointConnection],
    requested: Requested | None = None,
) -> tuple[list[Thing], dict[Key, Staying]]:
    """What is surplus, and what of it stays. ``stopped`` are the services offered to nobody any more, by id, at which
    somebody was connected then; who is connected now, ``connections`` tell. ``requested`` is the cluster that is asked
    for as it will be; without it, it is looked up.
    """
    surplus = find_surplus(things, wanted)
    live = [each for each in connections if each.is_live and each.service_id in stopped]
    behind = {thing.id: thing.within for thing in surplus if thing.kind == "endpointService"}
    in_use = {each.service_id: _told(each, behind.get(each.service_id)) for each in live}
    staying = reasons_in_surplus(surplus, wanted, requested or _requested(surplus, wanted), in_use)
    for each, why in on_what_stays(surplus, {each: reason.why for each, reason in staying.items()}):
        staying.setdefault(each, Staying(why, None))
    return surplus, staying


def _told(connected: EndpointConnection, balancer: str | None) -> str:
    stays = f", so that load balancer {balancer} stays, too" if balancer else ""
    return f"{connected.endpoint_id} of account {connected.owner} is connected{stays}"


def _requested(surplus: Sequence[Thing], wanted: Wanted) -> Requested:
    """The cluster that is asked for; looked up only if something that leads to it, or opens it, is surplus."""
    if all(thing.cluster != wanted.cluster_id for thing in surplus):
        return Requested(available=True, members=())
    cluster = find_cluster(wanted.cluster_id, wanted.kind)
    available = cluster is not None and cluster.status == "available"
    return Requested(available=available, members=cluster.member_ids if cluster else ())


def told_of(kept: Sequence[Kept]) -> list[tuple[str | None, str]]:
    """The code and the text of each thing that is kept."""
    return [(each.code, f"{each.told or each.name}: {each.why}") for each in kept]


def surplus_findings(told: Sequence[tuple[str | None, str]]) -> Iterator[Finding]:
    """A finding for each code that something which stays has, naming all that have it."""
    for code, (field, found, expected, remedy) in TEXTS.items():
        named = [text for each, text in told if each == code]
        if named:
            more = f"; and {len(named) - NAMED_AT_MOST} more" if len(named) > NAMED_AT_MOST else ""
            yield finding(code, field, f"{found} ({'; '.join(named[:NAMED_AT_MOST])}{more})", expected, remedy)
