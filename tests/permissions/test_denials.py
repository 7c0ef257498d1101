"""Denials that no policy can spare: a thing that is gone has no tags, so deleting it once more may be denied.

A condition on the tags of a resource cannot tell one that is not there from one that is not ours. When a deletion took
effect and its answer was lost, the client asks again.
"""

import io
from itertools import chain

from sandbox.account import Account
from sandbox.faults import Fault
from sandbox.gateway import Call
from sandbox.world import World

QUICK = {
    "cluster": 60,
    "clusterDeletion": 10,
    "loadBalancer": 20,
    "loadBalancerDeletion": 5,
    "registration": 20,
    "endpointService": 1,
    "endpointServiceDeletion": 5,
    "iamPropagation": 1,
    "interfaceDeletion": 5,
}
CREATE = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}
REMOVE = {"connection": "redis-demo", "deleteCluster": True, "finalSnapshot": False}
TAGGED = (
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteVpcEndpointServiceConfigurations",
    "elasticache:DeleteCacheSubnetGroup",
    "elasticache:DeleteReplicationGroup",
    "elbv2:DeleteLoadBalancer",
    "elbv2:DeleteTargetGroup",
    "iam:DeleteRole",
)
"""Deletions that are granted on what carries our tags."""
DENIED = ("UnauthorizedOperation", "AccessDenied")
FOR_EVER = 1_000


def open_account() -> Account:
    return Account(World.model_validate({"latency": QUICK}), seed=1, logs=io.StringIO())


def lost_and_then_denied(operation: str) -> list[Fault]:
    denied = "UnauthorizedOperation" if operation.startswith("ec2:") else "AccessDenied"
    return [
        Fault(operation=operation, error="InternalError", applied=True),
        Fault(operation=operation, error=denied, times=FOR_EVER, optional=True),
    ]


def test_deletions_whose_answers_were_lost_and_which_are_then_denied_are_done() -> None:
    denied: set[str] = set()

    def listen(call: Call) -> None:
        if call.error in DENIED:
            denied.add(f"{call.service}:{call.operation}")

    with open_account() as account:
        account.gateway.listeners.append(listen)
        assert account.run("provision", CREATE).status == "SUCCEEDED"
        report = account.run("teardown", REMOVE, faults=[*chain.from_iterable(map(lost_and_then_denied, TAGGED))])
        assert (report.status, report.error, report.cause) == ("SUCCEEDED", None, None)
        assert account.snapshot.owned() == {}
    assert denied == set(TAGGED), "the account denies it by itself where the tags went with the thing"


def test_a_rollback_that_is_refused_is_told_with_what_it_was_for() -> None:
    faults = [
        Fault(operation="elbv2:CreateLoadBalancer", error="AccessDenied"),
        Fault(function="read_teardown", error="Timeout", times=FOR_EVER),
    ]
    with open_account() as account:
        report = account.run("provision", CREATE, faults=faults)
    assert report.error == "RollbackIncomplete"
    assert report.cause is not None
    assert "StepTimedOut" in report.cause
    assert "creating load balancer" in report.cause
    assert "{" not in report.cause, "it has the description of the nested execution"


def test_a_refusal_that_cannot_be_explained_is_told_as_it_came() -> None:
    with open_account() as account:
        faults = [Fault(function="explain_failure", error="Timeout", times=FOR_EVER)]
        report = account.run("teardown", {"connection": "-"}, faults=faults)
    assert report.error == "StepTimedOut"
    assert report.cause is not None
    assert "InvalidRequest" in report.cause
