"""Metrics: what the sandbox extracts from the logs of functions, and what it does not.

Sources: CloudWatch user guide, "Specification: Embedded metric format"; Step Functions developer guide, "Monitoring
Step Functions metrics using Amazon CloudWatch".
"""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.clock import VirtualClock
from sandbox.metrics import Datum, Metrics
from sandbox.world import World

Json = Any
NOW: Final = 1_700_000_000.0
MACHINE: Final = "arn:aws:states:us-east-1:123456789012:stateMachine:Import"
CODE: Final = """
import json, sys, time

def lambda_handler(event, context):
    print("begins")
    sys.stdout.write(json.dumps({"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
        {"Namespace": "Shop", "Dimensions": [["Stack"]], "Metrics": [{"Name": "Rows", "Unit": "Count"}]}]},
        "Stack": "one", "Rows": event["rows"]}))
    print()
    if event["rows"] < 0:
        raise ValueError("no such file")
    return {}
"""


def document(**changes: Json) -> Json:
    directive = {"Namespace": "Shop", "Dimensions": [["Stack"]], "Metrics": [{"Name": "Rows", "Unit": "Count"}]}
    metadata = {"Timestamp": NOW * 1000, "CloudWatchMetrics": [directive]}
    return {"_aws": metadata, "Stack": "one", "Rows": 3, **changes}


def metadata(**changes: Json) -> Json:
    return document(_aws={**document()["_aws"], **changes})


def directive(**changes: Json) -> Json:
    return metadata(CloudWatchMetrics=[{**document()["_aws"]["CloudWatchMetrics"][0], **changes}])


def read(*lines: str) -> Metrics:
    clock = VirtualClock()
    clock.now = lambda: NOW  # type: ignore[method-assign]  # the moment is what is tried
    metrics = Metrics(clock)
    for line in lines:
        metrics.read(line)
    return metrics


def datum(value: float, **changes: Json) -> Datum:
    given = {"namespace": "Shop", "name": "Rows", "dimensions": {"Stack": "one"}, "unit": "Count", "at": NOW}
    return Datum(**{**given, "value": value, **changes})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (document(), [datum(3)]),
        (document(requestId="r-1", nested={"a": 1}), [datum(3)]),
        (document(Rows=[1, 2.5]), [datum(1), datum(2.5)]),
        (document(Rows=[]), []),
        (directive(Dimensions=[[], ["Stack"]]), [datum(3, dimensions={}), datum(3)]),
        (directive(Metrics=[{"Name": "Rows"}]), [datum(3, unit="None")]),
        (metadata(Timestamp=(NOW - 60) * 1000), [datum(3, at=NOW - 60)]),
    ],
)
def test_a_document_of_the_format_holds_metrics(given: Json, expected: list[Datum]) -> None:
    metrics = read(json.dumps(given))
    assert (metrics.data, metrics.refused) == (expected, [])


@pytest.mark.parametrize("line", ["done: 3 rows", '{"message": "done"}', ""])
def test_what_has_not_the_mark_is_a_line_of_a_log_and_nothing_more(line: str) -> None:
    metrics = read(line)
    assert (metrics.data, metrics.refused) == ([], [])


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ('2026-01-01T00:00:00Z INFO {"_aws": {}}', "no JSON"),
        ('{"message": {"_aws": {}}}', "no member of the root"),
        (metadata(Timestamp="now"), "Timestamp is no number"),
        (metadata(Timestamp=(NOW - 15 * 86_400) * 1000), "two weeks ago"),
        (metadata(Timestamp=(NOW + 3 * 3_600) * 1000), "two hours ahead"),
        (metadata(CloudWatchMetrics={}), "CloudWatchMetrics is no list"),
        (directive(Namespace=""), "a Namespace is no name"),
        (directive(Dimensions=[]), "no list of sets"),
        (directive(Dimensions=[["Service"]]), "the dimension Service is no text at the root"),
        (directive(Dimensions=[[f"d{each}" for each in range(31)]]), "more than 30 dimensions"),
        (document(Stack=""), "the dimension Stack has no text"),
        (directive(Metrics=[{"Name": "Rows"}] * 101), "no list of at most 100"),
        (directive(Metrics=[{"Unit": "Count"}]), "a metric has no name"),
        (directive(Metrics=[{"Name": "Rows", "Unit": "Rows"}]), "CloudWatch knows no unit Rows"),
        (document(Rows="3"), "the metric Rows is no number"),
        (document(Rows=True), "the metric Rows is no number"),
        (document(Rows=[1] * 101), "more than 100 values"),
        (document(more="x" * 1024 * 1024), "more than 1048576 bytes"),
    ],
)
def test_a_document_that_breaks_a_rule_gives_no_metric_and_says_why(given: Json, reason: str) -> None:
    line = given if isinstance(given, str) else json.dumps(given)
    metrics = read(line)
    assert metrics.data == []
    ((refused, why),) = metrics.refused
    assert (refused, reason in why) == (line, True), why


def resources() -> Json:
    return {
        "Count": {
            "Type": "AWS::Serverless::Function",
            "Properties": {"CodeUri": "count", "Handler": "app.lambda_handler", "Runtime": "python3.13"},
        },
        "Import": {"Type": "AWS::Serverless::StateMachine", "Properties": {"DefinitionUri": "import.asl.json"}},
    }


@pytest.fixture
def template(tmp_path: Path) -> Path:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "Count", "Payload": "{% $states.input %}"},
        "End": True,
    }
    definition = {"QueryLanguage": "JSONata", "StartAt": "Count", "States": {"Count": task}}
    (tmp_path / "count").mkdir()
    (tmp_path / "count" / "app.py").write_text(CODE)
    (tmp_path / "import.asl.json").write_text(json.dumps(definition))
    (tmp_path / "template.yaml").write_text(json.dumps({"Resources": resources()}))
    return tmp_path / "template.yaml"


def test_what_a_function_prints_is_a_metric_and_stays_in_its_log(template: Path) -> None:
    logs = io.StringIO()
    with Account(World(), template=template, logs=logs) as account:
        account.run("import", {"rows": 3})
        account.advance(60)
        account.run("import", {"rows": 4})
        first, second = account.metrics.of("Shop", "Rows", {"Stack": "one"})
        others = account.metrics.of("Shop", "Rows", {})
    assert ((first.value, second.value), others) == ((3, 4), [])
    assert second.at - first.at >= 60
    assert logs.getvalue().splitlines()[0] == "begins"
    assert json.loads(logs.getvalue().splitlines()[1])["Rows"] == 3


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (lambda account: account.run("import", {"rows": 1}), "ExecutionsSucceeded"),
        (lambda account: account.run("import", {"rows": -1}), "ExecutionsFailed"),
    ],
)
def test_an_execution_counts_as_what_it_ended_in(template: Path, start: Callable[[Account], object], name: str) -> None:
    with Account(World(), template=template, logs=io.StringIO()) as account:
        start(account)
        counted = [each for each in account.metrics.data if each.namespace == "AWS/States"]
        ended = account.clock.now()
    assert [(each.name, each.dimensions, each.value) for each in counted] == [(name, {"StateMachineArn": MACHINE}, 1)]
    assert counted[0].at == pytest.approx(ended, abs=1)
