"""What is tried while the run provisions, and what its history says when it has ended."""

import contextlib
import json
from typing import Final

from acceptance.names import CONNECTION
from acceptance.trial import Trial
from acceptance.verdicts import NotTried, Verdict, differs, holds, judged, refused
from private_connection_cli.registry import show_connection
from private_connection_cli.runs import start

SEEN: Final = 300.0
"""Seconds within which Step Functions shows an execution, as claims assume."""
TOLD: Final = 180.0
"""Seconds to wait for the event of an execution that has ended."""


def execution_is_described(trial: Trial) -> Verdict:
    states = trial.client("stepfunctions")

    def look() -> bool:
        try:
            return bool(states.describe_execution(executionArn=trial.execution))
        except states.exceptions.ExecutionDoesNotExist:
            return False

    found, waited = trial.site.until(look, SEEN)
    return judged(bool(found), f"shown {waited:.0f} s after its start" if found else f"not shown after {waited:.0f} s")


def execution_is_listed(trial: Trial) -> Verdict:
    found, waited = trial.site.until(lambda: _listed(trial), SEEN)
    trial.measured["started execution listed"] = waited
    return judged(bool(found), f"listed {waited:.0f} s after its start" if found else f"not listed in {waited:.0f} s")


def _listed(trial: Trial) -> bool:
    machine = trial.site.deployment.outputs["ProvisionArn"]
    pages = trial.client("stepfunctions").get_paginator("list_executions").paginate(stateMachineArn=machine)
    return any(each["executionArn"] == trial.execution for page in pages for each in page["executions"])


def name_is_taken(trial: Trial) -> Verdict:
    name = trial.execution.rpartition(":")[2]
    machine = trial.site.deployment.outputs["ProvisionArn"]
    other = json.dumps({"connection": "NOT LEGAL"})  # if it were taken, it would end in the first state
    states = trial.client("stepfunctions")
    verdict = refused(
        lambda: states.start_execution(stateMachineArn=machine, name=name, input=other), "ExecutionAlreadyExists"
    )
    if verdict.state == "holds":
        states.describe_execution(executionArn=trial.execution)
    return verdict


def second_run_is_busy(trial: Trial) -> Verdict:
    """Starts a second run of the connection, once the first has claimed it."""
    trial.site.until(lambda: _holds_the_claim(trial), SEEN)
    second = start(trial.site.deployment, "ProvisionArn", trial.request, f"{CONNECTION}-busy-{trial.workspace[:8]}")
    first = trial.site.ended(trial.execution)
    outcome, _ = trial.site.until(lambda: trial.site.ended(second), SEEN)
    trial.busy = second if outcome is not None and outcome.error else ""
    if first is not None:
        raise NotTried(f"the first run had ended by then: {first.status} {first.error}")
    if outcome is None:
        return differs("the second run did not end")
    return judged(outcome.error == "ConnectionBusy", f"the second run: {outcome.status} {outcome.error}")


def _holds_the_claim(trial: Trial) -> bool:
    entered = "Validate request"  # comes after the claim
    states = trial.client("stepfunctions")
    try:
        events = states.get_execution_history(executionArn=trial.execution, maxResults=100)["events"]
    except states.exceptions.ExecutionDoesNotExist:  # it has started just now
        return False
    names = {each.get("stateEnteredEventDetails", {}).get("name") for each in events}
    return entered in names or trial.site.ended(trial.execution) is not None


def end_is_told(trial: Trial) -> Verdict:
    found, waited = trial.site.until(lambda: _recovered(trial), TOLD)
    trial.measured["end of an execution told by event"] = waited
    return judged(bool(found), f"a run of Recover began within {waited:.0f} s" if found else "no event came")


def input_is_a_text(trial: Trial) -> Verdict:
    found = _recovered(trial)
    if found is None:
        raise NotTried("no status event came")
    told = json.loads(found).get("input")
    return judged(isinstance(told, str) and json.loads(told) == trial.request, f"input is {type(told).__name__}")


def _recovered(trial: Trial) -> str | None:
    """The input of the execution of Recover that the end of the busy run has started."""
    if not trial.busy:
        raise NotTried("no second run failed")
    states = trial.client("stepfunctions")
    for page in states.get_paginator("list_state_machines").paginate():
        for machine in (each for each in page["stateMachines"] if "Recover" in each["name"]):
            listed = states.list_executions(stateMachineArn=machine["stateMachineArn"], maxResults=20)
            for each in listed["executions"]:
                with contextlib.suppress(states.exceptions.ExecutionDoesNotExist):  # it has started just now
                    told = str(states.describe_execution(executionArn=each["executionArn"])["input"])
                    if trial.busy in told:
                        return told
    return None


def new_node_has_no_endpoint(trial: Trial) -> Verdict:
    cluster = trial.created_cluster
    members, _ = trial.site.until(lambda: list(trial._members(cluster)), SEEN)
    if not members:
        raise NotTried("the cluster was not listed while it was created")
    (member, *_) = members
    if member["CacheClusterStatus"] != "creating":
        raise NotTried(f"it was {member['CacheClusterStatus']} at the first look")
    nodes = member.get("CacheNodes", [])
    return judged(not any("Endpoint" in each for each in nodes), f"creating, {len(nodes)} nodes listed")


def metadata_of_results(trial: Trial) -> Verdict:
    sizes = []
    for each in trial.story.events:
        output = each.get("taskSucceededEventDetails", {}).get("output")
        whole = json.loads(output) if output else None
        if isinstance(whole, dict) and "Payload" in whole:
            sizes.append(len(output) - len(json.dumps(whole["Payload"])))
    if not sizes:
        raise NotTried("the history shows no result of a function")
    return judged(max(sizes) <= 2048, f"at most {max(sizes)} bytes beside the payload")


def waits_are_whole(trial: Trial) -> Verdict:
    steps = trial.story.steps.steps
    polls = {"Wait for cluster": "ClusterPollSeconds", "Wait for targets": "TargetPollSeconds"}
    kinds = {name: polls.get(name) for name, each in steps.items() if each.kind == "Wait"}
    seen = []
    for name, parameter in kinds.items():
        least = float(trial.site.deployment.parameters.get(parameter or "", 1))
        lengths = [(each.left - each.entered).total_seconds() for each in steps[name].entries if each.left]
        seen += [(name, min(lengths), least)] if lengths else []
    if not seen:
        raise NotTried("the run came by no Wait state")
    told = ", ".join(f"{name} {shortest:.1f} s of at least {least:.0f}" for name, shortest, least in seen)
    return judged(all(shortest >= least - 0.001 for _, shortest, least in seen), told)


def target_is_soon_healthy(trial: Trial) -> Verdict:
    seconds = trial.story.between("Register target", "Offer nodes")
    trial.measured["registered target healthy"] = seconds
    return judged(seconds <= 900, f"{seconds:.0f} s")


def maker_has_legal_characters(trial: Trial) -> Verdict:
    last = show_connection(trial.site.deployment, CONNECTION)["lastRun"]
    name = str(last["execution"]).rpartition(":")[2]
    return judged(str(last["maker"]).startswith(f"{name}-"), f"maker {last['maker']}")


def _succeeded(trial: Trial, *states: str) -> Verdict:
    """Whether the states did what they are for, each under its function's role, which has no right more."""
    failures = {each: trial.story.failure(each) for each in states}
    failed = [f"{state}: {failure}" for state, failure in failures.items() if failure]
    told = ", ".join(f"{each} in {trial.story.attempts(each)} attempts" for each in states)
    return differs("; ".join(failed)) if failed else holds(f"under its function's role: {told}")


def service_needs_no_more_rights(trial: Trial) -> Verdict:
    return _succeeded(trial, "Ensure endpoint service")


def tags_are_conditions(trial: Trial) -> Verdict:
    return _succeeded(trial, "Register target", "Allow principal")


def permissions_are_read_at_once(trial: Trial) -> Verdict:
    attempts = trial.story.attempts("Ensure endpoint service")
    return judged(attempts == 1, f"Ensure endpoint service in {attempts} attempts")


def role_is_soon_usable(trial: Trial) -> Verdict:
    state = "Ensure access role"
    seconds, attempts = trial.story.seconds(state), trial.story.attempts(state)
    return judged(seconds <= 60, f"policy put on the new role in {seconds:.0f} s, {attempts} attempts")


def topic_asks_for_nothing(trial: Trial) -> Verdict:
    trial.created_cluster  # noqa: B018  it raises where the cluster was adopted
    if "NodeEventTopicArn" not in trial.site.deployment.outputs:
        raise NotTried("the stack was deployed without NodeEvents")
    return _succeeded(trial, "Ensure cluster")
