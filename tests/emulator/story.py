"""The story, which both emulators play: one world, the steps in order, and the outcome of each."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.world import World
from tests.emulator.state_counts import Entry

Json = Any
EVENTS = Path("events")
SEED = 1
BROKEN = {
    "connection": "broken",
    "workspaceId": "replace-with-your-workspace-id",
    "cluster": {"id": "broken", "create": {"replicasPerShard": 1}},
}
SUBNETS = [
    {"id": f"subnet-{zone}", "cidr": f"172.31.{16 * number}.0/20", "zone": f"us-east-1{zone}"}
    for number, zone in enumerate("abc")
]
WORLD = World.model_validate(
    {
        "vpcs": [{"id": "vpc-1", "default": True, "subnets": SUBNETS}],
        "clusters": [{"id": "orders", "mode": "enabled", "shards": 2, "replicasPerShard": 0, "tls": True}],
        "failing": ["broken"],
        "latency": {
            "cluster": 600,
            "clusterDeletion": 120,
            "loadBalancer": 20,
            "loadBalancerDeletion": 5,
            "registration": 240,
            "endpointService": 2,
            "endpointServiceDeletion": 5,
            "interfaceDeletion": 5,
            "iamPropagation": 2,
        },
    }
)
"""A cluster to adopt, one that cannot be created, and latencies that are the same in both: nothing hangs on a race."""


@dataclass(frozen=True)
class Step:
    """A run to start: by an event of a sample if there is one, else by StartExecution with the input."""

    title: str
    machine: str
    input: Json
    sample: str | None = None

    @property
    def entry(self) -> dict[str, str]:
        """What PutEvents takes."""
        assert self.sample is not None
        (entry,) = json.loads((EVENTS / self.sample).read_text())
        return dict(entry)


def _by_event(title: str, machine: str, sample: str) -> Step:
    (entry,) = json.loads((EVENTS / sample).read_text())
    return Step(title, machine, json.loads(entry["Detail"]), sample)


def _by_hand(title: str, machine: str, sample: str) -> Step:
    return Step(title, machine, json.loads((EVENTS / sample).read_text()))


STEPS = (
    _by_event("an event creates", "provision", "request.json"),
    _by_hand("the same by hand changes nothing", "provision", "create.json"),
    _by_hand("an existing cluster is adopted", "provision", "adopt.json"),
    Step("what fails is rolled back", "provision", BROKEN),
    _by_event("an event tears down", "teardown", "request-teardown.json"),
    Step("the adopted cluster is let go", "teardown", {"connection": "orders"}),
)


@dataclass(frozen=True)
class Outcome:
    """What came of a step."""

    status: str
    error: str | None
    cause: str | None
    output: Json
    entries: tuple[Entry, ...]
    owned: Counter[str]
    foreign_changes: tuple[str, ...]


def numbers(owned: dict[str, list[str]]) -> Counter[str]:
    return Counter({kind: len(ids) for kind, ids in owned.items()})
