"""Scenarios: what they may say, what they report, and what is wrong with the ones that are refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.deployment.resolver import TemplateError
from sandbox.runs import RunReport, ScenarioError
from sandbox.scenarios.scenario import ScenarioReport, carry_out, parse, read, read_json, read_world
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / "small" / "template.yaml"
WORLD: dict[str, Any] = {"latency": {"call": 0, "task": 0, "coldStart": 0}}


def small(world: World, seed: int, parameters: Mapping[str, str]) -> Account:
    return Account(world, seed, template=SMALL, parameters=parameters)


def play(*steps: dict[str, Any], **world: Any) -> ScenarioReport:
    document: dict[str, Any] = {"world": WORLD | world, "steps": list(steps)}
    return carry_out(parse(document), opened=small)


def test_each_step_has_its_entry_and_only_runs_have_a_status() -> None:
    report = json.loads(play({"run": "parent", "input": {"a": 1}}, {"advance": 60}).as_json())
    assert list(report) == ["steps", "owned", "foreignChanges"]
    run, advance = report["steps"]
    assert (run["status"], run["virtualSeconds"], run["apiCalls"]) == ("SUCCEEDED", 130, {})
    assert advance == {"advance": 60}
    assert (report["owned"], report["foreignChanges"]) == ({}, [])


def test_same_is_the_last_input_of_that_machine() -> None:
    report = play(
        {"run": "call", "input": {"function": "Echo", "event": 7}},
        {"run": "parent", "input": {"other": True}},
        {"run": "call", "input": "same"},
    )
    assert [run.output for run in report.runs] == [7, {"child": {"other": True}}, 7]


@pytest.mark.parametrize("input", [None, [], [1], "text", 5, False, {"a": None}])
def test_an_input_may_be_any_json(input: object) -> None:
    run = play({"run": "plain", "input": input}).runs[0]
    assert (run.status, run.output) == ("SUCCEEDED", [input])


def test_an_input_that_is_left_out_is_an_empty_object() -> None:
    assert play({"run": "parent"}).runs[0].output == {"child": {}}


def test_time_passes_between_runs_as_the_scenario_says() -> None:
    read_the_time = {"run": "call", "input": {"function": "sandbox-surroundings", "event": 0}}
    first, second = play(read_the_time, {"advance": 3600}, read_the_time).runs
    assert second.output["time"][0] - first.output["time"][0] == 3601


def test_a_scenario_may_deploy_with_other_parameters_than_the_defaults() -> None:
    opened: list[Account] = []

    def kept(world: World, seed: int, parameters: Mapping[str, str]) -> Account:
        opened.append(small(world, seed, parameters))
        return opened[-1]

    given = {"Greeting": ["hi", "ho"], "Consumer": "arn:aws:iam::444455556666:root"}
    carry_out(parse({"parameters": given, "steps": []}), opened=kept)
    assert opened[0].conditions.consumer == "444455556666"
    assert opened[0].template.resolve.parameter("Greeting") == "hi,ho"


def test_a_parameter_that_the_template_does_not_have_is_refused() -> None:
    with pytest.raises(TemplateError, match="no parameter Nonesuch"):
        carry_out(parse({"parameters": {"Nonesuch": "1"}, "steps": []}), opened=small)


def test_a_stop_and_a_fault_are_carried_out() -> None:
    stopped, failed = play(
        {"run": "parent", "stopAt": {"state": "Before", "when": "after"}},
        {"run": "parent", "faults": [{"function": "echo", "error": "Timeout"}]},
    ).runs
    assert (stopped.status, stopped.virtual_seconds) == ("ABORTED", 30)
    assert (failed.status, failed.error) == ("FAILED", "Sandbox.Timedout")


def test_runs_that_are_started_together_have_one_entry_with_a_report_for_each() -> None:
    first, second = {"run": "parent", "input": {"a": 1}}, {"run": "parent", "input": "same"}
    stopped = {**second, "stopAt": {"state": "After", "when": "before"}}
    report = play({"together": [first, second, stopped], "gaps": [0, 12.5, 0]}, {"run": "parent", "input": "same"})
    entry, alone = json.loads(report.as_json())["steps"]
    assert list(entry) == ["runs"]
    assert [each.keys() for each in entry["runs"]] == [alone.keys()] * 3
    assert [each["status"] for each in entry["runs"]] == ["SUCCEEDED", "SUCCEEDED", "ABORTED"]
    assert [each["output"] for each in entry["runs"][:2]] == [alone["output"]] * 2
    assert [each.name for each in report.runs] == ["parent-1", "parent-2", "parent-3", "parent-4"]


def test_a_run_that_was_stopped_may_be_redriven() -> None:
    stopped = {"run": "parent", "stopAt": {"state": "After", "when": "before"}}
    report = play(stopped, {"run": "plain"}, {"redrive": 0}, {"run": "plain"})
    first, _, again, _ = report.runs
    assert (first.status, again.status, again.name, again.virtual_seconds) == ("ABORTED", "SUCCEEDED", "parent-1", 0)
    with pytest.raises(ScenarioError, match="is SUCCEEDED and cannot be redriven"):
        play({"run": "plain"}, {"redrive": "last"})


CLUSTER = {"id": "orders", "subnets": ["subnet-a"], "securityGroups": ["sg-cache"], "mode": "disabled"}
VPC = {
    "id": "vpc-1",
    "cidr": "10.0.0.0/16",
    "subnets": [{"id": "subnet-a", "cidr": "10.0.0.0/24", "zone": "us-east-1a"}],
}


def test_an_event_is_the_worlds_own_doing() -> None:
    report = play({"event": "kill-node", "node": "orders-001"}, vpcs=[VPC], clusters=[CLUSTER])
    assert report.steps == [{"event": "kill-node", "node": "orders-001"}]
    assert report.foreign_changes == []


OFFERED = {
    "loadBalancers": [{"name": "lb", "subnets": ["subnet-a"]}],
    "endpointServices": [{"loadBalancer": "lb", "principals": ["*"], "connections": [{"id": "vpce-1"}]}],
}


@pytest.mark.parametrize(("world", "owner"), [({}, "111122223333"), ({"consumer": "444455556666"}, "444455556666")])
def test_the_consumer_is_the_worlds_or_else_the_templates(world: dict[str, Any], owner: str) -> None:
    account = small(World.model_validate({**OFFERED, **world}), 1, {})
    with account:
        (found,) = boto3.client("ec2").describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    assert found["VpcEndpointOwner"] == owner


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"steps": [{"run": "parent", "adance": 5}]}, "steps.0.adance"),
        ({"steps": [{"go": "parent"}]}, "exactly one of run, together, redrive, advance, event"),
        ({"steps": [{"run": "parent", "advance": 5}]}, "exactly one of run, together, redrive, advance, event"),
        ({"steps": [{"advance": -1}]}, "greater than or equal to 0"),
        ({"steps": ["run"]}, "exactly one of"),
        ({"steps": [], "wrold": {}}, "wrold"),
        ({"steps": [], "world": {"regoin": "us-east-1"}}, "world.regoin"),
        ({}, "steps"),
        (None, "steps"),
        ([1], "not a scenario"),
        ({"steps": [{"run": "parent", "faults": [{"operation": "elbv2:Creat", "error": "X"}]}]}, "elbv2:Creat"),
        ({"steps": [{"run": "parent", "faults": [{"error": "X"}]}]}, "operation or a function"),
        ({"steps": [{"run": "parent", "stopAt": {"state": "After", "when": "while"}}]}, "steps.0.stopAt.when"),
        ({"steps": [{"redrive": "first"}]}, "steps.0.redrive"),
        ({"steps": [{"together": []}]}, "steps.0.together"),
        ({"steps": [{"together": [{"run": "parent", "adance": 5}]}]}, "steps.0.together.0.adance"),
        ({"steps": [{"together": [{"run": "parent"}], "gaps": [0, 5]}]}, "gaps has 2, and there are 1 runs"),
        ({"steps": [{"together": [{"run": "parent"}] * 2, "gaps": []}]}, "gaps has 0, and there are 2 runs"),
        ({"steps": [{"together": [{"run": "parent"}], "gaps": [-1]}]}, "steps.0.gaps.0"),
    ],
)
def test_a_scenario_that_cannot_be_read_says_where(document: object, problem: str) -> None:
    with pytest.raises(ScenarioError, match=problem):
        parse(document)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"run": "nonesuch"}, "no state machine 'nonesuch'"),
        ({"run": "parent", "input": "same"}, "no earlier input"),
        ({"run": "parent", "stopAt": {"state": "Nowhere"}}, "'Nowhere'"),
        ({"run": "parent", "stopAt": {"state": "Failed"}}, "never reached"),
        ({"redrive": 0}, "no run 0"),
        ({"redrive": "last"}, "no run last"),
        ({"run": "parent", "stopAt": {"state": "Before", "when": "during"}}, "'Before' calls no function"),
        ({"together": [{"run": "parent"}, {"run": "parent", "stopAt": {"state": "Failed"}}]}, "never reached"),
        ({"run": "parent", "faults": [{"operation": "ec2:DescribeVpcs"}]}, "nothing met: ec2:DescribeVpcs"),
        ({"run": "parent", "faults": [{"function": "nonesuch", "error": "Timeout"}]}, "'nonesuch'"),
        ({"event": "rain"}, "rain"),
        ({"event": "kill-node", "node": "nobody"}, "nobody"),
        ({"event": "kill-node", "colour": "red"}, "kill-node"),
    ],
)
def test_a_scenario_that_is_wrong_in_itself_is_refused(step: dict[str, Any], problem: str) -> None:
    with pytest.raises(ScenarioError, match=problem):
        play(step)


def test_what_was_optional_may_stay_unmet() -> None:
    fault = {"operation": "ec2:DescribeVpcs", "optional": True}
    stop = {"state": "Failed", "optional": True}
    assert play({"run": "parent", "faults": [fault], "stopAt": stop}).runs[0].status == "SUCCEEDED"


def test_files_are_read_or_named(tmp_path: Path) -> None:
    good, bad, dated = tmp_path / "good.yaml", tmp_path / "bad.yaml", tmp_path / "dated.yaml"
    good.write_text("world: {region: us-west-1}\nsteps: [{run: parent, input: {a: null}}]\n")
    bad.write_text("steps: [")
    dated.write_text("steps: [{run: parent, input: {on: 2026-01-01}}]\n")
    assert read(good).world.region == "us-west-1"
    assert read_world(good).region == "us-west-1"
    for file, problem in ((bad, "bad.yaml"), (dated, "JSON cannot say"), (tmp_path / "none.yaml", "none.yaml")):
        with pytest.raises(ScenarioError, match=problem):
            read(file)
    with pytest.raises(ScenarioError, match=r"bad\.yaml"):
        read_json(bad)


def test_a_world_may_stand_alone_in_its_file(tmp_path: Path) -> None:
    file = tmp_path / "world.yaml"
    file.write_text("region: eu-central-1\n")
    assert read_world(file).region == "eu-central-1"
    file.write_text("")
    assert read_world(file) == World()


def test_a_region_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ScenarioError, match="Atlantis"):
        play({"run": "parent"}, region="Atlantis")


def test_a_report_keeps_runs_as_reports() -> None:
    assert isinstance(play({"run": "parent"}).steps[0], RunReport)
