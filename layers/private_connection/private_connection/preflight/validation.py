"""The step Validate request: reads the account once, judges the request, completes it, before anything is created.

A request that passes may still fail later: AWS decides when it is asked to create a resource.
"""

from private_connection.cluster.plan import ClusterPlan
from private_connection.contracts import ConnectionName, Contract, NodePlace, Owner, ZoneSubnets
from private_connection.preflight.checks import check
from private_connection.preflight.checks.denied import check_denied
from private_connection.preflight.completion import complete
from private_connection.preflight.dry_runs import MAKER, find_denials, foresee_opening
from private_connection.preflight.looks import gather_facts
from private_connection.request.findings import Finding, refuse
from private_connection.request.models import AccessPolicy, ConnectionRequest, Ingress, RoleRequest, Zones
from private_connection.request.tags import combined


class ValidateRequest(Contract):
    request: ConnectionRequest


class ValidatedRequest(Contract):
    """The request, completed with its defaults and with what the account holds."""

    connection: ConnectionName
    workspace_id: str
    cluster: ClusterPlan
    role: RoleRequest
    ingress: Ingress
    zones: Zones
    access_policy: AccessPolicy
    tags: dict[str, str]
    """Those of the request over the deployment's."""
    foreseen_nodes: tuple[NodePlace, ...]
    zone_subnets: ZoneSubnets
    """A subnet in each zone, for the foreseen nodes' load balancers if they shall be in all of them."""
    findings: tuple[Finding, ...]
    """Those that do not block."""


def validate_request(asked: ValidateRequest) -> ValidatedRequest:
    """Completes a request with what the account holds, with calls that change nothing.

    Raises `InvalidRequest` naming every wrong field with its remedy, `NotOurs` where something belongs to somebody
    else, and `ClusterUnusable` for a cluster that exists and cannot be connected.
    """
    request = asked.request
    facts = gather_facts(request)
    findings = tuple(check(request, facts))
    refuse(findings)
    plan, foreseen_nodes, zone_subnets = complete(request, facts)
    tags = combined(facts.default_tags, request.tags)
    if facts.cluster.found is None:
        opening = foresee_opening(request, facts, foreseen_nodes, zone_subnets)
        refuse(check_denied(find_denials(Owner(connection=request.connection, maker=MAKER, tags=tags), plan, opening)))
    return ValidatedRequest(
        connection=request.connection,
        workspace_id=request.workspace_id,
        cluster=plan,
        role=request.role,
        ingress=request.ingress,
        zones=request.zones,
        access_policy=request.access_policy,
        tags=tags,
        foreseen_nodes=foreseen_nodes,
        zone_subnets=zone_subnets,
        findings=findings,
    )
