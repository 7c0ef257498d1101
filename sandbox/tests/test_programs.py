"""What a definition is parsed to, from one process to the next."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.stepfunctions import programs, seams
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

LONG = "x" * programs.LONG


class Parsing:
    """Stands for moto's parser."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, definition: str) -> tuple[Any, Any]:
        self.asked.append(definition[-1])
        return {"program": definition}, "its tree"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(programs, "_folders", [])
    programs.keep_in(tmp_path / "kept")
    return tmp_path / "kept"


def test_what_was_parsed_is_not_parsed_again(folder: Path) -> None:
    parsing = Parsing()
    first, second = programs.kept(parsing), programs.kept(parsing)
    found = [each(text)[0] for text in (LONG + "a", LONG + "b") for each in (first, second)]
    assert found == [{"program": LONG + name} for name in "aabb"]
    assert parsing.asked == ["a", "b"]


def test_what_is_parsed_by_something_else_is_parsed_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsing = Parsing()
    programs.kept(parsing)(LONG)
    monkeypatch.setattr(programs, "_by_what", lambda: "another version")
    programs.kept(parsing)(LONG)
    assert len(parsing.asked) == 2


def test_a_file_that_is_broken_is_written_anew(folder: Path) -> None:
    parsing = Parsing()
    programs.kept(parsing)(LONG)
    (file,) = folder.iterdir()
    for broken in (b"", b"\x80", file.read_bytes()[:-9], b"none"):
        file.write_bytes(broken)
        assert programs.kept(parsing)(LONG)[0] == {"program": LONG}
    assert len(parsing.asked) == 5


def test_the_latest_stay_and_a_short_one_is_not_kept(folder: Path) -> None:
    parsing = programs.kept(Parsing())
    for number in range(programs.KEPT + 3):
        parsing(f"{LONG}{number}")
        parsing(f"{number}")
    assert len([*folder.iterdir()]) == programs.KEPT


def test_nothing_is_kept_where_nobody_said_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(programs, "_folders", [])
    assert programs.kept(Parsing())(LONG) == ({"program": LONG}, "its tree")
    assert not [*tmp_path.iterdir()]


def test_a_machine_that_was_kept_runs_as_one_that_was_parsed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "LONG", 0)
    told = []
    for _ in range(2):
        seams._parse.cache_clear()
        with Account(World(), seed=1, template=FIXTURES / "small" / "template.yaml") as account:
            (machine, *_) = account.template.machines
            run = account.run(machine, {})
            told.append((run.status, run.error, run.cause, run.state_transitions, run.output))
    seams._parse.cache_clear()
    assert [*folder.iterdir()]
    assert told[0] == told[1]
