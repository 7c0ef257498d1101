"""The limit is computed from draws alone, by a formula that can be followed by hand."""

import pytest

from bench.cases import Case
from bench.limit import CHECKS, admitted, draws, limit
from sandbox.clock import VirtualClock
from sandbox.conditions import Bucket


@pytest.mark.parametrize(("calls", "seconds"), [(0, 0.0), (1, 0.0), (10, 0.0), (11, 0.5), (30, 10.0)])
def test_a_bucket_admits_its_burst_at_once_and_the_rest_at_its_rate(calls: int, seconds: float) -> None:
    assert admitted(calls, Bucket(burst=10, rate=2)) == seconds


def test_creating_one_node_takes_the_cluster_then_the_registration() -> None:
    case = Case("create", 1)
    drawn = draws(case.world().conditions(VirtualClock(), 7), 1)

    assert limit(case, 7) == pytest.approx(drawn.cluster + drawn.registrations[0] + CHECKS)


def test_adopting_waits_for_the_slowest_node_not_for_the_slowest_of_each_thing() -> None:
    case = Case("adopt", 6)
    drawn = draws(case.world().conditions(VirtualClock(), 7), 6)
    chains = [a + b for a, b in zip(drawn.load_balancers, drawn.registrations, strict=True)]

    assert limit(case, 7) == pytest.approx(max(chains) + CHECKS)
    assert limit(case, 7) < max(drawn.load_balancers) + max(drawn.registrations) + CHECKS


def test_ninety_principals_are_allowed_no_faster_than_ec2_admits() -> None:
    # burst 50, then 5 a second: the last of 90 comes after 8 s
    case = Case("create", 90, rate=1_000)
    drawn = draws(case.world().conditions(VirtualClock(), 7), 90)

    assert limit(case, 7) == pytest.approx(drawn.cluster + max(drawn.registrations) + CHECKS + 8, abs=0.1)


def test_a_lower_request_rate_moves_the_limit_of_many_nodes_alone() -> None:
    assert limit(Case("adopt", 90, 1), 3) > limit(Case("adopt", 90, 3), 3) > limit(Case("adopt", 90, 10), 3)
    assert limit(Case("adopt", 1, 1), 3) == limit(Case("adopt", 1, 10), 3)


def test_the_best_order_registers_first_what_takes_longest() -> None:
    # 80 targets beside the burst, one in 20 s: the last one, which is the fastest, waits for 1,600 s
    case = Case("create", 90, rate=0.05)
    drawn = draws(case.world().conditions(VirtualClock(), 3), 90)

    assert limit(case, 3) == pytest.approx(drawn.cluster + 1_600 + min(drawn.registrations) + CHECKS + 8)
    assert limit(Case("create", 90, 3), 3) == pytest.approx(drawn.cluster + max(drawn.registrations) + CHECKS + 8)


def test_when_calls_are_scarce_the_last_of_them_bounds_an_adoption() -> None:
    # 4 calls for each of 90 nodes, 10 at once: at one in ten seconds the last one is admitted after 3,500 s
    case = Case("adopt", 90, rate=0.1)
    drawn = draws(case.world().conditions(VirtualClock(), 3), 90)

    assert limit(case, 3) == pytest.approx(3_500 + min(drawn.registrations) + CHECKS + 8)


def test_a_seed_draws_the_same_whatever_is_done_with_it() -> None:
    small, large = (
        draws(case.world().conditions(VirtualClock(), 5), case.nodes) for case in (Case("create", 1), Case("adopt", 6))
    )

    assert small.cluster == large.cluster
    assert small.load_balancers == large.load_balancers[:1]
