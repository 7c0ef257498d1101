"""Rules over a definition and what deploys it: times, substitutions and payloads fit the template and the functions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.definitions.reading import State, all_states, function_of, read, starts_execution, substitutions
from tools.deployment import Deployment, payload_keys


@dataclass(frozen=True)
class Subject:
    """A definition with its name, its text, and the template that deploys it."""

    name: str
    text: str
    machine: State
    deployment: Deployment
    machines: Mapping[str, State]
    """All definitions of the deployment, by name: a nested execution is compared with its own."""

    @property
    def states(self) -> list[tuple[str, State]]:
        return all_states(self.machine)


def subjects(paths: list[Path], deployment: Deployment) -> list[Subject]:
    machines = {path.name.removesuffix(".asl.json"): read(path) for path in paths}
    texts = {path.name.removesuffix(".asl.json"): path.read_text() for path in paths}
    return [Subject(name, texts[name], machine, deployment, machines) for name, machine in machines.items()]


def tasks_outlast_what_they_call(subject: Subject) -> Iterator[str]:
    """A Task that gave up before its function does would start it again beside itself."""
    for name, state in subject.states:
        if state["Type"] == "Task":
            least, own = _time_of_called(subject, state), state.get("TimeoutSeconds")
            if not isinstance(own, int):
                yield f"{name}: has no TimeoutSeconds"
            elif least is not None and own <= least:
                yield f"{name}: its TimeoutSeconds {own} is not above the {least} of what it calls"


def machine_outlasts_its_loops(subject: Subject) -> Iterator[str]:
    """The machine's time is more than its loops and its nested executions may take, whatever the parameters say."""
    parameters = subject.deployment.parameters
    limits = {name for text in _conditions(subject) for name in re.findall(r"\$\{(\w*Limit\w*)\}", text)}
    longest = [parameters[name].get("MaxValue", parameters[name]["Default"]) for name in limits & parameters.keys()]
    loops = sum(map(int, longest))
    nested = sum(state.get("TimeoutSeconds", 0) for _, state in subject.states if starts_execution(state))
    least, own = loops + nested, subject.machine.get("TimeoutSeconds")
    if not isinstance(own, int) or own <= least:
        yield f"its TimeoutSeconds {own} is not above the {least} of its loops and nested executions"


def substitutions_match(subject: Subject) -> Iterator[str]:
    known, used = set(subject.deployment.substitutions(subject.name)), substitutions(subject.machine)
    yield from (f"${{{name}}} is not in DefinitionSubstitutions" for name in sorted(used - known))
    yield from (f"{name} of DefinitionSubstitutions is not used" for name in sorted(known - used))


def payloads_match_contracts(subject: Subject) -> Iterator[str]:
    for name, state in subject.states:
        function = function_of(state)
        if function in subject.deployment.functions:
            yield from _payload_problems(name, state, payload_keys(subject.deployment.step(function)))


def _payload_problems(name: str, state: State, keys: frozenset[str] | None) -> Iterator[str]:
    payload = state["Arguments"].get("Payload")
    if keys is None or not isinstance(payload, dict):
        if (keys is None) != isinstance(payload, str):
            yield f"{name}: its Payload lists its arguments by name, unless the function takes any JSON"
        return
    yield from (f"{name}: its Payload lacks {key}" for key in sorted(keys - payload.keys()))
    yield from (
        f"{name}: its Payload has {key}, which its function does not take" for key in sorted(payload.keys() - keys)
    )


def _conditions(subject: Subject) -> Iterator[str]:
    return (rule.get("Condition", "") for _, state in subject.states for rule in state.get("Choices", []))


def _time_of_called(subject: Subject, state: State) -> int | None:
    """Seconds that the function or state machine behind a Task may take."""
    function = function_of(state)
    if function is not None:
        known = function in subject.deployment.functions
        return subject.deployment.timeout(function) if known else None
    name = str(state.get("Arguments", {}).get("StateMachineArn", "")).strip("${}").lower()
    timeout = subject.machines.get(name, {}).get("TimeoutSeconds")
    return timeout if isinstance(timeout, int) else None
