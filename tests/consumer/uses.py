"""What a client does with the paths, and what it has to see."""

from typing import Final

import pytest

from tests.consumer.clusters import Cluster
from tests.consumer.other_side import Consumer, RefusedError

KEYS: Final = [f"key-{count}" for count in range(20)]


def written_and_read(job: Consumer, primary: str, replica: str) -> int:
    """Counts by the path to the primary, and returns what the path to the replica then has."""
    job.node(primary, "INCR", "count")
    job.node(primary, "WAIT", 1, 20_000)
    return int(job.node(replica, "GET", "count"))


def redirections(job: Consumer, names: dict[str, str]) -> set[str | None]:
    """Where a client that does not follow is told to go, by whatever node it asks."""
    told: set[str | None] = set()
    for name in names:
        for key in KEYS:
            where = _set_and_got(job, name, key)
            told |= {where} - {None}
    return told


def _set_and_got(job: Consumer, name: str, key: str) -> str | None:
    """None if the node has the key, else the host that it names."""
    try:
        job.node(name, "SET", key, name)
    except RefusedError as refused:
        if refused.error != "MovedError":
            raise
        return refused.message.split()[-1].rpartition(":")[0]
    assert job.node(name, "GET", key) == name
    return None


def spread_over(job: Consumer, names: dict[str, str]) -> list[str]:
    """The nodes that a cluster client knows, when every key has come back as it was set."""
    first = next(iter(names))
    job.cluster(first, *(("SET", key, f"of {key}") for key in KEYS))
    assert job.cluster(first, *(("GET", key) for key in KEYS)) == [f"of {key}" for key in KEYS]
    return job.members


def moved_behind_its_back(job: Consumer, cluster: Cluster, first: str) -> None:
    """A slot is moved to another node, of which the client learns when it asks the former one."""
    slot = int(cluster.nodes[0].ask("CLUSTER", "KEYSLOT", KEYS[0]))
    source = cluster.having(slot)
    target = next(each for each in cluster.nodes if each is not source)
    cluster.move(slot, source, target)
    before, _, after = job.cluster(first, ("GET", KEYS[0]), ("SET", KEYS[0], "moved"), ("GET", KEYS[0]))
    assert (before, after) == (f"of {KEYS[0]}", "moved")
    assert target.ask("GET", KEYS[0]) == "moved"


def knows_no_other_name(job: Consumer, name: str) -> None:
    """The cluster's own name is in AWS's DNS, and not in the map."""
    configuration = "clustercfg." + name.partition(".")[2]
    with pytest.raises(RefusedError, match="the map has no name"):
        job.node(configuration, "PING")
    assert job.refused == [f"the name {configuration}"]


def assert_not_served(job: Consumer, name: str) -> None:
    with pytest.raises(RefusedError, match=r"^(Connection|Timeout)Error"):
        job.node(name, "PING")
