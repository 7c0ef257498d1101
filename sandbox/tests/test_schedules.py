"""EventBridge Scheduler: the template's schedules start machines while steps make time pass.

Sources: EventBridge Scheduler user guide, "Schedule types" and "Adding context attributes", API reference, Target and
RetryPolicy; SAM specification, ScheduleV2. The scheduler's own event is as tests of public repositories have it.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.account import Account
from sandbox.clock import START
from sandbox.deployment.resolver import TemplateError
from sandbox.runs import RunReport, Start, report
from sandbox.scenarios.scenario import ScenarioReport, carry_out, parse
from sandbox.tests.engine_stage import machine, wait
from sandbox.world import World

Json = Any
SWEEP = machine({"Sweep": {"Type": "Pass", "End": True}})
WORK = machine({"Work": wait("{% $states.input.seconds %}")})
ARN = "arn:aws:scheduler:us-east-1:123456789012:schedule/default"


def scheduled(expression: str = "rate(15 minutes)", **properties: Json) -> Json:
    return {"Type": "ScheduleV2", "Properties": {"ScheduleExpression": expression, **properties}}


def resource(expression: str = "rate(15 minutes)", target: Json = None, **properties: Json) -> Json:
    role = {"Fn::GetAtt": ["Role", "Arn"]}
    given = {
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": {"Ref": "Sweep"}, "RoleArn": role, **(target or {})},
        **properties,
    }
    return {"Type": "AWS::Scheduler::Schedule", "Properties": given}


def written(folder: Path, event: Json = None, sweep: Json = SWEEP, **resources: Json) -> Path:
    """A template of two machines; `event` starts Sweep."""
    for name, definition in (("sweep", sweep), ("work", WORK)):
        (folder / f"{name}.asl.json").write_text(json.dumps(definition))
    machines: Json = {
        name.title(): {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": f"{name}.asl.json"}}
        for name in ("sweep", "work")
    }
    if event is not None:
        machines["Sweep"]["Properties"]["Events"] = {"Often": event}
    parameter = {"On": {"Type": "String", "Default": "yes"}}
    document = {
        "Parameters": parameter,
        "Conditions": {"IsOn": {"Fn::Equals": [{"Ref": "On"}, "yes"]}},
        "Resources": {**machines, "Role": {"Type": "AWS::IAM::Role"}, **resources},
    }
    (folder / "template.yaml").write_text(yaml.safe_dump(document))
    return folder / "template.yaml"


@contextmanager
def opened(folder: Path, event: Json = None, parameters: Json = None, **more: Json) -> Iterator[Account]:
    with Account(World(), seed=1, template=written(folder, event, **more), parameters=parameters) as account:
        yield account


def begun(account: Account) -> list[float]:
    """When the runs that nobody asked for began, in seconds from the beginning."""
    return [run.root.start_date.timestamp() - START for run in account.unasked]


def play(template: Path, *steps: Json) -> ScenarioReport:
    return carry_out(
        parse({"steps": list(steps)}),
        opened=lambda world, seed, parameters: Account(world, seed, template=template, parameters=parameters),
    )


# ---- when


def test_a_rate_fires_at_once_and_at_each_interval_of_the_time_that_is_let_pass(tmp_path: Path) -> None:
    with opened(tmp_path, scheduled()) as account:
        assert begun(account) == [], "no time has passed"
        account.advance(1800)
        assert begun(account) == [0, 900, 1800]
        assert account.clock.now() == START + 1800


def test_a_cron_fires_at_its_moments(tmp_path: Path) -> None:
    with opened(tmp_path, scheduled("cron(5,20 0 * * ? *)")) as account:
        account.advance(3600)
        assert begun(account) == [300, 1200]


def test_a_schedule_fires_beside_a_run_that_goes_on(tmp_path: Path) -> None:
    with opened(tmp_path, scheduled()) as account:
        first, second = account.together([Start("work", {"seconds": 1000}), Start("work", {"seconds": 10})])
        assert begun(account) == [0, 900]
        assert [first.virtual_seconds, second.virtual_seconds, first.started] == [1000, 10, []]


def test_a_schedule_makes_nothing_endless(tmp_path: Path) -> None:
    """A sweep that lasts longer than its interval ends; what was due meanwhile fires once, in the next step."""
    with opened(tmp_path, scheduled("rate(1 minute)"), sweep=machine({"Long": wait(150)})) as account:
        account.advance(60)
        assert (begun(account), account.clock.now() - START) == ([0, 60], 210)
        account.advance(30)
        assert begun(account) == [0, 60, 210, 240]


def test_an_invocation_of_a_function_makes_time_pass_too(tmp_path: Path) -> None:
    with opened(tmp_path, scheduled()) as account:
        account.run("work", {"seconds": 0})
        assert begun(account) == [0]


@pytest.mark.parametrize(("given", "expected"), [("yes", 2), ("no", 0)])
def test_a_schedule_may_be_off(tmp_path: Path, given: str, expected: int) -> None:
    state = {"Fn::If": ["IsOn", "ENABLED", "DISABLED"]}
    with opened(tmp_path, scheduled(State=state), {"On": given}) as account:
        account.advance(900)
        assert len(account.unasked) == expected


@pytest.mark.parametrize(("given", "expected"), [("yes", 2), ("no", 0)])
def test_a_resource_whose_condition_is_false_is_not_made(tmp_path: Path, given: str, expected: int) -> None:
    """CloudFormation user guide, "Conditions": a resource is created only if its condition is true."""
    with opened(tmp_path, parameters={"On": given}, Maybe={**resource(), "Condition": "IsOn"}) as account:
        account.advance(900)
        assert len(account.unasked) == expected


# ---- with what


def only(account: Account) -> RunReport:
    account.advance(0)
    (run,) = account.unasked
    return report(run)


@pytest.mark.parametrize("name", [None, "stack-sweep"])
def test_without_an_input_a_machine_gets_the_schedulers_own_event(tmp_path: Path, name: str | None) -> None:
    with opened(tmp_path, scheduled(**({"Name": name} if name else {}))) as account:
        run = only(account)
    assert (run.run, run.status) == ("sweep", "SUCCEEDED")
    assert len(run.output.pop("id")) == 36
    assert run.output == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [f"{ARN}/{name or 'SweepOften'}"],
        "detail": "{}",
    }


def test_an_input_is_passed_with_what_it_names_of_the_schedule(tmp_path: Path) -> None:
    told = {"all": True, "by": "<aws.scheduler.schedule-arn>", "at": "<aws.scheduler.scheduled-time>"}
    told |= {"attempt": "<aws.scheduler.attempt-number>", "id": "<aws.scheduler.execution-id>"}
    with opened(tmp_path, scheduled(Input=json.dumps(told))) as account:
        output = only(account).output
    assert len(output.pop("id")) == 16
    assert output == {"all": True, "by": f"{ARN}/SweepOften", "at": "2026-01-01T00:00:00Z", "attempt": "1"}


def test_a_schedule_of_its_own_starts_its_target(tmp_path: Path) -> None:
    own = resource(target={"Input": "{}", "RetryPolicy": {"MaximumRetryAttempts": 3}}, Name="mine", GroupName="ours")
    with opened(tmp_path, Mine=own) as account:
        run = only(account)
        assert (run.run, run.output) == ("sweep", {})


def test_each_execution_has_a_name_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path, scheduled("rate(1 minute)")) as account:
        account.advance(600)
        assert len({run.root.name for run in account.unasked}) == 11


# ---- what a scenario reports


def test_each_step_reports_what_started_by_itself_meanwhile(tmp_path: Path) -> None:
    work = {"run": "work", "input": {"seconds": 60}}
    steps = [work, {"advance": 1740}, {"together": [work, work]}, {"advance": 900}]
    played = play(written(tmp_path, scheduled()), *steps)
    run, advance, together, last = json.loads(played.as_json())["steps"]
    assert [each["run"] for each in run["started"]] == ["sweep"]
    assert [(each["run"], each["status"]) for each in advance["started"]] == [("sweep", "SUCCEEDED")] * 2
    assert ("started" in together, list(last)) == (False, ["started", "advance"])
    assert [each.run for each in played.runs] == ["work"] * 3, "those that were asked for"


# ---- what is refused


@pytest.mark.parametrize(
    ("event", "resources", "problem"),
    [
        (scheduled("rate(1 minutes)"), {}, "SweepOften: rate.1 minutes.: the unit of 1 is minute"),
        (scheduled(Input="all"), {}, "SweepOften: the Input of a state machine is JSON"),
        (scheduled(StartDate="2026-01-01T00:00:00Z"), {}, "SweepOften: .* StartDate"),
        (scheduled(ScheduleExpressionTimezone="Europe/Berlin"), {}, "neither time zones"),
        (scheduled(FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5}), {}, "flexible time windows"),
        (scheduled(State="OFF"), {}, "ENABLED or DISABLED, not OFF"),
        (scheduled(State="DISABLED", Input="all"), {}, "the Input of a state machine is JSON"),
        (scheduled(RetryPolicy={"MaximumRetryAttempts": 186}), {}, "MaximumRetryAttempts may not be 186"),
        (scheduled(RetryPolicy={"MaximumEventAgeInSeconds": 59}), {}, "MaximumEventAgeInSeconds may not be 59"),
        (None, {"Mine": resource(FlexibleTimeWindow={"Ref": "AWS::NoValue"})}, "Mine has no FlexibleTimeWindow"),
        (None, {"Mine": resource(target={"RoleArn": {"Ref": "AWS::NoValue"}})}, "there is no RoleArn"),
        (None, {"Mine": resource(target={"Arn": "arn:aws:sqs:::q"})}, "sqs:::q is no state machine"),
        (None, {"Mine": resource(target={"SqsParameters": {}})}, "Mine: .* SqsParameters"),
    ],
)
def test_what_aws_refuses_or_the_sandbox_does_not_carry_out_is_an_error(
    tmp_path: Path, event: Json, resources: Json, problem: str
) -> None:
    with pytest.raises(TemplateError, match=problem), opened(tmp_path, event, **resources):
        pytest.fail("opened")
