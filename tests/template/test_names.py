"""One name per thing: state, folder, domain function, function resource, substitution and table row are in step."""

import ast
from pathlib import Path

import pytest

from tools.definitions.reading import all_states, definitions, function_of, read
from tools.deployment import FUNCTION, read_template, step_modules

STEPS = sorted(path.parent.name for path in Path("functions").glob("*/app.py"))
LAYER = Path("layers/private_connection")
EARLY = {"Prepare ": "Ensure "}
"""Verbs of states that call a step of another verb early."""
SENTENCES = {
    "Find what is ours": "find_owned",
    "Explain refusal": "explain_failure",
    "Explain what was missed": "explain_failure",
    "Check again": "check_connections",
    "Check its connections": "check_connections",
    "End offer": "stop_offering",
    "Withdraw offer": "stop_offering",
    "Retire lost targets": "retire_targets",
    "Offer again": "allow_principal",
}
"""States that read better by another name than their step's."""
ASKED_BY_PEOPLE = {"ListConnections", "ShowConnection"}
"""Functions that no machine calls."""


def camel(step: str) -> str:
    return "".join(word.capitalize() for word in step.split("_"))


def step_of(state: str) -> str:
    """The step that a state's name says it calls."""
    if state in SENTENCES:
        return SENTENCES[state]
    for verb, step in EARLY.items():
        state = state.replace(verb, step, 1) if state.startswith(verb) else state
    return state.lower().replace("-", "").replace(" ", "_")


def calls() -> list[tuple[str, str]]:
    """Every state that calls a function, with the substitution that names it."""
    states = [pair for path in definitions() for pair in all_states(read(path))]
    return [(name, function) for name, state in states if (function := function_of(state))]


def test_states_are_named_as_their_steps() -> None:
    assert [(state, function) for state, function in calls() if camel(step_of(state)) != function] == []


def test_functions_are_named_as_their_folders() -> None:
    template = read_template()
    assert {name: template.step(name) for name in template.functions} == {camel(step): step for step in STEPS}


def test_substitutions_are_named_as_the_functions() -> None:
    template = read_template()
    for path in definitions():
        substitutions = template.substitutions(path.name.removesuffix(".asl.json"))
        arns = {name: value for name, value in substitutions.items() if name in template.of_type(FUNCTION)}
        assert arns == {name: {"Fn::GetAtt": [name, "Arn"]} for name in arns}


def test_every_function_is_called() -> None:
    """By a machine, or by a person who asks what the registry holds."""
    assert {function for _, function in calls()} | ASKED_BY_PEOPLE == {camel(step) for step in STEPS}


@pytest.mark.parametrize("step", STEPS)
def test_handlers_call_the_domain_function_of_their_name(step: str) -> None:
    handler = Path(f"functions/{step}/app.py").read_text()
    assert handler.endswith(f"\nlambda_handler = task({step})\n")
    module = Path(*step_modules(step)[step].split(".")).with_suffix(".py")
    defined = ast.parse((LAYER / module).read_text()).body
    assert step in {node.name for node in defined if isinstance(node, ast.FunctionDef)}


def test_the_tables_have_a_row_for_every_step() -> None:
    rows = [line for line in Path("docs/architecture.md").read_text().splitlines() if line.startswith("|")]
    assert [step for step in STEPS if not any(f"`{step}`" in row for row in rows)] == []


def test_the_tables_name_every_state_that_calls_a_step() -> None:
    rows = [line for line in Path("docs/architecture.md").read_text().splitlines() if line.startswith("|")]
    missing = [state for state, _ in calls() if not any(state in row for row in rows)]
    assert missing == []
