"""`check` and `doctor`: in the process, on a connection that is READY."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import boto3
import pytest

from private_connection_cli.checking import Checked, check
from private_connection_cli.deployment import Place, find_deployment
from private_connection_cli.doctor import examine
from private_connection_cli.registry import handoff_of
from sandbox import stack
from sandbox.account import Account
from sandbox.authorization import Request
from sandbox.scenarios.forks import Holder
from sandbox.services.common import Refused
from sandbox.stepfunctions.patching import patched
from sandbox.world import consumers, events
from tests.scenarios import connected

VERVERICA, STRANGER, ENDPOINT = "794031221915", "210987654321", "vpce-0a1"


@pytest.fixture(scope="module")
def holder() -> Iterator[Holder[Account]]:
    yield from connected.held()


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


def kill(account: Account, service: str) -> None:
    events.kill_node(account.conditions, "orders-001")
    account.clock.sleep(600)


@pytest.mark.parametrize(
    ("happened", "works", "health", "advice"),
    [
        ([connect, accept], True, "healthy", []),
        ([], False, "healthy", ["nobody has asked for a connection"]),
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
    holder: Holder[Account],
    happened: list[Callable[[Account, str], None]],
    works: bool,
    health: str,
    advice: list[str],
) -> None:
    ((node, *found, told),) = holder.ask(checked, *happened)
    assert (node, *found) == ("orders-001", works, health)
    assert [each.split(":")[0] for each in told] == advice


def test_a_service_that_is_gone_is_told() -> None:
    gone = Checked("orders-001", "name", [], "its endpoint service is gone")
    assert not gone.works


def examined(account: Account, denied: Sequence[str]) -> list[tuple[str, bool]]:
    def guard(request: Request) -> None:
        if request.operation in denied:
            raise Refused("UnauthorizedOperation" if request.service == "ec2" else "AccessDenied", "not you")

    account.gateway.guards.append(guard)
    with patched(stack.seams(account)):
        deployment = find_deployment(Place(account.template.stack))
        return [(each.action, each.granted) for each in asked(account, partial(examine, deployment))]


def test_a_right_that_is_refused_is_named_and_the_others_are_tried(holder: Holder[Account]) -> None:
    granted = holder.ask(examined, ())
    assert all(each for _, each in granted)
    refused = holder.ask(examined, ("DescribeVpcEndpointConnections", "DescribeTargetHealth"))
    assert [action for action, each in refused if not each] == [
        "ec2:DescribeVpcEndpointConnections",
        "elasticloadbalancing:DescribeTargetHealth",
    ]
    assert [action for action, _ in refused] == [action for action, _ in granted]
