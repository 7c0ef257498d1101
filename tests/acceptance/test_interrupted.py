"""Killed, interrupted, or out of time: nothing is left in the end."""

import signal
from pathlib import Path

import pytest

from acceptance.names import PROBE
from tests.acceptance.serving import Served, begun, called, journal, serving

CLEARED = "acceptance: nothing is left; call it again to begin"


@pytest.mark.parametrize("moment", ["while the run provisions", "Expose nodes", "on things of its own"])
def test_killed_and_called_again_it_leaves_nothing(served: Served, moment: str) -> None:
    before = served.things()
    call = begun(served)
    call.read_until(moment)
    call.process.kill()
    call.ended()
    assert len(journal(served)["workspaceId"]) == 32
    if moment == "on things of its own":
        assert policies(served) == [], "nobody is to use the role any more"
    again = called(served)
    assert again.process.returncode == 0, again.told
    assert again.lines[0] == "an earlier acceptance was interrupted: clearing what it left"
    assert again.lines[-1] == CLEARED
    assert served.things() == before


def policies(served: Served) -> list[str]:
    """Those of the connection's access role."""
    iam = served.client("iam")
    roles = [
        each["RoleName"] for each in iam.list_roles()["Roles"] if each["RoleName"].startswith("private-connection-")
    ]
    access = [each for each in roles if each != PROBE]
    assert access
    return [policy for role in access for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]]


def test_ctrl_c_takes_everything_away(served: Served) -> None:
    before = served.things()
    call = begun(served)
    call.read_until("Ensure cluster")
    call.process.send_signal(signal.SIGINT)
    assert call.ended() == 130, call.told
    assert "| how it ended | it was interrupted |" in served.report
    assert "| left | nothing |" in served.report
    assert served.things() == before


def test_after_an_hour_it_takes_everything_away(tmp_path: Path) -> None:
    with serving(tmp_path, {"latency": {"cluster": 4500}}, scale=1000) as served:
        before = served.things()
        call = called(served, ACCEPTANCE_SECONDS="3600")
        assert call.process.returncode == 1, call.told
        assert "| how it ended | the hour was over |" in served.report
        assert "| left | nothing |" in served.report
        assert served.things() == before


def test_a_run_that_fails_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    with serving(tmp_path, {"failing": ["pc-acceptance"]}) as served:
        before = served.things()
        for _ in range(2):  # what it left in the registry is in the way of no later call
            call = called(served)
            assert call.process.returncode == 1, call.told
            assert "| provisioned | FAILED " in served.report
            assert "| left | nothing |" in served.report
        assert served.things() == before
