"""An AWS account to put a rule to, twice: with the sandbox's corrections, and with moto as it is.

A rule that plain moto keeps too needs no correction, so on plain moto every test here must fail (strictly): the day
that moto learns a rule, the test says so and the correction can go.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox import services, wire
from sandbox.clock import VirtualClock
from sandbox.conditions import Conditions
from sandbox.services.common import backend
from sandbox.tests.services.both_ways import compared
from sandbox.world import World, lay

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}
CONSUMER = "111122223333"
EXACT = {
    "cluster": 500,
    "clusterDeletion": 300,
    "modification": 400,
    "snapshot": 60,
    "loadBalancer": 150,
    "loadBalancerVisibility": 0,
    "loadBalancerDeletion": 10,
    "registration": 120,
    "targetGroupRelease": 5,
    "endpointService": 5,
    "endpointServiceDeletion": 15,
    "endpointServiceListing": 60,
    "connection": 90,
    "rejection": 10,
    "disconnection": 20,
    "interfaceDeletion": 30,
    "iamPropagation": 0,
    "itemVisibility": 0,
}


@cache
def client(name: str, key: str = "test") -> Any:
    """One client for all tests: making one takes longer than most of them, and moto answers it in any account."""
    # what a client would not send is refused by the service as well, and it is the service that is tested here
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"}, parameter_validation=False)
    session = boto3.Session(aws_access_key_id=key, aws_secret_access_key="test")
    return session.client(name, config=once)  # type: ignore[call-overload]  # any of seven names


class Aws:
    """Clients of one account, and its clock. Builders make what a rule is not about."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        names = ("dynamodb", "ec2", "elbv2", "elasticache", "events", "iam")
        self.dynamodb, self.ec2, self.elbv2, self.elasticache, self.events, self.iam = map(client, names)

    def by(self, key: str, service: str = "ec2") -> Any:
        """A client of whom the access key is."""
        return client(service, key)

    def wait(self, seconds: float) -> None:
        self.conditions.clock.sleep(seconds)

    @contextmanager
    def refused(self, code: str) -> Iterator[None]:
        with pytest.raises(ClientError) as caught:
            yield
        assert caught.value.response["Error"]["Code"] == code

    @property
    def vpc(self) -> str:
        return str(backend("ec2", "us-east-1").describe_vpcs()[0].id)

    @property
    def subnets(self) -> list[str]:
        found = backend("ec2", "us-east-1").describe_subnets()
        return [each.id for each in sorted(found, key=lambda each: str(each.availability_zone))][:3]

    def subnet_group(self, name: str = "caches", subnets: list[str] | None = None) -> str:
        self.elasticache.create_cache_subnet_group(
            CacheSubnetGroupName=name, CacheSubnetGroupDescription="d", SubnetIds=subnets or self.subnets
        )
        return name

    def group_request(self, **changes: Any) -> dict[str, Any]:
        request = {
            "ReplicationGroupId": "orders",
            "ReplicationGroupDescription": "d",
            "CacheNodeType": "cache.t4g.micro",
            "Engine": "redis",
            "NumCacheClusters": 1,
            "CacheSubnetGroupName": "caches",
        } | changes
        return {key: value for key, value in request.items() if value is not None}

    def replication_group(self, **changes: Any) -> dict[str, Any]:
        made = self.elasticache.create_replication_group(**self.group_request(**changes))
        return dict(made["ReplicationGroup"])

    def sharded_request(self, **changes: Any) -> dict[str, Any]:
        sharded = {
            "NumCacheClusters": None,
            "NumNodeGroups": 2,
            "ReplicasPerNodeGroup": 1,
            "AutomaticFailoverEnabled": True,
            "CacheParameterGroupName": "default.redis7.cluster.on",
        }
        return self.group_request(**(sharded | changes))

    def node(self, cluster_id: str) -> dict[str, Any]:
        found = self.elasticache.describe_cache_clusters(CacheClusterId=cluster_id, ShowCacheNodeInfo=True)
        return dict(found["CacheClusters"][0]["CacheNodes"][0])

    def interface(self, description: str) -> dict[str, Any]:
        filters = [{"Name": "description", "Values": [description]}]
        return dict(self.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"][0])

    def balancer(self, name: str = "lb", **changes: Any) -> str:
        request = {"Name": name, "Type": "network", "Scheme": "internal", "Subnets": self.subnets[:1]} | changes
        return str(self.elbv2.create_load_balancer(**request)["LoadBalancers"][0]["LoadBalancerArn"])

    def target_group_request(self, **changes: Any) -> dict[str, Any]:
        return {
            "Name": "tg",
            "Protocol": "TCP",
            "Port": 6379,
            "VpcId": self.vpc,
            "TargetType": "ip",
            "HealthCheckProtocol": "TCP",
            "HealthCheckIntervalSeconds": 5,
            "HealthCheckTimeoutSeconds": 4,
            "HealthyThresholdCount": 2,
        } | changes

    def target_group(self, **changes: Any) -> str:
        made = self.elbv2.create_target_group(**self.target_group_request(**changes))
        return str(made["TargetGroups"][0]["TargetGroupArn"])

    def listener(self, balancer: str, target_group: str, port: int = 6379) -> str:
        action = {"Type": "forward", "TargetGroupArn": target_group}
        made = self.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=port, DefaultActions=[action])
        return str(made["Listeners"][0]["ListenerArn"])

    def service(self, balancer: str, **changes: Any) -> dict[str, Any]:
        request = {"NetworkLoadBalancerArns": [balancer], "AcceptanceRequired": True} | changes
        return dict(self.ec2.create_vpc_endpoint_service_configuration(**request)["ServiceConfiguration"])

    def active_balancer(self, name: str = "lb", **changes: Any) -> str:
        arn = self.balancer(name, **changes)
        self.wait(150)
        self.elbv2.describe_load_balancers(LoadBalancerArns=[arn])
        return arn

    def security_group(self, name: str = "cache") -> str:
        made = self.ec2.create_security_group(GroupName=name, Description="d", VpcId=self.vpc)
        return str(made["GroupId"])

    def allow(self, group: str, cidr: str = "0.0.0.0/0", port: int = 6379, **changes: Any) -> dict[str, Any]:
        permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
        made = self.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission], **changes)
        return dict(made["SecurityGroupRules"][0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is expected to fail is told without its traceback, which takes longer to find than the failing takes."""
    for item in items:
        if item.get_closest_marker("xfail") is not None:
            item.repr_failure = lambda found, style=None: str(found.value)  # type: ignore[method-assign,assignment]


def opened(world: World, corrected: bool) -> Iterator[Aws]:
    conditions = world.conditions(VirtualClock(), seed=7)
    with ExitStack() as stack:
        stack.enter_context(mock.patch.dict(os.environ, ENVIRONMENT))
        if corrected:
            stack.enter_context(compared())
        stack.enter_context(wire.mocked())
        if corrected:
            stack.enter_context(services.install(conditions))
            lay(world, conditions)
        yield Aws(conditions)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    """The default world with exact latencies; a test may ask for more by parametrising this."""
    return World.model_validate({"latency": EXACT, "consumer": CONSUMER} | getattr(request, "param", {}))


@pytest.fixture(params=["corrected", pytest.param("plain", marks=pytest.mark.xfail(strict=True))])
def aws(request: pytest.FixtureRequest, world: World) -> Iterator[Aws]:
    """The account for a rule that plain moto does not keep."""
    yield from opened(world, corrected=request.param == "corrected")


@pytest.fixture
def corrected(world: World) -> Iterator[Aws]:
    """The account for what plain moto does right as well, or could not be asked."""
    yield from opened(world, corrected=True)
