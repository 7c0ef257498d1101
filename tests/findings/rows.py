"""The table: for each code what raises it, and what is like that and does not."""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from private_connection.request.codes import BLOCKING, CODES
from sandbox.account import Account
from tests.faults.drifts import happen
from tests.findings import of_clusters, of_connections, of_requests, of_roles
from tests.findings.asking import VALID, Asked, Row, Told, ask

TABLES: Final = (of_requests.ROWS, of_clusters.ROWS, of_roles.ROWS, of_connections.ROWS)
CODES_IN_ROWS: Final = [*chain.from_iterable(TABLES)]
ROWS: Final[Mapping[str, Row]] = {code: row for table in TABLES for code, row in table.items()}


def raised(account: Account, code: str) -> tuple[Told, Told]:
    """Asked in a fork: what a run tells, and one with the code acknowledged. One that is to be refused is no plan."""
    asked = ROWS[code].raises
    happen(account, asked.happens)
    acknowledging = asked if asked.machine == "provision" else Asked(VALID)
    first = ask(account, asked, planned=CODES[code].level not in BLOCKING)
    return first, ask(account, acknowledging.acknowledging(code))


def quiet(account: Account, code: str) -> Told:
    """Asked in a fork: what a run tells that does not raise it."""
    asked = ROWS[code].quiet
    happen(account, asked.happens)
    return ask(account, asked)
