"""The step Validate request: reads the account once, judges the request, completes it, before anything is created.

A request that passes may still fail later: AWS decides when it is asked to create a resource.
"""

from collections.abc import Iterator
from typing import Final

from private_connection.cluster.plan import ClusterPlan
from private_connection.contracts import ConnectionName, Contract, NodePlace, Owner, ZoneSubnets
from private_connection.preflight.checks import check
from private_connection.preflight.checks.denied import check_denied
from private_connection.preflight.completion import complete
from private_connection.preflight.dry_runs import MAKER, find_denials, foresee_opening
from private_connection.preflight.facts import Facts
from private_connection.preflight.looks import gather_facts
from private_connection.request.codes import BLOCKING
from private_connection.request.findings import Finding, refuse
from private_connection.request.models import AccessPolicy, ConnectionRequest, Ingress, Repair, RoleRequest, Zones
from private_connection.request.tags import combined

CREATION: Final = "cluster.create"
"""Where a request says how its cluster is made, and the beginning of all that it says there."""


class ValidateRequest(Contract):
    request: ConnectionRequest
    repair: Repair | None
    """Null but for a repair."""


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
    """Those that do not block: errors that the request acknowledges are among them."""


def validate_request(asked: ValidateRequest) -> ValidatedRequest:
    """Completes a request with what the account holds, with calls that change nothing.

    Raises `InvalidRequest` naming every wrong field with its remedy, `NotOurs` where something belongs to somebody
    else, and `ClusterUnusable` for a cluster that exists and cannot be connected.
    """
    request = asked.request
    facts = gather_facts(request)
    findings = [*_judged(asked, facts)]
    refuse(findings, request.acknowledge)
    plan, foreseen_nodes, zone_subnets = complete(request, facts)
    tags = combined(facts.default_tags, request.tags)
    if facts.cluster.found is None:
        opening = foresee_opening(request, facts, foreseen_nodes, zone_subnets)
        owner = Owner(connection=request.connection, maker=MAKER, tags=tags)
        findings += check_denied(find_denials(owner, plan, opening))
        refuse(findings, request.acknowledge)
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
        findings=tuple(findings),
    )


def _judged(asked: ValidateRequest, facts: Facts) -> Iterator[Finding]:
    """What the checks find. How a cluster shall be made is nothing to a repair, which takes the one that is there as it
    is: whoever scaled it wants it so.
    """
    as_it_is = asked.repair is not None and facts.cluster.found is not None
    for each in check(asked.request, facts):
        if not (as_it_is and each.level in BLOCKING and each.field.startswith(CREATION)):
            yield each
