"""The other ways really do the job in the sandbox, and take the time that their manner of waiting takes."""

import functools

import pytest

from bench import other_ways
from bench.by_hand import DEFAULT_CHECKS, FASTEST_CHECKS, Checks
from bench.cases import Case, Mode
from bench.limit import limit
from bench.runs import Run, carry_out
from bench.terraform_like import AT_ONCE, Resource, apply
from sandbox.clock import VirtualClock


@functools.cache
def seconds(way: other_ways.Way, case: Case, checks: Checks = DEFAULT_CHECKS) -> float:
    return other_ways.run(way, case, 1, checks)[0]


@pytest.mark.parametrize("mode", ["create", "adopt"])
def test_all_ways_end_with_the_same_endpoints(mode: Mode) -> None:
    case = Case(mode, 3)

    sheets = {way: carry_out(Run(way, case, 1)).sheet for way in ("workflow", "documented", "terraformLike")}

    assert len(set(sheets.values())) == 1
    assert len(sheets["workflow"]) == 3


@pytest.mark.parametrize("way", [other_ways.by_document, other_ways.by_terraform])
def test_nobody_beats_the_limit(way: other_ways.Way) -> None:
    assert seconds(way, Case("create", 1), FASTEST_CHECKS) > limit(Case("create", 1), 1)


def test_terraform_bears_being_refused_again_and_again() -> None:
    assert seconds(other_ways.by_terraform, Case("adopt", 6, rate=0.1)) > seconds(
        other_ways.by_terraform, Case("adopt", 6)
    )


def test_the_order_in_which_targets_are_registered_cannot_beat_it_either() -> None:
    case = Case("adopt", 3)

    assert carry_out(Run("workflow", case, 1)).seconds > limit(case, 1)


def test_default_health_checks_take_140_seconds_longer_than_the_fastest() -> None:
    slower = seconds(other_ways.by_document, Case("create", 1)) - seconds(
        other_ways.by_document, Case("create", 1), FASTEST_CHECKS
    )

    # 5 checks every 30 s instead of 2 every 5 s, on a grid of looks every 15 s
    assert 125 <= slower <= 155


def test_the_documented_order_takes_equally_long_at_any_request_rate() -> None:
    assert seconds(other_ways.by_document, Case("adopt", 3, rate=1)) == seconds(
        other_ways.by_document, Case("adopt", 3)
    )


def test_the_documented_order_grows_with_the_nodes_and_the_graph_hardly_does() -> None:
    document, terraform = (
        seconds(way, Case("adopt", 3)) / seconds(way, Case("adopt", 1))
        for way in (other_ways.by_document, other_ways.by_terraform)
    )

    assert document > 2.5
    assert terraform < 1.5


def walk(resources: dict[str, Resource], clock: VirtualClock) -> dict[str, str]:
    made: list[dict[str, str]] = []
    clock.start(lambda: made.append(apply(clock, resources)))
    clock.run()
    return made[0]


def test_ten_resources_are_worked_on_at_once() -> None:
    clock = VirtualClock(0)
    each = Resource((), lambda _: clock.sleep(60))

    walk({f"{number}": each for number in range(AT_ONCE + 1)}, clock)

    assert clock.now() == 120


def test_a_resource_begins_when_what_it_needs_is_there() -> None:
    clock = VirtualClock(0)

    def first(_: object) -> str:
        clock.sleep(60)
        return "made"

    made = walk(
        {"second": Resource(("first",), lambda found: f"of {found['first']}"), "first": Resource((), first)}, clock
    )

    assert made["second"] == "of made"
    assert clock.now() == 60
