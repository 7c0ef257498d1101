"""Whether load balancers can stand beside the nodes: no Network Load Balancer stands on an Outpost.

One takes subnets of Availability Zones; of Outposts the API speaks for Application Load Balancers alone (Elastic Load
Balancing API reference, CreateLoadBalancer). ElastiCache keeps both kinds of subnets apart (API reference,
SubnetNotAllowedFault), so that a subnet group with one of them has no other.
"""

from collections.abc import Iterable, Iterator

from private_connection.cluster.networks import Subnet
from private_connection.preflight.facts import Facts, known
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest

EXPECTED = "subnets of Availability Zones: no Network Load Balancer stands on an Outpost"


def check_outposts(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    create, wanted = request.cluster.create, on_outposts(facts.creation.subnets)
    if create is not None and wanted:
        field = "cluster.create.subnetIds" if create.subnet_group is None else "cluster.create.subnetGroup"
        found = ", ".join(f"{subnet} on {outpost}" for subnet, outpost in wanted.items())
        yield finding("SUBNETS_ON_OUTPOST", field, found, EXPECTED, "take other subnets")
    there = on_outposts(known(facts.cluster.subnets, ()))
    nodes = [each for each in known(facts.cluster.places, ()) if each.subnet_id in there]
    if nodes:
        found = "nodes on an Outpost: " + ", ".join(f"{each.node} in {each.subnet_id}" for each in nodes)
        yield finding("NODES_ON_OUTPOST", "cluster.id", found, EXPECTED, "name another cluster")


def on_outposts(subnets: Iterable[Subnet]) -> dict[str, str]:
    """The subnets that are on an Outpost, each with its Outpost's ARN."""
    return {each.id: each.outpost for each in subnets if each.outpost is not None}
