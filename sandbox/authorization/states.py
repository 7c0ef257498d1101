"""Step Functions: a request needs its action on the state machine, or on the execution, that it names.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Step Functions".
"""

from collections.abc import Iterator, Mapping
from typing import Final

from sandbox.authorization.request import Need, Request, Rule

ON_EXECUTION: Final = (
    "DescribeExecution",
    "DescribeStateMachineForExecution",
    "GetExecutionHistory",
    "RedriveExecution",
    "StopExecution",
)
ON_MACHINE: Final = ("DescribeStateMachine", "ListExecutions", "StartExecution", "StartSyncExecution")


def _on(parameter: str) -> Rule:
    def rule(request: Request) -> Iterator[Need]:
        yield request.need(str(request.parameters[parameter]))

    return rule


RULES: Final[Mapping[str, Rule]] = {
    **dict.fromkeys(ON_EXECUTION, _on("executionArn")),
    **dict.fromkeys(ON_MACHINE, _on("stateMachineArn")),
}
