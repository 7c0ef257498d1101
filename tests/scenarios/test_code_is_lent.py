"""The functions leave their code as they found it, so the sandbox lends it on: else each account would load it anew."""

import io
import sys

from sandbox.account import Account
from sandbox.world import World
from tests.before_forks import warmed
from tests.faults.grounds import REQUESTS, removal, world
from tests.scenarios.playing import SUCCEEDED, summary


def test_what_a_run_has_loaded_the_next_account_uses() -> None:
    warmed()  # the first account of a process loads only what it calls, and keeps nothing
    with Account(world("create"), logs=io.StringIO()) as account:
        for machine, given in (("provision", REQUESTS["create"]), ("teardown", removal("create"))):
            assert summary(account.run(machine, given)) == SUCCEEDED
        used = sys.modules["private_connection.contracts"]
    with Account(World(), logs=io.StringIO()):
        assert sys.modules["private_connection.contracts"] is used
