"""The template's tables are there when an account opens, and functions call DynamoDB under their own role."""

from collections.abc import Iterator, Sequence
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

RECORDS = FIXTURES / "records" / "template.yaml"
ITEM = {"id": {"S": "a"}, "holder": {"M": {"maker": {"S": "me"}}}}


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(World(), seed=1, template=RECORDS) as opened:
        yield opened


def ask(
    account: Account, operation: str, function: str = "Asker", faults: Sequence[Fault] = (), **parameters: Any
) -> RunReport:
    event = {"service": "dynamodb", "operation": operation, "parameters": {"TableName": "$TABLE", **parameters}}
    return account.run("call", {"function": function, "event": event}, faults=faults)


def test_the_templates_tables_are_there_before_the_first_request(account: Account) -> None:
    client = boto3.client("dynamodb")
    assert client.list_tables()["TableNames"] == ["Records", "sandbox-by-day"]
    table = client.describe_table(TableName="Records")["Table"]
    assert table["TableArn"] == "arn:aws:dynamodb:us-east-1:123456789012:table/Records"
    assert (table["TableStatus"], table["BillingModeSummary"]["BillingMode"]) == ("ACTIVE", "PAY_PER_REQUEST")
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    named = client.describe_table(TableName="sandbox-by-day")["Table"]
    assert [each["AttributeName"] for each in named["KeySchema"]] == ["id", "day"]


@pytest.mark.parametrize(("protection", "protected"), [("true", True), ("false", False)])
def test_a_table_is_protected_as_its_property_says(protection: str, protected: bool) -> None:
    with Account(World(), template=RECORDS, parameters={"Protection": protection}):
        table = boto3.client("dynamodb").describe_table(TableName="Records")["Table"]
    assert table["DeletionProtectionEnabled"] is protected


def test_a_function_reads_what_another_invocation_wrote(account: Account) -> None:
    assert ask(account, "put_item", Item=ITEM).output == {}
    found = ask(account, "get_item", Key={"id": {"S": "a"}}, ConsistentRead=True)
    assert found.output == {"Item": ITEM}
    assert found.api_calls == {"dynamodb:GetItem": 1}


def test_accounts_share_no_items() -> None:
    for _ in range(2):
        with Account(World(), template=RECORDS) as account:
            assert ask(account, "scan", ConsistentRead=True).output["Items"] == []
            ask(account, "put_item", Item=ITEM)


@pytest.mark.parametrize("error", ["ProvisionedThroughputExceededException", "InternalServerError"])
def test_a_fault_that_a_client_repeats(account: Account, error: str) -> None:
    """Developer guide, "Error handling with DynamoDB": both may be tried again."""
    report = ask(account, "put_item", faults=[Fault(operation="dynamodb:PutItem", error=error, times=2)], Item=ITEM)
    assert (report.output, report.api_calls) == ({}, {"dynamodb:PutItem": 3})


def test_an_answer_that_is_lost_after_the_write(account: Account) -> None:
    """The client tries again, and its own write stands in the way of its condition."""
    lost = Fault(operation="dynamodb:PutItem", error="InternalServerError", applied=True)
    condition = {
        "ConditionExpression": "attribute_not_exists(id)",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    answer = ask(account, "put_item", faults=[lost], Item=ITEM, **condition).output
    assert (answer["Error"]["Code"], answer["Item"]) == ("ConditionalCheckFailedException", ITEM)


def test_a_world_may_throttle_its_tables() -> None:
    slow = {"throttle": {"dynamodb": {"mutate": {"burst": 1, "rate": 0.01}}}}
    with Account(World.model_validate(slow), template=RECORDS) as account:
        assert ask(account, "put_item", Item=ITEM).output == {}
        assert ask(account, "put_item", Item=ITEM).output["Error"]["Code"] == "ThrottlingException"
        assert ask(account, "scan", ConsistentRead=True).output["Count"] == 1


def test_a_function_is_denied_what_its_role_does_not_grant(account: Account) -> None:
    """DynamoDB developer guide, "Error handling with DynamoDB": AccessDeniedException, with status 400."""
    report = ask(account, "get_item", function="Stranger", Key={"id": {"S": "a"}})
    error = report.output["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert error["Message"].endswith(
        "/Stranger is not authorized to perform: dynamodb:GetItem on resource: "
        "arn:aws:dynamodb:us-east-1:123456789012:table/Records "
        "because no identity-based policy allows the dynamodb:GetItem action"
    )
    assert report.api_calls == {"dynamodb:GetItem": 1}


def test_the_templates_tables_and_their_items_are_the_deployments_own(account: Account) -> None:
    """Nothing of them is left over, and nothing of theirs is somebody else's."""
    ask(account, "put_item", Item=ITEM)
    ask(account, "delete_item", Key={"id": {"S": "a"}})
    ask(account, "put_item", Item=ITEM)
    assert account.snapshot.owned() == {}
    assert account.snapshot.foreign_changes() == []
