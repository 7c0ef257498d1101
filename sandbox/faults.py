"""Faults that a scenario asks for: an operation is refused, its answer is lost, or a function times out.

`Armed` counts how often each fault still applies. A fault that no request met is an error of the scenario, so `unmet`
lists those. A fault of an operation that no API has is an error when the scenario is read.
"""

from collections.abc import Collection, Iterable
from functools import cache

from botocore.exceptions import UnknownServiceError
from botocore.session import get_session
from pydantic import Field, model_validator

from sandbox.conditions import Model

TAKES_SEVERAL = ("events:PutEvents",)
"""Operations of several things at once, each of which can fail inside an answer with status 200."""
NO_ANSWER = "NoAnswer"
"""The error of a fault that lets a client of this process wait in vain, for as long as it has the patience."""
STATUS = {"InternalError": 500, "InternalFailure": 500, "InternalServerError": 500, "ServiceUnavailable": 503}


@cache
def _operations(service: str) -> frozenset[str]:
    try:
        return frozenset(get_session().get_service_model(service).operation_names)
    except UnknownServiceError:
        return frozenset()


class Fault(Model):
    """An error for `times` requests of an operation (or invocations of a function), after the first `skip`."""

    operation: str | None = None
    function: str | None = None
    error: str = "InternalError"
    times: int = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    applied: bool = False
    inside: bool = False
    """Whether the answer has status 200, and says that each of the things failed that the request names."""
    optional: bool = False

    @model_validator(mode="after")
    def _names_one_that_exists(self) -> "Fault":
        if (self.operation is None) == (self.function is None):
            raise ValueError("a fault names either an operation or a function")
        if self.operation is not None:
            service, _, name = self.operation.partition(":")
            if name not in _operations(service):
                raise ValueError(f"no such operation: {self.operation} (expected as elbv2:CreateLoadBalancer)")
        if self.inside and (self.operation not in TAKES_SEVERAL or self.applied):
            raise ValueError(f"nothing fails inside an answer of {self.key} (only of {', '.join(TAKES_SEVERAL)})")
        return self

    @property
    def key(self) -> str:
        return self.operation or self.function or ""

    @property
    def status(self) -> int:
        """The HTTP status of the answer. A lost answer is never a 4xx, which would mean that nothing happened."""
        return STATUS.get(self.error, 500 if self.applied else 400)


class Armed:
    """Faults, with how often each still applies. The gateway and the functions share it."""

    def __init__(self, faults: Iterable[Fault] = ()) -> None:
        self._left = [_Left(fault) for fault in faults]

    def take(self, key: str, errors: Collection[str] | None = None) -> Fault | None:
        """The fault that this request or invocation meets, if any, of those with one of these errors."""
        found = (
            left for left in self._left if left.fault.key == key and (errors is None or left.fault.error in errors)
        )
        return next((left.fault for left in found if left.strikes()), None)

    def unmet(self) -> list[Fault]:
        return [left.fault for left in self._left if not left.met and not left.fault.optional]


class _Left:
    def __init__(self, fault: Fault) -> None:
        self.fault, self.skip, self.times, self.met = fault, fault.skip, fault.times, False

    def strikes(self) -> bool:
        if self.skip:
            self.skip -= 1
            return False
        if not self.times:
            return False
        self.times -= 1
        self.met = True
        return True
