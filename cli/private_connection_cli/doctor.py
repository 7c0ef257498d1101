"""Whether whoever asks has the rights that these commands need: a call for each, none of which changes anything."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import DENIED, code_of, explained

UNREAL: Final = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0123456789abcdef"


@dataclass(frozen=True, slots=True)
class Right:
    action: str
    commands: str
    """What needs it."""
    granted: bool
    refusal: str | None = None


def examine(deployment: Deployment) -> list[Right]:
    """Each right with whether it is granted. A call that fails in another way than a denial was allowed."""
    return [_examined(action, commands, call) for action, (commands, call) in _calls(deployment).items()]


def _calls(deployment: Deployment) -> Mapping[str, tuple[str, Callable[[], Any]]]:
    outputs, client = deployment.outputs, deployment.client
    states, ec2, elbv2, lambdas = client("stepfunctions"), client("ec2"), client("elbv2"), client("lambda")
    machine = outputs["ProvisionArn"]
    execution = machine.replace(":stateMachine:", ":execution:") + ":none"
    return {
        "states:DescribeExecution": ("watch", lambda: states.describe_execution(executionArn=execution)),
        "states:DescribeStateMachineForExecution": (
            "watch",
            lambda: states.describe_state_machine_for_execution(executionArn=execution),
        ),
        "states:GetExecutionHistory": ("watch", lambda: states.get_execution_history(executionArn=execution)),
        "lambda:InvokeFunction": (
            "list, show, sheet, check",
            lambda: lambdas.invoke(FunctionName=outputs["ListConnectionsArn"], Payload=b"{}"),
        ),
        "ec2:DescribeVpcEndpointConnections": ("check", lambda: ec2.describe_vpc_endpoint_connections()),
        "ec2:DescribeVpcEndpointServiceConfigurations": (
            "check",
            lambda: ec2.describe_vpc_endpoint_service_configurations(),
        ),
        "elasticloadbalancing:DescribeTargetGroups": ("check", lambda: elbv2.describe_target_groups(PageSize=1)),
        "elasticloadbalancing:DescribeTargetHealth": (
            "check",
            lambda: elbv2.describe_target_health(TargetGroupArn=UNREAL),
        ),
    }


def _examined(action: str, commands: str, call: Callable[[], Any]) -> Right:
    with explained():
        try:
            call()
        except ClientError as refusal:
            if code_of(refusal) in DENIED:
                return Right(action, commands, granted=False, refusal=" ".join(str(refusal).split()))
    return Right(action, commands, granted=True)
