"""The events of a scenario: between runs, nodes die, come back or move, and a consumer connects.

Each event is a function of the account's conditions and its own arguments. In a scenario its name has hyphens
(`kill-node` is `kill_node`) and its arguments are in camelCase.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services import settle
from sandbox.services.common import live_regions
from sandbox.services.ec2 import interfaces
from sandbox.services.ec2.endpoint_services import Connection, EndpointService, services
from sandbox.services.elasticache.models import CacheCluster, Node
from sandbox.services.elasticache.state import State, attach


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
    _move(conditions, state, cluster, found, ip)


def replace_node(conditions: Conditions, node: str, subnet: str | None = None, ip: str | None = None) -> None:
    """The node is replaced by a new one with the same name, in another subnet (and zone) if one is given."""
    state, cluster, found = _find(node)
    if subnet is not None:
        found.subnet_id, found.zone = subnet, str(state.subnet(subnet).availability_zone)
    found.alive = True
    _move(conditions, state, cluster, found, ip)


def _move(conditions: Conditions, state: State, cluster: CacheCluster, node: Node, ip: str | None) -> None:
    old, now = node.interface_id, conditions.now()
    node.interface_id, node.address, node.since = "", ip or "", now
    attach(state, cluster, node)
    # the old interface keeps its address until the new one has its own
    interfaces.release(state.region, [old], now)
    settle(state.region, conditions)


def connect(conditions: Conditions, service: str, owner: str | None = None, endpoint: str | None = None) -> None:
    """An interface endpoint of the owner, else of the consumer, asks for a service, by its id or name.

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
    found = _service(service)
    if endpoint not in found.connections:
        raise ValueError(f"{service} has no connection {endpoint}")
    found.connections[endpoint].turn("pending", "available", conditions.now() + conditions.draw("connection"))


def _service(wanted: str) -> EndpointService:
    every = [each for region in live_regions("ec2") for each in services(region).values()]
    for each in every:
        if wanted in (each.id, each.service_name):
            return each
    raise ValueError(f"there is no endpoint service {wanted}")


EVENTS: dict[str, Callable[..., None]] = {
    each.__name__.replace("_", "-"): each for each in (kill_node, revive_node, change_ip, replace_node, connect, accept)
}
