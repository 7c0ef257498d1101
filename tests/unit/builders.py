"""Valid things of the domain layer, to change one field in."""

from collections.abc import Mapping
from typing import Any

from private_connection.access.roles import Role
from private_connection.cluster.admission import Rule
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.networks import Subnet
from private_connection.cluster.plan import ClusterCreation, ClusterPlan
from private_connection.cluster.security_groups import SecurityGroup
from private_connection.cluster.subnet_groups import SubnetGroup
from private_connection.contracts import Node, NodePlace, Owner
from private_connection.handoff import OfferedNode
from private_connection.paths.target_health import Target
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, PathFacts, RoleFacts
from private_connection.request.models import CreateCluster, ProvisionRequest
from private_connection.request.parsing import parse_request
from private_connection.request.removal import Wanted
from private_connection.things import Kind, Thing

Json = dict[str, Any]
ACCOUNT = "arn:aws:iam::794031221915:root"
OURS = {"private-connection": "redis-demo", "private-connection/created-by": "run-1"}
"""The tags of what `an_owner` made."""
THEIRS = {"private-connection": "other"}


def an_input(**changes: object) -> Json:
    """An input of provision that creates a cluster."""
    smallest: Json = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}
    return smallest | changes


def creating(cluster_id: str = "redis-demo", **create: object) -> Json:
    return an_input(cluster={"id": cluster_id, "create": create})


def an_owner(connection: str = "redis-demo", maker: str = "run-1") -> Owner:
    return Owner(connection=connection, maker=maker)


def a_cluster(**changes: Any) -> CreateCluster:
    return CreateCluster(**changes)


def a_subnet(zone: str, name: str = "", **changes: Any) -> Subnet:
    fields: Json = {
        "id": f"subnet-{zone}{name}",
        "vpc_id": "vpc-1",
        "zone": zone,
        "zone_id": f"id-{zone}",
        "cidr": "10.0.0.0/24",
        "free": 200,
    }
    return Subnet(**fields | changes)


def a_place(node: str = "redis-demo-001", **changes: Any) -> NodePlace:
    zone = changes.get("availability_zone", "us-east-1a")
    fields: Json = {"node": node, "port": 6379, "vpc_id": "vpc-1", "availability_zone": zone}
    return NodePlace(**fields | {"subnet_id": f"subnet-{zone}"} | changes)


def a_node(node: str = "redis-demo-001", **changes: Any) -> Node:
    fields: Json = {
        "node": node,
        "port": 6379,
        "vpc_id": "vpc-1",
        "availability_zone": "us-east-1a",
        "availability_zone_id": "use1-az1",
        "subnet_id": "subnet-a",
        "shard": "0001",
        "role": "primary",
        "endpoint": f"{node}.abc.use1.cache.amazonaws.com",
        "ip_address": "10.0.0.5",
        "target_group_arn": None,
        "load_balancer_arn": None,
        "load_balancer_subnets": None,
        "spread": None,
        "touched": False,
    }
    return Node(**fields | changes)


def an_offer(node: str = "redis-demo-001", *subnets: str, spread: bool = False) -> OfferedNode:
    service = f"vpce-svc-{node}"
    return OfferedNode(
        node=a_node(node),
        service_id=service,
        service_name=f"com.amazonaws.vpce.us-east-1.{service}",
        load_balancer_subnets=subnets or ("subnet-a",),
        spread=spread,
    )


def a_target(node: str, address: str = "10.0.0.5", *, settled: bool = False, waiting_for: str | None = None) -> Target:
    return Target(
        node=node,
        ip_address=address,
        port=6379,
        target_group_arn=f"tg-{node}",
        load_balancer_arn=f"lb-{node}",
        settled=settled,
        waiting_for=waiting_for,
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


# ------------------------------------------------------------------ what an account holds


def tag_list(tags: Mapping[str, str]) -> list[Json]:
    """Tags as AWS gives them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def a_member(member_id: str = "redis-demo-001", **changes: Any) -> Member:
    fields: Json = {
        "id": member_id,
        "subnet_group": "private-connection-redis-demo",
        "security_group_ids": ("sg-1",),
        "address": f"{member_id}.abc.use1.cache.amazonaws.com",
        "port": 6379,
        "availability_zone": "us-east-1a",
    }
    return Member(**fields | changes)


def an_existing(**changes: Any) -> Cluster:
    """A replication group of one node, as `creating` asks for it."""
    fields: Json = {
        "id": "redis-demo",
        "kind": "replicationGroup",
        "status": "available",
        "engine": "redis",
        "arn": "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:redis-demo",
        "description": "private-connection redis-demo created by run-1",
        "cluster_mode": False,
        "transit_encryption": True,
        "at_rest_encryption": True,
        "shards": {"redis-demo-001": "0001"},
        "port": 6379,
    }
    return Cluster(**fields | changes)


def a_creation(**changes: Any) -> ClusterCreation:
    fields: Json = {
        "vpc_id": "vpc-1",
        "subnet_group": "private-connection-redis-demo",
        "own_subnet_group": True,
        "parameter_group": None,
        "zones": ("us-east-1a",),
        "subnet_ids": ("subnet-us-east-1a",),
    }
    return ClusterCreation(**fields | changes)


def a_plan(creation: ClusterCreation | None = None) -> ClusterPlan:
    """A cluster to adopt, or with its settings to create."""
    return ClusterPlan(id="redis-demo", kind="replicationGroup", creation=creation)


def a_subnet_group(name: str = "caches", *subnet_ids: str) -> SubnetGroup:
    return SubnetGroup(name, f"arn:aws:elasticache:::subnetgroup:{name}", "vpc-1", subnet_ids or ("subnet-us-east-1a",))


def a_security_group(group_id: str = "sg-1", **changes: Any) -> SecurityGroup:
    fields: Json = {"id": group_id, "name": "caches", "vpc_id": "vpc-1", "tags": {}}
    return SecurityGroup(**fields | changes)


def a_rule(**changes: Any) -> Rule:
    """An inbound rule of somebody's for TCP on the node port."""
    fields: Json = {"id": "sgr-1", "group_id": "sg-1", "cidr": "10.0.0.0/24", "protocol": "tcp"}
    return Rule(**fields | {"from_port": 6379, "to_port": 6379, "tags": {}} | changes)


def a_role(name: str = "their-role", **changes: Any) -> Role:
    """Somebody's role, or with ``path`` and tags of ours one that we made."""
    path: str = changes.get("path", "/")
    fields: Json = {
        "name": name,
        "arn": f"arn:aws:iam::123456789012:role{path}{name}",
        "path": path,
        "trust": a_trust(),
        "tags": {},
        "boundary": None,
    }
    return Role(**fields | changes)


def a_thing(kind: Kind = "loadBalancer", name: str = "pc-a", **changes: Any) -> Thing:
    fields: Json = {"kind": kind, "id": f"id-{name}", "name": name, "created_by": "run-1"}
    return Thing(**fields | changes)


def a_wanted(**changes: Any) -> Wanted:
    """What a connection of one node asks for."""
    fields: Json = {
        "cluster_id": "redis-demo",
        "kind": "replicationGroup",
        "nodes": ("redis-demo-001",),
        "paths": ("pc-a",),
        "rules": ("sgr-1",),
        "role_name": "their-role",
        "workspace_id": "ws-1",
        "access_policy": "documented",
        "tags": (),
    }
    return Wanted(**fields | changes)


def a_request(**changes: object) -> ProvisionRequest:
    """What `an_input` is read as."""
    return parse_request(an_input(**changes))


def facts(
    role: RoleFacts | None = None,
    cluster: ClusterFacts | None = None,
    creation: CreationFacts | None = None,
    paths: PathFacts | None = None,
    tags: Mapping[str, str] | None = None,
) -> Facts:
    """An account with a default VPC, in which nothing stands in the way of creating a cluster."""
    default = CreationFacts(subnets=(a_subnet("us-east-1a"),), zones=frozenset({"us-east-1a"}))
    return Facts(
        ACCOUNT,
        "us-east-1",
        tags or {},
        role or RoleFacts(),
        cluster or ClusterFacts(),
        creation or default,
        paths or PathFacts(),
    )
