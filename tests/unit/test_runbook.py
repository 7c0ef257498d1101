"""Whatever name a run can end in, and whatever code a finding can have, the runbook has its entry: three lines each."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from private_connection import errors
from private_connection.errors import Retryable, StepError, Terminal
from private_connection.reconcile.codes import TREATMENTS
from private_connection.request.codes import CODES
from tools.deployment import read_template

RUNBOOK = Path("docs/runbook.md").read_text()
LINES = ("- **Means:**", "- **The run:**", "- **Do:**")


def section(title: str) -> dict[str, str]:
    """The entries of a section: heading to text."""
    match = re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", RUNBOOK, re.DOTALL | re.MULTILINE)
    assert match is not None
    _, *parts = re.split(r"^### (.+)\n", match[1], flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def below(kind: type[StepError]) -> Iterator[str]:
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each.__name__


@pytest.mark.parametrize(
    ("title", "kind"), [("Errors that end a run", Terminal), ("Errors that are retried", Retryable)]
)
def test_every_error_has_its_entry(title: str, kind: type[StepError]) -> None:
    assert set(section(title)) == set(below(kind))


def test_every_alarm_has_its_entry() -> None:
    assert set(section("Alarms")) == set(read_template().of_type("AWS::CloudWatch::Alarm"))


def test_every_finding_has_its_entry() -> None:
    assert set(section("Findings")) == set(CODES)


@pytest.mark.parametrize(("title", "treatment"), [("Repaired by a run", "repaired"), ("Reported", "reported")])
def test_every_drift_has_its_row_the_worst_first(title: str, treatment: str) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| [^|]+ \| [^|]+ \|$", section("Drift")[title], re.MULTILINE)
    assert rows == [code for code, each in TREATMENTS.items() if each == treatment]


def test_an_alarm_says_what_it_means_where_to_look_and_what_to_do() -> None:
    lines = ("- **Means:**", "- **Look at:**", "- **Do:**")
    assert {name: [each for each in lines if text.count(each) != 1] for name, text in section("Alarms").items()} == {
        name: [] for name in section("Alarms")
    }


@pytest.mark.parametrize("title", ["Errors that end a run", "Errors that are retried", "Findings"])
def test_an_entry_says_what_it_means_what_the_run_did_and_what_to_do(title: str) -> None:
    lacking = {
        name: [line for line in LINES if text.count(line) != 1]
        for name, text in section(title).items()
        if [line for line in LINES if text.count(line) != 1]
    }
    assert lacking == {}
