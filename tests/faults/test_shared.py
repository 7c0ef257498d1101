"""Two connections that share a workspace's role, or a cluster and its rules: either may go first. So may two nodes."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from sandbox.scenarios.forks import Holder
from tests.before_forks import prepare, warmed
from tests.faults.grounds import ADOPT, CREATE, Json, delete_load_balancer, opened, world
from tests.faults.observation import LATE, serving
from tests.inside import Inside

ORDERS = [("first", "second"), ("second", "first")]


def request(base: Json, connection: str, cluster: str | None = None) -> Json:
    own = {"cluster": {**base["cluster"], "id": cluster}} if cluster else {}
    return {**base, "connection": connection, **own}


def policies(connection: str) -> list[str]:
    return [name for name in inventory().get("rolePolicy", {}) if name.endswith(f"-{connection}")]


def run(account: Account, machine: str, given: Json) -> RunReport:
    report = account.run(machine, given)
    assert (report.status, report.cause) == ("SUCCEEDED", None)
    return report


@contextmanager
def both(mode: str, requests: Sequence[Json]) -> Iterator[Account]:
    with opened(world(mode)) as account:
        prepare(account)
        for each in requests:
            run(account, "provision", each)
        yield account


def held(mode: str, requests: Sequence[Json]) -> Iterator[Inside]:
    warmed()
    holder = Holder(partial(both, mode, requests))
    yield Inside(holder)
    holder.close()


@pytest.fixture(scope="module")
def apart() -> Iterator[Inside]:
    """An account with two connections of one workspace, each with a cluster of its own, made by its run."""
    yield from held("create", [request(CREATE, each, f"cluster-of-{each}") for each in ORDERS[0]])


@pytest.fixture(scope="module")
def together() -> Iterator[Inside]:
    """An account with two connections on one cluster, which was there."""
    yield from held("adopt", [request(ADOPT, each) for each in ORDERS[0]])


@pytest.mark.parametrize(("gone", "stays"), ORDERS)
def test_two_connections_of_one_workspace(apart: Account, gone: str, stays: str) -> None:
    assert len(apart.snapshot.owned()["role"]) == 1, "one role for the workspace"
    before = serving(apart, stays)
    run(apart, "teardown", {"connection": gone, "deleteCluster": True, "finalSnapshot": False})
    assert (len(before), serving(apart, stays)) == (1, before)
    assert (policies(gone), len(policies(stays))) == ([], 1)
    assert len(apart.snapshot.owned()["role"]) == 1
    assert not [each for each in apart.snapshot.owned().get("tag", []) if each.endswith(gone)]
    run(apart, "teardown", {"connection": stays, "deleteCluster": True, "finalSnapshot": False})
    assert (apart.snapshot.owned(), apart.snapshot.foreign_changes()) == ({}, [])


@pytest.mark.parametrize(("gone", "stays"), ORDERS)
def test_two_connections_on_one_adopted_cluster(together: Account, gone: str, stays: str) -> None:
    before, rules = serving(together, stays), together.snapshot.owned()["securityGroupRule"]
    report = run(together, "teardown", {"connection": gone, "deleteCluster": True}).output
    assert (len(before), serving(together, stays)) == (1, before)
    assert (policies(gone), len(policies(stays))) == ([], 1)
    assert together.snapshot.owned()["securityGroupRule"] == rules, "the rules serve both"
    kept = {each["name"]: each["why"] for each in report["kept"]}
    assert kept == {
        **dict.fromkeys(rules, f"used by connections {stays}"),
        "orders": "adopted: this connection did not create it",
    }
    assert "securityGroupRule" not in report["removed"]["counts"]
    run(together, "teardown", {"connection": stays})
    assert (together.snapshot.owned(), together.snapshot.foreign_changes()) == ({}, [])


def test_a_cluster_that_another_connection_uses_is_not_deleted(ready: Account) -> None:
    run(ready, "provision", request(ADOPT, "second", "redis-demo"))
    before, reached = inventory(), serving(ready, "second")
    refused = ready.run("teardown", {"connection": "redis-demo", "deleteCluster": True, "finalSnapshot": False})
    assert (refused.status, refused.error) == ("FAILED", "ClusterInUse")
    assert "second" in (refused.cause or "")
    assert inventory() == before
    run(ready, "teardown", {"connection": "redis-demo"})
    assert (len(reached), serving(ready, "second")) == (1, reached)
    run(ready, "teardown", {"connection": "second"})
    run(ready, "teardown", {"connection": "redis-demo", "deleteCluster": True, "finalSnapshot": False})
    assert (ready.snapshot.owned(), ready.snapshot.foreign_changes()) == ({}, [])


def test_a_rollback_leaves_another_connection_of_the_workspace_alone(adopting: Account) -> None:
    run(adopting, "provision", request(ADOPT, "first"))
    before = inventory()
    failed = adopting.run("provision", request(ADOPT, "second"), faults=[LATE])
    assert (failed.status, failed.error) == ("FAILED", "AwsRejected")
    assert inventory() == before


def test_a_later_run_that_fails_takes_back_what_it_made_for_one_node_and_leaves_the_other(blank: Account) -> None:
    request = {**CREATE, "cluster": {"id": "redis-demo", "create": {"replicasPerShard": 1}}}
    run(blank, "provision", request)
    second = next(each for each in blank.snapshot.owned()["loadBalancer"] if "-002-" in each)
    delete_load_balancer(blank, second)
    before, reached = inventory(), serving(blank, "redis-demo")
    failed = blank.run("provision", request, faults=[LATE])
    assert (failed.status, failed.error) == ("FAILED", "AwsRejected")
    assert "removed 1 endpoint service (vpce-svc-" in (failed.cause or "")
    assert f"1 load balancer ({second})" in (failed.cause or "")
    assert inventory() == before
    assert (len(reached), serving(blank, "redis-demo")) == (1, reached)
    run(blank, "provision", request)
    assert len(serving(blank, "redis-demo")) == 2
