"""Tags that services refuse, each at a resource of theirs, and what they take."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest

Tags = list[dict[str, str]]
Making = Callable[[Any, Tags], Any]
TRUST: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}],
    }
)


def tags(*keys: str, value: str = "x") -> Tags:
    return [{"Key": key, "Value": value} for key in keys]


def target_group(aws: Any, given: Tags) -> Any:
    return aws.elbv2.create_target_group(
        Name="t", Protocol="TCP", Port=6379, VpcId="vpc-default", TargetType="ip", Tags=given
    )


def role(aws: Any, given: Tags) -> Any:
    return aws.iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, Tags=given)


def subnet_group(aws: Any, given: Tags) -> Any:
    return aws.elasticache.create_cache_subnet_group(
        CacheSubnetGroupName="s", CacheSubnetGroupDescription="d", SubnetIds=["subnet-a"], Tags=given
    )


def security_group(aws: Any, given: Tags) -> Any:
    specification = [{"ResourceType": "security-group", "Tags": given}]
    return aws.ec2.create_security_group(
        GroupName="g", Description="d", VpcId="vpc-default", TagSpecifications=specification
    )


MANY: Final = tags(*(f"key-{number}" for number in range(51)))
NARROW: Final[dict[str, tuple[Making, str]]] = {
    "elbv2": (target_group, "ValidationError"),
    "iam": (role, "ValidationError"),
    "elasticache": (subnet_group, "InvalidParameterValue"),
}
ALL: Final = NARROW | {"ec2": (security_group, "InvalidParameterValue")}
TOO_MANY: Final = {
    "elbv2": (target_group, "TooManyTags"),
    "iam": (role, "LimitExceeded"),
    "elasticache": (subnet_group, "TagQuotaPerResourceExceeded"),
    "ec2": (security_group, "TagLimitExceeded"),
}
ODD: Final = {"key": tags("a*b"), "value": tags("team", value="R&D"), "comma": tags("team", value="a,b")}


@pytest.mark.parametrize("given", ODD.values(), ids=ODD)
@pytest.mark.parametrize(("making", "code"), NARROW.values(), ids=NARROW)
def test_characters_that_most_services_refuse(corrected: Any, making: Making, code: str, given: Tags) -> None:
    with corrected.refused(code):
        making(corrected, given)


@pytest.mark.parametrize("given", ODD.values(), ids=ODD)
def test_characters_that_ec2_takes(corrected: Any, given: Tags) -> None:
    security_group(corrected, given)


@pytest.mark.parametrize("given", [tags("aws:team"), tags("AWS:team"), tags("team", value="x" * 257), tags("k" * 129)])
@pytest.mark.parametrize(("making", "code"), ALL.values(), ids=ALL)
def test_keys_and_lengths_that_every_service_refuses(corrected: Any, making: Making, code: str, given: Tags) -> None:
    with corrected.refused(code):
        making(corrected, given)


@pytest.mark.parametrize(("making", "code"), TOO_MANY.values(), ids=TOO_MANY)
def test_a_resource_has_fifty_tags_at_most(corrected: Any, making: Making, code: str) -> None:
    with corrected.refused(code):
        making(corrected, MANY)
    making(corrected, MANY[:50])


def test_a_key_of_ec2_is_shorter_by_one(corrected: Any) -> None:
    with corrected.refused("InvalidParameterValue"):
        security_group(corrected, tags("k" * 128))
    target_group(corrected, tags("k" * 128))


def test_to_iam_keys_are_the_same_whatever_their_case(corrected: Any) -> None:
    with corrected.refused("InvalidInput"):
        role(corrected, tags("Team", "team"))
    target_group(corrected, tags("Team", "team"))


@pytest.mark.parametrize("making", [target_group, role, subnet_group, security_group])
def test_letters_of_any_language_spaces_and_some_marks_are_taken(corrected: Any, making: Making) -> None:
    making(corrected, tags("Größe 一 _.:/=+-@", value="Å b.c:d/e=f+g-h@i_j"))


def test_added_tags_count_with_those_that_are_there(corrected: Any) -> None:
    group = target_group(corrected, MANY[:49])["TargetGroups"][0]["TargetGroupArn"]
    subnets = subnet_group(corrected, MANY[:49])["CacheSubnetGroup"]["ARN"]
    with corrected.refused("TooManyTags"):
        corrected.elbv2.add_tags(ResourceArns=[group], Tags=tags("a", "b"))
    with corrected.refused("TagQuotaPerResourceExceeded"):
        corrected.elasticache.add_tags_to_resource(ResourceName=subnets, Tags=tags("a", "b"))
    corrected.elbv2.add_tags(ResourceArns=[group], Tags=tags("a", "key-1"))
    corrected.elasticache.add_tags_to_resource(ResourceName=subnets, Tags=tags("a", "key-1"))


@pytest.mark.parametrize("given", [tags(" team"), tags("team", value="x "), tags("team", value="AWS:x")])
def test_elastic_load_balancing_takes_neither_spaces_at_an_end_nor_values_like_awss_keys(
    corrected: Any, given: Tags
) -> None:
    with corrected.refused("ValidationError"):
        target_group(corrected, given)
    for making in (role, subnet_group, security_group):
        making(corrected, given)


def test_tags_that_are_removed_from_a_group_leave_its_members(aws: Any) -> None:
    """ElastiCache API reference, RemoveTagsFromResource, and its errors."""
    aws.subnet_group()
    arn = aws.replication_group(Tags=tags("team", "stage"))["ARN"]
    with aws.refused("InvalidReplicationGroupState"):
        aws.elasticache.remove_tags_from_resource(ResourceName=arn, TagKeys=["team"])
    aws.wait(501)
    with aws.refused("TagNotFound"):
        aws.elasticache.remove_tags_from_resource(ResourceName=arn, TagKeys=["team", "other"])
    left = aws.elasticache.remove_tags_from_resource(ResourceName=arn, TagKeys=["team"])["TagList"]
    aws.wait(61)  # a group whose tags were changed is modifying
    for each in (arn, arn.replace("replicationgroup:orders", "cluster:orders-001")):
        assert aws.elasticache.list_tags_for_resource(ResourceName=each)["TagList"] == left == tags("stage")


def test_tags_are_removed_from_what_elastic_load_balancing_has(corrected: Any) -> None:
    """Its API reference, RemoveTags: load balancers, target groups, listeners."""
    balancer, group = corrected.balancer(Tags=tags("team", "stage")), corrected.target_group(Tags=tags("team"))
    listener = corrected.listener(balancer, group)
    corrected.elbv2.add_tags(ResourceArns=[listener], Tags=tags("team"))
    with corrected.refused("ListenerNotFound"):
        corrected.elbv2.remove_tags(ResourceArns=[f"{listener}0"], TagKeys=["team"])
    for each in (balancer, group, listener):
        corrected.elbv2.remove_tags(ResourceArns=[each], TagKeys=["team", "other"])
    shown = corrected.elbv2.describe_tags(ResourceArns=[balancer, group, listener])["TagDescriptions"]
    assert [each["Tags"] for each in shown] == [tags("stage"), [], []]


@pytest.mark.parametrize("same", [False, True], ids=["of two kinds", "the same twice"])
def test_elastic_load_balancing_changes_the_tags_of_one_resource_in_a_call(aws: Any, same: bool) -> None:
    """ResourceArns is a list, and the API reference says nothing of its length (aws/aws-sdk-go-v2 issue 2715)."""
    balancer, group = aws.balancer(Tags=tags("team")), aws.target_group(Tags=tags("team"))
    arns = [group, group if same else balancer]
    for change in (
        partial(aws.elbv2.add_tags, Tags=tags("stage")),
        partial(aws.elbv2.remove_tags, TagKeys=["team"]),
    ):
        with aws.refused("ValidationError"):
            change(ResourceArns=arns)
    shown = aws.elbv2.describe_tags(ResourceArns=[balancer, group])["TagDescriptions"]
    assert [each["Tags"] for each in shown] == [tags("team")] * 2


def test_services_and_rules_are_found_by_their_tags_until_they_are_deleted(corrected: Any) -> None:
    ours = tags("connection")
    group = corrected.security_group()
    specification = [{"ResourceType": "security-group-rule", "Tags": ours}]
    rule = corrected.allow(group, TagSpecifications=specification)["SecurityGroupRuleId"]
    corrected.allow(group, port=6380)
    specification = [{"ResourceType": "vpc-endpoint-service", "Tags": ours}]
    service = corrected.service(corrected.active_balancer(), TagSpecifications=specification)["ServiceId"]
    tagging = corrected.by("test", "resourcegroupstaggingapi")

    def found(*kinds: str) -> set[str]:
        asked = {"TagFilters": [{"Key": "connection"}], "ResourceTypeFilters": list(kinds)}
        return {each["ResourceARN"].split("/")[1] for each in tagging.get_resources(**asked)["ResourceTagMappingList"]}

    assert found() == {rule, service}
    assert found("ec2:vpc-endpoint-service") == {service}
    corrected.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service])
    corrected.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule])
    assert found() == set()
