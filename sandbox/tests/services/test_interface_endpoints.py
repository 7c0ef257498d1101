"""A consumer's side of an endpoint service: what it finds, what it creates, and what it reaches."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.consumer_path import reached_through
from sandbox.services.ec2.interface_endpoints import endpoints
from sandbox.tests.services.conftest import CONSUMER

STRANGER = "444455556666"
ROOT = f"arn:aws:iam::{CONSUMER}:root"
VPC = f"vpc-{CONSUMER}"
FIRST, OTHER = "use1-az6", "use1-az1"
"""The ids of us-east-1a, in which the load balancers here are, and of us-east-1b, in the account that offers."""
REGION = "us-east-1"


def subnet(zone_id: str) -> str:
    return f"subnet-{CONSUMER}-{zone_id}"


class Offered:
    """A service that admits the consumer, who has not connected yet."""

    def __init__(self, aws: Any, principals: tuple[str, ...] = (ROOT,), **service: Any) -> None:
        self.aws, self.ec2 = aws, aws.by(CONSUMER)
        made = aws.service(aws.active_balancer(), **service)
        self.id, self.name = made["ServiceId"], made["ServiceName"]
        if principals:
            aws.ec2.modify_vpc_endpoint_service_permissions(ServiceId=self.id, AddAllowedPrincipals=[*principals])
        aws.wait(5)

    def request(self, **changes: Any) -> dict[str, Any]:
        request = {
            "VpcEndpointType": "Interface",
            "VpcId": VPC,
            "ServiceName": self.name,
            "SubnetIds": [subnet(FIRST)],
            "PrivateDnsEnabled": False,
        } | changes
        return {key: value for key, value in request.items() if value is not None}

    def connect(self, **changes: Any) -> str:
        return str(self.ec2.create_vpc_endpoint(**self.request(**changes))["VpcEndpoint"]["VpcEndpointId"])

    def accept(self, endpoint: str) -> None:
        self.aws.ec2.accept_vpc_endpoint_connections(ServiceId=self.id, VpcEndpointIds=[endpoint])

    def endpoint(self) -> dict[str, Any]:
        (found,) = self.ec2.describe_vpc_endpoints()["VpcEndpoints"]
        return dict(found)

    def connection(self) -> dict[str, Any]:
        (found,) = self.aws.ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"]
        return dict(found)


def named(ec2: Any, name: str) -> Callable[[], Any]:
    return lambda: ec2.describe_vpc_endpoint_services(ServiceNames=[name])


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(ClientError) as caught:
        call()
    return str(caught.value.response["Error"]["Code"])


# ------------------------------------------------------------------ zones of two accounts


def test_zones_have_the_same_ids_and_other_names_in_another_account(corrected: Any) -> None:
    """EC2 User Guide, "Availability Zone IDs"."""
    own, other = (
        {zone["ZoneName"]: zone["ZoneId"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
        for ec2 in (corrected.ec2, corrected.by(CONSUMER))
    )
    assert own.keys() == other.keys()
    assert sorted(own.values()) == sorted(other.values())
    assert [name for name in own if own[name] == other[name]] == []


def test_another_account_has_a_vpc_of_its_own(corrected: Any) -> None:
    found = corrected.by(CONSUMER).describe_subnets()["Subnets"]
    assert {each["VpcId"] for each in found} == {VPC}
    assert {each["OwnerId"] for each in found} == {CONSUMER}
    assert sorted(each["AvailabilityZoneId"] for each in found) == [f"use1-az{n}" for n in range(1, 7)]
    assert {each["VpcId"] for each in corrected.ec2.describe_subnets()["Subnets"]} == {corrected.vpc}


@pytest.mark.parametrize("world", [{"consumerZones": [OTHER]}], indirect=True)
def test_a_world_says_in_which_zones_the_consumer_is(corrected: Any) -> None:
    zones = {
        account: [each["AvailabilityZoneId"] for each in corrected.by(account).describe_subnets()["Subnets"]]
        for account in (CONSUMER, STRANGER)
    }
    assert (zones[CONSUMER], len(zones[STRANGER])) == ([OTHER], 6)


@pytest.mark.parametrize("world", [{"consumerZones": ["use1-az9"]}], indirect=True)
def test_a_world_cannot_put_the_consumer_into_a_zone_that_there_is_not(corrected: Any) -> None:
    with pytest.raises(ValueError, match="consumerZones: there is no zone use1-az9"):
        corrected.by(CONSUMER).describe_subnets()


# ------------------------------------------------------------------ who finds a service


@pytest.mark.parametrize("principals", [(), (f"arn:aws:iam::{STRANGER}:root",), (f"arn:aws:iam::{CONSUMER}:user/o",)])
def test_a_service_is_found_by_nobody_whom_it_does_not_admit(aws: Any, principals: tuple[str, ...]) -> None:
    """PrivateLink guide, "Manage permissions": by default it is not available to consumers. EC2 says of it what it says
    of one that is not there (aws/aws-cdk issue 2597).
    """
    offered = Offered(aws, principals)
    assert code(offered.connect) == "InvalidServiceName"
    assert code(named(offered.ec2, offered.name)) == "InvalidServiceName"
    assert offered.ec2.describe_vpc_endpoint_services()["ServiceDetails"] == []


@pytest.mark.parametrize("principal", ["*", ROOT, f"arn:aws:iam::{CONSUMER}:user/administrator"])
def test_a_service_is_found_by_whom_it_admits(corrected: Any, principal: str) -> None:
    offered = Offered(corrected, (principal,))
    (found,) = named(offered.ec2, offered.name)()["ServiceDetails"]
    assert (found["ServiceId"], found["Owner"], found["AcceptanceRequired"]) == (offered.id, ACCOUNT, True)
    assert offered.connect()


def test_the_owner_finds_its_own_service_whoever_is_admitted(corrected: Any) -> None:
    offered = Offered(corrected, ())
    assert named(corrected.ec2, offered.name)()["ServiceNames"] == [offered.name]


def test_a_service_is_shown_with_the_zones_as_the_caller_calls_them(corrected: Any) -> None:
    """API reference, DescribeVpcEndpointServices; EC2 User Guide, "Availability Zone IDs"."""
    offered = Offered(corrected)
    (own,), (other,) = (named(ec2, offered.name)()["ServiceDetails"] for ec2 in (corrected.ec2, offered.ec2))
    assert own["AvailabilityZoneIds"] == other["AvailabilityZoneIds"] == [FIRST]
    (zone,) = offered.ec2.describe_availability_zones(ZoneIds=[FIRST])["AvailabilityZones"]
    assert own["AvailabilityZones"] == ["us-east-1a"] != other["AvailabilityZones"] == [zone["ZoneName"]]


def test_a_deleted_service_is_found_by_nobody(corrected: Any) -> None:
    offered = Offered(corrected)
    corrected.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[offered.id])
    assert code(named(offered.ec2, offered.name)) == "InvalidServiceName"


def test_a_new_service_may_not_be_there_yet(corrected: Any) -> None:
    """aws/aws-sdk-go-v2 issue 2254: 503 right after the service was created."""
    name = corrected.service(corrected.active_balancer())["ServiceName"]
    with pytest.raises(ClientError) as caught:
        corrected.ec2.create_vpc_endpoint(VpcEndpointType="Interface", VpcId=corrected.vpc, ServiceName=name)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("Unavailable", 503)


# ------------------------------------------------------------------ what is refused


WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "no such VPC": ({"VpcId": "vpc-1"}, "InvalidVpcID.NotFound", "vpc-1"),
    "no such service": ({"ServiceName": "com.amazonaws.vpce.us-east-1.vpce-svc-1"}, "InvalidServiceName", "svc-1"),
    "no such subnet": ({"SubnetIds": ["subnet-1"]}, "InvalidSubnetID.NotFound", "subnet-1"),
    "a zone that is not offered": (
        {"SubnetIds": [subnet(OTHER)]},
        "InvalidParameter",
        f"does not support the availability zone of the subnet: {subnet(OTHER)}.",
    ),
    "a zone twice": ({"SubnetIds": [subnet(FIRST), subnet(FIRST)]}, "DuplicateSubnetsInSameZone", subnet(FIRST)),
    "another type": ({"VpcEndpointType": None}, "InvalidParameter", "Interface"),
    "private DNS": ({"PrivateDnsEnabled": True}, "InvalidParameter", "does not provide a private DNS name"),
    "no such group": ({"SecurityGroupIds": ["sg-1"]}, "InvalidGroup.NotFound", "sg-1"),
}


@pytest.mark.parametrize(("change", "expected", "message"), WRONG.values(), ids=WRONG)
def test_an_endpoint_that_cannot_be(aws: Any, change: dict[str, Any], expected: str, message: str) -> None:
    """EC2 API reference, "Error codes"; terraform-aws-modules/terraform-aws-vpc issues 785 (zone) and 583 (twice)."""
    offered = Offered(aws)
    with pytest.raises(ClientError) as caught:
        offered.connect(**change)
    error = caught.value.response["Error"]
    assert (error["Code"], message in error["Message"]) == (expected, True)
    assert offered.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert aws.ec2.describe_vpc_endpoint_connections()["VpcEndpointConnections"] == []


@pytest.mark.parametrize("world", [{"quotas": {"interface-endpoints-per-vpc": 1}}], indirect=True)
def test_a_vpc_has_so_many_endpoints_at_most(aws: Any) -> None:
    """PrivateLink guide, "AWS PrivateLink quotas": 50 unless raised."""
    offered = Offered(aws)
    offered.connect()
    assert code(offered.connect) == "VpcEndpointLimitExceeded"


# ------------------------------------------------------------------ an endpoint's life


def test_both_sides_see_the_same_states(aws: Any) -> None:
    """PrivateLink guide, "Interface endpoint states"; on the wire they begin with a small letter."""
    offered, seen = Offered(aws), list[tuple[str, str]]()

    def look() -> None:
        seen.append((offered.endpoint()["State"], offered.connection()["VpcEndpointState"]))

    endpoint = offered.connect()
    look()
    offered.accept(endpoint)
    look()
    aws.wait(90)
    look()
    assert offered.ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])["Unsuccessful"] == []
    look()
    assert seen == [(each, each) for each in ("pendingAcceptance", "pending", "available", "deleting")]
    aws.wait(20)
    assert offered.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert offered.ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    assert offered.connection()["VpcEndpointState"] == "deleted"
    assert (
        code(lambda: offered.ec2.describe_vpc_endpoints(VpcEndpointIds=[endpoint])) == "InvalidVpcEndpointId.NotFound"
    )


def test_without_acceptance_it_comes_up_by_itself(corrected: Any) -> None:
    offered = Offered(corrected, AcceptanceRequired=False)
    offered.connect()
    assert offered.endpoint()["State"] == "pending"
    corrected.wait(90)
    assert offered.endpoint()["State"] == "available"


def test_one_that_was_rejected_stays_so_and_can_be_accepted_after_all(corrected: Any) -> None:
    """PrivateLink guide, "Accept or reject connection requests"."""
    offered = Offered(corrected)
    endpoint = offered.connect()
    corrected.ec2.reject_vpc_endpoint_connections(ServiceId=offered.id, VpcEndpointIds=[endpoint])
    corrected.wait(1000)
    assert offered.endpoint()["State"] == "rejected"
    offered.accept(endpoint)
    corrected.wait(90)
    assert offered.endpoint()["State"] == "available"


def test_taking_a_principal_away_leaves_the_endpoint(corrected: Any) -> None:
    """PrivateLink guide, "Manage permissions": it is asked for when an endpoint is created."""
    offered = Offered(corrected)
    offered.accept(offered.connect())
    corrected.ec2.modify_vpc_endpoint_service_permissions(ServiceId=offered.id, RemoveAllowedPrincipals=[ROOT])
    corrected.wait(90)
    assert offered.endpoint()["State"] == "available"


def test_an_endpoint_has_an_interface_in_each_subnet(aws: Any) -> None:
    """PrivateLink guide, "Access AWS services through an interface VPC endpoint": one for each subnet, in its range."""
    offered = Offered(aws)
    offered.connect()
    endpoint = offered.endpoint()
    assert (endpoint["SubnetIds"], endpoint["OwnerId"], endpoint["VpcId"]) == ([subnet(FIRST)], CONSUMER, VPC)
    (each,) = offered.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert endpoint["NetworkInterfaceIds"] == [each["NetworkInterfaceId"]]
    assert (each["SubnetId"], each["InterfaceType"]) == (subnet(FIRST), "vpc_endpoint")
    assert each["Description"] == f"VPC Endpoint Interface {endpoint['VpcEndpointId']}"
    assert each["PrivateIpAddress"].startswith("10.0.")


def test_a_repeated_request_with_the_same_token_makes_no_second_endpoint(aws: Any) -> None:
    """EC2 API reference, "Ensuring idempotency"."""
    offered = Offered(aws)
    assert offered.connect(ClientToken="t") == offered.connect(ClientToken="t")
    assert offered.endpoint()


def test_deleting_what_is_not_there_is_told_inside_the_answer(aws: Any) -> None:
    """API reference, DeleteVpcEndpoints; the code is hashicorp/terraform-provider-aws's, which reads it there."""
    aws.by(CONSUMER).describe_vpcs()
    (failed,) = aws.by(CONSUMER).delete_vpc_endpoints(VpcEndpointIds=["vpce-1"])["Unsuccessful"]
    assert (failed["ResourceId"], failed["Error"]["Code"]) == ("vpce-1", "InvalidVpcEndpoint.NotFound")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"vpc-id": VPC}, True),
        ({"vpc-id": "vpc-1"}, False),
        ({"vpc-endpoint-state": "pendingAcceptance"}, True),
        ({"vpc-endpoint-state": "available"}, False),
        ({"tag:team": "blue"}, True),
        ({"service-name": "com.amazonaws.vpce.us-east-1.vpce-svc-1"}, False),
    ],
    ids=str,
)
def test_endpoints_are_filtered(corrected: Any, filters: dict[str, str], found: bool) -> None:
    tags = [{"Key": "team", "Value": "blue"}]
    offered = Offered(corrected)
    offered.connect(TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": tags}])
    given = [{"Name": name, "Values": [value]} for name, value in filters.items()]
    assert bool(offered.ec2.describe_vpc_endpoints(Filters=given)["VpcEndpoints"]) is found


def test_accounts_do_not_see_each_others_endpoints(aws: Any) -> None:
    offered = Offered(aws)
    offered.connect()
    assert aws.ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert aws.by(STRANGER).describe_vpc_endpoints()["VpcEndpoints"] == []


def test_a_service_with_endpoints_is_not_deleted(corrected: Any) -> None:
    """API reference, DeleteVpcEndpointServiceConfigurations."""
    offered = Offered(corrected)
    offered.connect()
    answer = corrected.ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[offered.id])
    assert [each["Error"]["Code"] for each in answer["Unsuccessful"]] == ["ExistingVpcEndpointConnections"]


# ------------------------------------------------------------------ what a client gets to


def test_an_endpoint_leads_to_the_load_balancer_in_its_own_zone(corrected: Any) -> None:
    """PrivateLink guide, "Concepts"; Network Load Balancers guide, "Cross-zone load balancing for target groups"."""
    corrected.subnet_group(subnets=corrected.subnets[:1])
    corrected.security_group()
    group = corrected.security_group("open")
    corrected.allow(group)
    corrected.replication_group(SecurityGroupIds=[group])
    corrected.wait(500)
    address = corrected.interface("ElastiCache orders-001")["PrivateIpAddress"]
    balancer, targets = corrected.active_balancer(Subnets=corrected.subnets[:2]), corrected.target_group()
    corrected.listener(balancer, targets)
    corrected.elbv2.register_targets(TargetGroupArn=targets, Targets=[{"Id": address}])
    service = corrected.service(balancer)
    corrected.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service["ServiceId"], AddAllowedPrincipals=[ROOT])
    corrected.wait(5)
    ec2, seen = corrected.by(CONSUMER), list[set[str]]()

    def look() -> None:
        for each in endpoints(REGION, CONSUMER).values():
            seen.append(reached_through(each, corrected.conditions.now()))

    for zone in (FIRST, OTHER):
        made = ec2.create_vpc_endpoint(
            VpcEndpointType="Interface", VpcId=VPC, ServiceName=service["ServiceName"], SubnetIds=[subnet(zone)]
        )
        ids = [made["VpcEndpoint"]["VpcEndpointId"]]
        corrected.ec2.accept_vpc_endpoint_connections(ServiceId=service["ServiceId"], VpcEndpointIds=ids)
    look()
    corrected.wait(90)
    look()
    crossing = [{"Key": "load_balancing.cross_zone.enabled", "Value": "true"}]
    corrected.elbv2.modify_target_group_attributes(TargetGroupArn=targets, Attributes=crossing)
    look()
    there = {f"{address}:6379"}
    assert seen == [set(), set(), there, set(), there, there]
