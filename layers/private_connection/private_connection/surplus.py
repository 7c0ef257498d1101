"""The step Look for surplus: what a connection has and its request does not ask for any more.

A run only adds and widens until the connection is recorded as READY; surplus is withdrawn after that. What does not
wait is an address that no node has any more, since AWS may give it to anybody.
"""

from collections.abc import Iterator, Mapping, Sequence

from private_connection.cluster.clusters import find_node_endpoints
from private_connection.cluster.interfaces import interface_description
from private_connection.cluster.networks import find_interface_descriptions
from private_connection.cluster.nodes import resolve
from private_connection.cluster.plan import ClusterPlan
from private_connection.contracts import ConnectionName, Contract, Former, Node
from private_connection.errors import NAMED_AT_MOST
from private_connection.inventory import Inventory, find_inventory
from private_connection.naming import node_resource, role_name, target_group_name
from private_connection.paths.targets import StaleTargets, find_targets
from private_connection.request.findings import Finding, finding
from private_connection.request.models import AccessPolicy
from private_connection.request.removal import Wanted
from private_connection.request.tags import left_out
from private_connection.teardown.keeping import kept_things
from private_connection.teardown.withdrawal import judge_surplus, surplus_findings, told_of
from private_connection.things import Search, Thing, key


class LookForSurplus(Contract):
    connection: ConnectionName
    cluster: ClusterPlan
    nodes: tuple[Node, ...]
    rules: tuple[str, ...]
    """The ids of the connection's rules that let the load balancers in."""
    role_arn: str
    workspace_id: str
    access_policy: AccessPolicy
    tags: dict[str, str]
    """The user's tags, with those of the deployment."""
    former: Former
    stale: tuple[StaleTargets, ...]
    """What is registered in the nodes' target groups beside their addresses, and still answers."""


class Surplus(Contract):
    wanted: Wanted
    found: bool
    """Whether there is something to withdraw."""
    retiring: tuple[StaleTargets, ...]
    """The addresses that are no node's, or somebody else's by now: they do not wait."""
    stale: tuple[StaleTargets, ...]
    """The former addresses of nodes, which may serve until the present ones are healthy."""
    findings: tuple[Finding, ...]


def look_for_surplus(request: LookForSurplus) -> Surplus:
    """One look at everything that the connection has. It changes nothing, and raises the first lookup that failed."""
    wanted = _wanted(request)
    inventory = find_inventory(Search(request.connection, thorough=False, wanted=wanted))
    if inventory.failures:
        raise inventory.failures[0]
    surplus, staying = judge_surplus(inventory.things, wanted, (), inventory.connections)
    found = any(key(thing) not in staying for thing in surplus)
    reasons = {each: reason.why for each, reason in staying.items()}
    kept = list(kept_things(surplus, reasons, {each: reason.code for each, reason in staying.items()}))
    former = [each for group in request.stale for each in _one_by_one(group)]
    taken = _taken(request, former)
    lost = [*lost_with_their_nodes(surplus), *(each for each in former if each in taken)]
    return Surplus(
        wanted=wanted,
        found=found,
        retiring=tuple(lost),
        stale=tuple(each for each in former if each not in taken),
        findings=(
            *connected_before(request.former, wanted, inventory),
            *(() if found else surplus_findings(told_of(kept))),
        ),
    )


def _wanted(request: LookForSurplus) -> Wanted:
    return Wanted(
        cluster_id=request.cluster.id,
        kind=request.cluster.kind,
        nodes=tuple(each.node for each in request.nodes),
        paths=tuple(_path(request.connection, each) for each in request.nodes),
        rules=request.rules,
        role_name=role_name(request.role_arn),
        workspace_id=request.workspace_id,
        access_policy=request.access_policy,
        tags=left_out(request.former.tags, request.tags),
    )


def lost_with_their_nodes(surplus: Sequence[Thing]) -> Iterator[StaleTargets]:
    """The registered addresses of nodes that do not exist any more, or that have another one by now."""
    groups = [thing for thing in surplus if thing.kind == "targetGroup" and thing.note is None and thing.node]
    endpoints = find_node_endpoints() if groups else {}
    for group in groups:
        endpoint = endpoints.get(group.node or "")
        own = resolve(endpoint) if endpoint else None
        if own is None and group.node in endpoints:
            continue  # it exists, and nobody can tell its address
        for target in find_targets(group.id):
            if _address(target) != own:
                yield StaleTargets(target_group_arn=group.id, targets=(target,))


def _one_by_one(group: StaleTargets) -> Iterator[StaleTargets]:
    """Each address by itself: one may be somebody else's while the others still serve."""
    for target in group.targets:
        yield group.model_copy(update={"targets": (target,)})


def _taken(request: LookForSurplus, former: Sequence[StaleTargets]) -> set[StaleTargets]:
    """The former addresses that another node has, or somebody else's network interface."""
    if not former:
        return set()
    nodes = {_path(request.connection, each): each.node for each in request.nodes}
    owners = {each.ip_address: each.node for each in request.nodes}
    addresses = sorted({_address(each.targets[0]) for each in former})
    interfaces = find_interface_descriptions(request.nodes[0].vpc_id, addresses)
    return {
        each
        for each in former
        if _is_of_another(
            _address(each.targets[0]), nodes[target_group_name(each.target_group_arn)], owners, interfaces
        )
    }


def _is_of_another(address: str, node: str, owners: Mapping[str, str], interfaces: Mapping[str, str]) -> bool:
    own = interface_description(node)
    return owners.get(address, node) != node or interfaces.get(address, own) != own


def _address(target: str) -> str:
    """The address of an ``address:port``."""
    return target.rpartition(":")[0]


def _path(connection: str, node: Node) -> str:
    return node_resource(connection, node.node, node.vpc_id, node.port)


def connected_before(former: Former, wanted: Wanted, inventory: Inventory) -> Iterator[Finding]:
    """A finding if somebody is connected from the time at which the connection was for another workspace."""
    if former.workspace_id in (None, wanted.workspace_id):
        return
    services = [thing for thing in inventory.things if thing.kind == "endpointService"]
    kept = {thing.id for thing in services if thing.within in wanted.paths}
    live = [each for each in inventory.connections if each.is_live and each.service_id in kept]
    named = [f"{each.endpoint_id} at {each.service_id}" for each in live]
    if named:
        more = f" and {len(named) - NAMED_AT_MOST} more" if len(named) > NAMED_AT_MOST else ""
        yield finding(
            "CONNECTED_BEFORE_WORKSPACE_CHANGE",
            "workspaceId",
            f"endpoints from before the change, when it was {former.workspace_id}: "
            f"{', '.join(named[:NAMED_AT_MOST])}{more}",
            "endpoints of the workspace that is asked for, which AWS cannot tell apart, because all workspaces share "
            "Ververica's account",
            "delete those that are not of this workspace in the Ververica portal, or reject them in EC2",
        )
