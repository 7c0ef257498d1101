"""The events of a scenario: between runs, nodes die, come, go and move, and a consumer connects or disconnects.

Each event is a function of the account's conditions and its own arguments. In a scenario its name has hyphens
(`kill-node` is `kill_node`) and its arguments are in camelCase. A change of a cluster is asked for at the event's
moment and takes its time (latency `modification`), in which the cluster is `modifying`; so does the end of a connection
(latency `disconnection`).
"""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from sandbox.conditions import Conditions
from sandbox.services import settle
from sandbox.services.common import live_regions
from sandbox.services.elasticache import changes
from sandbox.services.elasticache.models import CacheCluster, Node, ReplicationGroup
from sandbox.services.elasticache.notifications import REPLACED, REPLACING, tell
from sandbox.services.elasticache.state import State, move
from sandbox.world.clusters import spot
from sandbox.world.consumers import accept, connect, disconnect
from sandbox.world.model import NodeSpec

Nodes = Mapping[str, Any]
"""For ids of nodes that are to come, the subnet and the address, as a world's cluster says it."""
FREE: Nodes = MappingProxyType({})


def apply_event(name: str, arguments: Mapping[str, Any], conditions: Conditions) -> None:
    """Apply an event now. Raises ValueError for one that does not exist or cannot happen."""
    event = EVENTS.get(name)
    if event is None:
        raise ValueError(f"no such event: {name}; there are {', '.join(sorted(EVENTS))}")
    given = {_snake(key): value for key, value in arguments.items()}
    try:
        bound = inspect.signature(event).bind(conditions, **given)
    except TypeError as error:
        raise ValueError(f"event {name}: {error}") from error
    for region in live_regions("ec2"):
        settle(region, conditions)
    event(*bound.args, **bound.kwargs)
    for region in live_regions("ec2"):
        settle(region, conditions)


def _snake(key: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in key)


def _find(node: str) -> tuple[State, CacheCluster, Node]:
    for region in live_regions("elasticache"):
        state = State(region)
        if node in state.clusters:
            return state, state.clusters[node], state.clusters[node].nodes[0]
    raise ValueError(f"there is no node {node}")


def kill_node(conditions: Conditions, node: str) -> None:
    """The node stops answering; its address stays."""
    _, _, found = _find(node)
    found.alive, found.since = False, conditions.now()


def revive_node(conditions: Conditions, node: str) -> None:
    _, _, found = _find(node)
    found.alive, found.since = True, conditions.now()


def change_ip(conditions: Conditions, node: str, ip: str | None = None) -> None:
    """The node comes back in the same subnet at another address; its name follows."""
    state, cluster, found = _find(node)
    move(state, cluster, found, ip or "", conditions.now())
    _tell_replaced(cluster, conditions)


def _tell_replaced(cluster: CacheCluster, conditions: Conditions) -> None:
    tell(cluster, REPLACING, conditions)
    tell(cluster, REPLACED, conditions)


def replace_node(conditions: Conditions, node: str, subnet: str | None = None, ip: str | None = None) -> None:
    """The node is replaced by a new one with the same name, in another subnet (and zone) if one is given."""
    state, cluster, found = _find(node)
    if subnet is not None:
        found.subnet_id, found.zone = subnet, str(state.subnet(subnet).availability_zone)
    found.alive = True
    move(state, cluster, found, ip or "", conditions.now())
    _tell_replaced(cluster, conditions)


def add_replica(
    conditions: Conditions, cluster: str, shard: str | None = None, node: str | None = None, nodes: Nodes = FREE
) -> None:
    """A replica is added, to this shard or to each; with cluster mode disabled it may be called `node`."""
    state, group = _group(cluster, nodes)
    changes.add_replica(group, shard, node, state, conditions)


def remove_replica(conditions: Conditions, node: str) -> None:
    """A replica is scaled in."""
    _, member, _ = _find(node)
    if member.group_id is None:
        raise ValueError(f"{node} is no member of a replication group")
    _, group = _group(member.group_id)
    changes.remove_replica(group, member, conditions)


def add_shard(conditions: Conditions, cluster: str, shard: str | None = None, nodes: Nodes = FREE) -> None:
    """A shard is added, as large as the smallest one."""
    state, group = _group(cluster, nodes)
    changes.add_shard(group, shard, state, conditions)


def remove_shard(conditions: Conditions, cluster: str, shard: str) -> None:
    """A shard is scaled in, with all its nodes."""
    _, group = _group(cluster)
    changes.remove_shard(group, shard, conditions)


def fail_over(conditions: Conditions, cluster: str, shard: str | None = None, node: str | None = None) -> None:
    """A replica, this one if it is named, becomes the primary of its shard."""
    _, group = _group(cluster)
    changes.fail_over(group, shard, node, conditions)


def scale(conditions: Conditions, cluster: str, node_type: str | None = None, nodes: Nodes = FREE) -> None:
    """All nodes are replaced by nodes of another type, which have their names and other addresses."""
    _, group = _group(cluster, nodes)
    changes.scale(group, node_type, conditions)


def _group(cluster: str, nodes: Nodes = FREE) -> tuple[State, ReplicationGroup]:
    """The group; subnets and addresses are fixed for the nodes that are to come."""
    for region in live_regions("elasticache"):
        state = State(region)
        if cluster in state.groups:
            state.spots.update({name: spot(NodeSpec.model_validate(fixed)) for name, fixed in nodes.items()})
            return state, state.groups[cluster]
    raise ValueError(f"there is no replication group {cluster}")


EVENTS: dict[str, Callable[..., None]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        kill_node,
        revive_node,
        change_ip,
        replace_node,
        add_replica,
        remove_replica,
        add_shard,
        remove_shard,
        fail_over,
        scale,
        connect,
        accept,
        disconnect,
    )
}
