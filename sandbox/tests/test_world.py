"""Worlds: what is laid is there, with the ids it was given; events; drawn latencies."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import boto3
import pytest
from pydantic import ValidationError

from sandbox import dns, services, wire
from sandbox.audit import Snapshot
from sandbox.clock import VirtualClock
from sandbox.conditions import SPREADS, Conditions, Latency
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.ec2.interface_endpoints import endpoints
from sandbox.wire.clients import own_session
from sandbox.world import EVENTS, World, apply_event, lay

EXAMPLE: dict[str, Any] = {
    "region": "us-west-1",
    "vpcs": [
        {
            "id": "vpc-1",
            "cidr": "172.31.0.0/16",
            "subnets": [
                {"id": "subnet-a", "cidr": "172.31.16.0/20", "zone": "us-west-1a"},
                {"id": "subnet-c", "cidr": "172.31.0.0/20", "zone": "us-west-1c"},
            ],
        }
    ],
    "clusters": [
        {
            "id": "sessions-victor",
            "mode": "enabled",
            "subnets": ["subnet-a", "subnet-c"],
            "securityGroups": ["sg-cache"],
            "tags": {"team": "blue"},
            "nodes": {"sessions-victor-0001-001": {"ip": "172.31.15.132", "subnet": "subnet-c"}},
        }
    ],
}
TRUSTED = {"account": "111122223333"}
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "elasticache:*", "Resource": "*"}]}
NODE = "sessions-victor-0001-001"
Opener = Callable[..., Conditions]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opener]:
    """Lays a world in an account of its own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with ExitStack() as stack:

        def open_world(world: dict[str, Any] | None = None, seed: int = 0) -> Conditions:
            laid = World.model_validate(world or {})
            conditions = laid.conditions(VirtualClock(), seed)
            monkeypatch.setenv("AWS_DEFAULT_REGION", laid.region)
            stack.enter_context(wire.mocked())
            stack.enter_context(own_session())
            stack.enter_context(services.install(conditions))
            stack.enter_context(dns.install(conditions))
            lay(laid, conditions)
            return conditions

        yield open_world


def node(name: str = NODE) -> dict[str, Any]:
    found = boto3.client("elasticache").describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)
    return dict(found["CacheClusters"][0]["CacheNodes"][0])


def interface_with(name: str, value: str) -> Any:
    filters: Any = [{"Name": name, "Values": [value]}]
    (found,) = boto3.client("ec2").describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return found


def test_world_that_is_left_out(opened: Opener) -> None:
    opened()
    ec2 = boto3.client("ec2")
    (vpc,) = ec2.describe_vpcs()["Vpcs"]
    subnets = ec2.describe_subnets()["Subnets"]
    assert vpc["IsDefault"] is True
    assert [each["AvailabilityZone"] for each in subnets] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    assert all(each["DefaultForAz"] for each in subnets)
    assert boto3.client("elasticache").describe_cache_clusters()["CacheClusters"] == []


def test_documented_example_is_as_documented(opened: Opener) -> None:
    opened(EXAMPLE)
    shown = node()
    assert shown["CustomerAvailabilityZone"] == "us-west-1c"
    name = shown["Endpoint"]["Address"]
    assert name.startswith(f"{NODE}.")
    assert name.endswith(".0001.usw1.cache.amazonaws.com")
    assert socket.getaddrinfo(name, 6379, type=socket.SOCK_STREAM)[0][4] == ("172.31.15.132", 6379)
    interface = interface_with("addresses.private-ip-address", "172.31.15.132")
    assert (interface["SubnetId"], interface["Groups"][0]["GroupId"]) == ("subnet-c", "sg-cache")


def test_tags_and_description_of_a_cluster(opened: Opener) -> None:
    opened(EXAMPLE)
    elasticache = boto3.client("elasticache")
    (group,) = elasticache.describe_replication_groups()["ReplicationGroups"]
    assert elasticache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"] == [
        {"Key": "team", "Value": "blue"}
    ]


def test_only_the_region_of_the_world_holds_anything(opened: Opener) -> None:
    opened(EXAMPLE)
    assert boto3.client("ec2", region_name="us-east-1").describe_vpcs()["Vpcs"] == []


@pytest.mark.parametrize("status", ["creating", "create-failed", "deleting", "modifying", "snapshotting"])
def test_cluster_in_another_status(opened: Opener, status: str) -> None:
    opened({"clusters": [{"id": "orders", "status": status}]})
    (group,) = boto3.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["Status"] == status
    assert ("Endpoint" in node("orders-001")) is (status in ("deleting", "modifying", "snapshotting"))


def test_status_that_passes(opened: Opener) -> None:
    conditions = opened({"clusters": [{"id": "orders", "status": "creating", "statusSeconds": 60}]})
    conditions.clock.sleep(61)
    (group,) = boto3.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["Status"] == "available"
    assert "Endpoint" in node("orders-001")


def test_offerings_and_roles(opened: Opener) -> None:
    opened(
        {
            "targetGroups": [{"name": "tg", "targets": [{"ip": "172.31.0.9"}]}],
            "loadBalancers": [
                {
                    "name": "lb",
                    "subnets": ["subnet-a"],
                    "listeners": [{"port": 6379, "targetGroup": "tg"}],
                    "tags": {"a": "b"},
                }
            ],
            "endpointServices": [{"loadBalancer": "lb", "principals": ["*"], "tags": {"a": "b"}}],
            "roles": [
                {
                    "name": "access",
                    "trusts": {"account": "111122223333", "externalId": "ws-1"},
                    "policies": {"p": POLICY},
                    "attached": ["arn:aws:iam::aws:policy/wide"],
                    "boundary": f"arn:aws:iam::{ACCOUNT}:policy/bound",
                }
            ],
            "policies": [{"name": "bound"}, {"name": "wide", "document": POLICY, "ofAws": True}],
        }
    )
    elbv2, ec2, iam = boto3.client("elbv2"), boto3.client("ec2"), boto3.client("iam")
    (balancer,) = elbv2.describe_load_balancers()["LoadBalancers"]
    assert balancer["State"]["Code"] == "active"
    assert elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"][0]["Port"] == 6379
    (service,) = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    assert service["NetworkLoadBalancerArns"] == [balancer["LoadBalancerArn"]]
    role: Any = iam.get_role(RoleName="access")["Role"]  # botocore has parsed its trust policy
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "ws-1"}}
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == f"arn:aws:iam::{ACCOUNT}:policy/bound"
    assert iam.list_role_policies(RoleName="access")["PolicyNames"] == ["p"]
    (attached,) = iam.list_attached_role_policies(RoleName="access")["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    document: Any = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"][
        "Document"
    ]
    assert document == POLICY


def test_settings_of_a_target_group_and_a_role(opened: Opener) -> None:
    # Elastic Load Balancing API reference, CreateTargetGroup: a Network Load Balancer's checks come every 30 s, wait
    # 10 s, and five in a row decide, two for the worse; IAM API reference, CreateRole: a session lasts an hour
    fast, delay = {"interval": 5, "timeout": 4, "healthy": 2}, {"deregistration_delay.timeout_seconds": "0"}
    opened(
        {
            "targetGroups": [{"name": "usual"}, {"name": "other", "healthCheck": fast, "attributes": delay}],
            "roles": [
                {"name": "usual", "trusts": TRUSTED},
                {"name": "other", "trusts": TRUSTED, "maxSessionDuration": 7200},
            ],
        }
    )
    elbv2, iam = boto3.client("elbv2"), boto3.client("iam")

    def found(name: str) -> tuple[list[int], str, int]:
        group = elbv2.describe_target_groups(Names=[name])["TargetGroups"][0]
        attributes = elbv2.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
        checks = [group["HealthCheckIntervalSeconds"], group["HealthCheckTimeoutSeconds"]]
        checks += [group["HealthyThresholdCount"], group["UnhealthyThresholdCount"]]
        (drained,) = (each["Value"] for each in attributes if each["Key"] in delay)
        return checks, drained, iam.get_role(RoleName=name)["Role"]["MaxSessionDuration"]

    assert found("usual") == ([30, 10, 5, 2], "300", 3600)
    assert found("other") == ([5, 4, 2, 2], "0", 7200)


def test_cluster_in_its_vpcs_default_group(opened: Opener) -> None:
    opened({"clusters": [{"id": "orders", "securityGroups": ["default"]}]})
    (group,) = boto3.client("ec2").describe_security_groups()["SecurityGroups"]
    (cluster,) = boto3.client("elasticache").describe_cache_clusters()["CacheClusters"]
    assert cluster["SecurityGroups"][0]["SecurityGroupId"] == group["GroupId"]


@pytest.mark.parametrize(
    "world",
    [
        {"endpointServices": [{"loadBalancer": "other"}]},
        {"securityGroupRules": [{"group": "sg-other", "port": 1, "cidr": "10.0.0.0/8"}]},
        {"clusters": [{"id": "orders", "engineVersion": "9.9"}]},
        {"clusters": [{"id": "orders", "networkType": "ipv6"}]},
        {"clusters": [{"id": "orders", "networkType": "dual_stack"}]},
    ],
)
def test_world_that_contradicts_itself(opened: Opener, world: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"other|9\.9|no range for (ipv6|dual_stack) in subnet-a, subnet-b, subnet-c"):
        opened(world)


def test_keys_of_a_world_are_checked() -> None:
    with pytest.raises(ValidationError):
        World.model_validate({"cluster": []})


# names


def test_unknown_names_of_aws_do_not_exist_and_others_are_real(opened: Opener) -> None:
    opened(EXAMPLE)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("other.abcdef.0001.usw1.cache.amazonaws.com", 6379)
    assert socket.getaddrinfo("127.0.0.1", 80)
    original = socket.getaddrinfo
    with dns.install(World().conditions(VirtualClock(), 0)):
        assert socket.getaddrinfo is not original
    assert socket.getaddrinfo is original


def test_names_of_groups_and_load_balancers(opened: Opener) -> None:
    conditions = opened(
        {
            "clusters": [{"id": "orders", "replicasPerShard": 1}],
            "loadBalancers": [{"name": "lb", "subnets": ["subnet-a"]}],
        }
    )
    (group,) = boto3.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    shard = group["NodeGroups"][0]
    primary = shard["NodeGroupMembers"][0]["ReadEndpoint"]["Address"]
    assert dns.addresses(shard["PrimaryEndpoint"]["Address"], conditions) == dns.addresses(primary, conditions)
    assert dns.addresses(shard["ReaderEndpoint"]["Address"], conditions) != dns.addresses(primary, conditions)
    (balancer,) = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
    interface = interface_with("interface-type", "network_load_balancer")
    assert dns.addresses(balancer["DNSName"].upper(), conditions) == [interface["PrivateIpAddress"]]


# events


def test_node_moves_and_its_name_follows(opened: Opener) -> None:
    conditions = opened(EXAMPLE)
    name = node()["Endpoint"]["Address"]
    apply_event("change-ip", {"node": NODE}, conditions)
    changed = dns.addresses(name, conditions)
    assert changed
    assert changed != ["172.31.15.132"]
    apply_event("replace-node", {"node": NODE, "subnet": "subnet-a", "ip": "172.31.16.77"}, conditions)
    assert dns.addresses(name, conditions) == ["172.31.16.77"]
    assert node()["CustomerAvailabilityZone"] == "us-west-1a"
    assert len(boto3.client("ec2").describe_network_interfaces()["NetworkInterfaces"]) == 1


OFFERED = {
    "loadBalancers": [{"name": "lb", "subnets": ["subnet-a"]}],
    "endpointServices": [
        {"loadBalancer": "lb", "id": "vpce-svc-1", "principals": ["arn:aws:iam::111122223333:root"]},
    ],
}


def connection() -> Any:
    (found,) = boto3.client("ec2").describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    return found


def test_connecting_needs_an_allowed_principal(opened: Opener) -> None:
    conditions = opened({**OFFERED, "consumer": "111122223333"})
    apply_event("connect", {"service": "vpce-svc-1", "endpoint": "vpce-1"}, conditions)
    with pytest.raises(ValueError, match="not allowed"):
        apply_event("connect", {"service": "vpce-svc-1", "owner": "111111111111"}, conditions)
    found = connection()
    assert (found["VpcEndpointOwner"], found["VpcEndpointState"]) == ("111122223333", "pendingAcceptance")
    apply_event("accept", {"service": "vpce-svc-1", "endpoint": "vpce-1"}, conditions)
    conditions.clock.sleep(300)
    assert connection()["VpcEndpointState"] == "available"


def test_an_endpoint_of_the_consumer_stands_in_a_zone_that_the_service_is_offered_in(opened: Opener) -> None:
    conditions = opened({**OFFERED, "consumer": "111122223333"})
    apply_event("connect", {"service": "lb", "endpoint": "vpce-1"}, conditions)
    (endpoint,) = endpoints("us-east-1", "111122223333").values()
    assert (endpoint.id, endpoint.zones(), len(endpoint.addresses())) == ("vpce-1", ["use1-az6"], 1)
    with pytest.raises(ValueError, match="no subnet in use1-az1"):
        apply_event("connect", {"service": "lb", "zone": "use1-az1"}, conditions)


def test_a_consumer_without_a_zone_that_is_offered_cannot_connect(opened: Opener) -> None:
    conditions = opened({**OFFERED, "consumer": "111122223333", "consumerZones": ["use1-az1"]})
    with pytest.raises(ValueError, match="no subnet in use1-az6"):
        apply_event("connect", {"service": "lb"}, conditions)


def test_a_consumer_connects_to_all_that_admits_it_and_leaves_it_all(opened: Opener) -> None:
    """An event without a service is about each; what is connected already stays as it is."""
    balancers = [{"name": name, "subnets": ["subnet-a"]} for name in ("lb", "other", "foreign")]
    consumers = {"principals": ["arn:aws:iam::111122223333:root"]}
    services = [{"loadBalancer": name, **consumers} for name in ("lb", "other")] + [{"loadBalancer": "foreign"}]
    conditions = opened({"consumer": "111122223333", "loadBalancers": balancers, "endpointServices": services})
    apply_event("connect", {"service": "lb"}, conditions)
    apply_event("connect", {}, conditions)
    assert len(boto3.client("ec2").describe_vpc_endpoint_connections()["VpcEndpointConnections"]) == 2
    with pytest.raises(ValueError, match="no service that account 111122223333 may connect to"):
        apply_event("connect", {}, conditions)
    with pytest.raises(ValueError, match="names the endpoint vpce-1 and no service"):
        apply_event("connect", {"endpoint": "vpce-1"}, conditions)
    apply_event("accept", {}, conditions)
    conditions.clock.sleep(300)
    found = boto3.client("ec2").describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    assert [each["VpcEndpointState"] for each in found] == ["available"] * 2
    apply_event("disconnect", {}, conditions)
    for event in ("accept", "disconnect"):
        with pytest.raises(ValueError, match="the account has no connection that stands"):
            apply_event(event, {}, conditions)


STATES = ["pendingAcceptance", "available", "rejected"]
LEAVING = {**OFFERED, "consumer": "111122223333", "latency": {"disconnection": 20, "endpointServiceListing": 60}}


@pytest.mark.parametrize("state", STATES)
def test_an_endpoint_that_its_owner_deletes_is_listed_as_deleted_for_a_while(opened: Opener, state: str) -> None:
    """EC2 API reference, DescribeVpcEndpointConnections: a connection is deleting, then deleted."""
    service = {"loadBalancer": "lb", "id": "vpce-svc-1", "connections": [{"id": "vpce-1", "state": state}]}
    conditions = opened({**LEAVING, "endpointServices": [service]})
    snapshot = Snapshot.take()
    with snapshot.expecting():
        apply_event("disconnect", {"service": "lb"}, conditions)
    assert connection()["VpcEndpointState"] == "deleting"
    conditions.clock.sleep(20)
    assert connection()["VpcEndpointState"] == "deleted"
    for event in ("disconnect", "accept"):
        with pytest.raises(ValueError, match="no connection vpce-1"):
            apply_event(event, {"service": "vpce-svc-1", "endpoint": "vpce-1"}, conditions)
    conditions.clock.sleep(60)
    assert boto3.client("ec2").describe_vpc_endpoint_connections()["VpcEndpointConnections"] == []
    assert (snapshot.owned(), snapshot.foreign_changes()) == ({}, [])


def test_one_of_several_endpoints_can_be_deleted(opened: Opener) -> None:
    service = {"loadBalancer": "lb", "id": "vpce-svc-1", "connections": [{"id": "vpce-1"}, {"id": "vpce-2"}]}
    conditions = opened({**LEAVING, "endpointServices": [service]})
    apply_event("disconnect", {"service": "vpce-svc-1", "endpoint": "vpce-2"}, conditions)
    found = boto3.client("ec2").describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    assert [each["VpcEndpointState"] for each in found] == ["available", "deleting"]
    apply_event("disconnect", {"service": "vpce-svc-1"}, conditions)
    with pytest.raises(ValueError, match="no connection that stands"):
        apply_event("disconnect", {"service": "vpce-svc-1"}, conditions)
    deleted = boto3.client("ec2").delete_vpc_endpoint_service_configurations(ServiceIds=["vpce-svc-1"])
    assert deleted["Unsuccessful"] == []


def test_connecting_needs_an_account(opened: Opener) -> None:
    conditions = opened(OFFERED)
    with pytest.raises(ValueError, match="connect names no account"):
        apply_event("connect", {"service": "vpce-svc-1"}, conditions)
    apply_event("connect", {"service": "vpce-svc-1", "owner": "111122223333"}, conditions)


@pytest.mark.parametrize(
    "world",
    [
        {"roles": [{"name": "access"}]},
        {**OFFERED, "endpointServices": [{"loadBalancer": "lb", "connections": [{"id": "vpce-1"}]}]},
    ],
)
def test_a_world_says_who_the_consumer_is(opened: Opener, world: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"(access|vpce-1) names no account"):
        opened(world)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("explode", {}),
        ("kill-node", {}),
        ("kill-node", {"node": "other"}),
        ("kill-node", {"node": NODE, "how": "slowly"}),
    ],
)
def test_event_that_cannot_be(opened: Opener, name: str, arguments: dict[str, Any]) -> None:
    conditions = opened(EXAMPLE)
    with pytest.raises(ValueError, match=r"event|node"):
        apply_event(name, arguments, conditions)


def test_events_are_named_as_scenarios_name_them() -> None:
    assert {"kill-node", "revive-node", "change-ip", "replace-node", "connect"} <= EVENTS.keys()


# latencies


def test_given_latency_is_exact_and_others_are_drawn_within_their_spread() -> None:
    conditions = Conditions(VirtualClock(), seed=5, latency=Latency(cluster=540))
    assert {conditions.draw("cluster") for _ in range(5)} == {540}
    drawn = [conditions.draw("load_balancer") for _ in range(50)]
    low, _, high = SPREADS["load_balancer"]
    assert all(low <= each <= high for each in drawn)
    assert len(set(drawn)) == 50


def test_a_latency_that_is_changed_holds_for_the_next_resource() -> None:
    conditions = Conditions(VirtualClock(), latency=Latency(cluster=540))
    before = conditions.draw("cluster")
    conditions.latency = Latency(cluster=60)
    assert (before, conditions.draw("cluster")) == (540, 60)


def test_draws_repeat_by_kind_whatever_else_is_drawn() -> None:
    one, other = Conditions(VirtualClock(), seed=5), Conditions(VirtualClock(), seed=5)
    other.draw("registration")
    assert [one.draw("cluster") for _ in range(3)] == [other.draw("cluster") for _ in range(3)]
    assert Conditions(VirtualClock(), seed=6).draw("cluster") != Conditions(VirtualClock(), seed=5).draw("cluster")


def test_every_kind_that_may_be_left_out_has_a_spread() -> None:
    left_out = {name for name, value in Latency().model_dump().items() if value is None}
    assert left_out == set(SPREADS)


@pytest.mark.parametrize("seed", [1, 2])
def test_same_seed_same_ids(opened: Opener, seed: int) -> None:
    names = []
    for _ in range(2):
        opened({"clusters": [{"id": "orders"}]}, seed)
        names.append(node("orders-001")["Endpoint"]["Address"])
    assert names[0] == names[1]
