"""The step Plan ingress: which rules a run would add, by what Open security group goes by."""

from collections.abc import Iterator

from private_connection.cluster.admission import opening_findings, serving_rules, sources_of, unadmitted
from private_connection.cluster.clusters import find_cluster, find_members
from private_connection.cluster.networks import find_subnets
from private_connection.cluster.plan import ClusterPlan
from private_connection.cluster.rule_users import tags_of_use
from private_connection.cluster.rules import find_rules
from private_connection.cluster.security_groups import (
    SecurityGroup,
    find_cluster_security_group,
    find_security_groups,
    group_to_open,
)
from private_connection.contracts import Contract, Owner
from private_connection.naming import cluster_resource
from private_connection.planning.changes import CLUSTER, created, found, tags_put
from private_connection.planning.plan import PlannedChange
from private_connection.request.findings import Finding
from private_connection.request.models import Ingress


class PlanIngress(Owner):
    cluster: ClusterPlan
    ingress: Ingress
    subnet_ids: tuple[str, ...]
    """The subnets that the load balancers will sit in."""
    subnets_known: bool
    """Whether these are all."""


class PlannedIngress(Contract):
    changes: tuple[PlannedChange, ...]
    rule_ids: tuple[str, ...]
    """The rules of ours that there are and that stay, as far as that is known."""
    known: bool
    """Whether it is: the cluster's groups, and the subnets of the load balancers."""
    findings: tuple[Finding, ...]


def plan_ingress(request: PlanIngress) -> PlannedIngress:
    """Looks at the inbound rules of the cluster's groups. Changes nothing."""
    groups, port = _look(request)
    sources = sources_of(request.ingress, find_subnets(request.subnet_ids))
    opened, place = (group_to_open(groups), group_to_open(groups).id) if groups else (None, _named(request))
    rules = find_rules([each.id for each in groups]) if opened is not None else []
    missing = unadmitted(rules, port, sources) if port is not None else []
    serving = serving_rules(rules, port, sources) if port is not None else []
    known = port is not None and (request.subnets_known or request.ingress == "anywhere")
    known = known or request.ingress == "none"
    changes = [
        *(
            created("securityGroupRule", f"{place}: {cidr} on {port}", {"source": cidr, "port": port})
            for cidr in missing
        ),
        *(found("securityGroupRule", rule.called, tags_put(tags_of_use(request, rule), rule.tags)) for rule in serving),
        *(() if known else _later(place)),
    ]
    findings = opening_findings(request.connection, opened, rules, sources, missing) if opened is not None else ()
    return PlannedIngress(
        changes=tuple(changes), rule_ids=tuple(rule.id for rule in serving), known=known, findings=tuple(findings)
    )


def _look(request: PlanIngress) -> tuple[list[SecurityGroup], int | None]:
    """The groups that the nodes are, or will be, in, as far as there are such, and the port if that is known."""
    cluster, creation = find_cluster(request.cluster.id, request.cluster.kind), request.cluster.creation
    members = [each for each in find_members(cluster) if each.security_group_ids] if cluster is not None else []
    shown = next((each.port for each in members if each.port is not None), cluster.port if cluster else None)
    port = shown if shown is not None else creation.port if creation is not None else None
    if members and port is not None:
        return find_security_groups(members[0].security_group_ids), port
    if creation is None:
        return [], None
    if creation.security_group_ids:
        return find_security_groups(creation.security_group_ids), creation.port
    own = find_cluster_security_group(request.cluster.id, creation.vpc_id)
    return [own] if own is not None else [], creation.port


def _named(request: PlanIngress) -> str:
    plan = request.cluster
    return cluster_resource(plan.id) if plan.creation is not None else "the cluster's security group"


def _later(place: str) -> Iterator[PlannedChange]:
    """What is known only once the nodes' subnets or the cluster's groups are."""
    yield created("securityGroupRule", f"{place}: for each subnet of a load balancer", {"source": None}, None, CLUSTER)
