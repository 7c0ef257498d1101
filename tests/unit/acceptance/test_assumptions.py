"""Each row of the decision that lists what is assumed of AWS is tried, or says why not."""

from pathlib import Path

import pytest

from acceptance.assumptions.rows import rows, whole
from acceptance.assumptions.tried import TRIED, Stage
from acceptance.assumptions.untried import UNTRIED

BEGINNINGS = [*(row for stage in TRIED.values() for row, _ in stage), *UNTRIED]


def test_each_row_has_exactly_one_entry() -> None:
    known = rows()
    assert [row.first for row in known if sum(map(row.first.startswith, BEGINNINGS)) != 1] == []
    assert len(known) > 100


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_each_entry_names_one_row(beginning: str) -> None:
    assert whole(beginning, rows()).first.startswith(beginning)


def test_every_stage_has_rows_and_every_reason_is_a_sentence() -> None:
    assert set(TRIED) == set(Stage)
    assert [why for why in UNTRIED.values() if len(why.split()) < 4] == []


def test_what_was_wrong_is_told_with_what_is_so(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "## Was wrong\n\n| believed | is |\n|---|---|\n| a | b | c |\n\n## Still\n\n| x |  y |\n|---|---|\n| d | e |\n"
    )
    assert [each.assumed for each in rows(page)] == ["not so: a; but: b", "d"]
    with pytest.raises(LookupError, match="0 rows begin with 'z'"):
        whole("z", rows(page))
