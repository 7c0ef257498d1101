"""What DynamoDB and Step Functions ask of policies: the table, index or execution, with the keys of partitions."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.authorization import Need, Request, needs
from sandbox.authorization.operators import PolicyError
from sandbox.authorization.policies import Policies, Verdict
from sandbox.deployment.resolver import ACCOUNT
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

RECORDS = FIXTURES / "records" / "template.yaml"
REGION = "us-east-1"
TABLES = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/"
STATES = f"arn:aws:states:{REGION}:{ACCOUNT}:"
ITEM = {"id": {"S": "a"}, "n": {"N": "1"}}
KEY = {"id": {"S": "a"}}
LEADING = {"dynamodb:LeadingKeys": ["a"]}


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[Account]:
    with Account(World(), template=RECORDS) as opened:
        yield opened


def asked(operation: str, **parameters: Any) -> list[Need]:
    service, _, name = operation.partition(":")
    return needs(Request(service, name, parameters, REGION))


def keys(need: Need) -> Mapping[str, object]:
    return {key: value for key, value in need.context.items() if key != "aws:RequestedRegion"}


@pytest.mark.parametrize(
    ("operation", "parameters", "context"),
    [
        ("PutItem", {"Item": ITEM}, LEADING),
        ("GetItem", {"Key": KEY}, LEADING),
        ("DeleteItem", {"Key": KEY}, LEADING),
        ("UpdateItem", {"Key": KEY, "ReturnValues": "ALL_OLD"}, LEADING | {"dynamodb:ReturnValues": "ALL_OLD"}),
        ("Scan", {"Select": "COUNT"}, {"dynamodb:Select": "COUNT"}),
        ("DescribeTable", {}, {}),
        (
            "Query",
            {"KeyConditionExpression": "id = :i", "ExpressionAttributeValues": {":i": {"S": "a"}}},
            LEADING,
        ),
        (
            "Query",
            {
                "KeyConditionExpression": "n > :n AND #i=:i",
                "ExpressionAttributeNames": {"#i": "id"},
                "ExpressionAttributeValues": {":i": {"S": "a"}, ":n": {"N": "1"}},
            },
            LEADING,
        ),
    ],
)
def test_a_request_needs_its_action_on_the_table(operation: str, parameters: Any, context: object) -> None:
    for table in ("Records", TABLES + "Records"):
        (need,) = asked(f"dynamodb:{operation}", TableName=table, **parameters)
        assert (need.action, need.resource, keys(need)) == (f"dynamodb:{operation}", TABLES + "Records", context)


def test_an_index_is_a_resource_of_its_own() -> None:
    (need,) = asked("dynamodb:Scan", TableName="Records", IndexName="by-day")
    assert need.resource == TABLES + "Records/index/by-day"


def test_a_batch_needs_its_action_on_each_table() -> None:
    reading = {"Records": {"Keys": [KEY, {"id": {"S": "b"}}]}, "sandbox-by-day": {"Keys": [KEY]}}
    found = asked("dynamodb:BatchGetItem", RequestItems=reading)
    assert [(each.action, each.resource) for each in found] == [
        ("dynamodb:BatchGetItem", TABLES + name) for name in ("Records", "sandbox-by-day")
    ]
    assert keys(found[0]) == {"dynamodb:LeadingKeys": ["a", "b"]}
    writing = {"Records": [{"PutRequest": {"Item": ITEM}}, {"DeleteRequest": {"Key": {"id": {"S": "b"}}}}]}
    (need,) = asked("dynamodb:BatchWriteItem", RequestItems=writing)
    assert keys(need) == {"dynamodb:LeadingKeys": ["a", "b"]}


def test_a_transaction_needs_the_action_of_each_of_its_parts() -> None:
    parts = [
        {"Put": {"TableName": "Records", "Item": ITEM}},
        {"Update": {"TableName": "Records", "Key": KEY}},
        {"Delete": {"TableName": "Records", "Key": KEY}},
        {"ConditionCheck": {"TableName": "Records", "Key": KEY}},
    ]
    found = asked("dynamodb:TransactWriteItems", TransactItems=parts)
    actions = ("PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem")
    assert [(each.action, each.resource) for each in found] == [
        (f"dynamodb:{each}", TABLES + "Records") for each in actions
    ]
    assert all(keys(each) == LEADING | {"dynamodb:EnclosingOperation": "TransactWriteItems"} for each in found)
    (need,) = asked("dynamodb:TransactGetItems", TransactItems=[{"Get": {"TableName": "Records", "Key": KEY}}])
    assert (need.action, need.resource) == ("dynamodb:GetItem", TABLES + "Records")


def test_a_table_that_is_not_there_is_asked_for_without_a_partition() -> None:
    (need,) = asked("dynamodb:GetItem", TableName="other", Key=KEY)
    assert (need.resource, keys(need)) == (TABLES + "other", {})


def test_a_policy_may_name_the_partitions() -> None:
    allowed = {
        "Effect": "Allow",
        "Action": "dynamodb:*",
        "Resource": TABLES + "Records",
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["a*"]}},
    }
    policies = Policies([{"Statement": allowed}])
    verdicts = []
    for name in ("abc", "b"):
        (need,) = asked("dynamodb:GetItem", TableName="Records", Key={"id": {"S": name}})
        verdicts.append(policies.judge(need.action, need.resource, need.context))
    assert verdicts == [Verdict.ALLOWED, Verdict.NOT_ALLOWED]


def test_a_key_that_is_not_supplied_is_refused() -> None:
    condition = {"ForAllValues:StringEquals": {"dynamodb:Attributes": ["id"]}}
    with pytest.raises(PolicyError):
        Policies([{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}}])


@pytest.mark.parametrize("operation", ["DescribeExecution", "StopExecution", "GetExecutionHistory"])
def test_what_is_done_to_an_execution_asks_for_that_execution(operation: str) -> None:
    arn = STATES + "execution:Call:one"
    (need,) = asked(f"stepfunctions:{operation}", executionArn=arn)
    assert (need.action, need.resource, keys(need)) == (f"states:{operation}", arn, {})


@pytest.mark.parametrize("operation", ["StartExecution", "ListExecutions", "DescribeStateMachine"])
def test_what_is_done_to_a_machine_asks_for_that_machine(operation: str) -> None:
    arn = STATES + "stateMachine:Call"
    (need,) = asked(f"stepfunctions:{operation}", stateMachineArn=arn)
    assert (need.action, need.resource) == (f"states:{operation}", arn)


def test_looking_for_machines_asks_for_all() -> None:
    (need,) = asked("stepfunctions:ListStateMachines")
    assert (need.action, need.resource) == ("states:ListStateMachines", "*")
