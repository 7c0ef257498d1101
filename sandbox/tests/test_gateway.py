"""The gateway: counting, time, request rates, faults; and that a client's own retries come past it again."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError
from pydantic import ValidationError

from sandbox import services, wire
from sandbox.authorization import Request
from sandbox.authorization.enforcement import caller
from sandbox.clock import VirtualClock, virtual_time
from sandbox.deployment.template import Template
from sandbox.faults import Armed, Fault
from sandbox.gateway import Call, Gateway
from sandbox.tests.engine_stage import FIXTURES
from sandbox.wire.clients import own_session
from sandbox.world import World, lay

Opener = Callable[..., Any]
Way = Callable[[], AbstractContextManager[None]]
FUNCTION = Template(FIXTURES / "small" / "template.yaml", "us-east-1").functions["Echo"]
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:none:none"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Opens an account with a gateway, from keys of a world."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with ExitStack() as stack:

        def open_account(**keys: Any) -> Gateway:
            world = World.model_validate(keys)
            conditions = world.conditions(VirtualClock(), seed=3)
            stack.enter_context(wire.mocked())
            stack.enter_context(own_session())
            stack.enter_context(services.install(conditions))
            lay(world, conditions)
            return stack.enter_context(Gateway(conditions))

        yield open_account


def client(service: str, attempts: int = 1) -> Any:
    config = Config(retries={"total_max_attempts": attempts, "mode": "standard"})
    return boto3.client(service, config=config)  # type: ignore[call-overload]  # any name


@contextmanager
def as_function() -> Iterator[None]:
    """Requests that a function makes."""
    entered = caller.set(FUNCTION)
    yield
    caller.reset(entered)


@contextmanager
def refused(code: str, status: int = 400) -> Iterator[None]:
    with pytest.raises(ClientError) as caught:
        yield
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


def fault(operation: str = "elbv2:DescribeLoadBalancers", **keys: Any) -> Fault:
    return Fault.model_validate({"operation": operation, "error": "Throttling"} | keys)


def test_every_request_is_counted_and_takes_its_time(opened: Opener) -> None:
    gateway = opened(latency={"call": 0.5})
    before = gateway.conditions.now()
    client("elbv2").describe_load_balancers()
    client("iam").list_roles()
    assert gateway.calls == {"elbv2:DescribeLoadBalancers": 1, "iam:ListRoles": 1}
    assert gateway.conditions.now() - before == 1.0


def test_step_functions_are_counted_where_a_function_calls_them(opened: Opener) -> None:
    gateway = opened(latency={"call": 0.5})
    before = gateway.conditions.now()
    client("stepfunctions").list_state_machines()
    assert gateway.calls == {}
    with as_function():
        client("stepfunctions").list_state_machines()
    assert gateway.calls == {"stepfunctions:ListStateMachines": 1}
    assert gateway.conditions.now() - before == 0.5


def test_a_guard_sees_the_parameters_of_a_json_request(opened: Opener) -> None:
    gateway, heard = opened(), list[Request]()
    gateway.guards.append(heard.append)
    with as_function(), refused("ExecutionDoesNotExist"):
        client("stepfunctions").describe_execution(executionArn=EXECUTION)
    with refused("ResourceNotFoundException"):
        client("dynamodb").get_item(TableName="none", Key={"id": {"S": "a"}})
    assert [each.parameters for each in heard] == [
        {"executionArn": EXECUTION},
        {"TableName": "none", "Key": {"id": {"S": "a"}}},
    ]


READ: dict[tuple[str, str], dict[str, Any]] = {
    ("dynamodb", "list_tables"): {},
    ("ec2", "create_security_group"): {"GroupName": "cache", "Description": "nodes", "VpcId": "vpc-default"},
    ("ec2", "describe_subnets"): {},
    ("elasticache", "describe_cache_subnet_groups"): {},
    ("elbv2", "create_target_group"): {"Name": "nodes", "Protocol": "TCP", "Port": 6379, "VpcId": "vpc-default"},
    ("iam", "list_roles"): {},
}


@pytest.mark.parametrize("way", [nullcontext, wire.install], ids=("written out", "read directly"))
def test_listeners_are_told_what_a_client_reads(opened: Opener, way: Way) -> None:
    gateway, heard = opened(), list[Call]()
    gateway.listeners.append(heard.append)
    with way():
        for (service, operation), parameters in READ.items():
            read = getattr(client(service), operation)(**parameters)
            del read["ResponseMetadata"]
            assert (heard[-1].service, heard[-1].answer) == (service, read)


def test_refusals_in_json_are_told_to_listeners(opened: Opener) -> None:
    gateway, heard = opened(), list[Call]()
    gateway.listeners.append(heard.append)
    with refused("ResourceNotFoundException"):
        client("dynamodb").get_item(TableName="none", Key={"id": {"S": "a"}})
    gateway.arm([fault("dynamodb:GetItem", error="ThrottlingException")])
    with refused("ThrottlingException"):
        client("dynamodb").get_item(TableName="none", Key={"id": {"S": "a"}})
    assert [each.error for each in heard] == ["ResourceNotFoundException", "ThrottlingException"]
    assert [each.answer for each in heard] == [{}, {}]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("dynamodb", "list_tables", {}),
        ("ec2", "describe_vpcs", {}),
        ("iam", "list_roles", {}),
        ("stepfunctions", "list_state_machines", {}),
    ],
)
def test_a_refusal_has_the_id_of_its_request(opened: Opener, service: str, operation: str, parameters: Any) -> None:
    gateway, made = opened(), client(service)
    name = made.meta.method_to_api_mapping[operation]
    gateway.arm([fault(f"{service}:{name}", error="ServiceUnavailable")])
    with as_function(), pytest.raises(ClientError) as caught:
        getattr(made, operation)(**parameters)
    about = caught.value.response["ResponseMetadata"]
    assert about["HTTPStatusCode"] == 503
    assert len(about["HTTPHeaders"]["x-amzn-requestid"]) == 52


def test_refusals_of_a_service_are_told_to_listeners(opened: Opener) -> None:
    gateway, heard = opened(), list[Call]()
    gateway.listeners.append(heard.append)
    with refused("InvalidSubnetID.NotFound"):
        client("ec2").describe_subnets(SubnetIds=["subnet-other"])
    (call,) = heard
    assert (call.service, call.operation, call.error) == ("ec2", "DescribeSubnets", "InvalidSubnetID.NotFound")
    assert call.parameters["SubnetIds"] == ["subnet-other"]


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("elbv2", "describe_load_balancers", "Throttling"),
        ("ec2", "describe_vpcs", "RequestLimitExceeded"),
        ("elasticache", "describe_cache_clusters", "Throttling"),
        ("iam", "list_roles", "Throttling"),
        ("dynamodb", "list_tables", "ThrottlingException"),
        ("stepfunctions", "list_activities", "ThrottlingException"),
    ],
)
def test_rate_is_a_bucket_that_refills(opened: Opener, service: str, operation: str, code: str) -> None:
    gateway = opened(latency={"call": 0}, throttle={service: {"describe": {"burst": 2, "rate": 0.5}}})
    ask = getattr(client(service), operation)
    with as_function():
        ask(), ask()
        with refused(code):
            ask()
        gateway.conditions.clock.sleep(2)
        ask()
        with refused(code):
            ask()


def test_describing_and_changing_have_buckets_of_their_own(opened: Opener) -> None:
    opened(latency={"call": 0}, throttle={"elbv2": {"mutate": {"burst": 1, "rate": 0.1}}})
    elbv2 = client("elbv2")
    arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/lb/0"
    elbv2.delete_load_balancer(LoadBalancerArn=arn)
    with refused("Throttling"):
        elbv2.delete_load_balancer(LoadBalancerArn=arn)
    elbv2.describe_load_balancers()


def test_fault_strikes_after_it_skipped_and_as_often_as_it_says(opened: Opener) -> None:
    gateway = opened()
    gateway.arm([fault(times=2, skip=1)])
    elbv2, outcomes = client("elbv2"), []
    for _ in range(4):
        try:
            elbv2.describe_load_balancers()
            outcomes.append("answered")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
    assert outcomes == ["answered", "Throttling", "Throttling", "answered"]
    assert gateway.disarm() == []


@pytest.mark.parametrize(
    ("error", "status"),
    [("InternalError", 500), ("InternalServerError", 500), ("ServiceUnavailable", 503), ("AccessDenied", 400)],
)
def test_status_of_a_fault(opened: Opener, error: str, status: int) -> None:
    gateway = opened()
    gateway.arm([fault(error=error)])
    with refused(error, status):
        client("elbv2").describe_load_balancers()


def test_clients_retries_come_past_again(opened: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = opened()
    gateway.arm([fault("ec2:DescribeVpcs", error="RequestLimitExceeded", times=2)])
    with virtual_time(gateway.conditions.clock):
        monkeypatch.setattr("time.sleep", gateway.conditions.clock.sleep)
        client("ec2", attempts=3).describe_vpcs()
    assert gateway.calls["ec2:DescribeVpcs"] == 3


@pytest.mark.parametrize("service", ["elbv2", "pricing"], ids=["form", "json"])
def test_a_client_that_gets_no_answer_waits_as_long_as_it_has_patience(opened: Opener, service: str) -> None:
    with wire.install():
        gateway = opened(latency={"call": 0})
        operation, parameters = {
            "elbv2": ("describe_load_balancers", {}),
            "pricing": ("get_products", {"ServiceCode": "AWSELB"}),
        }[service]
        config = Config(read_timeout=7, retries={"total_max_attempts": 1})
        asking: Any = boto3.client(service, config=config)  # type: ignore[call-overload]  # any name
        gateway.arm([fault(f"{service}:{asking.meta.method_to_api_mapping[operation]}", error="NoAnswer")])
        before = gateway.conditions.now()
        with pytest.raises(ReadTimeoutError):
            getattr(asking, operation)(**parameters)
        assert gateway.conditions.now() - before == 7
        getattr(asking, operation)(**parameters)


def test_an_answer_that_never_comes_may_have_taken_effect(opened: Opener) -> None:
    opened().arm([fault("ec2:CreateSecurityGroup", error="NoAnswer", applied=True)])
    group = {"GroupName": "g", "Description": "d", "VpcId": "vpc-default"}
    with pytest.raises(ReadTimeoutError):
        client("ec2").create_security_group(**group)
    with refused("InvalidGroup.Duplicate"):
        client("ec2").create_security_group(**group)


def test_a_denial_that_was_told_is_as_long_as_one_of_ec2(opened: Opener) -> None:
    opened().arm([fault("ec2:DeleteSecurityGroup", error="UnauthorizedOperation")])
    with pytest.raises(ClientError, match=r"Encoded authorization failure message: [\w-]{1000}$"):
        client("ec2").delete_security_group(GroupId="sg-1")


def test_a_dry_run_is_counted_by_itself_and_meets_the_faults_that_deny(opened: Opener) -> None:
    gateway = opened()
    faults = [
        fault("ec2:CreateSecurityGroup"),
        fault("ec2:CreateSecurityGroup", error="UnauthorizedOperation", times=2),
    ]
    gateway.arm(faults)
    group = {"GroupName": "g", "Description": "d", "VpcId": "vpc-default"}
    with refused("UnauthorizedOperation"):
        client("ec2").create_security_group(**group, DryRun=True)
    with refused("Throttling"):
        client("ec2").create_security_group(**group)
    with refused("UnauthorizedOperation"):
        client("ec2").create_security_group(**group)
    with refused("DryRunOperation"):
        client("ec2").create_security_group(**group, DryRun=True)
    assert gateway.calls == gateway.dry_runs == {"ec2:CreateSecurityGroup": 2}


def test_applied_fault_takes_effect_and_loses_the_answer(opened: Opener) -> None:
    gateway = opened()
    gateway.arm([fault("ec2:CreateSecurityGroup", error="InternalError", applied=True)])
    ec2 = client("ec2")
    with refused("InternalError", 500):
        ec2.create_security_group(GroupName="mine", Description="d", VpcId="vpc-default")
    names = [each["GroupName"] for each in ec2.describe_security_groups()["SecurityGroups"]]
    assert "mine" in names


def test_answer_that_is_lost_is_never_the_callers_fault() -> None:
    assert fault(error="Throttling", applied=True).status == 500


def test_entries_fail_inside_an_answer(opened: Opener) -> None:
    """API reference, PutEvents: the answer has status 200 and the number of entries that failed, each with its code."""
    opened().arm([fault("events:PutEvents", error="InternalFailure", inside=True)])
    entries = [{"Source": "shop", "DetailType": kind, "Detail": "{}"} for kind in ("Ordered", "Paid")]
    failed = client("events").put_events(Entries=entries)
    assert (failed["FailedEntryCount"], failed["ResponseMetadata"]["HTTPStatusCode"]) == (2, 200)
    assert [each["ErrorCode"] for each in failed["Entries"]] == ["InternalFailure"] * 2
    assert client("events").put_events(Entries=entries)["FailedEntryCount"] == 0


def test_faults_that_nothing_met_are_returned(opened: Opener) -> None:
    gateway = opened()
    missed = fault("iam:CreateRole")
    gateway.arm([missed, fault("iam:DeleteRole", optional=True), fault()])
    with refused("Throttling"):
        client("elbv2").describe_load_balancers()
    assert gateway.disarm() == [missed]


def test_faults_of_functions_are_held_beside_those_of_operations() -> None:
    timeout = Fault(function="ensure_cluster", error="Timeout")
    armed = Armed([timeout])
    assert armed.take("iam:CreateRole") is None
    assert armed.take("ensure_cluster") == timeout
    assert armed.take("ensure_cluster") is None


@pytest.mark.parametrize(
    "keys",
    [
        {"operation": "elbv2:CreateBalancer"},
        {"operation": "elb2:CreateLoadBalancer"},
        {"operation": "iam:CreateRole", "function": "ensure_access_role"},
        {},
        {"operation": "iam:CreateRole", "times": 0},
        {"operation": "iam:CreateRole", "inside": True},
        {"function": "ensure_access_role", "inside": True},
        {"operation": "events:PutEvents", "inside": True, "applied": True},
    ],
)
def test_fault_that_cannot_be(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Fault.model_validate(keys)


def test_nothing_stays_behind(opened: Opener) -> None:
    from moto.core.responses import BaseResponse

    before = BaseResponse.call_action
    world = World()
    with Gateway(world.conditions(VirtualClock(), 0)):
        assert BaseResponse.call_action is not before
    assert BaseResponse.call_action is before


def test_a_filter_that_the_operation_does_not_have_is_refused(opened: Opener) -> None:
    opened()
    with refused("InvalidParameterValue"):
        client("ec2").describe_security_group_rules(Filters=[{"Name": "tag-key", "Values": ["team"]}])
