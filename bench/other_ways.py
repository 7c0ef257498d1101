"""The two other ways, run on the sandbox's clock until their endpoints are ready."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import documented, terraform_like
from bench.by_hand import DEFAULT_CHECKS, Checks, Endpoint, Hands
from bench.cases import Case
from sandbox.account import Account

NOTHING: Final = Path(__file__).parent / "nothing.yaml"
Way = Callable[[Account, Case, Checks], list[Endpoint]]


def by_document(account: Account, case: Case, checks: Checks) -> list[Endpoint]:
    return documented.connect(case, Hands(checks))


def by_terraform(account: Account, case: Case, checks: Checks) -> list[Endpoint]:
    return terraform_like.connect(case, Hands(checks, terraform_like.ATTEMPTS), account.clock)


def run(way: Way, case: Case, seed: int, checks: Checks = DEFAULT_CHECKS) -> tuple[float, list[Endpoint]]:
    """Seconds to ready, and what is ready."""
    ended: list[tuple[float, list[Endpoint]]] = []
    with Account(case.world(), seed, NOTHING) as account:

        def work() -> None:
            began = time.time()
            found = way(account, case, checks)
            ended.append((time.time() - began, found))

        account.clock.start(work)
        account.clock.run()
    return ended[0]
