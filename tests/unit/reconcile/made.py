"""A connection, and an account in which it is as a run left it, to change one thing in."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from private_connection.cluster.descriptions import Cluster
from private_connection.contracts import ConnectedCluster
from private_connection.handoff import ComposeHandoff, Handoff, OfferedNode, compose_handoff
from private_connection.naming import node_resource
from private_connection.ownership import Tags
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.paths.endpoint_services import EndpointService
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.target_groups import HEALTH_CHECK, TargetGroup
from private_connection.reconcile.account import Account
from private_connection.reconcile.connected import Connected
from private_connection.registry.entries import Entry
from private_connection.request.models import ConnectionRequest
from tests.unit.builders import ACCOUNT, OURS, Json, a_member, a_node, a_role, a_rule, a_subnet, an_existing

NAME: Final = "redis-demo"
FIRST, SECOND, THIRD = (f"redis-demo-00{number}" for number in (1, 2, 3))
SHARDED: Final = ("redis-demo-0001-001", "redis-demo-0002-001")
PLACES: Final = {
    FIRST: ("us-east-1a", "10.0.0.5"),
    SECOND: ("us-east-1b", "10.0.1.5"),
    THIRD: ("us-east-1a", "10.0.0.6"),
    SHARDED[0]: ("us-east-1a", "10.0.0.5"),
    SHARDED[1]: ("us-east-1b", "10.0.1.5"),
    NAME: ("us-east-1a", "10.0.0.5"),
}
"""Zone and address of each node; one that stands alone has its cluster's id."""
REGION: Final = "eu-central-1"
NOW: Final = datetime(2026, 1, 31, 12, tzinfo=UTC)
VERVERICA: Final = "794031221915"
STRANGER: Final = "210987654321"
Value = TypeVar("Value")


def path(node: str, vpc_id: str = "vpc-1", port: int = 6379, connection: str = NAME) -> str:
    """The name of a node's load balancer and target group."""
    return node_resource(connection, node, vpc_id, port)


def a_handoff(*nodes: str, **changes: Any) -> Handoff:
    offers = [
        OfferedNode(
            node=a_node(node, availability_zone=PLACES[node][0], ip_address=PLACES[node][1]),
            service_id=f"vpce-svc-{node}",
            service_name=f"com.amazonaws.vpce.{REGION}.vpce-svc-{node}",
            load_balancer_subnets=(f"subnet-{PLACES[node][0]}",),
            spread=False,
        )
        for node in nodes or (FIRST, SECOND)
    ]
    composed = compose_handoff(
        ComposeHandoff(
            connection=NAME,
            workspace_id="ws-1",
            cluster=ConnectedCluster(id=NAME, engine="redis", transit_encryption=True),
            role_arn=a_role().arn,
            findings=(),
            offers=tuple(offers),
            zone_subnets={},
        )
    )
    return composed.model_copy(update={"region": REGION, **changes})


def asked(**changes: object) -> Json:
    """What a run was asked for, as an item has it."""
    request = ConnectionRequest.model_validate(
        {"connection": NAME, "workspaceId": "ws-1", "cluster": {"id": NAME}, **changes}
    )
    return request.model_dump(mode="json", by_alias=True)


def a_connected(handoff: Handoff, **changes: object) -> Connected:
    request = ConnectionRequest.model_validate(
        {"connection": NAME, "workspaceId": "ws-1", "cluster": {"id": NAME}, **changes}
    )
    return Connected(name=NAME, revision=7, request=request, handoff=handoff)


def a_service(node: str, tags: Tags = OURS, **changes: Any) -> EndpointService:
    fields: Json = {
        "id": f"vpce-svc-{node}",
        "name": f"com.amazonaws.vpce.{REGION}.vpce-svc-{node}",
        "state": "available",
        "acceptance_required": True,
        "load_balancer_arns": (f"lb/{path(node)}",),
        "tags": tags,
    }
    return EndpointService(**fields | changes)


def a_balancer(node: str, name: str | None = None, **changes: Any) -> LoadBalancer:
    name, zone = name or path(node), PLACES[node][0]
    fields: Json = {
        "arn": f"lb/{name}",
        "name": name,
        "state": "active",
        "reason": "",
        "zones": {zone: f"subnet-{zone}"},
        "tags": {},
    }
    return LoadBalancer(**fields | changes)


def a_group(node: str, name: str | None = None, **changes: Any) -> TargetGroup:
    name = name or path(node)
    fields: Json = {
        "arn": f"tg/{name}",
        "name": name,
        "health_check": HEALTH_CHECK,
        "load_balancer_arns": (f"lb/{name}",),
        "tags": {},
    }
    return TargetGroup(**fields | changes)


def an_endpoint(
    state: str = "available", owner: str = VERVERICA, node: str = FIRST, endpoint_id: str = "vpce-1"
) -> EndpointConnection:
    return EndpointConnection(f"vpce-svc-{node}", endpoint_id, owner, state)


def an_entry(name: str = NAME, **changes: Any) -> Entry:
    """The item of a connection that is READY, and at rest."""
    handoff = a_handoff(connection=name).model_dump(mode="json", by_alias=True)
    fields: Json = {"status": "READY", "revision": 3, "request": asked(connection=name), "handoff": handoff}
    return Entry(connection=name, **fields | changes)


def a_cluster(*nodes: str, **changes: Any) -> Cluster:
    return an_existing(**{"shards": dict.fromkeys(nodes or (FIRST, SECOND), "0001")} | changes)


def an_account(*nodes: str, **changes: Any) -> Account:
    """With these nodes, behind what a run would make for them."""
    nodes = nodes or (FIRST, SECOND)
    fields: Json = {
        "at": NOW,
        "principal": ACCOUNT,
        "clusters": {NAME: a_cluster(*nodes)},
        "members": {node: a_member(node, availability_zone=PLACES[node][0]) for node in nodes},
        "vpcs": dict.fromkeys(nodes, "vpc-1"),
        "addresses": {("vpc-1", node): frozenset({PLACES[node][1]}) for node in nodes},
        "balancers": {path(node): a_balancer(node) for node in nodes},
        "groups": {path(node): a_group(node) for node in nodes},
        "services": {f"lb/{path(node)}": a_service(node) for node in nodes},
        "endpoints": {},
        "rules": {"sg-1": [a_rule(cidr="10.0.0.0/23")]},
        "subnets": {
            f"subnet-{zone}": a_subnet(zone, cidr=cidr)
            for zone, cidr in (("us-east-1a", "10.0.0.0/24"), ("us-east-1b", "10.0.1.0/24"))
        },
        "roles": {a_role().arn: a_role()},
    }
    return Account(**fields | changes)


def without(values: Mapping[Any, Value], *keys: object) -> dict[Any, Value]:
    return {key: value for key, value in values.items() if key not in keys}


def with_node(account: Account, node: str = FIRST, **changes: Any) -> Account:
    """The account with one node changed."""
    return replace(account, members={**account.members, node: replace(account.members[node], **changes)})
