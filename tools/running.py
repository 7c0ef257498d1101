"""What runs in a stack. A deploy replaces the code of the functions, so that an execution which began with the old code
would go on with the new; who deletes the stack ends it, and leaves what it has made.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tools.caller import RefusedError

MACHINE: Final = "AWS::StepFunctions::StateMachine"
NAMED_AT_MOST: Final = 5
PATIENCE: Final = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})


@dataclass(frozen=True)
class Act:
    """What is refused while executions are going on."""

    command: str
    does: str
    harm: str
    """What it would do to them."""

    def unless(self, known: str) -> str:
        return f", or {self.command} FORCE=1 if you know that {known}"


DEPLOY: Final = Act("make deploy", "deploys", "under which a deploy would replace the functions")
DESTROY: Final = Act("make destroy", "deletes", "which would end half-way and leave what they made")


def is_forced() -> bool:
    return os.environ.get("FORCE") == "1"


def refuse_while_running(session: boto3.Session, stack: str, act: Act = DEPLOY) -> None:
    """Raises `RefusedError` where an execution of the stack's machines runs, or cannot be asked after.

    With FORCE=1 nothing is asked. A stack that does not exist yet runs nothing.
    """
    if is_forced():
        return
    with answered(f"whether a run of {stack} is going on", act.unless("none is")):
        found = [each for machine in listed(session, stack, MACHINE) for each in _running(session, machine)]
    if found:
        count = f"{len(found)} execution{' is' if len(found) == 1 else 's are'}"
        raise RefusedError(
            f"{count} going on, {act.harm}: {named(found)}: wait for the end, or stop what need not end (aws "
            f"stepfunctions stop-execution --execution-arn …); {act.command} FORCE=1 {act.does} all the same"
        )


@contextmanager
def answered(what: str, otherwise: str = "") -> Iterator[None]:
    """Turns what boto3 raises where AWS does not answer a question into a `RefusedError`."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        one_line = " ".join(str(error).split()).rstrip(".")
        raise RefusedError(
            f"AWS does not say {what} ({one_line}): allow what docs/policies/deploy.json allows{otherwise}"
        ) from error


def named(found: Sequence[str]) -> str:
    """The first of them, and how many there are besides."""
    more = f" and {len(found) - NAMED_AT_MOST} more" if len(found) > NAMED_AT_MOST else ""
    return ", ".join(found[:NAMED_AT_MOST]) + more


def listed(session: boto3.Session, stack: str, kind: str) -> list[str]:
    """The ids of a stack's resources of a type; none if there is no such stack (CloudFormation API reference,
    ListStackResources: a ValidationError then, as for whatever else is wrong, so the message decides).
    """
    pages = session.client("cloudformation", config=PATIENCE).get_paginator("list_stack_resources")
    try:
        resources = [each for page in pages.paginate(StackName=stack) for each in page["StackResourceSummaries"]]
    except ClientError as error:
        if is_absent(error):
            return []
        raise
    return [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == kind and _is_there(each)]


def is_absent(error: ClientError) -> bool:
    """Whether there is no such stack."""
    return error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error)


def _is_there(resource: Any) -> bool:
    """While a resource is made it has no id, and once it is deleted it is listed still."""
    return bool(resource.get("PhysicalResourceId")) and resource["ResourceStatus"] != "DELETE_COMPLETE"


def _running(session: boto3.Session, machine: str) -> Iterator[str]:
    pages = session.client("stepfunctions", config=PATIENCE).get_paginator("list_executions")
    for page in pages.paginate(stateMachineArn=machine, statusFilter="RUNNING"):
        yield from (each["executionArn"] for each in page["executions"])
