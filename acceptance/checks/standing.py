"""What is tried on the connection while it stands. Nothing of it is changed but a tag, which is taken off again."""

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from acceptance.checks.before import NOBODY
from acceptance.names import CONNECTION, PROBE, specified
from acceptance.trial import Trial
from acceptance.verdicts import NotTried, Verdict, differs, judged, refused, tells_nothing
from private_connection_cli.problems import code_of


def rule_filters(trial: Trial) -> Verdict:
    """Asks for the rule by each filter that is documented, and by a tag with a wildcard."""
    find = trial.client("ec2").describe_security_group_rules
    (first, *_) = find(Filters=[{"Name": "tag:private-connection", "Values": ["*"]}])["SecurityGroupRules"] or [None]
    if first is None:
        raise NotTried("the path was open already: the run made no rule")
    asked = {
        "group-id": first["GroupId"],
        "security-group-rule-id": first["SecurityGroupRuleId"],
        "tag:private-connection": f"{CONNECTION[:4]}*",
    }
    missed = [
        name
        for name, value in asked.items()
        if first not in find(Filters=[{"Name": name, "Values": [value]}])["SecurityGroupRules"]
    ]
    return judged(not missed, f"rules found by each filter but {missed}" if missed else "found by each filter")


def second_service(trial: Trial) -> Verdict:
    create = trial.client("ec2").create_vpc_endpoint_service_configuration
    try:
        answer = create(
            AcceptanceRequired=True,
            NetworkLoadBalancerArns=[trial.balancer["LoadBalancerArn"]],
            TagSpecifications=specified("vpc-endpoint-service", trial.workspace),  # so that it is found again
        )
    except ClientError as refusal:
        if tells_nothing(refusal):
            raise
        told = str(refusal)
        right = code_of(refusal) == "InvalidParameter" and "already associated" in told
        return judged(right, told)
    made = answer["ServiceConfiguration"]["ServiceId"]
    trial.client("ec2").delete_vpc_endpoint_service_configurations(ServiceIds=[made])
    return differs(f"a second service, {made}, was made, and removed again")


def absent_principal(trial: Trial) -> Verdict:
    change = trial.client("ec2").modify_vpc_endpoint_service_permissions
    own = trial.site.deployment.parameters["VervericaPrincipal"].split(":")[1]
    nobody = f"arn:{own}:iam::{trial.asked.account}:role/{PROBE}-none"
    asked = {"ServiceId": trial.endpoint["serviceId"], "RemoveAllowedPrincipals": [nobody]}
    return refused(lambda: change(**asked), "InvalidParameter")


def tags_of_several(trial: Trial) -> Verdict:
    arn = trial.balancer["LoadBalancerArn"]
    gone = arn.rpartition("/")[0] + f"/{NOBODY[:16]}"
    return refused(lambda: trial.client("elbv2").describe_tags(ResourceArns=[arn, gone]), "LoadBalancerNotFound")


def subnet_of_another_account(trial: Trial) -> Verdict:
    subnet = trial.balancer["AvailabilityZones"][0]["SubnetId"]
    (found,) = trial.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"]
    if found["OwnerId"] == trial.asked.account:
        raise NotTried("the subnets are the account's own: SUBNETS can name shared ones")
    return judged(found["SubnetArn"].split(":")[4] == found["OwnerId"], "the subnet's ARN has its owner's account")


def interfaces(trial: Trial, *filters: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    answer = trial.client("ec2").describe_network_interfaces(Filters=list(filters))
    found: Sequence[Mapping[str, Any]] = answer["NetworkInterfaces"]
    return found


def _described(trial: Trial, node: str) -> Sequence[Mapping[str, Any]]:
    return interfaces(trial, {"Name": "description", "Values": [f"ElastiCache {node}"]})


def interface_is_described(trial: Trial) -> Verdict:
    address = trial.endpoint["ipAddress"]
    found = [each["PrivateIpAddress"] for each in _described(trial, trial.endpoint["node"])]
    if found:
        return judged(address in found, f"its interface has {found}, the node {address}")
    others = [each["Description"] for each in interfaces(trial, _by_address(address))]
    return differs(f"no interface of that description; that of {address} is described as {others}")


def interface_is_alone(trial: Trial) -> Verdict:
    found = _described(trial, trial.endpoint["node"])
    vpcs = {each["VpcId"] for each in found}
    return judged(len(found) == 1 and vpcs == {trial.balancer["VpcId"]}, f"{len(found)} interfaces in {sorted(vpcs)}")


def interface_has_the_address(trial: Trial) -> Verdict:
    found = interfaces(trial, _by_address(trial.endpoint["ipAddress"]))
    return judged(len(found) == 1, f"{len(found)} interfaces have the node's address")


def _by_address(address: str) -> Mapping[str, Any]:
    return {"Name": "addresses.private-ip-address", "Values": [address]}


def interfaces_of_all(trial: Trial) -> Verdict:
    others = [each["CacheClusterId"] for each in trial.members if each["CacheClusterId"] != trial.endpoint["node"]]
    if not others:
        raise NotTried("the cluster has one node: CLUSTER can name one with replicas")
    missing = [each for each in others if not _described(trial, each)]
    return judged(not missing, f"{len(others) - len(missing)} of {len(others)} other nodes have one so described")


def names_are_public(trial: Trial) -> Verdict:
    if trial.site.emulated:
        raise NotTried("the names of an emulator are in no public DNS")
    name, port = trial.endpoint["endpoint"], trial.endpoint["port"]
    try:
        found = {str(each[4][0]) for each in socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_STREAM)}
    except socket.gaierror as error:
        # some resolvers, as those of many routers, withhold public names that lead to private addresses
        raise NotTried(f"this machine's resolver does not say, which proves nothing of {name}: {error}") from None
    return judged(all(ipaddress.ip_address(each).is_private for each in found), f"resolved to {sorted(found)}")


def current_role(trial: Trial) -> Verdict:
    group = _group(trial)
    if group.get("ClusterEnabled") or group.get("ClusterMode") in ("enabled", "compatible"):
        raise NotTried("the cluster is in cluster mode")
    roles = [member.get("CurrentRole") for part in group["NodeGroups"] for member in part["NodeGroupMembers"]]
    return judged(roles.count("primary") == 1 and None not in roles, f"roles {roles}")


def no_key_is_shown(trial: Trial) -> Verdict:
    trial.created_cluster  # noqa: B018  it raises where the cluster was adopted
    key = _group(trial).get("KmsKeyId")
    return judged(key is None, f"created without a key, KmsKeyId is {key}")


def _group(trial: Trial) -> Mapping[str, Any]:
    cache = trial.client("elasticache")
    try:
        (found,) = cache.describe_replication_groups(ReplicationGroupId=trial.handoff["clusterId"])["ReplicationGroups"]
    except cache.exceptions.ReplicationGroupNotFoundFault:
        raise NotTried("the cluster is in no replication group") from None
    return dict(found)


def unknown_node_type(trial: Trial) -> Verdict:
    """Asks for a cluster of a node type that does not exist, in the subnets of the one that does."""
    create = trial.client("elasticache").create_replication_group
    asked = {"ReplicationGroupId": PROBE, "ReplicationGroupDescription": "none", "NumCacheClusters": 1}
    asked |= {"CacheSubnetGroupName": trial.members[0]["CacheSubnetGroupName"], "CacheNodeType": "cache.none.none"}
    verdict = refused(lambda: create(**asked), "InvalidParameterValue")
    return judged(verdict.state == "holds" and "zone" not in verdict.seen.lower(), verdict.seen)
