"""The other side connects with the hand-off of a run, and where it may not, AWS is who refuses."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import boto3
import pytest
from botocore.exceptions import ClientError

from consumer.problems import NotConnectedError
from sandbox.account import Account
from sandbox.scenarios.forks import Holder
from sandbox.world import apply_event
from sandbox.world.neighbours import Neighbours
from tests.consumer.acting import OTHER_SIDE, STRANGER, connected, disconnected, identity, led_to, standing
from tests.inside import Inside
from tests.registry import item
from tests.scenarios.connected import held
from tests.scenarios.playing import SUCCEEDED, summary

Json = dict[str, Any]
IN_A: Final = {"nodes": {"orders-0001-001": {"subnet": "subnet-a"}, "orders-0001-002": {"subnet": "subnet-b"}}}
ORDERS: Final[Json] = {
    "id": "orders",
    "mode": "enabled",
    "replicasPerShard": 1,
    "tls": True,
    "subnets": ["subnet-a", "subnet-b", "subnet-c"],
    "securityGroups": ["sg-cache"],
    **IN_A,
}
WORLD: Final[Json] = {"clusters": [ORDERS]}
REQUEST: Final[Json] = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
ZONES: Final = {"subnet-a": "use1-az6", "subnet-b": "use1-az1", "subnet-c": "use1-az2"}
SCOPED: Final[Json] = {**REQUEST, "accessPolicy": "scoped"}


@pytest.fixture(scope="module")
def _documented() -> Iterator[Holder[Account]]:
    yield from held(REQUEST, WORLD)


@pytest.fixture
def offered(_documented: Holder[Account]) -> Inside:
    """An account with a connection of two nodes that is READY."""
    return Inside(_documented)


def handoff() -> Json:
    """What the run that made the connection READY has recorded."""
    found: Json = item("orders")["handoff"]
    return found


def addresses(given: Json) -> dict[str, set[str]]:
    return {each["endpoint"]: {f"{each['ipAddress']}:{each['port']}"} for each in given["endpoints"]}


def states(account: Account) -> set[str]:
    return {each.connection.state_at(account.clock.now()) for each in standing(account)}


def problem(account: Account, given: Json, by: str = OTHER_SIDE) -> tuple[str, str | None]:
    with pytest.raises(NotConnectedError) as caught:
        connected(account, given, by)
    return str(caught.value).partition(":")[0], caught.value.code


# ------------------------------------------------------------------ it connects


def check_connected(account: Account, given: Json) -> None:
    names = connected(account, given)
    assert states(account) == {"available"}
    assert len(standing(account)) == len(given["endpoints"]) == len(set(names.values()))
    assert led_to(account, names) == addresses(given)
    assert changing(account) == {"CreateVpcEndpoint": 2, "AcceptVpcEndpointConnections": 2}
    assert connected(account, given) == names
    assert changing(account) == {"CreateVpcEndpoint": 2, "AcceptVpcEndpointConnections": 2}, "once is enough"


def changing(account: Account) -> dict[str, int]:
    """How often the other side has changed something."""
    names = ("CreateVpcEndpoint", "AcceptVpcEndpointConnections")
    return {name: account.gateway.calls[f"ec2:{name}"] for name in names}


def test_it_connects_with_the_documented_policy(offered: Account) -> None:
    check_connected(offered, handoff())
    assert {each.zones()[0] for each in standing(offered)} == {ZONES["subnet-a"], ZONES["subnet-b"]}, "the nodes' own"


def test_with_the_scoped_policy_it_accepts_for_this_connection_and_for_no_other(offered: Account) -> None:
    """The connection's tag says whose a service is: one that has lost it is nobody's."""
    report = offered.run("provision", SCOPED)
    assert summary(report) == SUCCEEDED
    lost = {"Resources": [report.output["endpoints"][0]["serviceId"]]}
    ec2: Any = boto3.client("ec2")
    ours = [{"Key": "private-connection", "Value": "orders"}]
    ec2.delete_tags(**lost, Tags=ours)
    step, code = problem(offered, report.output)
    assert (step.partition(" vpce-")[0], code) == ("accepting", "UnauthorizedOperation")
    disconnected(offered, report.output)
    offered.gateway.calls.clear()
    ec2.create_tags(**lost, Tags=ours)
    check_connected(offered, report.output)


def test_it_lets_go_and_the_connection_can_be_torn_down(offered: Account) -> None:
    given = handoff()
    connected(offered, given)
    refused = offered.run("teardown", {"connection": "orders"})
    assert refused.error == "ConnectionInUse"
    assert len(disconnected(offered, given)) == 2
    assert (standing(offered), disconnected(offered, given)) == ([], [])
    assert summary(offered.run("teardown", {"connection": "orders"})) == SUCCEEDED
    assert (offered.snapshot.owned(), offered.snapshot.foreign_changes()) == ({}, [])


def test_a_new_node_gets_an_endpoint_beside_those_that_stand(offered: Account) -> None:
    former = connected(offered, handoff())
    with offered.snapshot.expecting():
        apply_event("add-replica", {"cluster": "orders"}, offered.conditions)
        offered.advance(2000)
    report = offered.run("provision", REQUEST)
    names = connected(offered, report.output)
    assert {name: names[name] for name in former} == former
    assert led_to(offered, names) == addresses(report.output)
    assert len(names) == 3


# ------------------------------------------------------------------ it is refused


def with_another_id(account: Account) -> tuple[str, str | None]:
    return problem(account, {**handoff(), "workspaceId": "ws-2"})


def by_another_account(account: Account) -> tuple[str, str | None]:
    return problem(account, handoff(), STRANGER)


def with_another_role(account: Account) -> tuple[str, str | None]:
    return problem(account, {**handoff(), "roleArn": f"{handoff()['roleArn']}s"})


def without_its_policy(account: Account) -> tuple[str, str | None]:
    iam, role = boto3.client("iam"), handoff()["roleArn"].rpartition("/")[2]
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    return problem(account, handoff())


def without_acceptance(account: Account) -> tuple[str, str | None]:
    """Its policy lets it look and not accept."""
    iam, role = boto3.client("iam"), handoff()["roleArn"].rpartition("/")[2]
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    looking = {"Effect": "Allow", "Action": "ec2:DescribeVpcEndpointServices", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [looking]})
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    told = problem(account, handoff())
    assert states(account) == {"pendingAcceptance"}
    return told[0].partition(" vpce-")[0], told[1]


def without_the_principal(account: Account) -> tuple[str, str | None]:
    for each in handoff()["endpoints"]:
        principal = [f"arn:aws:iam::{OTHER_SIDE}:root"]
        boto3.client("ec2").modify_vpc_endpoint_service_permissions(
            ServiceId=each["serviceId"], RemoveAllowedPrincipals=principal
        )
    return problem(account, handoff())


def after_teardown(account: Account) -> tuple[str, str | None]:
    given = handoff()
    assert summary(account.run("teardown", {"connection": "orders"})) == SUCCEEDED
    return problem(account, given)


ASSUMING: Final = "assuming arn"
REFUSALS: Final[Mapping[str, tuple[Callable[[Account], tuple[str, str | None]], str, str]]] = {
    "another external id": (with_another_id, ASSUMING, "AccessDenied"),
    "another account": (by_another_account, ASSUMING, "AccessDenied"),
    "another role": (with_another_role, ASSUMING, "AccessDenied"),
    "no policy": (without_its_policy, "looking the services up", "UnauthorizedOperation"),
    "no right to accept": (without_acceptance, "accepting", "UnauthorizedOperation"),
    "not admitted": (without_the_principal, "looking the services up", "InvalidServiceName"),
    "torn down": (after_teardown, ASSUMING, "AccessDenied"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_it_is_refused_where_aws_refuses(offered: Account, name: str) -> None:
    refused, step, code = REFUSALS[name]
    assert refused(offered) == (step, code)


def test_somebody_else_who_holds_the_endpoint_back_is_named(offered: Account) -> None:
    given = handoff()
    connected(offered, given)
    (first, _) = standing(offered)
    boto3.client("ec2").reject_vpc_endpoint_connections(ServiceId=first.service.id, VpcEndpointIds=[first.id])
    offered.advance(60)
    assert states(offered) == {"rejected", "available"}
    connected(offered, given)
    assert states(offered) == {"available"}, "who holds the role may accept it after all"


# ------------------------------------------------------------------ zones


def beginning_in(account: Account, *zones: str) -> None:
    """The VPC of the other side, which nobody has looked at yet, has a subnet in each of these zones."""
    account.conditions.enter = Neighbours(OTHER_SIDE, zones)


def test_it_needs_a_subnet_in_a_zone_of_each_load_balancer(offered: Account) -> None:
    beginning_in(offered, ZONES["subnet-b"], ZONES["subnet-c"])
    told, code = problem(offered, handoff())
    assert (told.partition(" com.")[0], code) == ("choosing a subnet for", None)
    assert standing(offered) == [], "it creates none where it cannot create all"


def test_ec2_refuses_an_endpoint_in_a_zone_that_is_not_offered(offered: Account) -> None:
    """What the other side looks up first: with the hand-off's zone in mind alone it would be told this."""
    name = handoff()["endpoints"][0]["serviceName"]
    ec2, vpc = identity().client("ec2"), f"vpc-{OTHER_SIDE}"
    subnet = f"subnet-{OTHER_SIDE}-{ZONES['subnet-c']}"
    with pytest.raises(ClientError, match="does not support the availability zone of the subnet"):
        ec2.create_vpc_endpoint(VpcEndpointType="Interface", VpcId=vpc, ServiceName=name, SubnetIds=[subnet])


def test_load_balancers_in_all_zones_are_reached_from_any(offered: Account) -> None:
    """The other side has one zone, in which no node is."""
    beginning_in(offered, ZONES["subnet-c"])
    report = offered.run("provision", {**REQUEST, "zones": "all"})
    assert summary(report) == SUCCEEDED
    check_connected(offered, report.output)
    assert {each.zones()[0] for each in standing(offered)} == {ZONES["subnet-c"]}


def test_an_endpoint_in_the_old_zone_serves_on_when_its_node_has_moved(offered: Account) -> None:
    names = connected(offered, handoff())
    with offered.snapshot.expecting():
        apply_event("replace-node", {"node": "orders-0001-001", "subnet": "subnet-c"}, offered.conditions)
    moved, _ = names
    assert led_to(offered, names)[moved] == set(), "nothing serves at the old address"
    report = offered.run("provision", REQUEST)
    assert summary(report) == SUCCEEDED
    assert led_to(offered, names) == addresses(report.output), "the same endpoints lead to the new address"
    assert connected(offered, report.output) == names
    assert disconnected(offered, report.output)
    again = connected(offered, report.output)
    assert led_to(offered, again) == addresses(report.output), "and so do new ones in the new zone"
    zones = {each.zones()[0] for each in standing(offered)}
    assert zones == {ZONES["subnet-b"], ZONES["subnet-c"]}
