"""The pictures of a terminal in the documents: self-contained, and drawn the same each time."""

import re
from pathlib import Path

import pytest
from rich.text import Text

from private_connection_cli import pictures

FILES = sorted(Path("docs/pictures").glob("*.svg"))
SAID_BY_A_PAGE = re.compile(r"!\[[^\]]+\]\((?:docs/)?pictures/([\w-]+)\.svg\)")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_picture_loads_nothing(path: Path) -> None:
    text = path.read_text()
    assert "@font-face" not in text
    assert re.findall(r"""(?:href|src)=|url\((?!#)|@import""", text) == []


def test_each_picture_is_shown_with_words_for_who_cannot_see_it() -> None:
    pages = Path("README.md").read_text() + Path("docs/command-line.md").read_text()
    assert set(SAID_BY_A_PAGE.findall(pages)) == {path.stem for path in FILES}


def test_what_is_drawn_twice_is_the_same() -> None:
    first, second = (pictures.drawn("list", Text("orders", "green")) for _ in range(2))
    assert first == second
    assert "orders" in first


def test_a_picture_that_is_not_as_it_would_be_drawn_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pictures, "FOLDER", tmp_path)
    monkeypatch.setattr(pictures, "pictures", lambda: iter([("a", "<svg>1</svg>"), ("b", "<svg>2</svg>")]))
    assert pictures.main(is_check=True) == 1
    assert "not as they would be drawn: a, b; make pictures draws them" in capsys.readouterr().err
    assert (pictures.main(is_check=False), pictures.main(is_check=True)) == (0, 0)
    (tmp_path / "b.svg").write_text("")
    assert pictures.main(is_check=True) == 1
