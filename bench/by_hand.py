"""The documented steps as calls of boto3, which both other ways of doing the job use.

Settings are those of the documentation and the vendor's Terraform module: default health checks (every 30 s, five in a
row), the inbound rule open to 0.0.0.0/0. Sources: Ververica Cloud documentation,
"Amazon ElastiCache (Redis)" private connection; ververica/terraform-aws-ververica-cloud, modules/vpc-endpoint-service
and modules/private-connection.
"""

import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from bench.cases import CLUSTER, WORKSPACE, Case

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elasticache import ElastiCacheClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_iam import IAMClient

PRINCIPAL: Final = "arn:aws:iam::794031221915:root"
PORT: Final = 6379
ROLE: Final = "private-connection"


@dataclass(frozen=True)
class Checks:
    """A target group's health checks: seconds between two, and how many in a row decide."""

    interval: int
    threshold: int


DEFAULT_CHECKS: Final = Checks(30, 5)
FASTEST_CHECKS: Final = Checks(5, 2)


@dataclass(frozen=True)
class Node:
    """What step 3 writes down of a node."""

    name: str
    endpoint: str
    zone: str
    address: str
    subnet: str
    vpc: str


@dataclass(frozen=True)
class Endpoint:
    """A line of the sheet for the portal."""

    node: str
    endpoint: str
    port: int
    service_name: str


class Hands:
    """A person with boto3: each method is one documented step on one resource, and `until` waits."""

    def __init__(self, checks: Checks = DEFAULT_CHECKS, attempts: int = 5) -> None:
        # legacy mode limits only the number of attempts, as the AWS CLI and Terraform's provider do
        config = Config(retries={"mode": "legacy", "total_max_attempts": attempts})
        self.checks = checks
        self.elasticache: ElastiCacheClient = boto3.client("elasticache", config=config)
        self.elbv2: ElasticLoadBalancingv2Client = boto3.client("elbv2", config=config)
        self.ec2: EC2Client = boto3.client("ec2", config=config)
        self.iam: IAMClient = boto3.client("iam", config=config)

    # 1

    def create_subnet_group(self) -> None:
        subnets = self.ec2.describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
        self.elasticache.create_cache_subnet_group(
            CacheSubnetGroupName=CLUSTER,
            CacheSubnetGroupDescription="subnets of the default VPC",
            SubnetIds=[each["SubnetId"] for each in subnets],
        )

    def create_cluster(self, case: Case) -> None:
        topology: dict[str, Any] = {"NumCacheClusters": case.nodes}
        if case.sharded:
            topology = {"NumNodeGroups": case.shards, "ReplicasPerNodeGroup": case.replicas, "ClusterMode": "enabled"}
        self.elasticache.create_replication_group(
            ReplicationGroupId=CLUSTER,
            ReplicationGroupDescription="to be connected to Ververica Cloud",
            Engine="redis",
            CacheNodeType="cache.t4g.micro",
            CacheSubnetGroupName=CLUSTER,
            AutomaticFailoverEnabled=case.nodes > 1,
            TransitEncryptionEnabled=True,
            AtRestEncryptionEnabled=True,
            **topology,
        )

    def cluster_available(self) -> bool:
        found = self.elasticache.describe_replication_groups(ReplicationGroupId=CLUSTER)["ReplicationGroups"][0]
        return found["Status"] == "available"

    # 2

    def open_security_group(self) -> None:
        group = self.elasticache.describe_replication_groups(ReplicationGroupId=CLUSTER)["ReplicationGroups"][0]
        member = self.elasticache.describe_cache_clusters(CacheClusterId=group["MemberClusters"][0])["CacheClusters"][0]
        self.ec2.authorize_security_group_ingress(
            GroupId=member["SecurityGroups"][0]["SecurityGroupId"],
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
            ],
        )

    # 3

    def look_up_nodes(self) -> list[Node]:
        group = self.elasticache.describe_replication_groups(ReplicationGroupId=CLUSTER)["ReplicationGroups"][0]
        return [self._look_up(member) for member in sorted(group["MemberClusters"])]

    def _look_up(self, member: str) -> Node:
        found = self.elasticache.describe_cache_clusters(CacheClusterId=member, ShowCacheNodeInfo=True)
        endpoint = found["CacheClusters"][0]["CacheNodes"][0]["Endpoint"]["Address"]
        address = socket.gethostbyname(endpoint)
        where = self.ec2.describe_network_interfaces(Filters=[{"Name": "private-ip-address", "Values": [address]}])
        interface = where["NetworkInterfaces"][0]
        zone, subnet, vpc = interface["AvailabilityZone"], interface["SubnetId"], interface["VpcId"]
        return Node(member, endpoint, zone, address, subnet, vpc)

    # 4

    def create_target_group(self, node: Node) -> str:
        made = self.elbv2.create_target_group(
            Name=f"tg-{node.name}",
            Protocol="TCP",
            Port=PORT,
            VpcId=node.vpc,
            TargetType="ip",
            HealthCheckIntervalSeconds=self.checks.interval,
            HealthCheckTimeoutSeconds=min(10, self.checks.interval - 1),
            HealthyThresholdCount=self.checks.threshold,
        )
        return made["TargetGroups"][0]["TargetGroupArn"]

    def register(self, node: Node, target_group: str) -> None:
        self.elbv2.register_targets(TargetGroupArn=target_group, Targets=[{"Id": node.address, "Port": PORT}])

    # 5

    def create_load_balancer(self, node: Node) -> str:
        made = self.elbv2.create_load_balancer(
            Name=f"lb-{node.name}", Type="network", Scheme="internal", Subnets=[node.subnet]
        )
        return made["LoadBalancers"][0]["LoadBalancerArn"]

    def load_balancer_active(self, load_balancer: str) -> bool:
        found = self.elbv2.describe_load_balancers(LoadBalancerArns=[load_balancer])["LoadBalancers"][0]
        return found["State"]["Code"] == "active"

    def create_listener(self, load_balancer: str, target_group: str) -> str:
        made = self.elbv2.create_listener(
            LoadBalancerArn=load_balancer,
            Protocol="TCP",
            Port=PORT,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group}],
        )
        return made["Listeners"][0]["ListenerArn"]

    def healthy(self, target_group: str) -> bool:
        found = self.elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
        return [each["TargetHealth"]["State"] for each in found] == ["healthy"]

    # 6

    def create_endpoint_service(self, load_balancer: str) -> tuple[str, str]:
        """Its id and its name."""
        made = self.ec2.create_vpc_endpoint_service_configuration(
            AcceptanceRequired=True, NetworkLoadBalancerArns=[load_balancer]
        )["ServiceConfiguration"]
        return made["ServiceId"], made["ServiceName"]

    def service_available(self, service_id: str) -> bool:
        found = self.ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[service_id])
        return found["ServiceConfigurations"][0]["ServiceState"] == "Available"

    def allow_principal(self, service_id: str) -> None:
        self.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service_id, AddAllowedPrincipals=[PRINCIPAL])

    # 7

    def create_role(self) -> None:
        condition = {"StringEquals": {"sts:ExternalId": WORKSPACE}}
        trust = _allow("sts:AssumeRole", Principal={"AWS": PRINCIPAL}, Condition=condition)
        self.iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)

    def role_exists(self) -> bool:
        try:
            self.iam.get_role(RoleName=ROLE)
        except self.iam.exceptions.NoSuchEntityException:
            return False
        return True

    def put_role_policy(self) -> None:
        actions = ["ec2:AcceptVpcEndpointConnections", "ec2:DescribeVpcEndpointServices", "elasticache:*"]
        self.iam.put_role_policy(RoleName=ROLE, PolicyName=ROLE, PolicyDocument=_allow(actions, Resource="*"))


def _allow(actions: str | Sequence[str], **rest: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, **rest}]})


def until(look: Callable[[], bool], every: float, first: float = 0.0) -> None:
    """Wait, look, and wait again. Time is the sandbox's, so one that never comes ends with the look's own error."""
    time.sleep(first)
    while not look():
        time.sleep(every)
