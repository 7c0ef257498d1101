"""What runs in a stack. A deploy replaces the code of the functions, so that an execution which began with the old code
would go on with the new.
"""

import os
from collections.abc import Iterator
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tools.caller import RefusedError

MACHINE: Final = "AWS::StepFunctions::StateMachine"
NAMED_AT_MOST: Final = 5
PATIENCE: Final = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 2})


def refuse_while_running(session: boto3.Session, stack: str) -> None:
    """Raises `RefusedError` where an execution of the stack's machines runs, or cannot be asked after.

    With FORCE=1 nothing is asked. A stack that does not exist yet runs nothing.
    """
    if os.environ.get("FORCE") == "1":
        return
    try:
        found = [each for machine in _machines(session, stack) for each in _running(session, machine)]
    except (ClientError, BotoCoreError) as error:
        one_line = " ".join(str(error).split()).rstrip(".")
        raise RefusedError(
            f"AWS does not say whether a run of {stack} is going on ({one_line}): allow what docs/policies/deploy.json "
            "allows, or make deploy FORCE=1 if you know that none is"
        ) from error
    if found:
        raise RefusedError(_told(found))


def _told(found: list[str]) -> str:
    count = f"{len(found)} execution{' is' if len(found) == 1 else 's are'}"
    named = ", ".join(found[:NAMED_AT_MOST])
    more = f" and {len(found) - NAMED_AT_MOST} more" if len(found) > NAMED_AT_MOST else ""
    return (
        f"{count} going on, under which a deploy would replace the functions: {named}{more}: wait "
        "for the end, or stop what need not end (aws stepfunctions stop-execution --execution-arn …); make deploy "
        "FORCE=1 deploys all the same"
    )


def _machines(session: boto3.Session, stack: str) -> list[str]:
    """The ARNs of a stack's machines; none if there is no such stack (CloudFormation API reference, ListStackResources:
    a ValidationError then, as for whatever else is wrong, so the message decides).
    """
    pages = session.client("cloudformation", config=PATIENCE).get_paginator("list_stack_resources")
    try:
        resources = [each for page in pages.paginate(StackName=stack) for each in page["StackResourceSummaries"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
            return []
        raise
    return [each["PhysicalResourceId"] for each in resources if _is_machine(each)]


def _is_machine(resource: Any) -> bool:
    """Whether it is a machine that is there: while it is made it has no id, and once it is deleted it runs nothing."""
    there = resource.get("PhysicalResourceId") and resource["ResourceStatus"] != "DELETE_COMPLETE"
    return resource["ResourceType"] == MACHINE and bool(there)


def _running(session: boto3.Session, machine: str) -> Iterator[str]:
    pages = session.client("stepfunctions", config=PATIENCE).get_paginator("list_executions")
    for page in pages.paginate(stateMachineArn=machine, statusFilter="RUNNING"):
        yield from (each["executionArn"] for each in page["executions"])
