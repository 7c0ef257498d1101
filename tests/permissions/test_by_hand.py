"""What somebody changed by hand is put right by the next run, with the rights of the functions that do it.

Grants that only such runs need are recorded here. Every call that changes something is throttled at first, and then
takes effect and loses its answer: it is put right all the same.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.scenarios.forks import Holder
from sandbox.world import World, apply_event
from tests.before_forks import prepare, warmed
from tests.deployments import EXTENDING
from tests.inside import Inside
from tests.registry import item

QUICK = {
    "cluster": 60,
    "clusterDeletion": 10,
    "snapshot": 5,
    "loadBalancer": 20,
    "loadBalancerDeletion": 5,
    "registration": 20,
    "endpointService": 1,
    "endpointServiceDeletion": 5,
    "iamPropagation": 1,
}
WORLD = {
    "latency": QUICK,
    "clusters": [{"id": "orders", "subnets": ["subnet-a", "subnet-b"], "securityGroups": ["sg-cache"]}],
    "roles": [{"name": "team", "trusts": {"externalId": "ws-9"}}],
    "policies": [{"name": "bounds"}],
}
CHANGING = {
    "ec2": (
        "AuthorizeSecurityGroupIngress",
        "CreateTags",
        "DeleteTags",
        "ModifyVpcEndpointServiceConfiguration",
        "RevokeSecurityGroupIngress",
    ),
    "elbv2": (
        "DeleteLoadBalancer",
        "DeregisterTargets",
        "ModifyListener",
        "ModifyTargetGroup",
        "RegisterTargets",
        "SetSubnets",
    ),
    "iam": ("PutRolePolicy", "TagRole", "UpdateAssumeRolePolicy"),
}
RATE_EXCEEDED = {"ec2": "RequestLimitExceeded", "elbv2": "Throttling", "iam": "Throttling"}
ORDERS = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}


class Disturbed(Account):
    """`faults` meet every run of provision."""

    faults: tuple[Fault, ...] = ()


def disturbances() -> Iterator[Fault]:
    for service, operations in CHANGING.items():
        for operation in operations:
            key = f"{service}:{operation}"
            yield Fault(operation=key, error=RATE_EXCEEDED[service], times=3, optional=True)
            yield Fault(operation=key, error="InternalError", times=4, applied=True, optional=True)


@contextmanager
def opened(connected: bool) -> Iterator[Disturbed]:
    with Disturbed(World.model_validate(WORLD), 1, parameters=EXTENDING, logs=io.StringIO()) as account:
        account.faults = tuple(disturbances())
        if connected:
            provision(account)
        prepare(account)
        yield account


@pytest.fixture(scope="module")
def blank() -> Iterator[Inside]:
    """An account in which nothing has run yet."""
    yield from held(connected=False)


@pytest.fixture(scope="module")
def ready() -> Iterator[Inside]:
    """An account in which a run has connected the cluster that was there."""
    yield from held(connected=True)


def held(connected: bool) -> Iterator[Inside]:
    warmed()
    holder = Holder(partial(opened, connected))
    yield Inside(holder)
    holder.close()


def provision(account: Disturbed, request: Any = ORDERS, **how: Any) -> RunReport:
    report = account.run("provision", request, faults=account.faults, **how)
    assert (report.status, report.error, report.cause) == ("SUCCEEDED", None, None)
    return report


def client(name: str) -> Any:
    """Somebody with every right."""
    return boto3.client(name)  # type: ignore[call-overload]  # any of four names


def target_group() -> dict[str, Any]:
    return dict(client("elbv2").describe_target_groups()["TargetGroups"][0])


def load_balancer() -> dict[str, Any]:
    return dict(client("elbv2").describe_load_balancers()["LoadBalancers"][0])


def services() -> list[dict[str, Any]]:
    found = client("ec2").describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    return [each for each in found if each["ServiceState"] == "Available"]


def move_node(account: Disturbed) -> None:
    """The cluster's node comes back in the other zone."""
    (zone,) = load_balancer()["AvailabilityZones"]
    other = {"subnet-a": "subnet-b", "subnet-b": "subnet-a"}[zone["SubnetId"]]
    apply_event("replace-node", {"node": "orders-001", "subnet": other}, account.conditions)


def slow_health_check() -> None:
    arn = target_group()["TargetGroupArn"]
    client("elbv2").modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=30)


def listener_of_another_group(right: dict[str, Any]) -> None:
    elbv2 = client("elbv2")
    other = elbv2.create_target_group(
        Name="other", Protocol="TCP", Port=6379, VpcId=right["VpcId"], TargetType="ip", HealthCheckProtocol="TCP"
    )["TargetGroups"][0]["TargetGroupArn"]
    forward = [{"Type": "forward", "TargetGroupArn": other}]
    elbv2.modify_listener(ListenerArn=listeners()[0]["ListenerArn"], DefaultActions=forward)


def listeners() -> list[dict[str, Any]]:
    found = client("elbv2").describe_listeners(LoadBalancerArn=load_balancer()["LoadBalancerArn"])
    return list(found["Listeners"])


def no_acceptance() -> None:
    client("ec2").modify_vpc_endpoint_service_configuration(
        ServiceId=services()[0]["ServiceId"], AcceptanceRequired=False
    )


def trust_of_nobody(role: str) -> None:
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=trust)


def test_health_check_listener_acceptance_and_trust_are_put_right(ready: Disturbed) -> None:
    right, (role,) = target_group(), ready.snapshot.owned()["role"]
    slow_health_check()
    no_acceptance()
    trust_of_nobody(role)
    listener_of_another_group(right)
    provision(ready)
    (ours,) = client("elbv2").describe_target_groups(TargetGroupArns=[right["TargetGroupArn"]])["TargetGroups"]
    assert ours["HealthCheckIntervalSeconds"] == 5
    assert [each["DefaultActions"][0]["TargetGroupArn"] for each in listeners()] == [right["TargetGroupArn"]]
    assert [each["AcceptanceRequired"] for each in services()] == [True]
    (statement,) = client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Allow", {"StringEquals": {"sts:ExternalId": "ws-1"}})


def test_a_node_that_moved_gets_its_zone_added_where_its_service_is_offered(ready: Disturbed) -> None:
    first = item("orders")["handoff"]["endpoints"][0]
    move_node(ready)
    second = provision(ready).output["endpoints"][0]
    assert second["availabilityZone"] != first["availabilityZone"]
    assert second["serviceName"] == first["serviceName"]
    assert second["availabilityZone"] in {each["ZoneName"] for each in load_balancer()["AvailabilityZones"]}


def test_a_node_that_moved_gets_another_load_balancer_where_nothing_is_offered(blank: Disturbed) -> None:
    denied = Fault(operation="ec2:ModifyVpcEndpointServicePermissions", error="UnauthorizedOperation")
    failed = blank.run("provision", {**ORDERS, "onFailure": "keep"}, faults=[denied])
    assert failed.error == "AwsRejected"
    (before,) = services()
    move_node(blank)
    after = provision(blank).output["endpoints"][0]
    assert after["serviceName"] != before["ServiceName"]
    assert [each["ZoneName"] for each in load_balancer()["AvailabilityZones"]] == [after["availabilityZone"]]


def test_a_shared_rule_is_left_to_the_other_connection(ready: Disturbed) -> None:
    users = {"connection": "users", "workspaceId": "ws-2", "cluster": {"id": "orders"}}
    provision(ready, users)
    provision(ready, {**users, "ingress": "anywhere"})
    rules = client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": ["sg-cache"]}])
    ours = {
        each["CidrIpv4"]: {tag["Key"] for tag in each["Tags"] if tag["Key"].startswith("private-connection/for/")}
        for each in rules["SecurityGroupRules"]
        if each["Tags"]
    }
    assert ours.pop("0.0.0.0/0") == {"private-connection/for/users"}
    assert set(map(frozenset, ours.values())) == {frozenset({"private-connection/for/orders"})}


def test_a_role_of_somebody_else_gets_a_policy_and_loses_it(blank: Disturbed) -> None:
    provision(blank, {**ORDERS, "workspaceId": "ws-9", "role": {"name": "team"}})
    assert client("iam").list_role_policies(RoleName="team")["PolicyNames"]
    assert blank.run("teardown", {"connection": "orders"}).status == "SUCCEEDED"
    assert client("iam").list_role_policies(RoleName="team")["PolicyNames"] == []
    assert blank.snapshot.foreign_changes() == []


def test_a_boundary_of_the_account_is_set_and_one_of_awss_own_is_looked_for(blank: Disturbed) -> None:
    own = "arn:aws:iam::123456789012:policy/bounds"
    provision(blank, {**ORDERS, "role": {"permissionsBoundary": own}})
    (name,) = blank.snapshot.owned()["role"]
    assert client("iam").get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == own
    absent = {**ORDERS, "connection": "two", "role": {"permissionsBoundary": "arn:aws:iam::aws:policy/Nonesuch"}}
    assert blank.run("provision", absent).error == "InvalidRequest"


def test_a_role_is_bounded_as_the_deployment_is() -> None:
    bounds = {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/bounds"}
    with Disturbed(World.model_validate(WORLD), seed=1, parameters=bounds, logs=io.StringIO()) as bounded:
        provision(bounded)
        (name,) = bounded.snapshot.owned()["role"]
        boundary = client("iam").get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    assert boundary == bounds["PermissionsBoundary"]


def test_a_last_snapshot_is_kept(blank: Disturbed) -> None:
    provision(blank, {"connection": "own", "workspaceId": "ws-1", "cluster": {"id": "own", "create": {}}})
    gone = blank.run("teardown", {"connection": "own", "deleteCluster": True, "finalSnapshot": True})
    assert gone.status == "SUCCEEDED"
    assert [each.split("-")[0] for each in blank.snapshot.owned()["snapshot"]] == ["own"]
