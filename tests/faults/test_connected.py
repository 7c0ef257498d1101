"""A consumer is connected: teardown refuses, or is forced; and what EC2 refuses inside an answer is noticed."""

from collections.abc import Callable
from unittest import mock

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.services.common import Answer
from sandbox.services.ec2.endpoint_connections import EndpointConnections, unsuccessful
from sandbox.services.ec2.endpoint_service_operations import EndpointServices
from sandbox.services.ec2.endpoint_services import services
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import apply_event
from tests.faults.grounds import CREATE, QUICK, Json, removal, slow_down
from tests.faults.observation import FOR_EVER
from tests.registry import item

ENDPOINT, OWNER = "vpce-0123456789abcdef0", "794031221915"


def connect(account: Account, state: str = "available", **latency: float) -> None:
    """A consumer's endpoint uses the connection, or asks for it, and from now on some things take another time."""
    slow_down(account, **latency)
    (service,) = account.snapshot.owned()["endpointService"]
    apply_event("connect", {"service": service, "endpoint": ENDPOINT}, account.conditions)
    if state != "pendingAcceptance":
        apply_event("accept", {"service": service, "endpoint": ENDPOINT}, account.conditions)
    if state == "available":
        account.clock.sleep(QUICK["connection"] + 1)
    assert states(account) == {ENDPOINT: state}


def states(account: Account) -> dict[str, str]:
    """The state of each endpoint that is connected to what runs made."""
    ours, now = account.snapshot.owned().get("endpointService", []), account.clock.now()
    found = services(account.world.region)
    return {name: each.state_at(now) for id_ in ours for name, each in found[id_].connections.items()}


def ended(report: RunReport) -> tuple[str, str | None]:
    return report.status, report.error


def clean(account: Account) -> bool:
    return account.snapshot.owned() == {} and account.snapshot.foreign_changes() == []


def test_teardown_refuses_while_somebody_is_connected(ready: Account) -> None:
    connect(ready)
    before = inventory()
    report = ready.run("teardown", removal("create"))
    assert ended(report) == ("FAILED", "ConnectionInUse")
    assert ENDPOINT in (report.cause or "")
    assert OWNER in (report.cause or "")
    assert inventory() == before
    assert states(ready) == {ENDPOINT: "available"}


def test_an_endpoint_of_any_owner_is_a_connection(ready: Account) -> None:
    connect(ready)
    (service,) = ready.snapshot.owned()["endpointService"]
    services(ready.world.region)[service].connections[ENDPOINT].owner = "210987654321"
    report = ready.run("teardown", removal("create"))
    assert ended(report) == ("FAILED", "ConnectionInUse")
    assert "210987654321" in (report.cause or "")


def test_one_in_a_state_that_nobody_explains_is_a_connection_and_is_turned_away_by_force(ready: Account) -> None:
    """EC2's API model has the state ``Partial``, of which its pages say nothing."""
    connect(ready)
    (service,) = ready.snapshot.owned()["endpointService"]
    services(ready.world.region)[service].connections[ENDPOINT].turn("partial")
    assert ended(ready.run("teardown", removal("create"))) == ("FAILED", "ConnectionInUse")
    assert states(ready) == {ENDPOINT: "partial"}
    assert ended(ready.run("teardown", removal("create", force=True))) == ("SUCCEEDED", None)
    assert clean(ready)


def test_one_that_only_asks_is_turned_away(ready: Account) -> None:
    connect(ready, "pendingAcceptance")
    assert ended(ready.run("teardown", removal("create"))) == ("SUCCEEDED", None)
    assert clean(ready)


def test_one_that_is_coming_up_is_a_connection_and_is_waited_for_by_force(ready: Account) -> None:
    """EC2 does not say that it can be rejected; three rounds without a change must not end the teardown meanwhile."""
    connect(ready, "pending", connection=200)
    refused = ready.run("teardown", removal("create"))
    assert ended(refused) == ("FAILED", "ConnectionInUse")
    assert states(ready) == {ENDPOINT: "pending"}
    assert ended(ready.run("teardown", removal("create", force=True))) == ("SUCCEEDED", None)
    assert clean(ready)


def test_forced_it_cuts_off_whoever_is_connected(ready: Account) -> None:
    connect(ready)
    report = ready.run("teardown", removal("create", force=True))
    assert ended(report) == ("SUCCEEDED", None)
    assert report.api_calls["ec2:RejectVpcEndpointConnections"] >= 1
    assert clean(ready)


def test_an_endpoint_service_is_deleted_once_the_rejection_has_taken_effect(ready: Account) -> None:
    connect(ready, rejection=100)
    report = ready.run("teardown", removal("create", force=True))
    assert ended(report) == ("SUCCEEDED", None)
    assert report.api_calls["ec2:DeleteVpcEndpointServiceConfigurations"] > 1, "the first ones were refused"
    assert clean(ready)


def test_a_service_that_cannot_be_deleted_is_named(ready: Account) -> None:
    connect(ready, rejection=1e9)
    (service,) = ready.snapshot.owned()["endpointService"]
    report = ready.run("teardown", removal("create", force=True))
    assert ended(report) == ("FAILED", "NotYetConsistent")
    assert "[ExistingVpcEndpointConnections]" in (report.cause or "")
    assert f"remaining 1 endpoint service ({service})" in (report.cause or "")


@pytest.mark.parametrize(
    ("mixin", "operation"),
    [
        (EndpointConnections, "reject_vpc_endpoint_connections"),
        (EndpointServices, "delete_vpc_endpoint_service_configurations"),
    ],
)
def test_a_refusal_inside_an_answer_is_a_refusal(ready: Account, mixin: type, operation: str) -> None:
    """EC2 answers 200 and names in ``Unsuccessful`` what it did not do."""

    def refused(_: object) -> Answer:
        return Answer({"Unsuccessful": [unsuccessful(ENDPOINT, "UnauthorizedOperation", "no")]})

    connect(ready)
    with mock.patch.object(mixin, operation, refused):
        report = ready.run("teardown", removal("create", force=True))
    assert ended(report) == ("FAILED", "AwsRejected")
    assert "[UnauthorizedOperation]" in (report.cause or "")
    assert ready.snapshot.owned()["endpointService"], "it is there"
    assert ended(ready.run("teardown", removal("create", force=True))) == ("SUCCEEDED", None)
    assert clean(ready)


def test_who_connects_while_an_offer_is_taken_back_is_turned_away(ready: Account) -> None:
    """Between the check and the deletion a consumer's endpoint may come up."""
    connect(ready, "pendingAcceptance")
    (service,) = ready.snapshot.owned()["endpointService"]

    def accept(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == "Stop offering":
            services(ready.world.region)[service].connections[ENDPOINT].turn("available")

    report = ready.run("teardown", removal("create"), listeners=[accept])
    assert ended(report) == ("SUCCEEDED", None)
    assert clean(ready)


# ------------------------------------------------------------------ who comes between the two looks


def principals(account: Account) -> list[str]:
    return account.snapshot.owned().get("allowedPrincipal", [])


def comes_up(account: Account, state: str) -> Callable[[Moment], None]:
    """A listener: the endpoint that asked is accepted, and comes up, when a state is entered."""
    (service,) = account.snapshot.owned()["endpointService"]

    def accept(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == state:
            services(account.world.region)[service].connections[ENDPOINT].turn("available")

    return accept


@pytest.mark.parametrize("state", ["Record teardown", "Check offer", "Withdraw offer", "Check again"])
def test_who_comes_up_while_the_offers_end_is_kept_and_the_service_is_offered_again(ready: Account, state: str) -> None:
    connect(ready, "pendingAcceptance")
    before = inventory()
    report = ready.run("teardown", removal("create"), listeners=[comes_up(ready, state)])
    assert ended(report) == ("FAILED", "ConnectionInUse")
    assert ENDPOINT in (report.cause or "")
    assert states(ready) == {ENDPOINT: "available"}
    assert {kind: {*found} for kind, found in inventory().items()} == {kind: {*found} for kind, found in before.items()}
    assert item("redis-demo")["status"] == "READY"


@pytest.mark.parametrize(
    "fault",
    [
        {"operation": "ec2:ModifyVpcEndpointServicePermissions", "error": "UnauthorizedOperation", "times": FOR_EVER},
        {"operation": "ec2:ModifyVpcEndpointServicePermissions", "error": "InternalError", "times": 5, "applied": True},
        {"operation": "ec2:DescribeVpcEndpointServicePermissions", "error": "UnauthorizedOperation"},
        {"operation": "ec2:DescribeVpcEndpointServicePermissions", "error": "UnauthorizedOperation", "skip": 1},
        {"operation": "ec2:DescribeVpcEndpointConnections", "error": "UnauthorizedOperation", "skip": 2},
        {"function": "stop_offering", "error": "Timeout", "times": 3},
        {"function": "check_connections", "error": "Timeout", "times": 3, "skip": 1},
    ],
    ids=str,
)
def test_a_failure_before_anything_was_removed_leaves_the_connection_as_it_was(ready: Account, fault: Json) -> None:
    connect(ready, "pendingAcceptance")
    offered = principals(ready)
    listeners = [comes_up(ready, "Check again")]
    given = Fault.model_validate({"optional": True, **fault})
    report = ready.run("teardown", removal("create"), faults=[given], listeners=listeners)
    assert (report.status, len(offered), principals(ready)) == ("FAILED", 1, offered)
    assert states(ready)[ENDPOINT] in ("pendingAcceptance", "available")
    assert item("redis-demo")["status"] == "READY"


def test_a_service_that_was_offered_to_nobody_is_offered_to_nobody_afterwards(ready: Account) -> None:
    connect(ready, "pendingAcceptance")
    (each,) = principals(ready)
    service, _, principal = each.partition("/")
    ec2 = boto3.client("ec2", region_name=ready.world.region)
    ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, RemoveAllowedPrincipals=[principal])
    report = ready.run("teardown", removal("create"), listeners=[comes_up(ready, "Check again")])
    assert (ended(report), principals(ready)) == (("FAILED", "ConnectionInUse"), [])


def test_a_service_that_cannot_be_offered_again_is_told_and_the_connection_is_not_called_ready(ready: Account) -> None:
    denial = Fault(function="allow_principal", error="Timeout", times=3)
    connect(ready, "pendingAcceptance")
    offered, listeners = principals(ready), [comes_up(ready, "Check again")]
    report = ready.run("teardown", removal("create"), faults=[denial], listeners=listeners)
    assert (ended(report), principals(ready)) == (("FAILED", "ConnectionInUse"), [])
    assert "(and 1 more: running a step" in (report.cause or "")
    assert item("redis-demo")["status"] == "TEARING_DOWN"
    assert ready.run("provision", CREATE).status == "SUCCEEDED"
    assert (principals(ready), states(ready)) == (offered, {ENDPOINT: "available"})
