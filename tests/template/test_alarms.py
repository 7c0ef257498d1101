"""What fails while nobody waits for it raises an alarm, the first time, and somebody is told."""

import json
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.clock import VirtualClock
from sandbox.deployment.messaging import messaging
from sandbox.deployment.template import Template as Resolved
from sandbox.messaging import Post
from sandbox.metrics import Datum
from tests.alarms import points, state
from tools.deployment import TEMPLATE

Template = dict[str, Any]
ALARM: Final = "AWS::CloudWatch::Alarm"
TOPICS: Final = {"Fn::If": ["HasAlarmTopic", [{"Ref": "Notices"}, {"Ref": "AlarmTopicArn"}], [{"Ref": "Notices"}]]}
DAY: Final = 86_400
LAYER: Final = Path("layers/private_connection/private_connection")
EMAIL: Final = {"NoticeEmail": "somebody@example.com"}


def alarms(template: Template) -> dict[str, Any]:
    return {name: each["Properties"] for name, each in template["Resources"].items() if each["Type"] == ALARM}


@pytest.mark.parametrize(
    ("alarm", "metric", "machine"),
    [
        ("ProvisionFailed", "ExecutionsFailed", "Provision"),
        ("ProvisionTimedOut", "ExecutionsTimedOut", "Provision"),
        ("TeardownFailed", "ExecutionsFailed", "Teardown"),
        ("TeardownTimedOut", "ExecutionsTimedOut", "Teardown"),
        ("RecoverFailed", "ExecutionsFailed", "Recover"),
        ("RecoverTimedOut", "ExecutionsTimedOut", "Recover"),
        ("SweepFailed", "ExecutionsFailed", "Reconcile"),
        ("SweepTimedOut", "ExecutionsTimedOut", "Reconcile"),
        ("RequestNotStarted", "ExecutionsFailed", "Request"),
        ("RequestTimedOut", "ExecutionsTimedOut", "Request"),
        ("RequestAborted", "ExecutionsAborted", "Request"),
    ],
)
def test_a_machine_that_nobody_waits_for_raises_an_alarm(
    template: Template, alarm: str, metric: str, machine: str
) -> None:
    properties = alarms(template)[alarm]
    assert (properties["Namespace"], properties["MetricName"], properties["Statistic"]) == ("AWS/States", metric, "Sum")
    assert properties["Dimensions"] == [{"Name": "StateMachineArn", "Value": {"Ref": machine}}]
    assert (properties["Threshold"], properties["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert properties["TreatMissingData"] == "notBreaching"


def test_a_message_that_could_not_be_delivered_raises_an_alarm(template: dict[str, Any]) -> None:
    resources = template["Resources"]
    written = json.dumps(resources)
    dead = set(
        re.findall(r'"(?:DeadLetterConfig|deadLetterTargetArn)": (?:{"Arn": )?{"Fn::GetAtt": \["(\w+)"', written)
    )
    watched = {
        each["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]: each
        for each in resources.values()
        if each["Type"] == ALARM and each["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert dead == {"UndeliveredNodeEvents", "UndeliveredRequests", "UndeliveredRunEnds"}
    assert dead == watched.keys()
    for queue, alarm in watched.items():
        assert alarm.get("Condition") == resources[queue].get("Condition")
        assert (alarm["Properties"]["Threshold"], alarm["Properties"]["TreatMissingData"]) == (0, "notBreaching")


def test_a_message_is_kept_for_as_long_as_sqs_keeps_one(template: Template) -> None:
    """SQS API reference, SetQueueAttributes: 14 days at most, and 4 where nothing is said."""
    queues = {name: each for name, each in template["Resources"].items() if each["Type"] == "AWS::SQS::Queue"}
    kept = {name: each["Properties"].get("MessageRetentionPeriod") for name, each in queues.items()}
    assert kept == dict.fromkeys(queues, 14 * DAY)


def test_an_event_that_starts_a_machine_and_cannot_is_kept(template: Template) -> None:
    """EventBridge drops what it could not deliver in a day where the target has no dead-letter queue, and at once what
    it lacks a right for (user guide, "Using dead-letter queues to process undelivered events").
    """
    resources = template["Resources"]
    rules = {name: each["Properties"] for name, each in resources.items() if each["Type"] == "AWS::Events::Rule"}
    starting = {name: target for name, each in rules.items() for target in each["Targets"] if "RoleArn" in target}
    assert starting.keys() == {"ReconcileAsked", "RecoverRunEnded", "RequestHeard"}
    for name, target in starting.items():
        queue = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
        (statement,) = resources[f"{queue}Policy"]["Properties"]["PolicyDocument"]["Statement"]
        senders = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
        assert {"Fn::GetAtt": [name, "Arn"]} in (senders if isinstance(senders, list) else [senders])


def test_every_alarm_tells_the_topic_and_that_of_the_user_if_there_is_one(template: Template) -> None:
    assert [name for name, each in alarms(template).items() if each["AlarmActions"] != TOPICS] == []


def test_what_lasts_is_told_when_it_is_over_too(template: Template) -> None:
    lasting = {name for name, each in alarms(template).items() if each["EvaluationPeriods"] > 1}
    assert lasting == {name for name, each in alarms(template).items() if each.get("OKActions") == TOPICS}


def test_no_alarm_has_a_name_that_another_stack_could_have(template: Template) -> None:
    """CloudFormation names those that have none, beginning with the stack's name, as the topic's policy wants it."""
    assert [name for name, each in alarms(template).items() if "AlarmName" in each] == []


def minutes(template: Template) -> list[int]:
    allowed: list[int] = template["Parameters"]["ReconcileMinutes"]["AllowedValues"]
    return allowed


def test_the_interval_in_seconds_is_known_for_each_number_of_minutes(template: Template) -> None:
    seconds = {int(key): each["Seconds"] for key, each in template["Mappings"]["SweepInterval"].items()}
    assert seconds == {each: each * 60 or 900 for each in minutes(template)}


def changes(given: dict[str, Any], counted: Sequence[float]) -> str:
    """The first letters of the states that an alarm changes to, while its metric counts one at each of these seconds.

    It looks at no more periods than it evaluates: CloudWatch does not say how many more it looks at.
    """
    data = [Datum(given["Namespace"], given["MetricName"], {}, "Count", 1, at) for at in counted]
    found = ["OK"]
    for now in range(0, int(counted[-1]) + 3 * given["Period"], max(60, given["Period"] // 15)):
        found.append(state(given, list(points(given, data, now, more=0)), found[-1]))
    return "".join(after[0] for before, after in pairwise(found) if before != after)


@pytest.mark.parametrize("number", [0, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440])
@pytest.mark.parametrize(("alarm", "longest"), [("SweepFailed", 0), ("SweepTimedOut", 3600)])
def test_sweeps_that_fail_one_after_the_other_are_one_mail_and_another_when_it_is_over(
    template: Template, alarm: str, longest: int, number: int
) -> None:
    """Each begins when the schedule lets it after the end of the last one, and takes longer every other time."""
    deployed = Resolved(TEMPLATE, "us-east-1", {"ReconcileMinutes": str(number)})
    given = deployed.resolve(deployed.properties(ALARM)[alarm])
    interval = number * 60 or 900
    ends = [(longest // interval + 1) * interval * each + interval // 3 * (each % 2) for each in range(1, 7)]
    assert changes(given, ends) == "AO"


@pytest.mark.parametrize("number", [0, 5, 10, 15, 20, 30, 60, 120, 180, 360, 720, 1440])
def test_cloudwatch_takes_every_alarm_whatever_the_interval_is(template: Template, number: int) -> None:
    """API reference, PutMetricAlarm: a period is a multiple of a minute. All evaluated ones take at most seven days,
    and a day if they are shorter than an hour.
    """
    assert number in minutes(template)
    deployed = Resolved(TEMPLATE, "us-east-1", {"ReconcileMinutes": str(number)})
    for given in map(deployed.resolve, deployed.properties(ALARM).values()):
        period = given["Period"]
        assert period % 60 == 0
        assert period * given["EvaluationPeriods"] <= (7 * DAY if period >= 3600 else DAY)


def test_missing_sweeps_are_an_alarm_only_while_there_is_a_schedule(template: Template) -> None:
    assert template["Resources"]["SweepsMissing"]["Condition"] == "IsSwept"
    assert "SweepsMissing" not in Resolved(TEMPLATE, "us-east-1").properties(ALARM)


# ------------------------------------------------------------------ the metrics


def own_metrics(template: Template) -> set[str]:
    """The metrics of ours that alarms are about."""
    ours = [each for each in alarms(template).values() if each["Namespace"] == "PrivateConnection"]
    assert all(each["Dimensions"] == [{"Name": "Stack", "Value": {"Ref": "AWS::StackName"}}] for each in ours)
    return {each["MetricName"] for each in ours}


def body(**parameters: str) -> Any:
    """The dashboard's body, as CloudWatch reads it."""
    deployed = Resolved(TEMPLATE, "us-east-1", parameters)
    (dashboard,) = deployed.properties("AWS::CloudWatch::Dashboard").values()
    return json.loads(deployed.resolve(dashboard)["DashboardBody"])


def shown(widgets: list[Any]) -> set[tuple[str, str]]:
    metrics = [one for each in widgets if each["type"] == "metric" for one in each["properties"]["metrics"]]
    return {(one[0], one[1]) for one in metrics}


def test_the_dashboard_shows_the_metrics_that_functions_write(template: Template) -> None:
    code = "".join(path.read_text() for path in LAYER.rglob("*.py"))
    ours = {name for namespace, name in shown(body()["widgets"]) if namespace == "PrivateConnection"}
    assert ours >= own_metrics(template)
    assert {name for name in ours if f'"{name}"' not in code} == set()


@pytest.mark.parametrize("given", [{}, {"ReconcileMinutes": "15"}, {"ReconcileMinutes": "15", "NodeEvents": "true"}])
def test_the_dashboard_shows_every_alarm_that_there_is(given: dict[str, str]) -> None:
    deployed = Resolved(TEMPLATE, "us-east-1", given)
    (widget,) = [each for each in body(**given)["widgets"] if each["type"] == "alarm"]
    expected = {deployed.resolve.arn(name) for name in deployed.properties(ALARM)}
    assert sorted(widget["properties"]["alarms"]) == sorted(expected)


def test_dashboards_of_two_stacks_or_regions_have_two_names(template: Template) -> None:
    """CloudFormation user guide, AWS::CloudWatch::Dashboard: dashboards are global, not of a Region."""
    name = template["Resources"]["Dashboard"]["Properties"]["DashboardName"]
    assert name == {"Fn::Sub": "${AWS::StackName}-${AWS::Region}"}


def test_widgets_do_not_lie_on_each_other() -> None:
    cells = [
        (x, y)
        for each in body()["widgets"]
        for x in range(each["x"], each["x"] + each["width"])
        for y in range(each["y"], each["y"] + each["height"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


# ------------------------------------------------------------------ the topic


def test_nobody_is_subscribed_unless_an_address_is_given() -> None:
    assert Resolved(TEMPLATE, "us-east-1").properties("AWS::SNS::Subscription") == {}
    given = Resolved(TEMPLATE, "us-east-1", EMAIL)
    (subscription,) = map(given.resolve, given.properties("AWS::SNS::Subscription").values())
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "somebody@example.com")


@pytest.mark.parametrize(
    ("address", "fits"),
    [("", True), ("a@b.example", True), ("a.b+c@d.example", True), ("a", False), ("a@b c", False), ("a@b,c@d", False)],
)
def test_an_address_is_one_address(template: Template, address: str, *, fits: bool) -> None:
    pattern = template["Parameters"]["NoticeEmail"]["AllowedPattern"]
    assert (re.fullmatch(pattern, address) is not None) == fits


NOTICES: Final = "arn:aws:sns:us-east-1:123456789012:Notices"
ALARM_OF_OURS: Final = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:sandbox-UnhealthyNodes-1A2B3C"
RULE_OF_OURS: Final = "arn:aws:events:us-east-1:123456789012:rule/sandbox-NoticesOfFailure-1A2B3C"
OURS, ANOTHER = "123456789012", "999988887777"


@pytest.mark.parametrize(
    ("principal", "arn", "account", "published"),
    [
        ("cloudwatch.amazonaws.com", ALARM_OF_OURS, OURS, True),
        ("cloudwatch.amazonaws.com", ALARM_OF_OURS.replace("sandbox-", "payments-"), OURS, False),
        ("cloudwatch.amazonaws.com", ALARM_OF_OURS.replace(OURS, ANOTHER), ANOTHER, False),
        ("cloudwatch.amazonaws.com", None, None, False),
        ("events.amazonaws.com", RULE_OF_OURS, OURS, True),
        ("events.amazonaws.com", RULE_OF_OURS.replace("rule/", "rule/notices/"), OURS, True),
        ("events.amazonaws.com", RULE_OF_OURS.replace(OURS, ANOTHER), ANOTHER, False),
        ("events.amazonaws.com", None, ANOTHER, False),
        ("events.amazonaws.com", None, None, True),
        ("s3.amazonaws.com", ALARM_OF_OURS, OURS, False),
        ("elasticache.amazonaws.com", None, None, False),
    ],
)
def test_alarms_and_rules_of_this_account_publish_and_nobody_else(
    principal: str, arn: str | None, account: str | None, *, published: bool
) -> None:
    """SNS developer guide, "Example cases for Amazon SNS access control" (CloudWatch says which alarm and account);
    EventBridge user guide, "Using resource-based policies for Amazon EventBridge" (no Condition blocks in topic
    policies: it says neither). Both are tried for EventBridge, because nothing is published else.
    """
    deployed = messaging(Resolved(TEMPLATE, "us-east-1"))
    post = Post(deployed, VirtualClock(), 1, 0.0, lambda machine, name, text: None, [])
    context = {"aws:SourceArn": arn, "aws:SourceAccount": account}
    post.publish(NOTICES, "text", principal, {key: each for key, each in context.items() if each is not None})
    assert post.published == [("Notices", "text")] * published


def test_who_gives_a_topic_is_told_what_its_key_has_to_allow(template: Template) -> None:
    """SNS developer guide, "Enable compatibility between event sources from AWS services and encrypted topics"."""
    said = template["Parameters"]["AlarmTopicArn"]["Description"]
    page = Path("docs/troubleshooting.md").read_text()
    section = page.partition("\n## An alarm reached nobody\n")[2].partition("\n## ")[0]
    assert "the policy of its key has to let CloudWatch use the key" in said
    assert "alias/aws/sns" in said
    (statement,) = (json.loads(each) for each in re.findall(r"```json\n(.*?)```", section, re.DOTALL))
    actions = ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert (statement["Principal"], statement["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, actions)


def test_the_topic_has_no_key_that_cloudwatch_may_not_use(template: Template) -> None:
    """AWS re:Post, "Why didn't I receive an SNS notification for my CloudWatch alarm trigger?": CloudWatch cannot use
    the key of AWS's own that SNS has.
    """
    assert not messaging(Resolved(TEMPLATE, "us-east-1")).topics[NOTICES].encrypted


# ------------------------------------------------------------------ the evaluation by which tests judge alarms

THREE_OF_THREE: Final = ("0-X-X", "0----", "-----", "0XX-X", "----X", "X----")
TWO_OF_THREE: Final = ("0-X-X", "00X0X", "0-X--", "----0", "----X")
STATES: Final = {"O": "OK", "A": "ALARM", "R": "former"}


@pytest.mark.parametrize(
    ("rows", "least", "treatment", "expected"),
    [
        (THREE_OF_THREE, 3, "ignore", "OORARR"),
        (THREE_OF_THREE, 3, "breaching", "OOAAAA"),
        (THREE_OF_THREE, 3, "notBreaching", "OOOAOO"),
        (TWO_OF_THREE, 2, "ignore", "AAOOR"),
        (TWO_OF_THREE, 2, "breaching", "AAAAA"),
        (TWO_OF_THREE, 2, "notBreaching", "AAOOO"),
    ],
)
def test_missing_data_is_treated_as_the_tables_of_the_user_guide_say(
    rows: tuple[str, ...], least: int, treatment: str, expected: str
) -> None:
    given = {
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": least,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": treatment,
    }
    values = {"-": None, "0": 0.0, "X": 1.0}
    found = [state(given, [values[each] for each in reversed(row)], "former") for row in rows]
    assert found == [STATES[each] for each in expected]
