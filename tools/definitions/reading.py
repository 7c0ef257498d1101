"""Reads a state machine's definition: its scopes, transitions, expressions and variables, for the other tools.

A scope is what Step Functions calls one: the machine itself, each branch of a Parallel, each item processor of a Map.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path("statemachine")
SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
EXPRESSION = re.compile(r"\{%(.*)%\}", re.DOTALL)

State = Mapping[str, Any]


@dataclass(frozen=True)
class Edge:
    """A transition, with what it assigns on the way. ``kind`` is Next, Choice, Default or Catch."""

    source: str
    target: str
    kind: str
    assigns: frozenset[str]
    condition: str = ""


@dataclass(frozen=True)
class Scope:
    """The states of a machine, a branch or an item processor; ``owner`` is the state that holds it, if one does."""

    states: Mapping[str, State]
    start: str
    owner: str | None = None

    @property
    def edges(self) -> list[Edge]:
        return [edge for name, state in self.states.items() for edge in edges(name, state)]


def read(path: Path) -> State:
    definition: State = json.loads(path.read_text())
    return definition


def definitions(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("*.asl.json"))


def scopes(machine: State) -> Iterator[Scope]:
    """The machine's own scope and, depth first, all below it."""
    yield from _scopes(Scope(machine["States"], machine["StartAt"]))


def _scopes(scope: Scope) -> Iterator[Scope]:
    yield scope
    for name, state in scope.states.items():
        for inner in inner_scopes(name, state):
            yield from _scopes(inner)


def inner_scopes(name: str, state: State) -> list[Scope]:
    processor = state.get("ItemProcessor")
    inner = [*state.get("Branches", []), *([processor] if processor else [])]
    return [Scope(each["States"], each["StartAt"], name) for each in inner]


def all_states(machine: State) -> list[tuple[str, State]]:
    return [pair for scope in scopes(machine) for pair in scope.states.items()]


def edges(name: str, state: State) -> Iterator[Edge]:
    """What may come after a state. A catcher assigns its own variables, never those of the state that failed."""
    own = frozenset(state.get("Assign", {}))
    if "Next" in state:
        yield Edge(name, state["Next"], "Next", own)
    for rule in state.get("Choices", []):
        yield Edge(name, rule["Next"], "Choice", frozenset(rule.get("Assign", {})), rule.get("Condition", ""))
    if "Default" in state:
        yield Edge(name, state["Default"], "Default", own)
    for catcher in state.get("Catch", []):
        yield Edge(name, catcher["Next"], "Catch", frozenset(catcher.get("Assign", {})))


def texts(value: object) -> Iterator[str]:
    """Every string in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for each in value.values() for text in texts(each))
    elif isinstance(value, list):
        yield from (text for each in value for text in texts(each))


def expressions(state: State) -> Iterator[str]:
    """The JSONata of a state's own fields, not of the states inside it; substitutions stand as the number 1."""
    own = {key: value for key, value in state.items() if key not in ("Branches", "ItemProcessor", "Comment")}
    matches = (EXPRESSION.fullmatch(text) for text in texts(own))
    return (SUBSTITUTION.sub("1", match[1]) for match in matches if match)


def substitutions(machine: State) -> set[str]:
    return {name for text in texts(machine) for name in SUBSTITUTION.findall(text)}


def function_of(state: State) -> str | None:
    """The substitution that names the Lambda function of a Task, if it calls one."""
    name = state.get("Arguments", {}).get("FunctionName", "") if state["Type"] == "Task" else ""
    match = SUBSTITUTION.fullmatch(name)
    return match[1] if match else None


def starts_execution(state: State) -> bool:
    return state["Type"] == "Task" and "states:startExecution" in state["Resource"]


def looks_at_execution(state: State) -> bool:
    return state["Type"] == "Task" and ":aws-sdk:sfn:describeExecution" in state["Resource"]
