"""With a second account, which connects with nothing but the hand-off."""

from pathlib import Path

import pytest

from acceptance.assumptions.tried import TRIED, Stage
from acceptance.checks import consuming
from tests.acceptance.serving import Served, begun, called

VERVERICA = "794031221915"
"""The account of the template's default for VervericaPrincipal, which the sandbox lets act for itself too."""
IN_TIME = consuming.pending_comes_first
"""It is tried if a look falls between two states, which on a busy machine none may."""


@pytest.fixture
def profile(tmp_path: Path) -> dict[str, str]:
    """The variables by which the profile `other` is of that account, and `stranger` of another one."""
    file = tmp_path / "credentials"
    keys = {"other": VERVERICA, "stranger": "111122223333"}
    sections = (f"[{name}]\naws_access_key_id = {key}\naws_secret_access_key = x\n" for name, key in keys.items())
    file.write_text("".join(sections))
    return {"AWS_SHARED_CREDENTIALS_FILE": str(file), "AWS_CONFIG_FILE": str(tmp_path / "config")}


def test_the_other_account_connects_and_lets_go(served: Served, profile: dict[str, str]) -> None:
    before = served.things()
    ec2 = served.client("ec2", VERVERICA)
    subnets = ",".join(each["SubnetId"] for each in ec2.describe_subnets()["Subnets"])
    call = called(served, CONSUMER_PROFILE="other", CONSUMER_SUBNETS=subnets, **profile)
    assert call.process.returncode == 0, call.told
    assert "| the other side | connected: 1 of 1 nodes |" in served.report
    held = served.rows("holds")
    tried = [row for row, check in TRIED[Stage.CONSUMER] if check is not IN_TIME]
    assert [row for row in tried if not any(each.startswith(row) for each in held)] == []
    assert "| deleted endpoint out of the list | " in served.report
    assert VERVERICA not in served.report
    assert served.things() == before


def test_an_account_that_the_stack_offers_nothing_to_is_refused_first(served: Served, profile: dict[str, str]) -> None:
    before = served.things()
    call = called(served, CONSUMER_PROFILE="stranger", **profile)
    assert call.process.returncode == 2
    assert "CONSUMER_PROFILE is of account 111122223333, and the stack's VervericaPrincipal is arn:aws" in call.told
    assert served.things() == before


@pytest.mark.parametrize("with_profile", [True, False])
def test_killed_while_it_is_connected_the_other_account_is_let_go_of_or_told(
    served: Served, profile: dict[str, str], with_profile: bool
) -> None:
    call = begun(served, CONSUMER_PROFILE="other", **profile)
    call.read_until(str(Stage.CONSUMER))
    call.process.kill()
    call.ended()
    handoff = served.folder / "acceptance-handoff.json"
    assert handoff.exists()
    again = called(served, **profile, **({"CONSUMER_PROFILE": "other"} if with_profile else {}))
    assert again.process.returncode == (0 if with_profile else 1), again.told
    assert handoff.exists() is not with_profile
    assert ("left: perhaps endpoints of the other account" in again.told) is not with_profile
