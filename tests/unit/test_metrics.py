"""A metric is a line of the log, as CloudWatch reads it."""

import json

import pytest
import time_machine

from private_connection.metrics import count, measure


@time_machine.travel("2026-01-31T12:00:00Z", tick=False)
def test_a_metric_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """CloudWatch user guide, "Specification: Embedded metric format": the members, and their names' case."""
    count("NoticesFailed", 3)
    (line,) = capsys.readouterr().out.splitlines()
    metric = {"Name": "NoticesFailed", "Unit": "Count"}
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1_769_860_800_000,
            "CloudWatchMetrics": [
                {"Namespace": "PrivateConnection", "Dimensions": [["Stack"]], "Metrics": [metric]},
            ],
        },
        "Stack": "private-connection",
        "NoticesFailed": 3,
    }


def test_metrics_of_one_moment_share_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    measure({"Drifted": (0, "Count"), "SweepSeconds": (2.5, "Seconds")})
    (line,) = capsys.readouterr().out.splitlines()
    read = json.loads(line)
    assert read["_aws"]["CloudWatchMetrics"][0]["Metrics"] == [
        {"Name": "Drifted", "Unit": "Count"},
        {"Name": "SweepSeconds", "Unit": "Seconds"},
    ]
    assert (read["Drifted"], read["SweepSeconds"]) == (0, 2.5)
