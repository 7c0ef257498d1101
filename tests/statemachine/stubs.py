"""The deployed machines with functions that answer at once: a connection of many nodes, in as long as its states take.

Each answer is as large as the real one's may be: the longest names, a Region with a long name, ARNs in full.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from unittest import mock

from bench.workflow import largest_payload
from sandbox.account import Account
from sandbox.conditions import Latency
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.world import World

NODES: Final = 150
"""What a connection may have at most."""
MAKERS: Final = 50
"""Runs that a teardown may be confined to."""
FOR_EVER: Final = 1_000_000
FORESEEN, PREPARED, UNPREPARED = (NODES, True), (0, True), (0, False)
"""How many nodes are foreseen, and whether the nodes are prepared once they are resolved."""
REGION: Final = "ap-southeast-2"
CONNECTION: Final = "connection-with-a-name-so-long-x"
EXECUTION: Final = "an-execution-with-a-name-of-eighty-characters-which-is-as-long-as-one-may-be-xyz"
DENIAL: Final = (
    "doing something (pc-connection-wit-001-0a1b2c3d): You are not authorized to perform this operation. User: "
    "arn:aws:sts::123456789012:assumed-role/private-connection-Function/private-connection-Function is not authorized "
    f"to perform it. Encoded authorization failure message: {'Ab3-_' * 200} [UnauthorizedOperation]"
)
"""As EC2 words a denial: the message that can be decoded has about a thousand characters."""
DEAD: Final = f"arn:aws:states:{REGION}:123456789012:execution:Provision"
MAKER: Final = f"{EXECUTION[:71]}-0a1b2c3d"
"""As long as a maker may be."""
SUBNETS: Final = [f"subnet-0a1b2c3d4e5f6071{number}" for number in range(6)]
"""Those of a load balancer in as many zones as the largest Region has."""
ZONES: Final = {f"{REGION}{zone}": subnet for zone, subnet in zip("abcdef", SUBNETS, strict=True)}
Json = dict[str, Any]
Stub = Callable[[Any, Any], object]


@dataclass(frozen=True)
class Ended:
    """How a machine ended, its nested one included."""

    report: RunReport
    bytes: int
    """Of the largest input, argument, result, output or Assign of any state."""
    invocations: Mapping[str, int]
    """Of each function, by its step."""


def arn(kind: str, number: int) -> str:
    name = f"pc-connection-wit-{number:04}-0a1b2c3d"
    return f"arn:aws:elasticloadbalancing:{REGION}:123456789012:{kind}/{name}/50dc6c495c0c9188"


def place(number: int) -> Json:
    return {
        "node": f"{'cluster-with-a-name-of-forty-characters':.40}-{number:04}-001",
        "port": 6379,
        "vpcId": "vpc-0a1b2c3d4e5f60718",
        "availabilityZone": f"{REGION}a",
        "subnetId": "subnet-0a1b2c3d4e5f60718",
    }


def resolved(number: int, prepared: bool) -> Json:
    place_of = place(number)
    return place_of | {
        "shard": f"{number:04}",
        "role": "primary",
        "endpoint": f"{place_of['node']}.{'cluster-with-a-name-of-forty-characters'}.a1b2c3.apse2.cache.amazonaws.com",
        "availabilityZoneId": "apse2-az3",
        "ipAddress": "172.31.100.100",
        "targetGroupArn": arn("targetgroup", number) if prepared else None,
        "loadBalancerArn": arn("loadbalancer/net", number) if prepared else None,
        "loadBalancerSubnets": SUBNETS if prepared else None,
        "spread": True if prepared else None,
        "touched": prepared,
    }


REQUEST: Final[Json] = {
    "connection": CONNECTION,
    "workspaceId": "w" * 1224,
    "role": {"name": None, "permissionsBoundary": None},
    "accessPolicy": "documented",
    "ingress": "subnets",
    "zones": "all",
    "tags": {f"{number:02}{'k' * 125}": "v" * 256 for number in range(40)},
}
"""What of the request the functions hand on as it is."""


WANTED: Final[Json] = {
    "clusterId": "cluster-with-a-name-of-forty-characters-x",
    "kind": "replicationGroup",
    "nodes": [place(number)["node"] for number in range(NODES)],
    "paths": [arn("", number).split("/")[1] for number in range(NODES)],
    "rules": ["sgr-0a1b2c3d4e5f60718"] * 5,
    "roleName": "r" * 64,
    "workspaceId": "w" * 1224,
    "accessPolicy": "documented",
    "strangers": [],
    "tags": [f"{number:02}{'k' * 125}" for number in range(40)],
}
"""What the largest connection asks for."""


def claimed(**changes: object) -> Json:
    nothing = {
        "registered": False,
        "finish": [],
        "finishAfter": None,
        "findings": [],
        "former": {"workspaceId": None, "tags": []},
    }
    return nothing | changes


def recorded() -> Json:
    """The hand-off of as many nodes as a connection may have, each under another name than before."""
    service = f"com.amazonaws.vpce.{REGION}.vpce-svc-0a1b2c3d4e5f60718"
    nodes = [resolved(number, prepared=False) for number in range(NODES)]
    shown = ("node", "shard", "role", "endpoint", "port", "availabilityZone", "availabilityZoneId", "ipAddress")
    endpoints = [{key: node[key] for key in shown} for node in nodes]
    return {
        "connection": CONNECTION,
        "status": "READY",
        "workspaceId": "w" * 1224,
        "roleArn": "arn:aws:iam::123456789012:role/private-connection/x",
        "clusterId": "cluster",
        "engine": "redis",
        "transitEncryption": True,
        "region": REGION,
        "findings": [],
        "changes": [
            {"node": each["node"], "change": "changed", "serviceName": service, "formerServiceName": service}
            for each in nodes
        ],
        "endpoints": [
            {**each, "serviceName": service, "serviceId": "vpce-svc-0a1b2c3d4e5f60718"} for each in endpoints
        ],
    }


def answers(foreseen: int, prepared: bool) -> dict[str, object]:
    """What each function of provision answers, by its step, where it succeeds."""
    return {
        "read_request": {
            "request": {**REQUEST, "cluster": {"id": "cluster", "create": None}, "acknowledge": []},
            "onFailure": "rollback",
            "repair": None,
            "plan": False,
        },
        "claim_connection": claimed(),
        "validate_request": {
            **REQUEST,
            "cluster": {"id": "cluster", "kind": "replicationGroup", "creation": None},
            "findings": [],
            "foreseenNodes": [place(number) for number in range(foreseen)],
            "zoneSubnets": ZONES,
        },
        "ensure_cluster": {"foreseenNodes": [place(number) for number in range(foreseen)], "tagged": False},
        "check_cluster": {"ready": True, "status": "available"},
        "open_security_group": {
            "securityGroupId": "sg-0a1b2c3d4e5f60718",
            "admitted": SUBNETS,
            "ruleIds": ["sgr-0a1b2c3d4e5f60718"] * 5,
            "findings": [],
        },
        "look_for_surplus": {"wanted": WANTED, "found": False, "retiring": [], "stale": [], "findings": []},
        "ensure_access_role": {"roleArn": "arn:aws:iam::123456789012:role/private-connection/x", "findings": []},
        "ensure_load_balancer": {
            "loadBalancerArn": arn("loadbalancer/net", 0),
            "loadBalancerSubnets": SUBNETS,
            "spread": True,
            "changed": False,
        },
        "ensure_target_group": {"targetGroupArn": arn("targetgroup", 0), "forwarding": [], "changed": False},
        "ensure_listener": {"listenerArn": arn("listener/net", 0), "changed": False},
        "resolve_nodes": {
            "cluster": {"id": "cluster", "engine": "redis", "transitEncryption": True},
            "nodes": [resolved(number, prepared) for number in range(NODES)],
            "zoneSubnets": ZONES,
        },
        "register_target": {"changed": False, "stale": ["172.31.100.101:6379"], "retired": 0},
        "check_target_health": {"ready": True, "pending": [], "inactive": [], "reason": None, "findings": []},
        "ensure_endpoint_service": {
            "serviceId": "vpce-svc-0a1b2c3d4e5f60718",
            "serviceName": f"com.amazonaws.vpce.{REGION}.vpce-svc-0a1b2c3d4e5f60718",
            "available": True,
            "offered": False,
        },
        "retire_targets": {"retired": 1},
        "allow_principal": {"principal": "arn:aws:iam::794031221915:root", "strangers": False},
        "record_connection": recorded(),
        "release_connection": {},
        "find_owned": {
            **{key: [] for key in ("seen", "left", "kept", "failed", "unseen")},
            **{key: [] for key in ("removable", "clusters", "clusterUsers")},
            "quiet": 2,
            "stuck": 0,
        },
    }


def finishing() -> dict[str, object]:
    """What the functions answer that claim a connection, where as many runs died on it as one teardown may remove."""
    makers = [MAKER, *(f"{EXECUTION[:71]}-{number:08x}" for number in range(1, MAKERS))]
    found = claimed(registered=True, finish=makers, finishAfter="2026-01-01T00:01:30Z")
    return {
        "read_dead_run": {"connection": CONNECTION, "execution": f"{DEAD}:{EXECUTION}"},
        "claim_dead_run": {**found, "found": "dead run"},
        "claim_connection": found,
        "release_connection": {},
    }


def refusing(after: int = 0, message: str = DENIAL, answer: object = None) -> Stub:
    """A function that AWS refuses its call, after ``after`` times at which it does not."""
    left = iter(range(after))

    def stub(event: object, context: object) -> object:
        if next(left, None) is None:
            raise importlib.import_module("private_connection.errors").AwsRejected(message)
        return answer

    return stub


def answering(answer: object) -> Stub:
    return lambda event, context: answer


@contextmanager
def stubbed(stubs: Mapping[str, object], task: float = 0.15, **parameters: str) -> Iterator[Account]:
    """The account with these functions replaced: each by a callable, or by what it answers.

    ``task`` is the seconds until a function has begun, ``parameters`` are those of the deployment.
    """
    world = World(region=REGION, latency=Latency(task=task), event_deliveries=0)  # a stub knows no other run
    with Account(world, seed=1, parameters=parameters) as account:
        for step, stub in stubs.items():
            account.functions.replace(step, stub if callable(stub) else answering(stub))
        yield account


def run(account: Account, machine: str, given: Json, hanging: tuple[str, ...] = ()) -> Ended:
    """Run a machine to its end; the functions of these steps never answer in time."""
    before = account.functions.invocations.copy()
    faults = [Fault(function=step, error="Timeout", times=FOR_EVER) for step in hanging]
    report = account.run(machine, given, name=EXECUTION, faults=faults)
    made = account.functions.invocations - before
    steps = {function.name: function.step for function in account.template.functions.values()}
    return Ended(
        report,
        largest_payload(account.runs[-1].executions.values()),
        {steps[name]: count for name, count in made.items()},
    )


def things(*kinds: str) -> list[Json]:
    """What a connection of many nodes is made of: a thing of these kinds for each node, and what there is one of."""
    balancers = "loadBalancer" in kinds
    per_node = {
        "endpointService": lambda number: f"vpce-svc-0a1b2c3d4e5f6{number:04}",
        "loadBalancer": lambda number: arn("loadbalancer/net", number),
        "targetGroup": lambda number: arn("targetgroup", number),
    }
    many = [
        {
            "kind": kind,
            "id": per_node[kind](number),
            "name": f"pc-connection-wit-{number:04}-0a1b2c3d",
            "created_by": MAKER,
            "within": f"pc-connection-wit-{number:04}-0a1b2c3d" if balancers and kind != "loadBalancer" else None,
        }
        for kind in kinds
        for number in range(NODES)
    ]
    alone = [
        {"kind": kind, "id": f"{kind}-1", "name": f"private-connection-{kind}", "created_by": MAKER}
        for kind in ("securityGroupRule", "replicationGroup", "cacheSubnetGroup", "securityGroup")
    ]
    return [*many, *alone]


@contextmanager
def holding(
    left: list[Json], stubs: Mapping[str, object], task: float = 0.15, connections: Sequence[Any] = ()
) -> Iterator[Account]:
    """The account with a connection that has these things, and these endpoints at them. Each thing goes when the
    function that removes it answers.
    """
    with stubbed({}, task, TeardownLimitSeconds="7200" if task < 1 else "900") as account:
        inventory = importlib.import_module("private_connection.inventory")
        looks = importlib.import_module("private_connection.teardown.looks")
        there = {each["id"]: inventory.Thing(**each) for each in left}

        def remove(event: Json, context: object) -> Json:
            for each in event.values():
                there.pop(each, None)
            return {}

        def look(search: object) -> object:
            return inventory.Inventory(list(there.values()), [], [], [], [], connections)

        deleting = {
            f"delete_{kind}": remove
            for kind in ("endpoint_service", "load_balancer", "target_group", "replication_group", "security_group")
        }
        others: dict[str, object] = {step: {} for step in ("check_connections", "stop_offering", "reject_connections")}
        more = {"close_security_group": remove, "delete_subnet_group": remove, "check_offer": {"offered": True}}
        for step, stub in {**deleting, **others, **more, **stubs}.items():
            account.functions.replace(step, stub if callable(stub) else answering(stub))
        with mock.patch.object(looks, "find_inventory", look):
            yield account
