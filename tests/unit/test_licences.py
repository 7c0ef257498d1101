"""docs/licences.md is what the packages say, and what ships may ship."""

from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest

from tools import licences


def test_the_page_is_what_the_packages_say(capsys: pytest.CaptureFixture[str]) -> None:
    assert licences.main(["--check"]) == 0, "run make licences"


def test_an_old_page_is_noticed_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "licences.md"
    assert licences.main(["--check"], page) == 1
    assert "make licences" in capsys.readouterr().err
    assert licences.main([], page) == 0
    assert page.read_text() == licences.PAGE.read_text()


@pytest.fixture(scope="module")
def page() -> str:
    return licences.page()


def test_every_locked_package_is_there_once(page: str) -> None:
    rows = [line.split("|")[1].strip(" *") for line in page.splitlines() if line.startswith("| ")]
    packages = [each for each in rows if each != "package"]
    assert len(packages) == len(set(packages))
    assert set(packages) >= licences._locked(licences.ALL) | licences._locked(licences.LAYER)


def test_copyleft_is_among_what_only_tests_use_and_in_bold(page: str) -> None:
    shipped, rest = page.split(f"## {licences.PARTS[2][0]}")
    assert "**" not in shipped
    assert "| **pyte** | **LGPL-3.0** |" in rest


def test_what_the_command_line_needs_for_an_extra_ships(page: str) -> None:
    """boto3 needs awscrt for its extra crt alone, and that through botocore's."""
    assert {"awscrt", "botocore"} <= licences._needed(["boto3[crt]>=1.44"])
    assert "awscrt" not in licences._needed(["boto3>=1.44"])
    assert "| awscrt | Apache-2.0 |" in page.split(f"## {licences.PARTS[2][0]}")[0]


@pytest.mark.parametrize("of", ["pydantic", "typer", "awscrt"], ids=["the layer", "the command line", "its extras"])
def test_what_is_under_a_copyleft_licence_may_not_ship(monkeypatch: pytest.MonkeyPatch, of: str) -> None:
    read = licences.licence
    monkeypatch.setattr(licences, "licence", lambda name: "LGPL-3.0" if name == of else read(name))
    with pytest.raises(licences.LicenceError, match=f"{of} ships, and its licence is LGPL-3.0"):
        licences.page()


@pytest.mark.parametrize(
    ("found", "permissive"),
    [("MIT", True), ("Apache-2.0 OR BSD-3-Clause", True), ("MIT AND GPL-3.0", False), ("MPL-2.0", False), ("", False)],
)
def test_every_part_of_a_licence_has_to_be_permissive(found: str, permissive: bool) -> None:
    assert licences.is_permissive(found) is permissive


@pytest.mark.parametrize(
    ("about", "found"),
    [
        ({"License-Expression": "MIT", "License": "no"}, "MIT"),
        ({"Classifier": "License :: OSI Approved :: BSD License", "License": "long text"}, "BSD"),
        ({"Classifier": "License :: Strange", "License": "x"}, "Strange"),
        ({"License": "Apache-2.0"}, "Apache-2.0"),
    ],
)
def test_a_licence_is_that_of_the_metadata(monkeypatch: pytest.MonkeyPatch, about: dict[str, str], found: str) -> None:
    _says(monkeypatch, about)
    assert licences.licence("any") == found


def test_a_package_without_a_licence_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _says(monkeypatch, {})
    with pytest.raises(licences.LicenceError, match="any does not say"):
        licences.licence("any")
    monkeypatch.undo()
    with pytest.raises(licences.LicenceError, match="nonesuch-package is locked and not installed"):
        licences.licence("nonesuch-package")


def _says(monkeypatch: pytest.MonkeyPatch, about: dict[str, str]) -> None:
    message = Message()
    for name, value in about.items():
        message[name] = value
    monkeypatch.setattr(metadata, "metadata", lambda _: message)
