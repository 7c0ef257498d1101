"""The served sandbox: the same corrections over HTTP, for any client; and with the template deployed."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.__main__ import USAGE_ERROR, main
from sandbox.runs import ScenarioError
from sandbox.serve import served
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

Served = subprocess.Popen[str]
FAST = 100_000.0
RECORDS = FIXTURES / "records" / "template.yaml"


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "sandbox")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "sandbox")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture
def address() -> Iterator[str]:
    with served(World(), time_scale=FAST) as there:
        yield there


def client(service: str, address: str) -> Any:
    return boto3.client(service, region_name="us-east-1", endpoint_url=address)  # type: ignore[call-overload]  # any name


def test_the_world_is_there(address: str) -> None:
    zones = {subnet["AvailabilityZone"] for subnet in client("ec2", address).describe_subnets()["Subnets"]}
    assert zones == {"us-east-1a", "us-east-1b", "us-east-1c"}


def test_a_load_balancer_is_corrected_over_http(address: str) -> None:
    subnet = client("ec2", address).describe_subnets()["Subnets"][0]["SubnetId"]
    elbv2 = client("elbv2", address)
    arguments = {"Type": "network", "Scheme": "internal", "SubnetMappings": [{"SubnetId": subnet}]}
    created = elbv2.create_load_balancer(Name="pc-one", **arguments)["LoadBalancers"][0]
    assert ":loadbalancer/net/pc-one/" in created["LoadBalancerArn"]
    assert created["State"]["Code"] == "provisioning"
    with pytest.raises(elbv2.exceptions.ClientError):
        elbv2.create_load_balancer(Name="x" * 33, **arguments)


def test_the_price_list_is_asked_over_http(address: str) -> None:
    found = client("pricing", address).get_products(ServiceCode="AWSELB", MaxResults=1)
    assert [json.loads(text)["serviceCode"] for text in found["PriceList"]] == ["AWSELB"]
    elsewhere = boto3.client("pricing", region_name="us-west-1", endpoint_url=address)
    with pytest.raises(elsewhere.exceptions.InvalidParameterException, match="does not answer in us-west-1"):
        elsewhere.get_products(ServiceCode="AWSELB")


def test_nothing_is_left_of_it_afterwards(address: str) -> None:
    assert client("elbv2", address).describe_load_balancers()["LoadBalancers"] == []


@contextmanager
def command(*options: str) -> Iterator[subprocess.Popen[str]]:
    """`python -m sandbox serve`, which ends well when it is terminated."""
    line = [sys.executable, "-m", "sandbox", "serve", "--template", str(RECORDS), *options]
    here = Path(__file__).parents[2]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=here) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=60)
        assert (process.returncode, told) == (0, "")


@pytest.fixture(scope="module")
def deployed() -> Iterator[str]:
    """The address of a served account in which the template is deployed."""
    given = ("--parameter", "Protection=true")
    with command("--time-scale", str(FAST), "--stack", "records", *given) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        address, _, scale = said[0].partition(", ")
        assert scale == "100000 seconds to each real one\n"
        assert f"AWS_ENDPOINT_URL={address} AWS_REGION=us-east-1" in said[2]
        yield address


def outputs(address: str) -> dict[str, str]:
    (stack,) = client("cloudformation", address).describe_stacks(StackName="records")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stack["Parameters"] == [{"ParameterKey": "Protection", "ParameterValue": "true"}]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_the_stack_is_found_with_the_outputs_whose_condition_holds(deployed: str) -> None:
    call = "arn:aws:states:us-east-1:123456789012:stateMachine:Call"
    assert outputs(deployed) == {"CallArn": call, "Protected": "yes"}
    (stack,) = client("cloudformation", deployed).describe_stacks()["Stacks"]
    assert stack["StackName"] == "records"
    with pytest.raises(ClientError, match="Stack with id another does not exist"):
        client("cloudformation", deployed).describe_stacks(StackName="another")


def test_the_stack_lists_what_it_is_made_of(deployed: str) -> None:
    formation = client("cloudformation", deployed)
    found = formation.list_stack_resources(StackName="records")["StackResourceSummaries"]
    shown = {(each["LogicalResourceId"], each["ResourceType"], each["PhysicalResourceId"]) for each in found}
    assert shown == {
        ("Asker", "AWS::Lambda::Function", "Asker"),
        ("AskerRole", "AWS::IAM::Role", "AskerRole"),
        ("Call", "AWS::StepFunctions::StateMachine", outputs(deployed)["CallArn"]),
        ("CallRole", "AWS::IAM::Role", "CallRole"),
        ("Named", "AWS::DynamoDB::Table", "records-by-day"),
        ("Records", "AWS::DynamoDB::Table", "Records"),
        ("Stranger", "AWS::Lambda::Function", "Stranger"),
        ("StrangerRole", "AWS::IAM::Role", "StrangerRole"),
    }
    assert {each["ResourceStatus"] for each in found} == {"CREATE_COMPLETE"}
    with pytest.raises(ClientError, match="Stack with id another does not exist"):
        formation.list_stack_resources(StackName="another")


def test_a_machine_runs_with_its_functions_and_its_history_comes_in_pages(deployed: str) -> None:
    states = client("stepfunctions", deployed)
    event = {"service": "dynamodb", "operation": "describe_table", "parameters": {"TableName": "$TABLE"}}
    asked = json.dumps({"function": "Asker", "event": event})
    execution = states.start_execution(stateMachineArn=outputs(deployed)["CallArn"], input=asked)["executionArn"]
    while (found := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
        pass
    assert found["status"] == "SUCCEEDED", found
    assert json.loads(found["output"])["Table"]["TableName"] == "Records"

    whole = states.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    pages = states.get_paginator("get_execution_history").paginate(
        executionArn=execution, PaginationConfig={"PageSize": 2}
    )
    assert [each for page in pages for each in page["events"]] == whole
    assert [each["id"] for each in whole] == list(range(1, len(whole) + 1))
    last = states.get_execution_history(executionArn=execution, maxResults=1, reverseOrder=True)["events"]
    assert [each["type"] for each in last] == ["ExecutionSucceeded"]
    with pytest.raises(states.exceptions.ExecutionDoesNotExist):
        states.get_execution_history(executionArn=execution + "-not")


def test_a_function_is_invoked_by_its_name_or_arn(deployed: str) -> None:
    lambdas = client("lambda", deployed)
    event = json.dumps({"service": "dynamodb", "operation": "describe_table", "parameters": {"TableName": "$TABLE"}})
    answer = lambdas.invoke(FunctionName="Asker", Payload=event)
    assert (answer["StatusCode"], json.load(answer["Payload"])["Table"]["TableName"]) == (200, "Records")
    failed = lambdas.invoke(FunctionName="arn:aws:lambda:us-east-1:123456789012:function:Asker", Payload="{}")
    assert (failed["FunctionError"], json.load(failed["Payload"])["errorType"]) == ("Unhandled", "KeyError")
    assert lambdas.invoke(FunctionName="Asker", Payload=event, InvocationType="Event")["StatusCode"] == 202
    with pytest.raises(lambdas.exceptions.ResourceNotFoundException):
        lambdas.invoke(FunctionName="Nobody", Payload=event)


def test_a_port_that_is_taken_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--template", str(RECORDS), "--port", str(port)]) == USAGE_ERROR
        with pytest.raises(ScenarioError, match=f"port {port} of 127.0.0.1 cannot be had"), served(World(), port=port):
            pass
    said, told = capsys.readouterr()
    assert said == ""
    assert told.startswith(f"port {port} of 127.0.0.1 cannot be had")
    assert told.count("\n") == 1
