"""Grants are judged by resource while scenarios run: that shows a run which writes to a role that it may not extend.

The fault is put back into the functions, and then the rule is taken out of the sandbox, which no longer sees it.
"""

import io
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.authorization.policies import Policies, Verdict
from sandbox.runs import RunReport
from sandbox.scenarios import recording
from tests.permissions.vendors_role import REQUEST, ROLE, WORLD, writing_to_every_role


@pytest.fixture(autouse=True)
def unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a faulty function calls is not to be judged by `make lint`."""
    for each in recording.RECORDERS:
        monkeypatch.setattr(each, "scenario", "")


def provision(*, faulty: bool, monkeypatch: pytest.MonkeyPatch) -> RunReport:
    with Account(WORLD, seed=1, logs=io.StringIO()) as account:
        if faulty:
            account.load()
            writing_to_every_role(monkeypatch)
        return account.run("provision", REQUEST)


def test_a_role_that_allows_all_that_is_needed_serves_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    report = provision(faulty=False, monkeypatch=monkeypatch)
    assert (report.status, report.output["roleArn"].rpartition("/")[2]) == ("SUCCEEDED", ROLE)
    assert [each for each in report.api_calls if each.startswith(("iam:Put", "iam:Tag", "iam:Create"))] == []


def test_a_run_that_writes_to_it_all_the_same_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    report = provision(faulty=True, monkeypatch=monkeypatch)
    assert report.error == "AwsRejected"
    assert f"is not authorized to perform: iam:PutRolePolicy on resource: role {ROLE} because" in str(report.cause)


def test_without_the_rule_the_fault_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_name(self: Policies, action: str, *_: Any) -> Verdict:
        return Verdict.ALLOWED if any(each.covers(action) for each in self._statements) else Verdict.NOT_ALLOWED

    monkeypatch.setattr(Policies, "judge", by_name)
    assert provision(faulty=True, monkeypatch=monkeypatch).status == "SUCCEEDED"
