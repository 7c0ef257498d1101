"""Every code of a finding comes about in a run: in an account that brings it about, and not in one that is like it.

A run that raises a refusal ends as its code says, before anything is changed, whatever it acknowledges. An error ends
it likewise, unless its code is acknowledged. Another finding ends nothing, and cannot be acknowledged.

A few codes are drawn with every change, and `make soak` tries all of them.
"""

import re
from collections.abc import Iterator
from typing import Final

import pytest

from private_connection.errors import InvalidRequest
from private_connection.request.codes import BLOCKING, CODES
from tests.draws import drawn
from tests.findings.asking import Asked, Told
from tests.findings.rows import CODES_IN_ROWS, ROWS, quiet, raised
from tests.unit.test_runbook import section

ENTRIES: Final = section("Findings")
REFUSED: Final = ("refused", "ended before anything was made")
"""How an entry begins that tells of a run which a finding has ended."""
SHARE: Final = 16


FOUND: Final[dict[Asked, Told]] = {}


def test_every_code_has_one_row() -> None:
    assert sorted(CODES_IN_ROWS) == sorted(CODES)


def found_quiet(code: str) -> Told:
    """What several codes have beside them is asked once."""
    asked = ROWS[code].quiet
    if asked not in FOUND:
        FOUND[asked] = asked.account().ask(quiet, code)
    return FOUND[asked]


@pytest.mark.parametrize("code", drawn([*CODES], "findings", SHARE))
def test_a_run_raises_it_and_ends_as_its_level_says(code: str) -> None:
    row = ROWS[code]
    first, acknowledging = row.raises.account().ask(raised, code)
    assert [*_wrong(code, first, found_quiet(code))] == []
    assert [*_wrong_acknowledged(code, acknowledging)] == []


def _wrong(code: str, found: Told, beside: Told) -> Iterator[str]:
    rule = CODES[code]
    if beside.status != "SUCCEEDED" or code in beside.levels:
        yield f"beside it: {beside}"
    if rule.level in BLOCKING:
        is_right = found.ends == ("FAILED", rule.error.__name__, [code]) and not found.changed
    else:
        further = {each: level for each, level in found.levels.items() if each not in beside.levels}
        is_right = found.status == "SUCCEEDED" and further == {code: rule.level}
    if not is_right or found.unsaid:
        yield f"raised: {found}"


def _wrong_acknowledged(code: str, found: Told) -> Iterator[str]:
    level = CODES[code].level
    if level == "error":
        is_right = found.status == "SUCCEEDED" and found.levels.get(code) == "error"
    elif level == "refusal":
        is_right = found.status == "FAILED" and bool(found.levels.keys() & {code, "ACKNOWLEDGED_REFUSAL"})
    else:
        is_right = found.ends == ("FAILED", "InvalidRequest", ["ACKNOWLEDGED_NO_ERROR"])
    if not is_right:
        yield f"acknowledged: {found}"


@pytest.mark.parametrize("code", CODES)
def test_its_entry_in_the_runbook_says_how_the_run_ends(code: str) -> None:
    rule, (said,) = CODES[code], re.findall(r"- \*\*The run:\*\* (.+)", ENTRIES[code])
    error = re.findall(r"refused with `(\w+)`", said)
    assert said.startswith(REFUSED) == (rule.level in BLOCKING)
    assert error == ([rule.error.__name__] if rule.error is not InvalidRequest else [])
