"""When a schedule of EventBridge Scheduler invokes its target, as its expression says.

Sources: EventBridge Scheduler user guide, "Schedule types" (a rate-based schedule without a start date begins at once;
day-of-month and day-of-week exclude each other) and API reference, CreateSchedule (the units of a rate). A rate whose
unit does not agree with its value in number (`rate(1 minutes)`) is refused, as EventBridge refuses it for rules (user
guide, "Rate expressions"); whether Scheduler does is documented nowhere. The wildcards L, W and # are not carried out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from math import inf
from typing import Final, Protocol

from sandbox.deployment.resolver import TemplateError

SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86_400}
RATE: Final = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
CRON: Final = re.compile(r"cron\(\s*(\S+(?:\s+\S+){5})\s*\)")
PART: Final = re.compile(r"(\*|\d+|[A-Z]{3})(?:-(\d+|[A-Z]{3}))?(?:/(\d+))?")
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
RANGES: Final = {
    "minutes": (0, 59, ()),
    "hours": (0, 23, ()),
    "day-of-month": (1, 31, ()),
    "month": (1, 12, MONTHS),
    "day-of-week": (1, 7, DAYS),
    "year": (1970, 2199, ()),
}
DAY: Final = timedelta(days=1)


class Recurrence(Protocol):
    """Moments in seconds since the epoch, infinite for never."""

    def first(self, created: float) -> float:
        """The first moment of a schedule that was created at this one."""

    def after(self, moment: float, created: float) -> float:
        """The first moment later than the given one."""


@dataclass(frozen=True)
class Rate:
    seconds: int

    def first(self, created: float) -> float:
        return created

    def after(self, moment: float, created: float) -> float:
        return created + ((moment - created) // self.seconds + 1) * self.seconds


@dataclass(frozen=True)
class Cron:
    """The values of each field, in UTC."""

    fields: dict[str, frozenset[int]]

    def first(self, created: float) -> float:
        return self.after(created, created)

    def after(self, moment: float, created: float) -> float:
        del created
        begin = datetime.fromtimestamp(moment, UTC)
        found = (each for day in self._days(begin) for each in self._moments(day) if each > begin)
        return next((each.timestamp() for each in found), inf)

    def _days(self, begin: datetime) -> Iterator[datetime]:
        """The midnights of the days that the expression names, the day of `begin` included."""
        first = begin.replace(hour=0, minute=0, second=0, microsecond=0)
        for number in count():
            day = first + number * DAY
            if day.year > max(self.fields["year"]):
                return
            if self._names(day):
                yield day

    def _names(self, day: datetime) -> bool:
        values = {
            "year": day.year,
            "month": day.month,
            "day-of-month": day.day,
            "day-of-week": day.isoweekday() % 7 + 1,
        }
        return all(value in self.fields[name] for name, value in values.items())

    def _moments(self, day: datetime) -> Iterator[datetime]:
        for hour in sorted(self.fields["hours"]):
            for minute in sorted(self.fields["minutes"]):
                yield day.replace(hour=hour, minute=minute)


def parse(expression: str) -> Recurrence:
    """Raises TemplateError for what EventBridge refuses, and for what the sandbox does not carry out."""
    rate, cron = RATE.fullmatch(expression), CRON.fullmatch(expression)
    if rate is not None:
        return _rate(expression, int(rate[1]), rate[2], plural=bool(rate[3]))
    if cron is None:
        raise TemplateError(f"{expression!r} is no schedule expression: rate(value unit) or cron(fields) is expected")
    texts = dict(zip(RANGES, cron[1].split(), strict=True))
    if [texts["day-of-month"], texts["day-of-week"]].count("?") != 1:
        raise TemplateError(f"{expression}: exactly one of day-of-month and day-of-week is ?")
    return Cron({name: _values(expression, name, text) for name, text in texts.items()})


def _rate(expression: str, value: int, unit: str, *, plural: bool) -> Rate:
    if value < 1:
        raise TemplateError(f"{expression}: a rate's value is a positive number")
    if plural != (value > 1):
        raise TemplateError(f"{expression}: the unit of {value} is {unit}{'s' if value > 1 else ''}")
    return Rate(value * SECONDS[unit])


def _values(expression: str, name: str, text: str) -> frozenset[int]:
    least, most, names = RANGES[name]
    if text == "?" and name.startswith("day"):
        return frozenset(range(least, most + 1))
    found: set[int] = set()
    for part in text.split(","):
        match = PART.fullmatch(part)
        if match is None:
            raise TemplateError(f"{expression}: the sandbox does not know {part!r} as {name}")
        begin = least if match[1] == "*" else _number(match[1], names)
        end = most if match[1] == "*" or match[3] else begin
        end = _number(match[2], names) if match[2] else end
        step = int(match[3] or 1)
        if not least <= begin <= end <= most or not 1 <= step <= most:
            raise TemplateError(f"{expression}: {name} is from {least} to {most}, not {part}")
        found.update(range(begin, end + 1, step))
    return frozenset(found)


def _number(text: str, names: tuple[str, ...]) -> int:
    if text.isdigit():
        return int(text)
    return names.index(text) + 1 if text in names else -1
