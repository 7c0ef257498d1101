"""What a client on the other side gets through the paths that a run has made: real commands, to real servers."""

from collections.abc import Callable
from typing import Final

import pytest

from sandbox.world import apply_event
from tests.consumer.certificates import Certificate
from tests.consumer.clusters import Cluster
from tests.consumer.other_side import Consumer, RefusedError, consumer
from tests.consumer.servers import Ground, Node
from tests.consumer.standing import REQUEST, Standing, names_of, standing, targets
from tests.consumer.uses import (
    KEYS,
    assert_not_served,
    knows_no_other_name,
    moved_behind_its_back,
    redirections,
    spread_over,
    written_and_read,
)

Tell = Callable[[str], None]
WITH_REPLICA: Final = {
    "replicasPerShard": 1,
    "nodes": {"orders-001": {"subnet": "subnet-a"}, "orders-002": {"subnet": "subnet-b"}},
}
SHARDED: Final = {"mode": "enabled", "shards": 3}
BY_ADDRESS: Final = {"parameters": {"cluster-preferred-endpoint-type": "ip"}}
UNENCRYPTED: Final = {"mode": "enabled", "shards": 2, "tls": False}
ZONE_C: Final = "use1-az2"
"""Subnet c is in it."""


@pytest.fixture(scope="module")
def sharded(ground: Ground) -> Cluster:
    """The servers of three shards, with TLS. They serve two seconds after they were started."""
    names = names_of(SHARDED, ground)
    domain = names["orders-0001-001"].partition(".")[2]
    return Cluster(ground, list(names.values()), ground.certificate(f"*.{domain}"))


@pytest.fixture(scope="module")
def plain(ground: Ground) -> Cluster:
    """The servers of two shards, without TLS."""
    return Cluster(ground, list(names_of(UNENCRYPTED, ground).values()), None)


def test_every_path_carries_commands_and_a_client_follows_the_slots_through_the_paths_alone(
    ground: Ground, sharded: Cluster, tell: Tell
) -> None:
    with standing(SHARDED, ground) as here:
        here.put_all(sharded.nodes)
        handoff = here.account.run("provision", REQUEST).output
        assert handoff["findings"] == []
        names = here.connect(handoff)
        tell(f"\na run has made {len(names)} paths, and the consumer has connected to each with the hand-off alone")
        sharded.joined()
        sharded.prefers("hostname")
        with consumer(names, ground.port, sharded.certificate) as job:
            assert [job.node(name, "PING") for name in names] == [True] * 3
            tell("PING is answered through every path, by a node whose certificate is for the name")
            assert redirections(job, names) == set(names)
            tell(f"SET and GET: who has a slot answers, who has not names a node, such as {max(names)}")
            assert spread_over(job, names) == sorted(names)
            tell(f"a client of the cluster has set and got {len(KEYS)} keys, on every shard")
            moved_behind_its_back(job, sharded, next(iter(names)))
            tell("a slot has moved behind its back: it has followed, and found the key with its value")
            replaced_with_its_slots(here, job, sharded, names)
            tell("a node has been replaced by one at another address: after one sweep the same client is there too")
            assert job.refused == []
            assert not job.loaded & {"private_connection", "sandbox", "moto", "boto3"}
            knows_no_other_name(job, handoff["endpoints"][0]["endpoint"])
            tell("it has tried no other address, and finds no name that the map does not have")


def test_a_node_that_dies_and_comes_back_in_another_zone_serves_again_after_one_sweep(
    ground: Ground, tell: Tell
) -> None:
    with standing(WITH_REPLICA, ground) as here:
        primary, replica = here.names.values()
        secured = ground.certificate(primary, replica)
        servers = [ground.start(secured, {})]
        servers.append(ground.start(secured, {"replicaof": servers[0].inner}))
        here.put_all(servers)
        names = here.connect(here.account.run("provision", REQUEST).output)
        with consumer(names, ground.port, secured) as job:
            assert written_and_read(job, primary, replica) == 1
            tell("\nwhat is written by the path to the primary is read by that to the replica")
            dies(here, job, servers[-1], replica)
            assert job.node(primary, "PING"), "the other path carries what it did"
            tell("the replica has died: its target alone is unhealthy, the other path carries on")
            servers.append(ground.start(secured, {"replicaof": servers[0].inner}))
            comes_back(here, servers[-1], "orders-002", "subnet-c")
            assert_not_served(job, replica)
            assert here.account.run("reconcile", {}).status == "SUCCEEDED"
            assert written_and_read(job, primary, replica) == 2
            tell("it is back in another zone: after one sweep the same client reads from it, by the same endpoint")
            assert job.refused == []


def test_a_cluster_that_a_run_creates_is_used_under_the_name_in_its_hand_off(ground: Ground, tell: Tell) -> None:
    """Its server is started when the load balancer first asks whether it answers, and the run goes on when it does."""
    secured: list[Certificate] = []

    def starts(name: str) -> Node:
        secured.append(ground.certificate(name))
        return ground.start(secured[-1], {})

    with standing(None, ground, starts=starts) as here:
        create = {"id": "orders", "create": {"port": ground.port}}
        handoff = here.account.run("provision", REQUEST | {"cluster": create}).output
        (name,) = names = here.connect(handoff)
        with consumer(names, ground.port, *secured) as job:
            assert job.node(name, "SET", "a", "created")
            assert job.node(name, "GET", "a") == "created"
    tell("\na cluster that a run has created answers too")


@pytest.mark.parametrize("how", ["without TLS", "with a parameter that prefers addresses"])
def test_a_client_is_sent_to_addresses_that_it_does_not_reach_as_the_finding_says(
    ground: Ground, sharded: Cluster, plain: Cluster, tell: Tell, how: str
) -> None:
    """The consumer is in one zone, and the load balancers in all."""
    servers, cluster = (plain, UNENCRYPTED) if how == "without TLS" else (sharded, SHARDED | BY_ADDRESS)
    with standing(cluster, ground, {"consumerZones": [ZONE_C]}) as here:
        here.put_all(servers.nodes)
        handoff = here.account.run("provision", REQUEST | {"zones": "all"}).output
        assert [each["code"] for each in handoff["findings"]] == ["REDIRECTS_TO_ADDRESSES"]
        names = here.connect(handoff)
        servers.joined()
        servers.prefers("ip")
        with consumer(names, ground.port, servers.certificate) as job:
            assert [job.node(name, "PING") for name in names] == [True] * len(names)
            addresses = {node.address for node in servers.nodes}
            assert redirections(job, names) == addresses
            with pytest.raises(RefusedError):
                job.cluster(next(iter(names)), ("SET", "a", 1))
            assert job.refused
            assert {*job.refused} <= {f"the address {each}" for each in addresses}
            tell(f"\n{how} clients are sent to addresses, and reach none: REDIRECTS_TO_ADDRESSES said so")


def replaced_with_its_slots(here: Standing, job: Consumer, cluster: Cluster, names: dict[str, str]) -> None:
    """The client of the cluster finds the node again, by a name that leads where it did."""
    node, name = list(here.names.items())[-1]
    comes_back(here, cluster.replace(cluster.nodes[-1]), node)
    assert_not_served(job, name)
    assert here.account.run("reconcile", {}).status == "SUCCEEDED"
    cluster.joined()
    assert job.node(name, "DBSIZE") == 0
    assert spread_over(job, names) == sorted(names)
    assert job.node(name, "DBSIZE") > 0


def dies(here: Standing, job: Consumer, server: Node, name: str) -> None:
    """The server is killed: its target alone is unhealthy, and its path carries nothing."""
    gone = here.address(name)
    server.kill()
    assert_not_served(job, name)
    here.account.advance(60)
    assert {address for address, state in targets().items() if state == "unhealthy"} == {gone}


def comes_back(here: Standing, server: Node, node: str, subnet: str | None = None) -> None:
    """ElastiCache replaces the node by one at another address, in this subnet or in its own."""
    name = here.names[node]
    former = here.address(name)
    apply_event("replace-node", {"node": node, "subnet": subnet}, here.account.conditions)
    here.put(server, name)
    assert here.address(name) != former
