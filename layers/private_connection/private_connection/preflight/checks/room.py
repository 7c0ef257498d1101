"""Whether there is room for what the paths to the nodes need: addresses, load balancers, target groups, rules.

AWS refuses what does not fit only when it is made, which may be a quarter of an hour later, with a cluster bought.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from private_connection.cluster.admission import sources_of, unadmitted
from private_connection.cluster.full_groups import ROOM_FOR_RULES, of_lists
from private_connection.cluster.networks import Subnet
from private_connection.cluster.room import LEAST_FREE, room
from private_connection.cluster.security_groups import group_to_open
from private_connection.paths.usage import LOAD_BALANCERS, TARGET_GROUPS
from private_connection.preflight.completion import balancer_subnets, cluster_subnets, node_port
from private_connection.preflight.facts import Facts, known
from private_connection.preflight.foreseen import Foreseen, foreseen
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest

RULES_AT_FIRST = 60
"""Inbound rules for IPv4 that a security group may have unless the quota was raised (VPC User Guide, quotas)."""


TAGS_LIMIT = 50
"""Tags on a resource (EC2 User Guide, "Tag restrictions")."""


def check_room(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    nodes = list(foreseen(request, facts))
    yield from _quotas(nodes, facts)
    yield from _addresses(request, nodes, facts)
    yield from _rules(request, facts)


# ------------------------------------------------------------------ quotas


def _quotas(nodes: Sequence[Foreseen], facts: Facts) -> Iterator[Finding]:
    for limit, what, existing in (
        (LOAD_BALANCERS, "Network Load Balancers", known(facts.paths.load_balancers, None)),
        (TARGET_GROUPS, "target groups", known(facts.paths.target_groups, None)),
    ):
        most = known(facts.paths.limits, {}).get(limit)
        if most is None or existing is None:
            continue
        missing = sum(node.name not in existing for node in nodes)
        if missing and len(existing) + missing > most:
            yield finding(
                "QUOTA_TOO_SMALL",
                "cluster.id",
                f"{len(existing)} {what} in this Region, of {most} that its quota allows, and {missing} to be made",
                "room for one a node",
                f"ask Service Quotas for more ({limit} of Elastic Load Balancing), or delete some that nobody needs",
            )


# ------------------------------------------------------------------ addresses


class Need(NamedTuple):
    """What is to be made in the subnets of a zone."""

    own: int
    """Load balancers of the zone's nodes, which may be in any of its subnets."""
    others: int
    """Load balancers of other zones' nodes, which are all in one of its subnets."""
    nodes: int

    @property
    def all(self) -> int:
        return self.own + self.others + self.nodes


def _addresses(request: ConnectionRequest, nodes: Sequence[Foreseen], facts: Facts) -> Iterator[Finding]:
    """A finding for each zone whose subnets lack addresses. Those that have none for a load balancer, as they are IPv6
    alone or on an Outpost, have findings of their own.

    A node to be created takes one, maybe before the load balancers are made, and maybe in the subnet that has the most.
    """
    standing, subnets = known(facts.paths.load_balancers, None), cluster_subnets(facts)
    if standing is None:
        return
    for zone in sorted({each.zone for each in subnets if each.cidr is not None and each.outpost is None}):
        lacking = [node for node in nodes if zone not in standing.get(node.name, {})]
        own, nodes_there = (sum(node.zone == zone for node in each) for each in (lacking, nodes))
        others = len(lacking) - own if request.zones == "all" else 0
        need = Need(own, others, nodes_there if facts.cluster.found is None else 0)
        in_zone = [subnet for subnet in subnets if subnet.zone == zone]
        if own and need.own + need.nodes > sum(map(room, in_zone)):
            yield _full(request, in_zone, need)
        elif others and (need.all > sum(map(room, in_zone)) or need.others + need.nodes > max(map(room, in_zone))):
            yield _full_of_others(in_zone, need)


def _full(request: ConnectionRequest, subnets: Sequence[Subnet], need: Need) -> Finding:
    create = request.cluster.create
    field = "cluster.id" if create is None else "cluster.create.subnetIds"
    return finding(
        "SUBNET_FULL",
        field if create is None or create.subnet_group is None else "cluster.create.subnetGroup",
        _shown(subnets),
        _expected(need),
        "free addresses in that subnet, or add a larger subnet of that zone to the cluster's subnet group"
        if create is None
        else "take larger subnets, or fewer nodes",
    )


def _full_of_others(subnets: Sequence[Subnet], need: Need) -> Finding:
    return finding(
        "SUBNET_FULL",
        "zones",
        _shown(subnets),
        f"{_expected(need)}; the {need.others} of nodes in other zones are all made in one subnet",
        'free addresses in that subnet, add a larger one of that zone to the cluster\'s subnet group, or leave "zones" '
        "out, so that a load balancer is in its node's zone alone",
    )


def _shown(subnets: Sequence[Subnet]) -> str:
    shown = " and ".join(f"{subnet.id} with {subnet.free} free addresses" for subnet in subnets)
    return f"in zone {subnets[0].zone}: {shown}"


def _expected(need: Need) -> str:
    made = f"{need.own + need.others} load balancers" + (f" and {need.nodes} nodes" if need.nodes else "")
    least = need.all + LEAST_FREE - 1
    return f"at least {least} free for {made}: a load balancer takes one address, and wants {LEAST_FREE} to be free"


# ------------------------------------------------------------------ rules


def _rules(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    """The quota can be raised, and what it is cannot be read from EC2: so this warns, and AWS decides.

    How many entries a prefix list may have would be one more right: its rule is counted as one here, and as so many by
    EC2, which the finding says.
    """
    groups, rules = known(facts.paths.groups, ()), known(facts.paths.rules, ())
    if not groups:
        return
    yield from _full_rules(request, facts)
    group, missing = group_to_open(groups), _missing(request, facts)
    held = [rule for rule in rules if rule.group_id == group.id]
    present, lists = len(held), sum(rule.prefix_list is not None for rule in held)
    if missing and present <= RULES_AT_FIRST < present + len(missing):
        yield finding(
            "GROUP_FULL",
            "cluster.id" if request.cluster.create is None else "cluster.create.securityGroupIds",
            f"security group {group.id} with {present} inbound rules{of_lists(lists)}, and {len(missing)} to be added "
            f"for {', '.join(missing)}",
            f"room for them: AWS allows {RULES_AT_FIRST}, unless the quota was raised",
            f"if the run ends in QuotaExceeded, {ROOM_FOR_RULES}",
        )


def _missing(request: ConnectionRequest, facts: Facts) -> list[str]:
    """The ranges for which a rule will be made, as far as the load balancers' subnets are known."""
    sources, port = sources_of(request.ingress, balancer_subnets(request, facts)), node_port(request, facts)
    return [] if port is None else unadmitted(known(facts.paths.rules, ()), port, sources)


def _full_rules(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    """A rule that others use gets a tag of each connection that uses it."""
    sources, port = sources_of(request.ingress, balancer_subnets(request, facts)), node_port(request, facts)
    for rule in known(facts.paths.rules, ()):
        is_shared = port is not None and rule.is_for(port) and rule.cidr in sources and bool(rule.users)
        if is_shared and request.connection not in rule.users and len(rule.tags) >= TAGS_LIMIT:
            yield finding(
                "RULE_FULL",
                "cluster.id",
                f"security group rule {rule.id} of {', '.join(sorted(rule.users))}, with {len(rule.tags)} tags",
                f"at most {TAGS_LIMIT - 1}: each connection that uses it puts one on it, and EC2 allows {TAGS_LIMIT}",
                "take tags of yours off the rule, or add a rule of your own for its range, which is then used instead",
            )
