"""How acceptance calls the program of the second account."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from acceptance.checks import consuming
from acceptance.trial import Asked


class Process:
    """One that has ended well."""

    returncode, stdout, stderr = 0, None, None

    def poll(self) -> int:
        return 0

    def wait(self) -> int:
        return 0

    def communicate(self) -> tuple[str, str]:
        return "[]", ""


@pytest.mark.parametrize(
    ("subnets", "handed_on"),
    [((), []), (("subnet-1", "subnet-2"), ["--subnets", "subnet-1", "subnet-2"])],
)
def test_the_other_accounts_subnets_are_handed_on_under_its_profile(
    subnets: tuple[str, ...], handed_on: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    called: list[tuple[list[str], dict[str, str]]] = []

    def begin(line: list[str], env: dict[str, str], **_: Any) -> Process:
        called.append((line, env))
        return Process()

    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "this-account")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "this-account")
    handoff = tmp_path / "handoff.json"
    handoff.write_text("{}")
    monkeypatch.setattr(consuming, "HANDOFF", handoff)
    monkeypatch.setattr(subprocess, "Popen", begin)
    consuming.disconnect_former(Asked("111122223333", consumer="other", consumer_subnets=subnets))
    ((line, environment),) = called
    assert line[1:] == ["-m", "consumer", "disconnect", str(handoff), *handed_on]
    assert environment["AWS_PROFILE"] == "other"
    assert "this-account" not in environment.values()
    assert not handoff.exists()
