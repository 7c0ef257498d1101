"""What fails while nobody waits for it raises an alarm, the first time."""

import json
import re
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("alarm", "metric", "machine"),
    [
        ("RecoverFailed", "ExecutionsFailed", "Recover"),
        ("RecoverTimedOut", "ExecutionsTimedOut", "Recover"),
        ("SweepFailed", "ExecutionsFailed", "Reconcile"),
    ],
)
def test_a_machine_that_nobody_waits_for_raises_an_alarm(
    template: dict[str, Any], alarm: str, metric: str, machine: str
) -> None:
    properties = template["Resources"][alarm]["Properties"]
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
    alarms = [each for each in resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    watched = {
        each["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]: each
        for each in alarms
        if each["Properties"]["MetricName"] == "ApproximateNumberOfMessagesVisible"
    }
    assert dead == {"UndeliveredNodeEvents", "UndeliveredRequests"}
    assert dead == watched.keys()
    for queue, alarm in watched.items():
        assert alarm.get("Condition") == resources[queue].get("Condition")
        assert (alarm["Properties"]["Threshold"], alarm["Properties"]["TreatMissingData"]) == (0, "notBreaching")
