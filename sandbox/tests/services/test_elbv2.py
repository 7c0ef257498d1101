"""Elastic Load Balancing: names, states, listeners, targets and their health over time, deletion."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.services.consumer_path import reached, zones_offered
from sandbox.services.elbv2.health import CHECKING, FAILED, HEALTHY, REGISTERING, Checks, Health, verdict
from sandbox.services.paths import Path
from sandbox.world import apply_event

BAD_NAMES = {
    "33 characters": "a" * 33,
    "hyphen first": "-a",
    "hyphen last": "a-",
    "reserved prefix": "internal-a",
    "underscore": "a_b",
}
BAD_HEALTH_CHECKS: dict[str, dict[str, Any]] = {
    "interval not over the timeout": {"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 5},
    "interval 10 with TCP's own timeout": {"HealthCheckIntervalSeconds": 10, "HealthCheckTimeoutSeconds": 10},
    "interval under 5": {"HealthCheckIntervalSeconds": 4, "HealthCheckTimeoutSeconds": 2},
    "interval over 300": {"HealthCheckIntervalSeconds": 301},
    "timeout under 2": {"HealthCheckTimeoutSeconds": 1},
    "one success": {"HealthyThresholdCount": 1},
    "eleven failures": {"UnhealthyThresholdCount": 11},
    "no health check": {"HealthCheckEnabled": False},
    "port of no network": {"HealthCheckPort": "65536"},
}


# load balancers


@pytest.mark.parametrize("name", BAD_NAMES.values(), ids=BAD_NAMES)
def test_refuses_load_balancer_name(aws: Any, name: str) -> None:
    with aws.refused("ValidationError"):
        aws.balancer(name)


def test_longest_name_is_accepted(corrected: Any) -> None:
    assert f"/{'a' * 32}/" in corrected.balancer("a" * 32)


def test_arn_says_that_it_is_a_network_load_balancer(aws: Any) -> None:
    assert ":loadbalancer/net/lb/" in aws.balancer()


def test_load_balancer_is_provisioning_for_minutes(aws: Any) -> None:
    aws.balancer()
    states = []
    for _ in range(2):
        states.append(aws.elbv2.describe_load_balancers(Names=["lb"])["LoadBalancers"][0]["State"]["Code"])
        aws.wait(150)
    assert states == ["provisioning", "active"]


@pytest.mark.parametrize("world", [{"failing": ["lb"]}], indirect=True)
def test_load_balancer_that_fails_never_recovers(corrected: Any) -> None:
    corrected.balancer()
    corrected.wait(1000)
    assert corrected.elbv2.describe_load_balancers()["LoadBalancers"][0]["State"]["Code"] == "failed"


@pytest.mark.parametrize("world", [{"latency": {"loadBalancerVisibility": 1}}], indirect=True)
def test_load_balancer_is_not_found_for_a_moment(corrected: Any) -> None:
    arn = corrected.balancer()
    with corrected.refused("LoadBalancerNotFound"):
        corrected.elbv2.describe_load_balancers(Names=["lb"])
    with corrected.refused("LoadBalancerNotFound"):
        corrected.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)
    corrected.wait(1)
    assert corrected.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]


def test_same_request_gives_the_same_load_balancer(aws: Any) -> None:
    tags = [{"Key": "a", "Value": "b"}]
    assert aws.balancer(Tags=tags) == aws.balancer(Tags=tags)


@pytest.mark.parametrize(
    "changes",
    [{"Scheme": "internet-facing"}, {"Tags": [{"Key": "a", "Value": "b"}]}, {"second subnet": True}],
    ids=["scheme", "tags", "subnets"],
)
def test_same_name_with_other_settings(aws: Any, changes: dict[str, Any]) -> None:
    aws.balancer()
    with aws.refused("DuplicateLoadBalancerName"):
        aws.balancer(**({"Subnets": aws.subnets[1:2]} if "second subnet" in changes else changes))


def test_two_subnets_of_one_zone(aws: Any) -> None:
    cidr = "172.31.240.0/24"
    other = aws.ec2.create_subnet(VpcId=aws.vpc, CidrBlock=cidr, AvailabilityZone="us-east-1a")["Subnet"]["SubnetId"]
    with aws.refused("InvalidConfigurationRequest"):
        aws.balancer(Subnets=[aws.subnets[0], other])


def test_subnet_that_does_not_exist(aws: Any) -> None:
    with aws.refused("SubnetNotFound"):
        aws.balancer(Subnets=["subnet-0123456789abcdef0"])


def test_subnets_and_mappings_exclude_each_other(aws: Any) -> None:
    with aws.refused("ValidationError"):
        aws.balancer(SubnetMappings=[{"SubnetId": aws.subnets[1]}])


def test_application_load_balancer_needs_two_zones(aws: Any) -> None:
    with aws.refused("ValidationError"):
        aws.balancer(Type="application")


def test_security_group_that_does_not_exist(aws: Any) -> None:
    with aws.refused("InvalidSecurityGroup"):
        aws.balancer(SecurityGroups=["sg-0123456789abcdef0"])


TINY = {
    "vpcs": [
        {"id": "vpc-1", "cidr": "10.0.0.0/24", "subnets": [{"id": "s", "cidr": "10.0.0.0/28", "zone": "us-east-1a"}]}
    ]
}


@pytest.mark.parametrize("world", [TINY], indirect=True)
def test_load_balancer_wants_eight_free_addresses_in_its_subnet(corrected: Any) -> None:
    """Network Load Balancers guide, "Availability Zones": needed where AWS selects the private address. A /28: 11."""
    shown = []
    for number in range(4):
        shown.append(corrected.ec2.describe_subnets()["Subnets"][0]["AvailableIpAddressCount"])
        corrected.balancer(f"lb-{number}")
    assert shown == [11, 10, 9, 8]
    with corrected.refused("InvalidSubnet"):
        corrected.balancer("lb-4")
    with pytest.raises(ClientError, match="ELB requires at least 8 free IP addresses in each subnet"):
        corrected.balancer("lb-4")
    chosen = [{"SubnetId": "s", "PrivateIPv4Address": "10.0.0.14"}]
    assert corrected.balancer("lb-4", Subnets=[], SubnetMappings=chosen)


TWO: dict[str, Any] = {
    "vpcs": [
        {
            "id": "vpc-1",
            "cidr": "10.0.0.0/16",
            "subnets": [
                {"id": "s-a", "cidr": "10.0.1.0/24", "zone": "us-east-1a"},
                {"id": "s-b", "cidr": "10.0.2.0/28", "zone": "us-east-1b"},
                {"id": "s-bos", "cidr": "10.0.3.0/24", "zone": "us-east-1-bos-1a"},
                {"id": "s-6", "ipv6Cidr": "2600:1f14::/64", "zone": "us-east-1c"},
                {"id": "s-op", "cidr": "10.0.4.0/24", "zone": "us-east-1b", "outpost": "op-0123456789abcdef0"},
            ],
        }
    ]
}


@pytest.mark.parametrize("world", [TWO], indirect=True)
def test_so_does_one_that_gets_a_second_zone(corrected: Any) -> None:
    first = corrected.balancer("lb-a", Subnets=["s-a"])
    for number in range(4):
        corrected.balancer(f"lb-{number}", Subnets=["s-b"])
    with corrected.refused("InvalidSubnet"):
        corrected.elbv2.set_subnets(LoadBalancerArn=first, Subnets=["s-a", "s-b"])
    with corrected.refused("InvalidSubnet"):
        corrected.balancer("lb-6", Subnets=["s-6"])


@pytest.mark.parametrize(
    ("world", "subnet"),
    [({**TWO, "refusedBalancerZones": ["us-east-1b"]}, "s-b"), (TWO, "s-bos")],
    indirect=["world"],
    ids=["constrained", "Local Zone"],
)
def test_zone_that_takes_no_load_balancer(corrected: Any, subnet: str) -> None:
    """Network Load Balancers guide, "Availability Zones"; users of us-west-1a and ap-northeast-1a report the words."""
    first = corrected.balancer("lb-a", Subnets=["s-a"])
    with pytest.raises(ClientError, match=r"Availability Zones us-\S+ cannot be associated with a load balancer"):
        corrected.balancer("lb-b", Subnets=[subnet])
    with corrected.refused("ValidationError"):
        corrected.elbv2.set_subnets(LoadBalancerArn=first, Subnets=["s-a", subnet])


@pytest.mark.parametrize("world", [TWO], indirect=True)
def test_no_network_load_balancer_stands_on_an_outpost(corrected: Any) -> None:
    """API reference, CreateLoadBalancer: Outposts are for Application Load Balancers."""
    first = corrected.balancer("lb-a", Subnets=["s-a"])
    with corrected.refused("ValidationError"):
        corrected.balancer("lb-b", Subnets=["s-op"])
    with corrected.refused("ValidationError"):
        corrected.elbv2.set_subnets(LoadBalancerArn=first, Subnets=["s-a", "s-op"])


@pytest.mark.parametrize("world", [{"quotas": {"network-load-balancers": 7, "target-groups": 9}}], indirect=True)
def test_limits_of_the_account_are_told(aws: Any) -> None:
    """API reference, DescribeAccountLimits and Limit: the largest number is text."""
    limits = {each["Name"]: each["Max"] for each in aws.elbv2.describe_account_limits()["Limits"]}
    assert (limits["network-load-balancers"], limits["target-groups"]) == ("7", "9")


@pytest.mark.parametrize("world", [{"quotas": {"network-load-balancers": 1}}], indirect=True)
def test_load_balancers_are_limited(corrected: Any) -> None:
    corrected.balancer()
    with corrected.refused("TooManyLoadBalancers"):
        corrected.balancer("more")


def test_twenty_at_once(aws: Any) -> None:
    arns = [aws.balancer(f"lb-{number}") for number in range(21)]
    for request in ({"LoadBalancerArns": arns}, {"Names": [f"lb-{number}" for number in range(21)]}):
        with aws.refused("ValidationError"):
            aws.elbv2.describe_load_balancers(**request)
    with aws.refused("ValidationError"):
        aws.elbv2.describe_tags(ResourceArns=arns)


def test_pages_and_a_look_that_does_not_change_the_state(aws: Any) -> None:
    for number in range(50):
        aws.balancer(f"lb-{number}")
    first = aws.elbv2.describe_load_balancers(PageSize=30)
    rest = aws.elbv2.describe_load_balancers(PageSize=30, Marker=first["NextMarker"])
    assert (len(first["LoadBalancers"]), len(rest["LoadBalancers"])) == (30, 20)
    assert {each["State"]["Code"] for each in first["LoadBalancers"]} == {"provisioning"}


def test_one_of_several_that_does_not_exist(aws: Any) -> None:
    aws.balancer()
    with aws.refused("LoadBalancerNotFound"):
        aws.elbv2.describe_load_balancers(Names=["lb", "other"])


def test_load_balancer_has_an_interface_in_each_subnet(aws: Any) -> None:
    arn = aws.balancer(Subnets=aws.subnets[:2])
    description = f"ELB {arn.split('loadbalancer/')[1]}"
    filters = [{"Name": "description", "Values": [description]}]
    found = aws.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert [each["SubnetId"] for each in found] == aws.subnets[:2]
    assert {each["InterfaceType"] for each in found} == {"network_load_balancer"}
    assert all(each["Groups"] == [] for each in found)


def subnets_of(account: Any, balancer: str) -> list[str]:
    """Of its interfaces."""
    filters = [{"Name": "description", "Values": [f"ELB {balancer.split('loadbalancer/')[1]}"]}]
    found = account.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    return [each["SubnetId"] for each in found]


def test_subnets_are_added_and_removed(aws: Any) -> None:
    """API reference, SetSubnets: those that are given replace those that were."""
    arn, (first, second, third) = aws.balancer(), aws.subnets
    added = aws.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[first, second])["AvailabilityZones"]
    assert [each["SubnetId"] for each in added] == [first, second]
    left = aws.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[second, third])["AvailabilityZones"]
    assert [each["SubnetId"] for each in left] == [second, third]
    assert subnets_of(aws, arn) == [first, second, third], "an interface takes a while to go"
    aws.wait(30)
    assert subnets_of(aws, arn) == [second, third]


@pytest.mark.parametrize("connected", [False, True])
def test_zones_of_a_load_balancer_that_is_offered_are_only_added(aws: Any, connected: bool) -> None:
    """Network Load Balancers guide, "Update the Availability Zones for your Network Load Balancer"."""
    arn, (first, second, third) = aws.active_balancer(Subnets=aws.subnets[:2]), aws.subnets
    service = aws.service(arn)["ServiceId"]
    if connected:
        allowed = f"arn:aws:iam::{aws.conditions.consumer}:root"
        aws.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=[allowed])
        aws.wait(5)
        apply_event("connect", {"service": service}, aws.conditions)
    for fewer in ([first], [first, third]):
        with aws.refused("InvalidConfigurationRequest"):
            aws.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=fewer)
    assert len(subnets_of(aws, arn)) == 2
    more = aws.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[first, second, third])["AvailabilityZones"]
    assert len(more) == 3


@pytest.mark.parametrize(
    ("world", "offered"),
    [({}, ["us-east-1a", "us-east-1b"]), ({"serviceZones": "kept"}, ["us-east-1a"])],
    indirect=["world"],
    ids=["followed", "kept"],
)
def test_an_endpoint_service_may_follow_its_load_balancer_into_zones(corrected: Any, offered: list[str]) -> None:
    """Not documented; hashicorp/terraform-provider-aws issue 40809 reports a service that kept its zones."""
    arn = corrected.active_balancer()
    service = corrected.service(arn)["ServiceId"]
    corrected.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=corrected.subnets[:2])
    (shown,) = corrected.ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    assert shown["AvailabilityZones"] == zones_offered("us-east-1", service) == offered


@pytest.mark.parametrize("world", [TWO], indirect=True)
def test_a_subnet_is_not_exchanged_for_another_of_its_zone_at_once(corrected: Any) -> None:
    """The same page: a subnet is removed first, then another one of its zone is added."""
    made = corrected.ec2.create_subnet(VpcId="vpc-1", CidrBlock="10.0.9.0/24", AvailabilityZone="us-east-1a")
    arn, other = corrected.balancer(Subnets=["s-a", "s-b"]), made["Subnet"]["SubnetId"]
    with pytest.raises(ClientError, match="Zone 'us-east-1a' corresponding to the new subnet"):
        corrected.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[other, "s-b"])
    corrected.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=["s-b"])
    corrected.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=[other, "s-b"])


def test_deleted_load_balancer_is_seen_for_a_moment(corrected: Any) -> None:
    """As active, which is what the waiter LoadBalancersDeleted reckons with (botocore)."""
    arn = corrected.balancer()
    corrected.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    with corrected.refused("LoadBalancerNotFound"):
        corrected.elbv2.set_subnets(LoadBalancerArn=arn, Subnets=corrected.subnets[:1])
    assert corrected.elbv2.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]
    with corrected.refused("DuplicateLoadBalancerName"):
        corrected.balancer()
    corrected.wait(10)
    with corrected.refused("LoadBalancerNotFound"):
        corrected.elbv2.describe_load_balancers(LoadBalancerArns=[arn])
    corrected.balancer()


@pytest.mark.parametrize("world", [{"deletedLoadBalancers": "dropped"}], indirect=True)
def test_deleted_load_balancer_is_not_seen_any_more(corrected: Any) -> None:
    """The other way that clients report: it is not found at once. Its name is taken until it is gone."""
    arn = corrected.active_balancer()
    corrected.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    assert corrected.elbv2.describe_load_balancers()["LoadBalancers"] == []
    with corrected.refused("LoadBalancerNotFound"):
        corrected.elbv2.describe_load_balancers(LoadBalancerArns=[arn])
    with corrected.refused("InvalidParameter"):
        corrected.service(arn)
    with corrected.refused("DuplicateLoadBalancerName"):
        corrected.balancer()
    corrected.wait(10)
    corrected.balancer()


def test_interfaces_linger_after_the_load_balancer(corrected: Any) -> None:
    arn = corrected.balancer()
    corrected.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    corrected.wait(11)
    assert len(corrected.ec2.describe_network_interfaces()["NetworkInterfaces"]) == 1
    corrected.wait(30)
    assert corrected.ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_deleting_what_is_not_there_succeeds(corrected: Any) -> None:
    arn = corrected.balancer()
    for _ in range(2):
        corrected.elbv2.delete_load_balancer(LoadBalancerArn=arn)
        corrected.wait(20)


def test_protected_load_balancer_is_not_deleted(aws: Any) -> None:
    arn = aws.balancer()
    attributes = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=attributes)
    with aws.refused("OperationNotPermitted"):
        aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    shown = aws.elbv2.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert attributes[0] in shown
    aws.elbv2.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=[{**attributes[0], "Value": "false"}])
    aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    with aws.refused("LoadBalancerNotFound"):
        aws.elbv2.describe_load_balancer_attributes(
            LoadBalancerArn=arn.replace("loadbalancer/net/", "loadbalancer/net/x")
        )


def test_load_balancer_of_an_endpoint_service_is_not_deleted(aws: Any) -> None:
    arn = aws.active_balancer()
    service = aws.service(arn)["ServiceId"]
    with aws.refused("ResourceInUse"):
        aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    aws.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service])
    with aws.refused("ResourceInUse"):
        aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)
    aws.wait(16)
    aws.elbv2.delete_load_balancer(LoadBalancerArn=arn)


# target groups


@pytest.mark.parametrize("changes", BAD_HEALTH_CHECKS.values(), ids=BAD_HEALTH_CHECKS)
def test_refuses_health_check(aws: Any, changes: dict[str, Any]) -> None:
    with aws.refused("ValidationError"):
        aws.target_group(**changes)


def test_health_check_cannot_be_changed_into_one_that_is_refused(aws: Any) -> None:
    arn = aws.target_group()
    with aws.refused("ValidationError"):
        aws.elbv2.modify_target_group(TargetGroupArn=arn, HealthCheckTimeoutSeconds=5)


def test_same_request_gives_the_same_target_group(aws: Any) -> None:
    assert aws.target_group() == aws.target_group()


@pytest.mark.parametrize(
    "changes", [{"Port": 6380}, {"HealthyThresholdCount": 3}, {"Tags": [{"Key": "a", "Value": "b"}]}]
)
def test_same_target_group_name_with_other_settings(corrected: Any, changes: dict[str, Any]) -> None:
    corrected.target_group()
    with corrected.refused("DuplicateTargetGroupName"):
        corrected.target_group(**changes)


def test_attributes_of_a_network_target_group(aws: Any) -> None:
    arn = aws.target_group()
    shown = aws.elbv2.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]
    attributes = {each["Key"]: each["Value"] for each in shown}
    assert attributes["deregistration_delay.timeout_seconds"] == "300"
    assert attributes["preserve_client_ip.enabled"] == "false"
    assert attributes["proxy_protocol_v2.enabled"] == "false"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("slow_start.duration_seconds", "30"),
        ("preserve_client_ip.enabled", "maybe"),
        ("load_balancing.cross_zone.enabled", "maybe"),
        ("deregistration_delay.timeout_seconds", "3601"),
    ],
)
def test_refuses_attribute(corrected: Any, key: str, value: str) -> None:
    arn = corrected.target_group()
    with corrected.refused("ValidationError"):
        corrected.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=[{"Key": key, "Value": value}])


def test_unknown_attribute_is_refused(aws: Any) -> None:
    arn = aws.target_group()
    with aws.refused("ValidationError"):
        attributes = [{"Key": "no.such.attribute", "Value": "true"}]
        aws.elbv2.modify_target_group_attributes(TargetGroupArn=arn, Attributes=attributes)


@pytest.mark.parametrize("world", [{"quotas": {"target-groups": 1}}], indirect=True)
def test_target_groups_are_limited(corrected: Any) -> None:
    corrected.target_group()
    with corrected.refused("TooManyTargetGroups"):
        corrected.target_group(Name="more")


def test_target_groups_of_a_load_balancer_without_any(aws: Any) -> None:
    assert aws.elbv2.describe_target_groups(LoadBalancerArn=aws.balancer())["TargetGroups"] == []


def test_target_group_forgets_a_listener_that_is_gone(aws: Any) -> None:
    group = aws.target_group()
    balancer = aws.balancer()
    listener = aws.listener(balancer, group)
    assert aws.elbv2.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"] == [balancer]
    aws.elbv2.delete_listener(ListenerArn=listener)
    assert aws.elbv2.describe_target_groups()["TargetGroups"][0]["LoadBalancerArns"] == []


def test_target_group_is_held_a_moment_after_its_listener(aws: Any) -> None:
    group = aws.target_group()
    aws.elbv2.delete_listener(ListenerArn=aws.listener(aws.balancer(), group))
    with aws.refused("ResourceInUse"):
        aws.elbv2.delete_target_group(TargetGroupArn=group)
    aws.wait(6)
    aws.elbv2.delete_target_group(TargetGroupArn=group)


def test_target_group_of_a_listener_is_not_deleted(corrected: Any) -> None:
    group = corrected.target_group()
    corrected.listener(corrected.balancer(), group)
    with corrected.refused("ResourceInUse"):
        corrected.elbv2.delete_target_group(TargetGroupArn=group)


# listeners


def test_same_listener_again(aws: Any) -> None:
    group, balancer = aws.target_group(), aws.balancer()
    assert aws.listener(balancer, group) == aws.listener(balancer, group)


def test_another_listener_on_the_same_port(aws: Any) -> None:
    balancer = aws.balancer()
    aws.listener(balancer, aws.target_group())
    with aws.refused("DuplicateListener"):
        aws.listener(balancer, aws.target_group(Name="other"))


def test_target_group_serves_one_load_balancer(aws: Any) -> None:
    group = aws.target_group()
    aws.listener(aws.balancer(), group)
    with aws.refused("TargetGroupAssociationLimit"):
        aws.listener(aws.balancer("other"), group)


def test_target_group_speaks_the_listeners_protocol(aws: Any) -> None:
    group = aws.target_group(Protocol="UDP")
    with aws.refused("IncompatibleProtocols"):
        aws.listener(aws.balancer(), group)


def test_target_group_is_in_the_load_balancers_vpc(aws: Any) -> None:
    other = aws.ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    balancer = aws.balancer(Subnets=[aws.subnets[0]])
    with aws.refused("InvalidConfigurationRequest"):
        aws.listener(balancer, aws.target_group(VpcId=other))


def test_listener_port_is_a_port(aws: Any) -> None:
    group, balancer = aws.target_group(), aws.balancer()
    action = {"Type": "forward", "TargetGroupArn": group}
    with aws.refused("ValidationError"):
        aws.elbv2.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=70_000, DefaultActions=[action])


def test_listener_of_several_that_does_not_exist(aws: Any) -> None:
    listener = aws.listener(aws.balancer(), aws.target_group())
    with aws.refused("ListenerNotFound"):
        aws.elbv2.describe_listeners(ListenerArns=[listener, listener + "0"])


# targets


@pytest.mark.parametrize(
    ("address", "code"),
    [("8.8.8.8", "InvalidTarget"), ("10.1.2.3", "ValidationError"), ("nowhere", "ValidationError")],
)
def test_refuses_target(aws: Any, address: str, code: str) -> None:
    arn = aws.target_group()
    with aws.refused(code):
        aws.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": address}])


def test_deregistering_what_is_not_registered_succeeds(aws: Any) -> None:
    arn = aws.target_group()
    aws.elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "172.31.0.9"}])


def test_one_address_on_two_ports_is_two_targets(aws: Any) -> None:
    arn = aws.target_group()
    targets = [{"Id": "172.31.0.9", "Port": port} for port in (6379, 6380)]
    aws.elbv2.register_targets(TargetGroupArn=arn, Targets=targets)
    found = aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert [each["Target"]["Port"] for each in found] == [6379, 6380]


class Exposed:
    """A cache node behind a load balancer, with its rule or without."""

    def __init__(self, aws: Any, **changes: Any) -> None:
        self.aws = aws
        aws.subnet_group()
        self.group = aws.security_group()
        aws.replication_group(SecurityGroupIds=[self.group], PreferredCacheClusterAZs=["us-east-1a"])
        aws.wait(501)
        self.address = aws.interface("ElastiCache orders-001")["PrivateIpAddress"]
        self.target_group = aws.target_group(**changes)
        aws.elbv2.register_targets(TargetGroupArn=self.target_group, Targets=[{"Id": self.address}])

    def serve(self, subnets: slice = slice(0, 1)) -> None:
        self.balancer = self.aws.active_balancer(Subnets=self.aws.subnets[subnets])
        self.listener = self.aws.listener(self.balancer, self.target_group)

    def health(self) -> tuple[str, str | None]:
        shown = self.aws.elbv2.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        (found,) = [each["TargetHealth"] for each in shown]
        return found["State"], found.get("Reason")


NOT_IN_USE = ("unused", "Target.NotInUse")
STARTING = ("initial", "Elb.RegistrationInProgress")
FAILING = ("unhealthy", "Target.FailedHealthChecks")


def test_target_is_unused_without_a_listener(aws: Any) -> None:
    arn = aws.target_group()
    aws.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "172.31.0.9"}])
    (found,) = aws.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert (found["TargetHealth"]["State"], found["TargetHealth"]["Reason"]) == NOT_IN_USE


def test_target_in_a_zone_that_is_not_enabled_is_unused(corrected: Any) -> None:
    exposed = Exposed(corrected)
    exposed.serve(slice(1, 2))
    assert exposed.health() == NOT_IN_USE


def test_target_in_a_zone_that_is_removed_is_unused(corrected: Any) -> None:
    """Network Load Balancers guide, "Update the Availability Zones": its targets are marked as unused."""
    exposed = Exposed(corrected)
    corrected.allow(exposed.group)
    exposed.serve(slice(0, 2))
    corrected.wait(131)
    assert exposed.health() == ("healthy", None)
    corrected.elbv2.set_subnets(LoadBalancerArn=exposed.balancer, Subnets=corrected.subnets[1:2])
    assert exposed.health() == NOT_IN_USE


CROSSING = [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]


@pytest.mark.parametrize("on", ["target group", "load balancer"])
def test_across_zones_it_is_used(corrected: Any, on: str) -> None:
    """Network Load Balancers guide: a target in a constrained zone is reached from a load balancer in another zone."""
    exposed = Exposed(corrected)
    corrected.allow(exposed.group)
    exposed.serve(slice(1, 2))
    if on == "target group":
        corrected.elbv2.modify_target_group_attributes(TargetGroupArn=exposed.target_group, Attributes=CROSSING)
    else:
        corrected.elbv2.modify_load_balancer_attributes(LoadBalancerArn=exposed.balancer, Attributes=CROSSING)
    corrected.wait(131)
    assert exposed.health() == ("healthy", None)


def test_consumer_reaches_targets_of_its_own_zone_unless_zones_are_crossed(corrected: Any) -> None:
    """Network Load Balancers guide, "Cross-zone load balancing for target groups": the load balancer's node in a zone
    sends to the targets of that zone; the target group's "true" overrides the load balancer's attribute.
    """
    exposed = Exposed(corrected)
    exposed.serve(slice(0, 2))
    corrected.allow(exposed.group, "172.31.0.0/20")
    service, target = corrected.service(exposed.balancer)["ServiceId"], f"{exposed.address}:6379"
    assert zones_offered("us-east-1", service) == ["us-east-1a", "us-east-1b"]
    by_zone = [reached("us-east-1", service, zone) for zone in ("us-east-1a", "us-east-1b", "us-east-1c")]
    assert by_zone == [{target}, set(), set()]
    corrected.elbv2.modify_target_group_attributes(TargetGroupArn=exposed.target_group, Attributes=CROSSING)
    assert reached("us-east-1", service, "us-east-1b") == set(), "the traffic comes from the zone's own subnet"
    corrected.allow(exposed.group, "172.31.16.0/20")
    by_zone = [reached("us-east-1", service, zone) for zone in ("us-east-1a", "us-east-1b", "us-east-1c")]
    assert by_zone == [{target}, {target}, set()]


def test_open_path_turns_healthy_after_registration_and_two_checks(corrected: Any) -> None:
    exposed = Exposed(corrected)
    corrected.allow(exposed.group, "172.31.0.0/20")
    exposed.serve()
    seen = []
    for seconds in (0, 119, 2, 9):
        corrected.wait(seconds)
        seen.append(exposed.health())
    assert seen == [STARTING, STARTING, ("initial", "Elb.InitialHealthChecking"), ("healthy", None)]


LISTED = {
    "prefixLists": [
        {"id": f"pl-{name}", "entries": [cidr]} for name, cidr in (("a", "172.31.0.0/20"), ("b", "10.0.0.0/8"))
    ]
}


@pytest.mark.parametrize("world", [LISTED], indirect=True)
@pytest.mark.parametrize(("prefix_list", "found"), [("pl-a", ("healthy", None)), ("pl-b", FAILING)])
def test_rule_for_a_prefix_list_admits_what_the_list_holds(corrected: Any, prefix_list: str, found: object) -> None:
    exposed = Exposed(corrected)
    permission = {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": prefix_list}]}
    corrected.ec2.authorize_security_group_ingress(GroupId=exposed.group, IpPermissions=[permission])
    exposed.serve()
    corrected.wait(140)
    assert exposed.health() == found


def test_nothing_is_checked_before_the_load_balancer_is_active(corrected: Any) -> None:
    exposed = Exposed(corrected)
    corrected.allow(exposed.group)
    balancer = corrected.balancer(Subnets=corrected.subnets[:1])
    corrected.listener(balancer, exposed.target_group)
    corrected.wait(150 + 120 - 1)
    assert exposed.health() == STARTING
    corrected.wait(11)
    assert exposed.health() == ("healthy", None)


@pytest.mark.parametrize("rule", [None, "10.0.0.0/8"], ids=["no rule", "rule for others"])
def test_security_group_that_does_not_admit_the_load_balancer(corrected: Any, rule: str | None) -> None:
    exposed = Exposed(corrected)
    if rule:
        corrected.allow(exposed.group, rule)
    exposed.serve()
    corrected.wait(131)
    assert exposed.health() == FAILING
    corrected.allow(exposed.group, "172.31.0.0/16")
    assert exposed.health() == FAILING
    corrected.wait(11)
    assert exposed.health() == ("healthy", None)


def test_rule_for_another_port_does_not_help(corrected: Any) -> None:
    exposed = Exposed(corrected)
    corrected.allow(exposed.group, port=6380)
    exposed.serve()
    corrected.wait(131)
    assert exposed.health() == FAILING


def test_rule_that_names_the_load_balancers_group(corrected: Any) -> None:
    exposed, group = Exposed(corrected), corrected.security_group("lb")
    pair = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "UserIdGroupPairs": [{"GroupId": group}]}
    corrected.ec2.authorize_security_group_ingress(GroupId=exposed.group, IpPermissions=[pair])
    balancer = corrected.active_balancer(SecurityGroups=[group])
    corrected.listener(balancer, exposed.target_group)
    corrected.wait(131)
    assert exposed.health() == ("healthy", None)


def test_revoked_rule_is_felt_after_two_checks(corrected: Any) -> None:
    exposed = Exposed(corrected)
    rule = corrected.allow(exposed.group)
    exposed.serve()
    corrected.wait(131)
    ids = [rule["SecurityGroupRuleId"]]
    corrected.ec2.revoke_security_group_ingress(GroupId=exposed.group, SecurityGroupRuleIds=ids)
    assert exposed.health() == ("healthy", None)
    corrected.wait(11)
    assert exposed.health() == FAILING


def test_a_rule_that_takes_over_from_another_is_not_felt(corrected: Any) -> None:
    exposed = Exposed(corrected)
    rule = corrected.allow(exposed.group)
    exposed.serve()
    corrected.wait(131)
    corrected.allow(exposed.group, "172.31.0.0/16")
    ids = [rule["SecurityGroupRuleId"]]
    corrected.ec2.revoke_security_group_ingress(GroupId=exposed.group, SecurityGroupRuleIds=ids)
    for seconds in (0, 1, 60):
        corrected.wait(seconds)
        assert exposed.health() == ("healthy", None)


def test_a_rule_that_comes_back_is_felt_after_two_checks(corrected: Any) -> None:
    exposed = Exposed(corrected)
    rule = corrected.allow(exposed.group)
    exposed.serve()
    corrected.wait(131)
    ids = [rule["SecurityGroupRuleId"]]
    corrected.ec2.revoke_security_group_ingress(GroupId=exposed.group, SecurityGroupRuleIds=ids)
    corrected.wait(60)
    corrected.allow(exposed.group)
    assert exposed.health() == FAILING
    corrected.wait(11)
    assert exposed.health() == ("healthy", None)


def test_checks_on_a_port_where_nothing_listens_fail(corrected: Any) -> None:
    exposed = Exposed(corrected, HealthCheckPort="6380")
    corrected.allow(exposed.group, port=6380)
    exposed.serve()
    corrected.wait(131)
    assert exposed.health() == FAILING


def test_address_of_a_load_balancer_is_no_target(corrected: Any) -> None:
    exposed = Exposed(corrected)
    exposed.serve()
    interface = corrected.interface(f"ELB {exposed.balancer.split('loadbalancer/')[1]}")
    group = corrected.target_group(Name="loop")
    corrected.elbv2.register_targets(TargetGroupArn=group, Targets=[{"Id": interface["PrivateIpAddress"]}])
    corrected.listener(exposed.balancer, group, port=6380)
    (found,) = corrected.elbv2.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    assert found["TargetHealth"]["Reason"] == "Target.IpUnusable"


def test_deregistered_target_drains(aws: Any) -> None:
    exposed = Exposed(aws)
    exposed.serve()
    target = [{"Id": exposed.address}]
    aws.elbv2.deregister_targets(TargetGroupArn=exposed.target_group, Targets=target)
    assert exposed.health() == ("draining", "Target.DeregistrationInProgress")
    aws.elbv2.register_targets(TargetGroupArn=exposed.target_group, Targets=target)
    assert exposed.health() == STARTING
    aws.elbv2.deregister_targets(TargetGroupArn=exposed.target_group, Targets=target)
    aws.wait(301)
    assert aws.elbv2.describe_target_health(TargetGroupArn=exposed.target_group)["TargetHealthDescriptions"] == []


def test_without_a_delay_a_target_goes_at_once(corrected: Any) -> None:
    exposed = Exposed(corrected)
    exposed.serve()
    corrected.elbv2.modify_target_group_attributes(
        TargetGroupArn=exposed.target_group,
        Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "0"}],
    )
    target = [{"Id": exposed.address}]
    corrected.elbv2.deregister_targets(TargetGroupArn=exposed.target_group, Targets=target)
    shown = corrected.elbv2.describe_target_health(TargetGroupArn=exposed.target_group, Targets=target)
    (found,) = shown["TargetHealthDescriptions"]
    assert (found["TargetHealth"]["State"], found["TargetHealth"]["Reason"]) == ("unused", "Target.NotRegistered")


def test_registering_again_changes_nothing(corrected: Any) -> None:
    exposed = Exposed(corrected)
    corrected.allow(exposed.group)
    exposed.serve()
    corrected.wait(131)
    corrected.elbv2.register_targets(TargetGroupArn=exposed.target_group, Targets=[{"Id": exposed.address}])
    assert exposed.health() == ("healthy", None)


CHECKS = Checks(start=100, interval=5, healthy=2, unhealthy=2)


@pytest.mark.parametrize(
    ("found", "now", "expected"),
    [
        (Path(open=True), 99, REGISTERING),
        (Path(open=True), 100, CHECKING),
        (Path(open=True), 110, HEALTHY),
        (Path(open=False), 105, CHECKING),
        (Path(open=False), 110, FAILED),
        (Path(open=True, since=105), 112, CHECKING),
        (Path(open=True, since=105), 115, HEALTHY),
        (Path(open=True, since=200), 205, FAILED),
        (Path(open=True, since=200), 210, HEALTHY),
        (Path(open=False, since=200), 205, HEALTHY),
        (Path(open=False, since=200), 210, FAILED),
        (Path(open=False, since=105), 112, CHECKING),
    ],
)
def test_verdict(found: Path, now: float, expected: Health) -> None:
    assert verdict(CHECKS, found, now) == expected


# tags


def test_tags_of_what_does_not_exist(aws: Any) -> None:
    arn = aws.target_group()
    aws.elbv2.delete_target_group(TargetGroupArn=arn)
    with aws.refused("TargetGroupNotFound"):
        aws.elbv2.describe_tags(ResourceArns=[arn])
