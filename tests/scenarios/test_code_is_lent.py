"""The functions leave their code as they found it, so the sandbox lends it on: else each account would load it anew."""

import io
import sys
from types import ModuleType

from sandbox.account import Account
from tests.faults.grounds import REQUESTS, removal, world
from tests.scenarios.playing import SUCCEEDED, summary


def used(*, running: bool) -> ModuleType:
    """What an account has loaded, or was lent as it was opened."""
    with Account(world("create"), logs=io.StringIO()) as account:
        for machine, given in (("provision", REQUESTS["create"]), ("teardown", removal("create"))) if running else ():
            assert summary(account.run(machine, given)) == SUCCEEDED
        return sys.modules["private_connection.contracts"]


def test_what_a_run_has_loaded_the_next_account_uses() -> None:
    used(running=True)  # an environment's first account loads only what it calls, which nobody is lent
    assert used(running=True) is used(running=False)
