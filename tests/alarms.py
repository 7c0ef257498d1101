"""The state that CloudWatch gives an alarm of the template, by the metrics of a sandbox.

Source: CloudWatch user guide, "Using Amazon CloudWatch alarms" and "How alarm state is evaluated when data is missing".
An alarm looks at some more periods than it evaluates. Where enough of them have data the latest of these decide, else
the missing ones are filled in, as few as possible. How many more it looks at depends on the period and is not said; the
guide's example has two for an alarm of three. A period is taken to end at the moment at which the alarm is evaluated.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sandbox.account import Account
from sandbox.metrics import Datum

MORE_PERIODS: Final = 2
STATISTICS: Final = {"Sum": sum, "Minimum": min, "Maximum": max, "SampleCount": len}
BREACHES: Final = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
}


def properties(account: Account, alarm: str) -> Mapping[str, Any] | None:
    """The properties of an alarm of the account's template; null where its condition does not hold."""
    found = account.template.properties("AWS::CloudWatch::Alarm")
    return account.template.resolve(found[alarm]) if alarm in found else None


def state_of(account: Account, alarm: str, former: str = "INSUFFICIENT_DATA") -> str | None:
    """The state that an alarm has now if it was in ``former``; null for one that is not made."""
    given = properties(account, alarm)
    if given is None:
        return None
    dimensions = {each["Name"]: each["Value"] for each in given["Dimensions"]}
    data = account.metrics.of(given["Namespace"], given["MetricName"], dimensions)
    return state(given, list(points(given, data, account.clock.now())), former)


def points(
    given: Mapping[str, Any], data: Sequence[Datum], now: float, more: int = MORE_PERIODS
) -> Iterator[float | None]:
    """The value of each period, the latest first, of so many more than are evaluated; null where there is no data."""
    for number in range(given["EvaluationPeriods"] + more):
        end = now - number * given["Period"]
        values = [each.value for each in data if end - given["Period"] < each.at <= end]
        yield STATISTICS[given["Statistic"]](values) if values else None  # type: ignore[operator]  # of floats, all


def state(given: Mapping[str, Any], points: Sequence[float | None], former: str) -> str:
    """By the values of the periods, the latest first."""
    evaluated, treatment = given["EvaluationPeriods"], given["TreatMissingData"]
    breaching = [
        BREACHES[given["ComparisonOperator"]](each, given["Threshold"]) for each in points if each is not None
    ][:evaluated]
    missing = evaluated - len(breaching)
    if missing and treatment == "ignore":
        return former if all(breaching) else "OK"
    breaching += [treatment == "breaching"] * missing
    return "ALARM" if sum(breaching) >= given.get("DatapointsToAlarm", evaluated) else "OK"
