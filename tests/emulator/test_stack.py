"""The package as it is deployed, in an emulator that knows nothing of ours, against the same story in the sandbox.

What this cannot show: ministack does not enforce a role's policies (every call is judged against them elsewhere), keeps
no dead-letter queue filled and raises no alarm, and worker processes are not Lambda's containers.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sandbox.account import TEMPLATE
from sandbox.deployment.template import Template
from tests.emulator.deployment_package import PARAMETERS, STACK
from tests.emulator.in_ministack import RECOVER, Stack
from tests.emulator.state_counts import counted
from tests.emulator.story import STEPS, Outcome
from tools.render import rendered

Story = dict[str, Outcome]
TITLES = [step.title for step in STEPS]
SUCCEEDING = [title for title in TITLES if title != "what fails is rolled back"]
PROVISIONS = [step.title for step in STEPS if step.machine == "provision" and step.title in SUCCEEDING]


def test_the_stack_is_created_whole(stack: Stack) -> None:
    formation = stack.ministack.client("cloudformation")
    (description,) = formation.describe_stacks(StackName=STACK)["Stacks"]
    resources = formation.describe_stack_resources(StackName=STACK)["StackResources"]
    assert description["StackStatus"] == "CREATE_COMPLETE"
    holds = Template(TEMPLATE, "us-east-1", PARAMETERS).resolve.holds
    made = {name for name, each in rendered()["Resources"].items() if holds(each.get("Condition"))}
    assert {each["LogicalResourceId"] for each in resources} == made


@pytest.mark.parametrize("title", SUCCEEDING)
def test_runs_succeed(ministack_story: Story, title: str) -> None:
    outcome = ministack_story[title]
    assert (outcome.status, outcome.error, outcome.cause) == ("SUCCEEDED", None, None)


def test_what_fails_is_rolled_back(ministack_story: Story) -> None:
    before, failed = ministack_story["an existing cluster is adopted"], ministack_story["what fails is rolled back"]
    assert (failed.status, failed.error) == ("FAILED", "ClusterUnusable")
    assert "cluster (broken)" in str(failed.cause)
    assert "rollback: removed" in str(failed.cause)
    assert failed.owned == before.owned


def test_teardown_leaves_nothing(ministack_story: Story) -> None:
    assert ministack_story["an event tears down"].owned
    assert ministack_story["the adopted cluster is let go"].owned == Counter()


@pytest.mark.parametrize("title", PROVISIONS)
def test_the_hand_off_fits_its_schema(ministack_story: Story, title: str) -> None:
    schema = json.loads(Path("docs/schema/provision-output.json").read_text())
    jsonschema.validate(ministack_story[title].output, schema)


@pytest.mark.parametrize("title", TITLES)
def test_both_emulators_enter_the_same_states(ministack_story: Story, sandbox_story: Story, title: str) -> None:
    assert counted(ministack_story[title].entries) == counted(sandbox_story[title].entries)


@pytest.mark.parametrize("title", TITLES)
def test_both_emulators_tell_the_same(ministack_story: Story, sandbox_story: Story, title: str) -> None:
    one, other = ministack_story[title], sandbox_story[title]
    assert (one.status, one.error, one.foreign_changes) == (other.status, other.error, other.foreign_changes)
    assert one.owned == other.owned
    assert _without_drawn(one.output) == _without_drawn(other.output)


DRAWN = {"endpoint", "ipAddress", "serviceId", "serviceName", "first", "summary"}
"""Members that hold what AWS draws: ids, addresses, a label in a cluster's names, the order of listings."""


def _without_drawn(output: Any) -> Any:
    if isinstance(output, dict):
        return {key: _without_drawn(value) for key, value in output.items() if key not in DRAWN}
    if isinstance(output, list):
        return [_without_drawn(each) for each in output]
    return re.sub(r"\bsg-[0-9a-f]{17}\b", "sg-…", output) if isinstance(output, str) else output


# ---- events


def test_an_event_that_is_delivered_again_starts_nothing(stack: Stack, ministack_story: Story) -> None:
    # Given an event whose run has ended
    before = stack.executions()
    delivered = next(
        json.loads(stack.states.describe_execution(executionArn=arn)["input"])
        for arn, machine in before.items()
        if machine == "request"
    )
    # When EventBridge delivers it once more
    again = stack.start("request", "delivered-again", delivered)
    # Then that is a success, and nothing else was started
    assert stack.ended(again)["status"] == "SUCCEEDED"
    assert set(stack.executions()) == {*before, again}


@pytest.mark.parametrize(
    ("source", "kind", "refusals"),
    [
        ("private-connection.request", "reconcile", ["InvalidRequest"]),
        ("private-connection.request", "provision", ["InvalidRequest"]),
        ("somebody", "Provision", []),
    ],
)
def test_other_events_start_no_run(
    stack: Stack, ministack_story: Story, source: str, kind: str, refusals: list[str]
) -> None:
    before = stack.executions()
    stack.publish(Source=source, DetailType=kind, Detail="{}")
    # Given one that is heard, published after it and judged: the other would have been heard by then
    heard = stack.publish(Source="private-connection.request", DetailType="Teardown", Detail="{}")
    teardown = next(arn for arn, machine in stack.machines.items() if machine == "teardown")
    stack.ended(f"{teardown.replace(':stateMachine:', ':execution:')}:{heard}")
    begun = {arn: each for arn, each in stack.executions().items() if arn not in before and each != RECOVER}
    assert Counter(begun.values()) == {"request": 1 + len(refusals), "teardown": 1}
    requests = [stack.ended(arn) for arn, machine in begun.items() if machine == "request"]
    assert [each["error"] for each in requests if each["status"] == "FAILED"] == refusals


def test_nothing_left_this_machine(stack: Stack, ministack_story: Story) -> None:
    """But for the nodes' names, which are looked up on AWS too and were refused here."""
    asked = set(stack.ministack.network_log.read_text().splitlines())
    assert all(line.startswith("socket.getaddrinfo ") and line.endswith(".cache.amazonaws.com") for line in asked)
