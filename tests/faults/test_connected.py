"""A consumer is connected: teardown refuses, or is forced; and what EC2 refuses inside an answer is noticed."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from sandbox.services.common import Answer
from sandbox.services.ec2.endpoint_connections import EndpointConnections, unsuccessful
from sandbox.services.ec2.endpoint_service_operations import EndpointServices
from sandbox.services.ec2.endpoint_services import services
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import apply_event
from tests.faults.grounds import CREATE, QUICK, opened, removal, world

ENDPOINT, OWNER = "vpce-0123456789abcdef0", "794031221915"


@contextmanager
def connected(state: str = "available", **latency: float) -> Iterator[Account]:
    """A connection that a consumer's endpoint uses, or asks for."""
    with opened(world("create", latency={**QUICK, **latency})) as account:
        account.run("provision", CREATE)
        (service,) = account.snapshot.owned()["endpointService"]
        apply_event("connect", {"service": service, "endpoint": ENDPOINT}, account.conditions)
        if state != "pendingAcceptance":
            apply_event("accept", {"service": service, "endpoint": ENDPOINT}, account.conditions)
        if state == "available":
            account.clock.sleep(QUICK["connection"] + 1)
        assert states(account) == {ENDPOINT: state}
        yield account


def states(account: Account) -> dict[str, str]:
    """The state of each endpoint that is connected to what runs made."""
    ours, now = account.snapshot.owned().get("endpointService", []), account.clock.now()
    found = services(account.world.region)
    return {name: each.state_at(now) for id_ in ours for name, each in found[id_].connections.items()}


def ended(report: RunReport) -> tuple[str, str | None]:
    return report.status, report.error


def clean(account: Account) -> bool:
    return account.snapshot.owned() == {} and account.snapshot.foreign_changes() == []


def test_teardown_refuses_while_somebody_is_connected() -> None:
    with connected() as account:
        before = inventory()
        report = account.run("teardown", removal("create"))
        assert ended(report) == ("FAILED", "ConnectionInUse")
        assert ENDPOINT in (report.cause or "")
        assert OWNER in (report.cause or "")
        assert inventory() == before
        assert states(account) == {ENDPOINT: "available"}


def test_an_endpoint_of_any_owner_is_a_connection() -> None:
    with connected() as account:
        (service,) = account.snapshot.owned()["endpointService"]
        services(account.world.region)[service].connections[ENDPOINT].owner = "210987654321"
        report = account.run("teardown", removal("create"))
        assert ended(report) == ("FAILED", "ConnectionInUse")
        assert "210987654321" in (report.cause or "")


def test_one_that_only_asks_is_turned_away() -> None:
    with connected("pendingAcceptance") as account:
        assert ended(account.run("teardown", removal("create"))) == ("SUCCEEDED", None)
        assert clean(account)


def test_one_that_is_coming_up_is_a_connection_and_is_waited_for_by_force() -> None:
    """EC2 does not say that it can be rejected; three rounds without a change must not end the teardown meanwhile."""
    with connected("pending", connection=200) as account:
        refused = account.run("teardown", removal("create"))
        assert ended(refused) == ("FAILED", "ConnectionInUse")
        assert states(account) == {ENDPOINT: "pending"}
        assert ended(account.run("teardown", removal("create", force=True))) == ("SUCCEEDED", None)
        assert clean(account)


def test_forced_it_cuts_off_whoever_is_connected() -> None:
    with connected() as account:
        report = account.run("teardown", removal("create", force=True))
        assert ended(report) == ("SUCCEEDED", None)
        assert report.api_calls["ec2:RejectVpcEndpointConnections"] >= 1
        assert clean(account)


def test_an_endpoint_service_is_deleted_once_the_rejection_has_taken_effect() -> None:
    with connected(rejection=100) as account:
        report = account.run("teardown", removal("create", force=True))
        assert ended(report) == ("SUCCEEDED", None)
        assert report.api_calls["ec2:DeleteVpcEndpointServiceConfigurations"] > 1, "the first ones were refused"
        assert clean(account)


def test_a_service_that_cannot_be_deleted_is_named() -> None:
    with connected(rejection=1e9) as account:
        (service,) = account.snapshot.owned()["endpointService"]
        report = account.run("teardown", removal("create", force=True))
        assert ended(report) == ("FAILED", "NotYetConsistent")
        assert "[ExistingVpcEndpointConnections]" in (report.cause or "")
        assert f"remaining 1 endpointService ({service})" in (report.cause or "")


@pytest.mark.parametrize(
    ("mixin", "operation"),
    [
        (EndpointConnections, "reject_vpc_endpoint_connections"),
        (EndpointServices, "delete_vpc_endpoint_service_configurations"),
    ],
)
def test_a_refusal_inside_an_answer_is_a_refusal(mixin: type, operation: str) -> None:
    """EC2 answers 200 and names in ``Unsuccessful`` what it did not do."""

    def refused(_: object) -> Answer:
        return Answer({"Unsuccessful": [unsuccessful(ENDPOINT, "UnauthorizedOperation", "no")]})

    with connected() as account:
        with mock.patch.object(mixin, operation, refused):
            report = account.run("teardown", removal("create", force=True))
        assert ended(report) == ("FAILED", "AwsRejected")
        assert "[UnauthorizedOperation]" in (report.cause or "")
        assert account.snapshot.owned()["endpointService"], "it is there"
        assert ended(account.run("teardown", removal("create", force=True))) == ("SUCCEEDED", None)
        assert clean(account)


def test_who_connects_while_an_offer_is_taken_back_is_turned_away() -> None:
    """Between the check and the deletion a consumer's endpoint may come up."""
    with connected("pendingAcceptance") as account:
        (service,) = account.snapshot.owned()["endpointService"]

        def accept(moment: Moment) -> None:
            if moment.kind == "entered" and moment.state == "Stop offering":
                services(account.world.region)[service].connections[ENDPOINT].turn("available")

        report = account.run("teardown", removal("create"), listeners=[accept])
        assert ended(report) == ("SUCCEEDED", None)
        assert clean(account)
