"""Valid things of the domain layer, to change one field in."""

from typing import Any

from private_connection.cluster.networks import Subnet
from private_connection.contracts import Node, Owner
from private_connection.handoff import OfferedNode
from private_connection.paths.target_health import Target
from private_connection.request.models import CreateCluster

Json = dict[str, Any]
ACCOUNT = "arn:aws:iam::794031221915:root"


def an_input(**changes: object) -> Json:
    """An input of provision that creates a cluster."""
    smallest: Json = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}
    return smallest | changes


def creating(cluster_id: str = "redis-demo", **create: object) -> Json:
    return an_input(cluster={"id": cluster_id, "create": create})


def an_owner(connection: str = "redis-demo", execution: str = "run-1") -> Owner:
    return Owner(connection=connection, execution=execution)


def a_cluster(**changes: Any) -> CreateCluster:
    return CreateCluster(**changes)


def a_subnet(zone: str, name: str = "") -> Subnet:
    return Subnet(id=f"subnet-{zone}{name}", vpc_id="vpc-1", zone=zone, zone_id=f"id-{zone}", cidr="10.0.0.0/24")


def a_node(node: str = "redis-demo-001", **changes: Any) -> Node:
    fields: Json = {
        "node": node,
        "port": 6379,
        "vpc_id": "vpc-1",
        "availability_zone": "us-east-1a",
        "availability_zone_id": "use1-az1",
        "subnet_id": "subnet-a",
        "shard": "0001",
        "endpoint": f"{node}.abc.use1.cache.amazonaws.com",
        "ip_address": "10.0.0.5",
        "target_group_arn": None,
        "load_balancer_arn": None,
    }
    return Node(**fields | changes)


def an_offer(node: str = "redis-demo-001") -> OfferedNode:
    service = f"vpce-svc-{node}"
    name = f"com.amazonaws.vpce.us-east-1.{service}"
    return OfferedNode(node=a_node(node), service_id=service, service_name=name)


def a_target(node: str, address: str = "10.0.0.5") -> Target:
    return Target(
        node=node, ip_address=address, port=6379, target_group_arn=f"tg-{node}", load_balancer_arn=f"lb-{node}"
    )


def a_trust(external_id: object = "ws-1", principal: object = ACCOUNT, **changes: object) -> Json:
    """A trust policy that lets the account assume the role for a workspace."""
    statement: Json = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": external_id}},
    }
    return {"Version": "2012-10-17", "Statement": [statement | changes]}
