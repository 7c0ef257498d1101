"""Rules over a definition and what deploys it: times, substitutions and payloads fit the template and the functions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.definitions.reading import State, all_states, function_of, read, starts_execution, substitutions
from tools.deployment import Deployment, payload_keys

ITSELF = "$states.context.StateMachine.Id"


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
    loops = _time_of_loops(subject, subject.name)
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


def _time_of_loops(subject: Subject, name: str) -> int:
    """Seconds that the loops of a machine may take at most, by the substitutions that limit them."""
    states = all_states(subject.machines[name])
    rules = (rule.get("Condition", "") for _, state in states for rule in state.get("Choices", []))
    limits = {limit for text in rules for limit in re.findall(r"\$\{(\w*Limit\w*)\}", text)}
    return sum(_most(subject.deployment, name, limit) for limit in limits)


def _most(deployment: Deployment, name: str, limit: str) -> int:
    """What may be substituted for a limit: a number of the template's, or what its parameter takes."""
    given = deployment.substitutions(name).get(limit)
    if isinstance(given, int):
        return given
    parameter = deployment.parameters.get(limit, {"Default": 0})
    return int(parameter.get("MaxValue", parameter["Default"]))


def _time_of_called(subject: Subject, state: State) -> int | None:
    """Seconds that the function or state machine behind a Task may take.

    A nested execution works under the claim of the one that starts it, and so starts none itself: it takes as long as
    its loops.
    """
    function = function_of(state)
    if function is not None:
        known = function in subject.deployment.functions
        return subject.deployment.timeout(function) if known else None
    arn = str(state.get("Arguments", {}).get("StateMachineArn", ""))
    called = subject.name if ITSELF in arn else arn.strip("${}").lower()
    return _time_of_loops(subject, called) if called in subject.machines else None
