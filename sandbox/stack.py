"""The deployed template as clients find it: its stack with outputs and resources, and its functions by name.

Sources: CloudFormation API reference, DescribeStacks and ListStackResources with the data types Stack and
StackResourceSummary; Lambda API reference, Invoke (the headers of the answer, status 202 for an invocation type of
Event).
"""

import json
from collections.abc import Iterator, Sequence
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
from sandbox.deployment.stack_resources import stack_resources
from sandbox.services.common import Answer, Refused, page
from sandbox.stepfunctions.interpreter import Invocation
from sandbox.stepfunctions.patching import Seam

ID: Final = "00000000-0000-0000-0000-000000000000"
PAGE: Final = 100
"""Resources to an answer of ListStackResources, which CloudFormation does not document: it says 1 MB at most."""

HttpAnswer = tuple[int, dict[str, str], bytes]


def seams(account: Account) -> list[Seam]:
    """What answers for the stack of an open account."""
    description = _description(account)
    resources = list(_summaries(account, description["CreationTime"]))
    return [
        Seam(CloudFormationResponse, "describe_stacks", lambda this: _describe(this, description)),
        Seam(CloudFormationResponse, "list_stack_resources", lambda this: _list(this, description, resources)),
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


def _summaries(account: Account, created: datetime) -> Iterator[dict[str, Any]]:
    for each in stack_resources(account.template):
        yield {
            "LogicalResourceId": each.logical_id,
            "PhysicalResourceId": each.physical_id,
            "ResourceType": each.kind,
            "LastUpdatedTimestamp": created,
            "ResourceStatus": "CREATE_COMPLETE",
            "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
        }


def _describe(response: Any, description: dict[str, Any]) -> ActionResult:
    if response._get_param("StackName") is not None:
        _require(response, description)
    return Answer({"Stacks": [description]})


def _list(response: Any, description: dict[str, Any], resources: Sequence[dict[str, Any]]) -> ActionResult:
    _require(response, description)
    shown, following = page(resources, PAGE, response._get_param("NextToken"))
    return Answer({"StackResourceSummaries": shown, "NextToken": following})


def _require(response: Any, description: dict[str, Any]) -> None:
    wanted = response._get_param("StackName")
    if wanted not in (description["StackName"], description["StackId"]):
        raise Refused("ValidationError", f"Stack with id {wanted} does not exist")


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
