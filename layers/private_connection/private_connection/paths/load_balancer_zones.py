"""The zones of load balancers: those that one is asked to have, and how one that exists gets more.

Zones are added by ``SetSubnets``, which has to name those that the load balancer has already (API reference). They are
never taken away: AWS refuses that while endpoints lead to the load balancer, and breaks the connections of a zone that
goes (Network Load Balancers guide, "Availability Zones"). A tag says that a request asked for all zones, which the
zones themselves do not tell: a node that moved leaves its load balancer in several too.
"""

from collections.abc import Callable, Mapping
from typing import Final

from private_connection import clients
from private_connection.contracts import ZoneSubnets
from private_connection.errors import doing
from private_connection.ownership import ZONES, Tags, as_list
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.remedies import CREATION, remedied

ALL: Final = "all"
GOING: Final = ("LoadBalancerNotFound",)
"""ELB's refusal to change a load balancer that is being deleted (API reference, SetSubnets)."""
GONE: Final = (*GOING, "AccessDenied")
"""The same, where its tags may be gone already, so that our grants deny the call."""


def wanted_zones(zone: str, subnet_id: str, everywhere: Mapping[str, str]) -> ZoneSubnets:
    """The subnet for each zone of a node's load balancer: the node's for its own zone, and those of the other zones."""
    return {zone: subnet_id} | {each: subnet for each, subnet in everywhere.items() if each != zone}


def is_spread(tags: Tags) -> bool:
    """Whether a request has put the load balancer into all zones."""
    return tags.get(ZONES) == ALL


def is_useless(
    balancer: LoadBalancer,
    wanted: ZoneSubnets,
    own_zone: str,
    service_id: str | None,
    is_offered: Callable[[str], bool],
) -> bool:
    """Whether it failed or has a zone too many, so that it is replaced, unless somebody may know its service.

    ``own_zone`` is its node's. A service that is not offered, which ``is_offered`` tells by its id, is no reason to
    keep a load balancer that does not reach its node.
    """
    stands = balancer.state != "failed"
    if stands and balancer.zones.keys() <= wanted.keys():
        return False
    reaches_node = stands and own_zone in balancer.zones
    return service_id is None or not (reaches_node or is_offered(service_id))


def missing_zones(has: ZoneSubnets, wanted: ZoneSubnets) -> ZoneSubnets:
    """The zones that a load balancer is to get, each with its subnet; of those that it has it keeps its subnets."""
    return {zone: subnet for zone, subnet in wanted.items() if zone not in has}


def lacks_mark(tags: Tags, *, spread: bool) -> bool:
    """Whether it is to be put into all zones, and nothing says so yet."""
    return spread and not is_spread(tags)


def add_zones(balancer: LoadBalancer, wanted: ZoneSubnets, *, spread: bool, is_going: tuple[str, ...]) -> ZoneSubnets:
    """The zones of a load balancer that has all of ``wanted`` now, in the subnets that it had.

    ``spread`` says that they are all zones. The tag comes first, so that none has them without it. ``is_going`` are the
    refusals that tell that the load balancer is being deleted: they raise `NotYetConsistent`.
    """
    elbv2, has = clients.elbv2(), balancer.zones
    missing = missing_zones(has, wanted)
    with remedied(CREATION), doing("adding zones to load balancer", balancer.name, not_yet=is_going):
        if lacks_mark(balancer.tags, spread=spread):
            elbv2.add_tags(ResourceArns=[balancer.arn], Tags=as_list({ZONES: ALL}))
        if missing:
            elbv2.set_subnets(LoadBalancerArn=balancer.arn, Subnets=[*has.values(), *missing.values()])
    return has | missing
