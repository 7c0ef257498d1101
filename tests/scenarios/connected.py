"""Accounts with one connection that is READY, held for the tests of a module or of all, and the connection's rules."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from types import MappingProxyType
from typing import Any, Final

import boto3

from sandbox.account import Account
from sandbox.scenarios.forks import Holder
from sandbox.world import World
from tests.before_forks import prepare, warmed
from tests.scenarios.playing import QUICK, SUCCEEDED, summary

ORDERS: Final[dict[str, Any]] = {
    "connection": "orders",
    "workspaceId": "ws-1",
    "cluster": {"id": "orders", "create": {}},
}
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
IMPATIENT: Final = {"TargetLimitSeconds": "120", "TargetPollSeconds": "30"}
"""A run soon gives up a node that is out of reach, and has seldom asked until then."""


def ready() -> Holder[Account]:
    """With `ORDERS`, in a process that lives as long as this one: what many modules begin with."""
    return _ready(os.getpid())


@cache
def _ready(asking: int) -> Holder[Account]:
    """One for each process: a worker must not use its parent's pipes."""
    warmed()
    return Holder(partial(_connected, ORDERS, NOTHING, IMPATIENT, 0))


def held(
    request: Mapping[str, Any] = ORDERS,
    world: Mapping[str, Any] = NOTHING,
    parameters: Mapping[str, str] = NOTHING,
    rest: float = 0,
) -> Iterator[Holder[Account]]:
    """For a fixture: the account is closed with the module. It has rested for so many seconds since the connection."""
    warmed()
    holder = Holder(partial(_connected, request, world, parameters, rest))
    yield holder
    holder.close()


@contextmanager
def _connected(
    request: Mapping[str, Any], world: Mapping[str, Any], parameters: Mapping[str, str], rest: float
) -> Iterator[Account]:
    laid = World.model_validate({"latency": QUICK, **world})
    with Account(laid, 1, parameters=parameters, logs=io.StringIO()) as account:
        assert summary(account.run("provision", request)) == SUCCEEDED
        account.advance(rest)
        prepare(account)
        yield account


def our_rules() -> list[Any]:
    rules = boto3.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    return [each for each in rules if any(tag["Key"].startswith("private-connection") for tag in each["Tags"])]


def revoke() -> None:
    """Takes the connection's rules away, as somebody may do by hand."""
    for each in our_rules():
        boto3.client("ec2").revoke_security_group_ingress(
            GroupId=each["GroupId"], SecurityGroupRuleIds=[each["SecurityGroupRuleId"]]
        )
