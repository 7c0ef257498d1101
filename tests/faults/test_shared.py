"""Two connections that share a workspace's role, or a cluster and its rules: either may go first. So may two nodes."""

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.runs import RunReport
from tests.faults.grounds import ADOPT, CREATE, Json, delete_load_balancer
from tests.faults.observation import LATE, serving

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


@pytest.mark.parametrize(("gone", "stays"), ORDERS)
def test_two_connections_of_one_workspace(blank: Account, gone: str, stays: str) -> None:
    """Each with a cluster of its own, made by its run."""
    for connection in ("first", "second"):
        run(blank, "provision", request(CREATE, connection, f"cluster-of-{connection}"))
    assert len(blank.snapshot.owned()["role"]) == 1, "one role for the workspace"
    before = serving(blank, stays)
    run(blank, "teardown", {"connection": gone, "deleteCluster": True, "finalSnapshot": False})
    assert (len(before), serving(blank, stays)) == (1, before)
    assert (policies(gone), len(policies(stays))) == ([], 1)
    assert len(blank.snapshot.owned()["role"]) == 1
    assert not [each for each in blank.snapshot.owned().get("tag", []) if each.endswith(gone)]
    run(blank, "teardown", {"connection": stays, "deleteCluster": True, "finalSnapshot": False})
    assert (blank.snapshot.owned(), blank.snapshot.foreign_changes()) == ({}, [])


@pytest.mark.parametrize(("gone", "stays"), ORDERS)
def test_two_connections_on_one_adopted_cluster(adopting: Account, gone: str, stays: str) -> None:
    for connection in ("first", "second"):
        run(adopting, "provision", request(ADOPT, connection))
    before, rules = serving(adopting, stays), adopting.snapshot.owned()["securityGroupRule"]
    report = run(adopting, "teardown", {"connection": gone, "deleteCluster": True}).output
    assert (len(before), serving(adopting, stays)) == (1, before)
    assert (policies(gone), len(policies(stays))) == ([], 1)
    assert adopting.snapshot.owned()["securityGroupRule"] == rules, "the rules serve both"
    kept = {each["name"]: each["why"] for each in report["kept"]}
    assert kept == {
        **dict.fromkeys(rules, f"used by connections {stays}"),
        "orders": "adopted: this connection did not create it",
    }
    assert "securityGroupRule" not in report["removed"]["counts"]
    run(adopting, "teardown", {"connection": stays})
    assert (adopting.snapshot.owned(), adopting.snapshot.foreign_changes()) == ({}, [])


def test_a_cluster_that_another_connection_uses_is_not_deleted(blank: Account) -> None:
    run(blank, "provision", CREATE)
    run(blank, "provision", request(ADOPT, "second", "redis-demo"))
    before, reached = inventory(), serving(blank, "second")
    refused = blank.run("teardown", {"connection": "redis-demo", "deleteCluster": True, "finalSnapshot": False})
    assert (refused.status, refused.error) == ("FAILED", "ClusterInUse")
    assert "second" in (refused.cause or "")
    assert inventory() == before
    run(blank, "teardown", {"connection": "redis-demo"})
    assert (len(reached), serving(blank, "second")) == (1, reached)
    run(blank, "teardown", {"connection": "second"})
    run(blank, "teardown", {"connection": "redis-demo", "deleteCluster": True, "finalSnapshot": False})
    assert (blank.snapshot.owned(), blank.snapshot.foreign_changes()) == ({}, [])


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
