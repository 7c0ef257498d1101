"""Find drift sees what has happened to a connection, by one look that changes nothing, and a run then mends it.

Two connections are in the account, of a cluster with replicas and of one with shards; their roles are one. What happens
to one of them is told of that one alone.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from os import getpid
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.scenarios.forks import Holder
from sandbox.services import settle
from sandbox.world import World, apply_event
from tests.before_forks import prepare, warmed
from tests.draws import drawn
from tests.faults.drifts import (
    CONNECTION,
    ENDPOINT,
    FIRST,
    SHARDED,
    STRANGER,
    WORLD,
    Change,
    admitted,
    balancer,
    begun,
    connected,
    event,
    made_anew,
    service,
    without_balancer,
    without_service,
)
from tests.faults.grounds import QUICK, Json, opened
from tests.faults.trials import things
from tests.scenarios.playing import READING

SHARDS: Final[Json] = {**SHARDED, "connection": "shards"}
ONE, TWO, THREE = (f"orders-00{number}" for number in (1, 2, 3))
POLICY: Final = f"private-connection-us-east-1-{CONNECTION}"
ROLE_PREFIX: Final = "private-connection-"
MOST_CALLS: Final = 14
Told = Mapping[str, list[str]]


@contextmanager
def _provisioned() -> Iterator[Account]:
    with opened(World.model_validate(WORLD)) as account:
        for request in (FIRST, SHARDS):
            report = account.run("provision", request)
            if report.status != "SUCCEEDED":
                raise AssertionError(report.cause)
        prepare(account)
        yield account


def ground() -> Holder[Account]:
    return _ground(getpid())


@cache
def _ground(asking: int) -> Holder[Account]:
    del asking  # a worker inherits its parent's cache, and must not use its parent's pipes
    warmed()
    return Holder(_provisioned)


def told(account: Account) -> Told:
    """The drift of each connection that has some, as text."""
    found = account.invoke("FindDrift", {"connection": None})
    assert (found["connections"], found["busy"], found["leftOver"], found["unreadable"]) == (2, 0, 0, [])
    return {
        each["connection"]: [f"{drift['code']} {drift['node'] or ''}".strip() for drift in each["drift"]]
        for each in found["drifted"]
    }


# ------------------------------------------------------------------ what happens


def own_role() -> str:
    return next(each for each in inventory()["role"] if each.startswith(ROLE_PREFIX))


def group_arn() -> str:
    return str(inventory()["targetGroup"][balancer(ONE)]["arn"])


def balancer_arn() -> str:
    return str(inventory()["loadBalancer"][balancer(ONE)]["arn"])


def without_listener(_: Account) -> None:
    elbv2 = boto3.client("elbv2")
    (listener,) = elbv2.describe_listeners(LoadBalancerArn=balancer_arn())["Listeners"]
    elbv2.delete_listener(ListenerArn=listener["ListenerArn"])


def without_target_group(account: Account) -> None:
    arn = group_arn()
    without_listener(account)
    account.clock.sleep(QUICK["targetGroupRelease"] + 1)
    boto3.client("elbv2").delete_target_group(TargetGroupArn=arn)


def with_slow_checks(_: Account) -> None:
    boto3.client("elbv2").modify_target_group(TargetGroupArn=group_arn(), HealthCheckIntervalSeconds=30)


def without_acceptance(_: Account) -> None:
    boto3.client("ec2").modify_vpc_endpoint_service_configuration(ServiceId=service(ONE), AcceptanceRequired=False)


def without_rules(_: Account) -> None:
    """Somebody revokes every rule of the cluster's group, which both clusters are in."""
    ec2 = boto3.client("ec2")
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": ["sg-cache"]}])
    rules = [each["SecurityGroupRuleId"] for each in found["SecurityGroupRules"] if not each["IsEgress"]]
    ec2.revoke_security_group_ingress(GroupId="sg-cache", SecurityGroupRuleIds=rules)


def with_a_rule_of_others_instead(account: Account) -> None:
    without_rules(account)
    anybody: Any = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "172.16.0.0/12"}]}
    boto3.client("ec2").authorize_security_group_ingress(GroupId="sg-cache", IpPermissions=[anybody])


def without_policy(_: Account) -> None:
    boto3.client("iam").delete_role_policy(RoleName=own_role(), PolicyName=POLICY)


def without_role(_: Account) -> None:
    iam, name = boto3.client("iam"), own_role()
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def trusting(condition: Json) -> Change:
    """The role's trust is given this condition."""

    def happen(_: Account) -> None:
        iam, name = boto3.client("iam"), own_role()
        trust: Any = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
        trust["Statement"][0]["Condition"] = condition
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))

    return happen


def without_marks(_: Account) -> None:
    boto3.client("ec2").delete_tags(Resources=[service(ONE)], Tags=[{"Key": "private-connection/created-by"}])


def with_a_stranger(account: Account) -> None:
    admitted(STRANGER)(account)
    arguments = {"service": service(ONE), "owner": STRANGER.split(":")[4], "endpoint": ENDPOINT}
    apply_event("connect", arguments, account.conditions)


def without_cluster(account: Account) -> None:
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")
    account.clock.sleep(QUICK["clusterDeletion"] + QUICK["interfaceDeletion"] + 1)
    settle(account.world.region, account.conditions)


def with_cluster_going(_: Account) -> None:
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")


MENDED: Final[Mapping[str, tuple[Change, Told]]] = {
    "another address": (event("change-ip", node=ONE), {CONNECTION: [f"ADDRESS_CHANGED {ONE}"]}),
    "another node of its name": (event("replace-node", node=TWO), {CONNECTION: [f"ADDRESS_CHANGED {TWO}"]}),
    "all addresses changed": (
        event("scale", cluster="orders"),
        {CONNECTION: [f"ADDRESS_CHANGED {ONE}", f"ADDRESS_CHANGED {TWO}"]},
    ),
    "another zone": (
        event("replace-node", node=ONE, subnet="subnet-b"),
        {CONNECTION: [f"ADDRESS_CHANGED {ONE}", f"ZONE_CHANGED {ONE}"]},
    ),
    "a replica added": (
        event("add-replica", cluster="orders", nodes={THREE: {"subnet": "subnet-a"}}),
        {CONNECTION: [f"NODE_ADDED {THREE}"]},
    ),
    "a replica removed": (event("remove-replica", node=TWO), {CONNECTION: [f"NODE_REMOVED {TWO}"]}),
    "a shard added": (event("add-shard", cluster="shards"), {"shards": ["NODE_ADDED shards-0003-001"]}),
    "a shard removed": (
        event("remove-shard", cluster="shards", shard="0002"),
        {"shards": ["NODE_REMOVED shards-0002-001"]},
    ),
    "made anew on another port": (
        made_anew(6380),
        {CONNECTION: [f"{code}_CHANGED {node}" for code in ("ADDRESS", "PORT") for node in (ONE, TWO)]},
    ),
    "no load balancer": (without_balancer, {CONNECTION: [f"LOAD_BALANCER_GONE {ONE}"]}),
    "no target group": (without_target_group, {CONNECTION: [f"TARGET_GROUP_GONE {ONE}"]}),
    "no listener": (without_listener, {CONNECTION: [f"LISTENER_GONE {ONE}"]}),
    "slow health checks": (with_slow_checks, {CONNECTION: [f"HEALTH_CHECK_CHANGED {ONE}"]}),
    "no service": (without_service, {CONNECTION: [f"SERVICE_GONE {ONE}"]}),
    "no acceptance": (without_acceptance, {CONNECTION: [f"ACCEPTANCE_OFF {ONE}"]}),
    "no rules": (without_rules, {CONNECTION: ["RULE_GONE"], "shards": ["RULE_GONE"]}),
    "no policy": (without_policy, {CONNECTION: ["POLICY_GONE"]}),
    "no role": (without_role, {CONNECTION: ["ROLE_GONE"], "shards": ["ROLE_GONE"]}),
    "a trust in another workspace": (
        trusting({"StringEquals": {"sts:ExternalId": "workspace-2"}}),
        {CONNECTION: ["TRUST_CHANGED"], "shards": ["TRUST_CHANGED"]},
    ),
}
"""What runs of the connections mend."""
REPORTED: Final[Mapping[str, tuple[Change, Told]]] = {
    "a trust in everybody": (trusting({}), {CONNECTION: ["TRUST_OPENED"], "shards": ["TRUST_OPENED"]}),
    "a mark lost": (without_marks, {CONNECTION: [f"MARKS_LOST {ONE}"]}),
    "a stranger": (with_a_stranger, {CONNECTION: [f"STRANGER_CONNECTED {ONE}"]}),
    "no cluster": (without_cluster, {CONNECTION: ["CLUSTER_GONE"]}),
    "a cluster on its way out": (with_cluster_going, {CONNECTION: ["CLUSTER_UNAVAILABLE"]}),
}
QUIET: Final[Mapping[str, Change]] = {
    "nothing": lambda _: None,
    "fail-over": event("fail-over", cluster="orders"),
    "Ververica connected": connected(ONE),
    "a dead node": event("kill-node", node=TWO),
    "a replica on its way": begun("add-replica", cluster="orders", nodes={THREE: {"subnet": "subnet-a"}}),
    "a replica on its way out": begun("remove-replica", node=TWO),
    "a shard on its way": begun("add-shard", cluster="shards"),
    "scaled just now": begun("scale", cluster="orders"),
    "a rule of others instead of ours": with_a_rule_of_others_instead,
}


def after(account: Account, name: str) -> Told:
    """Asked in a fork: what is told once this has happened."""
    happens = QUIET[name] if name in QUIET else ({**MENDED, **REPORTED}[name])[0]
    happens(account)
    return told(account)


@pytest.mark.parametrize("name", [*MENDED, *REPORTED])
def test_what_happened_is_told_of_whom_it_happened_to(name: str) -> None:
    expected = {**MENDED, **REPORTED}[name][1]
    assert ground().ask(after, name) == expected


@pytest.mark.parametrize("name", QUIET)
def test_nothing_is_told_of_what_is_right_or_about_to_be(name: str) -> None:
    assert ground().ask(after, name) == {}


def run_again(account: Account, name: str) -> Told:
    """Asked in a fork: what is told after runs of both connections."""
    {**MENDED, **REPORTED}[name][0](account)
    statuses = [account.run("provision", request).status for request in (FIRST, SHARDS)]
    assert name in REPORTED or statuses == ["SUCCEEDED", "SUCCEEDED"]
    return told(account)


@pytest.mark.parametrize("name", drawn([*MENDED], "drift mended"))
def test_a_run_mends_it(name: str) -> None:
    assert ground().ask(run_again, name) == {}


@pytest.mark.parametrize("name", drawn([*REPORTED], "drift reported"))
def test_no_run_mends_what_is_only_reported(name: str) -> None:
    assert CONNECTION in ground().ask(run_again, name)


def unreadable(account: Account) -> Json:
    """Asked in a fork: what is found beside items of another form, and one that is no connection's."""
    dynamodb: Any = boto3.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]
    for name in ("future", "#sweep"):
        dynamodb.put_item(TableName=table, Item={"connection": {"S": name}, "schema": {"N": "99"}})
    event("change-ip", node=ONE)(account)
    return dict(account.invoke("FindDrift", {"connection": None}))


def test_an_item_that_cannot_be_read_is_named_and_stops_nothing() -> None:
    found = ground().ask(unreadable)
    assert (found["unreadable"], found["connections"]) == (["future"], 2)
    assert [each["connection"] for each in found["drifted"]] == [CONNECTION]


def looked(account: Account) -> tuple[Counter[str], bool]:
    """Asked in a fork: the calls of one look, and whether it left everything as it was."""
    before, calls = things(), Counter(account.gateway.calls)
    told(account)
    return account.gateway.calls - calls, things() == before


def test_one_look_is_few_calls_and_changes_nothing() -> None:
    calls, same = ground().ask(looked)
    assert sum(calls.values()) <= MOST_CALLS, calls
    assert {each for each in calls if not each.split(":")[1].startswith(READING)} == set()
    assert same
