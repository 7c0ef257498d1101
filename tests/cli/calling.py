"""Calls the command line in this process, on the deployment of an account that is open here."""

import contextlib
import io
from typing import Final
from unittest import mock

from private_connection_cli.commands import main
from private_connection_cli.in_process import deployment_in
from private_connection_cli.where import Where
from sandbox.account import Account
from sandbox.stack import seams
from sandbox.stepfunctions.patching import patched

SELDOM: Final = 1200.0
"""Virtual seconds that pass while whoever watches waits for one: a run is over at the second look or the third."""


def called(account: Account, *arguments: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it writes to standard output and to standard error."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patched(seams(account)),
        mock.patch.object(Where, "deployment", return_value=deployment_in(account, SELDOM)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main(list(arguments))
        except SystemExit as ended:
            return int(ended.code or 0), out.getvalue(), err.getvalue()
    raise AssertionError("a command ends in an exit")
