"""A sweep sees what has happened to a connection, by looks that change nothing, and a run then mends it.

Two connections are in the account, of a cluster with replicas and of one with shards; their roles are one. What happens
to one of them is told of that one alone. What does not hide each other happens together with every change; `make soak`
tries each alone.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from os import getpid
from typing import Any, Final

import boto3
import pytest

from private_connection.reconcile.codes import TREATMENTS, Treatment
from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from sandbox.scenarios.forks import Holder
from sandbox.services import settle
from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.elasticache.state import State
from sandbox.world import World, apply_event
from tests.before_forks import prepare, warmed
from tests.draws import SOAKING, drawn
from tests.faults.drifts import (
    CONNECTION,
    ENDPOINT,
    FIRST,
    FOREIGN,
    NOTICED,
    SHARDED,
    STRANGER,
    VERVERICA,
    WORLD,
    Change,
    admitted,
    balancer,
    begun,
    connected,
    event,
    made_anew,
    service,
    trusted,
    without_balancer,
    without_service,
)
from tests.faults.grounds import QUICK, Json, cache_nodes, opened, slow_down
from tests.faults.trials import things
from tests.scenarios.playing import READING

SHARDS: Final[Json] = {**SHARDED, "connection": "shards"}
ONE, TWO, THREE = (f"orders-00{number}" for number in (1, 2, 3))
POLICY: Final = f"private-connection-us-east-1-{CONNECTION}"
ROLE_PREFIX: Final = "private-connection-"
MOST_CALLS: Final = 14
CALLS_A_NODE: Final = 4
HOUR: Final = 3600
TAGGED: Final[Json] = {**FIRST, "tags": {"team": "payments", "stage": "x"}}
Told = Mapping[str, list[str]]


@contextmanager
def _provisioned() -> Iterator[Account]:
    with opened(World.model_validate(WORLD)) as account:
        for request in (TAGGED, SHARDS):
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
    """The drift of each connection that has some, as text: of the look at the account, then of those at nodes."""
    found = account.invoke("FindDrift", {"connection": None})
    assert (found["connections"], found["busy"], found["leftOver"], found["unreadable"]) == (2, 0, 0, [])
    closer = [account.invoke("LookCloser", {"connections": each["connections"]}) for each in found["chosen"]["batches"]]
    assert {each["leftOver"] for each in closer} <= {0}
    drift = dict[str, list[str]]()
    for each in (*found["drifted"], *(one for look in closer for one in look["drifted"])):
        drift.setdefault(each["connection"], []).extend(as_text(each["drift"]))
    return drift


def as_text(drift: list[Json]) -> list[str]:
    return [f"{each['code']} {each['node'] or ''}".strip() for each in drift]


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
    account.clock.sleep(NOTICED)


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
    """Somebody let a stranger ask for a connection, and lets it ask for no other."""
    admitted(STRANGER)(account)
    with_a_strangers_endpoint(account)
    boto3.client("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service(ONE), RemoveAllowedPrincipals=[STRANGER]
    )


def with_a_strangers_endpoint(account: Account) -> None:
    arguments = {"service": service(ONE), "owner": STRANGER.split(":")[4], "endpoint": ENDPOINT}
    apply_event("connect", arguments, account.conditions)


def with_failed_service(_: Account) -> None:
    services("us-east-1")[service(ONE)].fails = True


def with_failed_balancer(_: Account) -> None:
    backend("elbv2", "us-east-1").load_balancers[balancer_arn()].state = "failed"


def with_unavailable_node(_: Account) -> None:
    member = State("us-east-1").clusters[TWO]
    member.life = replace(member.life, held="incompatible-network")


def with_a_long_change(account: Account) -> None:
    """The cluster is being modified when a sweep first looks, and two hours later still."""
    slow_down(account, modification=3 * HOUR)
    with account.snapshot.expecting():
        apply_event("scale", {"cluster": "orders"}, account.conditions)
    account.run("reconcile", {})
    account.clock.sleep(2 * HOUR)


def with_the_teams_role(account: Account) -> None:
    """A run is asked to use it."""
    trusted("workspace-1")(account)
    account.run("provision", {**TAGGED, "role": {"name": "team"}})


def with_a_role_that_is_taken_away(account: Account) -> None:
    """A run is asked to use the team's role, which is another workspace's then."""
    with_the_teams_role(account)
    trusted("workspace-2")(account)


def without_a_tag(_: Account) -> None:
    """A tag that was asked for is taken off the first node's service."""
    boto3.client("ec2").delete_tags(Resources=[service(ONE)], Tags=[{"Key": "team"}])


def without_cluster(account: Account) -> None:
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")
    account.clock.sleep(QUICK["clusterDeletion"] + QUICK["interfaceDeletion"] + 1)
    settle(account.world.region, account.conditions)


def with_cluster_going(_: Account) -> None:
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")


def without_principal(_: Account) -> None:
    boto3.client("ec2").modify_vpc_endpoint_service_permissions(
        ServiceId=service(ONE), RemoveAllowedPrincipals=[VERVERICA]
    )


def with_policy(change: Callable[[Json], None]) -> Change:
    """Somebody changes what the connection's policy says."""

    def happen(account: Account) -> None:
        iam, name = boto3.client("iam"), own_role()
        document: Any = iam.get_role_policy(RoleName=name, PolicyName=POLICY)["PolicyDocument"]
        change(document)
        iam.put_role_policy(RoleName=name, PolicyName=POLICY, PolicyDocument=json.dumps(document))
        account.clock.sleep(QUICK["iamPropagation"] + 1)

    return happen


def narrowed(document: Json) -> None:
    document["Statement"].pop()


def widened(document: Json) -> None:
    document["Statement"].append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})


def with_targets(registered: list[str], deregistered: list[str]) -> Change:
    """Somebody changes where the first node's target group leads; `own` is the node's address."""

    def happen(account: Account) -> None:
        own, elbv2 = cache_nodes(account)[ONE], boto3.client("elbv2")
        described: Any = [
            [{"Id": own if each == "own" else each, "Port": 6379} for each in addresses]
            for addresses in (registered, deregistered)
        ]
        if registered:
            elbv2.register_targets(TargetGroupArn=group_arn(), Targets=described[0])
        if deregistered:
            elbv2.deregister_targets(TargetGroupArn=group_arn(), Targets=described[1])
        account.clock.sleep(QUICK["registration"] + NOTICED)

    return happen


def with_attribute(key: str, value: str) -> Change:
    def happen(_: Account) -> None:
        attributes: Any = [{"Key": key, "Value": value}]
        boto3.client("elbv2").modify_target_group_attributes(TargetGroupArn=group_arn(), Attributes=attributes)

    return happen


def without_mark(arn: Callable[[], str]) -> Change:
    """Somebody takes a mark off a part of the first node's path."""

    def happen(_: Account) -> None:
        boto3.client("elbv2").remove_tags(ResourceArns=[arn()], TagKeys=["private-connection/created-by"])

    return happen


CLOSELY_MENDED: Final[Mapping[str, tuple[Change, Told]]] = {
    "nobody admitted": (without_principal, {CONNECTION: [f"PRINCIPAL_GONE {ONE}"]}),
    "a stranger admitted": (admitted(STRANGER), {CONNECTION: [f"STRANGER_ADMITTED {ONE}"]}),
    "everybody admitted": (admitted("*"), {CONNECTION: [f"STRANGER_ADMITTED {ONE}"]}),
    "a narrower policy": (with_policy(narrowed), {CONNECTION: ["POLICY_CHANGED"]}),
    "a wider policy": (with_policy(widened), {CONNECTION: ["POLICY_CHANGED"]}),
    "no target": (with_targets([], ["own"]), {CONNECTION: [f"TARGET_GONE {ONE}"]}),
    "another target": (with_targets([FOREIGN], ["own"]), {CONNECTION: [f"TARGET_CHANGED {ONE}"]}),
    "another target beside": (with_targets([FOREIGN], []), {CONNECTION: [f"TARGET_CHANGED {ONE}"]}),
    "proxy protocol": (
        with_attribute("proxy_protocol_v2.enabled", "true"),
        {CONNECTION: [f"ATTRIBUTES_CHANGED {ONE}"]},
    ),
    "connections kept": (
        with_attribute("target_health_state.unhealthy.connection_termination.enabled", "false"),
        {CONNECTION: [f"ATTRIBUTES_CHANGED {ONE}"]},
    ),
    "cross-zone forced": (
        with_attribute("load_balancing.cross_zone.enabled", "true"),
        {CONNECTION: [f"ATTRIBUTES_CHANGED {ONE}"]},
    ),
}
"""What a close look finds and runs mend."""
CLOSELY_REPORTED: Final[Mapping[str, tuple[Change, Told]]] = {
    "a dead node": (event("kill-node", node=TWO), {CONNECTION: [f"NODE_UNHEALTHY {TWO}"]}),
    "a load balancer's mark lost": (without_mark(balancer_arn), {CONNECTION: [f"MARKS_LOST {ONE}"]}),
    "a target group's mark lost": (without_mark(group_arn), {CONNECTION: [f"MARKS_LOST {ONE}"]}),
}
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
    **CLOSELY_MENDED,
    "no load balancer": (without_balancer, {CONNECTION: [f"LOAD_BALANCER_GONE {ONE}"]}),
    "no target group": (without_target_group, {CONNECTION: [f"TARGET_GROUP_GONE {ONE}"]}),
    "no listener": (without_listener, {CONNECTION: [f"LISTENER_GONE {ONE}"]}),
    "slow health checks": (with_slow_checks, {CONNECTION: [f"HEALTH_CHECK_CHANGED {ONE}"]}),
    "no service": (without_service, {CONNECTION: [f"SERVICE_GONE {ONE}"]}),
    "no acceptance": (without_acceptance, {CONNECTION: [f"ACCEPTANCE_OFF {ONE}"]}),
    "no rules": (without_rules, {CONNECTION: ["RULE_GONE"], "shards": ["RULE_GONE"]}),
    "a tag taken off": (without_a_tag, {CONNECTION: [f"TAGS_CHANGED {ONE}"]}),
    "no policy": (without_policy, {CONNECTION: ["POLICY_GONE"]}),
    "no role": (without_role, {CONNECTION: ["ROLE_GONE"], "shards": ["ROLE_GONE"]}),
    "a trust in another workspace": (
        trusting({"StringEquals": {"sts:ExternalId": "workspace-2"}}),
        {CONNECTION: ["TRUST_CHANGED"], "shards": ["TRUST_CHANGED"]},
    ),
}
"""What runs of the connections mend."""
REPORTED: Final[Mapping[str, tuple[Change, Told]]] = {
    **CLOSELY_REPORTED,
    "a trust in everybody": (trusting({}), {CONNECTION: ["TRUST_OPENED"], "shards": ["TRUST_OPENED"]}),
    "a service's mark lost": (without_marks, {CONNECTION: [f"MARKS_LOST {ONE}"]}),
    "a stranger": (with_a_stranger, {CONNECTION: [f"STRANGER_CONNECTED {ONE}"]}),
    "a service that failed": (with_failed_service, {CONNECTION: [f"SERVICE_FAILED {ONE}"]}),
    "a load balancer that failed": (with_failed_balancer, {CONNECTION: [f"LOAD_BALANCER_FAILED {ONE}"]}),
    "a node that is unavailable": (with_unavailable_node, {CONNECTION: [f"NODE_UNAVAILABLE {TWO}"]}),
    "a change that takes long": (with_a_long_change, {CONNECTION: ["CLUSTER_MODIFYING"]}),
    "a role that is taken away": (with_a_role_that_is_taken_away, {CONNECTION: ["ROLE_UNUSABLE"]}),
    "no cluster": (without_cluster, {CONNECTION: ["CLUSTER_GONE"]}),
    "a cluster on its way out": (with_cluster_going, {CONNECTION: ["CLUSTER_UNAVAILABLE"]}),
}
QUIET: Final[Mapping[str, Change]] = {
    "nothing": lambda _: None,
    "fail-over": event("fail-over", cluster="orders"),
    "Ververica connected": connected(ONE),
    "a replica on its way": begun("add-replica", cluster="orders", nodes={THREE: {"subnet": "subnet-a"}}),
    "a replica on its way out": begun("remove-replica", node=TWO),
    "a shard on its way": begun("add-shard", cluster="shards"),
    "scaled just now": begun("scale", cluster="orders"),
    "a rule of others instead of ours": with_a_rule_of_others_instead,
}


HAPPENING: Final[Mapping[str, Change]] = {
    **{name: happens for name, (happens, _) in {**MENDED, **REPORTED}.items()},
    **QUIET,
}


def after(account: Account, *names: str) -> Told:
    """Asked in a fork: what is told once these have happened, in the order of the codes."""
    for name in names:
        HAPPENING[name](account)
    return {connection: sorted(drift) for connection, drift in told(account).items()}


ALIKE: Final = (
    ("another address", "another node of its name", "all addresses changed"),
    ("a replica added", "a shard added"),
    ("a replica removed", "a shard removed"),
    ("a stranger admitted", "everybody admitted"),
    ("a narrower policy", "a wider policy"),
    ("another target", "another target beside"),
    ("proxy protocol", "cross-zone forced"),
    ("a load balancer's mark lost", "a target group's mark lost"),
)
"""Of which the same is told. One of each is drawn."""
LEFT_OUT: Final = {each for alike in ALIKE for each in {*alike} - {*drawn(alike, f"told {alike[0]}", len(alike))}}
TOGETHER: Final = (
    (
        *("another address", "another node of its name", "all addresses changed", "a replica added", "a shard added"),
        "no role",
    ),
    ("another zone", "a replica removed", "a shard removed"),
    (
        *("a stranger admitted", "everybody admitted", "a narrower policy", "a wider policy", "a dead node"),
        *("another target", "another target beside", "proxy protocol", "cross-zone forced"),
        *("a load balancer's mark lost", "a target group's mark lost"),
    ),
    ("nobody admitted", "no target", "no policy"),
    ("no acceptance", "slow health checks", "a tag taken off", "a trust in another workspace", "a stranger"),
    ("no listener", "no service", "a node that is unavailable", "no rules", "a trust in everybody"),
    ("a load balancer that failed", "a service's mark lost", "no target group"),
    ("nothing", "fail-over", "Ververica connected", "a shard on its way", "a rule of others instead of ours"),
)
"""What neither hides nor undoes each other, and is told of together. Of a connection of which the first look finds
something, no close look is taken.
"""


TAKEN_AWAY: Final = "a role that is taken away"
"""It takes a run, which the test of tags shares."""


def tried(names: Iterable[str]) -> list[tuple[str, ...]]:
    """What of these happens together, and then each that happens alone."""
    chosen = [each for each in names if each not in (LEFT_OUT if SOAKING else {*LEFT_OUT, TAKEN_AWAY})]
    together = [tuple(each for each in group if each in chosen) for group in TOGETHER if not SOAKING]
    joined = {each for group in together for each in group}
    return [*(group for group in together if group), *((each,) for each in chosen if each not in joined)]


@pytest.mark.parametrize("names", tried([*MENDED, *REPORTED]), ids=" and ".join)
def test_what_happened_is_told_of_whom_it_happened_to(names: tuple[str, ...]) -> None:
    expected = dict[str, list[str]]()
    for name in names:
        for connection, drift in {**MENDED, **REPORTED}[name][1].items():
            expected[connection] = sorted([*expected.get(connection, []), *drift])
    assert ground().ask(after, *names) == expected


@pytest.mark.parametrize(("table", "treatment"), [(MENDED, "repaired"), (REPORTED, "reported")])
def test_each_code_is_told_of_something_that_happens(
    table: Mapping[str, tuple[Change, Told]], treatment: Treatment
) -> None:
    told_of = {each.split()[0] for _, expected in table.values() for drift in expected.values() for each in drift}
    assert told_of == {code for code, each in TREATMENTS.items() if each == treatment}


@pytest.mark.parametrize("names", tried(QUIET), ids=" and ".join)
def test_nothing_is_told_of_what_is_right_or_about_to_be(names: tuple[str, ...]) -> None:
    assert ground().ask(after, *names) == {}


def run_again(account: Account, name: str) -> Told:
    """Asked in a fork: what is told after runs of both connections."""
    HAPPENING[name](account)
    statuses = [account.run("provision", request).status for request in (TAGGED, SHARDS)]
    assert name in REPORTED or statuses == ["SUCCEEDED", "SUCCEEDED"]
    return told(account)


OVER: Final = ("a change that takes long", TAKEN_AWAY)
"""What a run waits for, and what is nothing to one that asks for no role."""
RUN_AGAIN: Final = [each for each in (*MENDED, *REPORTED) if each not in OVER]


@pytest.mark.parametrize("name", drawn(RUN_AGAIN, "drift, and a run", len(RUN_AGAIN)))
def test_a_run_mends_it_unless_it_is_only_reported(name: str) -> None:
    told = ground().ask(run_again, name)
    assert CONNECTION in told if name in REPORTED else told == {}


def own_rules() -> list[str]:
    """The ids of the rules that the connection made."""
    rules = boto3.client("ec2").describe_security_group_rules()["SecurityGroupRules"]
    own = {"Key": "private-connection", "Value": CONNECTION}
    return [each["SecurityGroupRuleId"] for each in rules if own in each["Tags"]]


def untagged(account: Account) -> list[Told]:
    """Asked in a fork: what is found after tags that were asked for are taken off or changed, after a run has put them
    back that is asked to use the team's role, and after that is another workspace's.
    """
    elbv2, ec2, found = boto3.client("elbv2"), boto3.client("ec2"), list[Told]()
    for happen in (
        lambda: elbv2.remove_tags(ResourceArns=[balancer_arn()], TagKeys=["team"]),
        lambda: ec2.delete_tags(Resources=[service(ONE)], Tags=[{"Key": "team"}]),
        lambda: ec2.create_tags(Resources=own_rules(), Tags=[{"Key": "stage", "Value": "y"}]),
        lambda: with_the_teams_role(account),
        lambda: ec2.create_tags(Resources=own_rules(), Tags=[{"Key": "theirs", "Value": "y"}]),
        lambda: trusted("workspace-2")(account),
    ):
        happen()
        found.append(told(account))
    return found


def test_tags_that_are_not_there_are_found_and_put_back_and_a_role_that_is_taken_away_is_told() -> None:
    path, rule = f"TAGS_CHANGED {ONE}", "TAGS_CHANGED"
    *found, put_back, foreign, taken_away = ground().ask(untagged)
    assert found == [{CONNECTION: each} for each in ([path], [path], [rule, path])]
    assert (put_back, foreign, taken_away) == ({}, {}, {CONNECTION: ["ROLE_UNUSABLE"]})


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
    assert (found["unreadable"], found["recordsUnreadable"], found["connections"]) == (["future"], 1, 2)
    assert [(each["code"], each["level"]) for each in found["findings"]] == [("RECORD_UNREADABLE", "warning")]
    assert [each["connection"] for each in found["drifted"]] == [CONNECTION]


def lost_and_admitted(account: Account) -> list[Told]:
    """Asked in a fork: what is told where parts of a path lose a mark, and a stranger is admitted and connects."""
    found = list[Told]()
    for happen in (without_mark(balancer_arn), without_mark(group_arn), admitted(STRANGER), with_a_strangers_endpoint):
        happen(account)
        found.append({name: sorted(codes) for name, codes in told(account).items()})
    return found[1:]


def test_marks_that_are_lost_hide_no_stranger() -> None:
    lost, both, all_three = ground().ask(lost_and_admitted)
    codes = [f"MARKS_LOST {ONE}", f"STRANGER_ADMITTED {ONE}", f"STRANGER_CONNECTED {ONE}"]
    assert [each[CONNECTION] for each in (lost, both, all_three)] == [codes[:1], codes[:2], codes]


UNREAD: Final[Mapping[str, Json]] = {
    "a later form": {"schema": {"N": "99"}, "holder": {"S": "somebody"}, "version": {"S": "theirs"}},
    "another version": {"schema": {"N": "1"}, "version": {"N": "7"}, "colour": {"S": "blue"}},
    "no version": {"schema": {"N": "2"}},
    "a wrong type": {"schema": {"S": "1"}, "looks": {"S": "many"}, "version": {"S": ""}},
}
"""The sweeps' own item, as this deployment does not write it."""


def swept_again(account: Account) -> tuple[dict[str, RunReport], RunReport]:
    """Asked in a fork: a sweep each time that somebody has written the sweeps' own item, and one more."""
    dynamodb: Any = boto3.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]
    found = dict[str, RunReport]()
    for form, item in UNREAD.items():
        dynamodb.put_item(TableName=table, Item={"connection": {"S": "#sweep"}, **item})
        found[form] = account.run("reconcile", {})
    return found, account.run("reconcile", {})


def test_a_sweep_that_cannot_read_its_own_item_tells_so_once_and_goes_on() -> None:
    found, after = ground().ask(swept_again)
    for form, report in found.items():
        assert (report.status, report.output["lookedAt"]) == ("SUCCEEDED", 4), form
        told = [each["code"] for each in report.output["findings"]]
        assert (told, report.output["recordsUnreadable"]) == (["RECORD_UNREADABLE"], 0), form
    assert (after.status, after.output["findings"]) == ("SUCCEEDED", [])


def gone_between(account: Account) -> list[Json]:
    """Asked in a fork: what the close look finds of nodes whose paths go after the look at the account, one by one. A
    grant that asks for tags denies a look at what is gone.
    """
    batches, answers = account.invoke("FindDrift", {"connection": CONNECTION})["chosen"]["batches"], list[Json]()
    for happens in (without_service, without_role):
        happens(account)
        answers += [account.invoke("LookCloser", {"connections": each["connections"]}) for each in batches]
    return answers


def test_what_goes_between_a_sweeps_two_looks_is_not_seen_this_time() -> None:
    answers = ground().ask(gone_between)
    assert [(each["lookedAt"], each["drifted"], each["failure"]) for each in answers] == [(1, [], [])] * 2


def looked(account: Account) -> tuple[Counter[str], bool]:
    """Asked in a fork: the calls of one look, and whether it left everything as it was."""
    before, calls = things(), Counter(account.gateway.calls)
    told(account)
    return account.gateway.calls - calls, things() == before


def test_a_sweeps_looks_are_few_calls_and_changes_nothing() -> None:
    calls, same = ground().ask(looked)
    assert sum(calls.values()) <= MOST_CALLS + CALLS_A_NODE * 4, calls
    assert {each for each in calls if not each.split(":")[1].startswith(READING)} == set()
    assert same
