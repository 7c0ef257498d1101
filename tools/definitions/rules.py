"""The rules that a definition keeps and that neither Step Functions nor a linter checks.

Each rule is a function from a `Subject` to problems, and `RULES` is all of them. They read JSON alone: nothing runs.
"""

from collections.abc import Callable, Iterator
from functools import wraps

from tools.definitions import ends as ends
from tools.definitions import errors as errors
from tools.definitions import fields as fields
from tools.definitions import retries as retries
from tools.definitions import structure as structure
from tools.definitions import variables as variables
from tools.definitions.conditions import conditions_are_booleans
from tools.definitions.form import formatted
from tools.definitions.reading import State
from tools.definitions.subject import (
    Subject,
    machine_outlasts_its_loops,
    payloads_match_contracts,
    substitutions_match,
    tasks_outlast_what_they_call,
)

LONGEST = 500
"""Lines that a definition may have, so that it can be read as a whole."""

Rule = Callable[[Subject], Iterator[str]]


def problems(subject: Subject) -> list[str]:
    """What is wrong with a definition, each with its name in front."""
    return [f"{subject.name}: {problem}" for rule in RULES for problem in rule(subject)]


def is_in_form(subject: Subject) -> Iterator[str]:
    if formatted(subject.machine) != subject.text:
        yield "is not in form: make format"


def fits_in_the_head(subject: Subject) -> Iterator[str]:
    length = len(subject.text.splitlines())
    if length > LONGEST:
        yield f"has {length} lines, more than {LONGEST}"


def _of_machine(check: Callable[[State], Iterator[str]]) -> Rule:
    @wraps(check)
    def rule(subject: Subject) -> Iterator[str]:
        return check(subject.machine)

    return rule


OF_MACHINE = (
    structure.states_have_comments,
    structure.names_are_unique,
    structure.transitions_lead_somewhere,
    structure.states_can_be_reached,
    structure.states_come_to_an_end,
    structure.choices_have_defaults,
    structure.loops_have_limits,
    structure.maps_take_batches,
    structure.failures_are_caught,
    structure.inner_scopes_end_in_results,
    structure.numbers_are_numbers,
    structure.arns_have_the_deployments_partition,
    errors.foreign_names,
    errors.wrong_retries,
    retries.differing_retries,
    errors.unknown_constants,
    variables.unparsable_expressions,
    variables.unassigned_variables,
    variables.hidden_variables,
    variables.unread_variables,
    fields.arguments_fit_integrations,
    fields.context_is_read_where_it_is,
    fields.states_are_read_where_they_are,
    fields.expressions_stand_where_they_are_evaluated,
    fields.wildcards_are_not_retried,
    fields.numbers_are_within_limits,
    fields.divisors_are_constants,
    fields.causes_are_not_parsed,
    fields.causes_may_be_absent,
    fields.query_language_stands_at_the_top,
    ends.causes_are_cut,
    ends.names_fit_executions,
)
RULES: tuple[Rule, ...] = (
    is_in_form,
    fits_in_the_head,
    tasks_outlast_what_they_call,
    machine_outlasts_its_loops,
    substitutions_match,
    payloads_match_contracts,
    conditions_are_booleans,
    *map(_of_machine, OF_MACHINE),
)
