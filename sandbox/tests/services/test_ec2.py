"""EC2: endpoint services and their connections, security groups and rules, network interfaces, zones, tags."""

from typing import Any

import pytest

from sandbox.services.ec2 import endpoint_services
from sandbox.wire.instances import Offerings
from sandbox.world import apply_event

CONSUMER = "arn:aws:iam::111122223333:root"
TAG = {"Key": "team", "Value": "blue"}


def tagged(kind: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [TAG]}]}


# endpoint services


def services(aws: Any, **request: Any) -> list[dict[str, Any]]:
    return list(aws.ec2.describe_vpc_endpoint_service_configurations(**request)["ServiceConfigurations"])


def test_service_needs_an_active_load_balancer(aws: Any) -> None:
    arn = aws.balancer()
    with aws.refused("InvalidParameter"):
        aws.service(arn)


def test_service_of_no_load_balancer(corrected: Any) -> None:
    with corrected.refused("InvalidParameter"):
        corrected.ec2.create_vpc_endpoint_service_configuration()


def test_load_balancer_has_one_service(aws: Any) -> None:
    arn = aws.active_balancer()
    aws.service(arn)
    with aws.refused("InvalidParameter"):
        aws.service(arn)


def test_load_balancer_is_free_when_its_service_is_deleted(corrected: Any) -> None:
    arn = corrected.active_balancer()
    first = corrected.service(arn)["ServiceId"]
    corrected.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[first])
    with corrected.refused("InvalidParameter"):
        corrected.service(arn)
    corrected.wait(16)
    assert corrected.service(arn)["ServiceId"] != first


def test_service_is_pending_at_first(aws: Any) -> None:
    made = aws.service(aws.active_balancer())
    assert made["ServiceState"] == "Pending"
    aws.wait(6)
    assert services(aws)[0]["ServiceState"] == "Available"


def test_service_may_have_failed_and_takes_no_connection(corrected: Any) -> None:
    made = corrected.service(corrected.active_balancer())["ServiceId"]
    endpoint_services.services("us-east-1")[made].fails = True
    assert services(corrected)[0]["ServiceState"] == "Pending"
    corrected.wait(6)
    assert services(corrected)[0]["ServiceState"] == "Failed"
    with pytest.raises(ValueError, match=f"{made} is Failed"):
        apply_event("connect", {"service": made, "owner": "111122223333"}, corrected.conditions)


def test_service_says_where_it_is(aws: Any) -> None:
    made = aws.service(aws.active_balancer(Subnets=aws.subnets[:2]))
    assert made["AvailabilityZones"] == ["us-east-1a", "us-east-1b"]
    zones = aws.ec2.describe_availability_zones(ZoneNames=["us-east-1a", "us-east-1b"])["AvailabilityZones"]
    assert made["AvailabilityZoneIds"] == [zone["ZoneId"] for zone in zones]
    assert made["ServiceName"] == f"com.amazonaws.vpce.us-east-1.{made['ServiceId']}"
    assert len(made["ServiceId"]) == len("vpce-svc-") + 17


def test_client_token_gives_the_same_service(aws: Any) -> None:
    arn = aws.active_balancer()
    assert aws.service(arn, ClientToken="t")["ServiceId"] == aws.service(arn, ClientToken="t")["ServiceId"]


def test_client_token_with_other_parameters(aws: Any) -> None:
    arn = aws.active_balancer()
    aws.service(arn, ClientToken="t")
    with aws.refused("IdempotentParameterMismatch"):
        aws.service(arn, ClientToken="t", AcceptanceRequired=False)


@pytest.mark.parametrize("name", ["tag:team", "tag-key", "service-id", "service-name"])
def test_services_are_filtered(aws: Any, name: str) -> None:
    made = aws.service(aws.active_balancer(), **tagged("vpc-endpoint-service"))
    aws.service(aws.active_balancer("other"))
    shown = {
        "service-id": made["ServiceId"],
        "service-name": made["ServiceName"],
        "tag-key": "team",
        "tag:team": "blue",
    }
    found = services(aws, Filters=[{"Name": name, "Values": [shown[name]]}])
    assert [each["ServiceId"] for each in found] == [made["ServiceId"]]


def test_services_are_filtered_by_state(aws: Any) -> None:
    aws.service(aws.active_balancer())
    for state, seen in (("Pending", 1), ("Available", 0)):
        assert len(services(aws, Filters=[{"Name": "service-state", "Values": [state]}])) == seen


def test_unknown_filter_is_refused(aws: Any) -> None:
    with aws.refused("InvalidParameterValue"):
        services(aws, Filters=[{"Name": "load-balancer-arn", "Values": ["a"]}])


def test_services_are_paged(aws: Any) -> None:
    for number in range(3):
        aws.service(aws.active_balancer(f"lb-{number}"))
    first = aws.ec2.describe_vpc_endpoint_service_configurations(MaxResults=2)
    rest = services(aws, NextToken=first["NextToken"])
    assert (len(first["ServiceConfigurations"]), len(rest)) == (2, 1)


def test_service_can_be_tagged_as_nothing_else(aws: Any) -> None:
    arn = aws.active_balancer()
    with aws.refused("InvalidParameterValue"):
        aws.service(arn, **tagged("vpc-endpoint"))


def test_deleted_service_stays_listed_for_a_while(aws: Any) -> None:
    service = aws.service(aws.active_balancer())["ServiceId"]
    aws.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service])
    seen = []
    for seconds in (0, 16, 60):
        aws.wait(seconds)
        seen.append([each["ServiceState"] for each in services(aws)])
    assert seen == [["Deleting"], ["Deleted"], []]


def test_service_that_does_not_exist_is_named_as_unsuccessful(corrected: Any) -> None:
    answer = corrected.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=["vpce-svc-0"])
    assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpointService.NotFound"
    with corrected.refused("InvalidVpcEndpointServiceId.NotFound"):
        services(corrected, ServiceIds=["vpce-svc-0"])


# permissions


def test_principals_are_added_once(aws: Any) -> None:
    service = aws.service(aws.active_balancer())["ServiceId"]
    answers = [
        aws.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=[CONSUMER])
        for _ in range(2)
    ]
    assert [len(answer["AddedPrincipals"]) for answer in answers] == [1, 0]
    shown = aws.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service)["AllowedPrincipals"]
    assert [(each["Principal"], each["PrincipalType"]) for each in shown] == [(CONSUMER, "Account")]


def test_principal_that_is_none(aws: Any) -> None:
    service = aws.service(aws.active_balancer())["ServiceId"]
    with aws.refused("InvalidPrincipal"):
        aws.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=["111122223333"])


def test_principal_that_is_not_allowed_cannot_be_removed(aws: Any) -> None:
    service = aws.service(aws.active_balancer())["ServiceId"]
    with aws.refused("InvalidParameter"):
        aws.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, RemoveAllowedPrincipals=[CONSUMER])


def test_permissions_are_paged(aws: Any) -> None:
    service = aws.service(aws.active_balancer())["ServiceId"]
    principals = [f"arn:aws:iam::{number:012d}:root" for number in range(3)]
    aws.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=principals)
    first = aws.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service, MaxResults=2)
    rest = aws.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service, NextToken=first["NextToken"])
    shown = first["AllowedPrincipals"] + rest["AllowedPrincipals"]
    assert [each["Principal"] for each in shown] == principals


# connections

OFFERED = {
    "loadBalancers": [{"name": "lb", "subnets": ["subnet-a"]}],
    "endpointServices": [
        {
            "loadBalancer": "lb",
            "id": "vpce-svc-1",
            "principals": [CONSUMER],
            "connections": [{"id": "vpce-1", "state": "pendingAcceptance"}],
        }
    ],
}


def connection(aws: Any) -> str:
    filters = [{"Name": "service-id", "Values": ["vpce-svc-1"]}]
    (found,) = aws.ec2.describe_vpc_endpoint_connections(Filters=filters)["VpcEndpointConnections"]
    return str(found["VpcEndpointState"])


ONE = {"ServiceId": "vpce-svc-1", "VpcEndpointIds": ["vpce-1"]}


@pytest.mark.parametrize("world", [OFFERED], indirect=True)
def test_connection_is_accepted_and_becomes_available(corrected: Any) -> None:
    seen = [connection(corrected)]
    assert corrected.ec2.accept_vpc_endpoint_connections(**ONE)["Unsuccessful"] == []
    seen.append(connection(corrected))
    corrected.wait(91)
    seen.append(connection(corrected))
    assert seen == ["pendingAcceptance", "pending", "available"]


@pytest.mark.parametrize("world", [OFFERED], indirect=True)
def test_accepting_twice_is_unsuccessful(corrected: Any) -> None:
    corrected.ec2.accept_vpc_endpoint_connections(**ONE)
    (failure,) = corrected.ec2.accept_vpc_endpoint_connections(**ONE)["Unsuccessful"]
    assert (failure["ResourceId"], failure["Error"]["Code"]) == ("vpce-1", "InvalidState")


@pytest.mark.parametrize("world", [OFFERED], indirect=True)
def test_connection_that_is_coming_up_cannot_be_rejected(corrected: Any) -> None:
    """Those that are Available or PendingAcceptance can (API reference, DeleteVpcEndpointServiceConfigurations)."""
    corrected.ec2.accept_vpc_endpoint_connections(**ONE)
    (failure,) = corrected.ec2.reject_vpc_endpoint_connections(**ONE)["Unsuccessful"]
    assert (failure["ResourceId"], failure["Error"]["Code"]) == ("vpce-1", "InvalidState")
    corrected.wait(91)
    assert corrected.ec2.reject_vpc_endpoint_connections(**ONE)["Unsuccessful"] == []


def offered_to(**connection: str) -> dict[str, Any]:
    service = {"loadBalancer": "lb", "id": "vpce-svc-1", "principals": [CONSUMER], "connections": [connection]}
    return {**OFFERED, "endpointServices": [service]}


@pytest.mark.parametrize("world", [offered_to(id="vpce-1", state="partial")], indirect=True)
def test_connection_in_a_state_that_nobody_explains_holds_its_service_until_it_is_rejected(corrected: Any) -> None:
    """EC2's API model has the state ``Partial``."""
    (refused,) = corrected.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=["vpce-svc-1"])["Unsuccessful"]
    assert (connection(corrected), refused["Error"]["Code"]) == ("partial", "ExistingVpcEndpointConnections")
    assert corrected.ec2.reject_vpc_endpoint_connections(**ONE)["Unsuccessful"] == []
    corrected.wait(11)
    assert connection(corrected) == "rejected"


@pytest.mark.parametrize("world", [offered_to(id="tgw-attach-1")], indirect=True)
def test_connection_of_a_transit_gateway_attachment_names_no_endpoint(corrected: Any) -> None:
    """EC2's API model, VpcEndpointConnection."""
    (found,) = corrected.ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"]
    assert (found["TransitGatewayAttachmentId"], "VpcEndpointId" in found) == ("tgw-attach-1", False)
    assert {key for key in found if key.endswith("Owner")} == {"TransitGatewayAttachmentOwner"}


@pytest.mark.parametrize("world", [OFFERED], indirect=True)
def test_connected_service_is_not_deleted_until_the_rejection_is_felt(corrected: Any) -> None:
    codes = []
    for step in (None, "reject", "wait"):
        if step == "reject":
            assert corrected.ec2.reject_vpc_endpoint_connections(**ONE)["Unsuccessful"] == []
        corrected.wait(11 if step == "wait" else 0)
        answer = corrected.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=["vpce-svc-1"])
        codes.append([each["Error"]["Code"] for each in answer["Unsuccessful"]])
    assert codes == [["ExistingVpcEndpointConnections"], ["ExistingVpcEndpointConnections"], []]


@pytest.mark.parametrize("world", [OFFERED], indirect=True)
def test_connection_that_does_not_exist(corrected: Any) -> None:
    answer = corrected.ec2.reject_vpc_endpoint_connections(ServiceId="vpce-svc-1", VpcEndpointIds=["vpce-2"])
    assert answer["Unsuccessful"][0]["Error"]["Code"] == "InvalidVpcEndpointId.NotFound"


@pytest.mark.parametrize("world", [OFFERED], indirect=True)
def test_load_balancers_of_a_connected_service_cannot_change(corrected: Any) -> None:
    other = corrected.active_balancer("other")
    with corrected.refused("ExistingVpcEndpointConnections"):
        corrected.ec2.modify_vpc_endpoint_service_configuration(
            ServiceId="vpce-svc-1", AddNetworkLoadBalancerArns=[other]
        )


def test_connections_can_be_asked_for(aws: Any) -> None:
    assert aws.ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"] == []


# security groups


def rules(aws: Any, **request: Any) -> list[dict[str, Any]]:
    shown = aws.ec2.describe_security_group_rules(**request)["SecurityGroupRules"]
    return [each for each in shown if not each["IsEgress"]]


def test_group_in_a_vpc_that_does_not_exist(aws: Any) -> None:
    with aws.refused("InvalidVpcID.NotFound"):
        aws.ec2.create_security_group(GroupName="a", Description="d", VpcId="vpc-0123456789abcdef0")


@pytest.mark.parametrize("name", ["sg-mine", "a" * 256, "tab\there"])
def test_refuses_group_name(aws: Any, name: str) -> None:
    with aws.refused("InvalidParameterValue"):
        aws.security_group(name)


def test_rule_carries_tags_and_an_id(corrected: Any) -> None:
    group = corrected.security_group()
    made = corrected.allow(group, **tagged("security-group-rule"))
    assert made["Tags"] == [TAG]
    (found,) = rules(corrected, Filters=[{"Name": "tag:team", "Values": ["blue"]}])
    assert (found["SecurityGroupRuleId"], found["GroupId"], found["FromPort"]) == (
        made["SecurityGroupRuleId"],
        group,
        6379,
    )
    assert found["Tags"] == [TAG]


def test_rules_are_filtered_by_tag_and_paged(aws: Any) -> None:
    group = aws.security_group()
    for port in range(7):
        aws.allow(group, port=6379 + port, **(tagged("security-group-rule") if port else {}))
    filters = [{"Name": "tag:team", "Values": ["*"]}, {"Name": "group-id", "Values": [group]}]
    first = aws.ec2.describe_security_group_rules(Filters=filters, MaxResults=5)
    rest = rules(aws, Filters=filters, NextToken=first["NextToken"])
    assert (len(first["SecurityGroupRules"]), len(rest)) == (5, 1)


def test_same_rule_twice(corrected: Any) -> None:
    group = corrected.security_group()
    corrected.allow(group)
    with corrected.refused("InvalidPermission.Duplicate"):
        corrected.allow(group, **tagged("security-group-rule"))


def test_refused_request_leaves_nothing(aws: Any) -> None:
    group = aws.security_group()
    aws.allow(group, "10.0.0.0/8")
    permissions = [
        {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": cidr}]}
        for cidr in ("172.16.0.0/12", "10.0.0.0/8")
    ]
    with aws.refused("InvalidPermission.Duplicate"):
        aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
    assert len(rules(aws, Filters=[{"Name": "group-id", "Values": [group]}])) == 1


def test_all_rules_of_a_request_are_returned(aws: Any) -> None:
    group = aws.security_group()
    permissions = [
        {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
        for port in (1, 2)
    ]
    made = aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
    assert [each["FromPort"] for each in made["SecurityGroupRules"]] == [1, 2]


def test_description_does_not_make_another_rule(aws: Any) -> None:
    group, source = aws.security_group(), aws.security_group("lb")
    for number, description in enumerate(("one", "two")):
        pair = {"GroupId": source, "Description": description}
        permission = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [pair]}
        if number:
            with aws.refused("InvalidPermission.Duplicate"):
                aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
        else:
            aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


def test_host_bits_of_a_cidr_are_dropped(aws: Any) -> None:
    assert aws.allow(aws.security_group(), "172.31.5.9/16")["CidrIpv4"] == "172.31.0.0/16"


@pytest.mark.parametrize("cidr", ["172.31.0.0", "172.31.0.0/33", "anywhere"])
def test_refuses_cidr(corrected: Any, cidr: str) -> None:
    group = corrected.security_group()
    with corrected.refused("InvalidParameterValue"):
        corrected.allow(group, cidr)


def test_refuses_ports_of_the_wrong_order(aws: Any) -> None:
    group = aws.security_group()
    permission = {"IpProtocol": "tcp", "FromPort": 2, "ToPort": 1, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    with aws.refused("InvalidParameterValue"):
        aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


@pytest.mark.parametrize("world", [{"quotas": {"rules-per-security-group": 2}}], indirect=True)
def test_rules_of_a_group_are_limited(corrected: Any) -> None:
    group = corrected.security_group()
    for port in (1, 2):
        corrected.allow(group, port=port)
    with corrected.refused("RulesPerSecurityGroupLimitExceeded"):
        corrected.allow(group, port=3)


def test_rule_is_revoked_by_its_id(corrected: Any) -> None:
    group = corrected.security_group()
    kept, revoked = (corrected.allow(group, port=port)["SecurityGroupRuleId"] for port in (1, 2))
    corrected.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[revoked])
    assert [each["SecurityGroupRuleId"] for each in rules(corrected)] == [kept]


def test_rule_id_that_does_not_exist(aws: Any) -> None:
    group = aws.security_group()
    with aws.refused("InvalidSecurityGroupRuleId.NotFound"):
        aws.ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=["sgr-0123456789abcdef0"])


def test_rule_that_does_not_exist_is_not_revoked(corrected: Any) -> None:
    group = corrected.security_group()
    permission = {"IpProtocol": "tcp", "FromPort": 2, "ToPort": 2, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    with corrected.refused("InvalidPermission.NotFound"):
        corrected.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission])


def test_group_of_a_cluster_is_not_deleted_until_its_interfaces_are_gone(aws: Any) -> None:
    aws.subnet_group()
    group = aws.security_group()
    aws.replication_group(SecurityGroupIds=[group])
    for seconds in (0, 501, 0):
        aws.wait(seconds)
        with aws.refused("DependencyViolation"):
            aws.ec2.delete_security_group(GroupId=group)
    aws.elasticache.delete_replication_group(ReplicationGroupId="orders")
    aws.wait(301)
    with aws.refused("DependencyViolation"):
        aws.ec2.delete_security_group(GroupId=group)
    aws.wait(30)
    aws.ec2.delete_security_group(GroupId=group)


def test_group_that_another_groups_rule_names_is_not_deleted(aws: Any) -> None:
    group, source = aws.security_group(), aws.security_group("lb")
    pair = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": source}]}
    aws.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[pair])
    with aws.refused("DependencyViolation"):
        aws.ec2.delete_security_group(GroupId=source)


def test_default_group_is_not_deleted(aws: Any) -> None:
    groups = aws.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["default"]}])
    with aws.refused("CannotDelete"):
        aws.ec2.delete_security_group(GroupId=groups["SecurityGroups"][0]["GroupId"])


@pytest.mark.parametrize(
    "world", [{"securityGroups": [{"id": "sg-cache", "rules": [{"port": 1, "cidr": "10.0.0.0/8"}]}]}], indirect=True
)
def test_ids_of_the_world_are_ids(corrected: Any) -> None:
    (found,) = rules(corrected, Filters=[{"Name": "group-id", "Values": ["sg-cache"]}])
    corrected.ec2.create_tags(Resources=["sg-cache", found["SecurityGroupRuleId"]], Tags=[TAG])
    (shown,) = corrected.ec2.describe_security_groups(GroupIds=["sg-cache"])["SecurityGroups"]
    assert shown["Tags"] == [TAG]
    assert rules(corrected, SecurityGroupRuleIds=[found["SecurityGroupRuleId"]])[0]["Tags"] == [TAG]


LISTED = {"prefixLists": [{"id": "pl-offices", "entries": ["10.0.0.0/8", "172.31.0.0/20"]}]}
OF_LIST = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "PrefixListIds": [{"PrefixListId": "pl-offices"}]}


@pytest.mark.parametrize("world", [LISTED], indirect=True)
def test_rule_may_name_a_prefix_list(corrected: Any) -> None:
    group = corrected.security_group()
    corrected.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[OF_LIST])
    with corrected.refused("InvalidPermission.Duplicate"):
        corrected.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[OF_LIST])
    (found,) = rules(corrected, Filters=[{"Name": "group-id", "Values": [group]}])
    assert (found["PrefixListId"], found.keys() & {"CidrIpv4", "ReferencedGroupInfo"}) == ("pl-offices", set())


def test_prefix_list_that_does_not_exist(corrected: Any) -> None:
    with corrected.refused("InvalidPrefixListID.NotFound"):
        corrected.ec2.authorize_security_group_ingress(GroupId=corrected.security_group(), IpPermissions=[OF_LIST])


@pytest.mark.parametrize("world", [{**LISTED, "quotas": {"rules-per-security-group": 2}}], indirect=True)
def test_prefix_list_counts_as_many_rules_as_it_may_have_entries(corrected: Any) -> None:
    group = corrected.security_group()
    corrected.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[OF_LIST])
    with corrected.refused("RulesPerSecurityGroupLimitExceeded"):
        corrected.allow(group)


def test_group_that_does_not_exist(corrected: Any) -> None:
    with corrected.refused("InvalidGroup.NotFound"):
        corrected.ec2.describe_security_groups(GroupIds=["sg-other"])


# network interfaces


@pytest.mark.parametrize("world", [{"clusters": [{"id": "orders", "replicasPerShard": 1}]}], indirect=True)
@pytest.mark.parametrize("name", ["addresses.private-ip-address", "private-ip-address"])
def test_interface_is_found_by_its_address(corrected: Any, name: str) -> None:
    address = corrected.interface("ElastiCache orders-002")["PrivateIpAddress"]
    filters = [{"Name": name, "Values": [address]}, {"Name": "vpc-id", "Values": [corrected.vpc]}]
    (found,) = corrected.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert found["Description"] == "ElastiCache orders-002"


def test_interfaces_are_paged(aws: Any) -> None:
    for number in range(7):
        aws.balancer(f"lb-{number}")
    first = aws.ec2.describe_network_interfaces(MaxResults=5)
    rest = aws.ec2.describe_network_interfaces(NextToken=first["NextToken"])
    assert (len(first["NetworkInterfaces"]), len(rest["NetworkInterfaces"])) == (5, 2)


def test_filters_know_wildcards(aws: Any) -> None:
    aws.balancer()
    filters = [{"Name": "description", "Values": ["ELB net/lb/*"]}]
    assert len(aws.ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]) == 1


# zones, subnets, VPCs

WEST = {
    "region": "us-east-1",
    "vpcs": [
        {
            "id": "vpc-1",
            "default": True,
            "subnets": [
                {"id": "s-1", "cidr": "172.31.0.0/20", "zone": "us-east-1a"},
                {"id": "s-2", "cidr": "172.31.16.0/20", "zone": "us-east-1a"},
                {"id": "s-z", "cidr": "172.31.32.0/20", "zone": "us-east-1z"},
            ],
        },
        {"id": "vpc-2", "cidr": "10.0.0.0/16"},
    ],
}


@pytest.mark.parametrize("world", [WEST], indirect=True)
def test_zone_that_moto_does_not_know(corrected: Any) -> None:
    zones = corrected.ec2.describe_availability_zones(Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}])
    by_name = {zone["ZoneName"]: zone["ZoneId"] for zone in zones["AvailabilityZones"]}
    assert by_name["us-east-1z"].startswith("use1-az")
    assert len(set(by_name.values())) == len(by_name) == 7


@pytest.mark.parametrize("world", [WEST], indirect=True)
def test_default_vpc_and_its_default_subnets(corrected: Any) -> None:
    (vpc,) = corrected.ec2.describe_vpcs(Filters=[{"Name": "isDefault", "Values": ["true"]}])["Vpcs"]
    assert vpc["VpcId"] == "vpc-1"
    filters = [{"Name": "default-for-az", "Values": ["true"]}, {"Name": "vpc-id", "Values": ["vpc-1"]}]
    found = corrected.ec2.describe_subnets(Filters=filters)["Subnets"]
    assert {each["SubnetId"] for each in found} == {"s-1", "s-z"}


MIXED = {
    "vpcs": [
        {
            "id": "vpc-1",
            "cidr": "10.0.0.0/24",
            "secondary": ["100.64.0.0/24"],
            "owner": "444455556666",
            "subnets": [
                {"id": "s-own", "cidr": "10.0.0.0/25", "zone": "us-east-1a", "owner": "123456789012"},
                {"id": "s-wide", "cidr": "100.64.0.0/25", "zone": "us-east-1b"},
                {"id": "s-6", "ipv6Cidr": "2600:1f14::/64", "zone": "us-east-1c"},
                {"id": "s-bos", "cidr": "10.0.0.128/25", "zone": "us-east-1-bos-1a"},
            ],
        }
    ]
}


@pytest.mark.parametrize("world", [MIXED], indirect=True)
def test_subnets_of_every_kind(corrected: Any) -> None:
    """VPC User Guide: secondary ranges, subnets that another account shares, IPv6-only ones, which count no address."""
    found = {each["SubnetId"]: each for each in corrected.ec2.describe_subnets()["Subnets"]}
    assert found["s-wide"]["OwnerId"] == "444455556666"
    assert found["s-own"]["OwnerId"] == "123456789012"
    assert "CidrBlock" not in found["s-6"]
    assert (found["s-6"]["Ipv6Native"], found["s-6"]["AvailableIpAddressCount"]) == (True, 0)
    assert found["s-wide"]["AvailableIpAddressCount"] == 123
    kinds = {
        each["ZoneName"]: each["ZoneType"] for each in corrected.ec2.describe_availability_zones()["AvailabilityZones"]
    }
    assert (kinds["us-east-1-bos-1a"], kinds["us-east-1a"]) == ("local-zone", "availability-zone")


@pytest.mark.parametrize("world", [MIXED], indirect=True)
def test_address_of_a_secondary_range_is_a_target_of_its_zone(corrected: Any) -> None:
    arn = corrected.target_group(VpcId="vpc-1")
    corrected.elbv2.register_targets(TargetGroupArn=arn, Targets=[{"Id": "100.64.0.9"}])
    (found,) = corrected.elbv2.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    assert found["Target"]["AvailabilityZone"] == "us-east-1b"


def test_unknown_subnet_vpc_and_zone(aws: Any) -> None:
    with aws.refused("InvalidSubnetID.NotFound"):
        aws.ec2.describe_subnets(SubnetIds=["subnet-other"])
    with aws.refused("InvalidVpcID.NotFound"):
        aws.ec2.describe_vpcs(VpcIds=["vpc-other"])
    with aws.refused("InvalidParameterValue"):
        aws.ec2.describe_availability_zones(ZoneNames=["us-east-1y"])


# tags


def test_tags_of_a_rule_are_changed(corrected: Any) -> None:
    rule = corrected.allow(corrected.security_group())["SecurityGroupRuleId"]
    corrected.ec2.create_tags(Resources=[rule], Tags=[TAG, {"Key": "other", "Value": "x"}])
    corrected.ec2.delete_tags(Resources=[rule], Tags=[{"Key": "team", "Value": "red"}])
    assert len(rules(corrected)[0]["Tags"]) == 2
    corrected.ec2.delete_tags(Resources=[rule], Tags=[{"Key": "team"}])
    assert rules(corrected)[0]["Tags"] == [{"Key": "other", "Value": "x"}]


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("sgr-0123456789abcdef0", "InvalidSecurityGroupRuleId.NotFound"),
        ("vpce-svc-0123456789abcdef0", "InvalidVpcEndpointServiceId.NotFound"),
    ],
)
def test_tagging_what_does_not_exist(aws: Any, resource: str, code: str) -> None:
    with aws.refused(code):
        aws.ec2.create_tags(Resources=[resource], Tags=[TAG])


def test_reserved_tag_keys(aws: Any) -> None:
    group = aws.security_group()
    with aws.refused("InvalidParameterValue"):
        aws.ec2.create_tags(Resources=[group], Tags=[{"Key": "aws:mine", "Value": "x"}])


def test_dry_run_changes_nothing(corrected: Any) -> None:
    with corrected.refused("DryRunOperation"):
        corrected.ec2.create_security_group(GroupName="g", Description="d", VpcId="vpc-default", DryRun=True)
    group, balancer = corrected.security_group(), corrected.active_balancer()
    with corrected.refused("DryRunOperation"):
        corrected.allow(group, DryRun=True)
    with corrected.refused("DryRunOperation"):
        corrected.service(balancer, DryRun=True)
    with corrected.refused("DryRunOperation"):
        corrected.ec2.delete_security_group(GroupId=group, DryRun=True)
    assert (rules(corrected), services(corrected)) == ([], [])


# what is offered where


def test_instance_types_are_offered_in_the_region_and_its_zones(corrected: Any) -> None:
    wanted = [{"Name": "instance-type", "Values": ["t3.micro"]}]
    found = {
        kind: corrected.ec2.describe_instance_type_offerings(LocationType=kind, Filters=wanted)["InstanceTypeOfferings"]
        for kind in ("region", "availability-zone")
    }
    assert found["region"] == [{"InstanceType": "t3.micro", "LocationType": "region", "Location": "us-east-1"}]
    assert {each["Location"] for each in found["availability-zone"]} >= {"us-east-1a", "us-east-1b"}


def test_what_is_offered_is_read_when_it_is_asked_for() -> None:
    offerings = Offerings("region")
    assert not offerings
    assert (offerings.get("nowhere-1", []), bool(offerings.get("eu-central-1")), [*offerings]) == (
        [],
        True,
        ["eu-central-1"],
    )
