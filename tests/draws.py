"""Draws: the part of a long trial that is tried with every change. `make soak` sets SOAK, and tries all of it.

Of what is made of two things, each fault at each call, say, `make soak` tries each of the one and each of the other,
once or several times, but not each with each: that is tried by `make soak WHOLE=1`.

Each session draws anew, and says its seed at the end; `DRAW=<seed> make test` draws the same again.
"""

import os
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from random import Random, SystemRandom
from typing import Final, TypeVar

SEED: Final = "DRAW"
SOAKING: Final = "SOAK" in os.environ
WHOLE: Final = bool(os.environ.get("WHOLE"))
SEQUENCE: Final = "sequence"
"""The property of a test's report that has the seed of a random sequence, its runs, and the seconds of CPU that they
took.
"""
SHARE: Final = 24
"""One of so many items is tried with every change."""
Item = TypeVar("Item")
Sides = Sequence[Callable[[Item], Hashable]]
"""What an item is made of, one by one."""


def begin() -> None:
    """Draws the session's seed, unless one is given. The processes that are started from here on have it too."""
    os.environ.setdefault(SEED, str(SystemRandom().randrange(1_000_000)))


def drawn(
    items: Sequence[Item], of_what: str, share: int = SHARE, sides: Sides[Item] = (), times: int = 2
) -> list[Item]:
    """One of ``share`` items, in their order; all of them where this session soaks, or, of those that have sides, what
    ``crossed`` takes.

    ``of_what`` tells draws apart.
    """
    if SOAKING and sides:
        return crossed(items, of_what, sides, times)
    if SOAKING or not items:
        return list(items)
    chosen = _random(of_what).sample(range(len(items)), -(-len(items) // share))
    return [items[number] for number in sorted(chosen)]


def crossed(items: Sequence[Item], of_what: str, sides: Sides[Item], times: int = 2) -> list[Item]:
    """Of a product, so many items that each value of each side comes ``times`` times, if it is there so often."""
    if WHOLE:
        return list(items)
    met, chosen = Counter[tuple[int, Hashable]](), list[int]()
    for number in _random(of_what).sample(range(len(items)), len(items)):
        values = [(side, value(items[number])) for side, value in enumerate(sides)]
        if any(met[each] < times for each in values):
            met.update(values)
            chosen.append(number)
    return [items[number] for number in sorted(chosen)]


def _random(of_what: str) -> Random:
    return Random(f"{os.environ[SEED]} {of_what}")
