"""The judge on the service's side sees each kind of fault: a call of the product is made wrong, and it says so."""

import importlib
import re
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.services.ec2.endpoint_services import services
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import apply_event
from tests.exactness.offering import watched
from tests.faults.grounds import CREATE, ground
from tests.inside import Inside

STRANGER: Final = "arn:aws:iam::111122223333:root"
ENDPOINT: Final = "vpce-0123456789abcdef0"


@pytest.fixture
def blank() -> Inside:
    return Inside(ground("blank", "create"))


@pytest.fixture
def ready() -> Inside:
    return Inside(ground("provisioned", "create"))


class Seeded:
    """EC2 as the product calls it, with some of its requests changed."""

    def __init__(self, ec2: Any) -> None:
        self._ec2 = ec2

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ec2, name)


class Accepting(Seeded):
    """It makes services that accept whoever asks."""

    def create_vpc_endpoint_service_configuration(self, **given: Any) -> Any:
        return self._ec2.create_vpc_endpoint_service_configuration(**{**given, "AcceptanceRequired": False})


class ForAnotherToo(Seeded):
    """It allows a stranger beside somebody, and turns acceptance off then."""

    def modify_vpc_endpoint_service_permissions(self, **given: Any) -> Any:
        given["AddAllowedPrincipals"] = [*given.get("AddAllowedPrincipals", ()), STRANGER]
        answer = self._ec2.modify_vpc_endpoint_service_permissions(**given)
        self._ec2.modify_vpc_endpoint_service_configuration(ServiceId=given["ServiceId"], AcceptanceRequired=False)
        return answer


class Helpful(Seeded):
    """It accepts whoever has asked, when it looks who is there."""

    def get_paginator(self, operation: str) -> Any:
        if operation == "describe_vpc_endpoint_connections":
            for service, endpoint in _asking():
                self._ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[endpoint])
        return self._ec2.get_paginator(operation)


def _asking() -> list[tuple[str, str]]:
    found = services("us-east-1").values()
    return [(each.id, name) for each in found for name, it in each.connections.items() if it.state_at(0) != "available"]


def changed(name: str, attribute: str, value: object) -> None:
    """In the account's own copy of a module: this is asked in a fork, so nobody has to put it back."""
    setattr(importlib.import_module(f"private_connection.{name}"), attribute, value)


def seed(account: Account, ec2: type[Seeded]) -> None:
    """What IAM would deny is seen as well: here nobody does."""
    client = importlib.import_module("private_connection.clients").ec2()
    changed("clients", "ec2", lambda: ec2(client))
    account.gateway.guards.clear()


def asks(account: Account) -> None:
    """The other side asks for the connection."""
    (service,) = account.snapshot.owned()["endpointService"]
    apply_event("connect", {"endpoint": ENDPOINT, "service": service}, account.conditions)


def test_all_is_well_where_nothing_is_broken(blank: Account) -> None:
    with watched(blank) as problems:
        assert blank.run("provision", CREATE).status == "SUCCEEDED"
        asks(blank)
        assert blank.run("teardown", {"connection": CREATE["connection"]}).status == "SUCCEEDED"
    assert problems == []


WRONG: Final = {
    Accepting: [r"CreateVpcEndpointServiceConfiguration on vpce-svc-\w+: accepts whoever asks"],
    ForAnotherToo: [
        rf"ModifyVpcEndpointServicePermissions on vpce-svc-\w+: allows {STRANGER}",
        r"ModifyVpcEndpointServiceConfiguration on vpce-svc-\w+: accepts whoever asks",
    ],
}


@pytest.mark.parametrize("wrong", WRONG)
def test_whom_a_call_lets_in_is_said(blank: Account, wrong: type[Seeded]) -> None:
    seed(blank, wrong)
    with watched(blank) as problems:
        blank.run("provision", CREATE)
    assert [each for each in WRONG[wrong] if not any(re.fullmatch(each, said) for said in problems)] == [], problems


def test_an_endpoint_that_a_call_brings_up_is_said(ready: Account) -> None:
    asks(ready)
    seed(ready, Helpful)
    with watched(ready) as problems:
        ready.run("teardown", {"connection": CREATE["connection"]})
    (problem,) = problems
    assert problem.startswith("AcceptVpcEndpointConnections on vpce-svc-")
    assert problem.endswith(f": brings {ENDPOINT} up")


def test_a_service_of_a_node_that_was_never_healthy_is_said(blank: Account) -> None:
    """The health gate is taken out, and the node dies before its load balancer has looked."""

    def dies(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == "Resolve nodes":
            apply_event("kill-node", {"node": "redis-demo-001"}, blank.conditions)

    for name in ("paths.target_health", "verdict"):
        changed(name, "find_unhealthy", lambda targets: iter(()))
    with watched(blank) as problems:
        assert blank.run("provision", CREATE, listeners=[dies]).status == "SUCCEEDED"
    (problem,) = problems
    assert problem.endswith(": allows arn:aws:iam::794031221915:root and its targets have never been healthy")


def test_what_others_do_is_not_ours(ready: Account) -> None:
    asks(ready)
    (service,) = ready.snapshot.owned()["endpointService"]
    ec2 = boto3.client("ec2")
    with watched(ready) as problems:
        ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=[STRANGER])
        ec2.accept_vpc_endpoint_connections(ServiceId=service, VpcEndpointIds=[ENDPOINT])
        assert ready.run("reconcile", {}).status == "SUCCEEDED"
    assert problems == []
