"""Whether a load balancer can stand in the zones that the nodes are, or will be, in.

No Network Load Balancer stands in a Local Zone (Network Load Balancers guide, "Availability Zones"). Whether a zone is
constrained for the account cannot be read: AWS says so when a load balancer is made (`paths.load_balancers`).
"""

from collections.abc import Iterator

from private_connection.preflight.facts import Facts, known
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest

EXPECTED = "Availability Zones of the Region: no load balancer stands in a Local Zone or a Wavelength Zone"


def check_zones(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    ordinary = known(facts.creation.zones, frozenset()) | known(facts.paths.zones, frozenset())
    if not ordinary:
        return
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
