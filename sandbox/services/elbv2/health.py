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
    sources = _sources(region, balancer, member.zone)
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


def _sources(region: str, balancer: Any, zone: str) -> list[Source]:
    """The load balancer's addresses from which this zone is checked; none when the zone is not enabled."""
    life = timeline(backend("elbv2", region)).balancers[balancer.arn]
    cross_zone = balancer.attrs.get("load_balancing.cross_zone.enabled") == "true"
    zones = {subnet.availability_zone: subnet.id for subnet in balancer.subnets}
    if zone != "all" and zone not in zones:
        return []
    subnets = zones.values() if cross_zone or zone == "all" else [zones[zone]]
    enis, groups = backend("ec2", region).enis, frozenset(balancer.security_groups or ())
    return [Source(enis[life.interfaces[each]].private_ip_address, groups) for each in subnets]


def _is_load_balancer(region: str, address: str) -> bool:
    enis = backend("ec2", region).enis.values()
    return any(each.private_ip_address == address and each.interface_type != "interface" for each in enis)
