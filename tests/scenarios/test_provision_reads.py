"""Validate request makes each read once: no operation is called twice with the same parameters.

Each input stands beside the number of reads that its validation makes; what the states before it call does not count.
"""

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.gateway import Call
from sandbox.runs import StopAt
from sandbox.stepfunctions.interpreter import Moment
from sandbox.world import World
from tests.deployments import extending

OURS: Final = {
    "description": "private-connection orders created by provision-7",
    "tags": {"private-connection": "orders", "private-connection/created-by": "provision-7"},
    "tls": True,
    "atRest": True,
}
SUBNETS: Final = [
    {"id": "subnet-a", "cidr": "172.31.0.0/20", "zone": "us-east-1a"},
    {"id": "subnet-b", "cidr": "172.31.16.0/20", "zone": "us-east-1b"},
]
WORLD: Final = World.model_validate(
    {
        "eventDeliveries": 0,
        "vpcs": [{"id": "vpc-1", "default": True, "subnets": SUBNETS}],
        "securityGroups": [{"id": "sg-cache", "vpc": "vpc-1"}],
        "subnetGroups": [
            {"name": "private-connection-ours", "subnets": ["subnet-a", "subnet-b"]},
            {"name": "private-connection-ours-enabled", "subnets": ["subnet-a"]},
            {"name": "caches", "subnets": ["subnet-a", "subnet-b"]},
        ],
        "clusters": [
            {"id": "ours", **OURS, "replicasPerShard": 1, "subnetGroup": "private-connection-ours"},
            {"id": "ours-alone", **OURS, "subnetGroup": "caches"},
            {"id": "ours-named", **OURS, "replicasPerShard": 1, "subnetGroup": "caches"},
            {
                "id": "ours-enabled",
                **OURS,
                "mode": "enabled",
                "shards": 2,
                "subnetGroup": "private-connection-ours-enabled",
            },
            {"id": "theirs", "replicasPerShard": 1, "subnetGroup": "caches"},
            {"id": "theirs-enabled", "mode": "enabled", "shards": 2, "tls": True, "subnetGroup": "caches"},
            {"id": "alone", "mode": "standalone", "subnetGroup": "caches"},
            {"id": "serverless", "mode": "serverless"},
        ],
        "roles": [{"name": "trusting", "trusts": {"externalId": "ws-1"}}],
        "policies": [{"name": "bound"}],
    }
)
BOUND: Final = {"role": {"permissionsBoundary": "arn:aws:iam::123456789012:policy/bound"}}
NAMED_ROLE: Final = {"role": {"name": "trusting"}}


def asking(cluster_id: str, create: Mapping[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """A request. The run after one that keeps what it made has nothing of it to remove, though that was stopped."""
    cluster = {"id": cluster_id, "create": create}
    return {"connection": "orders", "workspaceId": "ws-1", "cluster": cluster, "onFailure": "keep", **others}


INPUTS: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "create": (14, asking("orders", {})),
    "create for a workspace without a role": (12, asking("orders", {}, workspaceId="ws-2")),
    "create with a boundary": (16, asking("orders", {}, **BOUND)),
    "create in a subnet group": (14, asking("orders", {"subnetGroup": "caches"})),
    "create in subnets": (16, asking("orders", {"subnetIds": ["subnet-a"], "securityGroupIds": ["sg-cache"]})),
    "create with cluster mode": (15, asking("orders", {"clusterMode": "enabled", "shards": 2, "engineVersion": "7.1"})),
    "create again": (17, asking("ours", {"replicasPerShard": 1})),
    "create again in some of its subnets": (18, asking("ours", {"replicasPerShard": 1, "subnetIds": ["subnet-a"]})),
    "create again in all of its subnets": (17, asking("ours", {"subnetIds": ["subnet-a", "subnet-b"]})),
    "create again in a subnet group, one node": (16, asking("ours-alone", {"subnetGroup": "caches"})),
    "create again in a subnet group": (16, asking("ours-named", {"replicasPerShard": 1, "subnetGroup": "caches"})),
    "create again with cluster mode": (18, asking("ours-enabled", {"clusterMode": "enabled", "shards": 2})),
    "adopt": (15, asking("theirs")),
    "adopt with a named role": (14, asking("theirs", **NAMED_ROLE)),
    "adopt with cluster mode": (15, asking("theirs-enabled")),
    "adopt a standalone cluster": (15, asking("alone")),
}
REFUSED: Final[dict[str, tuple[int, dict[str, Any]]]] = {
    "adopt what is not there": (7, asking("nothing")),
    "adopt a node": (6, asking("theirs-001")),
    "adopt a serverless cache": (7, asking("serverless")),
    "create what is somebody's": (9, asking("theirs", {})),
}
VALIDATION: Final = "Validate request"
AFTER: Final = StopAt(state=VALIDATION, when="after")


class Reader:
    """Validates requests one after the other in one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.calls: list[Call] = []
        self.state = ""
        account.gateway.listeners.append(self._listen)

    def read(self, document: dict[str, Any], stop_at: StopAt | None) -> Counter[str]:
        """How often each read was made, by operation and parameters."""
        self.calls.clear()
        self.account.run("provision", document, stop_at=stop_at, listeners=[self._follow])
        return Counter(f"{call.operation} {json.dumps(call.parameters, sort_keys=True)}" for call in self.calls)

    def _follow(self, moment: Moment) -> None:
        if moment.kind == "entered":
            self.state = moment.state

    def _listen(self, call: Call) -> None:
        if self.state == VALIDATION:
            self.calls.append(call)


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Account(WORLD, parameters=extending("trusting"), logs=io.StringIO()) as account:
        yield Reader(account)


@pytest.mark.parametrize("name", INPUTS)
def test_no_read_of_a_validation_is_made_twice(reader: Reader, name: str) -> None:
    number, document = INPUTS[name]
    reads = reader.read(document, AFTER)
    assert {read: count for read, count in reads.items() if count > 1} == {}
    assert len(reads) == number


@pytest.mark.parametrize("name", REFUSED)
def test_no_read_of_a_refused_request_is_made_twice(reader: Reader, name: str) -> None:
    number, document = REFUSED[name]
    reads = reader.read(document, None)
    assert {read: count for read, count in reads.items() if count > 1} == {}
    assert len(reads) == number
