"""The audit: what runs own, what they changed of what was there, and that it can see each kind."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import boto3
import pytest

from sandbox import services, wire
from sandbox.audit import Snapshot
from sandbox.clock import VirtualClock
from sandbox.conditions import Conditions
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.dynamodb import tables
from sandbox.world import World, apply_event, lay

TAGS = {"mine": "yes"}
ANY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
WORLD: dict[str, Any] = {
    "consumer": "111122223333",
    "latency": {
        "loadBalancerVisibility": 0,
        "loadBalancer": 0,
        "iamPropagation": 0,
        "cluster": 10,
        "loadBalancerDeletion": 1,
    },
    "securityGroups": [{"id": "sg-theirs", "rules": [{"port": 22, "cidr": "10.0.0.0/8"}], "tags": TAGS}],
    "subnetGroups": [{"name": "theirs", "subnets": ["subnet-a"], "tags": TAGS}],
    "clusters": [{"id": "orders", "subnetGroup": "theirs", "securityGroups": ["sg-theirs"], "tags": TAGS}],
    "targetGroups": [{"name": "theirs", "targets": [{"ip": "172.31.0.9"}], "tags": TAGS}],
    "loadBalancers": [
        {"name": "theirs", "subnets": ["subnet-a"], "listeners": [{"port": 1, "targetGroup": "theirs"}], "tags": TAGS}
    ],
    "endpointServices": [
        {
            "loadBalancer": "theirs",
            "id": "vpce-svc-theirs",
            "principals": ["*"],
            "connections": [{"id": "vpce-live"}, {"id": "vpce-asking", "state": "pendingAcceptance"}],
            "tags": TAGS,
        }
    ],
    "policies": [{"name": "managed"}],
    "roles": [{"name": "theirs", "policies": {"p": ANY}, "tags": TAGS}],
}
TABLE: dict[str, Any] = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "sts:AssumeRole"}],
    }
)


@cache
def client(name: str) -> Any:
    return boto3.Session(region_name="us-east-1").client(name)  # type: ignore[call-overload]  # any of five names


class Clients:
    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        names = ("dynamodb", "ec2", "elbv2", "elasticache", "iam")
        self.dynamodb, self.ec2, self.elbv2, self.elasticache, self.iam = (client(name) for name in names)

    def arn(self, kind: str, name: str) -> str:
        describe = {
            "loadBalancer": self.elbv2.describe_load_balancers,
            "targetGroup": self.elbv2.describe_target_groups,
        }
        (found,) = next(iter(describe[kind](Names=[name]).values()))
        return str(found[f"{kind[0].upper()}{kind[1:]}Arn"])


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    world = World.model_validate(WORLD)
    conditions = world.conditions(VirtualClock(), 0)
    with ExitStack() as stack:
        stack.enter_context(wire.mocked())
        stack.enter_context(services.install(conditions))
        lay(world, conditions)
        tables.deploy("us-east-1", "theirs", TABLE)
        yield Clients(conditions)


def security_group(clients: Clients) -> None:
    clients.ec2.create_security_group(GroupName="g", Description="d", VpcId="vpc-default")


def security_group_rule(clients: Clients) -> None:
    clients.ec2.authorize_security_group_ingress(
        GroupId="sg-theirs", IpProtocol="tcp", FromPort=1, ToPort=1, CidrIp="10.0.0.0/8"
    )


def cache_subnet_group(clients: Clients) -> None:
    clients.elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="g", CacheSubnetGroupDescription="d", SubnetIds=["subnet-a"]
    )


def replication_group(clients: Clients) -> None:
    clients.elasticache.create_replication_group(
        ReplicationGroupId="g",
        ReplicationGroupDescription="d",
        CacheNodeType="cache.t4g.micro",
        CacheSubnetGroupName="theirs",
    )


def target_group(clients: Clients) -> None:
    clients.elbv2.create_target_group(Name="g", Protocol="TCP", Port=1, VpcId="vpc-default", TargetType="ip")


def target(clients: Clients) -> None:
    clients.elbv2.register_targets(TargetGroupArn=clients.arn("targetGroup", "theirs"), Targets=[{"Id": "172.31.0.10"}])


def load_balancer(clients: Clients) -> None:
    clients.elbv2.create_load_balancer(Name="g", Type="network", Scheme="internal", Subnets=["subnet-b"])


def listener(clients: Clients) -> None:
    action = {"Type": "forward", "TargetGroupArn": clients.arn("targetGroup", "theirs")}
    arn = clients.arn("loadBalancer", "theirs")
    clients.elbv2.create_listener(LoadBalancerArn=arn, Protocol="TCP", Port=2, DefaultActions=[action])


def endpoint_service(clients: Clients) -> None:
    load_balancer(clients)
    clients.ec2.create_vpc_endpoint_service_configuration(NetworkLoadBalancerArns=[clients.arn("loadBalancer", "g")])


def allowed_principal(clients: Clients) -> None:
    clients.ec2.modify_vpc_endpoint_service_permissions(
        ServiceId="vpce-svc-theirs", AddAllowedPrincipals=["arn:aws:iam::111111111111:root"]
    )


def interface_endpoint(clients: Clients) -> None:
    (name,) = clients.ec2.describe_vpc_endpoint_services()["ServiceNames"]
    clients.ec2.create_vpc_endpoint(
        VpcEndpointType="Interface", VpcId="vpc-default", ServiceName=name, SubnetIds=["subnet-a"]
    )


def role(clients: Clients) -> None:
    clients.iam.create_role(RoleName="g", AssumeRolePolicyDocument=TRUST)


def role_policy(clients: Clients) -> None:
    clients.iam.put_role_policy(RoleName="theirs", PolicyName="g", PolicyDocument=POLICY)


def tag(clients: Clients) -> None:
    clients.ec2.create_tags(Resources=["sg-theirs"], Tags=[{"Key": "new", "Value": "tag"}])


def table(clients: Clients) -> None:
    clients.dynamodb.create_table(TableName="g", **TABLE)


MAKES: dict[str, tuple[Callable[[Clients], None], list[str]]] = {
    "securityGroup": (security_group, ["securityGroup"]),
    "securityGroupRule": (security_group_rule, ["securityGroupRule"]),
    "cacheSubnetGroup": (cache_subnet_group, ["cacheSubnetGroup"]),
    "replicationGroup": (replication_group, ["replicationGroup"]),
    "targetGroup": (target_group, ["targetGroup"]),
    "target": (target, ["target"]),
    "loadBalancer": (load_balancer, ["loadBalancer"]),
    "listener": (listener, ["listener"]),
    "endpointService": (endpoint_service, ["endpointService", "loadBalancer"]),
    "allowedPrincipal": (allowed_principal, ["allowedPrincipal"]),
    "role": (role, ["role"]),
    "rolePolicy": (role_policy, ["rolePolicy"]),
    "table": (table, ["table"]),
    "tag": (tag, ["tag"]),
}


def test_an_endpoint_of_the_accounts_own_is_owned_and_changes_the_service(clients: Clients) -> None:
    snapshot = Snapshot.take()
    interface_endpoint(clients)
    assert list(snapshot.owned()) == ["interfaceEndpoint"]
    (change,) = snapshot.foreign_changes()
    assert change.startswith("endpointService vpce-svc-theirs: connection vpce-")


@pytest.mark.parametrize(("make", "kinds"), MAKES.values(), ids=MAKES)
def test_what_is_made_is_owned_and_changes_nothing_else(
    clients: Clients, make: Callable[[Clients], None], kinds: list[str]
) -> None:
    snapshot = Snapshot.take()
    make(clients)
    clients.conditions.clock.sleep(1000)
    assert list(snapshot.owned()) == kinds
    assert all(len(ids) == 1 for ids in snapshot.owned().values())
    assert snapshot.foreign_changes() == []


def test_time_alone_changes_nothing(clients: Clients) -> None:
    accept_connection(clients)
    snapshot = Snapshot.take()
    clients.conditions.clock.sleep(10_000)
    clients.elbv2.describe_load_balancers()
    assert snapshot.owned() == {}
    assert snapshot.foreign_changes() == []


def delete_cluster(clients: Clients) -> None:
    clients.elasticache.delete_replication_group(ReplicationGroupId="orders")


def deregister(clients: Clients) -> None:
    clients.elbv2.deregister_targets(
        TargetGroupArn=clients.arn("targetGroup", "theirs"), Targets=[{"Id": "172.31.0.9"}]
    )


def delete_listener(clients: Clients) -> None:
    shown = clients.elbv2.describe_listeners(LoadBalancerArn=clients.arn("loadBalancer", "theirs"))
    clients.elbv2.delete_listener(ListenerArn=shown["Listeners"][0]["ListenerArn"])


def change_attribute(clients: Clients) -> None:
    clients.elbv2.modify_target_group_attributes(
        TargetGroupArn=clients.arn("targetGroup", "theirs"),
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "1"}],
    )


def delete_service(clients: Clients) -> None:
    endpoints = ["vpce-live", "vpce-asking"]
    clients.ec2.reject_vpc_endpoint_connections(ServiceId="vpce-svc-theirs", VpcEndpointIds=endpoints)
    clients.conditions.clock.sleep(1000)
    clients.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=["vpce-svc-theirs"])


def remove_principal(clients: Clients) -> None:
    clients.ec2.modify_vpc_endpoint_service_permissions(ServiceId="vpce-svc-theirs", RemoveAllowedPrincipals=["*"])


def reject_connection(clients: Clients) -> None:
    clients.ec2.reject_vpc_endpoint_connections(ServiceId="vpce-svc-theirs", VpcEndpointIds=["vpce-live"])


def accept_connection(clients: Clients) -> None:
    clients.ec2.accept_vpc_endpoint_connections(ServiceId="vpce-svc-theirs", VpcEndpointIds=["vpce-asking"])


def describe_rule(clients: Clients) -> None:
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "ours now"}]
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": ranges}
    clients.ec2.update_security_group_rule_descriptions_ingress(GroupId="sg-theirs", IpPermissions=[permission])


def lengthen_sessions(clients: Clients) -> None:
    clients.iam.update_role(RoleName="theirs", MaxSessionDuration=7200)


def describe_role(clients: Clients) -> None:
    clients.iam.update_role(RoleName="theirs", Description="ours now")


def attach_policy(clients: Clients) -> None:
    clients.iam.attach_role_policy(RoleName="theirs", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/managed")


def revoke(clients: Clients) -> None:
    clients.ec2.revoke_security_group_ingress(
        GroupId="sg-theirs", IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8"
    )


def delete_policy(clients: Clients) -> None:
    clients.iam.delete_role_policy(RoleName="theirs", PolicyName="p")


def overwrite_policy(clients: Clients) -> None:
    clients.iam.put_role_policy(RoleName="theirs", PolicyName="p", PolicyDocument=POLICY)


def change_trust(clients: Clients) -> None:
    clients.iam.update_assume_role_policy(RoleName="theirs", PolicyDocument=TRUST)


def untag(clients: Clients) -> None:
    clients.ec2.delete_tags(Resources=["sg-theirs"], Tags=[{"Key": "mine"}])


def change_tag(clients: Clients) -> None:
    arn = clients.arn("loadBalancer", "theirs")
    clients.elbv2.add_tags(ResourceArns=[arn], Tags=[{"Key": "mine", "Value": "no"}])


def add_subnet(clients: Clients) -> None:
    clients.elbv2.set_subnets(LoadBalancerArn=clients.arn("loadBalancer", "theirs"), Subnets=["subnet-a", "subnet-b"])


def delete_table(clients: Clients) -> None:
    clients.dynamodb.delete_table(TableName="theirs")


def protect_table(clients: Clients) -> None:
    clients.dynamodb.update_table(TableName="theirs", DeletionProtectionEnabled=True)


CHANGES: dict[str, tuple[Callable[[Clients], None], str]] = {
    "cluster deleted": (delete_cluster, "replicationGroup orders: deleting"),
    "target deregistered": (deregister, "target theirs/172.31.0.9:6379 is gone"),
    "listener deleted": (delete_listener, "listener theirs:1 is gone"),
    "attribute changed": (change_attribute, "targetGroup theirs: attributes"),
    "service deleted": (delete_service, "endpointService vpce-svc-theirs is gone"),
    "principal removed": (remove_principal, "allowedPrincipal vpce-svc-theirs/* is gone"),
    "connection rejected": (reject_connection, "endpointService vpce-svc-theirs: connection vpce-live"),
    "connection accepted": (accept_connection, "endpointService vpce-svc-theirs: connection vpce-asking"),
    "rule described": (describe_rule, "securityGroupRule sgr-"),
    "sessions lengthened": (lengthen_sessions, "role theirs: maxSessionDuration"),
    "role described": (describe_role, "role theirs: description"),
    "policy attached": (attach_policy, "role theirs: attached"),
    "rule revoked": (revoke, "securityGroupRule sgr-"),
    "policy deleted": (delete_policy, "rolePolicy theirs/p is gone"),
    "policy overwritten": (overwrite_policy, "rolePolicy theirs/p: document"),
    "trust changed": (change_trust, "role theirs: trust"),
    "tag removed": (untag, "tag securityGroup/sg-theirs/mine is gone"),
    "tag changed": (change_tag, "tag loadBalancer/theirs/mine: value"),
    "table deleted": (delete_table, "table theirs is gone"),
    "table protected": (protect_table, "table theirs: protected"),
    "subnet added": (add_subnet, "loadBalancer theirs: subnets"),
}


@pytest.mark.parametrize(("change", "line"), CHANGES.values(), ids=CHANGES)
def test_changes_to_what_was_there(clients: Clients, change: Callable[[Clients], None], line: str) -> None:
    snapshot = Snapshot.take()
    change(clients)
    changes = snapshot.foreign_changes()
    assert any(each.startswith(line) for each in changes), changes


def test_what_was_made_and_taken_away_again_is_not_owned(clients: Clients) -> None:
    snapshot = Snapshot.take()
    load_balancer(clients)
    clients.elbv2.delete_load_balancer(LoadBalancerArn=clients.arn("loadBalancer", "g"))
    assert snapshot.owned() == {"loadBalancer": ["g"]}
    clients.conditions.clock.sleep(2)
    clients.elbv2.describe_load_balancers()
    assert snapshot.owned() == {}


def test_deleted_service_that_is_still_listed_is_not_owned(clients: Clients) -> None:
    snapshot = Snapshot.take()
    endpoint_service(clients)
    (service,) = snapshot.owned()["endpointService"]
    clients.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service])
    assert "endpointService" not in snapshot.owned()


FIRST, SECOND = [{"Key": "first", "Value": "x"}], [{"Key": "second", "Value": "y"}]


def test_a_tag_that_was_added_to_a_thing_of_the_runs_own_shows_until_it_is_taken_off(clients: Clients) -> None:
    """Several runs may share a thing, and one that goes may leave its tag on it."""
    snapshot = Snapshot.take()
    clients.iam.create_role(RoleName="ours", AssumeRolePolicyDocument=TRUST, Tags=FIRST)
    clients.elbv2.create_load_balancer(Name="ours", Type="network", Subnets=["subnet-a"], Tags=FIRST)
    security_group_rule(clients)
    assert "tag" not in snapshot.owned(), "what it was created with comes with it"
    (rule,) = snapshot.owned()["securityGroupRule"]
    clients.conditions.clock.sleep(10)
    clients.iam.tag_role(RoleName="ours", Tags=SECOND)
    clients.elbv2.add_tags(ResourceArns=[clients.arn("loadBalancer", "ours")], Tags=SECOND)
    clients.ec2.create_tags(Resources=[rule], Tags=SECOND)
    assert snapshot.owned()["tag"] == [
        "loadBalancer/ours/second",
        "role/ours/second",
        f"securityGroupRule/{rule}/second",
    ]
    clients.iam.untag_role(RoleName="ours", TagKeys=["second"])
    clients.ec2.delete_tags(Resources=[rule], Tags=[{"Key": "second"}])
    assert snapshot.owned()["tag"] == ["loadBalancer/ours/second"]


def test_what_the_world_does_is_expected_and_what_a_run_did_is_remembered(clients: Clients) -> None:
    snapshot = Snapshot.take()
    security_group_rule(clients)
    with snapshot.expecting():
        revoke(clients)
        clients.elbv2.add_tags(
            ResourceArns=[clients.arn("loadBalancer", "theirs")], Tags=[{"Key": "new", "Value": "x"}]
        )
        apply_event("kill-node", {"node": "orders-001"}, clients.conditions)
    assert list(snapshot.owned()) == ["securityGroupRule"]
    assert snapshot.foreign_changes() == []


def test_what_a_run_did_to_a_thing_is_seen_though_something_happens_to_it_afterwards(clients: Clients) -> None:
    snapshot = Snapshot.take()
    reject_connection(clients)
    with snapshot.expecting():
        accept_connection(clients)
        apply_event("connect", {"service": "vpce-svc-theirs", "endpoint": "vpce-new"}, clients.conditions)
    clients.conditions.clock.sleep(1000)
    (change,) = snapshot.foreign_changes()
    assert change.startswith("endpointService vpce-svc-theirs: connection vpce-live was ")
