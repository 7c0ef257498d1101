"""The health of a target, computed from what is in place and since when.

Checks of a target begin some minutes after it is registered, its target group is in a listener, and the load balancer
is active in the target's zone; then a threshold of consecutive results decides (NLB user guide, "Health checks for
your target groups"). Whether the first verdict needs the whole threshold is documented both ways; it does here.
"""

from dataclasses import dataclass
from typing import Any

from sandbox.services.common import backend
from sandbox.services.elbv2.state import Registration, serving, timeline
from sandbox.services.paths import Path, Source, path

NOT_IN_USE = "Target group is not configured to receive traffic from the load balancer"
WRONG_ZONE = "Target is in an Availability Zone that is not enabled for the load balancer"


@dataclass(frozen=True)
class Health:
    state: str
    reason: str | None = None
    description: str | None = None


@dataclass(frozen=True)
class Checks:
    """When checks begin, how often they come, and how many results make a verdict."""

    start: float
    interval: float
    healthy: int
    unhealthy: int


CROSS_ZONE, INHERITED = "load_balancing.cross_zone.enabled", "use_load_balancer_configuration"
HEALTHY = Health("healthy")
REGISTERING = Health("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
CHECKING = Health("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
FAILED = Health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")
DRAINING = Health("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
NOT_REGISTERED = Health("unused", "Target.NotRegistered", "Target is not registered to the target group")


def verdict(checks: Checks, found: Path, now: float) -> Health:
    """What the checks say at a moment, given the path as it is and since when it has been so."""
    if now < checks.start:
        return REGISTERING
    rises, falls = checks.interval * checks.healthy, checks.interval * checks.unhealthy
    changed = max(checks.start, found.since)
    earlier = found.since - checks.start  # for how long checks had seen the opposite before
    if found.open:
        if now >= changed + rises:
            return HEALTHY
        return FAILED if earlier >= falls else CHECKING
    if now >= changed + falls:
        return FAILED
    return HEALTHY if earlier >= rises else CHECKING


def health(region: str, group: Any, member: Registration, now: float) -> Health:
    elbv2 = backend("elbv2", region)
    if member.drained_at is not None:
        return DRAINING
    served = serving(elbv2, group.arn)
    if served is None:
        return Health("unused", "Target.NotInUse", NOT_IN_USE)
    balancer, in_place = served
    sources = _sources(region, group, balancer, member.zone)
    if not sources:
        return Health("unused", "Target.NotInUse", WRONG_ZONE)
    if _is_load_balancer(region, member.address):
        return Health("unused", "Target.IpUnusable", "The IP address belongs to a load balancer")
    if member.starts is None:
        member.starts = timeline(elbv2).balancers[balancer.arn].registrations.next()
    checks = Checks(
        start=max(in_place, member.registered_at) + member.starts,
        interval=float(group.health_check_interval_seconds),
        healthy=int(group.healthy_threshold_count),
        unhealthy=int(group.unhealthy_threshold_count),
    )
    return verdict(checks, path(region, sources, member.address, check_port(group, member)), now)


def check_port(group: Any, member: Registration) -> int:
    port = group.health_check_port
    return member.port if port in (None, "traffic-port") else int(port)


def crosses_zones(group: Any, balancer: Any) -> bool:
    """Whether each zone of the load balancer reaches the targets of every zone.

    The target group's attribute overrides the load balancer's, which is off unless somebody turned it on (Network Load
    Balancers guide, "Cross-zone load balancing for target groups").
    """
    own = group.attributes.get(CROSS_ZONE, INHERITED)
    return bool((balancer.attrs.get(CROSS_ZONE) if own == INHERITED else own) == "true")


def source_in(region: str, balancer: Any, zone: str) -> Source | None:
    """Where the load balancer's traffic comes from in a zone; None when the zone is not enabled."""
    subnet_id = next((each.id for each in balancer.subnets if each.availability_zone == zone), None)
    if subnet_id is None:
        return None
    interface_id = timeline(backend("elbv2", region)).balancers[balancer.arn].interfaces[subnet_id]
    address = backend("ec2", region).enis[interface_id].private_ip_address
    return Source(address, frozenset(balancer.security_groups or ()))


def _sources(region: str, group: Any, balancer: Any, zone: str) -> list[Source]:
    """The load balancer's addresses from which a target in this zone is checked; none when it gets no traffic.

    Across zones, a target gets traffic although its own zone is not enabled ("Availability Zones for your Network Load
    Balancer": that is how targets in a constrained zone are reached).
    """
    every = zone == "all" or crosses_zones(group, balancer)
    zones = [each.availability_zone for each in balancer.subnets] if every else [zone]
    return [found for each in zones if (found := source_in(region, balancer, each)) is not None]


def _is_load_balancer(region: str, address: str) -> bool:
    enis = backend("ec2", region).enis.values()
    return any(each.private_ip_address == address and each.interface_type != "interface" for each in enis)
