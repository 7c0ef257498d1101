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
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services import settle
from sandbox.services.common import live_regions
from sandbox.services.ec2.endpoint_services import CONNECTED, Connection, EndpointService, services
from sandbox.services.ec2.endpoint_services import disconnect as end_connection
from sandbox.services.elasticache import changes
from sandbox.services.elasticache.models import CacheCluster, Node, ReplicationGroup
from sandbox.services.elasticache.notifications import REPLACED, REPLACING, tell
from sandbox.services.elasticache.state import State, move
from sandbox.world.clusters import spot
from sandbox.world.model import NodeSpec

STANDING = (*CONNECTED, "rejected")
"""The states of a connection whose endpoint exists: a consumer keeps one that is rejected until it deletes it."""

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


def connect(conditions: Conditions, service: str, owner: str | None = None, endpoint: str | None = None) -> None:
    """An interface endpoint of the owner, else of the consumer, asks for a service.

    A service is named by its id, its name, or the name of a load balancer that it offers.

    Raises ValueError unless the service lists the owner's account as an allowed principal.
    """
    found, now, owner = _service(service), conditions.now(), conditions.account_of("connect", owner)
    if found.state(now) != "Available":
        raise ValueError(f"{service} is {found.state(now)}")
    if owner != ACCOUNT and not {"*", f"arn:aws:iam::{owner}:root"} & found.principals.keys():
        raise ValueError(f"account {owner} is not allowed to connect to {service}")
    endpoint_id = endpoint or f"vpce-{conditions.random.getrandbits(68):017x}"
    made = found.connections[endpoint_id] = Connection(endpoint_id, owner, now)
    if not found.acceptance_required:
        made.turn("pending", "available", now + conditions.draw("connection"))


def accept(conditions: Conditions, service: str, endpoint: str) -> None:
    """Somebody outside the run accepts the connection, for example the consumer with a role of this account."""
    found = _service(service).connections.get(endpoint)
    if found is None or found.state_at(conditions.now()) not in STANDING:
        raise ValueError(f"{service} has no connection {endpoint}")
    found.turn("pending", "available", conditions.now() + conditions.draw("connection"))


def disconnect(conditions: Conditions, service: str, endpoint: str | None = None) -> None:
    """The consumer deletes an endpoint that it connected to a service, or all of them if none is named."""
    now, found = conditions.now(), _service(service).connections
    wanted = [each for name, each in found.items() if endpoint in (None, name) and each.state_at(now) in STANDING]
    if not wanted:
        raise ValueError(f"{service} has no connection {endpoint or 'that stands'}")
    for each in wanted:
        end_connection(each, conditions)


def _service(wanted: str) -> EndpointService:
    every = [each for region in live_regions("ec2") for each in services(region).values()]
    for each in every:
        balancers = [arn.split("/")[2] for arn in each.network_load_balancer_arns]
        if wanted in (each.id, each.service_name, *balancers) and each.deleted_at is None:
            return each
    raise ValueError(f"there is no endpoint service {wanted}")


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
