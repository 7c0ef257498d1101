"""What it takes to make, read, change and remove a resource of each type in the rendered template.

CloudFormation does so with the rights of who deploys. The calls are written down from the Service Authorization
Reference and from the handlers' permissions in the schemas of the resource types, which a test compares; nobody has
tried them in an account of AWS.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

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


def rights_on(service: str, actions: str, *on: str, passed_to: tuple[str, ...] = ()) -> Rights:
    """``actions`` are names with blanks between them; one may end in ``*``."""
    return Rights(service, tuple(actions.split()), on, passed_to)


ROLE: Final = f"arn:aws:iam::*:role/{OURS}"
QUEUE: Final = f"arn:aws:sqs:*:*:{OURS}"
TOPIC: Final = f"arn:aws:sns:*:*:{OURS}"
LAYER: Final = "arn:aws:lambda:*:*:layer:PrivateConnectionLayer*"
LOGS: Final = tuple(f"arn:aws:logs:*:*:log-group:/aws/{each}/{STACK}*" for each in ("lambda", "vendedlogs/states"))
SERVICES: Final = tuple(f"{each}.amazonaws.com" for each in ("lambda", "states", "events", "pipes", "scheduler"))
OF_TYPE: Final[Mapping[str, Sequence[Rights]]] = {
    "AWS::CloudWatch::Alarm": (
        rights_on(
            "cloudwatch",
            "DeleteAlarms DescribeAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource",
            "arn:aws:cloudwatch:*:*:alarm:*",
        ),
    ),
    "AWS::CloudWatch::Dashboard": (
        rights_on(
            "cloudwatch",
            "DeleteDashboards GetDashboard ListTagsForResource PutDashboard TagResource UntagResource",
            f"arn:aws:cloudwatch::*:dashboard/{OURS}",
        ),
    ),
    "AWS::DynamoDB::Table": (
        rights_on(
            "dynamodb",
            "CreateTable DeleteTable Describe* GetResourcePolicy ListTagsOfResource TagResource UntagResource "
            "UpdateContinuousBackups UpdateTable",
            f"arn:aws:dynamodb:*:*:table/{STACK}-*",
        ),
    ),
    "AWS::Events::Rule": (
        rights_on(
            "events",
            "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets "
            "TagResource UntagResource",
            f"arn:aws:events:*:*:rule/{OURS}",
            f"arn:aws:events:*:*:rule/*/{OURS}",
        ),
    ),
    "AWS::IAM::ManagedPolicy": (
        rights_on(
            "iam",
            "CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy* "
            "ListEntitiesForPolicy ListPolicyVersions TagPolicy",
            f"arn:aws:iam::*:policy/{OURS}",
        ),
    ),
    "AWS::IAM::Policy": (rights_on("iam", "DeleteRolePolicy GetRolePolicy PutRolePolicy", ROLE),),
    "AWS::IAM::Role": (
        rights_on(
            "iam",
            "AttachRolePolicy CreateRole DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DetachRolePolicy "
            "GetRole* ListAttachedRolePolicies ListRole* PutRolePermissionsBoundary "
            "PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole UpdateRoleDescription",
            ROLE,
        ),
        rights_on("iam", "PassRole", ROLE, passed_to=SERVICES),
    ),
    "AWS::Lambda::Function": (
        rights_on(
            "lambda",
            "CreateFunction DeleteFunction GetFunction* GetRuntimeManagementConfig ListTags TagResource UntagResource "
            "UpdateFunctionCode UpdateFunctionConfiguration",
            f"arn:aws:lambda:*:*:function:{OURS}",
        ),
    ),
    "AWS::Lambda::LayerVersion": (
        rights_on("lambda", "DeleteLayerVersion GetLayerVersion PublishLayerVersion", LAYER, f"{LAYER}:*"),
    ),
    "AWS::Logs::LogGroup": (
        rights_on(
            "logs",
            "CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DescribeIndexPolicies GetDataProtectionPolicy "
            "ListTagsForResource PutRetentionPolicy TagResource UntagResource",
            *LOGS,
        ),
        rights_on("logs", "DescribeLogGroups DescribeResourcePolicies", "*"),
    ),
    "AWS::Pipes::Pipe": (
        rights_on(
            "pipes",
            "CreatePipe DeletePipe DescribePipe ListTagsForResource TagResource UntagResource UpdatePipe",
            f"arn:aws:pipes:*:*:pipe/{OURS}",
        ),
    ),
    "AWS::SNS::Subscription": (
        rights_on(
            "sns",
            "GetSubscriptionAttributes ListSubscriptionsByTopic SetSubscriptionAttributes Subscribe Unsubscribe",
            TOPIC,
        ),
    ),
    "AWS::SNS::Topic": (
        rights_on(
            "sns",
            "CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic "
            "ListTagsForResource SetTopicAttributes TagResource UntagResource",
            TOPIC,
        ),
    ),
    "AWS::SNS::TopicPolicy": (rights_on("sns", "GetTopicAttributes SetTopicAttributes", TOPIC),),
    "AWS::SQS::Queue": (
        rights_on(
            "sqs",
            "CreateQueue DeleteQueue GetQueueAttributes GetQueueUrl ListQueueTags SetQueueAttributes TagQueue "
            "UntagQueue",
            QUEUE,
        ),
    ),
    "AWS::SQS::QueuePolicy": (rights_on("sqs", "GetQueueAttributes SetQueueAttributes", QUEUE),),
    "AWS::Scheduler::Schedule": (
        rights_on(
            "scheduler",
            "CreateSchedule DeleteSchedule GetSchedule UpdateSchedule",
            f"arn:aws:scheduler:*:*:schedule/default/{OURS}",
        ),
    ),
    "AWS::StepFunctions::StateMachine": (
        rights_on(
            "states",
            "CreateStateMachine DeleteStateMachine DescribeStateMachine ListTagsForResource TagResource UntagResource "
            "UpdateStateMachine ValidateStateMachineDefinition",
            "arn:aws:states:*:*:stateMachine:*",
        ),
    ),
}
"""By type: what it takes to make, read, change and remove such a resource."""
