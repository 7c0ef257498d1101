"""Repairs as executions of the machine Provision: how they are called, which run, and their start."""

from collections.abc import Sequence
from typing import Final

from private_connection import clients
from private_connection.errors import doing
from private_connection.reconcile.starting import execution_name, start_once
from private_connection.registry.entries import Entry
from private_connection.settings import provision_machine

PREFIX: Final = "repair-"
"""How the names of repairs begin, by which they are told from runs that somebody else has started."""
PAGE: Final = 1000
"""Executions on the largest page that Step Functions gives (API reference, ListExecutions)."""


def repair_name(entry: Entry, turn: int) -> str:
    """The name of a connection's next repair."""
    return execution_name(PREFIX, entry, turn)


def is_repair(name: str) -> bool:
    """Whether an execution of this name is a repair."""
    return name.startswith(PREFIX)


def repaired_by(name: str) -> str:
    """The connection that a repair of this name is for."""
    return name.removeprefix(PREFIX).rpartition("-")[0]


def running_repairs() -> Sequence[str]:
    """The names of those that run. The list may be late by what has started or ended just now (API reference,
    ListExecutions): whoever counts adds what he knows of, and what is too much does no harm.
    """
    machine = provision_machine()
    pages = clients.stepfunctions().get_paginator("list_executions")
    with doing("listing executions", machine):
        asked = pages.paginate(stateMachineArn=machine, statusFilter="RUNNING", PaginationConfig={"PageSize": PAGE})
        return [each["name"] for page in asked for each in page["executions"] if is_repair(each["name"])]


def start_repair(name: str, text: str) -> None:
    """Starts it, or leaves it where an execution has that name."""
    start_once("starting repair", provision_machine(), name, text)
