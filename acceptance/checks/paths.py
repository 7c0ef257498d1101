"""What is tried on a path of acceptance's own beside the connection's: security group, target group, load balancer."""

from typing import Any

from botocore.exceptions import ClientError

from acceptance.checks import probes
from acceptance.checks.roles import made as role_made
from acceptance.names import PROBE, specified
from acceptance.trial import Trial
from acceptance.verdicts import NotTried, Verdict, differs, holds, judged, refused, tells_nothing
from private_connection_cli.problems import code_of


def rules_are_returned(trial: Trial) -> Verdict:
    ranges = ["192.0.2.0/25", "192.0.2.128/25"]  # of no network: documentation's
    permission = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": x} for x in ranges]}
    answer = trial.client("ec2").authorize_security_group_ingress(
        GroupId=probes.security_group(trial), IpPermissions=[permission]
    )
    found = sorted(each.get("CidrIpv4", "") for each in answer.get("SecurityGroupRules", []))
    return judged(found == ranges, f"rules of {found} returned for {ranges}")


def listener_comes_early(trial: Trial) -> Verdict:
    balancer, group = probes.balancer(trial), probes.target_group(trial)
    trial.site.until(lambda: probes.state(trial), 60)
    before = probes.state(trial)
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    trial.client("elbv2").create_listener(
        LoadBalancerArn=balancer, Protocol="TCP", Port=trial.endpoint["port"], DefaultActions=forward
    )
    if before != "provisioning":
        raise NotTried(f"the load balancer was {before} already")
    return holds("created while its load balancer was provisioning")


def duplicates_by_tags(trial: Trial) -> Verdict:
    probes.target_group(trial), probes.balancer(trial)
    groups = refused(lambda: probes.create_target_group(trial, "other"), "DuplicateTargetGroupName")
    balancers = refused(lambda: probes.create_balancer(trial, "other"), "DuplicateLoadBalancerName")
    right = groups.state == balancers.state == "holds"
    return judged(right, f"{groups.seen}; {balancers.seen}")


def subnets_come_early(trial: Trial) -> Verdict:
    both = [probes.first_subnet(trial), probes.second_subnet(trial)]
    before = probes.state(trial)
    answer = trial.client("elbv2").set_subnets(LoadBalancerArn=probes.balancer(trial), Subnets=both)
    if before != "provisioning":
        raise NotTried(f"the load balancer was {before} already")
    return judged(len(answer["AvailabilityZones"]) == 2, f"{len(answer['AvailabilityZones'])} zones, still {before}")


def subnets_again(trial: Trial) -> Verdict:
    trial.measured["load balancer active"] = probes.becomes_active(trial)
    elb = trial.client("elbv2")
    (before,) = elb.describe_load_balancers(LoadBalancerArns=[probes.balancer(trial)])["LoadBalancers"]
    subnets = sorted(each["SubnetId"] for each in before["AvailabilityZones"])
    answer = elb.set_subnets(LoadBalancerArn=probes.balancer(trial), Subnets=subnets)
    after = sorted(each["SubnetId"] for each in answer["AvailabilityZones"])
    return judged(after == subnets and probes.state(trial) == "active", f"{after} of {subnets}, {probes.state(trial)}")


def first_verdict_is_initial(trial: Trial) -> Verdict:
    probes.becomes_active(trial)
    elb, group = trial.client("elbv2"), probes.target_group(trial)
    target = {"Id": trial.endpoint["ipAddress"], "Port": trial.endpoint["port"]}
    elb.register_targets(TargetGroupArn=group, Targets=[target])

    def look() -> Any:
        return elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]

    health, _ = trial.site.until(look, probes.SHOWN)
    found = [f"{each['TargetHealth']['State']} {each['TargetHealth'].get('Reason', '')}" for each in health or ()]
    return judged(len(found) == 1 and found[0].startswith("initial"), f"right after it: {found}")


def zones_with_a_service_stay(trial: Trial) -> Verdict:
    probes.becomes_active(trial)
    elb, balancer = trial.client("elbv2"), probes.balancer(trial)
    elb.set_subnets(LoadBalancerArn=balancer, Subnets=[probes.first_subnet(trial), probes.second_subnet(trial)])
    made = trial.client("ec2").create_vpc_endpoint_service_configuration(
        AcceptanceRequired=True,
        NetworkLoadBalancerArns=[balancer],
        TagSpecifications=specified("vpc-endpoint-service", trial.workspace),
    )
    trial.things["endpoint service"] = made["ServiceConfiguration"]["ServiceId"]
    try:
        elb.set_subnets(LoadBalancerArn=balancer, Subnets=[probes.first_subnet(trial)])
    except ClientError as refusal:
        if tells_nothing(refusal):
            raise
        return holds(str(refusal))
    return differs("a zone was taken off while nobody was connected")


def zones_without_a_service_go(trial: Trial) -> Verdict:
    probes.becomes_active(trial)
    probes.remove_service(trial)
    elb, balancer = trial.client("elbv2"), probes.balancer(trial)
    elb.set_subnets(LoadBalancerArn=balancer, Subnets=[probes.first_subnet(trial), probes.second_subnet(trial)])
    answer = elb.set_subnets(LoadBalancerArn=balancer, Subnets=[probes.first_subnet(trial)])
    return judged(len(answer["AvailabilityZones"]) == 1, f"{len(answer['AvailabilityZones'])} zone is left")


def longest_tag(trial: Trial) -> Verdict:
    longest = [{"Key": "k" * 127, "Value": "v" * 255}]
    elb, group = trial.client("elbv2"), probes.target_group(trial)
    elb.add_tags(ResourceArns=[group], Tags=longest)
    (found,) = elb.describe_tags(ResourceArns=[group])["TagDescriptions"]
    return judged(any(each["Key"] == longest[0]["Key"] for each in found["Tags"]), "taken")


def absent_tag(trial: Trial) -> Verdict:
    """Takes off a key that nothing has, at each service."""
    key = f"{PROBE}-none"
    trial.client("ec2").delete_tags(Resources=[probes.security_group(trial)], Tags=[{"Key": key}])
    trial.client("elbv2").remove_tags(ResourceArns=[probes.target_group(trial)], TagKeys=[key])
    trial.client("iam").untag_role(RoleName=role_made(trial), TagKeys=[key])
    if trial.asked.cluster:
        return holds("no error at EC2, Elastic Load Balancing and IAM; ElastiCache was not asked")
    cache = trial.client("elasticache")
    (group,) = cache.describe_replication_groups(ReplicationGroupId=trial.created_cluster)["ReplicationGroups"]
    arn = group["ARN"]
    return refused(lambda: cache.remove_tags_from_resource(ResourceName=arn, TagKeys=[key]), "TagNotFound")


def tags_of_one_alone(trial: Trial) -> Verdict:
    """Asks for tags on two at once, and for a key off both, that nothing has."""
    elb, arns, key = trial.client("elbv2"), [probes.target_group(trial), probes.balancer(trial)], f"{PROBE}-none"
    off = refused(lambda: elb.remove_tags(ResourceArns=arns, TagKeys=[key]), "ValidationError")
    on = refused(lambda: elb.add_tags(ResourceArns=arns, Tags=[{"Key": key, "Value": ""}]), "ValidationError")
    return judged(off.state == on.state == "holds", f"{on.seen}; {off.seen}")


def deleted_balancer(trial: Trial) -> Verdict:
    """Deletes acceptance's own load balancer; it is listed for a while, or is not, and takes no subnets any more."""
    probes.becomes_active(trial)
    probes.remove_service(trial)
    elb, balancer = trial.client("elbv2"), probes.balancer(trial)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    listed = probes.state(trial)
    try:
        elb.set_subnets(LoadBalancerArn=balancer, Subnets=[probes.first_subnet(trial)])
    except ClientError as refusal:
        taken = code_of(refusal)
    else:
        taken = "accepted"
    gone, waited = trial.site.until(lambda: probes.state(trial) is None, probes.ACTIVE)
    trial.measured["load balancer gone"] = waited
    told = f"listed as {listed} right after it, gone after {waited:.0f} s; SetSubnets: {taken}"
    return judged(bool(gone) and taken == "LoadBalancerNotFound", told)
