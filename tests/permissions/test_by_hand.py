"""What somebody changed by hand is put right by the next run, with the rights of the functions that do it.

Grants that only such runs need are recorded here. Every call that changes something is throttled at first, and then
takes effect and loses its answer: it is put right all the same.
"""

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.world import World, apply_event
from tests.deployments import extending

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
    "roles": [
        {"name": "ververica", "trusts": {"externalId": "ws-9"}},
        {"name": "trusting", "trusts": {"externalId": "ws-8"}},
    ],
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


@pytest.fixture
def account() -> Iterator[Disturbed]:
    roles = extending("ververica", "trusting")
    with Disturbed(World.model_validate(WORLD), seed=1, parameters=roles, logs=io.StringIO()) as opened:
        opened.faults = tuple(disturbances())
        yield opened


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


def test_a_health_check_is_made_fast_again(account: Disturbed) -> None:
    provision(account)
    arn = target_group()["TargetGroupArn"]
    client("elbv2").modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=30)
    provision(account)
    assert target_group()["HealthCheckIntervalSeconds"] == 5


def test_a_listener_forwards_to_the_node_again(account: Disturbed) -> None:
    provision(account)
    elbv2, right = client("elbv2"), target_group()
    other = elbv2.create_target_group(
        Name="other", Protocol="TCP", Port=6379, VpcId=right["VpcId"], TargetType="ip", HealthCheckProtocol="TCP"
    )["TargetGroups"][0]["TargetGroupArn"]
    listeners = elbv2.describe_listeners(LoadBalancerArn=load_balancer()["LoadBalancerArn"])["Listeners"]
    forward = [{"Type": "forward", "TargetGroupArn": other}]
    elbv2.modify_listener(ListenerArn=listeners[0]["ListenerArn"], DefaultActions=forward)
    provision(account)
    found = elbv2.describe_listeners(LoadBalancerArn=load_balancer()["LoadBalancerArn"])["Listeners"]
    assert [each["DefaultActions"][0]["TargetGroupArn"] for each in found] == [right["TargetGroupArn"]]


def test_acceptance_is_required_again(account: Disturbed) -> None:
    provision(account)
    client("ec2").modify_vpc_endpoint_service_configuration(
        ServiceId=services()[0]["ServiceId"], AcceptanceRequired=False
    )
    provision(account)
    assert [each["AcceptanceRequired"] for each in services()] == [True]


def test_the_trust_of_our_role_is_put_right(account: Disturbed) -> None:
    provision(account)
    iam = client("iam")
    (name,) = account.snapshot.owned()["role"]
    trust = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    provision(account)
    (statement,) = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Allow", {"StringEquals": {"sts:ExternalId": "ws-1"}})


def test_a_node_that_moved_gets_its_zone_added_where_its_service_is_offered(account: Disturbed) -> None:
    first = provision(account).output["endpoints"][0]
    move_node(account)
    second = provision(account).output["endpoints"][0]
    assert second["availabilityZone"] != first["availabilityZone"]
    assert second["serviceName"] == first["serviceName"]
    assert second["availabilityZone"] in {each["ZoneName"] for each in load_balancer()["AvailabilityZones"]}


def test_a_node_that_moved_gets_another_load_balancer_where_nothing_is_offered(account: Disturbed) -> None:
    denied = Fault(operation="ec2:ModifyVpcEndpointServicePermissions", error="UnauthorizedOperation")
    failed = account.run("provision", {**ORDERS, "onFailure": "keep"}, faults=[denied])
    assert failed.error == "AwsRejected"
    (before,) = services()
    move_node(account)
    after = provision(account).output["endpoints"][0]
    assert after["serviceName"] != before["ServiceName"]
    assert [each["ZoneName"] for each in load_balancer()["AvailabilityZones"]] == [after["availabilityZone"]]


def test_a_shared_rule_is_left_to_the_other_connection(account: Disturbed) -> None:
    provision(account)
    users = {"connection": "users", "workspaceId": "ws-2", "cluster": {"id": "orders"}}
    provision(account, users)
    provision(account, {**users, "ingress": "anywhere"})
    rules = client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": ["sg-cache"]}])
    ours = {
        each["CidrIpv4"]: {tag["Key"] for tag in each["Tags"] if tag["Key"].startswith("private-connection/for/")}
        for each in rules["SecurityGroupRules"]
        if each["Tags"]
    }
    assert ours.pop("0.0.0.0/0") == {"private-connection/for/users"}
    assert set(map(frozenset, ours.values())) == {frozenset({"private-connection/for/orders"})}


@pytest.mark.parametrize(("role", "workspace"), [("ververica", "ws-9"), ("trusting", "ws-8")])
def test_a_role_of_somebody_else_gets_a_policy_and_loses_it(account: Disturbed, role: str, workspace: str) -> None:
    provision(account, {**ORDERS, "workspaceId": workspace, "role": {"name": role}})
    assert client("iam").list_role_policies(RoleName=role)["PolicyNames"]
    assert account.run("teardown", {"connection": "orders"}).status == "SUCCEEDED"
    assert client("iam").list_role_policies(RoleName=role)["PolicyNames"] == []
    assert account.snapshot.foreign_changes() == []


def test_a_boundary_of_the_account_is_set_and_one_of_awss_own_is_looked_for(account: Disturbed) -> None:
    own = "arn:aws:iam::123456789012:policy/bounds"
    provision(account, {**ORDERS, "role": {"permissionsBoundary": own}})
    (name,) = account.snapshot.owned()["role"]
    assert client("iam").get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == own
    absent = {**ORDERS, "connection": "two", "role": {"permissionsBoundary": "arn:aws:iam::aws:policy/Nonesuch"}}
    assert account.run("provision", absent).error == "InvalidRequest"


def test_a_role_is_bounded_as_the_deployment_is() -> None:
    bounds = {"PermissionsBoundary": "arn:aws:iam::123456789012:policy/bounds"}
    with Disturbed(World.model_validate(WORLD), seed=1, parameters=bounds, logs=io.StringIO()) as bounded:
        provision(bounded)
        (name,) = bounded.snapshot.owned()["role"]
        boundary = client("iam").get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    assert boundary == bounds["PermissionsBoundary"]


def test_a_last_snapshot_is_kept(account: Disturbed) -> None:
    provision(account, {"connection": "own", "workspaceId": "ws-1", "cluster": {"id": "own", "create": {}}})
    gone = account.run("teardown", {"connection": "own", "deleteCluster": True, "finalSnapshot": True})
    assert gone.status == "SUCCEEDED"
    assert [each.split("-")[0] for each in account.snapshot.owned()["snapshot"]] == ["own"]
