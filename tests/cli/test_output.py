"""Standard output that cannot be written: one line, or none where the reader has gone."""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from private_connection_cli import VERSION
from private_connection_cli.commands import main
from private_connection_cli.output import Unwritten, written

FULL = Path("/dev/full")


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as found:
        main(list(arguments))
    return int(found.value.code or 0)


@contextmanager
def standard_output(file: IO[str]) -> Iterator[None]:
    """In the block it is this one. A fixture cannot do that: pytest has its own for each phase of a test."""
    before, sys.stdout = sys.stdout, file
    try:
        yield
    finally:
        sys.stdout = before


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["list", "--help"]])
def test_a_reader_that_has_gone_gets_the_code_of_a_broken_pipe(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe, standard_output(pipe):
        assert ended(*arguments) == 141
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not FULL.exists(), reason="it is where Linux has a device that is always full")
def test_a_full_device_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with FULL.open("w") as output:
        monkeypatch.setattr(sys, "stdout", output)
        assert ended("--version") == 2
        monkeypatch.undo()
    assert capsys.readouterr().err == "private-connection: cannot write the output: No space left on device\n"


def test_what_ends_a_command_otherwise_stays(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        with written():
            print("told")  # noqa: T201  it is what is written
            raise SystemExit(3)

    with pytest.raises(SystemExit, match="3"):
        command()
    assert capsys.readouterr().out == "told\n"


def test_a_stream_without_a_file_tells_too() -> None:
    class Broken(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(5, "Input/output error")

    def command() -> None:
        with written():
            print("told")  # noqa: T201  it is what is written

    with standard_output(Broken()), pytest.raises(Unwritten, match="cannot write the output: Input/output error"):
        command()


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--version") == 0
    assert capsys.readouterr().out == f"{VERSION}\n"
    assert f'\nversion = "{VERSION}"\n' in Path("pyproject.toml").read_text()
