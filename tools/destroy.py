"""`make destroy`: deletes the stack with the SAM CLI, unless that would leave what costs money, and says what stays.

By itself `sam delete` reads neither `AWS_REGION` nor samconfig.local.toml, and knows nothing of connections: what a run
has made is no resource of the stack, and costs money until a teardown removes it. What stays is the table of
connections, which the template keeps, and the bucket of packages, which every application of the SAM CLI has in common.

    python -m tools.destroy default|ENVIRONMENT
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import boto3
from botocore.exceptions import ClientError

from tools.caller import RefusedError
from tools.deploy import Target, sam, signed_in, target
from tools.running import DESTROY, PATIENCE, answered, is_absent, is_forced, listed, named, refuse_while_running

TABLE: Final = "AWS::DynamoDB::Table"
SAMS_OWN: Final = "aws-sam-cli-managed-default"
"""The stack of the bucket, whose name is the output SourceBucket (SAM CLI 1.170, `lib/bootstrap/bootstrap.py`)."""
OVER: Final = "TORN_DOWN"
OWING: Final = ("holder", "worker", "unfinished")
"""Attributes of an item that a run works on, or has left something of."""
SWEEPS: Final = "#"
"""How the key of an item begins that is of no connection."""
Described = Mapping[str, Any]


def find_stack(session: boto3.Session, stack: str) -> Described | None:
    """Raises `RefusedError` where AWS does not say whether there is such a stack."""
    client = session.client("cloudformation", config=PATIENCE)
    with answered(f"whether there is a stack {stack}"):
        try:
            (found,) = client.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if is_absent(error):
                return None
            raise
    return dict(found)


def tables_of(session: boto3.Session, stack: str) -> list[Described]:
    """The stack's tables as DescribeTable has them, but for those that somebody deleted by hand."""
    client, found = session.client("dynamodb", config=PATIENCE), list[Described]()
    with answered(f"which tables {stack} has"):
        for each in listed(session, stack, TABLE):
            try:
                found.append(client.describe_table(TableName=each)["Table"])
            except client.exceptions.ResourceNotFoundException:
                continue
    return found


def refuse_while_connected(session: boto3.Session, tables: Sequence[Described]) -> None:
    """Raises `RefusedError` where a table tells of a connection that was not torn down, or cannot be read.

    With FORCE=1 it says so and goes on.
    """
    try:
        _refuse_while_connected(session, tables)
    except RefusedError as refusal:
        if not is_forced():
            raise
        sys.stdout.write(f"destroy: in spite of this: {refusal}\n")


def _refuse_while_connected(session: boto3.Session, tables: Sequence[Described]) -> None:
    with answered("which connections there are", DESTROY.unless("there are none")):
        left = sorted(each for table in tables for each in _connections(session, table["TableName"]))
    if left:
        count = f"{len(left)} connection{' is' if len(left) == 1 else 's are'}"
        raise RefusedError(
            f"{count} not torn down, and would go on costing money: {named(left)}: private-connection teardown … for "
            f"each; {DESTROY.command} FORCE=1 {DESTROY.does} all the same"
        )


def _connections(session: boto3.Session, table: str) -> Iterator[str]:
    """What was provisioned and not torn down since, with its status: also what failed, as only a teardown looks whether
    anything of it is left; and whatever a run works on, or has left something of, which an item without a status tells
    of as well (`registry/entries.py`). The sweeps' own item is of no connection.
    """
    pages = session.client("dynamodb", config=PATIENCE).get_paginator("scan")
    for page in pages.paginate(TableName=table, ConsistentRead=True):
        for item in page["Items"]:
            name, left = item["connection"]["S"], _left(item)
            if left and not name.startswith(SWEEPS):
                yield f"{name} ({left})"


def _left(item: Described) -> str:
    """The status of a connection, or what is left of one that is over or has none; nothing if that is nothing."""
    status = item.get("status", {}).get("S", OVER)
    return status if status != OVER else ", ".join(each for each in OWING if item.get(each, {}).get("M"))


def staying(session: boto3.Session, to: Target, tables: Sequence[Described]) -> Iterator[str]:
    """Lines that say what a deletion leaves, with the commands that delete it."""
    where = f"--region {to.region}" + (f" --profile {to.profile}" if to.profile else "")
    for each in tables:
        named_so = f"--table-name {each['TableName']} {where}"
        yield f"The table {each['TableName']} stays, with what became of each connection. To delete it:"
        if each.get("DeletionProtectionEnabled"):
            yield f"  aws dynamodb update-table --no-deletion-protection-enabled {named_so}"
        yield f"  aws dynamodb delete-table {named_so}"
    outputs = (find_stack(session, SAMS_OWN) or {}).get("Outputs", ())
    for bucket in (each["OutputValue"] for each in outputs if each["OutputKey"] == "SourceBucket"):
        yield f"The bucket {bucket} stays: all applications of the SAM CLI in this Region use it."
        yield "If there are no others, empty it in the console of Amazon S3, with all versions, and delete its stack:"
        yield f"  aws cloudformation delete-stack --stack-name {SAMS_OWN} {where}"


def prepare(to: Target) -> tuple[boto3.Session, list[str]]:
    """Lines that say what will stay. Raises `RefusedError` where the stack is not to be deleted, or is not there."""
    session, who = signed_in(to)
    if find_stack(session, to.stack) is None:
        raise RefusedError(f"there is no stack {to.stack} in {to.region} ({to.said_by}), {who}")
    refuse_while_running(session, to.stack, DESTROY)
    tables = tables_of(session, to.stack)
    refuse_while_connected(session, tables)
    sys.stdout.write(f"destroy: {to.stack} in {to.region} ({to.said_by}), {who}\n")
    sys.stdout.flush()
    return session, list(staying(session, to, tables))


def destroy(to: Target) -> int:
    """Returns the exit status of the SAM CLI, which is 0 also where whoever it asks says no: then nothing is told.

    Raises `RefusedError` as `prepare` does.
    """
    session, lines = prepare(to)
    status = sam(to, "delete", "--stack-name", to.stack, "--config-file", to.file.name, "--config-env", to.environment)
    if status == 0 and find_stack(session, to.stack) is None:
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return status


def main(arguments: Sequence[str]) -> int:
    try:
        return destroy(target(arguments[0]))
    except RefusedError as refusal:
        sys.stderr.write(f"destroy: {refusal}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
