"""The best possible run: what AWS itself takes to make the slowest chain of things, whoever asks for it and however.

It is computed from the latencies that a seed draws, before and without any run. Nothing of the workflow is in it: no
latency of a call, no poll, no task, and every request-rate bucket full at the moment at which it is first needed.

    create = max(cluster, load balancer) + registration + checks
    adopt  =              load balancer  + registration + checks

of the slowest node, the endpoint services overlapped with the registration. Where request rates bind, the n-th call
of a kind is admitted only so late: creating, the calls that must come after the cluster are RegisterTargets; adopting,
all four mutating calls of a node. In both, ModifyVpcEndpointServicePermissions comes when every target is healthy,
because the documentation says not to go on before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bench.cases import Case
from sandbox.clock import VirtualClock
from sandbox.conditions import Bucket, Conditions

# two checks in a row, 5 s apart: the fastest that a target group allows (Elastic Load Balancing API, CreateTargetGroup)
CHECKS: Final = 10.0
# CreateLoadBalancer, CreateTargetGroup, CreateListener, RegisterTargets
CALLS_PER_NODE: Final = 4


@dataclass(frozen=True)
class Draws:
    """Seconds that a seed's cluster takes, its load balancers in the order in which they are made, and the
    registration behind each of these."""

    cluster: float
    load_balancers: tuple[float, ...]
    registrations: tuple[float, ...]


def draws(conditions: Conditions, nodes: int) -> Draws:
    """Draws from conditions that nothing was drawn from yet."""
    return Draws(
        conditions.draw("cluster"),
        tuple(conditions.draw("load_balancer") for _ in range(nodes)),
        tuple(conditions.draws("registration", number).next() for number in range(nodes)),
    )


def admitted(calls: int, bucket: Bucket) -> float:
    """Seconds until the last of ``calls`` is admitted, if all are made at 0 and the bucket is full."""
    return max(0.0, (calls - bucket.burst) / bucket.rate)


def limit(case: Case, seed: int) -> float:
    """Seconds from the request to READY."""
    world = case.world()
    drawn = draws(world.conditions(VirtualClock(), seed), case.nodes)
    mutate = world.throttle.elbv2.mutate
    healthy = _created(drawn, mutate) if case.mode == "create" else _adopted(drawn, mutate)
    return healthy + admitted(case.nodes, world.throttle.ec2.mutate)


def _created(drawn: Draws, mutate: Bucket) -> float:
    """Targets may be registered in any order: the best one begins with those that take longest."""
    longest_first = sorted(drawn.registrations, reverse=True)
    registered = (drawn.cluster + admitted(n, mutate) + each for n, each in enumerate(longest_first, 1))
    return CHECKS + max(*registered, *(sum(chain) for chain in _chains(drawn)))


def _adopted(drawn: Draws, mutate: Bucket) -> float:
    chains = (admitted(n, mutate) + sum(chain) for n, chain in enumerate(_chains(drawn), 1))
    last_call = admitted(CALLS_PER_NODE * len(drawn.load_balancers), mutate)
    return CHECKS + max(*chains, last_call + min(drawn.registrations))


def _chains(drawn: Draws) -> Iterator[tuple[float, float]]:
    return zip(drawn.load_balancers, drawn.registrations, strict=True)
