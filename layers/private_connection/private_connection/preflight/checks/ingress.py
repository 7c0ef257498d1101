"""Whether the load balancers are let in where the request says that a run makes no rule (``ingress`` ``none``).

What a prefix list admits is not read, so a rule for one leaves it open. One for another security group admits nobody:
the load balancers are in none.
"""

from collections.abc import Iterator

from private_connection.cluster.admission import sources_of, unadmitted
from private_connection.preflight.completion import balancer_subnets, node_port
from private_connection.preflight.facts import Facts, RefusedLook, known
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest

FIELD = "ingress"
REMEDY = (
    "add a rule for these ranges and this port to a group of the cluster, or leave ingress out, so that the run adds it"
)


def check_ingress(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    groups, found, port = facts.paths.groups, facts.cluster.found, node_port(request, facts)
    is_known = found is None or bool(known(facts.cluster.places, ()))
    subnets = balancer_subnets(request, facts)
    unread = isinstance(groups, RefusedLook) or isinstance(facts.paths.rules, RefusedLook)
    if request.ingress != "none" or port is None or unread or not is_known or not subnets:
        return
    lasting = [rule for rule in known(facts.paths.rules, ()) if rule.users != {request.connection}]
    closed = unadmitted(lasting, port, sources_of("subnets", subnets))
    if closed:
        lists = sorted(rule.prefix_list for rule in lasting if rule.prefix_list is not None and rule.admits(port))
        named = ", ".join(group.id for group in known(groups, ())) or "the one that the run would make"
        own = sorted(rule.id for rule in known(facts.paths.rules, ()) if rule not in lasting and rule.admits(port))
        yield _found(", ".join(closed), port, named, lists, own)


def _found(closed: str, port: int, groups: str, lists: list[str], own: list[str]) -> Finding:
    """``own`` are the rules of this connection alone, which the run takes away once it is READY."""
    expected = f"a rule that admits TCP from {closed}, where the load balancers sit, on port {port}: the run makes none"
    if lists:
        seen = f"{groups}, which may admit them by prefix list {', '.join(lists)}, whose ranges are not read"
        return finding(
            "INGRESS_UNSURE", FIELD, f"security group {seen}", expected, f"see that it does; if not, {REMEDY}"
        )
    going = f", as what serves now goes, and cuts its nodes off: {', '.join(own)}" if own else ""
    return finding("INGRESS_CLOSED", FIELD, f"security group {groups} without such a rule{going}", expected, REMEDY)
