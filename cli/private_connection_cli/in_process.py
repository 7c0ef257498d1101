"""The deployed stack in a sandbox in this process, on virtual time: nothing is waited for, and nothing stays."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from private_connection_cli.deployment import STACK, Deployment, Place, find_deployment
from private_connection_cli.problems import Exit, Problem, one_line
from private_connection_cli.sandboxes import CHECKOUT
from sandbox.account import Account
from sandbox.clock import REAL_SLEEP, VirtualClock
from sandbox.deployment.resolver import TemplateError
from sandbox.runs import ScenarioError
from sandbox.scenarios.scenario import read_world
from sandbox.stack import seams
from sandbox.stepfunctions.patching import patched
from sandbox.world import World

TEMPLATE: Final = CHECKOUT / "template.yaml"
FOLDER: Final = CHECKOUT / "build" / "in-process"
LOOK, SLOW_LOOK = 120.0, 6.0
"""Virtual seconds that pass while whoever watches waits for one; and for people."""
SECONDS_A_MINUTE: Final = 0.9
"""Real seconds for a virtual minute, for people: slow enough to read, fast enough to wait for."""


@contextmanager
def in_process(world: Path | None = None, seed: int = 0) -> Iterator[Deployment]:
    """A deployment in an account that holds this world. Raises Problem for a file that is no world."""
    with opened(world, seed) as account:
        yield deployment_in(account)


@contextmanager
def opened(world: Path | None, seed: int) -> Iterator[Account]:
    """The account, with what answers for its stack. What its functions log goes to a file of `FOLDER`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        laid = read_world(world) if world else World()
        with (
            (FOLDER / "functions.log").open("w") as logs,
            Account(laid, seed, TEMPLATE, logs=logs, stack=STACK) as account,
            patched(seams(account)),
        ):
            yield account
    except (ScenarioError, TemplateError) as error:
        raise Problem(one_line(error), Exit.USAGE) from error


def deployment_in(account: Account, look: float = LOOK) -> Deployment:
    """The one in an open account, whose stack is there for clients."""

    def pause(seconds: float) -> None:
        time.sleep(seconds * look)  # which is virtual there

    found = find_deployment(Place(account.template.stack))
    return replace(found, place=Place(), carrier=account.visit, pause=pause)


def slow_down(clock: VirtualClock) -> None:
    """For people: real time has to catch up with virtual time. What is spent on computing counts."""
    moved, began, real = clock.moved, clock.now(), time.perf_counter()

    def move(now: float) -> None:
        ahead = (now - began) / 60 * SECONDS_A_MINUTE - (time.perf_counter() - real)
        REAL_SLEEP(max(0.0, ahead))
        moved(now)

    clock.moved = move
