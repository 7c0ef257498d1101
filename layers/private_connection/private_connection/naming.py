"""Deterministic names, so that a second run finds what the first one made.

A name carries a digest of what cannot change about the resource (its VPC and port, never its subnet, zone or address)
beside as much of the connection and the node as AWS's limit leaves room for.
"""

import hashlib
import re

NODE_RESOURCE_PREFIX = "pc-"
"""How the names of all our load balancers and target groups begin."""
NODE_RESOURCE_LIMIT = 32
"""Characters in the name of a load balancer or target group (API reference, CreateLoadBalancer, CreateTargetGroup)."""
CLUSTER_RESOURCE_PREFIX = "private-connection-"
"""How the names of all our subnet groups and security groups begin."""
ACCESS_ROLE_PREFIX = "private-connection-"
"""How the names of all our roles begin, which the grants on them ask for."""
ACCESS_POLICY_PREFIX = "private-connection-"
"""How the names of all our inline policies begin."""


def digest(*parts: object, length: int = 8) -> str:
    """``length`` hexadecimal digits that stand for ``parts``."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:length]


def node_resource(connection: str, node: str, vpc_id: str, port: int) -> str:
    """The name of a node's load balancer and of its target group: ``pc-<connection>-<node>-<digest>``.

    The node is cut at its head, because its tail tells the nodes of a cluster apart.
    """
    ending = digest(connection, node, vpc_id, port)
    room = NODE_RESOURCE_LIMIT - len(NODE_RESOURCE_PREFIX) - len("--") - len(ending)
    tail = node.lower()[-max(room - len(connection), room // 2) :].strip("-")
    head = connection[: room - len(tail)].strip("-")
    return f"{NODE_RESOURCE_PREFIX}{head}-{tail}-{ending}"


def load_balancer_name(load_balancer_arn: str) -> str:
    """The name in ``…:loadbalancer/net/<name>/<id>`` (ELB User Guide, resource ARNs)."""
    return load_balancer_arn.split("/")[-2]


def target_group_name(target_group_arn: str) -> str:
    """The name in ``…:targetgroup/<name>/<id>`` (ELB User Guide, resource ARNs)."""
    return target_group_arn.split("/")[-2]


def arn_end(arn: str) -> str:
    """What tells a load balancer or target group from all others of the account and Region: its name and its id."""
    return "/".join(arn.split("/")[-2:])


def role_name(role_arn: str) -> str:
    """The name in ``…:role/<path>/<name>`` (IAM User Guide, "IAM identifiers")."""
    return role_arn.split("/")[-1]


def cluster_resource(cluster_id: str) -> str:
    """The name of a cluster's own subnet group and security group."""
    return f"{CLUSTER_RESOURCE_PREFIX}{cluster_id}"


def access_role(workspace_id: str) -> str:
    """The name of the role that we make for a workspace; at most 64 characters of what IAM allows."""
    readable = re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", workspace_id)[:32].strip("-")
    return f"{ACCESS_ROLE_PREFIX}{readable}-{digest(workspace_id)}"


def access_policy(region: str, connection: str) -> str:
    """The name of a connection's inline policy: roles are global, connections are regional."""
    return f"{ACCESS_POLICY_PREFIX}{region}-{connection}"
