"""Asking an account for something that raises a finding: by a run, and what that tells of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from private_connection.request.codes import CODES
from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport, Start
from sandbox.scenarios.forks import Holder
from tests.faults.drifts import Change
from tests.findings.accounts import large_account
from tests.scenarios.playing import mutating

PROBLEM: Final = re.compile(r"\S+: found .+?; expected .+?; remedy: .+? \[(\w+)\]")
"""A finding in the cause of a run that was refused."""


@dataclass(frozen=True, eq=False)
class Asked:
    """The input of a run, in an account in which something has happened."""

    given: Any
    happens: Sequence[Change] = ()
    machine: str = "provision"
    planned: bool = True
    """Whether the run is a plan, unless it is to be refused."""
    faults: Sequence[Fault] = ()
    account: Callable[[], Holder[Account]] = large_account

    def input(self, *, planned: bool) -> Any:
        is_plan = planned and self.planned and self.machine == "provision" and isinstance(self.given, dict)
        return {**self.given, "plan": True} if is_plan else self.given

    def acknowledging(self, code: str) -> "Asked":
        """The same, in which the code is acknowledged too; an input that is no object cannot say so."""
        if not isinstance(self.given, dict):
            return self
        given = {**self.given, "acknowledge": [*self.given.get("acknowledge", ()), code]}
        return replace(self, given=given)


@dataclass(frozen=True)
class Row:
    """What raises a code, and what is like it and does not."""

    raises: Asked
    quiet: Asked


@dataclass(frozen=True)
class Told:
    """What a run told."""

    status: str
    error: str | None
    cause: str | None
    levels: Mapping[str, str]
    """Of the findings that it names, by code; a refused one names those that block alone, without their levels."""
    unsaid: Sequence[str]
    """The codes of findings that do not say what is at which field, what was expected, or what to do."""
    changed: Sequence[str]
    """The calls that changed something."""

    @property
    def ends(self) -> tuple[str, str | None, list[str]]:
        return self.status, self.error, [*self.levels]


def ask(account: Account, asked: Asked, *, planned: bool = True) -> Told:
    start = Start(asked.machine, asked.input(planned=planned), faults=asked.faults)
    (report,) = account.together([start])
    return told(report)


def told(report: RunReport) -> Told:
    levels, unsaid = of_cause(str(report.cause)), unsaid_in(str(report.cause))
    if report.status == "SUCCEEDED":
        findings = report.output.get("findings", ())  # a teardown tells of none
        levels = {each["code"]: each["level"] for each in findings}
        unsaid = [each["code"] for each in findings if not _is_whole(each)]
    return Told(report.status, report.error, report.cause, levels, unsaid, sorted(mutating(report)))


def of_cause(cause: str) -> dict[str, str]:
    return {each: "" for each in re.findall(r"\[(\w+)\]", cause) if each in CODES}


def unsaid_in(cause: str) -> list[str]:
    whole = PROBLEM.findall(cause)
    return [each for each in of_cause(cause) if each not in whole]


def _is_whole(found: Mapping[str, str]) -> bool:
    is_said = re.fullmatch(r"found .+; expected .+", found["message"]) is not None
    return bool(is_said and found["field"] and found["remedy"])


# ------------------------------------------------------------------ what is asked

VALID: Final[dict[str, Any]] = {"connection": "new", "workspaceId": "workspace-1", "cluster": {"id": "green"}}


def asking(**changes: Any) -> Asked:
    """For a connection that is valid, with keys changed; None takes one out."""
    return Asked({key: each for key, each in (VALID | changes).items() if each is not None})


def adopting(cluster: str, **changes: Any) -> Asked:
    return asking(cluster={"id": cluster}, **changes)


def creating(cluster: str = "new", **create: Any) -> Asked:
    return asking(cluster={"id": cluster, "create": create})


USUAL: Final = asking()
