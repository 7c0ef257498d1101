"""`check` and `doctor`: in the process, on a connection that is READY."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from private_connection_cli.checking import ADVICE, NOBODY, Checked, check
from private_connection_cli.deployment import Place, find_deployment
from private_connection_cli.doctor import CALLS, FOUND, START, STARTS, Right, examine, parameters
from private_connection_cli.registry import handoff_of
from sandbox import stack
from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.scenarios.forks import Holder
from sandbox.services.common import Refused
from sandbox.services.ec2.endpoint_services import Connection, services
from sandbox.stepfunctions.patching import patched
from sandbox.world import consumers, events
from tests.cli.asked import recorded

VERVERICA, STRANGER, ENDPOINT = "794031221915", "210987654321", "vpce-0a1"


def checked(account: Account, *happened: Callable[[Account, str], None]) -> list[tuple[str, bool, str, list[str]]]:
    """What is said of each node once these things have happened to its service."""
    with patched(stack.seams(account)):
        deployment = find_deployment(Place(account.template.stack))
        handoff = asked(account, partial(handoff_of, deployment, "orders"))
        for each in happened:
            each(account, handoff["endpoints"][0]["serviceId"])
        return [(each.node, each.works, each.health, each.advice) for each in check(deployment, handoff)]


def asked(account: Account, action: Callable[[], Any]) -> Any:
    """The answer of what invokes functions, which is for a leaf of the account's clock."""
    answers = list[Any]()
    account.clock.start(lambda: answers.append(action()))
    account.clock.run()
    return answers[0]


def connect(account: Account, service: str) -> None:
    consumers.connect(account.conditions, service, VERVERICA, ENDPOINT)


def accept(account: Account, service: str) -> None:
    consumers.accept(account.conditions, service, ENDPOINT)
    account.clock.sleep(600)


def admit_a_stranger(account: Account, service: str) -> None:
    boto3.client("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service, AddAllowedPrincipals=[f"arn:aws:iam::{STRANGER}:root"]
    )
    consumers.connect(account.conditions, service, STRANGER, "vpce-0123")


def attach(account: Account, service: str) -> None:
    """What has no endpoint; EC2 lists it at services of Gateway Load Balancers only."""
    attachment = Connection("tgw-attach-1", STRANGER, account.clock.now(), "available")
    services(account.world.region)[service].connections[attachment.vpc_endpoint_id] = attachment


def kill(account: Account, service: str) -> None:
    events.kill_node(account.conditions, "orders-001")
    account.clock.sleep(600)


@pytest.mark.parametrize(
    ("happened", "works", "health", "advice"),
    [
        ([connect, accept], True, "healthy", []),
        ([], False, "healthy", ["nobody has asked for a connection"]),
        ([attach], False, "healthy", ["nobody has asked for a connection"]),
        ([connect], False, "healthy", ["Ververica has not accepted its request"]),
        (
            [connect, accept, admit_a_stranger],
            True,
            "healthy",
            [f"{STRANGER} is not Ververica's account, and asks for vpce-0123"],
        ),
        (
            [connect, accept, kill],
            False,
            "unhealthy Target.FailedHealthChecks",
            ["the node does not answer its load balancer (unhealthy Target.FailedHealthChecks)"],
        ),
    ],
)
def test_what_a_node_lacks_is_said_with_what_to_do(
    connection: Holder[Account],
    happened: list[Callable[[Account, str], None]],
    works: bool,
    health: str,
    advice: list[str],
) -> None:
    ((node, *found, told),) = connection.ask(checked, *happened)
    assert (node, *found) == ("orders-001", works, health)
    assert [each.split(":")[0] for each in told] == advice


def test_troubleshooting_begins_with_what_is_said() -> None:
    table = Path("docs/troubleshooting.md").read_text().partition("\n## ")[0]
    beginnings = {state: told.partition(":")[0] for state, told in {**ADVICE, "none": NOBODY}.items()}
    assert [state for state, told in beginnings.items() if told not in table and f"`{state}`" not in table] == []


def test_a_service_that_is_gone_is_told() -> None:
    gone = Checked("orders-001", "name", [], "its endpoint service is gone")
    assert not gone.works


def examined(account: Account, denied: Sequence[str], rights: Sequence[str] = ()) -> list[Right]:
    """What doctor says where these operations are denied; with rights, as a role that has these, and that to start
    Provision.
    """

    def guard(request: Request) -> None:
        if request.operation in denied:
            raise Refused("UnauthorizedOperation" if request.service == "ec2" else "AccessDenied", "not you")

    with patched(stack.seams(account)):
        deployment = find_deployment(Place(account.template.stack))
        if rights:
            place = Place(variables=_session(account, rights, deployment.outputs["ProvisionArn"]))
            deployment = replace(deployment, place=place)
        account.gateway.guards.append(guard)
        found: list[Right] = asked(account, partial(examine, deployment))
        return found


def _session(account: Account, rights: Sequence[str], machine: str) -> dict[str, str]:
    statements = [
        {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine},
        {"Effect": "Allow", "Action": list(rights), "Resource": "*"},
    ]
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    iam = boto3.client("iam")
    made = iam.create_role(RoleName="operator", Path="/people/", AssumeRolePolicyDocument=_document(trust))["Role"]
    account.advance(60)
    iam.put_role_policy(RoleName="operator", PolicyName="runs", PolicyDocument=_document(*statements))
    session = boto3.client("sts").assume_role(RoleArn=made["Arn"], RoleSessionName="me")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
    }


def _document(*statements: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def verdicts(found: Sequence[Right]) -> dict[str, str]:
    return {f"{each.action} ({each.commands})": each.verdict for each in found}


def test_a_right_that_is_refused_is_named_and_the_others_are_tried(connection: Holder[Account]) -> None:
    granted = connection.ask(examined, ())
    assert {each.verdict for each in granted} == {"granted"}
    refused = connection.ask(examined, ("DescribeVpcEndpointConnections", "DescribeTargetHealth"))
    assert [each.action for each in refused if each.verdict == "refused"] == [
        "ec2:DescribeVpcEndpointConnections",
        "elasticloadbalancing:DescribeTargetHealth",
    ]
    assert [each.action for each in refused] == [each.action for each in granted]


def test_what_is_asked_after_is_of_the_deployments_own_account_and_region() -> None:
    """In another account a call would be denied to whoever has the right in this one."""
    place = "us-gov-west-1:210987654321"
    outputs = {
        "ProvisionArn": f"arn:aws-us-gov:states:{place}:stateMachine:Provision-1",
        "ListConnectionsArn": f"arn:aws-us-gov:lambda:{place}:function:list",
    }
    named = [value for each in parameters(outputs).values() for value in each.values() if isinstance(value, str)]
    assert [":".join(each.split(":")[:5]) for each in named] == [
        *(f"arn:aws-us-gov:states:{place}",) * 3,
        f"arn:aws-us-gov:lambda:{place}",
        f"arn:aws-us-gov:elasticloadbalancing:{place}",
    ]


READS = ("cloudformation:*", "ec2:*", "elasticloadbalancing:*", "lambda:*", "states:Describe*", "states:Get*", "sts:*")


@pytest.mark.parametrize(
    ("rights", "found", "why"),
    [
        (("iam:GetRole", "iam:SimulatePrincipalPolicy"), ["granted", "refused", "refused"], "implicitDeny"),
        (("iam:SimulatePrincipalPolicy",), ["granted", "refused", "refused"], "implicitDeny"),
        (("iam:GetRole",), ["not tried"] * 3, "AccessDenied"),
    ],
    ids=["with the role's path", "without it", "IAM does not say"],
)
def test_the_right_to_start_a_run_is_what_iam_would_decide(
    connection: Holder[Account], rights: tuple[str, ...], found: list[str], why: str
) -> None:
    starting = [each for each in connection.ask(examined, (), (*READS, *rights)) if each.action == START]
    assert [each.commands for each in starting] == ["plan, provision, pause, resume", "teardown", "reconcile"]
    assert [each.verdict for each in starting] == found
    assert {why in str(each.reason) for each in starting if each.verdict != "granted"} == {True}


def test_every_right_of_a_command_is_examined() -> None:
    needed = {action for calls in recorded().values() for action in calls}
    assert needed == {*CALLS, START, FOUND}
    for action, (commands, *_) in CALLS.items():
        assert {*commands.split(", ")} == {command for command, calls in recorded().items() if action in calls}, action
    starting = {command for command, calls in recorded().items() if START in calls}
    assert {*", ".join(STARTS.values()).split(", ")} == starting
