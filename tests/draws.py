"""Draws: the part of a long trial that is tried with every change. `make soak` sets SOAK, and tries all of it.

Each session draws anew, and says its seed at the end; `DRAW=<seed> make test` draws the same again.
"""

import os
from collections.abc import Sequence
from random import Random, SystemRandom
from typing import Final, TypeVar

SEED: Final = "DRAW"
SOAKING: Final = "SOAK" in os.environ
SEQUENCE: Final = "sequence"
"""The property of a test's report that has the seed of a random sequence, its runs, and the seconds of CPU that they
took.
"""
SHARE: Final = 24
"""One of so many items is tried with every change."""
Item = TypeVar("Item")


def begin() -> None:
    """Draws the session's seed, unless one is given. The processes that are started from here on have it too."""
    os.environ.setdefault(SEED, str(SystemRandom().randrange(1_000_000)))


def drawn(items: Sequence[Item], of_what: str, share: int = SHARE) -> list[Item]:
    """One of ``share`` items, in their order; all of them where this session soaks.

    ``of_what`` tells draws apart.
    """
    if SOAKING or not items:
        return list(items)
    chosen = Random(f"{os.environ[SEED]} {of_what}").sample(range(len(items)), -(-len(items) // share))
    return [items[number] for number in sorted(chosen)]
