"""What whoever deploys and removes the stack may do: for each type of resource in the rendered template, and besides.

The policy is short enough for a managed one: 6,144 characters without blanks (IAM user guide, "IAM and AWS STS
quotas"), which is why some names are cut.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tools.permissions.rights_by_type import OF_TYPE, STACK, Rights, rights_on

ASKED_BY_SAM: Final = ("CompanionStack", "WebFunctionCode")
"""How stacks end after which `sam delete` asks, and which it takes a denial for a failure of (SAM CLI 1.170,
`commands/delete/delete_context.py`, `lib/bootstrap`)."""
BESIDES: Final[Mapping[str, Sequence[Rights]]] = {
    "the stack": (
        rights_on(
            "cloudformation",
            "CreateChangeSet CreateStack DeleteChangeSet DeleteStack DescribeChangeSet DescribeStack* "
            "ExecuteChangeSet GetTemplate ListStackResources TagResource "
            "UntagResource UpdateStack",
            f"arn:aws:cloudformation:*:*:stack/{STACK}/*",
            "arn:aws:cloudformation:*:*:stack/aws-sam-cli-managed-default/*",
        ),
        rights_on(
            "cloudformation",
            "DescribeStacks",
            *(f"arn:aws:cloudformation:*:*:stack/{STACK}-*-{each}/*" for each in ASKED_BY_SAM),
        ),
        rights_on("cloudformation", "GetTemplateSummary ValidateTemplate", "*"),
        rights_on("cloudformation", "CreateChangeSet", "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31"),
    ),
    "the bucket of packages, which SAM makes": (
        rights_on(
            "s3",
            "CreateBucket DeleteObject GetBucket* GetEncryptionConfiguration GetObject ListBucket PutBucketPolicy "
            "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutObject",
            "arn:aws:s3:::aws-sam-cli-managed-default-*",
            "arn:aws:s3:::aws-sam-cli-managed-default-*/*",
        ),
    ),
    "`make deploy` and `make destroy`, which look whether a run is going on": (
        rights_on("states", "ListExecutions", "arn:aws:states:*:*:stateMachine:*"),
    ),
    "`make destroy`, which looks whether a connection is left": (
        rights_on("dynamodb", "Scan", f"arn:aws:dynamodb:*:*:table/{STACK}-*"),
    ),
}


def rights(types: Sequence[str]) -> Iterator[tuple[str, Rights]]:
    """What each of these types takes, and what a deployment takes besides. Raises LookupError naming types that have no
    entry, and entries that have no type.
    """
    if set(types) != OF_TYPE.keys():
        raise LookupError(f"the template and OF_TYPE differ in {', '.join(sorted(set(types) ^ OF_TYPE.keys()))}")
    for what in (BESIDES, OF_TYPE):
        yield from ((name, each) for name in what for each in what[name])


def policy(found: Sequence[Rights]) -> dict[str, Any]:
    """A statement for the actions of a service that have the same resources."""
    alike: dict[tuple[str, tuple[str, ...], tuple[str, ...]], set[str]] = {}
    for each in found:
        alike.setdefault((each.service, each.on, each.passed_to), set()).update(each.actions)
    return {"Version": "2012-10-17", "Statement": [_statement(*key, actions) for key, actions in alike.items()]}


def _statement(service: str, on: Sequence[str], passed_to: Sequence[str], actions: set[str]) -> dict[str, Any]:
    condition = {"StringEquals": {"iam:PassedToService": list(passed_to)}}
    named = [f"{service}:{each}" for each in sorted(actions)]
    return {
        "Effect": "Allow",
        "Action": named[0] if len(named) == 1 else named,
        "Resource": on[0] if len(on) == 1 else list(on),
        **({"Condition": condition} if passed_to else {}),
    }
