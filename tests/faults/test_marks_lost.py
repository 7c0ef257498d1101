"""What has lost one of our two marks when a later run fails stays as it is, with who is connected there.

The later run makes the second node's path anew, which the rollback removes. The mark is taken off before that run,
which is refused where the thing is in its way; or before the last step, of which it fails.
"""

import json
from dataclasses import dataclass
from typing import Any, Final

import boto3
import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.stepfunctions.interpreter import Moment
from tests.draws import drawn
from tests.faults.drifts import FIRST, balancer, connected, connections, drifted
from tests.faults.failing import LAST
from tests.faults.grounds import delete_load_balancer
from tests.faults.test_marks_withdrawn import ELSE, KEYS, MARKS, STAYING, thing, untag
from tests.faults.test_taken_back import FAILING

TIMES: Final = ("before", "meanwhile")
IN_THE_WAY: Final = ("endpointService", "loadBalancer", "targetGroup")
"""What the next run would need, and is refused."""
UNSEEN: Final = {("loadBalancer", "connection"), ("targetGroup", "connection")}
"""What no look of a rollback finds."""


@dataclass(frozen=True)
class Failed:
    error: str | None
    told: bool
    """Whether the refusal names the thing."""
    removed: int
    """How many load balancers the rollback has removed."""
    why: str
    """Why it kept the thing, up to what helps; empty where it did not see it."""
    used: bool
    """Whether somebody was connected, and is, as before."""
    changed: list[str]


def all_but(tag: str) -> dict[str, dict[str, str]]:
    """What there is, with its facts."""
    return {
        kind: {name: str(facts) for name, facts in found.items() if name != tag} for kind, found in inventory().items()
    }


def rolled_back(account: Account) -> Any:
    """The report of the rollback."""
    states, machine = boto3.client("stepfunctions"), account.template.machines["teardown"].arn
    (execution,) = states.list_executions(stateMachineArn=machine, statusFilter="SUCCEEDED")["executions"]
    return json.loads(states.describe_execution(executionArn=execution["executionArn"])["output"])


def lost(account: Account, kind: str, mark: str, time: str) -> Failed:
    """Asked in a fork."""
    connected("orders-001")(account)
    delete_load_balancer(account, balancer("orders-002"))
    key = KEYS.get(kind, ELSE)[mark]
    name, called = thing(account, kind)
    before, used = all_but(f"{kind}/{name}/{key}"), connections()

    def lose(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == (LAST if time == "meanwhile" else "Read request"):
            untag(kind, called, key)

    fault = FAILING.model_copy(update={"optional": True})
    failed = account.run("provision", FIRST, faults=[fault], listeners=[lose])
    report, after = rolled_back(account), all_but(f"{kind}/{name}/{key}")
    kept = {(each["kind"], each["name"]): each["why"].partition(":")[0] for each in report["kept"]}
    return Failed(
        failed.error,
        name in str(failed.cause).partition(" | ")[0],
        report["removed"]["counts"]["loadBalancer"],
        kept.get((kind, name), ""),
        bool(used) and connections() == used,
        [
            *account.snapshot.foreign_changes(),
            *(each for each in {*before, *after} if before.get(each) != after.get(each)),
        ],
    )


TRIALS: Final = [(kind, mark, time) for kind in STAYING for mark in MARKS for time in TIMES]


@pytest.mark.parametrize(("kind", "mark", "time"), drawn(TRIALS, "marks lost", len(TRIALS)))
def test_a_later_run_that_fails_leaves_what_has_lost_a_mark_and_who_is_connected(
    kind: str, mark: str, time: str
) -> None:
    is_refused = time == "before" and kind in IN_THE_WAY
    why = "" if (kind, mark) in UNSEEN else f"without a tag {KEYS.get(kind, ELSE)[mark]} it is not ours"
    expected = Failed("NotOurs" if is_refused else "StepTimedOut", is_refused, 1, why, True, [])
    assert drifted(FIRST).ask(lost, kind, mark, time) == expected
