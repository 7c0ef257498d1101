"""Draws: what is tried with every change, and what `make soak` takes of products."""

import os
from collections import Counter
from itertools import product
from operator import itemgetter

import pytest

from tests import draws
from tests.draws import SEED, crossed, drawn

STOPS, FAILURES = range(20), "abcdefg"
PAIRS = list(product(STOPS, FAILURES))
SIDES = (itemgetter(0), itemgetter(1))


@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("seed", range(3))
def test_each_value_of_each_side_comes_so_often(seed: int, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SEED, str(seed))
    chosen = crossed(PAIRS, "pairs", SIDES, times)
    stops, failures = Counter(map(itemgetter(0), chosen)), Counter(map(itemgetter(1), chosen))
    assert min(stops.values()) >= times
    assert min(failures.values()) >= times
    assert (len(stops), len(failures)) == (len(STOPS), len(FAILURES))
    assert len(chosen) <= times * (len(STOPS) + len(FAILURES))
    assert chosen == sorted(chosen)


def test_what_is_there_once_is_taken() -> None:
    assert crossed([*PAIRS, (99, "z")], "pairs", SIDES)[-1] == (99, "z")


def test_another_session_takes_others(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list[list[tuple[int, str]]]()
    for seed in ("1", "1", "2"):
        monkeypatch.setenv(SEED, seed)
        found.append(crossed(PAIRS, "pairs", SIDES))
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("soaking", "whole", "number"), [(False, False, 6), (True, False, None), (True, True, len(PAIRS))]
)
def test_a_session_tries_a_share_or_a_part_of_the_product_or_all(
    soaking: bool, whole: bool, number: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draws, "SOAKING", soaking)
    monkeypatch.setattr(draws, "WHOLE", whole)
    chosen = drawn(PAIRS, "pairs", sides=SIDES)
    assert len(chosen) == number or (number is None and chosen == crossed(PAIRS, "pairs", SIDES))
    assert len(drawn(PAIRS, "pairs")) == (len(PAIRS) if soaking else 6)
    assert SEED in os.environ
