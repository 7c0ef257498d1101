"""Connections of many nodes of which each fails alike, in the sandbox as it is. It takes minutes: `make soak` tries it.

`tests/statemachine/test_failures_fit.py` asks the same of the machines alone, with every change.
"""

from collections.abc import Iterator

import pytest

from bench.workflow import largest_payload
from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.world import World
from tests.draws import SOAKING
from tests.faults.grounds import opened
from tests.faults.observation import FOR_EVER

pytestmark = pytest.mark.skipif(not SOAKING, reason="make soak tries it")
ROOM = 250_000
ADOPT = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
QUOTAS = {"network-load-balancers": 500, "nodes-per-cluster": 500}
CLUSTER = {"id": "orders", "mode": "enabled", "shards": 75, "replicasPerShard": 1, "securityGroups": ["sg-cache"]}


@pytest.fixture
def account() -> Iterator[Account]:
    """With a cluster of 150 nodes."""
    with opened(World.model_validate({"quotas": QUOTAS, "clusters": [CLUSTER]})) as account:
        yield account


def bytes_of(account: Account) -> int:
    return largest_payload(account.runs[-1].executions.values())


def ended(report: RunReport) -> tuple[str, str | None]:
    return report.status, report.error


@pytest.mark.parametrize(
    "operation",
    [
        "elbv2:CreateLoadBalancer",
        "elbv2:CreateListener",
        "elbv2:RegisterTargets",
        "ec2:CreateVpcEndpointServiceConfiguration",
        "ec2:ModifyVpcEndpointServicePermissions",
    ],
)
def test_a_run_that_lacks_one_right_at_every_node_is_rolled_back(account: Account, operation: str) -> None:
    report = account.run("provision", ADOPT, faults=[Fault(operation=operation, error="AccessDenied", times=FOR_EVER)])
    assert ended(report) == ("FAILED", "AwsRejected")
    assert bytes_of(account) < ROOM
    assert (account.snapshot.owned(), account.snapshot.foreign_changes()) == ({}, [])


@pytest.mark.parametrize(
    "operation", ["ec2:DeleteVpcEndpointServiceConfigurations", "elbv2:DeleteLoadBalancer", "elbv2:DeleteTargetGroup"]
)
def test_a_teardown_that_lacks_one_right_reports_what_remains(account: Account, operation: str) -> None:
    assert account.run("provision", ADOPT).status == "SUCCEEDED"
    denied = Fault(operation=operation, error="UnauthorizedOperation", times=FOR_EVER)
    report = account.run("teardown", {"connection": "orders"}, faults=[denied])
    assert ended(report) == ("FAILED", "AwsRejected")
    assert "; kept nothing; remaining 150 " in str(report.cause)
    assert bytes_of(account) < ROOM
    assert account.run("teardown", {"connection": "orders"}).status == "SUCCEEDED"
    assert (account.snapshot.owned(), account.snapshot.foreign_changes()) == ({}, [])


@pytest.mark.parametrize("function", ["ensure_load_balancer", "ensure_target_group", "ensure_endpoint_service"])
def test_a_function_that_never_answers_is_rolled_back(account: Account, function: str) -> None:
    report = account.run("provision", ADOPT, faults=[Fault(function=function, error="Timeout", times=FOR_EVER)])
    assert ended(report) == ("FAILED", "StepTimedOut")
    assert report.virtual_seconds < 7_200
    assert (account.snapshot.owned(), account.snapshot.foreign_changes()) == ({}, [])


@pytest.mark.parametrize(
    ("functions", "force"),
    [
        (("stop_offering", "reject_connections"), True),  # without force it refuses, and offers again
        (("delete_load_balancer",), False),
        (("delete_endpoint_service",), False),
    ],
)
def test_a_teardown_whose_function_never_answers_reports(
    account: Account, functions: tuple[str, ...], *, force: bool
) -> None:
    assert account.run("provision", ADOPT).status == "SUCCEEDED"
    hanging = [Fault(function=function, error="Timeout", times=FOR_EVER) for function in functions]
    report = account.run("teardown", {"connection": "orders", "force": force}, faults=hanging)
    assert ended(report) == ("FAILED", "StepTimedOut")
    assert "remaining 150 " in str(report.cause)
    assert report.virtual_seconds < 14_000
