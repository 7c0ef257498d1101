"""Things as AWS describes them, to change one member in: the answers of `FakeAws`."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from tests.unit.builders import OURS, Json, a_trust, tag_list

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)
NO_TAGS: Mapping[str, str] = {}


def group(group_id: str = "redis-demo", **changes: object) -> Json:
    """A replication group of one node."""
    primary = {"Address": f"{group_id}.abc.use1.cache.amazonaws.com", "Port": 6379}
    members = [{"CacheClusterId": f"{group_id}-001", "CacheNodeId": "0001"}]
    whole: Json = {
        "ReplicationGroupId": group_id,
        "Description": "private-connection redis-demo created by run-1",
        "Status": "available",
        "Engine": "redis",
        "ARN": f"arn:aws:elasticache:eu-central-1:123456789012:replicationgroup:{group_id}",
        "MemberClusters": [f"{group_id}-001"],
        "NodeGroups": [{"NodeGroupId": "0001", "PrimaryEndpoint": primary, "NodeGroupMembers": members}],
        "ClusterEnabled": False,
        "TransitEncryptionEnabled": True,
        "AtRestEncryptionEnabled": True,
    }
    return whole | changes


def cache_cluster(cluster_id: str = "redis-demo-001", **changes: object) -> Json:
    endpoint = {"Address": f"{cluster_id}.abc.use1.cache.amazonaws.com", "Port": 6379}
    whole: Json = {
        "CacheClusterId": cluster_id,
        "CacheClusterStatus": "available",
        "Engine": "redis",
        "ARN": f"arn:aws:elasticache:eu-central-1:123456789012:cluster:{cluster_id}",
        "CacheSubnetGroupName": "caches",
        "SecurityGroups": [{"SecurityGroupId": "sg-1", "Status": "active"}],
        "CacheParameterGroup": {"CacheParameterGroupName": "mine"},
        "CacheNodes": [{"CacheNodeId": "0001", "Endpoint": endpoint, "CustomerAvailabilityZone": "eu-central-1a"}],
    }
    return whole | changes


def subnet_group(name: str = "caches", *subnet_ids: str) -> Json:
    return {
        "CacheSubnetGroupName": name,
        "ARN": f"arn:aws:elasticache:eu-central-1:123456789012:subnetgroup:{name}",
        "VpcId": "vpc-1",
        "Subnets": [{"SubnetIdentifier": each} for each in subnet_ids or ("subnet-a",)],
    }


def subnet(
    subnet_id: str = "subnet-a", zone: str = "eu-central-1a", cidr: str = "10.0.0.0/24", **changes: object
) -> Json:
    whole: Json = {
        "SubnetId": subnet_id,
        "VpcId": "vpc-1",
        "AvailabilityZone": zone,
        "AvailabilityZoneId": f"id-{zone}",
        "CidrBlock": cidr,
        "AvailableIpAddressCount": 200,
    }
    return whole | changes


def security_group(group_id: str = "sg-1", name: str = "caches", tags: Mapping[str, str] = NO_TAGS) -> Json:
    return {"GroupId": group_id, "GroupName": name, "VpcId": "vpc-1", "Tags": tag_list(tags)}


def rule(rule_id: str = "sgr-1", tags: Mapping[str, str] = NO_TAGS, **changes: object) -> Json:
    """An inbound rule for one port."""
    whole: Json = {
        "SecurityGroupRuleId": rule_id,
        "GroupId": "sg-1",
        "IsEgress": False,
        "IpProtocol": "tcp",
        "FromPort": 6379,
        "ToPort": 6379,
        "CidrIpv4": "10.0.0.0/24",
        "Tags": tag_list(tags),
    }
    return whole | changes


def balancer(name: str = "pc-a", **changes: object) -> Json:
    whole: Json = {
        "LoadBalancerArn": f"arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/{name}/1",
        "LoadBalancerName": name,
        "State": {"Code": "active"},
        "AvailabilityZones": [{"ZoneName": "eu-central-1a", "SubnetId": "subnet-a"}],
    }
    return whole | changes


def target_group(name: str = "pc-a", **changes: object) -> Json:
    whole: Json = {
        "TargetGroupArn": f"arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/{name}/1",
        "TargetGroupName": name,
        "HealthCheckProtocol": "TCP",
        "HealthCheckIntervalSeconds": 5,
        "HealthCheckTimeoutSeconds": 4,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
        "LoadBalancerArns": [],
    }
    return whole | changes


def tags_by_arn(tags: Mapping[str, Mapping[str, str]]) -> Json:
    """The answer of DescribeTags."""
    return {"TagDescriptions": [{"ResourceArn": arn, "Tags": tag_list(each)} for arn, each in tags.items()]}


def service(service_id: str = "vpce-svc-1", tags: Mapping[str, str] = OURS, **changes: object) -> Json:
    whole: Json = {
        "ServiceId": service_id,
        "ServiceName": f"com.amazonaws.vpce.eu-central-1.{service_id}",
        "ServiceState": "Available",
        "AcceptanceRequired": True,
        "NetworkLoadBalancerArns": ["lb-1"],
        "Tags": tag_list(tags),
    }
    return whole | changes


def role(
    name: str = "their-role",
    trust: Json | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    path: str = "/",
    boundary: str | None = None,
) -> Json:
    bounded = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": boundary}
    return {
        "RoleName": name,
        "Path": path,
        "RoleId": "AROAEXAMPLEEXAMPLE01",
        "Arn": f"arn:aws:iam::123456789012:role{path}{name}",
        "CreateDate": LONG_AGO,
        "AssumeRolePolicyDocument": json.dumps(a_trust() if trust is None else trust),
        "Tags": tag_list(tags),
        **({"PermissionsBoundary": bounded} if boundary else {}),
    }


def endpoint_connection(endpoint_id: str, state: str, service_id: str = "vpce-svc-1") -> Json:
    return {
        "ServiceId": service_id,
        "VpcEndpointId": endpoint_id,
        "VpcEndpointOwner": "794031221915",
        "VpcEndpointState": state,
    }
