"""An AWS that differs from what is assumed in one answer: each check has one that it must notice."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from botocore.exceptions import ClientError

from acceptance.site import Site
from private_connection_cli.deployment import Deployment

Lie = Callable[[Callable[..., Any], Mapping[str, Any]], Any]
"""Gets the real operation and what it is asked, and answers in its place."""
NAMES: Final = frozenset({"exceptions", "meta"})


@dataclass(frozen=True)
class Liar:
    """A client that lies about some operations."""

    client: Any
    lies: Mapping[str, Lie]

    def __getattr__(self, name: str) -> Any:
        real = getattr(self.client, name)
        lie = self.lies.get(name)
        return real if lie is None or name in NAMES else lambda **asked: lie(real, asked)

    def get_paginator(self, operation: str) -> Any:
        return _Pages(getattr(self, operation)) if operation in self.lies else self.client.get_paginator(operation)


@dataclass(frozen=True)
class _Pages:
    operation: Callable[..., Any]

    def paginate(self, **asked: Any) -> Iterator[Any]:
        yield self.operation(**asked)


@dataclass(frozen=True, slots=True)
class LyingDeployment(Deployment):
    lies: Mapping[str, Mapping[str, Lie]] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return Liar(self.place.client(service), self.lies.get(service, {}))


def site_with(deployment: Deployment, service: str, lies: Mapping[str, Lie]) -> Site:
    same = {each.name: getattr(deployment, each.name) for each in fields(Deployment)}
    told = LyingDeployment(**same, lies={service: lies})
    return Site(told)


def accepted(real: Callable[..., Any], asked: Mapping[str, Any]) -> Any:
    """It is accepted where a refusal is assumed. Nothing is made."""
    return {"FailedEntryCount": 0, "Entries": [{}], "executionArn": "x", "ServiceConfiguration": {"ServiceId": "x"}}


def refusing(code: str) -> Lie:
    def lie(real: Any, asked: Mapping[str, Any]) -> Any:
        error: type[ClientError] = real.__self__.exceptions.from_code(code)
        raise error({"Error": {"Code": code, "Message": "not as assumed"}}, "Operation")

    return lie


def altering(alter: Callable[[Any], Any]) -> Lie:
    """The answer with a change; `alter` changes it in place, or returns another one."""

    def lie(real: Callable[..., Any], asked: Mapping[str, Any]) -> Any:
        answer = real(**asked)
        changed = alter(answer)
        return answer if changed is None else changed

    return lie


def empty(member: str) -> Lie:
    return altering(lambda answer: answer.__setitem__(member, []))


def each(member: str, **changes: Any) -> Lie:
    """Every member of a list with these changes; None leaves a key out."""

    def alter(answer: Any) -> None:
        for one in answer[member]:
            one |= changes
            for key in [key for key, value in changes.items() if value is None]:
                del one[key]

    return altering(alter)


def twice(member: str) -> Lie:
    return altering(lambda answer: answer.__setitem__(member, answer[member] * 2))
