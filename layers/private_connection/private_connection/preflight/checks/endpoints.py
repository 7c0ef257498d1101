"""Whether there is room for the endpoints that Ververica makes, one a node: in a VPC that nobody here can look into."""

from collections.abc import Iterator
from typing import Final

from private_connection.preflight.facts import Facts, known
from private_connection.preflight.foreseen import foreseen
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest

ENDPOINTS_AT_FIRST: Final = 50
"""Interface endpoints and those of Gateway Load Balancers that a VPC may have together, unless its owner had the quota
raised (AWS PrivateLink guide, "AWS PrivateLink quotas").
"""
MANY: Final = 40
"""Nodes from which on a VPC that has a few endpoints already may have no room for as many more."""


def check_endpoints(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    """An advice, unless each node has its load balancer already, and so, it may be, its endpoint."""
    nodes, standing = list(foreseen(request, facts)), known(facts.paths.load_balancers, {})
    if len(nodes) >= MANY and any(node.name not in standing for node in nodes):
        yield finding(
            "MANY_ENDPOINTS",
            "cluster.id",
            f"a cluster of {len(nodes)} nodes, for each of which Ververica makes an endpoint in the workspace's VPC",
            f"room for them there: a VPC may have {ENDPOINTS_AT_FIRST} endpoints, with those that it has already, "
            "unless its owner had that quota raised",
            "ask Ververica how many endpoints the workspace's VPC may have, before you enter the nodes in the portal",
        )
