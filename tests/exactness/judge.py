"""The judge of what runs do, over every run of an account: of its own code, from the sandbox's state alone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sandbox.account import Account
from sandbox.runs import RunReport, Start
from tests.exactness.change import Change, remaining, wrong
from tests.exactness.offering import watched
from tests.exactness.ready import Ready, inexact
from tests.exactness.told import Told, amiss
from tests.exactness.view import View, view


@contextmanager
def judged(account: Account, starts: Sequence[Start]) -> Iterator[tuple[list[RunReport], list[str]]]:
    """Around runs that are started together: put their reports into the first list, and the second says in the end what
    is wrong.

    Of runs beside each other, what each changed cannot be told apart: of these less is asked.
    """
    before, reports, problems = view(account), list[RunReport](), list[str]()
    put = len(account.bus.taken)
    with watched(account) as offering:
        yield reports, problems
    problems += offering
    after = view(account)
    problems += amiss(account, Told(before, after, starts, reports, account.bus.taken[put:]))
    for start, report in zip(starts, reports, strict=True):
        alone = len(starts) == 1
        problems += [f"{report.name}: {each}" for each in _of_run(account, before, after, start, report, alone)]


def _of_run(account: Account, before: View, after: View, start: Start, report: RunReport, alone: bool) -> Iterator[str]:
    request = start.input if isinstance(start.input, dict) else {}
    if alone and not report.started:
        change = Change(before, after, start.machine, request, report.status, report.error, report.cause)
        yield from wrong(change)
        if start.machine == "teardown" and report.status == "SUCCEEDED":
            yield from remaining(change, report.output)
    if _is_ready(after, report):
        former = _tags(before, report.output) - _default_tags(account) if alone else set[str]()
        yield from inexact(Ready(after, request, report.output, _extendable(account), former))


def _is_ready(after: View, report: RunReport) -> bool:
    """Whether it made a connection READY, and no run of this connection came after."""
    output = report.output if isinstance(report.output, dict) else {}
    last: Mapping[str, Any] = after.items.get(str(output.get("connection")), {}).get("lastRun") or {}
    return output.get("status") == "READY" and str(last.get("execution", "")).endswith(f":{report.name}")


def _tags(before: View, output: Mapping[str, Any]) -> set[str]:
    """The keys of the tags that the connection was recorded with."""
    recorded: Mapping[str, Any] = before.items.get(str(output["connection"]), {}).get("request") or {}
    return {*recorded.get("tags", {})}


def _default_tags(account: Account) -> set[str]:
    """The keys of the deployment's own tags, which every request has."""
    given: str = account.template.resolve.parameter("DefaultTags")
    return {each.partition("=")[0].strip() for each in given.split(",")}


def _extendable(account: Account) -> list[str]:
    found: list[str] = account.template.resolve.parameter("ExtendableRoleArns")
    return found
