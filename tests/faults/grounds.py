"""Grounds: the accounts in which faults and stops are tried, small, quick in virtual time, full of foreign resources.

Each is opened once, in an idle process of its own, and every trial begins in a fork of it. Latencies are short, so
that a run polls little; they change how often a state is entered, not which states are.
"""

import io
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any, Final

import boto3

from sandbox.account import TEMPLATE, Account
from sandbox.audit import inventory
from sandbox.conditions import Latency
from sandbox.deployment.template import Template
from sandbox.runs import StopAt
from sandbox.scenarios.forks import Holder
from sandbox.services import settle
from sandbox.services.elasticache.state import State
from sandbox.world import World, apply_event
from tests.before_forks import prepare, warmed
from tests.deployments import EXTENDING

Json = dict[str, Any]
WORKSPACE: Final = "workspace-1"
CREATE: Final[Json] = {
    "connection": "redis-demo",
    "workspaceId": WORKSPACE,
    "cluster": {"id": "redis-demo", "create": {}},
}
ADOPT: Final[Json] = {"connection": "orders", "workspaceId": WORKSPACE, "cluster": {"id": "orders"}}
REQUESTS: Final = {"create": CREATE, "adopt": ADOPT}

QUICK: Final[Json] = {
    "cluster": 200,
    "clusterDeletion": 10,
    "tagging": 5,
    "snapshot": 5,
    "loadBalancer": 60,
    "loadBalancerVisibility": 0.2,
    "loadBalancerDeletion": 5,
    "registration": 40,
    "targetGroupRelease": 1,
    "endpointService": 1,
    "endpointServiceDeletion": 5,
    "endpointServiceListing": 30,
    "connection": 20,
    "rejection": 5,
    "interfaceDeletion": 5,
    "iamPropagation": 1,
}
READING: Final[Json] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
}
OTHERS: Final[Json] = {
    "securityGroups": [
        {"id": "sg-others", "rules": [{"cidr": "172.31.0.0/20", "port": 6379}, {"cidr": "10.0.0.0/8", "port": 22}]}
    ],
    "subnetGroups": [{"name": "others", "subnets": ["subnet-a"]}],
    "targetGroups": [{"name": "pc-others", "targets": [{"ip": "172.31.0.200"}]}],
    "loadBalancers": [
        {
            "name": "pc-others",
            "subnets": ["subnet-a"],
            "listeners": [{"port": 6379, "targetGroup": "pc-others"}],
            "tags": {"private-connection": "others"},
        }
    ],
    "endpointServices": [
        {
            "loadBalancer": "pc-others",
            "principals": ["arn:aws:iam::794031221915:root"],
            "connections": [{"id": "vpce-0aaaaaaaaaaaaaaa0"}, {"id": "tgw-attach-0aaaaaaaaaaaaaaa0"}],
            "tags": {"private-connection": "others"},
        }
    ],
    "roles": [
        {"name": "others", "trusts": {"externalId": "another-workspace"}, "policies": {"reading": READING}},
    ],
}
"""A load balancer, its endpoint service with live connections, and a role, all of another connection or of nobody."""
CLUSTER: Final[Json] = {
    "clusters": [{"id": "orders", "securityGroups": ["sg-cache"], "tls": True}],
    "securityGroups": [
        *OTHERS["securityGroups"],
        {"id": "sg-cache", "rules": [{"cidr": "172.31.0.0/20", "port": 6379, "description": "somebody's own"}]},
    ],
    "roles": [
        *OTHERS["roles"],
        {"name": "team", "trusts": {"externalId": WORKSPACE}, "policies": {"reading": READING}},
    ],
}
"""A cluster that lets one of its three subnets in already, and a role of the workspace with a policy of its own."""


def world(mode: str, **changed: Any) -> World:
    """The world in which a cluster is created, or the one that has one to adopt; with keys changed.

    Its events get lost, so that what a dead run left is there when the next run begins.
    """
    base = {**OTHERS, "latency": QUICK, "eventDeliveries": 0, **(CLUSTER if mode == "adopt" else {})}
    return World.model_validate({**base, **changed})


def removal(mode: str, **changed: Any) -> Json:
    """The input of the teardown that leaves nothing."""
    return {"connection": REQUESTS[mode]["connection"], "deleteCluster": True, "finalSnapshot": False, **changed}


DEAD: Final = "dead"
"""The name of the run that died, where one did."""


def death(mode: str) -> Json:
    """What Step Functions tells EventBridge of it: the detail of the event."""
    machine = Template(TEMPLATE, "us-east-1").machines["provision"].arn
    execution = f"{machine.replace(':stateMachine:', ':execution:')}:{DEAD}"
    return {"executionArn": execution, "status": "ABORTED", "input": json.dumps(REQUESTS[mode])}


def given(machine: str, mode: str) -> Json:
    """The input of a machine."""
    if machine == "recover":
        return death(mode)
    return removal(mode) if machine == "teardown" else REQUESTS[mode]


@contextmanager
def opened(laid: World, seed: int = 1, parameters: Mapping[str, str] | None = None) -> Iterator[Account]:
    with Account(laid, seed, parameters={**EXTENDING, **(parameters or {})}, logs=io.StringIO()) as account:
        yield account


@contextmanager
def provisioned(mode: str, **changed: Any) -> Iterator[Account]:
    with opened(world(mode, **changed)) as account:
        account.run("provision", REQUESTS[mode])
        yield account


@contextmanager
def _moved(mode: str) -> Iterator[Account]:
    """A node came back at another address, and at its former one another team's cluster answers by now."""
    laid = CLUSTER if mode == "adopt" else OTHERS
    subnet = "subnet-b" if mode == "adopt" else "subnet-a"  # the node's own
    neighbour = {"id": "payments", "subnets": [subnet], "securityGroups": ["sg-payments"]}
    open_to_all = {"id": "sg-payments", "rules": [{"cidr": "172.31.0.0/16", "port": 6379}]}
    clusters, groups = [*laid.get("clusters", []), neighbour], [*laid["securityGroups"], open_to_all]
    with provisioned(mode, clusters=clusters, securityGroups=groups) as account:
        node = f"{REQUESTS[mode]['cluster']['id']}-001"
        former = cache_nodes(account)[node]
        with account.snapshot.expecting():
            apply_event("change-ip", {"node": node}, account.conditions)
            apply_event("change-ip", {"node": "payments-001", "ip": former}, account.conditions)
        account.clock.sleep(15)  # until the load balancer has noticed that it answers
        yield account


@contextmanager
def _damaged(mode: str) -> Iterator[Account]:
    """Somebody removed settings by hand: a principal, a target, a listener, a rule, a policy."""
    with provisioned(mode) as account:
        owned, ec2, elbv2 = account.snapshot.owned(), boto3.client("ec2"), boto3.client("elbv2")
        for each in owned["allowedPrincipal"]:
            service, _, principal = each.partition("/")
            ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, RemoveAllowedPrincipals=[principal])
        rule = owned["securityGroupRule"][0]
        group = str(inventory()["securityGroupRule"][rule]["group"])
        ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=[rule])
        for each in owned["listener"]:
            elbv2.delete_listener(ListenerArn=str(inventory()["listener"][each]["arn"]))
        for each in owned["target"]:
            name, _, address = each.partition("/")
            arn, (ip, port) = str(inventory()["targetGroup"][name]["arn"]), address.split(":")
            elbv2.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": ip, "Port": int(port)}])
        role, _, policy = owned["rolePolicy"][0].partition("/")
        boto3.client("iam").delete_role_policy(RoleName=role, PolicyName=policy)
        yield account


@contextmanager
def _bereft(mode: str) -> Iterator[Account]:
    """Somebody deleted the endpoint service and the load balancer by hand."""
    with provisioned(mode) as account:
        for each in account.snapshot.owned()["loadBalancer"]:
            delete_load_balancer(account, each)
        yield account


def delete_load_balancer(account: Account, name: str) -> None:
    """By hand, with its endpoint service."""
    arn, found = str(inventory()["loadBalancer"][name]["arn"]), inventory()["endpointService"]
    (service,) = (each for each, facts in found.items() if facts["loadBalancers"] == [arn])
    boto3.client("ec2").delete_vpc_endpoint_service_configurations(ServiceIds=[service])
    account.clock.sleep(QUICK["endpointServiceDeletion"] + QUICK["endpointServiceListing"] + 1)
    boto3.client("elbv2").delete_load_balancer(LoadBalancerArn=arn)
    account.clock.sleep(QUICK["loadBalancerDeletion"] + 1)
    settle(account.world.region, account.conditions)


def slow_down(account: Account, **seconds: float) -> None:
    """From now on these take so long; they are called as in a world. Raises ValueError for what there is not."""
    usual = account.conditions.latency.model_dump(by_alias=True)
    account.conditions.latency = Latency.model_validate({**usual, **seconds})


def cache_nodes(account: Account) -> dict[str, str]:
    """The address of each cache node, by its cache cluster's id."""
    return {cluster.cache_cluster_id: node.address for cluster, node in State(account.world.region).nodes()}


def own_addresses(account: Account, mode: str) -> list[str]:
    """Those of the nodes that are to be connected."""
    cluster = REQUESTS[mode]["cluster"]["id"]
    return [address for node, address in cache_nodes(account).items() if node.startswith(cluster)]


@contextmanager
def _died(mode: str) -> Iterator[Account]:
    """A run was stopped that had made everything."""
    with opened(world(mode)) as account:
        account.run("provision", REQUESTS[mode], stop_at=StopAt(state="Compose hand-off", when="after"), name=DEAD)
        yield account


@contextmanager
def _surplus(mode: str) -> Iterator[Account]:
    """What was connected before was another cluster, to which somebody is connected still; then this one with another
    access policy, and with a tag. By now somebody has let everybody in.
    """
    beside = {"id": "former", "subnets": ["subnet-a"], "securityGroups": ["sg-former"]}
    clusters = [*(CLUSTER["clusters"] if mode == "adopt" else ()), beside]
    with opened(world(mode, clusters=clusters)) as account:
        account.run("provision", {**REQUESTS[mode], "cluster": {"id": "former"}})
        (offered,) = account.snapshot.owned()["allowedPrincipal"]
        service, endpoint = offered.partition("/")[0], "vpce-0bbbbbbbbbbbbbbb0"
        with account.snapshot.expecting():
            for event in ("connect", "accept"):
                apply_event(event, {"service": service, "endpoint": endpoint}, account.conditions)
        account.clock.sleep(QUICK["connection"] + 1)
        account.run("provision", {**REQUESTS[mode], "accessPolicy": "scoped", "tags": {"team": "former"}})
        for each in account.snapshot.owned()["allowedPrincipal"]:
            boto3.client("ec2").modify_vpc_endpoint_service_permissions(
                ServiceId=each.partition("/")[0], AddAllowedPrincipals=["*"]
            )
        yield account


def _blank(mode: str) -> AbstractContextManager[Account]:
    return opened(world(mode))


def _roleless(mode: str) -> AbstractContextManager[Account]:
    return opened(world(mode, roles=[]))


def _available_too_late(mode: str) -> AbstractContextManager[Account]:
    seldom = {"ClusterPollSeconds": "300"}  # an hour's looks cost more than all else that happens here
    there = {"clusters": [{**CLUSTER["clusters"][0], "status": "creating", "statusSeconds": 4500}]}
    busy = there if mode == "adopt" else {"latency": {**QUICK, "cluster": 4500}}
    return opened(world(mode, **busy), parameters=seldom)


def _never_healthy(mode: str) -> AbstractContextManager[Account]:
    return opened(world(mode, latency={**QUICK, "registration": 1_000_000}))


GROUNDS: Final[dict[str, Callable[[str], AbstractContextManager[Account]]]] = {
    "blank": _blank,
    "roleless": _roleless,
    "provisioned": provisioned,
    "moved": _moved,
    "damaged": _damaged,
    "bereft": _bereft,
    "died": _died,
    "surplus": _surplus,
    "available too late": _available_too_late,
    "never healthy": _never_healthy,
}


def ground(name: str, mode: str) -> "Holder[Account]":
    """An account in a process that lives as long as this one."""
    return _ground(name, mode, os.getpid())


@cache
def _ground(name: str, mode: str, asking: int) -> "Holder[Account]":
    """One ground for each process: a worker inherits its parent's cache, and must not use its parent's pipes."""
    warmed()
    return Holder(lambda: _prepared(name, mode))


@contextmanager
def _prepared(name: str, mode: str) -> Iterator[Account]:
    with GROUNDS[name](mode) as account:
        prepare(account)
        yield account
