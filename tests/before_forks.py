"""What is done once before a process or an account is forked, because every fork would do it again otherwise."""

import importlib
import io
from collections.abc import Mapping, Sequence
from functools import cache
from inspect import signature
from typing import Any, Final

from sandbox.account import Account
from sandbox.world import World
from tests.deployments import EXTENDING

DEPLOYMENTS: Final[Sequence[Mapping[str, str]]] = ({}, EXTENDING)
"""Whose code is loaded before any fork: it reads these parameters as it is imported, and is lent to nobody else."""
SOON: Final = {"cluster": 30, "clusterDeletion": 5, "loadBalancer": 5, "loadBalancerDeletion": 5, "registration": 5}
"""Seconds that things take, so that a run calls what all call, and seldom waits."""


@cache
def warmed() -> None:
    """Reads models and parses definitions and expressions in this process: to whoever it forks they are there."""
    connection = {"connection": "redis-demo"}
    with Account(World.model_validate({"latency": SOON}), logs=io.StringIO()) as account:
        create = {"workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}
        account.run("provision", connection | create)
        account.run("teardown", connection | {"deleteCluster": True, "finalSnapshot": False})
    for parameters in DEPLOYMENTS:
        with Account(World(), parameters=parameters, logs=io.StringIO()):
            pass  # the code of an environment's first account is lent to nobody
        with Account(World(), parameters=parameters, logs=io.StringIO()) as account:
            account.load()


def prepare(account: Account) -> None:
    """Its functions' code, and the models and clients that they share: for a fork these are the dearest part of a short
    run.
    """
    account.load()
    _complete(importlib.import_module("private_connection.contracts").Contract)
    clients = importlib.import_module("private_connection.clients")  # the account's own copy, not this process's
    for make in (each for each in vars(clients).values() if hasattr(each, "cache_info")):
        if not signature(make).parameters:  # that of the price list, which only a plan asks, wants to know where
            make()


def _complete(model: Any) -> None:
    """Builds the models that are built at their first use, which a fork would do for itself alone."""
    model.model_rebuild()
    for each in model.__subclasses__():
        _complete(each)
