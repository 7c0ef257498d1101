"""Endpoint connections: who is connected, and who is turned away."""

import pytest
from botocore.session import get_session

from private_connection.contracts import Done
from private_connection.errors import NAMED_AT_MOST, AwsRejected, ClusterInUse, ConnectionInUse, NotYetConsistent
from private_connection.paths.endpoint_connections import (
    ABSENT,
    CHANGED_MEANWHILE,
    CONNECTING,
    CheckConnections,
    all_connections,
    check_connections,
    find_connections,
    reject_connections,
)
from private_connection.paths.endpoint_services import ServiceReference
from tests.unit.builders import Json
from tests.unit.described import endpoint_connection
from tests.unit.fake_aws import FakeAws, Refusal

SERVICE = ServiceReference(service_id="vpce-svc-1")
STATES = ("available", "Available", "pendingAcceptance", "PendingAcceptance", "pending", "rejected", "deleted")
UNFORESEEN = ("Partial", "partial", "Restoring", "")
"""One that EC2 lists and says nothing of (botocore, EC2, State), one that there may be, and none (all are optional)."""


def connected(aws: FakeAws, *states: str) -> None:
    found = [endpoint_connection(f"vpce-{number}", state) for number, state in enumerate(states)]
    aws.answers("DescribeVpcEndpointConnections", {"VpcEndpointConnections": found})
    aws.answers("RejectVpcEndpointConnections", {"Unsuccessful": []})


def checking(**changes: object) -> CheckConnections:
    fields: Json = {"connection": "redis-demo", "services": ("vpce-svc-1",), "load_balancers": ()}
    return CheckConnections(**fields | {"cluster_users": (), "force": False} | changes)


def test_states_are_read_in_lower_case(aws: FakeAws) -> None:
    connected(aws, "PendingAcceptance")
    (found,) = find_connections(["vpce-svc-1"])
    assert (found.service_id, found.endpoint_id, found.owner) == ("vpce-svc-1", "vpce-0", "794031221915")
    assert found.state == "pendingacceptance"


def test_no_services_have_no_connections(aws: FakeAws) -> None:
    assert list(find_connections([])) == []
    assert aws.calls == []


def test_many_services_are_asked_for_in_batches(aws: FakeAws) -> None:
    connected(aws)
    assert list(find_connections([f"vpce-svc-{number}" for number in range(201)])) == []
    asked = aws.asked("DescribeVpcEndpointConnections")
    assert [len(each["Filters"][0]["Values"]) for each in asked] == [200, 1]


def test_who_is_connected_holds_a_teardown(aws: FakeAws) -> None:
    connected(aws, *STATES)
    with pytest.raises(ConnectionInUse) as error:
        check_connections(checking())
    assert "3 live endpoint connections: vpce-0 of account 794031221915 at vpce-svc-1, vpce-1 of" in str(error.value)
    assert "vpce-4 of account" in str(error.value), "one that is coming up is somebody who is connecting"
    assert "set force" in str(error.value)


def test_one_connection_is_told_as_one(aws: FakeAws) -> None:
    connected(aws, "available")
    with pytest.raises(ConnectionInUse, match="1 live endpoint connection: vpce-0 of account"):
        check_connections(checking())


def test_of_many_connections_the_first_are_named(aws: FakeAws) -> None:
    connected(aws, *["available"] * (NAMED_AT_MOST + 1))
    with pytest.raises(ConnectionInUse, match="51 live endpoint connections") as error:
        check_connections(checking())
    assert str(error.value).count("of account") == NAMED_AT_MOST


def test_force_passes_and_counts(aws: FakeAws) -> None:
    connected(aws, *STATES)
    assert check_connections(checking(force=True)).live == 3


def test_who_only_asks_holds_nothing(aws: FakeAws) -> None:
    connected(aws, "pendingAcceptance", "rejected")
    assert check_connections(checking()).live == 0


@pytest.mark.parametrize("force", [False, True])
def test_a_cluster_that_others_use_is_not_forced(aws: FakeAws, force: bool) -> None:
    with pytest.raises(ClusterInUse, match="used by connections orders, search; tear those down first"):
        check_connections(checking(cluster_users=("orders", "search"), force=force))
    assert aws.calls == []


def test_whoever_is_connected_or_asks_is_turned_away(aws: FakeAws) -> None:
    connected(aws, *STATES)
    assert reject_connections(SERVICE) == Done()
    (asked,) = aws.asked("RejectVpcEndpointConnections")
    assert asked["VpcEndpointIds"] == ["vpce-0", "vpce-1", "vpce-2", "vpce-3"], "all but the one that is coming up"


def test_whoever_comes_up_or_is_there_is_live(aws: FakeAws) -> None:
    connected(aws, *STATES)
    live = [each.state for each in find_connections(["vpce-svc-1"]) if each.is_live]
    assert live == ["available", "available", CONNECTING]


@pytest.mark.parametrize("state", UNFORESEEN)
def test_whoever_is_in_a_state_that_nobody_explains_is_live_and_can_be_turned_away(aws: FakeAws, state: str) -> None:
    connected(aws, state)
    with pytest.raises(ConnectionInUse, match="1 live endpoint connection: vpce-0"):
        check_connections(checking())
    assert reject_connections(SERVICE) == Done()
    (asked,) = aws.asked("RejectVpcEndpointConnections")
    assert asked["VpcEndpointIds"] == ["vpce-0"]


def test_every_state_of_ec2_is_live_or_asks_or_has_ended(aws: FakeAws) -> None:
    states = get_session().get_service_model("ec2").shape_for("State").metadata["enum"]
    connected(aws, *states)
    by_kind = [(each.state, each.is_live, each.has_ended) for each in all_connections()]
    assert {state for state, live, ended in by_kind if not live and not ended} == {"pendingacceptance"}
    assert {state for state, live, _ in by_kind if live} == {"pending", "available", "partial"}
    assert not any(live and ended for _, live, ended in by_kind)


@pytest.mark.parametrize("left_out", [("VpcEndpointId",), ("VpcEndpointId", "VpcEndpointOwner", "VpcEndpointState")])
def test_a_connection_without_an_endpoint_is_left_out(aws: FakeAws, left_out: tuple[str, ...]) -> None:
    """Somebody's, of a transit gateway attachment (EC2 API reference, VpcEndpointConnection)."""
    attachment = {"TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayAttachmentOwner": "111122223333"}
    theirs = {key: value for key, value in endpoint_connection("", "available").items() if key not in left_out}
    listed = [{**theirs, **attachment}, endpoint_connection("vpce-1", "available")]
    aws.answers("DescribeVpcEndpointConnections", {"VpcEndpointConnections": listed})
    for found in (all_connections(), list(find_connections(["vpce-svc-1"]))):
        assert [each.endpoint_id for each in found] == ["vpce-1"]


def test_an_endpoint_of_which_nothing_else_is_told_is_live(aws: FakeAws) -> None:
    aws.answers("DescribeVpcEndpointConnections", {"VpcEndpointConnections": [{"VpcEndpointId": "vpce-1"}]})
    (found,) = all_connections()
    assert (found.service_id, found.owner, found.is_live) == ("", "", True)


def test_a_service_that_has_gone_has_nobody_to_turn_away(aws: FakeAws) -> None:
    connected(aws, "available")
    aws.answers("RejectVpcEndpointConnections", Refusal("InvalidVpcEndpointServiceId.NotFound"))
    assert reject_connections(SERVICE) == Done()


@pytest.mark.parametrize("code", CHANGED_MEANWHILE)
def test_an_endpoint_that_begins_to_come_up_is_turned_away_later(aws: FakeAws, code: str) -> None:
    connected(aws, "pendingAcceptance")
    refusal = {"ResourceId": "vpce-0", "Error": {"Code": code, "Message": "because"}}
    aws.answers("RejectVpcEndpointConnections", {"Unsuccessful": [refusal]})
    with pytest.raises(NotYetConsistent, match=r"rejecting endpoint connection \(vpce-0\)"):
        reject_connections(SERVICE)


def test_where_nobody_is_connected_nothing_is_changed(aws: FakeAws) -> None:
    connected(aws, "rejected")
    reject_connections(SERVICE)
    assert aws.operations == ["DescribeVpcEndpointConnections"]


@pytest.mark.parametrize(("code", "passes"), [*((code, True) for code in ABSENT), ("UnauthorizedOperation", False)])
def test_an_endpoint_that_has_gone_is_turned_away(aws: FakeAws, code: str, passes: bool) -> None:
    connected(aws, "available")
    refusal = {"ResourceId": "vpce-0", "Error": {"Code": code, "Message": "because"}}
    aws.answers("RejectVpcEndpointConnections", {"Unsuccessful": [refusal]})
    if passes:
        assert reject_connections(SERVICE) == Done()
    else:
        with pytest.raises(AwsRejected, match=r"rejecting endpoint connection \(vpce-0\)"):
            reject_connections(SERVICE)


def test_all_endpoints_of_the_account_are_found_in_the_largest_pages(aws: FakeAws) -> None:
    first, second = endpoint_connection("vpce-1", "available"), endpoint_connection("vpce-2", "Rejected", "vpce-svc-2")
    more = {"VpcEndpointConnections": [first], "NextToken": "2"}
    aws.answers("DescribeVpcEndpointConnections", more, {"VpcEndpointConnections": [second]})
    found = all_connections()
    assert [(each.service_id, each.endpoint_id) for each in found] == [
        ("vpce-svc-1", "vpce-1"),
        ("vpce-svc-2", "vpce-2"),
    ]
    assert aws.asked("DescribeVpcEndpointConnections") == [{"MaxResults": 1000}, {"MaxResults": 1000, "NextToken": "2"}]


@pytest.mark.parametrize(
    ("state", "ended"),
    [
        *((state, False) for state in ("pendingAcceptance", "pending", "Available", "partial")),
        *((state, True) for state in ("Rejected", "deleting", "deleted", "Failed", "expired")),
    ],
)
def test_an_endpoint_has_ended_or_is_connected_or_asks_to_be(aws: FakeAws, state: str, ended: bool) -> None:
    connected(aws, state)
    (found,) = all_connections()
    assert found.has_ended is ended
