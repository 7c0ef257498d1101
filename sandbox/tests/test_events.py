"""EventBridge: what happens to executions, and what is put on a bus, starts the machines that rules name.

Sources: Step Functions developer guide, "Automating Step Functions event delivery with EventBridge"; EventBridge events
reference, "AWS Step Functions events"; EventBridge user guide, "Event bus targets" and "Event pattern operators"; Step
Functions developer guide, "Redriving executions" (which executions can be redriven).
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from sandbox.account import Account
from sandbox.clock import START
from sandbox.deployment.resolver import TemplateError
from sandbox.events import MOST_ESCAPED
from sandbox.faults import Fault
from sandbox.runs import RunReport, ScenarioError, Start, StopAt
from sandbox.stepfunctions.seams import InvalidDefinition
from sandbox.tests.engine_stage import machine, nested, wait
from sandbox.world import World

Json = Any
ARN = "arn:aws:states:us-east-1:123456789012"
START_TIME = "2026-01-01T00:00:10Z"
CHOICES = [
    {"Condition": "{% $exists($states.input.end) and $states.input.end = 'fail' %}", "Next": "No"},
    {"Condition": "{% $exists($states.input.end) and $states.input.end = 'time out' %}", "Next": "Long"},
]
WORK = machine(
    {
        "Begin": wait(10, Next="How?"),
        "How?": {"Type": "Choice", "Choices": CHOICES, "Default": "Done"},
        "Long": wait(1000),
        "No": {"Type": "Fail", "Error": "Told", "Cause": "to fail"},
        "Done": {"Type": "Succeed", "Output": {"done": True}},
    },
    TimeoutSeconds=60,
)
HEED = machine({"Heed": {"Type": "Pass", "End": True}})
OUTER = machine(
    {
        "Nested": nested(f"{ARN}:stateMachine:Work", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]),
        "Caught": {"Type": "Succeed"},
    }
)
DIED = {
    "source": ["aws.states"],
    "detail-type": ["Step Functions Execution Status Change"],
    "detail": {"stateMachineArn": [{"Ref": "Work"}], "status": ["ABORTED", "FAILED", "TIMED_OUT"]},
}


def rule(pattern: Json = DIED, target: Json = None, **properties: Json) -> Json:
    arn, role = {"Ref": "Heed"}, {"Fn::GetAtt": ["Role", "Arn"]}
    targets = [{"Arn": arn, "Id": "heed", "RoleArn": role, "InputPath": "$.detail", **(target or {})}]
    return {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": pattern, "Targets": targets, **properties}}


WAITING: Json = {"Statement": [{"Effect": "Allow", "Action": ["events:*", "states:*"], "Resource": "*"}]}
"""What a machine needs that waits for another one."""


def heard(**properties: Json) -> Json:
    return {"Heard": {"Type": "EventBridgeRule", "Properties": properties}}


@contextmanager
def opened(
    folder: Path, events: Json = None, world: Json = None, outer: Json = OUTER, **rules: Json
) -> Iterator[Account]:
    machines = {"work": WORK, "heed": HEED, "outer": outer}
    for name, definition in machines.items():
        (folder / f"{name}.asl.json").write_text(json.dumps(definition))
    resources = {
        name.title(): {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": f"{name}.asl.json"}}
        for name in machines
    }
    resources["Outer"]["Properties"] |= {"Policies": [WAITING]}  # type: ignore[operator]  # properties are a mapping
    if events:
        resources["Heed"]["Properties"] |= {"Events": events}  # type: ignore[operator]
    text = yaml.safe_dump({"Resources": {**resources, "Role": {"Type": "AWS::IAM::Role"}, **rules}})
    (folder / "template.yaml").write_text(text)
    with Account(World.model_validate(world or {}), seed=1, template=folder / "template.yaml") as account:
        yield account


def started(report: RunReport) -> list[tuple[str, str]]:
    return [(each.run, each.status) for each in report.started]


ENDS = {
    "done": ("SUCCEEDED", 10, None, None),
    "fail": ("FAILED", 10, "Told", "to fail"),
    "time out": ("TIMED_OUT", 60, None, None),
}


@pytest.mark.parametrize("end", ENDS)
def test_an_execution_that_ends_is_an_event_that_starts_a_machine(tmp_path: Path, end: str) -> None:
    status, seconds, error, cause = ENDS[end]
    pattern = {**DIED, "detail": {"status": [status], "stateMachineArn": [{"Ref": "Work"}]}}
    with opened(tmp_path, Died=rule(pattern)) as account:
        report = account.run("work", {"end": end}, name="w")
    (heeded,) = report.started
    redrivable = end != "done"
    assert heeded.output == {
        "executionArn": f"{ARN}:execution:Work:w",
        "stateMachineArn": f"{ARN}:stateMachine:Work",
        "name": "w",
        "status": status,
        "startDate": START * 1000,
        "stopDate": (START + seconds) * 1000,
        "input": f'{{"end": "{end}"}}',
        "inputDetails": {"included": True},
        "output": None if redrivable else '{"done":true}',
        "outputDetails": None if redrivable else {"included": True},
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "REDRIVABLE" if redrivable else "NOT_REDRIVABLE",
        "redriveStatusReason": None if redrivable else "Execution is SUCCEEDED and cannot be redriven.",
        "error": error,
        "cause": cause,
    }


def test_an_execution_that_is_stopped_is_an_event_too(tmp_path: Path) -> None:
    with opened(tmp_path, Died=rule()) as account:
        report = account.run("work", {}, stop_at=StopAt(state="Begin", when="before"))
    assert report.started[0].output["status"] == "ABORTED"
    assert report.virtual_seconds == 0, "the report is of the stop's moment"


def test_the_event_of_a_stop_has_its_error_and_its_cause(tmp_path: Path) -> None:
    with opened(tmp_path, Died=rule()) as account:
        stop = {"executionArn": f"{ARN}:execution:Work:work-1", "error": "Mine", "cause": "why"}
        account.clock.call_at(START + 5, lambda: boto3.client("stepfunctions").stop_execution(**stop))  # type: ignore[arg-type]
        (heeded,) = account.run("work", {}).started
    assert [heeded.output[key] for key in ("status", "error", "cause")] == ["ABORTED", "Mine", "why"]


def test_a_nested_execution_that_ends_is_an_event_too(tmp_path: Path) -> None:
    with opened(tmp_path, Died=rule()) as account:
        report = account.run("outer", {"end": "fail"}, name="o")
    assert (report.status, report.virtual_seconds) == ("SUCCEEDED", 10)
    assert [each.output["name"] for each in report.started] == ["of-o"]


def test_an_event_arrives_a_moment_later_as_a_whole(tmp_path: Path) -> None:
    with opened(tmp_path, Died=rule(target={"InputPath": "$"}), world={"latency": {"event": 2.5}}) as account:
        report = account.run("work", {"end": "fail"}, name="w")
        run = account.runs[0].started[0]
        assert run.root.start_date.timestamp() == START + 10 + 2.5
    event = report.started[0].output
    assert event.pop("detail")["name"] == "w"
    identifier = event.pop("id")
    assert report.started[0].name.startswith(f"{identifier}_")
    assert event == {
        "version": "0",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "123456789012",
        "time": "2026-01-01T00:00:10Z",
        "region": "us-east-1",
        "resources": [f"{ARN}:execution:Work:w"],
    }


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"status": ["SUCCEEDED"]}, 0),
        ({"status": ["RUNNING"]}, 1),
        ({"status": [{"prefix": "FAIL"}], "name": [{"anything-but": ["w"]}]}, 0),
        ({"status": [{"prefix": "FAIL"}], "name": [{"anything-but": ["v"]}]}, 1),
        ({"status": ["FAILED"], "error": [{"exists": False}]}, 0),
        ({"status": ["FAILED"], "stateMachineArn": [{"Ref": "Heed"}]}, 0),
    ],
)
def test_a_rule_hears_what_its_pattern_says(tmp_path: Path, detail: Json, expected: int) -> None:
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [{"Ref": "Work"}], **detail}}
    with opened(tmp_path, Died=rule(pattern)) as account:
        assert len(account.run("work", {"end": "fail"}, name="w").started) == expected


@pytest.mark.parametrize(("state", "expected"), [("DISABLED", 0), ("ENABLED", 1)])
def test_a_disabled_rule_hears_nothing(tmp_path: Path, state: str, expected: int) -> None:
    with opened(tmp_path, Died=rule(State=state)) as account:
        assert len(account.run("work", {"end": "fail"}).started) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [({"InputPath": "$.detail.name"}, "w"), ({"Input": '{"always": 1}'}, {"always": 1})],
)
def test_a_target_is_given_a_part_of_the_event_or_a_constant(tmp_path: Path, target: Json, expected: Json) -> None:
    changed = rule(target=target)
    if "Input" in target:
        del changed["Properties"]["Targets"][0]["InputPath"]
    with opened(tmp_path, Died=changed) as account:
        assert account.run("work", {"end": "fail"}, name="w").started[0].output == expected


def transformed(template: str, **paths: str) -> Json:
    """A rule whose target is told what a template makes of the event."""
    changed = rule(target={"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}})
    del changed["Properties"]["Targets"][0]["InputPath"]
    return changed


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{"name": <n>, "said": "<n> is <s>"}', {"name": "w", "said": "w is FAILED"}),
        ('{"details": <d>, "there": <t>, "not": "<t>"}', {"details": {"included": True}, "there": None, "not": ""}),
        ('"<n> is <s>"', "w is FAILED"),
        ('{"by": "<aws.events.rule-name>", "at": <aws.events.event.ingestion-time>}', {"by": "Died", "at": START_TIME}),
    ],
)
def test_a_target_is_told_what_a_template_makes_of_the_event(tmp_path: Path, template: str, expected: Json) -> None:
    """User guide, "Amazon EventBridge input transformation": variables in and out of quotes, and predefined ones."""
    paths = {"n": "$.detail.name", "s": "$.detail.status", "d": "$.detail.inputDetails", "t": "$.detail.nothing"}
    with opened(tmp_path, Died=transformed(template, **paths)) as account:
        assert account.run("work", {"end": "fail"}, name="w").started[0].output == expected


def topic_policy(**condition: Json) -> Json:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": {"Ref": "Topic"},
        "Condition": {"ArnEquals": condition or {"aws:SourceArn": {"Fn::GetAtt": ["Died", "Arn"]}}},
    }
    properties = {"Topics": [{"Ref": "Topic"}], "PolicyDocument": {"Statement": [statement]}}
    return {"Type": "AWS::SNS::TopicPolicy", "Properties": properties}


TELLING = {
    "Type": "AWS::Events::Rule",
    "Properties": {
        "EventPattern": DIED,
        "Targets": [
            {
                "Arn": {"Ref": "Topic"},
                "Id": "people",
                "InputTransformer": {"InputPathsMap": {"n": "$.detail.name"}, "InputTemplate": '"It is <n>."'},
            }
        ],
    },
}


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(topic_policy(), [("Topic", '"It is w."')]), (topic_policy(**{"aws:SourceArn": "arn:aws:events:::rule/x"}), [])],
)
def test_a_rule_publishes_to_a_topic_that_lets_it(tmp_path: Path, policy: Json, expected: Json) -> None:
    """User guide, "Using resource-based policies for Amazon EventBridge": the topic's policy lets the rule publish."""
    topic: Json = {
        "Type": "AWS::SNS::Topic",
        "Properties": {"Subscription": [{"Protocol": "email", "Endpoint": "a@b"}]},
    }
    with opened(tmp_path, Died=TELLING, Topic=topic, Policy=policy) as account:
        report = account.run("work", {"end": "fail"}, name="w")
        assert (report.started, account.post.published) == ([], expected)


@pytest.mark.parametrize(("deliveries", "expected"), [(0, []), (1, [1.0]), (2, [1.0, 2.0])])
def test_an_event_arrives_as_often_as_the_world_says(tmp_path: Path, deliveries: int, expected: list[float]) -> None:
    with opened(tmp_path, Died=rule(), world={"eventDeliveries": deliveries}) as account:
        report = account.run("work", {"end": "fail"})
        begun = [run.root.start_date.timestamp() - START - 10 for run in account.runs[0].started]
    assert begun == expected
    assert started(report) == [("heed", "SUCCEEDED")] * deliveries
    assert len({each.name for each in report.started}) == deliveries


def test_runs_beside_each_other_have_what_was_started_because_of_each(tmp_path: Path) -> None:
    with opened(tmp_path, Died=rule()) as account:
        reports = account.together([Start("work", {}), Start("work", {"end": "fail"})])
    assert [started(each) for each in reports] == [[], [("heed", "SUCCEEDED")]]
    assert [each.state_transitions for each in reports] == [3, 3], "what is started because of a run is no part of it"


def test_an_input_that_does_not_fit_is_left_out(tmp_path: Path) -> None:
    """Developer guide, "Automating Step Functions event delivery with EventBridge": above 248 KB, escaped."""
    quotes = '"' * (MOST_ESCAPED // 4 - 20)  # four bytes each: escaped in the input, and again in the event
    with opened(tmp_path, Died=rule()) as account:
        fits, large = (
            account.run("work", {"end": "fail", "x": text}).started[0].output for text in (quotes, quotes + '"' * 20)
        )
    assert (fits["input"][:6], fits["inputDetails"]) == ('{"end"', {"included": True})
    assert (large["input"], large["inputDetails"]) == (None, {"included": False})


def test_rules_that_start_each_other_without_end_are_a_mistake(tmp_path: Path) -> None:
    pattern = {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}}
    with (
        opened(tmp_path, Died=rule(pattern)) as account,
        pytest.raises(ScenarioError, match="heed is started again and again"),
    ):
        account.run("work", {})


# ---- events that somebody puts


def ordered(**changes: Json) -> Json:
    return {"Source": "shop", "DetailType": "Ordered", "Detail": '{"n": 1}', **changes}


def heeded(account: Account) -> list[Json]:
    """The outputs of the executions of Heed."""
    return [each.output for arn, each in account.interpreter.executions.items() if ":Heed:" in arn]


def test_an_event_that_is_put_on_a_bus_starts_what_listens_there(tmp_path: Path) -> None:
    """API reference, PutEvents: a bus is named by its name or its ARN."""
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/orders"
    events = heard(Pattern={"source": ["shop"]}, EventBusName="orders", InputPath="$.detail")
    with opened(tmp_path, events) as account:
        for name, source in ((bus, "shop"), ("orders", "other"), ("default", "shop")):
            boto3.client("events").put_events(Entries=[ordered(Source=source, EventBusName=name)])
        account.clock.run()
        assert heeded(account) == [{"n": 1}]
        assert [(each.bus, each.event["source"], each.rules) for each in account.bus.taken] == [
            ("orders", "shop", ("HeedHeard",)),
            ("orders", "other", ()),
            ("default", "shop", ()),
        ]


def test_an_event_is_as_its_entry_says(tmp_path: Path) -> None:
    """User guide, "Events in Amazon EventBridge": the structure of an event."""
    entry = ordered(Time="2026-01-01T00:00:05Z", Resources=["a"])
    with opened(tmp_path, heard(Pattern={"detail-type": ["Ordered"]})) as account:
        answer = boto3.client("events").put_events(Entries=[entry])
        account.clock.run()
        assert heeded(account) == [
            {
                "version": "0",
                "id": answer["Entries"][0]["EventId"],
                "detail-type": "Ordered",
                "source": "shop",
                "account": "123456789012",
                "time": "2026-01-01T00:00:05Z",
                "region": "us-east-1",
                "resources": ["a"],
                "detail": {"n": 1},
            }
        ]


def test_an_entry_that_fails_is_told_and_puts_nothing(tmp_path: Path) -> None:
    with opened(tmp_path, heard(Pattern={"source": ["shop"]}, InputPath="$.detail")) as account:
        answer = boto3.client("events").put_events(Entries=[ordered(Detail="[]"), ordered(Detail='{"n": 2}')])
        account.clock.run()
        assert (answer["FailedEntryCount"], heeded(account)) == (1, [{"n": 2}])
        assert len(account.bus.taken) == 1


def putting(*entries: Json, **fields: Json) -> Json:
    """A machine that puts events by itself."""
    resource, arguments = "arn:aws:states:::events:putEvents", {"Entries": list(entries)}
    put = {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}
    caught = {"Caught": {"Type": "Succeed"}} if "Catch" in fields else {}
    return machine({"Put": put, **caught})


def test_a_machine_puts_events_by_itself(tmp_path: Path) -> None:
    """Step Functions developer guide, "Add EventBridge events with Step Functions": the resources, and a detail that is
    an object."""
    put = putting(ordered(Detail={"n": "{% $states.input.n %}"}, EventBusName="orders"))
    recorded: list[tuple[str, str, str]] = []
    events = heard(Pattern={"source": ["shop"]}, EventBusName="orders")
    with opened(tmp_path, events, outer=put) as account:
        account.interpreter.callers.append(lambda *call: recorded.append(call))
        report = account.run("outer", {"n": 7}, name="o")
    assert (report.status, report.output["FailedEntryCount"]) == ("SUCCEEDED", 0)
    assert report.output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    (event,) = (each.output for each in report.started)
    assert event["id"] == report.output["Entries"][0]["EventId"]
    assert (event["detail"], event["resources"]) == (
        {"n": 7},
        [f"{ARN}:stateMachine:Outer", f"{ARN}:execution:Outer:o"],
    )
    assert recorded == [("Outer", "events:PutEvents", "arn:aws:events:us-east-1:123456789012:event-bus/orders")]


def test_a_machine_whose_entry_fails_meets_an_error(tmp_path: Path) -> None:
    catch = [{"ErrorEquals": ["EventBridge.FailedEntry"], "Next": "Caught", "Output": "{% $states.errorOutput %}"}]
    with opened(tmp_path, outer=putting(ordered(Detail="[]"), ordered(), Catch=catch)) as account:
        report = account.run("outer", {})
        assert len(account.bus.taken) == 1
    assert report.output["Error"] == "EventBridge.FailedEntry"
    told = json.loads(report.output["Cause"])
    assert (told["FailedEntryCount"], told["Entries"][0]["ErrorCode"]) == (1, "MalformedDetail")


@pytest.mark.parametrize(("code", "error"), [("ThrottlingException", "Throttling"), ("InternalError", "InternalError")])
def test_a_request_that_eventbridge_refuses_can_be_caught(tmp_path: Path, code: str, error: str) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught", "Output": "{% $states.errorOutput %}"}]
    refused = Fault(operation="events:PutEvents", error=code, times=9)
    with opened(tmp_path, outer=putting(ordered(), Catch=catch)) as account:
        report = account.run("outer", {}, faults=[refused])
        assert account.bus.taken == []
    assert report.output["Error"] == f"EventBridge.{error}Exception"
    assert "was told to answer" in report.output["Cause"]


def test_a_machine_puts_nothing_but_entries(tmp_path: Path) -> None:
    put = putting(ordered())
    put["States"]["Put"]["Arguments"]["Endpoint"] = "e"
    with pytest.raises(InvalidDefinition, match=r'\\"Endpoint\\" is not supported'), opened(tmp_path, outer=put):
        pytest.fail("opened")


# ---- what is not carried out


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (rule(ScheduleExpression="rate(1 day)"), "Died: .* ScheduleExpression"),
        (rule(pattern=None), "no event pattern"),
        (rule(pattern={"source": "aws.states"}), "'source' must be an object or an array"),
        (transformed("{because}"), "Died, target heed: the InputTemplate is no JSON"),
        (rule(target={"Arn": "arn:aws:sns:us-east-1:123456789012:topic"}), "topic is no state machine and no topic"),
        (rule(target={"RoleArn": {"Ref": "AWS::NoValue"}}), "no RoleArn"),
        (rule(target={"InputPath": "$.detail[0]"}), "InputPath"),
        (rule(target={"Input": "{}"}), "both Input and InputPath"),
        (rule(target={"InputTransformer": {"InputTemplate": "{}"}}), "both InputPath and InputTransformer"),
    ],
)
def test_what_the_sandbox_does_not_carry_out_is_an_error(tmp_path: Path, given: Json, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem), opened(tmp_path, Died=given):
        pytest.fail("opened")


def test_an_event_of_another_type_is_an_error(tmp_path: Path) -> None:
    with (
        pytest.raises(TemplateError, match=r"HeedNow.* type Schedule"),
        opened(tmp_path, {"Now": {"Type": "Schedule"}}),
    ):
        pytest.fail("opened")


def test_a_part_that_an_event_does_not_have_is_an_error(tmp_path: Path) -> None:
    with (
        opened(tmp_path, Died=rule(target={"InputPath": "$.detail.nothing"})) as account,
        pytest.raises(TemplateError, match=r"nothing at detail\.nothing"),
    ):
        account.run("work", {"end": "fail"})
