"""Whoever asks is judged: sessions of roles by their policies, other accounts by what they are here for."""

import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox.account import Account
from sandbox.callers import OWNER, calling
from sandbox.deployment.resolver import ACCOUNT
from sandbox.serve import served
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / "small" / "template.yaml"
CONSUMER = "111122223333"
REGION = "us-east-1"
SERVICES = f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-endpoint-service/"
BLUE: dict[str, Any] = {"StringEquals": {"aws:ResourceTag/team": "blue"}}


def document(action: str | list[str], resource: str = "*", effect: str = "Allow", **condition: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [statement]}


ACCEPT = "ec2:AcceptVpcEndpointConnections"
ASKING = [{"id": "vpce-1", "state": "pendingAcceptance"}]
WORLD: dict[str, Any] = {
    "consumer": CONSUMER,
    "latency": {"iamPropagation": 0},
    "loadBalancers": [{"name": name, "subnets": ["subnet-a"]} for name in ("blue", "red")],
    "endpointServices": [
        {"loadBalancer": "blue", "id": "vpce-svc-1", "connections": ASKING, "tags": {"team": "blue"}},
        {"loadBalancer": "red", "id": "vpce-svc-2", "connections": ASKING, "tags": {"team": "red"}},
    ],
    "policies": [{"name": "bound", "document": document("ec2:Describe*")}, {"name": "attached"}],
    "roles": [
        {"name": "everywhere", "policies": {"p": document([ACCEPT, "ec2:DescribeVpcEndpointServices"])}},
        {"name": "blue", "policies": {"p": document(ACCEPT, f"{SERVICES}*", **BLUE)}},
        {"name": "attached", "attached": [f"arn:aws:iam::{ACCOUNT}:policy/attached"]},
        {
            "name": "bound",
            "policies": {"p": document("*")},
            "boundary": f"arn:aws:iam::{ACCOUNT}:policy/bound",
        },
        {"name": "denied", "policies": {"a": document("*"), "d": document("*", f"{SERVICES}vpce-svc-2", "Deny")}},
        {"name": "nothing"},
        {
            "name": "steps",
            "trust": {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"AWS": [CONSUMER, ACCOUNT]}, "Action": "sts:AssumeRole"}
                ],
            },
            "policies": {"p": document("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/steps")},
        },
    ],
}


@pytest.fixture
def account() -> Iterator[Account]:
    with Account(World.model_validate(WORLD), seed=1, template=SMALL, logs=io.StringIO()) as opened:
        yield opened


def client(service: str, key: str) -> Any:
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key="x", region_name=REGION)
    return session.client(service)  # type: ignore[call-overload]  # any name


def key_of(role: str, by: str = CONSUMER, seconds: int = 3600) -> str:
    """The access key of a session of a role."""
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    given = client("sts", by).assume_role(RoleArn=arn, RoleSessionName="me", DurationSeconds=seconds)
    return str(given["Credentials"]["AccessKeyId"])


def assumed(role: str, seconds: int = 3600) -> Any:
    """EC2, as a session of a role asks it."""
    return client("ec2", key_of(role, seconds=seconds))


def accept(ec2: Any, service: str) -> Any:
    return ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=["vpce-1"])


def error(call: Callable[[], Any]) -> Any:
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]


ALLOWED = {
    "everywhere": (True, True),
    "blue": (True, False),
    "attached": (True, True),
    "bound": (False, False),
    "denied": (True, False),
    "nothing": (False, False),
}


@pytest.mark.parametrize(("role", "allowed"), ALLOWED.items(), ids=ALLOWED)
def test_a_session_may_do_what_its_roles_policies_allow(
    account: Account, role: str, allowed: tuple[bool, bool]
) -> None:
    """IAM User Guide, "Policy evaluation logic"; Service Authorization Reference: AcceptVpcEndpointConnections is
    judged on the service, with its tags.
    """
    ec2 = assumed(role)
    for service, possible in zip(("vpce-svc-1", "vpce-svc-2"), allowed, strict=True):
        if possible:
            assert accept(ec2, service)["Unsuccessful"] == []
        else:
            assert error(partial(accept, ec2, service))["Code"] == "UnauthorizedOperation"


def test_a_denial_names_the_session_the_action_and_why(account: Account) -> None:
    message = error(lambda: accept(assumed("blue"), "vpce-svc-2"))["Message"]
    user = f"arn:aws:sts::{ACCOUNT}:assumed-role/blue/me"
    told = f"{user} is not authorized to perform: {ACCEPT} on resource: {SERVICES}vpce-svc-2 because no identity-based"
    assert told in message
    assert "permissions boundary allows" in error(lambda: accept(assumed("bound"), "vpce-svc-1"))["Message"]


def test_a_policy_that_is_taken_off_counts_no_more(account: Account) -> None:
    ec2, iam = assumed("everywhere"), boto3.client("iam")
    assert ec2.describe_vpc_endpoint_services()["ServiceNames"]
    iam.put_role_policy(RoleName="everywhere", PolicyName="p", PolicyDocument=json.dumps(document(ACCEPT)))
    assert error(ec2.describe_vpc_endpoint_services)["Code"] == "UnauthorizedOperation"
    iam.delete_role_policy(RoleName="everywhere", PolicyName="p")
    iam.delete_role(RoleName="everywhere")
    assert error(lambda: accept(ec2, "vpce-svc-1"))["Code"] == "UnauthorizedOperation"


def test_a_session_ends(account: Account) -> None:
    """EC2 API reference, "Error codes": RequestExpired."""
    ec2 = assumed("everywhere", 900)
    account.clock.sleep(899)
    assert accept(ec2, "vpce-svc-1")["Unsuccessful"] == []
    account.clock.sleep(1)
    assert error(lambda: accept(ec2, "vpce-svc-2"))["Code"] == "RequestExpired"


@pytest.mark.parametrize(("service", "code"), [("ec2", "AuthFailure"), ("iam", "InvalidClientTokenId")])
def test_a_sessions_key_that_nobody_got_opens_nothing(account: Account, service: str, code: str) -> None:
    """EC2 API reference and STS API reference, "Common errors"."""
    asked = client(service, "ASIA0000000000000000")
    call = asked.describe_vpcs if service == "ec2" else asked.list_roles
    assert error(call)["Code"] == code


def test_a_session_assumes_the_roles_that_its_own_role_lets_it(account: Account) -> None:
    """IAM User Guide, "How IAM roles differ from resource-based policies" and "Policy evaluation logic": a trust that
    names the account leaves it to the account's own policies.
    """
    assert key_of("steps", by=key_of("steps"))
    refused = error(lambda: key_of("steps", by=key_of("nothing")))
    assert (refused["Code"], "on resource: arn:aws:iam::123456789012:role/steps" in refused["Message"]) == (
        "AccessDenied",
        True,
    )


def test_service_control_policies_bind_sessions_of_the_accounts_roles() -> None:
    denied = {**WORLD, "serviceControlPolicies": [document(ACCEPT, effect="Deny")]}
    with Account(World.model_validate(denied), template=SMALL, logs=io.StringIO()):
        message = error(lambda: accept(assumed("everywhere"), "vpce-svc-1"))["Message"]
        assert "with an explicit deny in a service control policy" in message


def test_another_account_does_nothing_but_connect(account: Account) -> None:
    machines = client("stepfunctions", CONSUMER)
    for call in (client("ec2", CONSUMER).describe_vpc_endpoint_connections, machines.list_state_machines):
        assert error(call)["Code"] == "UnsupportedOperation"
    assert client("ec2", CONSUMER).describe_vpcs()["Vpcs"][0]["VpcId"] == f"vpc-{CONSUMER}"
    assert [each["VpcId"] for each in client("ec2", "any").describe_vpcs()["Vpcs"]] == ["vpc-default"]


def test_a_function_asks_as_itself_whatever_its_key(account: Account) -> None:
    assert account.run("call", {"function": "Visitor", "event": None}).output["vpcs"] == 1


SIGNATURE = "AWS4-HMAC-SHA256 Credential={}/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize("signature", [None, "", "Bearer x", SIGNATURE.format("sandbox"), SIGNATURE.format(ACCOUNT)])
def test_whoever_signs_otherwise_is_the_owner(signature: str | None) -> None:
    assert calling({"Authorization": signature} if signature is not None else {}, {}) is OWNER


def test_a_signature_says_who_asks() -> None:
    assert calling({"Authorization": SIGNATURE.format(CONSUMER)}, {}).account == CONSUMER


def test_accounts_and_sessions_are_told_apart_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(World.model_validate(WORLD), time_scale=600.0) as address:
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        assert client("ec2", CONSUMER).describe_vpcs()["Vpcs"][0]["VpcId"] == f"vpc-{CONSUMER}"
        assert accept(assumed("blue"), "vpce-svc-1")["Unsuccessful"] == []
        assert error(lambda: accept(assumed("blue"), "vpce-svc-2"))["Code"] == "UnauthorizedOperation"
        assert error(lambda: assumed("other"))["Code"] == "AccessDenied"
