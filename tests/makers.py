"""What a run is known by in tags, reckoned a second time and in another language than the definitions do."""

import hashlib
import re
from typing import Final

from sandbox.account import Account
from sandbox.stepfunctions.evaluation import iso

ODD_NAME: Final = "räksmörgås-" * 7 + "x!y"
"""A name of eighty characters, of which a tag would not take some."""


def maker(name: str, arn: str, started: str) -> str:
    """The maker of the execution of this name and ARN, which started at a time as the context object has it."""
    head = re.sub(r"[^A-Za-z0-9_.=+@-]", "_", name)[:71]
    return f"{head}-{hashlib.sha256(f'{arn} {started}'.encode()).hexdigest()[:8]}"


def last_maker(account: Account) -> str:
    """The maker of the account's last run; one that it nested does not count."""
    execution = next(iter(account.interpreter.executions.values()))
    return maker(execution.name, execution.exec_arn, iso(execution.start_date))
