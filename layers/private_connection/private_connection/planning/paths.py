"""The step Plan paths: what a run would change about the paths of some nodes, by what its steps go by."""

from private_connection.contracts import Contract, Owner, ZoneSubnets
from private_connection.handoff import WideBalancer
from private_connection.planning.changes import Part, part
from private_connection.planning.nodes import PlannedNode
from private_connection.planning.path_changes import WantedPath, beyond, path_changes, zones_of
from private_connection.planning.path_looks import find_paths, path_name
from private_connection.registry.claims import former_of
from private_connection.registry.table import find_entry
from private_connection.request.tags import left_out

ROOM = 96 * 1024
"""Bytes for what all batches tell together, so that neither the state nor the plan grows too large."""


class PlanPaths(Owner):
    nodes: tuple[PlannedNode, ...]
    """Those of one batch."""
    of: int
    """How many nodes there are in all batches."""
    zone_subnets: ZoneSubnets


class PlannedPaths(Contract):
    part: Part
    paths: tuple[str, ...]
    """The names of these nodes' load balancers."""
    subnets: tuple[str, ...]
    """The subnets that the load balancers will sit in."""
    subnets_known: bool
    """Whether these are all."""
    beyond: tuple[WideBalancer, ...]


def plan_paths(request: PlanPaths) -> PlannedPaths:
    """Looks at the paths of a batch of nodes. Changes nothing.

    Raises `NotOurs` as the steps do, for what is where ours would be.
    """
    entry = find_entry(request.connection)
    former = former_of(entry).tags if entry is not None else ()
    wanted = WantedPath(
        **{name: getattr(request, name) for name in ("connection", "maker", "tags", "zone_subnets")},
        former_tags=left_out(former, request.tags),
    )
    found_paths = find_paths(request, request.nodes)
    judged = [(each, zones_of(wanted, each, found_paths[each.node])) for each in request.nodes]
    changes = [change for node, zones in judged for change in path_changes(wanted, node, found_paths[node.node], zones)]
    return PlannedPaths(
        part=part(changes, ROOM * len(request.nodes) // max(request.of, 1)),
        paths=tuple(path_name(request.connection, each) for each in request.nodes),
        subnets=tuple(dict.fromkeys(subnet for _, zones in judged for subnet in zones.after.values())),
        subnets_known=all(zones.known for _, zones in judged),
        beyond=tuple(each for node, zones in judged for each in beyond(wanted, node, found_paths[node.node], zones)),
    )
