"""Executions that a sweep starts and does not wait for: how they are called, and their start."""

from botocore.exceptions import ClientError

from private_connection import clients
from private_connection.errors import code_of, doing
from private_connection.naming import digest
from private_connection.registry.entries import Entry


def execution_name(prefix: str, entry: Entry, turn: int) -> str:
    """The name of an execution for a connection: ``<prefix><connection>-<digest>``, of 80 characters that there may be.

    It stands for the item as it was read, which every run that claims it changes. A run that never came to that would
    keep its name from all that follow, for 90 days (API reference, StartExecution): so it stands for ``turn`` as well,
    the number of an interval.
    """
    return f"{prefix}{entry.connection}-{digest(entry.connection, entry.version, turn, length=32)}"


def start_once(action: str, machine: str, name: str, text: str) -> None:
    """Starts it, or leaves it where an execution has that name: it is the same start, repeated, or it is over."""
    with doing(action, name):
        try:
            clients.stepfunctions().start_execution(stateMachineArn=machine, name=name, input=text)
        except ClientError as refusal:
            if code_of(refusal) != "ExecutionAlreadyExists":
                raise
