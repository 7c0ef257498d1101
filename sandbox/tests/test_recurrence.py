"""Schedule expressions. Sources: EventBridge Scheduler user guide, "Schedule types", and API reference, CreateSchedule;
EventBridge user guide, "Rate expressions" and "Cron expressions"."""

from datetime import UTC, datetime
from itertools import islice
from math import inf

import pytest

from sandbox.clock import START
from sandbox.deployment.recurrence import parse
from sandbox.deployment.resolver import TemplateError


def moments(expression: str, begin: str = "2026-01-01T00:00", most: int = 3) -> list[str]:
    """The first moments of a schedule that was created at `begin`."""
    recurrence = parse(expression)
    created = datetime.fromisoformat(begin).replace(tzinfo=UTC).timestamp()

    def each() -> "list[float]":
        found = [recurrence.first(created)]
        while len(found) < most and found[-1] < inf:
            found.append(recurrence.after(found[-1], created))
        return found

    told = (datetime.fromtimestamp(one, UTC).strftime("%Y-%m-%dT%H:%M") for one in each() if one < inf)
    return list(islice(told, most))


@pytest.mark.parametrize(
    ("expression", "second", "third"),
    [
        ("rate(1 minute)", "2026-01-01T00:01", "2026-01-01T00:02"),
        ("rate(15 minutes)", "2026-01-01T00:15", "2026-01-01T00:30"),
        ("rate(2 hours)", "2026-01-01T02:00", "2026-01-01T04:00"),
        ("rate(1 day)", "2026-01-02T00:00", "2026-01-03T00:00"),
    ],
)
def test_a_rate_begins_at_once_and_goes_on_at_its_interval(expression: str, second: str, third: str) -> None:
    """Without a StartDate the schedule "starts invoking the target immediately"."""
    assert moments(expression) == ["2026-01-01T00:00", second, third]


def test_a_rate_that_was_missed_goes_on_where_it_would_have() -> None:
    assert parse("rate(15 minutes)").after(START + 2000, START) == START + 2700


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("cron(0/15 * * * ? *)", ["2026-01-01T00:15", "2026-01-01T00:30", "2026-01-01T00:45"]),
        ("cron(30 8,20 * * ? *)", ["2026-01-01T08:30", "2026-01-01T20:30", "2026-01-02T08:30"]),
        ("cron(0 6 ? * MON-FRI *)", ["2026-01-01T06:00", "2026-01-02T06:00", "2026-01-05T06:00"]),
        ("cron(0 6 ? * 1 *)", ["2026-01-04T06:00", "2026-01-11T06:00", "2026-01-18T06:00"]),
        ("cron(0 0 31 * ? *)", ["2026-01-31T00:00", "2026-03-31T00:00", "2026-05-31T00:00"]),
        ("cron(0 0 29 FEB ? *)", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("cron(10-20/5 0 1 1 ? 2026)", ["2026-01-01T00:10", "2026-01-01T00:15", "2026-01-01T00:20"]),
        ("cron(0 0 1 1 ? 2026-2027)", ["2027-01-01T00:00"]),
        ("cron(0 0 1 1 ? 2025)", []),
    ],
)
def test_a_cron_expression_names_its_moments(expression: str, expected: list[str]) -> None:
    """The moment of the creation has passed; the days of the week are counted from Sunday."""
    assert moments(expression) == expected


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("every 5 minutes", "is no schedule expression"),
        ("rate(5 seconds)", "is no schedule expression"),
        ("rate(0 minutes)", "a positive number"),
        ("rate(1 minutes)", "the unit of 1 is minute"),
        ("rate(5 minute)", "the unit of 5 is minutes"),
        ("cron(0 6 * * *)", "is no schedule expression"),
        ("cron(0 6 * * * *)", "exactly one of day-of-month and day-of-week is ?"),
        ("cron(0 6 ? * ? *)", "exactly one of day-of-month and day-of-week is ?"),
        ("cron(60 6 * * ? *)", "minutes is from 0 to 59, not 60"),
        ("cron(0/0 6 * * ? *)", "minutes is from 0 to 59, not 0/0"),
        ("cron(0 24 * * ? *)", "hours is from 0 to 23, not 24"),
        ("cron(0 6 * 13 ? *)", "month is from 1 to 12, not 13"),
        ("cron(0 6 ? * XYZ *)", "day-of-week is from 1 to 7, not XYZ"),
        ("cron(? 6 * * ? *)", "does not know '\\?' as minutes"),
        ("cron(0 6 L * ? *)", "does not know 'L' as day-of-month"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str, problem: str) -> None:
    with pytest.raises(TemplateError, match=problem.replace("?", r"\?") if "one of" in problem else problem):
        parse(expression)
