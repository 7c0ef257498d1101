"""What runs have told of themselves, as events: of the right kinds, each once, as its schema says, and no secret.

It is judged by what the registry and the reports say, and knows no code of the product.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator

from sandbox.account import Account
from sandbox.events import Put
from sandbox.runs import RunReport, Start
from tests.exactness.view import View

SCHEMAS: Final = Path("docs/schema")
TELLING: Final = "events:PutEvents"
BOOKS: Final = ("record_connection", "release_connection", "claim_connection")
"""The functions that tell."""
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """Runs of an account that were started together, and what was put while they ran."""

    before: View
    after: View
    starts: Sequence[Start]
    reports: Sequence[RunReport]
    puts: Sequence[Put]

    @property
    def hindered(self) -> bool:
        """Whether somebody kept them from telling, or from writing down what there is to tell."""
        faults = [fault for start in self.starts for fault in start.faults]
        return any(each.key in (TELLING, *BOOKS) or each.key.startswith("dynamodb:") for each in faults)


def amiss(account: Account, told: Told) -> Iterator[str]:
    """What is wrong with it, as sentences."""
    details = [(str(each.event["detail-type"]), each.event["detail"]) for each in told.puts]
    for put, (kind, detail) in zip(told.puts, details, strict=True):
        yield from (f"{kind}: {error.message}" for error in schema(kind).iter_errors(detail))
        yield from _given_away(told, kind, detail)
        if put.event["source"] != "private-connection" or put.bus != account.template.resolve.parameter("NoticeBus"):
            yield f"{kind}: put on {put.bus} as of {put.event['source']}"
    if not told.hindered:
        yield from (f"{kind} is told twice" for kind in _twice(details))
        for start, report in zip(told.starts, told.reports, strict=True):
            yield from _of_run(told, start, report, details)
        for report in _beside(told.reports):
            yield from _of_one_beside(report, details)


@cache
def schema(kind: str) -> Draft202012Validator:
    name = f"event-{kind.lower().replace(' ', '-')}.json"
    return Draft202012Validator(json.loads((SCHEMAS / name).read_text()))


def _given_away(told: Told, kind: str, detail: Json) -> Iterator[str]:
    """An external id, or a role's name, that an event holds."""
    items = [view.items.get(str(detail.get("connection")), {}) for view in (told.before, told.after)]
    secrets = {str((item.get("request") or {}).get("workspaceId")) for item in items}
    roles = {str((item.get("handoff") or {}).get("roleArn")) for item in items}
    text = {json.dumps(value) for value in _values(detail)}
    yield from (f"{kind} holds {each}" for each in secrets | roles if json.dumps(each) in text)


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for each in value.values():
            yield from _values(each)
    elif isinstance(value, list):
        for each in value:
            yield from _values(each)
    elif value is not None:
        yield value


def _twice(details: Sequence[tuple[str, Json]]) -> Iterator[str]:
    ids = [detail["id"] for _, detail in details]
    return (kind for place, (kind, detail) in enumerate(details) if detail["id"] in ids[:place])


def _of_run(told: Told, start: Start, report: RunReport, details: Sequence[tuple[str, Json]]) -> Iterator[str]:
    own = sorted(kind for kind, detail in details if detail["execution"].endswith(f":{report.name}"))
    if start.machine not in ("provision", "teardown") or (len(told.starts) > 1 and report.status != "SUCCEEDED"):
        return
    expected = sorted(_expected(told, start, report))
    if report.status != "SUCCEEDED" and "Failed" not in expected:
        own = [kind for kind in own if kind != "Findings Changed"]  # which its release tells, or nobody
    if own != expected:
        yield f"it told {own}, and {expected} happened"


def _beside(reports: Iterable[RunReport]) -> Iterator[RunReport]:
    """The runs that others, rules and functions have started."""
    for report in reports:
        yield from report.started
        yield from _beside(report.started)


def _of_one_beside(report: RunReport, details: Sequence[tuple[str, Json]]) -> Iterator[str]:
    """What it was asked for is not known; a repair is known by its name."""
    output = report.output if isinstance(report.output, dict) else {}
    own = [kind for kind, detail in details if detail["execution"].endswith(f":{report.name}")]
    happened = ["Drift Repaired" if report.name.startswith("repair-") else "Ready"]
    ready = happened if report.run == "provision" and output.get("status") == "READY" else []
    if [kind for kind in own if kind in ("Ready", "Drift Repaired")] != ready:
        yield f"{report.name} told {own}, and {ready} happened"


def _expected(told: Told, start: Start, report: RunReport) -> Iterator[str]:
    asked = start.input if isinstance(start.input, dict) else {}
    connection = str(asked.get("connection"))
    before, after = (view.items.get(connection, {}) for view in (told.before, told.after))
    output = report.output if isinstance(report.output, dict) else {}
    if report.status != "SUCCEEDED":
        yield from _of_one_that_ended_early(asked, after, report)
    elif output.get("status") == "READY":
        yield from _of_record(asked, output["changes"])
        if before.get("status") in ("READY", "TEARING_DOWN") and _keys(before, "findingsTold") != _keys(after):
            yield "Findings Changed"
    elif start.machine == "teardown" and not asked.get("createdBy"):
        yield "Torn Down"


def _of_one_that_ended_early(asked: Json, after: Json, report: RunReport) -> Iterator[str]:
    """It failed, or somebody stopped it, maybe after all that there is to tell."""
    recorded = _last(after, report).get("status")
    if recorded == "READY":
        yield from _of_record(asked, after["handoff"]["changes"])
    elif recorded == "TORN_DOWN":
        yield "Torn Down"
    elif _held(after, report):
        yield "Failed"


def _of_record(asked: Json, changes: Iterable[Json]) -> Iterator[str]:
    yield "Drift Repaired" if asked.get("repair") else "Ready"
    if any(each["change"] == "changed" for each in changes):
        yield "Service Name Changed"


def _keys(item: Json, name: str = "findings") -> set[tuple[str, str]]:
    """Its findings, or those that were told last: a run that died may have recorded others, of which nobody heard."""
    return {(each["code"], each["field"]) for each in item.get(name) or ()}


def _held(after: Json, report: RunReport) -> bool:
    """Whether it has held its connection: the item tells of it last, or it, or what has found it dead, left none."""
    calls = [report.api_calls, *(each.api_calls for each in _beside([report]))]
    return bool(_last(after, report)) or any("dynamodb:DeleteItem" in each for each in calls)


def _last(after: Json, report: RunReport) -> Json:
    """What the item tells of its last run, if that is this one."""
    last: Json = after.get("lastRun") or {}
    return last if str(last.get("execution", "")).endswith(f":{report.name}") else {}
