"""What whoever deploys and removes the stack may do: for each type of resource in the rendered template, and besides.

CloudFormation makes, reads, changes and removes each resource with the rights of who deploys. Which calls that takes is
written down from the Service Authorization Reference and from the handlers' permissions in the schemas of the resource
types; nobody has tried it in an account of AWS.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

STACK: Final = "ververica-private-connection"
OURS: Final = "ververica-private-*"
"""How what CloudFormation names in the stack begins: long names are cut."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Actions of a service on some resources."""

    service: str
    actions: tuple[str, ...]
    on: tuple[str, ...]
    passed_to: tuple[str, ...] = ()
    """For iam:PassRole: the services that may get the role."""


def _rights(service: str, actions: str, *on: str, passed_to: tuple[str, ...] = ()) -> Rights:
    return Rights(service, tuple(actions.split()), on, passed_to)


ROLE: Final = f"arn:aws:iam::*:role/{OURS}"
QUEUE: Final = f"arn:aws:sqs:*:*:{OURS}"
TOPIC: Final = f"arn:aws:sns:*:*:{OURS}"
LAYER: Final = "arn:aws:lambda:*:*:layer:PrivateConnectionLayer*"
LOGS: Final = tuple(f"arn:aws:logs:*:*:log-group:/aws/{each}/{STACK}*" for each in ("lambda", "vendedlogs/states"))
SERVICES: Final = tuple(f"{each}.amazonaws.com" for each in ("lambda", "states", "events", "pipes", "scheduler"))
OF_TYPE: Final[Mapping[str, Sequence[Rights]]] = {
    "AWS::CloudWatch::Alarm": (
        _rights(
            "cloudwatch",
            "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource",
            "arn:aws:cloudwatch:*:*:alarm:*",
        ),
    ),
    "AWS::CloudWatch::Dashboard": (
        _rights("cloudwatch", "DeleteDashboards GetDashboard PutDashboard", f"arn:aws:cloudwatch::*:dashboard/{OURS}"),
    ),
    "AWS::DynamoDB::Table": (
        _rights(
            "dynamodb",
            "CreateTable DeleteTable DescribeContinuousBackups DescribeTable ListTagsOfResource TagResource "
            "UntagResource UpdateContinuousBackups UpdateTable",
            f"arn:aws:dynamodb:*:*:table/{STACK}-*",
        ),
    ),
    "AWS::Events::Rule": (
        _rights(
            "events",
            "DeleteRule DescribeRule ListTargetsByRule PutRule PutTargets RemoveTargets TagResource UntagResource",
            f"arn:aws:events:*:*:rule/{OURS}",
            f"arn:aws:events:*:*:rule/*/{OURS}",
        ),
    ),
    "AWS::IAM::ManagedPolicy": (
        _rights(
            "iam",
            "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy GetPolicyVersion "
            "ListEntitiesForPolicy ListPolicyVersions TagPolicy",
            f"arn:aws:iam::*:policy/{OURS}",
        ),
    ),
    "AWS::IAM::Policy": (_rights("iam", "DeleteRolePolicy GetRolePolicy PutRolePolicy", ROLE),),
    "AWS::IAM::Role": (
        _rights(
            "iam",
            "AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy "
            "GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies PutRolePermissionsBoundary PutRolePolicy "
            "TagRole UntagRole UpdateAssumeRolePolicy UpdateRole",
            ROLE,
        ),
        _rights("iam", "PassRole", ROLE, passed_to=SERVICES),
    ),
    "AWS::Lambda::Function": (
        _rights(
            "lambda",
            "CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig GetFunctionConfiguration "
            "GetFunctionRecursionConfig GetRuntimeManagementConfig ListTags TagResource UntagResource "
            "UpdateFunctionCode UpdateFunctionConfiguration",
            f"arn:aws:lambda:*:*:function:{OURS}",
        ),
    ),
    "AWS::Lambda::LayerVersion": (
        _rights("lambda", "DeleteLayerVersion GetLayerVersion PublishLayerVersion", LAYER, f"{LAYER}:*"),
    ),
    "AWS::Logs::LogGroup": (
        _rights(
            "logs",
            "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy ListTagsForResource PutRetentionPolicy TagResource "
            "UntagResource",
            *LOGS,
        ),
        _rights("logs", "DescribeLogGroups", "*"),
    ),
    "AWS::Pipes::Pipe": (
        _rights("pipes", "CreatePipe DeletePipe DescribePipe TagResource UpdatePipe", f"arn:aws:pipes:*:*:pipe/{OURS}"),
    ),
    "AWS::SNS::Subscription": (
        _rights("sns", "GetSubscriptionAttributes ListSubscriptionsByTopic Subscribe Unsubscribe", TOPIC),
    ),
    "AWS::SNS::Topic": (
        _rights(
            "sns",
            "CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic "
            "ListTagsForResource SetTopicAttributes TagResource UntagResource",
            TOPIC,
        ),
    ),
    "AWS::SNS::TopicPolicy": (_rights("sns", "GetTopicAttributes SetTopicAttributes", TOPIC),),
    "AWS::SQS::Queue": (
        _rights(
            "sqs",
            "CreateQueue DeleteQueue GetQueueAttributes ListQueueTags SetQueueAttributes TagQueue UntagQueue",
            QUEUE,
        ),
    ),
    "AWS::SQS::QueuePolicy": (_rights("sqs", "GetQueueAttributes SetQueueAttributes", QUEUE),),
    "AWS::Scheduler::Schedule": (
        _rights(
            "scheduler",
            "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule",
            f"arn:aws:scheduler:*:*:schedule/default/{OURS}",
        ),
    ),
    "AWS::StepFunctions::StateMachine": (
        _rights(
            "states",
            "CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource TagResource UntagResource "
            "UpdateStateMachine ValidateStateMachineDefinition",
            "arn:aws:states:*:*:stateMachine:*",
        ),
    ),
}
"""By type: what it takes to make, read, change and remove such a resource."""
BESIDES: Final[Mapping[str, Sequence[Rights]]] = {
    "the stack": (
        _rights(
            "cloudformation",
            "CreateChangeSet CreateStack DeleteChangeSet DeleteStack DescribeChangeSet DescribeStackEvents "
            "DescribeStackResources DescribeStacks ExecuteChangeSet GetTemplate ListStackResources UpdateStack",
            f"arn:aws:cloudformation:*:*:stack/{STACK}/*",
            "arn:aws:cloudformation:*:*:stack/aws-sam-cli-managed-default/*",
        ),
        _rights("cloudformation", "GetTemplateSummary ValidateTemplate", "*"),
        _rights("cloudformation", "CreateChangeSet", "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31"),
    ),
    "the bucket of packages, which SAM makes": (
        _rights(
            "s3",
            "CreateBucket DeleteObject GetBucketLocation GetBucketPolicy GetBucketPublicAccessBlock GetBucketTagging "
            "GetBucketVersioning GetEncryptionConfiguration GetObject ListBucket PutBucketPolicy "
            "PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning PutEncryptionConfiguration PutObject",
            "arn:aws:s3:::aws-sam-cli-managed-default-*",
            "arn:aws:s3:::aws-sam-cli-managed-default-*/*",
        ),
    ),
    "`make deploy`, which looks whether a run is going on": (
        _rights("states", "ListExecutions", "arn:aws:states:*:*:stateMachine:*"),
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
