"""Whether load balancers can stand in the zones that the nodes are, or will be, in, or in all zones of the cluster.

No Network Load Balancer stands in a Local Zone (Network Load Balancers guide, "Availability Zones"). Whether a zone is
constrained for the account cannot be read: AWS says so when a load balancer is made (`paths.load_balancers`).
"""

from collections.abc import Iterator

from private_connection.preflight.completion import cluster_subnets
from private_connection.preflight.facts import Facts, known
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest

EXPECTED = "Availability Zones of the Region: no load balancer stands in a Local Zone or a Wavelength Zone"

REMEDY = "the cluster's subnet group, or leave \"zones\" out, so that a load balancer is in its node's zone alone"


def check_zones(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    ordinary = known(facts.creation.zones, frozenset()) | known(facts.paths.zones, frozenset())
    if request.zones == "all":
        yield from _without_ipv4(facts)
    if ordinary:
        yield from _elsewhere(request, facts, ordinary)


def _elsewhere(request: ConnectionRequest, facts: Facts, ordinary: frozenset[str]) -> Iterator[Finding]:
    elsewhere = [place for place in known(facts.cluster.places, ()) if place.availability_zone not in ordinary]
    if elsewhere:
        found = "nodes in zones of another kind: " + ", ".join(f"{p.node} in {p.availability_zone}" for p in elsewhere)
        remedy = "move the nodes into Availability Zones, or name another cluster"
        yield finding("NODES_IN_LOCAL_ZONES", "cluster.id", found, EXPECTED, remedy)
    subnets = facts.creation.subnets if facts.cluster.found is None else ()
    if subnets and not {subnet.zone for subnet in subnets} & ordinary:
        found = "no subnet but " + ", ".join(f"{subnet.id} in {subnet.zone}" for subnet in subnets)
        remedy = "give subnets of the Region's Availability Zones"
        yield finding("SUBNETS_IN_LOCAL_ZONES", "cluster.create.subnetIds", found, EXPECTED, remedy)
        return
    local = [subnet for subnet in cluster_subnets(facts) if subnet.zone not in ordinary]
    if local and not elsewhere and request.zones == "all":
        found = "subnets of the cluster, " + ", ".join(f"{subnet.id} in {subnet.zone}" for subnet in local)
        yield finding("SUBNETS_IN_LOCAL_ZONES", "zones", found, EXPECTED, f"take them out of {REMEDY}")


def _without_ipv4(facts: Facts) -> Iterator[Finding]:
    """Of a cluster that exists: the subnets for one to be created are refused wherever load balancers stand."""
    subnets = known(facts.cluster.subnets, ())
    with_ipv4 = {subnet.zone for subnet in subnets if subnet.cidr is not None}
    for zone in sorted({subnet.zone for subnet in subnets} - with_ipv4):
        named = ", ".join(subnet.id for subnet in subnets if subnet.zone == zone)
        found = f"no subnet of the cluster in {zone} but {named}, without an IPv4 range"
        expected = "a subnet with IPv4 addresses in each zone, which load balancers take"
        yield finding("SUBNET_WITHOUT_IPV4", "zones", found, expected, f"add one that has them to {REMEDY}")
