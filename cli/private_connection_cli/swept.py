"""What a sweep has found, in words."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Swept = Mapping[str, Any]
ELSEWHERE: Final = "another sweep is at work at this moment: it looks once more, for this one too"
COUNTED: Final = {
    "busy": "on which a run is at work",
    "off": "that sweeps are not to look at",
    "recordsUnreadable": "whose items cannot be read",
    "leftOver": "more that differ",
}


def told(output: Swept) -> str:
    """A line for each connection that is not as it was left, for each finding, and for all that was looked at."""
    return "\n".join(_lines(output)) if output else ELSEWHERE


def _lines(output: Swept) -> Iterator[str]:
    repairs = output.get("repairs") or {}
    for each in output["drifted"]:
        yield f"{each['connection']}: {', '.join(map(_drift, each['drift']))}: {_outcome(each, repairs)}"
    for each in output["findings"]:
        yield f"{each['level']} {each['code']} ({each['field']}): {each['message']}; remedy: {each['remedy']}"
    for name in repairs.get("recovering", ()):
        yield f"{name}: its last run died and held it still; Recover was started, which finishes that"
    if not output["drifted"]:
        yield "what was looked at is as it was left"
    yield f"looked at {_many(output['connections'], 'connection')}, closely at {_many(output['lookedAt'], 'node')}"
    for name, meaning in COUNTED.items():
        if output.get(name):
            yield f"{_many(output[name], 'connection')} {meaning}"


def _outcome(drifted: Mapping[str, Any], repairs: Mapping[str, Any]) -> str:
    if drifted["connection"] in repairs.get("started", ()):
        return "a run was started that mends it"
    if drifted["connection"] in {each["connection"] for each in repairs.get("returning", ())}:
        return "it was mended several times and came back, so it is left"
    if drifted["mode"] == "report":
        return "only reported, as was asked"
    return "no run was started for it; docs/runbook.md says for each code why, and what to do"


def _drift(drift: Mapping[str, Any]) -> str:
    return f"{drift['code']} of {drift['node']}" if drift.get("node") else str(drift["code"])


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
