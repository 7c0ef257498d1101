"""What a run did by the calls that it made, in the words of a plan: the other witness, beside the account.

They are read with the names of what there was before the run, and with nothing else of the account. What is there
afterwards does not matter, so a call that changes nothing shows, and so does what came without a call. What was refused
did nothing.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from sandbox.account import Account
from sandbox.authorization.enforcement import caller
from sandbox.conditions import READS
from sandbox.gateway import Call
from sandbox.runs import Run
from tests.exactness.called import Called, beginning
from tests.exactness.operations import BOOKKEEPING, ROWS
from tests.exactness.view import View


@contextmanager
def recorded(account: Account) -> Iterator[list[Call]]:
    """Around one run: in the end the list has the calls by which its functions changed something, nested ones too."""
    heard, calls = list[tuple[Run, Call]](), list[Call]()

    def listen(call: Call) -> None:
        if call.error is None and caller.get() is not None and not call.operation.startswith(READS):
            heard.append((account.gateway.run, call))

    account.gateway.listeners.append(listen)
    try:
        yield calls
    finally:
        account.gateway.listeners.remove(listen)
    calls += [call for run, call in heard if run is account.runs[-1]]


def called(before: View, calls: Iterable[Call]) -> Called:
    """What these calls did, and which of them nobody knows the meaning of."""
    found = beginning(before)
    for call in calls:
        operation = f"{call.service}:{call.operation}"
        try:
            if operation not in BOOKKEEPING:
                ROWS[operation](found, call.parameters, call.answer)
        except LookupError as error:
            found.problems.append(f"{operation}: nobody knows what {error} is, of {call.parameters}")
    return found
