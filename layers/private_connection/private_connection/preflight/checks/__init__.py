"""Checks: pure functions over a request and the facts, which yield findings."""

from collections.abc import Iterator

from private_connection.preflight.checks.cluster import check_cluster
from private_connection.preflight.checks.endpoints import check_endpoints
from private_connection.preflight.checks.existing import check_existing
from private_connection.preflight.checks.failover import check_failover, check_read_only
from private_connection.preflight.checks.ingress import check_ingress
from private_connection.preflight.checks.network import check_network
from private_connection.preflight.checks.outposts import check_outposts
from private_connection.preflight.checks.permissions import check_permissions
from private_connection.preflight.checks.protection import check_protection
from private_connection.preflight.checks.redirects import check_redirects
from private_connection.preflight.checks.refused_looks import check_refused_looks
from private_connection.preflight.checks.role import check_role
from private_connection.preflight.checks.room import check_room
from private_connection.preflight.checks.tags import check_tags
from private_connection.preflight.checks.workspace import check_workspace
from private_connection.preflight.checks.zones import check_zones
from private_connection.preflight.facts import Facts
from private_connection.request.findings import Finding
from private_connection.request.models import ConnectionRequest

CHECKS = (
    *(
        check_workspace,
        check_tags,
        check_role,
        check_permissions,
        check_network,
        check_zones,
        check_outposts,
        check_ingress,
        check_room,
        check_endpoints,
    ),
    *(check_cluster, check_protection, check_existing, check_redirects, check_failover, check_read_only),
    check_refused_looks,
)


def check(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    """Every finding on a request, those that block and those that do not."""
    return (finding for each in CHECKS for finding in each(request, facts))
