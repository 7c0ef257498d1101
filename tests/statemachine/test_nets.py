"""The nets of the definitions hold where Step Functions itself raises an error, inside a Map or a Parallel.

A Choice has no Catch: what breaks in it leaves the branch, and the Catch around the branch is all that is left.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName

from sandbox.account import Account
from sandbox.conditions import Latency
from sandbox.runs import RunReport
from sandbox.stepfunctions.interpreter import Moment
from sandbox.stepfunctions.patching import Seam, patched
from sandbox.world import World

WITHOUT_THE_RULE = Seam(CustomErrorName, "__init__", CustomErrorName.__init__)
"""As moto has it: an error that begins with `States.` loses its name when it leaves a branch."""
REQUEST = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}


Answer = dict[str, Any]
WORLD = World(event_deliveries=0, latency=Latency(cluster=60, cluster_deletion=10, load_balancer_deletion=5))
"""Things that are soon there and soon gone, so that their end is not waited for again and again."""
WITHOUT_READY = {"status": "available"}
TOO_LARGE = {"status": "x" * 270_000, "ready": True}


@contextmanager
def answering(answer: Answer) -> Iterator[Account]:
    """An account whose check_cluster answers so."""
    with Account(WORLD, seed=1, logs=io.StringIO()) as opened:
        (deployed,) = (each for each in opened.functions._deployed.values() if each.function.step == "check_cluster")
        deployed.handler = lambda event, context: answer
        yield opened


def entered(account: Account) -> tuple[RunReport, list[str]]:
    moments: list[Moment] = []
    run = account.run("provision", REQUEST, listeners=[moments.append])
    return run, [each.state for each in moments if each.kind == "entered"]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (WITHOUT_READY, "'$cluster.ready' specified for the field 'Choices[0]/Condition' returned nothing"),
        (TOO_LARGE, "The state/task 'lambda' returned a result with a size exceeding"),
    ],
    ids=["an expression that breaks in a branch", "a result that is too large"],
)
def test_it_is_explained_and_rolled_back(answer: Answer, cause: str) -> None:
    with answering(answer) as account:
        run, states = entered(account)
        assert {"Explain failure", "Roll back"} <= set(states)
        assert states[-1] == "Provisioning failed"
        assert run.error == "StepTimedOut"
        assert cause in str(run.cause)
        assert account.snapshot.owned() == {}


def test_the_run_dies_and_leaves_all_where_an_error_loses_its_name() -> None:
    with answering(WITHOUT_READY) as account, patched([WITHOUT_THE_RULE]):
        run, states = entered(account)
        assert (run.status, run.error) == ("FAILED", "States.Runtime")
        assert not {"Explain failure", "Roll back"} & set(states)
        assert {"loadBalancer", "replicationGroup", "role"} <= account.snapshot.owned().keys()
