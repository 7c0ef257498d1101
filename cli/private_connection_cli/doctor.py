"""Whether whoever asks has the rights that these commands need: a call for each, none of which changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import DENIED, code_of, explained

UNREAL: Final = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0123456789abcdef"


CALLS: Final[Mapping[str, tuple[str, str, str]]] = {
    "states:DescribeExecution": ("watch", "stepfunctions", "describe_execution"),
    "states:DescribeStateMachineForExecution": ("watch", "stepfunctions", "describe_state_machine_for_execution"),
    "states:GetExecutionHistory": ("watch", "stepfunctions", "get_execution_history"),
    "lambda:InvokeFunction": ("list, show, sheet, check", "lambda", "invoke"),
    "ec2:DescribeVpcEndpointConnections": ("check", "ec2", "describe_vpc_endpoint_connections"),
    "ec2:DescribeVpcEndpointServiceConfigurations": ("check", "ec2", "describe_vpc_endpoint_service_configurations"),
    "elasticloadbalancing:DescribeTargetGroups": ("check", "elbv2", "describe_target_groups"),
    "elasticloadbalancing:DescribeTargetHealth": ("check", "elbv2", "describe_target_health"),
}
"""What needs each right, and the call that tries it."""


@dataclass(frozen=True, slots=True)
class Right:
    action: str
    commands: str
    """What needs it."""
    granted: bool
    refusal: str | None = None


def examine(deployment: Deployment) -> list[Right]:
    """Each right with whether it is granted. A call that fails in another way than a denial was allowed."""
    return [_examined(deployment, action, *call) for action, call in CALLS.items()]


def _parameters(deployment: Deployment) -> Mapping[str, Mapping[str, Any]]:
    """Of the operations that have some: what they name may not exist, but for the function."""
    execution = deployment.outputs["ProvisionArn"].replace(":stateMachine:", ":execution:") + ":none"
    return {
        "describe_execution": {"executionArn": execution},
        "describe_state_machine_for_execution": {"executionArn": execution},
        "get_execution_history": {"executionArn": execution},
        "invoke": {"FunctionName": deployment.outputs["ListConnectionsArn"], "Payload": b"{}"},
        "describe_target_health": {"TargetGroupArn": UNREAL},
    }


def _examined(deployment: Deployment, action: str, commands: str, service: str, operation: str) -> Right:
    call = getattr(deployment.client(service), operation)
    with explained():
        try:
            call(**_parameters(deployment).get(operation, {}))
        except ClientError as refusal:
            if code_of(refusal) in DENIED:
                return Right(action, commands, granted=False, refusal=" ".join(str(refusal).split()))
    return Right(action, commands, granted=True)
