"""Whether whoever asks has the rights that these commands need: a call for each, none of which changes anything.

To start a run is a right that no call tries without starting one. So IAM is asked what it would decide, which it tells
those who may ask (IAM API reference, SimulatePrincipalPolicy); of the others the right is not tried.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from botocore.exceptions import ClientError

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import DENIED, code_of, explained, one_line

UNREAL: Final = "targetgroup/none/0123456789abcdef"
"""A target group that is not there."""
START: Final = "states:StartExecution"
FOUND: Final = "cloudformation:DescribeStacks"
"""What found the deployment, or there were none to ask."""
STARTS: Final[Mapping[str, str]] = {
    "ProvisionArn": "plan, provision, pause, resume",
    "TeardownArn": "teardown",
    "ReconcileArn": "reconcile",
}
"""What starts the machine whose ARN is an output of the stack."""
WATCHING: Final = "plan, provision, watch, pause, resume, reconcile, teardown"
"""What waits for a run."""
CALLS: Final[Mapping[str, tuple[str, str, str]]] = {
    "states:DescribeExecution": (WATCHING, "stepfunctions", "describe_execution"),
    "states:DescribeStateMachineForExecution": (WATCHING, "stepfunctions", "describe_state_machine_for_execution"),
    "states:GetExecutionHistory": (WATCHING, "stepfunctions", "get_execution_history"),
    "lambda:InvokeFunction": ("list, show, watch, sheet, check, pause, resume, reconcile", "lambda", "invoke"),
    "ec2:DescribeVpcEndpointConnections": ("check", "ec2", "describe_vpc_endpoint_connections"),
    "ec2:DescribeVpcEndpointServiceConfigurations": ("check", "ec2", "describe_vpc_endpoint_service_configurations"),
    "elasticloadbalancing:DescribeTargetGroups": ("check", "elbv2", "describe_target_groups"),
    "elasticloadbalancing:DescribeTargetHealth": ("check", "elbv2", "describe_target_health"),
}
"""What needs each right, and the call that tries it."""
Verdict = Literal["granted", "refused", "not tried"]


@dataclass(frozen=True, slots=True)
class Right:
    action: str
    commands: str
    """What needs it."""
    verdict: Verdict
    reason: str | None = None
    """AWS's words where it is refused, or why it was not tried."""


def examine(deployment: Deployment) -> list[Right]:
    """Each right with what is known of it. A call that fails in another way than a denial was allowed."""
    tried = [_examined(deployment, action, *call) for action, call in CALLS.items()]
    return [Right(FOUND, "all commands", "granted"), *_starting(deployment), *tried]


def parameters(outputs: Mapping[str, str]) -> Mapping[str, Mapping[str, Any]]:
    """Of the operations that have some: what they name may not exist, but for the function. It is of the deployment's
    own account and Region: elsewhere a denial would say nothing of the right.
    """
    execution = outputs["ProvisionArn"].replace(":stateMachine:", ":execution:") + ":none"
    partition, _, region, account = outputs["ProvisionArn"].split(":")[1:5]
    return {
        "describe_execution": {"executionArn": execution},
        "describe_state_machine_for_execution": {"executionArn": execution},
        "get_execution_history": {"executionArn": execution},
        "invoke": {"FunctionName": outputs["ListConnectionsArn"], "Payload": b"{}"},
        "describe_target_health": {
            "TargetGroupArn": f"arn:{partition}:elasticloadbalancing:{region}:{account}:{UNREAL}"
        },
    }


def _examined(deployment: Deployment, action: str, commands: str, service: str, operation: str) -> Right:
    call = getattr(deployment.client(service), operation)
    with explained():
        try:
            call(**parameters(deployment.outputs).get(operation, {}))
        except ClientError as refusal:
            if code_of(refusal) in DENIED:
                return Right(action, commands, "refused", one_line(refusal))
    return Right(action, commands, "granted")


def _starting(deployment: Deployment) -> Iterator[Right]:
    iam = deployment.client("iam")
    with explained():
        asker = _entity(iam, deployment.client("sts").get_caller_identity()["Arn"])
        for output, commands in STARTS.items():
            yield _simulated(iam, asker, deployment.outputs[output], commands)


def _simulated(iam: Any, asker: str, machine: str, commands: str) -> Right:
    """On one resource at a time: then the answer has one result, however IAM groups several."""
    try:
        asked = {"PolicySourceArn": asker, "ActionNames": [START], "ResourceArns": [machine]}
        (result,) = iam.simulate_principal_policy(**asked)["EvaluationResults"]
    except ClientError as refusal:
        why = f"that would start a run, and IAM does not say whether you may: {one_line(refusal)}"
        return Right(START, commands, "not tried", why)
    decision = result["EvalDecision"]
    if decision == "allowed":
        return Right(START, commands, "granted")
    return Right(START, commands, "refused", f"IAM would answer {decision} for {asker} on {machine}")


def _entity(iam: Any, arn: str) -> str:
    """The user or role behind an identity: the ARN of a role's session lacks the role's path."""
    if ":assumed-role/" not in arn:
        return arn
    name = arn.split("/")[1]
    try:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])
    except ClientError:
        account = arn.split(":")[4]
        return f"{arn.partition(':sts:')[0]}:iam::{account}:role/{name}"
