"""CloudWatch metrics: what functions write into their logs in the embedded metric format, and how executions end.

CloudWatch Logs extracts metrics from a log line that is a JSON object with `_aws`. One that breaks a rule of the format
gives none, and nobody is told (the account's own metric EMFValidationErrors counts it): such lines are kept in
`refused`, each with the reason.

Sources: CloudWatch user guide, "Specification: Embedded metric format" (the members, a hundred metrics, a hundred
values, thirty dimensions, references to the root's own members, 1 MB) and CloudWatch API reference, MetricDatum (the
units; a moment is at most two weeks old and two hours ahead); Step Functions developer guide, "Monitoring Step
Functions metrics using Amazon CloudWatch" (an execution counts once, as what it ended in).
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from sandbox.clock import VirtualClock

MARK: Final = '"_aws"'
MOST_BYTES: Final = 1024 * 1024
MOST_METRICS: Final = 100
MOST_VALUES: Final = 100
MOST_DIMENSIONS: Final = 30
OLDEST: Final = 14 * 86_400
NEWEST: Final = 2 * 3_600
TEXT: Final = range(1, 256)
"""Characters of a namespace, of a metric's name, and of a dimension's."""
OF_VOLUME: Final = {f"{size}{unit}" for size in ("", "Kilo", "Mega", "Giga", "Tera") for unit in ("bytes", "bits")}
VOLUMES: Final = {each[:1].upper() + each[1:] for each in OF_VOLUME}
UNITS: Final = (
    VOLUMES
    | {f"{each}/Second" for each in VOLUMES}
    | {"Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"}
)
COUNTED: Final = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}
"""The metric that an execution counts in when it has ended so."""
Dimensions = Mapping[str, str]


class EmbeddedMetricError(ValueError):
    """Why CloudWatch Logs extracts no metric from a line."""


@dataclass(frozen=True)
class Datum:
    """A value of a metric. `at` is in seconds since the epoch."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    value: float
    at: float


class Metrics:
    """The account's metrics, in the order in which they came."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.data: list[Datum] = []
        self.refused: list[tuple[str, str]] = []
        """Lines that gave no metric although they have the mark, and why."""

    def of(self, namespace: str, name: str, dimensions: Dimensions) -> list[Datum]:
        """The values of one metric. Those with other dimensions are another metric's."""
        wanted = namespace, name, dimensions
        return [each for each in self.data if (each.namespace, each.name, each.dimensions) == wanted]

    def changed(self, execution: Any) -> None:
        """An execution has started, which counts nothing here, or ended."""
        name = COUNTED.get(execution.status)
        if name is not None:
            machine = {"StateMachineArn": execution.state_machine_arn}
            self.data.append(Datum("AWS/States", name, machine, "Count", 1, self._clock.now()))

    def read(self, line: str) -> None:
        """A line of a function's log."""
        if MARK not in line:
            return
        try:
            self.data += list(extracted(line, self._clock.now()))
        except EmbeddedMetricError as error:
            self.refused.append((line, str(error)))

    def reading(self, logs: Callable[[], TextIO]) -> TextIO:
        """What hands on to the logs, and reads what is written there."""
        return _Reading(self, logs)


class _Reading(io.StringIO):
    """A stream that keeps nothing but the line that is not whole yet."""

    def __init__(self, metrics: Metrics, logs: Callable[[], TextIO]) -> None:
        super().__init__()
        self._metrics = metrics
        self._logs = logs
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._metrics.read(line)
        return self._logs().write(text)

    def flush(self) -> None:
        self._logs().flush()


def extracted(line: str, now: float) -> Iterator[Datum]:
    """The values that a line holds. Raises EmbeddedMetricError if it is no document of the format."""
    try:
        root = json.loads(line)
    except ValueError as error:
        raise EmbeddedMetricError(f"it is no JSON: {error}") from error
    _demand(isinstance(root, dict) and isinstance(root.get("_aws"), dict), "_aws is no member of the root")
    _demand(len(line.encode()) <= MOST_BYTES, f"it has more than {MOST_BYTES} bytes")
    metadata = root["_aws"]
    at, directives = metadata.get("Timestamp"), metadata.get("CloudWatchMetrics")
    _demand(_is_number(at), "Timestamp is no number")
    _demand(-OLDEST <= at / 1000 - now <= NEWEST, "Timestamp is more than two weeks ago, or two hours ahead")
    _demand(isinstance(directives, list), "CloudWatchMetrics is no list")
    for each in directives:
        yield from _of_directive(root, each, at / 1000)


def _of_directive(root: Mapping[str, Any], directive: Any, at: float) -> Iterator[Datum]:
    _demand(isinstance(directive, dict), "a directive is no object")
    namespace, sets, metrics = (directive.get(name) for name in ("Namespace", "Dimensions", "Metrics"))
    _demand(_is_name(namespace), "a Namespace is no name")
    _demand(isinstance(sets, list) and len(sets) > 0, "Dimensions is no list of sets")
    _demand(isinstance(metrics, list) and len(metrics) <= MOST_METRICS, f"Metrics is no list of at most {MOST_METRICS}")
    for keys in sets:
        dimensions = _dimensions(root, keys)
        for metric in metrics:
            name, unit, values = _metric(root, metric)
            yield from (Datum(namespace, name, dimensions, unit, value, at) for value in values)


def _dimensions(root: Mapping[str, Any], keys: Any) -> Dimensions:
    _demand(
        isinstance(keys, list) and len(keys) <= MOST_DIMENSIONS, f"a set has more than {MOST_DIMENSIONS} dimensions"
    )
    for key in keys:
        _demand(_is_name(key) and isinstance(root.get(key), str), f"the dimension {key} is no text at the root")
        _demand(len(root[key]) in range(1, 1025), f"the dimension {key} has no text, or more than 1,024 characters")
    return {key: root[key] for key in keys}


def _metric(root: Mapping[str, Any], metric: Any) -> tuple[str, str, Sequence[float]]:
    _demand(isinstance(metric, dict) and _is_name(metric.get("Name")), "a metric has no name")
    name, unit = metric["Name"], metric.get("Unit", "None")
    given = root.get(name)
    values: list[Any] = given if isinstance(given, list) else [given]
    _demand(all(map(_is_number, values)), f"the metric {name} is no number at the root")
    _demand(len(values) <= MOST_VALUES, f"the metric {name} has more than {MOST_VALUES} values")
    _demand(unit in UNITS, f"CloudWatch knows no unit {unit}")
    return name, unit, values


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) in TEXT


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise EmbeddedMetricError(otherwise)
