"""The functions leave their code as they found it, so the sandbox lends it on: else each account would load it anew."""

import io
import sys

from sandbox.account import Account
from sandbox.world import World
from tests.faults.grounds import REQUESTS, removal


def test_what_a_run_has_loaded_the_next_account_uses() -> None:
    used = []
    for _ in range(3):
        with Account(World(), logs=io.StringIO()) as account:
            account.run("provision", REQUESTS["create"])
            account.run("teardown", removal("create"))
            used.append(sys.modules["private_connection.contracts"])
    assert used[1] is used[2]
