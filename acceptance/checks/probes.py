"""What acceptance makes by itself, in the connection's VPC: each is made when it is first asked for."""

from collections.abc import Mapping
from typing import Any, Final

from acceptance.names import PROBE, SHORT, specified, tags
from acceptance.trial import Trial
from acceptance.verdicts import NotTried

ACTIVE: Final = 600.0
"""Seconds that a load balancer may take."""
SHOWN: Final = 10.0
"""Seconds within which a target that was registered is expected to be listed."""
FREE: Final = 8
"""Addresses that a load balancer wants in its subnet."""


def security_group(trial: Trial) -> str:
    if "security group" not in trial.things:
        answer = trial.client("ec2").create_security_group(
            GroupName=PROBE,
            Description="make acceptance",
            VpcId=trial.balancer["VpcId"],
            TagSpecifications=specified("security-group", trial.workspace),
        )
        trial.things["security group"] = answer["GroupId"]
    return trial.things["security group"]


def create_target_group(trial: Trial, label: str = "first") -> Mapping[str, Any]:
    asked: dict[str, Any] = {"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 4}
    asked |= {"HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2, "HealthCheckProtocol": "TCP"}
    answer = trial.client("elbv2").create_target_group(
        Name=SHORT,
        Protocol="TCP",
        Port=trial.endpoint["port"],
        VpcId=trial.balancer["VpcId"],
        TargetType="ip",
        Tags=[*tags(trial.workspace), {"Key": "label", "Value": label}],
        **asked,
    )
    found: Mapping[str, Any] = answer["TargetGroups"][0]
    return found


def target_group(trial: Trial) -> str:
    if "target group" not in trial.things:
        trial.things["target group"] = str(create_target_group(trial)["TargetGroupArn"])
    return trial.things["target group"]


def create_balancer(trial: Trial, label: str = "first") -> str:
    subnet = trial.balancer["AvailabilityZones"][0]["SubnetId"]
    answer = trial.client("elbv2").create_load_balancer(
        Name=SHORT,
        Type="network",
        Scheme="internal",
        Subnets=[subnet],
        Tags=[*tags(trial.workspace), {"Key": "label", "Value": label}],
    )
    return str(answer["LoadBalancers"][0]["LoadBalancerArn"])


def balancer(trial: Trial) -> str:
    if "load balancer" not in trial.things:
        trial.things["load balancer"] = create_balancer(trial)
    return trial.things["load balancer"]


def state(trial: Trial) -> str | None:
    """The state of acceptance's own load balancer, or None if it is not listed (any more, or yet)."""
    elb = trial.client("elbv2")
    try:
        (found,) = elb.describe_load_balancers(LoadBalancerArns=[balancer(trial)])["LoadBalancers"]
    except elb.exceptions.LoadBalancerNotFoundException:
        return None
    return str(found["State"]["Code"])


def first_subnet(trial: Trial) -> str:
    return str(trial.balancer["AvailabilityZones"][0]["SubnetId"])


def second_subnet(trial: Trial) -> str:
    """A subnet of the VPC in another zone, with room. Raises NotTried if there is none."""
    zone = trial.balancer["AvailabilityZones"][0]["ZoneName"]
    asked = [{"Name": "vpc-id", "Values": [trial.balancer["VpcId"]]}]
    for each in trial.client("ec2").describe_subnets(Filters=asked)["Subnets"]:
        if each["AvailabilityZone"] != zone and each["AvailableIpAddressCount"] > FREE:
            return str(each["SubnetId"])
    raise NotTried("the VPC has no subnet with room in another zone")


def becomes_active(trial: Trial) -> float:
    """Waits until acceptance's own load balancer serves; returns the seconds that it took from here on."""
    found, waited = trial.site.until(lambda: state(trial) in ("active", "active_impaired"), ACTIVE)
    if not found:
        raise NotTried(f"the load balancer is {state(trial)} after {waited:.0f} s")
    return waited


def remove_service(trial: Trial) -> None:
    """Removes acceptance's own service, and waits until it is gone."""
    service = trial.things.pop("endpoint service", None)
    if service is None:
        return
    ec2 = trial.client("ec2")
    ec2.delete_vpc_endpoint_service_configurations(ServiceIds=[service])
    asked = [{"Name": "service-id", "Values": [service]}]
    gone, waited = trial.site.until(
        lambda: all(
            str(each["ServiceState"]).lower() == "deleted"
            for each in ec2.describe_vpc_endpoint_service_configurations(Filters=asked)["ServiceConfigurations"]
        ),
        ACTIVE,
    )
    trial.measured["endpoint service deleted"] = waited
    if not gone:
        raise NotTried(f"the service is there {waited:.0f} s after its deletion")
