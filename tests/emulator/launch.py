"""Starts ministack (1.5.33) on the sandbox's clock, corrected where it differs from AWS in what is tested here.

It runs in ministack's environment and reaches into its private names, which is why that version is pinned.

1. Lambda reports an exception by the name of its class ("Lambda function errors in Python", Lambda Developer Guide),
   and Retry and Catch go by that name. ministack calls every exception Runtime.HandlerError.
2. A history holds the states that branches and iterations enter (GetExecutionHistory). ministack leaves them out.
3. Waits and pauses between retries take no real time: they move the clock of the sandbox, whose address is in
   SANDBOX_CLOCK. So what happens does not depend on how fast this machine is. Only a wait before a look at another
   execution takes a moment of real time and moves nothing: that one's own waits do.
4. An error of a nested StartExecution is named StepFunctions.<error>Exception ("Handling errors in Step Functions
   workflows"). ministack gives the bare name.

Nothing else is touched: the states, JSONata, Retry, Catch, events and CloudFormation are its own. Its Parallel ignores
Assign, which the definitions do without.
"""

import json
import os
import re
import socket
import threading
import time
from typing import Any

from ministack.app import main
from ministack.services import lambda_svc, stepfunctions

execute = lambda_svc._execute_function_warm
run_states = stepfunctions._run_sub_machine
execute_wait = stepfunctions._execute_wait
start_nested = stepfunctions._invoke_nested_start_execution


def execute_and_name_the_error(*arguments: Any) -> Any:
    answer = execute(*arguments)
    body = answer["body"]
    if answer.get("error") and body["errorType"] == "Runtime.HandlerError":
        raised = re.search(rf"^([\w.]+): {re.escape(body['errorMessage'])}\s*\Z", answer["log"], re.MULTILINE)
        if raised:
            body["errorType"] = raised[1].rpartition(".")[2]
    return answer


class Noting(dict):  # type: ignore[type-arg]  # a dict of whatever ministack keeps
    """The states of a branch or an iteration, which ministack gets by name once for each entry."""

    def __init__(self, states: dict[str, Any], execution: dict[str, Any]) -> None:
        super().__init__(states)
        self.execution = execution

    def get(self, name: str, default: Any = None) -> Any:
        state = super().get(name, default)
        details = {"stateEnteredEventDetails": {"name": name}}
        stepfunctions._add_event(self.execution, f"{state['Type']}StateEntered", details)
        return state


def run_states_and_note(states: Any, start: str, data: Any, execution: Any, context: Any) -> Any:
    return run_states(Noting(states, execution), start, data, execution, context)


MOMENT = 0.5
here = threading.local()


def wait_and_know_for_what(state: dict[str, Any], data: Any, context: dict[str, Any]) -> Any:
    machine = stepfunctions._state_machines[context["StateMachine"]["Id"]]
    following = json.loads(machine["definition"])["States"].get(state.get("Next"), {})
    here.watching = "describeExecution" in following.get("Resource", "")
    return execute_wait(state, data, context)


def wait_on_the_sandbox_clock(seconds: float) -> None:
    if getattr(here, "watching", False):
        here.watching = False
        time.sleep(MOMENT)
        return
    host, port = os.environ["SANDBOX_CLOCK"].split(":")
    with socket.create_connection((host, int(port))) as clock:
        clock.sendall(f"{seconds}\n".encode())
        clock.recv(1)  # closed when time has passed


def start_nested_and_name_the_error(*arguments: Any) -> Any:
    try:
        return start_nested(*arguments)
    except stepfunctions._ExecutionError as error:
        raise stepfunctions._ExecutionError(f"StepFunctions.{error.error}Exception", error.cause) from error


lambda_svc._execute_function_warm = execute_and_name_the_error
stepfunctions._run_sub_machine = run_states_and_note
stepfunctions._execute_wait = wait_and_know_for_what
stepfunctions._scaled_sleep = wait_on_the_sandbox_clock
stepfunctions._invoke_nested_start_execution = start_nested_and_name_the_error

if __name__ == "__main__":
    main()
