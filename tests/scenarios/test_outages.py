"""How long a node that was replaced is out of reach, and how often a repair is tried that does not help, over days.

Schedules are on. All of it takes long, so `make soak` alone tries it. Outages are logged, in virtual seconds, where
pytest is told `--log-cli-level=INFO`.
"""

import io
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.runs import report
from sandbox.scenarios.forks import Holder
from sandbox.services import settle
from sandbox.world import World, apply_event
from tests.before_forks import prepare, warmed
from tests.draws import SOAKING
from tests.faults.grounds import cache_nodes
from tests.faults.observation import serving
from tests.scenarios.connected import ORDERS, revoke
from tests.scenarios.playing import SUCCEEDED, summary
from tests.scenarios.test_start_repairs import forbid

pytestmark = pytest.mark.skipif(not SOAKING, reason="takes minutes: make soak")

LOG: Final = logging.getLogger(__name__)
REPLICATED: Final[dict[str, Any]] = {**ORDERS, "cluster": {"id": "orders", "create": {"replicasPerShard": 1}}}
NODE: Final = "orders-002"
SCHEDULED: Final = {"ReconcileMinutes": "15"}
INTERVAL: Final = 900
DAYS: Final = 48 * 3600
SEEDS: Final = range(1, 6)
PHASES: Final = (30, 450, 870)
"""Seconds after a sweep."""
MENDED_IN: Final = 300
"""Seconds that a sweep takes with its repair, until the load balancer finds the new address healthy."""
TOLD_IN: Final = 60
"""Seconds for which messages are collected before they start a sweep."""
MEANWHILE: Final = 300
"""Seconds after which another tool looks again."""
STEP: Final = 5
"""Seconds between two looks at what a consumer reaches: as often as a load balancer looks."""


@contextmanager
def deployed(parameters: Mapping[str, str], request: dict[str, Any], seed: int = 1) -> Iterator[Account]:
    """An account with one connection, in which all takes as long as on AWS."""
    with Account(World(), seed, parameters=parameters, logs=io.StringIO()) as account:
        assert summary(account.run("provision", request)) == SUCCEEDED
        prepare(account)
        yield account


# ------------------------------------------------------------------ outages


def outage(account: Account, asked: bool, phase: float) -> float:
    """Asked in a fork: the seconds from a node's replacement until a consumer reaches it again.

    It is replaced so long after a sweep, if a schedule is on; where that is asked for, somebody starts a sweep then.
    """
    account.advance(INTERVAL - account.clock.now() % INTERVAL + phase)
    apply_event("replace-node", {"node": NODE}, account.conditions)
    began, ended = account.clock.now(), list[float]()

    def consume() -> None:
        while not ended:
            account.clock.sleep(STEP)
            settle(account.world.region, account.conditions)
            if f"{cache_nodes(account)[NODE]}:6379" in serving(account, "orders"):
                ended.append(account.clock.now())

    account.clock.start(consume)
    if asked:
        account.run("reconcile", {})
    else:
        account.advance(0)
    return ended[0] - began


def outages(parameters: Mapping[str, str], *, asked: bool = False) -> list[float]:
    """Those of nodes that are replaced at several moments between two sweeps, in several accounts."""
    warmed()
    found = list[float]()
    for seed in SEEDS:
        held = Holder(partial(deployed, parameters, REPLICATED, seed))
        found += [held.ask(outage, asked, phase) for phase in PHASES]
        held.close()
    return sorted(found)


def test_a_node_that_is_replaced_is_reached_again_soon_after_the_sweep_that_comes_for_it() -> None:
    found = {
        "comes every 15 minutes": outages(SCHEDULED),
        "is started by hand": outages(SCHEDULED, asked=True),
        "is started by node events": outages({"NodeEvents": "true"}),
    }
    for how, seconds in found.items():
        LOG.info("a node is replaced, and a sweep %s: out of reach for %d to %d s", how, seconds[0], seconds[-1])
    longest = {how: seconds[-1] for how, seconds in found.items()}
    assert longest["is started by hand"] <= MENDED_IN
    assert longest["is started by node events"] <= TOLD_IN + MENDED_IN
    assert longest["comes every 15 minutes"] <= INTERVAL + MENDED_IN


# ------------------------------------------------------------------ days


def sweeps_that_repair(account: Account) -> list[int]:
    """The numbers of the sweeps of two days, after the first drift, that have started a repair."""
    before = len(account.unasked)
    account.advance(DAYS)
    swept = [report(each) for each in account.unasked[before:] if each.machine == "reconcile"]
    return [number for number, each in enumerate(swept) if each.output["repairs"]["started"]]


def failing(account: Account) -> list[int]:
    """Asked in a fork: the role of the deployment may not make the rule that somebody revoked."""
    account.gateway.guards.append(forbid)
    revoke()
    return sweeps_that_repair(account)


def undone(account: Account) -> list[int]:
    """Asked in a fork: another tool revokes the rule whenever it is there."""

    def revoking() -> None:
        for _ in range(DAYS // MEANWHILE):
            revoke()
            account.clock.sleep(MEANWHILE)

    account.clock.start(revoking)
    return sweeps_that_repair(account)


@pytest.mark.parametrize(
    ("happens", "repairing"), [(failing, [0, 1, 3, 7, 15, 31, 63, 127]), (undone, [0, 1, 2, 97, 98, 99])]
)
def test_a_repair_that_does_not_help_is_tried_seldom(happens: Any, repairing: list[int]) -> None:
    held = Holder(partial(deployed, SCHEDULED, ORDERS))
    found = held.ask(happens)
    held.close()
    assert found == repairing
