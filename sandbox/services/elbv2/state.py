"""When the account's load balancers, listeners and targets change their states.

Moto's load balancer is active at its first describe, and its targets are healthy at once. Here the times of these
changes are kept by ARN, in moto's backend.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import inf
from typing import Any

from sandbox.conditions import Conditions, Draws
from sandbox.services.common import backend, live_regions
from sandbox.services.ec2 import interfaces


@dataclass
class BalancerLife:
    """When a load balancer becomes visible, becomes active, goes; how long registrations behind it take."""

    visible_at: float
    active_at: float
    registrations: Draws
    fails: bool = False
    gone_at: float | None = None
    interfaces: dict[str, str] = field(default_factory=dict)  # by subnet


@dataclass
class Registration:
    """A target of a target group. `starts` is how long after everything is in place its checks begin.

    It is drawn when a load balancer serves the target, from that load balancer's stream, so that the order of
    registrations does not change how long a target waits.
    """

    address: str
    port: int
    zone: str
    registered_at: float
    starts: float | None = None
    drained_at: float | None = None


@dataclass
class Timeline:
    """Everything timed in one region, by ARN."""

    balancers: dict[str, BalancerLife] = field(default_factory=dict)
    created: int = 0
    listeners: dict[str, float] = field(default_factory=dict)
    targets: dict[str, dict[tuple[str, int], Registration]] = field(default_factory=dict)
    released: dict[str, float] = field(default_factory=dict)


def timeline(elbv2: Any) -> Timeline:
    found: Timeline = elbv2.__dict__.setdefault("timeline", Timeline())
    return found


def settle(region: str, conditions: Conditions) -> None:
    if region not in live_regions("elbv2"):
        return
    elbv2, now = backend("elbv2", region), conditions.now()
    times = timeline(elbv2)
    for arn, life in list(times.balancers.items()):
        balancer = elbv2.load_balancers[arn]
        if balancer.state == "provisioning" and life.active_at <= now:
            balancer.state = "failed" if life.fails else "active"
        if life.gone_at is not None and life.gone_at <= now:
            _remove(elbv2, arn, life, conditions)
    for members in times.targets.values():
        for key in [key for key, each in members.items() if each.drained_at is not None and each.drained_at <= now]:
            del members[key]


def _remove(elbv2: Any, arn: str, life: BalancerLife, conditions: Conditions) -> None:
    gone_at = life.gone_at or conditions.now()
    for listener in list(elbv2.load_balancers[arn].listeners.values()):
        forget_listener(elbv2, listener, gone_at, conditions)
    lingering = gone_at + conditions.draw("interface_deletion")
    interfaces.release(elbv2.region_name, life.interfaces.values(), lingering)
    elbv2.tagging_service.delete_all_tags_for_resource(arn)
    del elbv2.load_balancers[arn], timeline(elbv2).balancers[arn]


def forget_listener(elbv2: Any, listener: Any, at: float, conditions: Conditions) -> None:
    """Delete a listener. Its target groups count as in use a little longer."""
    times = timeline(elbv2)
    for target_group_arn in forwards_to(listener):
        times.released[target_group_arn] = at + conditions.draw("target_group_release")
    del elbv2.load_balancers[listener.load_balancer_arn].listeners[listener.arn]
    times.listeners.pop(listener.arn, None)
    elbv2.tagging_service.delete_all_tags_for_resource(listener.arn)


def forwards_to(listener: Any) -> list[str]:
    """The target groups that a listener's default action forwards to."""
    return [arn for action in listener.default_actions for arn in targets_of(action.data)]


def targets_of(action: dict[str, Any]) -> list[str]:
    config = action.get("ForwardConfig", {}).get("TargetGroups", [])
    found = [action.get("TargetGroupArn"), *(each.get("TargetGroupArn") for each in config)]
    return list(dict.fromkeys(arn for arn in found if arn))


def all_listeners(elbv2: Any) -> Iterator[Any]:
    for balancer in elbv2.load_balancers.values():
        yield from balancer.listeners.values()


def listeners_of(elbv2: Any, target_group_arn: str) -> list[Any]:
    return [each for each in all_listeners(elbv2) if target_group_arn in forwards_to(each)]


def serving(elbv2: Any, target_group_arn: str) -> tuple[Any, float] | None:
    """The load balancer that serves a target group, and since when everything but the target is in place."""
    times = timeline(elbv2)
    found = listeners_of(elbv2, target_group_arn)
    if not found:
        return None
    balancer = elbv2.load_balancers[found[0].load_balancer_arn]
    life = times.balancers[balancer.arn]
    active_at = inf if life.fails else life.active_at
    return balancer, max(active_at, min(times.listeners[each.arn] for each in found))
