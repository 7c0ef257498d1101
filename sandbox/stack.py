"""The deployed template as clients find it: its stack with the outputs, and its functions by name.

Sources: CloudFormation API reference, DescribeStacks and the data type Stack; Lambda API reference, Invoke (the headers
of the answer, status 202 for an invocation type of Event).
"""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from botocore.exceptions import ClientError
from moto.awslambda.responses import LambdaResponse
from moto.cloudformation.responses import CloudFormationResponse
from moto.core.responses import ActionResult

from sandbox.account import Account
from sandbox.deployment.resolver import ACCOUNT
from sandbox.services.common import Answer, Refused
from sandbox.stepfunctions.interpreter import Invocation
from sandbox.stepfunctions.patching import Seam

ID: Final = "00000000-0000-0000-0000-000000000000"

HttpAnswer = tuple[int, dict[str, str], bytes]


def seams(account: Account) -> list[Seam]:
    """What answers for the stack of an open account."""
    description = _description(account)
    return [
        Seam(CloudFormationResponse, "describe_stacks", lambda this: _describe(this, description)),
        Seam(LambdaResponse, "invoke", lambda this: _invoke(this, account)),
    ]


def _description(account: Account) -> dict[str, Any]:
    """The stack as CloudFormation describes it."""
    template, region = account.template, account.world.region
    return {
        "StackId": f"arn:aws:cloudformation:{region}:{ACCOUNT}:stack/{template.stack}/{ID}",
        "StackName": template.stack,
        "CreationTime": datetime.fromtimestamp(account.clock.now(), UTC),
        "StackStatus": "CREATE_COMPLETE",
        "Capabilities": ["CAPABILITY_IAM"],
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in template.parameters.items()],
        "Outputs": [
            {"OutputKey": key, "OutputValue": value, "Description": text} for key, value, text in template.outputs
        ],
        "Tags": [],
    }


def _describe(response: Any, description: dict[str, Any]) -> ActionResult:
    wanted = response._get_param("StackName")
    if wanted not in (None, description["StackName"], description["StackId"]):
        raise Refused("ValidationError", f"Stack with id {wanted} does not exist")
    return Answer({"Stacks": [description]})


def _invoke(response: Any, account: Account) -> HttpAnswer:
    name = unquote(response.path.rsplit("/", 2)[-2])
    try:
        invocation = account.functions.find(name)
    except ClientError as unknown:
        refusal = unknown.response["Error"]
        body = json.dumps({"Type": "User", "Message": refusal["Message"]}).encode()
        return 404, {"status": "404", "x-amzn-errortype": refusal["Code"], "content-type": "application/json"}, body
    payload = response.body if isinstance(response.body, bytes) else response.body.encode()
    asked = payload or b"{}"
    if response.headers.get("X-Amz-Invocation-Type") == "Event":
        account.clock.start(partial(_carried_out, invocation, asked))
        return 202, {"status": "202"}, b""
    answer = invocation(asked, lambda: None)
    headers = {"content-type": "application/json", "x-amz-executed-version": answer["ExecutedVersion"]}
    if "FunctionError" in answer:
        headers["x-amz-function-error"] = answer["FunctionError"]
    return 200, headers, answer["Payload"].read()


def _carried_out(invocation: Invocation, asked: bytes) -> None:
    invocation(asked, lambda: None)
