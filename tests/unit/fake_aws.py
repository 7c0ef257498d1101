"""AWS, as far as a test says what it answers.

The clients are boto3's own, and never reach the network: botocore checks the arguments of a call and the shape of an
answer by its service models, and makes the same exceptions of refusals as on AWS. What nobody gave an answer for
fails the test.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any, Literal, get_args

import boto3
import pytest
from botocore.validate import validate_parameters

from private_connection import clients

Json = dict[str, Any]
Service = Literal["dynamodb", "ec2", "elasticache", "elbv2", "events", "iam", "pricing", "stepfunctions"]


@dataclass(frozen=True)
class Refusal:
    """An error code as it is on the wire."""

    code: str
    status: int = 400
    message: str = "because"
    more: Json = field(default_factory=dict)
    """What the error's shape has beside, such as the ``Item`` that failed a condition of DynamoDB."""


Answer = Json | Refusal | Callable[[Json], "Json | Refusal"]
DENIED = Refusal("AccessDenied", 403)


class FakeAws:
    """Answers by operation, such as ``DescribeSubnets``, and keeps what was asked, in order."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Json]] = []
        self._answers: dict[str, list[Answer]] = {}

    def answers(self, operation: str, *answers: Answer) -> None:
        """Gives these answers in turn, and the last one from then on."""
        self._answers[operation] = list(answers)

    def asked(self, operation: str) -> list[Json]:
        """The arguments of each call of an operation."""
        return [arguments for name, arguments in self.calls if name == operation]

    @property
    def operations(self) -> list[str]:
        return [name for name, _ in self.calls]

    def keep(self, params: Json, model: Any, **_: object) -> None:
        self.calls.append((model.name, dict(params)))

    def answer(self, model: Any, **_: object) -> tuple[SimpleNamespace, Json]:
        operation, arguments = self.calls[-1]
        if operation not in self._answers:
            raise AssertionError(f"nobody said what {operation} answers to {arguments}")
        left = self._answers[operation]
        given = left.pop(0) if len(left) > 1 else left[0]
        return _http(given(arguments) if callable(given) else given, model)


def _http(given: Json | Refusal, model: Any) -> tuple[SimpleNamespace, Json]:
    if isinstance(given, Refusal):
        error = {"Code": given.code, "Message": given.message}
        metadata = {"HTTPStatusCode": given.status}
        return SimpleNamespace(status_code=given.status), {"Error": error, "ResponseMetadata": metadata, **given.more}
    if model.output_shape is not None:
        validate_parameters(given, model.output_shape)
    return SimpleNamespace(status_code=200), deepcopy(given)  # botocore decodes policies in place


@cache
def _client(service: Service) -> Any:
    """Made once in a process, because that takes up to 0.2 s."""
    session = boto3.Session(region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")
    return session.client(service)


def connect(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets the layer's clients ask this AWS, whatever configuration the developer has. Returns what ends that."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    events = [_client(service).meta.events for service in get_args(Service)]
    for service in get_args(Service):
        monkeypatch.setattr(clients, service, lambda *_, service=service: _client(service))
    for each in events:
        each.register_last("before-parameter-build", aws.keep, unique_id="fake-keeps")
        each.register_first("before-call", aws.answer, unique_id="fake-answers")

    def disconnect() -> None:
        for each in events:
            each.unregister("before-parameter-build", unique_id="fake-keeps")
            each.unregister("before-call", unique_id="fake-answers")

    return disconnect
