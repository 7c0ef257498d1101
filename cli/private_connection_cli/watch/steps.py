"""An execution as the steps that it has taken: its history folded, with its definition for what each state is for.

Which iteration of a Map a state belongs to is told by the events that led to it: the definition says in which Map the
state is, and the chain of `previousEventId` leads back to that Map's iteration.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

Event = Mapping[str, Any]
Iteration = tuple[str, int]

ATTEMPTS: Final = ("TaskScheduled", "LambdaFunctionScheduled")
FAILURES: Final = ("TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed")
PLAN_FAILED: Final = "Planning failed"
"""What the end of a plan is called: it is made by the machine that provisions, whose failures have that name."""
OVER: Final = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


@dataclass
class Entry:
    """One entry of a state, from the moment that it was entered until it was left."""

    entered: datetime
    iteration: Iteration | None
    label: str | None
    """The node that it is about, if its input says so."""
    left: datetime | None = None
    attempts: int = 0
    failure: str | None = None
    """Why its last attempt failed: the error and its message, in one line."""


@dataclass
class Step:
    """A state, all its entries and iterations together."""

    name: str
    kind: str
    comment: str
    map: str | None
    entries: list[Entry] = field(default_factory=list)
    title: str = ""
    """What it is called where people read it."""

    def __post_init__(self) -> None:
        self.title = self.title or self.name

    @property
    def running(self) -> list[Entry]:
        return [each for each in self.entries if each.left is None]

    @property
    def failure(self) -> str | None:
        return next((each.failure for each in reversed(self.entries) if each.failure), None)


class Steps:
    """Give it the definition, and each event in order."""

    def __init__(self, definition: str) -> None:
        self._states = dict(_states(json.loads(definition)["States"]))
        self._events: dict[int, Event] = {}
        self._plans = False
        self._entry_of: dict[int, Entry] = {}
        """By the number of the event that entered."""
        self.steps: dict[str, Step] = {}
        """In the order of their first entries."""
        self.nested: dict[str, str] = {}
        """The execution that a state has started and waits for, by the state's name."""
        self.began: datetime | None = None
        self.ended: datetime | None = None
        self.last: datetime | None = None

    def add(self, event: Event) -> Step | None:
        """Takes the next event. Returns the step whose state it enters, if it does."""
        kind: str = event["type"]
        self._events[event["id"]] = event
        self.last = event["timestamp"]
        self.began = self.began or event["timestamp"]
        if kind.endswith("StateEntered"):
            return self._entered(event)
        if kind == "ExecutionStarted":
            given = _parsed(event["executionStartedEventDetails"].get("input", ""))
            self._plans = isinstance(given, dict) and given.get("plan") is True
        if kind.endswith("StateExited"):
            self._exited(event)
        elif kind in ATTEMPTS or kind.endswith("Retried"):
            self._of(event).attempts += 1
        elif kind.startswith(("LambdaFunctionFailed", "LambdaFunctionTimedOut", *FAILURES)):
            self._of(event).failure = _told(event)
        elif kind == "TaskSubmitted":
            self._submitted(event)
        elif kind in OVER:
            self._over(event)
        return None

    def _entered(self, event: Event) -> Step:
        details = event["stateEnteredEventDetails"]
        name = details["name"]
        state, within = self._states[name]
        step = self.steps.setdefault(name, Step(name, state["Type"], state.get("Comment", ""), within))
        if self._plans and step.kind == "Fail":
            step.title = PLAN_FAILED
        entry = Entry(event["timestamp"], self._iteration(event, within), _label(details.get("input", "")))
        step.entries.append(entry)
        self._entry_of[event["id"]] = entry
        return step

    def _exited(self, event: Event) -> None:
        name = event["stateExitedEventDetails"]["name"]
        iteration = self._iteration(event, self._states[name][1])
        entry = next((each for each in self.steps[name].running if each.iteration == iteration), None)
        if entry is not None:
            entry.left = event["timestamp"]

    def _over(self, event: Event) -> None:
        self.ended = event["timestamp"]
        for step in self.steps.values():
            for entry in step.running:
                entry.left = event["timestamp"]

    def _submitted(self, event: Event) -> None:
        started = _parsed(event["taskSubmittedEventDetails"].get("output", ""))
        if isinstance(started, dict) and "ExecutionArn" in started:
            name = next(each["stateEnteredEventDetails"]["name"] for each in self._before(event) if _enters(each))
            self.nested[name] = str(started["ExecutionArn"])

    def _of(self, event: Event) -> Entry:
        return next(self._entry_of[each["id"]] for each in self._before(event) if each["id"] in self._entry_of)

    def _iteration(self, event: Event, within: str | None) -> Iteration | None:
        if within is None:
            return None
        for each in self._before(event):
            started = each.get("mapIterationStartedEventDetails")
            if started is not None and started["name"] == within:
                return within, started["index"]
        return None

    def _before(self, event: Event) -> Iterator[Event]:
        """The event, and those that led to it, the latest first. Where a history does not say, it is the one before."""
        found: Event | None = event
        while found is not None:
            yield found
            found = self._events.get(found.get("previousEventId", found["id"] - 1))


def _states(
    states: Mapping[str, Any], within: str | None = None
) -> Iterator[tuple[str, tuple[Mapping[str, Any], str | None]]]:
    """Each state of a definition by name, with the Map that it is in. Names are unique in a machine."""
    for name, state in states.items():
        yield name, (state, within)
        for branch in state.get("Branches", []):
            yield from _states(branch["States"], within)
        if "ItemProcessor" in state:
            yield from _states(state["ItemProcessor"]["States"], name)


def _enters(event: Event) -> bool:
    return str(event["type"]).endswith("StateEntered")


def _label(text: str) -> str | None:
    given = _parsed(text)
    while isinstance(given, dict) and "node" in given:
        given = given["node"]
    return given if isinstance(given, str) else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None


def _told(event: Event) -> str:
    """The error and the message, without the JSON that Lambda wraps it in."""
    details: Mapping[str, str] = next((each for key, each in event.items() if key.endswith("EventDetails")), {})
    cause = details.get("cause", "")
    wrapped = _parsed(cause)
    message = wrapped.get("errorMessage", cause) if isinstance(wrapped, dict) else cause
    return f"{details.get('error', event['type'])}: {' '.join(str(message).split())}"
