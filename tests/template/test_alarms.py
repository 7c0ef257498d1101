"""What fails while nobody waits for it raises an alarm, the first time."""

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
