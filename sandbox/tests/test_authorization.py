"""What is asked of policies at a request: which actions, on which resources, with which keys."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from sandbox.account import Account
from sandbox.authorization import Need, Request, needs
from sandbox.deployment.resolver import ACCOUNT
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

SMALL = FIXTURES / "small" / "template.yaml"
REGION = "us-east-1"
TAGS = [{"Key": "team", "Value": "blue"}]
TAGGED = {"aws:RequestTag/team": "blue", "aws:TagKeys": ["team"]}
EC2, ELB = f"arn:aws:ec2:{REGION}:{ACCOUNT}:", f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:"
CACHE, IAM = f"arn:aws:elasticache:{REGION}:{ACCOUNT}:", f"arn:aws:iam::{ACCOUNT}:"


@pytest.fixture(scope="module", autouse=True)
def account() -> Iterator[Account]:
    with Account(World(), template=SMALL) as opened:
        yield opened


def asked(operation: str, **parameters: Any) -> list[Need]:
    service, _, name = operation.partition(":")
    return needs(Request(service, name, parameters, REGION))


def pairs(found: list[Need]) -> list[tuple[str, str]]:
    return [(each.action, each.resource) for each in found]


def keys(need: Need) -> Mapping[str, object]:
    """The context without the region, which is always there."""
    regions = {"aws:RequestedRegion", "ec2:Region"}
    assert {need.context[key] for key in regions & need.context.keys()} == {REGION}
    return {key: value for key, value in need.context.items() if key not in regions}


def test_looking_asks_for_all_resources() -> None:
    (need,) = asked("ec2:DescribeSubnets", SubnetIds=["subnet-a"])
    assert need == Need("ec2:DescribeSubnets", "*", {"aws:RequestedRegion": REGION, "ec2:Region": REGION})


def test_making_asks_for_the_thing_what_it_is_in_and_its_tags() -> None:
    specification = [{"ResourceType": "security-group", "Tags": TAGS}]
    found = asked("ec2:CreateSecurityGroup", VpcId="vpc-default", TagSpecifications=specification)
    group = EC2 + "security-group/sg-00000000000000000"
    create, tag = "ec2:CreateSecurityGroup", "ec2:CreateTags"
    assert pairs(found) == [(create, EC2 + "vpc/vpc-default"), (create, group), (tag, group)]
    assert [keys(each) for each in found] == [{}, TAGGED, TAGGED | {"ec2:CreateAction": "CreateSecurityGroup"}]


def test_a_rule_is_asked_for_only_with_tags() -> None:
    authorize, group = "ec2:AuthorizeSecurityGroupIngress", EC2 + "security-group/sg-1"
    assert pairs(asked(authorize, GroupId="sg-1")) == [(authorize, group)]
    specification = [{"ResourceType": "security-group-rule", "Tags": TAGS}]
    assert len(asked(authorize, GroupId="sg-1", TagSpecifications=specification)) == 3


def test_revoking_asks_for_the_group_alone() -> None:
    found = asked("ec2:RevokeSecurityGroupIngress", GroupId="sg-1", SecurityGroupRuleIds=["sgr-1"])
    assert pairs(found) == [("ec2:RevokeSecurityGroupIngress", EC2 + "security-group/sg-1")]


def test_the_tags_that_a_resource_has_are_in_the_context() -> None:
    ec2 = boto3.client("ec2")
    specification: Any = [{"ResourceType": "security-group", "Tags": TAGS}]
    made = ec2.create_security_group(
        GroupName="g", Description="d", VpcId="vpc-default", TagSpecifications=specification
    )
    (need,) = asked("ec2:DeleteSecurityGroup", GroupId=made["GroupId"])
    assert keys(need) == {"aws:ResourceTag/team": "blue"}


def test_each_of_several_is_asked_for() -> None:
    found = asked("ec2:DeleteVpcEndpointServiceConfigurations", ServiceIds=["vpce-svc-1", "vpce-svc-2"])
    assert [each.resource for each in found] == [f"{EC2}vpc-endpoint-service/vpce-svc-{n}" for n in (1, 2)]


def test_tagging_asks_for_what_is_tagged() -> None:
    found = asked("ec2:CreateTags", Resources=["sgr-1", "vpce-svc-1"], Tags=TAGS)
    assert [each.resource for each in found] == [
        EC2 + "security-group-rule/sgr-1",
        EC2 + "vpc-endpoint-service/vpce-svc-1",
    ]
    assert keys(found[0]) == TAGGED


def test_a_listener_is_made_on_its_load_balancer_and_tagged_itself() -> None:
    balancer = ELB + "loadbalancer/net/lb/0123456789abcdef"
    found = asked("elbv2:CreateListener", LoadBalancerArn=balancer, Tags=TAGS)
    create, tag = "elasticloadbalancing:CreateListener", "elasticloadbalancing:AddTags"
    assert pairs(found) == [(create, balancer), (tag, ELB + "listener/net/lb/0123456789abcdef/0000000000000000")]
    assert keys(found[1]) == TAGGED | {"elasticloadbalancing:CreateAction": "CreateListener"}


def test_a_load_balancer_is_of_a_type() -> None:
    (need,) = asked("elbv2:CreateLoadBalancer", Name="lb", Type="network")
    assert need.resource == ELB + "loadbalancer/net/lb/0000000000000000"
    (need,) = asked("elbv2:CreateLoadBalancer", Name="lb")
    assert need.resource == ELB + "loadbalancer/app/lb/0000000000000000"


def test_a_replication_group_asks_for_its_parameter_group_and_subnet_group() -> None:
    found = asked("elasticache:CreateReplicationGroup", ReplicationGroupId="g", CacheSubnetGroupName="s", Tags=TAGS)
    create, tag = "elasticache:CreateReplicationGroup", "elasticache:AddTagsToResource"
    assert pairs(found) == [
        (create, CACHE + "replicationgroup:g"),
        (tag, CACHE + "replicationgroup:g"),
        (create, CACHE + "parametergroup:default.redis7"),
        (create, CACHE + "subnetgroup:s"),
    ]


def test_a_final_snapshot_asks_for_a_snapshot() -> None:
    delete, snapshot = "elasticache:DeleteReplicationGroup", "elasticache:CreateSnapshot"
    assert pairs(asked(delete, ReplicationGroupId="g")) == [(delete, CACHE + "replicationgroup:g")]
    assert pairs(asked(delete, ReplicationGroupId="g", FinalSnapshotIdentifier="f")) == [
        (delete, CACHE + "replicationgroup:g"),
        (delete, CACHE + "snapshot:f"),
        (snapshot, CACHE + "replicationgroup:g"),
        (snapshot, CACHE + "snapshot:f"),
    ]


def test_a_role_is_asked_for_with_its_path_tags_and_boundary() -> None:
    iam = boto3.client("iam")
    statement = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    looking = {"Effect": "Allow", "Action": "ec2:Describe*", "Resource": "*"}
    bounds = json.dumps({"Version": "2012-10-17", "Statement": [looking]})
    boundary = iam.create_policy(PolicyName="b", PolicyDocument=bounds)["Policy"]["Arn"]
    iam.create_role(
        RoleName="r",
        Path="/x/",
        AssumeRolePolicyDocument=trust,
        PermissionsBoundary=boundary,
        Tags=TAGS,  # type: ignore[arg-type]  # a list of plain dictionaries
    )
    (need,) = asked("iam:PutRolePolicy", RoleName="r", PolicyName="p", PolicyDocument="{}")
    assert need.resource == IAM + "role/x/r"
    assert keys(need) == {
        "aws:ResourceTag/team": "blue",
        "iam:ResourceTag/team": "blue",
        "iam:PermissionsBoundary": boundary,
    }


def test_a_role_that_is_not_there_is_asked_for_too() -> None:
    (need,) = asked("iam:UntagRole", RoleName="nobody", TagKeys=["team"])
    assert (need.resource, keys(need)) == (IAM + "role/nobody", {"aws:TagKeys": ["team"]})


def test_creating_a_role_with_tags_asks_for_tagging_it() -> None:
    found = asked("iam:CreateRole", RoleName="r2", PermissionsBoundary="arn:aws:iam::1:policy/b", Tags=TAGS)
    assert pairs(found) == [("iam:CreateRole", IAM + "role/r2"), ("iam:TagRole", IAM + "role/r2")]
    assert keys(found[0]) == TAGGED | {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}


BALANCER = ELB + "loadbalancer/net/gone/0123456789abcdef"


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("ec2:DeleteSecurityGroup", {"GroupId": "sg-gone"}),
        ("ec2:DeleteTags", {"Resources": ["sgr-gone"], "Tags": TAGS}),
        ("ec2:ModifyVpcEndpointServicePermissions", {"ServiceId": "vpce-svc-gone"}),
        ("elbv2:CreateListener", {"LoadBalancerArn": BALANCER}),
        ("elbv2:DeleteTargetGroup", {"TargetGroupArn": ELB + "targetgroup/gone/0123456789abcdef"}),
        ("elbv2:ModifyListener", {"ListenerArn": ELB + "listener/net/gone/0123456789abcdef/0123456789abcdef"}),
        ("elasticache:DeleteReplicationGroup", {"ReplicationGroupId": "gone"}),
        ("elasticache:DeleteCacheSubnetGroup", {"CacheSubnetGroupName": "gone"}),
        ("elasticache:DescribeCacheClusters", {"CacheClusterId": "gone"}),
        ("iam:DeleteRole", {"RoleName": "gone"}),
    ],
)
def test_what_is_gone_is_missing(operation: str, parameters: dict[str, Any]) -> None:
    assert [each.missing for each in asked(operation, **parameters)] == [True]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("ec2:CreateSecurityGroup", {"VpcId": "vpc-default"}),
        ("elbv2:CreateTargetGroup", {"Name": "new"}),
        ("elasticache:CreateCacheSubnetGroup", {"CacheSubnetGroupName": "new", "Tags": TAGS}),
        ("elasticache:DescribeReplicationGroups", {}),
        ("iam:CreateRole", {"RoleName": "new"}),
    ],
)
def test_what_is_made_is_not_missing_nor_is_everything(operation: str, parameters: dict[str, Any]) -> None:
    assert not any(each.missing for each in asked(operation, **parameters))


def test_adding_tags_asks_for_each_thing_with_its_tags_and_the_new_ones() -> None:
    arns = [ELB + f"listener/net/gone/0123456789abcdef/{number:016}" for number in range(2)]
    found = asked("elbv2:AddTags", ResourceArns=arns, Tags=TAGS)
    assert pairs(found) == [("elasticloadbalancing:AddTags", arn) for arn in arns]
    assert [keys(each) for each in found] == [TAGGED] * 2


@pytest.mark.parametrize(
    ("operation", "named", "arn"),
    [
        ("elbv2:RemoveTags", "ResourceArns", ELB + "loadbalancer/net/a/1"),
        ("elasticache:RemoveTagsFromResource", "ResourceName", CACHE + "replicationgroup:a"),
    ],
)
def test_removing_tags_asks_for_their_keys(operation: str, named: str, arn: str) -> None:
    (need,) = asked(operation, **{named: [arn] if named.endswith("s") else arn}, TagKeys=["team"])
    assert (need.resource, keys(need)) == (arn, {"aws:TagKeys": ["team"]})
