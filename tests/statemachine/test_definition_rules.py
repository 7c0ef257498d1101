"""Each rule finds its fault: a definition that keeps all of them, and one change."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.statemachine.seeds import Json, subject, task
from tools.definitions.reading import definitions
from tools.definitions.rules import LONGEST, RULES, problems
from tools.definitions.subject import Subject, subjects
from tools.deployment import read_template

Change = Callable[[Json, Json], object]
ITSELF = "{% $states.context.StateMachine.Id %}"
ALL = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1}
FAULTS: list[tuple[str, Change, str]] = [
    ("states_have_comments", lambda m, t: m.pop("Comment"), "look: has no Comment"),
    ("states_have_comments", lambda m, t: m["States"]["Ready?"].pop("Comment"), "Ready?: has no Comment"),
    ("names_are_unique", lambda m, t: inner(m).update(Done=inner(m)["Not offered"]), "Done: is the name of 2 states"),
    ("transitions_lead_somewhere", lambda m, t: m.update(StartAt="Nowhere"), "StartAt: leads to Nowhere"),
    ("transitions_lead_somewhere", lambda m, t: check(m).update(Next="Nowhere"), "Check cluster: leads to Nowhere"),
    ("transitions_lead_somewhere", lambda m, t: rule(m, 0).update(Next="Offer"), "Ready?: leads to Offer"),
    ("transitions_lead_somewhere", lambda m, t: catch(m).update(Next="Nowhere"), "Offer: leads to Nowhere"),
    ("states_can_be_reached", lambda m, t: m["States"].update(Lonely=m["States"]["Done"]), "Lonely: nothing leads"),
    ("states_come_to_an_end", lambda m, t: m["States"].update(Round=going_round()), "Round: no path from it"),
    ("choices_have_defaults", lambda m, t: m["States"]["Ready?"].pop("Default"), "Ready?: has no Default"),
    ("loops_have_limits", lambda m, t: m["States"]["Ready?"]["Choices"].pop(), "Check cluster: is in a loop"),
    ("loops_have_limits", lambda m, t: rule(m, 1).update(Condition="{% $waited > 9 %}"), "Wait for it: is in a loop"),
    ("loops_have_limits", lambda m, t: rule(m, 1).update(Next="Wait for it"), "Ready?: is in a loop"),
    ("loops_have_limits", lambda m, t: more(m).update(Condition="{% $waited = 1 %}"), "Each: is in a loop"),
    ("loops_have_limits", lambda m, t: each(m).update(Assign={"offers": "{% $offers %}"}), "Each: is in a loop"),
    ("loops_have_limits", lambda m, t: m["States"]["More?"].update(Default="Each"), "More?: is in a loop"),
    ("maps_take_batches", lambda m, t: each(m).update(Items="{% $nodes %}"), "Each: its Items are not at most 20 of"),
    ("maps_take_batches", lambda m, t: each(m).update(Items="{% [$nodes[[0..149]]] %}"), "Each: its Items are not"),
    ("maps_take_batches", lambda m, t: each(m).pop("Items"), "Each: its Items are not at most 20 of a list"),
    ("failures_are_caught", lambda m, t: check(m).pop("Catch"), "Check cluster: does not catch States.ALL"),
    ("failures_are_caught", lambda m, t: m["States"]["Each"].pop("Catch"), "Each: does not catch States.ALL"),
    ("failures_are_caught", lambda m, t: catch(m).update(ErrorEquals=["Throttled"]), "Offer: does not catch"),
    ("inner_scopes_end_in_results", lambda m, t: inner(m)["Not offered"].update(Type="Fail"), "Not offered: a branch"),
    ("tasks_outlast_what_they_call", lambda m, t: check(m).pop("TimeoutSeconds"), "Check cluster: has no Timeout"),
    ("tasks_outlast_what_they_call", lambda m, t: check(m).update(TimeoutSeconds=60), "60 is not above the 60"),
    ("tasks_outlast_what_they_call", lambda m, t: function(t, "CheckCluster").update(Timeout=90), "not above the 90"),
    ("tasks_outlast_what_they_call", lambda m, t: check(m).update(nested("${Look}")), "90 is not above the 900"),
    ("tasks_outlast_what_they_call", lambda m, t: check(m).update(nested(ITSELF)), "90 is not above the 900"),
    ("machine_outlasts_its_loops", lambda m, t: m.pop("TimeoutSeconds"), "its TimeoutSeconds None"),
    ("machine_outlasts_its_loops", lambda m, t: m.update(TimeoutSeconds=900), "900 is not above the 900"),
    ("machine_outlasts_its_loops", lambda m, t: limit(t).update(MaxValue=1000), "1000 is not above the 1000"),
    ("machine_outlasts_its_loops", lambda m, t: substitutions(t).update(LimitSeconds=1000), "not above the 1000"),
    ("machine_outlasts_its_loops", lambda m, t: rolls_back(m, 990), "990 is not above the 990"),
    ("numbers_are_numbers", lambda m, t: m["States"]["Wait for it"].update(Seconds="${PollSeconds}"), "Seconds is"),
    ("numbers_are_numbers", lambda m, t: m["States"]["Each"].update(MaxConcurrency="5"), "MaxConcurrency is '5'"),
    ("numbers_are_numbers", lambda m, t: retry(m).update(MaxAttempts="{% 8 %}"), "MaxAttempts is '{% 8 %}'"),
    (
        "arns_have_the_deployments_partition",
        lambda m, t: check(m).update(Resource="arn:aws-cn:states:::lambda:invoke"),
        "arn:aws-cn:states:::lambda:invoke names a partition",
    ),
    ("substitutions_match", lambda m, t: substitutions(t).pop("PollSeconds"), "${PollSeconds} is not in Definition"),
    ("substitutions_match", lambda m, t: substitutions(t).update(Unused={}), "Unused of DefinitionSubstitutions"),
    ("payloads_match_contracts", lambda m, t: payload(m).pop("cluster"), "Check cluster: its Payload lacks cluster"),
    ("payloads_match_contracts", lambda m, t: payload(m).update(color=1), "its Payload has color"),
    ("payloads_match_contracts", lambda m, t: check(m)["Arguments"].update(Payload="{% $states.input %}"), "by name"),
    ("foreign_names", lambda m, t: catch(m).update(ErrorEquals=["NoSuchError"]), "Offer: nothing raises NoSuchError"),
    ("foreign_names", lambda m, t: errors(m).append("Lambda.NoSuchError"), "nothing raises Lambda.NoSuchError"),
    ("wrong_retries", lambda m, t: errors(m).append("NotOurs"), "retries NotOurs, which waiting does not mend"),
    ("wrong_retries", lambda m, t: errors(m).append("States.TaskFailed"), "retries States.TaskFailed"),
    ("wrong_retries", lambda m, t: errors(m).remove("Throttled"), "does not retry Throttled"),
    ("wrong_retries", lambda m, t: check(m).pop("Retry"), "does not retry Sandbox.Timedout"),
    ("wrong_retries", lambda m, t: retry(m).pop("JitterStrategy"), "without backoff or without jitter"),
    ("wrong_retries", lambda m, t: retry(m).update(BackoffRate=1), "without backoff or without jitter"),
    ("differing_retries", lambda m, t: retry(m).update(MaxAttempts=3), "Check cluster: its Retry is not the one of"),
    ("differing_retries", lambda m, t: errors(m).reverse(), "Check cluster: its Retry is not the one of"),
    ("differing_retries", lambda m, t: check(m).update(nested("${Look}")), "the one of all Tasks that start"),
    ("wrong_retries", lambda m, t: check(m).update(looking()), "does not retry States.TaskFailed"),
    ("differing_retries", lambda m, t: check(m).update(looking()), "the one of all Tasks that look at an execution"),
    ("unknown_constants", lambda m, t: m["States"]["Failed late"].update(Error="TooLate"), "TooLate is no error of"),
    ("unknown_constants", lambda m, t: check(m).update(Output={"failure": {"Error": "Oh"}}), "Oh is no error of ours"),
    ("unparsable_expressions", lambda m, t: rule(m, 0).update(Condition="{% $cluster.( %}"), "is not JSONata"),
    ("unassigned_variables", lambda m, t: check(m)["Assign"].pop("waited"), "Ready?: $waited is not assigned"),
    ("unassigned_variables", lambda m, t: catch_of(check(m)).pop("Assign"), "Failed: $failure is not assigned"),
    ("unassigned_variables", lambda m, t: payload(m).update(cluster="{% $cluster.kind %}"), "Check cluster: $cluster"),
    ("unassigned_variables", lambda m, t: rule(m, 0).update(Condition="{% $eval('1') = 1 %}"), "Ready?: $eval"),
    ("hidden_variables", lambda m, t: inner(m)["Offer"].update(Assign={"waited": 2}), "Each: $waited is assigned"),
    ("unread_variables", lambda m, t: check(m)["Assign"].update(unused=1), "$unused is assigned and never read"),
    ("arguments_fit_integrations", lambda m, t: check(m)["Arguments"].update(Foo=1), "Foo is no argument of it"),
    ("arguments_fit_integrations", lambda m, t: check(m).update(looking()), "Name is no argument of it"),
    (
        "context_is_read_where_it_is",
        lambda m, t: reads(m, "$states.context.Execution.Nmae"),
        "Execution.Nmae is not",
    ),
    ("context_is_read_where_it_is", lambda m, t: reads(m, "$states.context.Bogus"), "context.Bogus is not in AWS's"),
    ("context_is_read_where_it_is", lambda m, t: inside(m, "$states.context.Map.Item.Index"), "in ItemSelector only"),
    ("context_is_read_where_it_is", lambda m, t: passes(m, "$states.context.State.RetryCount"), "has no RetryCount"),
    ("states_are_read_where_they_are", lambda m, t: reads(m, "$states.bogus"), "$states.bogus does not exist"),
    ("states_are_read_where_they_are", lambda m, t: passes(m, "$states.result"), "$states.result where there is none"),
    ("states_are_read_where_they_are", lambda m, t: reads(m, "$states.result.x"), "$states.result where there is none"),
    ("states_are_read_where_they_are", lambda m, t: reads(m, "$$.x"), "$$ is not supported"),
    ("expressions_stand_where_they_are_evaluated", lambda m, t: check(m).update(Comment="{% 1 %}"), "is a text there"),
    ("expressions_stand_where_they_are_evaluated", lambda m, t: m.update(Comment="{% 1 %}"), "is a text there"),
    ("expressions_stand_where_they_are_evaluated", lambda m, t: errors(m).append("{% 'A' %}"), "is a text there"),
    ("wildcards_are_not_retried", lambda m, t: errors(m).append("States.QueryEvaluationError"), "after the work too"),
    ("wildcards_are_not_retried", lambda m, t: errors(m).append("States.ALL"), "after the work too"),
    ("wildcards_are_not_retried", lambda m, t: each(m).update(Retry=[ALL]), "Each: retries States.ALL"),
    ("numbers_are_within_limits", lambda m, t: m.update(TimeoutSeconds=10**8), "the machine: TimeoutSeconds"),
    ("numbers_are_within_limits", lambda m, t: retry(m).update(MaxDelaySeconds=31_622_401), "MaxDelaySeconds"),
    ("numbers_are_within_limits", lambda m, t: retry(m).update(BackoffRate=0.5), "BackoffRate 0.5 is not from 1"),
    ("numbers_are_within_limits", lambda m, t: m["States"]["Wait for it"].update(Seconds=-1), "Seconds -1 is not"),
    ("divisors_are_constants", lambda m, t: reads(m, "1 / $states.input.n"), "divides by what is no constant"),
    ("divisors_are_constants", lambda m, t: reads(m, "1 % 0"), "divides by what is no constant"),
    ("causes_may_be_absent", lambda m, t: reads(m, "$states.input.Cause"), "gives nothing where there is no Cause"),
    ("causes_may_be_absent", lambda m, t: reads(m, "$substring($states.input.Cause, 0, 9)"), "gives nothing"),
    ("causes_are_not_parsed", lambda m, t: reads(m, "$parse($states.input.Cause).x"), "parses without asking"),
    ("query_language_stands_at_the_top", lambda m, t: check(m).update(QueryLanguage="JSONata"), "at the top only"),
    ("query_language_stands_at_the_top", lambda m, t: below(m).update(QueryLanguage="JSONata"), "Each: QueryLanguage"),
    ("causes_are_cut", lambda m, t: causes(m, "$failure.Error & ': ' & $failure.Cause"), "no $substring cuts"),
    ("causes_are_cut", lambda m, t: causes(m, "'a' & $substring($failure.Cause, 0, 32767)"), "may pass 32768"),
    ("causes_are_cut", lambda m, t: catch_of(check(m)).update(Assign=explained()), "Check cluster: its Cause adds"),
    ("causes_are_cut", lambda m, t: catch_of(check(m)).update(Assign=chosen()), "Check cluster: its Cause adds"),
    ("causes_are_cut", lambda m, t: check(m).update(Assign=chosen()), "Check cluster: its Cause adds"),
    ("names_fit_executions", lambda m, t: named(m, "{% $states.input.name %}"), "may be illegal"),
    ("names_fit_executions", lambda m, t: named(m, "{% 'a:' & $hash('x', 'SHA-256') %}"), "may be illegal"),
    (
        "names_fit_executions",
        lambda m, t: named(m, "{% 'rollback-of-runs-' & $hash('x', 'SHA-256') %}"),
        "may pass 80",
    ),
    ("names_fit_executions", lambda m, t: named(m, None), "may be illegal"),
    ("names_fit_executions", lambda m, t: named(m, "{% $waited %}"), "Name 1 may be illegal"),
    ("names_fit_executions", lambda m, t: named(m, "{% $bogus %}"), "may be illegal"),
    ("names_fit_executions", lambda m, t: named(m, "{% 'a' & $string($cluster.name) %}"), "may be illegal"),
    ("conditions_are_booleans", lambda m, t: asks(m, "$cluster.status"), "may be undefined, or no boolean"),
    ("conditions_are_booleans", lambda m, t: asks(m, "$cluster.bogus"), "may be undefined, or no boolean"),
    ("conditions_are_booleans", lambda m, t: asks(m, "$cluster.ready and $waited"), "may be undefined, or no boolean"),
    ("conditions_are_booleans", lambda m, t: asks(m, "$cluster.waited >= 5"), "may be undefined, or no boolean"),
    ("conditions_are_booleans", lambda m, t: asks(m, "5 < $max($cluster.x)"), "may be undefined, or no boolean"),
    ("conditions_are_booleans", lambda m, t: asks(m, "$boolean($cluster.x)"), "may be undefined, or no boolean"),
    ("conditions_are_booleans", lambda m, t: asks(m, "$states.input.ready"), "may be undefined, or no boolean"),
]


def reads(machine: Json, expression: str) -> None:
    """A field of a Task's that is no Output and no Assign reads it."""
    payload(machine)["kind"] = f"{{% {expression} %}}"


def inside(machine: Json, expression: str) -> None:
    within(inner(machine)["Offer"], "Arguments", "Payload")["serviceId"] = f"{{% {expression} %}}"


def passes(machine: Json, expression: str) -> None:
    inner(machine)["Not offered"]["Output"] = f"{{% {expression} %}}"


def below(machine: Json) -> Json:
    return within(each(machine), "ItemProcessor")


def causes(machine: Json, expression: str) -> None:
    within(machine, "States", "Failed")["Cause"] = f"{{% {expression} %}}"


def explained() -> Json:
    return {"failure": {"Error": "StepTimedOut", "cause": "{% 'a: ' & $states.errorOutput.Cause %}"}}


def chosen() -> Json:
    return {"failure": "{% $states.input.ok ? {} : {\"Error\": 'StepTimedOut', \"cause\": 'a: ' & $states.input.b} %}"}


def named(machine: Json, name: str | None) -> None:
    check(machine).update(nested("${Look}"))
    check(machine)["Arguments"] |= {} if name is None else {"Name": name}


def asks(machine: Json, condition: str) -> None:
    rule(machine, 0)["Condition"] = f"{{% {condition} %}}"


def within(value: Any, *path: str | int) -> Json:
    for key in path:
        value = value[key]
    found: Json = value
    return found


def check(machine: Json) -> Json:
    return within(machine, "States", "Check cluster")


def payload(machine: Json) -> Json:
    return within(check(machine), "Arguments", "Payload")


def retry(machine: Json) -> Json:
    return within(check(machine), "Retry", 0)


def errors(machine: Json) -> list[Any]:
    names: list[Any] = retry(machine)["ErrorEquals"]
    return names


def rule(machine: Json, number: int) -> Json:
    return within(machine, "States", "Ready?", "Choices", number)


def each(machine: Json) -> Json:
    return within(machine, "States", "Each")


def more(machine: Json) -> Json:
    return within(machine, "States", "More?", "Choices", 0)


def inner(machine: Json) -> Json:
    return within(machine, "States", "Each", "ItemProcessor", "States")


def catch(machine: Json) -> Json:
    return catch_of(inner(machine)["Offer"])


def catch_of(state: Json) -> Json:
    return within(state, "Catch", 0)


def function(template: Json, name: str) -> Json:
    return within(template, "Resources", name, "Properties")


def substitutions(template: Json) -> Json:
    return within(function(template, "Look"), "DefinitionSubstitutions")


def limit(template: Json) -> Json:
    return within(template, "Parameters", "LimitSeconds")


def nested(machine: str) -> Json:
    return {
        "Resource": "arn:${Partition}:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": machine},
    }


def looking() -> Json:
    return {
        "Resource": "arn:${Partition}:states:::aws-sdk:sfn:describeExecution",
        "Arguments": {"ExecutionArn": "{% $states.input.arn %}", "Name": "x"},
    }


def rolls_back(machine: Json, timeout: int) -> None:
    check(machine).update(nested("${Other}"))
    machine["TimeoutSeconds"] = timeout


def going_round() -> Json:
    return {"Type": "Pass", "Comment": "Again.", "Next": "Round"}


def found(checked: Subject) -> dict[str, list[str]]:
    by_rule = {rule.__name__: list(rule(checked)) for rule in RULES}
    return {name: found for name, found in by_rule.items() if found}


def test_the_definition_that_is_changed_keeps_every_rule() -> None:
    assert problems(subject()) == []


@pytest.mark.parametrize(("name", "change", "problem"), FAULTS, ids=[f"{name}: {text}" for name, _, text in FAULTS])
def test_each_rule_finds_its_fault(name: str, change: Change, problem: str) -> None:
    found_by_rule = found(subject(change)).get(name, [])
    assert any(problem in f"look: {text}" for text in found_by_rule), found_by_rule


def test_a_definition_out_of_form_is_found() -> None:
    assert "is_in_form" in found(replace(subject(), text=subject().text.replace("  ", " ")))


def test_a_definition_that_is_too_long_is_found() -> None:
    assert "fits_in_the_head" in found(replace(subject(), text="\n" * (LONGEST + 1)))


@pytest.mark.parametrize("file", definitions(), ids=lambda file: file.name)
def test_each_definition_has_at_most_five_hundred_lines(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= LONGEST == 500


def test_every_rule_has_a_fault_here() -> None:
    assert {rule.__name__ for rule in RULES} == {name for name, _, _ in FAULTS} | {"is_in_form", "fits_in_the_head"}


def test_a_variable_assigned_on_one_of_two_paths_is_not_assigned() -> None:
    def change(machine: Json, template: Json) -> None:
        rule(machine, 0).update(Assign={"found": True})
        machine["States"]["Each"]["Output"] = "{% $found ? $cluster : 0 %}"
        machine["States"]["Ready?"]["Choices"].append({"Condition": "{% false %}", "Next": "Each"})

    assert found(subject(change)) == {
        "unassigned_variables": ["Each: $found is not assigned on every path that leads here"]
    }


def test_what_an_expression_binds_itself_need_not_be_assigned() -> None:
    def change(machine: Json, template: Json) -> None:
        text = "{% ($n := $cluster.n; $count($filter([1], function($each) { $each = $n })) = 1) %}"
        rule(machine, 0).update(Condition=text)

    assert found(subject(change)) == {}


@pytest.mark.parametrize(
    "condition",
    [
        "$cluster.ready",
        "$not($cluster.ready) or ($cluster.status = 'x' and $exists($cluster.x))",
        "$count($cluster.nodes) = 0",
        "$type($cluster.x) != 'null'",
        "$waited >= 5 and 3 < $count($cluster.nodes)",
        "$waited >= $max([3, 2 + $ceil($count($cluster.nodes) / 20)])",
        "false in $cluster.available",
        "true",
    ],
)
def test_a_condition_that_is_sure_to_be_a_boolean(condition: str) -> None:
    assert "conditions_are_booleans" not in found(subject(lambda m, t: asks(m, condition)))


def test_a_variable_that_is_a_boolean_wherever_it_is_assigned_is_sure() -> None:
    def change(machine: Json, template: Json) -> None:
        check(machine)["Assign"]["done"] = "{% $states.result.Payload.ready and $count([1]) > 0 %}"
        asks(machine, "$done")
        each(machine)["Assign"] = {**each(machine).get("Assign", {}), "done": True}

    def spoil(machine: Json, template: Json) -> None:
        change(machine, template)
        each(machine)["Assign"]["done"] = "yes"

    assert "conditions_are_booleans" not in found(subject(change))
    assert "conditions_are_booleans" in found(subject(spoil))


@pytest.mark.parametrize(
    "name", ["{% 'rollback-' & $hash($states.context.Execution.Id, 'SHA-256') %}", "{% $states.input.id %}"]
)
def test_a_name_that_fits(name: str) -> None:
    assert "names_fit_executions" not in found(subject(lambda m, t: named(m, name)))


def test_the_item_is_read_in_the_item_selector() -> None:
    selector = {"node": "{% $states.context.Map.Item.Value %}"}
    assert found(subject(lambda m, t: each(m).update(ItemSelector=selector))) == {}


def test_a_cause_whose_texts_are_cut_fits() -> None:
    text = "$failure.Error & ': ' & $substring($failure.Cause, 0, 32000)"
    assert found(subject(lambda m, t: causes(m, text))) == {}


def test_a_cause_that_may_be_absent_is_added_to_a_text() -> None:
    text = "$substring('' & $states.input.Cause, 0, 1000)"
    assert "causes_may_be_absent" not in found(subject(lambda m, t: reads(m, text)))


def test_a_map_hands_its_variables_down() -> None:
    def change(machine: Json, template: Json) -> None:
        inner(machine)["Offer"] = task("AllowPrincipal", {"serviceId": "{% $cluster.id %}"}, End=True)
        inner(machine)["Offer"]["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Not offered"}]

    assert found(subject(change)) == {}


def test_a_loop_in_a_loop_may_end_at_the_same_limit() -> None:
    """Its limit leads into the other one, which has come to the limit too."""

    def change(machine: Json, template: Json) -> None:
        more(machine).update(Condition="{% $waited >= ${LimitSeconds} %}", Next="Wait for it")
        machine["States"]["More?"]["Default"] = "Each"
        rule(machine, 1)["Next"] = "Done"
        each(machine).pop("Assign")
        machine["States"]["Failed late"]["Comment"] = "Nothing leads here now."

    assert "loops_have_limits" not in found(subject(change))


@pytest.mark.parametrize("checked", subjects(definitions(), read_template()), ids=lambda each: each.name)
def test_deployed_definitions_keep_every_rule(checked: Subject) -> None:
    assert problems(checked) == []
