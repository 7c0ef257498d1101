"""A run that fails in a state of one's choice: whatever function that calls times out, until the run is rolled back."""

import json
from functools import cache
from typing import Final

from sandbox.account import TEMPLATE, Account
from sandbox.deployment.template import Template
from sandbox.faults import Fault
from sandbox.stepfunctions.definitions import scopes
from sandbox.stepfunctions.interpreter import Moment
from tests.faults.observation import FOR_EVER, ROLL_BACK

LAST: Final = "Compose hand-off"
"""The last state before a run is recorded as READY."""
AFTER_READY: Final = ("Surplus?", "Withdraw surplus", "Release connection")
FINISHING: Final = "Finish dead run"
LOOK: Final = "find_owned"
"""Without this function a rollback removes nothing."""


@cache
def steps(machine: str) -> dict[str, str]:
    """The function that each state of a definition calls, by the state."""
    template = Template(TEMPLATE, "us-east-1")
    definition = template.machines[machine].definition
    names = {function.arn: function.step for function in template.functions.values()}
    return {
        name: names[state["Arguments"]["FunctionName"]]
        for scope in scopes(json.loads(definition))
        for name, state in scope["States"].items()
        if state["Type"] == "Task" and "FunctionName" in state["Arguments"]
    }


def failing_states() -> list[str]:
    """The states in which a run fails if their function does; the rollback's failure is one of them."""
    return [*(each for each in steps("provision") if each not in AFTER_READY), ROLL_BACK]


class Failing:
    """A listener. The run fails in the state.

    Where that is `Roll back`, it fails of its last step, and then removes nothing; where it is `Finish dead run`, it
    removes nothing of the run that died.
    """

    def __init__(self, account: Account, state: str) -> None:
        self.account, self.state, self.met, self.done = account, state, False, False

    def __call__(self, moment: Moment) -> None:
        if moment.kind != "entered" or self.done:
            return
        if moment.state == ROLL_BACK:
            self.account.gateway.arm([_timeout(LOOK)] if self.state == ROLL_BACK else [])
            self.done = True
        elif moment.state == (LAST if self.state == ROLL_BACK else self.state) and not self.met:
            self.account.gateway.arm([_timeout(steps("provision").get(moment.state, LOOK))])
            self.met = True


def _timeout(function: str) -> Fault:
    return Fault(function=function, error="Timeout", times=FOR_EVER, optional=True)
