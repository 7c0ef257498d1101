"""What an organization denies is told before a cluster is bought, where AWS can be asked; else the run ends clean."""

import io
from typing import Any, Final

import pytest

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.world import World

QUICK: Final = {"cluster": 60, "clusterDeletion": 10, "interfaceDeletion": 5, "iamPropagation": 1, "loadBalancer": 20}
CREATE: Final[dict[str, Any]] = {
    "connection": "orders",
    "workspaceId": "ws-1",
    "cluster": {"id": "orders", "create": {}},
}
BOUGHT: Final = "elasticache:CreateReplicationGroup"
ASKED: Final = {"ec2:CreateSecurityGroup": 1, "ec2:CreateVpcEndpointServiceConfiguration": 1}


def provision(*denied: str, unless: str = "cost-centre", faults: tuple[Fault, ...] = ()) -> RunReport:
    """A run in an organization that denies calls, but to who gives a tag that no run gives."""
    condition = {"Null": {f"aws:RequestTag/{unless}": "true"}}
    statement = {"Effect": "Deny", "Action": list(denied), "Resource": "*", "Condition": condition}
    policies = [{"Version": "2012-10-17", "Statement": [statement]}] if denied else []
    world = World.model_validate({"latency": QUICK, "serviceControlPolicies": policies})
    with Account(world, seed=1, logs=io.StringIO()) as account:
        report = account.run("provision", CREATE, faults=faults)
        assert (report.status == "SUCCEEDED") == bool(account.snapshot.owned())
    return report


@pytest.mark.parametrize("denied", ["ec2:CreateSecurityGroup", "ec2:CreateVpcEndpointServiceConfiguration"])
def test_a_denial_that_a_dry_run_shows_ends_the_run_before_anything_is_made(denied: str) -> None:
    report = provision(denied)
    assert report.error == "InvalidRequest"
    assert f"found {denied}, which the run needs and EC2 denies" in str(report.cause)
    assert "with an explicit deny in a service control policy; expected" in str(report.cause)
    assert BOUGHT not in report.api_calls
    assert report.virtual_seconds < 60


@pytest.mark.parametrize(("source", "error"), [("10.0.0.0/8", "InvalidRequest"), ("172.31.0.0/16", None)])
def test_a_rule_that_may_not_be_added_ends_the_run_unless_none_is_needed(source: str, error: str | None) -> None:
    denied = {"Effect": "Deny", "Action": "ec2:AuthorizeSecurityGroupIngress", "Resource": "*"}
    world = {
        "latency": QUICK,
        "serviceControlPolicies": [{"Version": "2012-10-17", "Statement": [denied]}],
        "securityGroups": [{"id": "sg-cache", "rules": [{"port": 6379, "cidr": source}]}],
    }
    create = {**CREATE, "cluster": {"id": "orders", "create": {"securityGroupIds": ["sg-cache"]}}}
    with Account(World.model_validate(world), seed=1, logs=io.StringIO()) as account:
        report = account.run("provision", create)
    assert report.error == error, report.cause
    assert (BOUGHT in report.api_calls) == (error is None)


def test_a_fault_that_denies_is_seen_by_the_dry_run_and_any_other_is_not() -> None:
    service = "ec2:CreateVpcEndpointServiceConfiguration"
    assert provision(faults=(Fault(operation=service, error="UnauthorizedOperation"),)).error == "InvalidRequest"
    report = provision(faults=(Fault(operation=service, error="VpcEndpointLimitExceeded"),))
    assert report.error == "QuotaExceeded"


def test_what_has_no_dry_run_ends_late_and_clean() -> None:
    report = provision("elasticloadbalancing:CreateLoadBalancer")
    assert (report.error, BOUGHT in report.api_calls) == ("AwsRejected", True)
    assert "elasticloadbalancing:CreateLoadBalancer" in str(report.cause)
    assert "with an explicit deny in a service control policy" in str(report.cause)


def test_ec2_is_asked_once_and_only_before_a_cluster_is_bought() -> None:
    with Account(World.model_validate({"latency": QUICK}), seed=1, logs=io.StringIO()) as account:
        for _ in range(2):
            assert account.run("provision", CREATE).status == "SUCCEEDED"
            assert account.gateway.dry_runs == ASKED
