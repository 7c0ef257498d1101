"""What the sandbox keeps on each of moto's environments: the state that it is in, and the environment that opened it.

moto opens an environment for an execution, each branch, each iteration and each attempt at a state. AWS's messages name
the state and the id of the event that entered it, and an execution's end is told for each state that it cuts off; moto
keeps neither.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """A state that is being executed, and the id of the event with which it was entered."""

    state: Any
    entered: int


@dataclass(frozen=True)
class Iteration:
    """One iteration of a Map: the Map's name, and which item it is for."""

    of: str
    index: int


@dataclass(frozen=True)
class Reached:
    """The last state that an execution has reached itself, outside of branches and iterations, as it was entered."""

    state: Any
    input: Any
    variables: dict[str, Any]


def reach(env: Any, state: Any) -> None:
    """An environment is about to enter a state."""
    if env.outer is None:
        env.reached = Reached(state, given(env), dict(env.variable_store._inner_scope))


def prepare(env: Any, outer: Any = None) -> Any:
    """The environment, with the sandbox's own attributes; `outer` is the one that opened it."""
    env.outer, env.place, env.iteration, env.pending = outer, None, None, {}
    env.reached, env.begins_at = None, None
    return env


def given(env: Any) -> Any:
    """The input of the state that the environment is in, itself: moto hands out a copy each time."""
    return env.states._states_data["input"]


def place(env: Any) -> Place | None:
    """The state that the environment is in, or the one around it."""
    while env is not None and env.place is None:
        env = env.outer
    return None if env is None else env.place


def has_begun(execution: Any) -> bool:
    """Whether an execution has entered its first state."""
    env = execution.exec_worker.env
    return env is not None and (env.place is not None or not env.is_running())


def index(env: Any) -> int | None:
    """The index of the Map's iteration that the environment belongs to."""
    while env is not None and env.iteration is None:
        env = env.outer
    return None if env is None else env.iteration.index


def located(env: Any, cause: str) -> str:
    """The cause as AWS begins it, with the state and its event, for an error of the definition itself."""
    found = place(env)
    if found is None:
        return cause
    state = found.state.name
    return f"An error occurred while executing the state '{state}' (entered at the event id #{found.entered}). {cause}"
