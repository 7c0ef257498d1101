"""Drifts: what changes between two runs of a connection, in the account or in the request, and what is right then.

Each begins in a fork of an account in which a first run has connected a cluster for a workspace, with a role of ours.
Another team has a cluster of its own there.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from os import getpid
from typing import Any, Final

import boto3

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from sandbox.scenarios.forks import Holder
from sandbox.services.common import backend
from sandbox.services.ec2.endpoint_services import services
from sandbox.services.elbv2.state import forwards_to, timeline
from sandbox.world import World, apply_event
from tests.before_forks import prepare, warmed
from tests.faults.grounds import OTHERS, QUICK, READING, Json, cache_nodes, delete_load_balancer, opened, slow_down

CONNECTION: Final = "orders"
FIRST: Final[Json] = {"connection": CONNECTION, "workspaceId": "workspace-1", "cluster": {"id": "orders"}}
SHARDED: Final[Json] = {**FIRST, "cluster": {"id": "shards"}}
MADE: Final[Json] = {**FIRST, "cluster": {"id": "made", "create": {}}}
GREEN: Final[Json] = {"cluster": {"id": "green"}}
VERVERICA: Final = "arn:aws:iam::794031221915:root"
STRANGER: Final = "arn:aws:iam::210987654321:root"
ENDPOINT: Final = "vpce-0123456789abcdef0"
FOREIGN: Final = "172.31.0.200"
MODIFICATION: Final = 60
OWN: Final = re.compile(r"^sg-[0-9a-f]{17}$")
"""The id of a group that a run made."""
NOTICED: Final = 15
"""Seconds in which Elastic Load Balancing notices that a target answers, or does not any more."""
WORLD: Final[Json] = {
    **OTHERS,
    "latency": {**QUICK, "modification": MODIFICATION},
    "eventDeliveries": 0,
    "clusters": [
        {
            "id": "orders",
            "replicasPerShard": 1,
            "subnetGroup": "both",
            "securityGroups": ["sg-cache"],
            "nodes": {"orders-001": {"subnet": "subnet-a"}, "orders-002": {"subnet": "subnet-b"}},
        },
        {"id": "shards", "mode": "enabled", "shards": 2, "subnetGroup": "both", "securityGroups": ["sg-cache"]},
        {"id": "green", "subnets": ["subnet-a"], "securityGroups": ["sg-green"]},
        {"id": "payments", "subnets": ["subnet-b"], "securityGroups": ["sg-payments"]},
    ],
    "subnetGroups": [*OTHERS["subnetGroups"], {"name": "both", "subnets": ["subnet-a", "subnet-b"]}],
    "securityGroups": [
        *OTHERS["securityGroups"],
        {"id": "sg-payments", "rules": [{"cidr": "172.31.0.0/16", "port": 6379}]},
    ],
    "roles": [
        *OTHERS["roles"],
        {"name": "team", "trusts": {"externalId": "workspace-9"}, "policies": {"reading": READING}},
    ],
}

# ------------------------------------------------------------------ what happens between two runs

Change = Callable[[Account], None]


def event(name: str, **arguments: Any) -> Change:
    def happen(account: Account) -> None:
        with account.snapshot.expecting():
            apply_event(name, arguments, account.conditions)
        account.clock.sleep(MODIFICATION + QUICK["interfaceDeletion"] + NOTICED)

    return happen


def begun(name: str, **arguments: Any) -> Change:
    """An event that takes longer than the next run."""

    def happen(account: Account) -> None:
        usual = account.conditions.latency
        slow_down(account, modification=3600)
        with account.snapshot.expecting():
            apply_event(name, arguments, account.conditions)
        account.conditions.latency = usual

    return happen


def balancer(node: str) -> str:
    """The name of a node's load balancer."""
    tags = inventory()["tag"]
    mark = "private-connection/node"
    return next(
        each for each in inventory()["loadBalancer"] if tags.get(f"loadBalancer/{each}/{mark}") == {"value": node}
    )


def service(node: str) -> str:
    """The id of a node's endpoint service."""
    arn, found = inventory()["loadBalancer"][balancer(node)]["arn"], inventory()["endpointService"]
    return next(each for each, facts in found.items() if facts["loadBalancers"] == [arn])


def connected(node: str) -> Change:
    """A consumer's endpoint is connected to the node's service."""

    def happen(account: Account) -> None:
        for name in ("connect", "accept"):
            apply_event(name, {"service": service(node), "endpoint": ENDPOINT}, account.conditions)
        account.clock.sleep(QUICK["connection"] + 1)

    return happen


def taken(node: str) -> Change:
    """The node is scaled in, and another team's cluster has its address by now."""

    def happen(account: Account) -> None:
        former = cache_nodes(account)[node]
        event("remove-replica", node=node)(account)
        event("change-ip", node="payments-001", ip=former)(account)

    return happen


def made_anew(port: int) -> Change:
    """Somebody deletes the cluster, and makes another one of that name on another port."""

    def happen(account: Account) -> None:
        elasticache, sleep = boto3.client("elasticache"), account.clock.sleep
        with account.snapshot.expecting():
            elasticache.delete_replication_group(ReplicationGroupId="orders")
            sleep(QUICK["clusterDeletion"] + 1)
            elasticache.create_replication_group(
                ReplicationGroupId="orders",
                ReplicationGroupDescription="made anew",
                Engine="redis",
                CacheNodeType="cache.t4g.micro",
                NumCacheClusters=2,
                Port=port,
                SecurityGroupIds=["sg-cache"],
                PreferredCacheClusterAZs=["us-east-1a", "us-east-1b"],
                CacheSubnetGroupName="both",
            )
            sleep(QUICK["cluster"] + 1)

    return happen


def without_cluster(account: Account) -> None:
    """Somebody deletes the cluster that a run created."""
    boto3.client("elasticache").delete_replication_group(ReplicationGroupId="made")
    account.clock.sleep(QUICK["clusterDeletion"] + QUICK["interfaceDeletion"] + 1)


def trusted(workspace: str) -> Change:
    """Somebody lets a workspace assume the team's role."""

    def happen(account: Account) -> None:
        iam = boto3.client("iam")
        with account.snapshot.expecting():
            trust = json.dumps(iam.get_role(RoleName="team")["Role"]["AssumeRolePolicyDocument"])
            changed = trust.replace("workspace-1", workspace).replace("workspace-9", workspace)
            iam.update_assume_role_policy(RoleName="team", PolicyDocument=changed)

    return happen


def admitted(principal: str) -> Change:
    """Somebody adds a principal to the first node's service."""

    def happen(account: Account) -> None:
        boto3.client("ec2").modify_vpc_endpoint_service_permissions(
            ServiceId=service("orders-001"), AddAllowedPrincipals=[principal]
        )

    return happen


def without_service(account: Account) -> None:
    """Somebody deletes the first node's endpoint service."""
    boto3.client("ec2").delete_vpc_endpoint_service_configurations(ServiceIds=[service("orders-001")])
    account.clock.sleep(QUICK["endpointServiceDeletion"] + QUICK["endpointServiceListing"] + 1)


def without_balancer(account: Account) -> None:
    """Somebody deletes the first node's load balancer, and its endpoint service."""
    delete_load_balancer(account, balancer("orders-001"))


def with_foreign_target(account: Account) -> None:
    """Somebody registers an address of nobody's in the first node's target group."""
    group = str(inventory()["targetGroup"][balancer("orders-001")]["arn"])
    boto3.client("elbv2").register_targets(TargetGroupArn=group, Targets=[{"Id": FOREIGN, "Port": 6379}])


# ------------------------------------------------------------------ what a connection has


@dataclass(frozen=True)
class Path:
    """A load balancer of the connection's, as somebody finds it who asks where it leads and for whom."""

    name: str
    node: str
    port: str
    principals: list[str] | None
    """Those of its endpoint service; null without one."""
    targets: list[str]
    """Whose addresses are registered behind it."""

    def __str__(self) -> str:
        return f"{self.node}:{self.port}"


def paths(account: Account) -> Iterator[Path]:
    tags, owners = inventory()["tag"], {ip: node for node, ip in cache_nodes(account).items()}
    elbv2, ec2 = backend("elbv2", "us-east-1"), services("us-east-1").values()
    for each in elbv2.load_balancers.values():
        if tags.get(f"loadBalancer/{each.name}/private-connection", {}).get("value") == CONNECTION:
            groups = [arn for listener in each.listeners.values() for arn in forwards_to(listener)]
            members = [member for arn in groups for member in timeline(elbv2).targets.get(arn, {}).values()]
            on_it = [found for found in ec2 if each.arn in found.network_load_balancer_arns and not found.deleted_at]
            yield Path(
                each.name,
                str(tags[f"loadBalancer/{each.name}/private-connection/node"]["value"]),
                ",".join(str(listener.port) for listener in each.listeners.values()),
                sorted(on_it[0].principals) if on_it else None,
                [owners.get(member.address, "nobody") for member in members if member.drained_at is None],
            )


def connections() -> dict[str, dict[str, str]]:
    """The endpoints at each service that has some, and the state that each ends in."""
    found = {
        each.id: {name: one.will_be for name, one in each.connections.items() if one.will_be != "deleted"}
        for each in services("us-east-1").values()
    }
    return {each: endpoints for each, endpoints in found.items() if endpoints}


def has(account: Account) -> Json:
    """What runs made, as a table has room for it: what is offered, what else there is, and where each leads."""
    owned, found, leading = account.snapshot.owned(), inventory(), list(paths(account))
    return {
        "nodes": sorted(str(path) for path in leading if path.principals == [VERVERICA]),
        "left": sorted(str(path) for path in leading if path.principals != [VERVERICA]),
        "targets": sorted(target for path in leading for target in path.targets),
        "rules": sorted(_rule(found["securityGroupRule"][each]) for each in owned.get("securityGroupRule", [])),
        "roles": dict(_roles(owned.get("rolePolicy", []))),
        "more": _beside(owned, leading),
    }


def _rule(facts: Mapping[str, object]) -> str:
    """Its group, range and port."""
    port, cidr = re.findall(r"to_port=(\d+), cidr='([^']+)'", str(facts["permission"]))[0]
    return f"{OWN.sub('own', str(facts['group']))} {cidr}:{port}"


def _roles(policies: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Whom each role that has a policy of ours trusts, and what that allows."""
    allowing = {"documented": "elasticache:*", "scoped": "elasticache:Describe*"}
    for each in policies:
        role = each.partition("/")[0]
        trust, document = (str(facts) for facts in (inventory()["role"][role], inventory()["rolePolicy"][each]))
        trusted = [name for name in ("workspace-1", "workspace-2") if name in trust]
        allowed = [name for name, action in allowing.items() if action in document]
        yield "own" if role.startswith("private-connection-") else role, " ".join([*trusted, *allowed])


def _beside(owned: Mapping[str, list[str]], leading: Sequence[Path]) -> list[str]:
    """What is owned and is no part of a path, no rule, no policy and no role that carries one."""
    parts = dict.fromkeys(("loadBalancer", "targetGroup", "listener", "target"), len(leading))
    parts |= {
        "target": sum(len(path.targets) for path in leading),
        "securityGroupRule": len(owned.get("securityGroupRule", [])),
    }
    parts |= {"endpointService": sum(path.principals is not None for path in leading)}
    parts |= {"allowedPrincipal": sum(len(path.principals or ()) for path in leading)}
    carrying = {each.partition("/")[0] for each in owned.get("rolePolicy", [])}
    parts |= {"rolePolicy": len(owned.get("rolePolicy", [])), "role": len(carrying & {*owned.get("role", [])})}
    return sorted(
        f"{kind} {OWN.sub('own', each)}"
        for kind, found in owned.items()
        if len(found) != parts.get(kind)
        for each in found
    )


# ------------------------------------------------------------------ the table

RULE_A, RULE_B = "sg-cache 172.31.0.0/20:6379", "sg-cache 172.31.16.0/20:6379"
END: Final[Json] = {
    "nodes": ["orders-001:6379", "orders-002:6379"],
    "left": [],
    "targets": ["orders-001", "orders-002"],
    "rules": [RULE_A, RULE_B],
    "roles": {"own": "workspace-1 documented"},
    "more": [],
}
"""What the connection has after its first run."""


@dataclass(frozen=True)
class Drift:
    """What happens, what is asked for then, and what is right afterwards: what the end has other than `END`, the codes
    of the hand-off's findings, and its changes.
    """

    happens: Sequence[Change] = ()
    asked: Json = field(default_factory=dict)
    end: Json = field(default_factory=dict)
    codes: Sequence[str] = ("PRIMARY_MOVES",)
    changes: Sequence[str] = ()
    first: Json = field(default_factory=lambda: FIRST)

    @property
    def request(self) -> Json:
        return {**self.first, **self.asked}


ONE: Final[Json] = {"nodes": ["orders-001:6379"], "targets": ["orders-001"], "rules": [RULE_A]}
THREE: Final[Json] = {
    "nodes": [*END["nodes"], "orders-003:6379"],
    "targets": [*END["targets"], "orders-003"],
}
SHARDS: Final[Json] = {
    "nodes": ["shards-0001-001:6379", "shards-0002-001:6379"],
    "targets": ["shards-0001-001", "shards-0002-001"],
}
ONE_SHARD: Final[Json] = {"nodes": SHARDS["nodes"][:1], "targets": SHARDS["targets"][:1], "rules": [RULE_A]}
THREE_SHARDS: Final[Json] = {
    "nodes": [*SHARDS["nodes"], "shards-0003-001:6379"],
    "targets": [*SHARDS["targets"], "shards-0003-001"],
}
ONLY_GREEN: Final[Json] = {
    "nodes": ["green-001:6379"],
    "targets": ["green-001"],
    "rules": ["sg-green 172.31.0.0/20:6379"],
}
GREEN_BESIDE: Final[Json] = {
    "nodes": ["green-001:6379"],
    "left": ["orders-001:6379"],
    "targets": ["green-001", "orders-001"],
    "rules": [RULE_A, RULE_B, *ONLY_GREEN["rules"]],
}
OTHER_PORT: Final[Json] = {
    "nodes": ["orders-001:6380", "orders-002:6380"],
    "rules": ["sg-cache 172.31.0.0/20:6380", "sg-cache 172.31.16.0/20:6380"],
}
LEFT_CLUSTER: Final[Json] = {
    "more": ["cacheSubnetGroup private-connection-made", "replicationGroup made", "securityGroup own"]
}
GONE_TWO, GONE_ALL = ("gone orders-002",), ("new green-001", "gone orders-001", "gone orders-002")
NEW_ONE, CHANGED, CHANGED_TWO = (
    ("new orders-003",),
    ("changed orders-001",),
    ("changed orders-001", "changed orders-002"),
)
PRIMARY, REDIRECTED, IN_USE = "PRIMARY_MOVES", "REDIRECTS_TO_ADDRESSES", "SURPLUS_IN_USE"
TWO_LEAVES, TWO_DIES = event("remove-replica", node="orders-002"), event("kill-node", node="orders-002")
TWO_ANEW, JOINED = event("add-replica", cluster="orders", node="orders-002"), event("add-replica", cluster="orders")
TWO_USED, ONE_USED = connected("orders-002"), connected("orders-001")
SHARD_LEAVES = event("remove-shard", cluster="shards", shard="0002")
TEAM: Final[Json] = {"role": {"name": "team"}}
MOVED: Final[Json] = {"workspaceId": "workspace-2"}

DRIFTS: Final[dict[str, Drift]] = {
    "nothing": Drift(),
    "a node left": Drift([TWO_LEAVES], {}, ONE, (), GONE_TWO),
    "a node left, in use": Drift([TWO_USED, TWO_LEAVES], {}, {**ONE, "left": ["orders-002:6379"]}, [IN_USE], GONE_TWO),
    "a node's address taken": Drift([taken("orders-002")], {}, ONE, (), GONE_TWO),
    "a node's address taken, in use": Drift(
        [TWO_USED, taken("orders-002")], {}, {**ONE, "left": ["orders-002:6379"]}, [IN_USE], GONE_TWO
    ),
    "a node came back under its name": Drift([TWO_LEAVES, TWO_ANEW]),
    "a node left, the cluster changing": Drift(
        [TWO_LEAVES, begun("scale", cluster="orders")], {}, {"targets": ["orders-001"]}, ["SURPLUS_LATER"], GONE_TWO
    ),
    "a shard left": Drift([SHARD_LEAVES], {}, ONE_SHARD, [REDIRECTED], ["gone shards-0002-001"], SHARDED),
    "a shard left, in use": Drift(
        [connected("shards-0002-001"), SHARD_LEAVES],
        {},
        {**ONE_SHARD, "left": ["shards-0002-001:6379"]},
        [REDIRECTED, IN_USE],
        ["gone shards-0002-001"],
        SHARDED,
    ),
    "a shard more": Drift(
        [event("add-shard", cluster="shards")], {}, THREE_SHARDS, [REDIRECTED], ["new shards-0003-001"], SHARDED
    ),
    "a node more": Drift([JOINED], {}, THREE, [PRIMARY], NEW_ONE),
    "a node dead": Drift([TWO_DIES], codes=[PRIMARY, "NODE_UNHEALTHY"]),
    "a node dead, one more": Drift([TWO_DIES, JOINED], {}, THREE, [PRIMARY, "NODE_UNHEALTHY"], NEW_ONE),
    "a node moved": Drift([event("change-ip", node="orders-001")]),
    "a node in another zone": Drift(
        [event("replace-node", node="orders-001", subnet="subnet-b")], codes=[PRIMARY, "SEVERAL_ZONES"]
    ),
    "all nodes scaled": Drift([event("scale", cluster="orders")]),
    "failed over": Drift([event("fail-over", cluster="orders")]),
    "another cluster": Drift([], GREEN, ONLY_GREEN, (), GONE_ALL),
    "another cluster, in use": Drift([ONE_USED], GREEN, GREEN_BESIDE, [IN_USE], GONE_ALL),
    "another cluster, ours": Drift(
        [], GREEN, {**ONLY_GREEN, **LEFT_CLUSTER}, ["CLUSTER_LEFT"], ["new green-001", "gone made-001"], MADE
    ),
    "another cluster, ours, in use": Drift(
        [connected("made-001")],
        GREEN,
        {
            **ONLY_GREEN,
            **LEFT_CLUSTER,
            "left": ["made-001:6379"],
            "targets": ["green-001", "made-001"],
            "rules": ["own 172.31.0.0/20:6379", *ONLY_GREEN["rules"]],
        },
        [IN_USE, "CLUSTER_LEFT"],
        ["new green-001", "gone made-001"],
        MADE,
    ),
    "another cluster, ours deleted": Drift(
        [without_cluster], GREEN, ONLY_GREEN, (), ["new green-001", "gone made-001"], MADE
    ),
    "another port": Drift([made_anew(6380)], {}, OTHER_PORT, [PRIMARY], CHANGED_TWO),
    "another port, in use": Drift(
        [ONE_USED, made_anew(6380)], {}, {**OTHER_PORT, "left": ["orders-001:6379"]}, [PRIMARY, IN_USE], CHANGED_TWO
    ),
    "another workspace": Drift([], MOVED, {"roles": {"own": "workspace-2 documented"}}),
    "another workspace, in use": Drift(
        [ONE_USED],
        MOVED,
        {"roles": {"own": "workspace-2 documented"}},
        [PRIMARY, "CONNECTED_BEFORE_WORKSPACE_CHANGE"],
    ),
    "another workspace, a node dead": Drift(
        [TWO_DIES], MOVED, {"roles": {"own": "workspace-2 documented"}}, [PRIMARY, "NODE_UNHEALTHY"]
    ),
    "a named role": Drift([trusted("workspace-1")], TEAM, {"roles": {"team": "workspace-1 documented"}}),
    "a narrow policy": Drift(
        [], {"accessPolicy": "scoped"}, {"roles": {"own": "workspace-1 scoped"}}, [PRIMARY, "SCOPED_POLICY"]
    ),
    "from anywhere": Drift([], {"ingress": "anywhere"}, {"rules": ["sg-cache 0.0.0.0/0:6379"]}),
    "a stranger admitted": Drift([admitted(STRANGER)]),
    "everybody admitted, in use": Drift([ONE_USED, admitted("*")]),
    "a service deleted": Drift([without_service], changes=CHANGED),
    "a load balancer deleted": Drift([without_balancer], changes=CHANGED),
    "a foreign target": Drift([with_foreign_target]),
    "everything": Drift(
        [ONE_USED, JOINED, TWO_LEAVES, trusted("workspace-2"), admitted(STRANGER)],
        {**MOVED, **TEAM, "accessPolicy": "scoped", "ingress": "anywhere"},
        {
            "nodes": ["orders-001:6379", "orders-003:6379"],
            "targets": ["orders-001", "orders-003"],
            "rules": ["sg-cache 0.0.0.0/0:6379"],
            "roles": {"team": "workspace-2 scoped"},
        },
        [PRIMARY, "SCOPED_POLICY", "CONNECTED_BEFORE_WORKSPACE_CHANGE"],
        ["gone orders-002", "new orders-003"],
    ),
}


def right(drift: Drift) -> Json:
    """The end of a run after the drift."""
    return {**END, **drift.end, "codes": list(drift.codes), "changes": list(drift.changes), "foreign": []}


def ended(report: RunReport) -> Json:
    """The hand-off's part of an end."""
    if report.status != "SUCCEEDED":
        return {"cause": report.cause}
    told: Json = report.output
    return {
        "codes": [each["code"] for each in told["findings"]],
        "changes": [f"{each['change']} {each['node']}" for each in told["changes"]],
    }


def run(account: Account, request: Json) -> Json:
    """The end of a run."""
    report = account.run("provision", request)
    return {**has(account), **ended(report), "foreign": account.snapshot.foreign_changes()}


def happen(account: Account, changes: Sequence[Change]) -> None:
    for change in changes:
        change(account)


def drifted(first: Json) -> "Holder[Account]":
    """The account after a first run with this request, in a process that lives as long as this one."""
    return _drifted(json.dumps(first), getpid())


@cache
def _drifted(first: str, asking: int) -> "Holder[Account]":
    warmed()
    return Holder(partial(_connected, json.loads(first)))


@contextmanager
def _connected(first: Json) -> Iterator[Account]:
    with opened(World.model_validate(WORLD)) as account:
        report = account.run("provision", first)
        if report.status != "SUCCEEDED":
            raise AssertionError(report.cause)
        prepare(account)
        yield account
