"""Endpoint services: found by their load balancer, listed, made, waited for, deleted unless they are gone."""

import pytest

from private_connection.contracts import Done
from private_connection.errors import AwsRejected, NotOurs, NotYetConsistent, StepError
from private_connection.ownership import NODE, as_mapping
from private_connection.paths.endpoint_services import (
    EnsureEndpointService,
    ServiceReference,
    delete_endpoint_service,
    ensure_endpoint_service,
    find_endpoint_service,
    list_endpoint_services,
    require_available,
)
from private_connection.paths.offers import SERVICE_ABSENT
from tests.unit.builders import ACCOUNT, OURS, THEIRS, Json
from tests.unit.described import service
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

REQUEST = EnsureEndpointService(connection="redis-demo", maker="run-1", node="redis-demo-001", load_balancer_arn="lb-1")
DELETE = ServiceReference(service_id="vpce-svc-1")


@pytest.fixture(autouse=True)
def offered_to_nobody(aws: FakeAws) -> None:
    aws.answers("DescribeVpcEndpointServicePermissions", {"AllowedPrincipals": []})


def listed(aws: FakeAws, *services: Json) -> None:
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": list(services)})


def refused(code: str) -> Json:
    """The answer of a call that refuses one service, with status 200."""
    return {"Unsuccessful": [{"ResourceId": "vpce-svc-1", "Error": {"Code": code, "Message": "because"}}]}


def test_a_service_is_found_by_its_load_balancer(aws: FakeAws) -> None:
    listed(aws, service("vpce-svc-2", NetworkLoadBalancerArns=["lb-2"]), service())
    found = find_endpoint_service("lb-1")
    assert found is not None
    assert (found.id, found.state, found.is_available, found.tags) == ("vpce-svc-1", "available", True, OURS)
    assert find_endpoint_service("lb-3") is None


@pytest.mark.parametrize("state", ["Deleting", "Deleted", "deleted"])
def test_a_service_that_was_deleted_is_not_there(aws: FakeAws, state: str) -> None:
    listed(aws, service(ServiceState=state))
    assert find_endpoint_service("lb-1") is None


def test_all_services_are_listed_but_for_those_that_are_deleted(aws: FakeAws) -> None:
    states = {"vpce-svc-1": "Available", "vpce-svc-2": "Deleting", "vpce-svc-3": "Deleted"}
    listed(aws, *(service(each, ServiceState=state) for each, state in states.items()))
    assert [each.id for each in list_endpoint_services()] == ["vpce-svc-1", "vpce-svc-2"]


def test_a_service_is_made_that_requires_acceptance(aws: FakeAws) -> None:
    listed(aws)
    made = {"ServiceConfiguration": service(ServiceState="Pending")}
    aws.answers("CreateVpcEndpointServiceConfiguration", made)
    ensured = ensure_endpoint_service(REQUEST)
    assert (ensured.service_id, ensured.available, ensured.offered) == ("vpce-svc-1", False, False)
    assert "DescribeVpcEndpointServicePermissions" not in aws.operations
    (asked,) = aws.asked("CreateVpcEndpointServiceConfiguration")
    assert (asked["AcceptanceRequired"], asked["NetworkLoadBalancerArns"]) == (True, ["lb-1"])
    assert as_mapping(asked["TagSpecifications"][0]["Tags"]) == OURS | {NODE: "redis-demo-001"}


def test_a_repeated_creation_is_the_same_one(aws: FakeAws) -> None:
    listed(aws)
    aws.answers("CreateVpcEndpointServiceConfiguration", {"ServiceConfiguration": service()})
    for maker in ("run-1", "run-1", "run-2"):
        ensure_endpoint_service(REQUEST.model_copy(update={"maker": maker}))
    first, again, other = (asked["ClientToken"] for asked in aws.asked("CreateVpcEndpointServiceConfiguration"))
    assert first == again != other


TAKEN = "LBs are already associated with another VPC Endpoint Service Configuration"


@pytest.mark.parametrize(("message", "error"), [(TAKEN, NotYetConsistent), ("because", AwsRejected)])
def test_a_load_balancer_that_has_a_service_already_is_looked_at_again(
    aws: FakeAws, message: str, error: type[StepError]
) -> None:
    """The look showed none: another run of the connection has just made it, or it is being deleted."""
    listed(aws)
    aws.answers("CreateVpcEndpointServiceConfiguration", Refusal("InvalidParameter", message=message))
    with pytest.raises(error, match=r"endpoint service of load balancer \(lb-1\)"):
        ensure_endpoint_service(REQUEST)


def test_a_service_that_goes_meanwhile_is_made_anew(aws: FakeAws) -> None:
    listed(aws, service(AcceptanceRequired=False))
    aws.answers("ModifyVpcEndpointServiceConfiguration", Refusal(SERVICE_ABSENT[0]))
    with pytest.raises(NotYetConsistent):
        ensure_endpoint_service(REQUEST)


@pytest.mark.parametrize(
    ("principals", "offered"), [((), False), (("*",), False), ((ACCOUNT,), True), (("*", ACCOUNT), True)]
)
def test_a_service_of_ours_is_used(aws: FakeAws, principals: tuple[str, ...], offered: bool) -> None:
    listed(aws, service())
    allowed = [{"Principal": each} for each in principals]
    aws.answers("DescribeVpcEndpointServicePermissions", {"AllowedPrincipals": allowed})
    ensured = ensure_endpoint_service(REQUEST)
    assert (ensured.service_id, ensured.available, ensured.offered) == ("vpce-svc-1", True, offered)
    assert aws.operations == ["DescribeVpcEndpointServiceConfigurations", "DescribeVpcEndpointServicePermissions"]


def test_one_that_accepts_everybody_is_put_right(aws: FakeAws) -> None:
    listed(aws, service(AcceptanceRequired=False))
    aws.answers("ModifyVpcEndpointServiceConfiguration", {})
    ensure_endpoint_service(REQUEST)
    assert aws.asked("ModifyVpcEndpointServiceConfiguration") == [
        {"ServiceId": "vpce-svc-1", "AcceptanceRequired": True}
    ]


def test_one_of_somebody_else_is_refused(aws: FakeAws) -> None:
    listed(aws, service(tags=THEIRS))
    with pytest.raises(NotOurs, match=r"finding endpoint service \(vpce-svc-1\)"):
        ensure_endpoint_service(REQUEST)


def test_one_that_failed_is_refused(aws: FakeAws) -> None:
    listed(aws, service(ServiceState="Failed"))
    with pytest.raises(AwsRejected, match=r"creating endpoint service \(vpce-svc-1\): its state is Failed"):
        ensure_endpoint_service(REQUEST)


@pytest.mark.parametrize(
    ("found", "waits"),
    [
        ([service()], None),
        ([service(ServiceState="Pending")], "its state is pending"),
        ([], "its state is not shown yet"),
    ],
)
def test_services_are_waited_for(aws: FakeAws, found: list[Json], waits: str | None) -> None:
    listed(aws, *found)
    if waits is None:
        require_available(["vpce-svc-1"])
    else:
        with pytest.raises(NotYetConsistent, match=rf"creating endpoint service \(vpce-svc-1\): {waits}"):
            require_available(["vpce-svc-1"])


def test_of_several_services_one_that_failed_ends_the_wait(aws: FakeAws) -> None:
    listed(aws, service(ServiceState="Pending"), service("vpce-svc-2", ServiceState="Failed"))
    with pytest.raises(AwsRejected, match="vpce-svc-2"):
        require_available(["vpce-svc-1", "vpce-svc-2"])


def test_many_services_are_asked_for_in_batches(aws: FakeAws) -> None:
    listed(aws)
    with pytest.raises(NotYetConsistent):
        require_available([f"s-{number}" for number in range(201)])
    asked = aws.asked("DescribeVpcEndpointServiceConfigurations")
    assert [len(each["Filters"][0]["Values"]) for each in asked] == [200, 1]


@pytest.mark.parametrize(
    "answer", [{"Unsuccessful": []}, {}, *map(refused, SERVICE_ABSENT), *map(Refusal, SERVICE_ABSENT)], ids=str
)
def test_one_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteVpcEndpointServiceConfigurations", answer)
    assert delete_endpoint_service(DELETE) == Done()


def test_one_with_connections_is_deleted_later_and_a_denial_is_raised(aws: FakeAws) -> None:
    answers = (refused("ExistingVpcEndpointConnections"), refused("UnauthorizedOperation"), DENIED)
    aws.answers("DeleteVpcEndpointServiceConfigurations", *answers)
    with pytest.raises(NotYetConsistent):
        delete_endpoint_service(DELETE)
    for _ in range(2):
        with pytest.raises(AwsRejected, match=r"deleting endpoint service \(vpce-svc-1\)"):
            delete_endpoint_service(DELETE)


def test_a_refused_read_is_raised(aws: FakeAws) -> None:
    aws.answers("DescribeVpcEndpointServiceConfigurations", Refusal("UnauthorizedOperation", 403))
    with pytest.raises(AwsRejected, match=r"looking up the endpoint service of load balancer \(lb-1\)"):
        find_endpoint_service("lb-1")


def test_the_users_tags_are_put_on_one_that_is_there(aws: FakeAws) -> None:
    listed(aws, service(tags=OURS | {"stage": "test"}))
    aws.answers("CreateTags", {})
    ensure_endpoint_service(REQUEST.model_copy(update={"tags": {"team": "data", "stage": "test"}}))
    assert aws.asked("CreateTags") == [{"Resources": ["vpce-svc-1"], "Tags": [{"Key": "team", "Value": "data"}]}]
