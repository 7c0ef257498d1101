"""The topics, queues and pipes of a template: how what somebody publishes comes to start a state machine.

Topics have subscriptions of queues of the template (those of people are left alone); a pipe reads a queue and starts a
machine. What the sandbox does not carry out is an error when the account opens: filters, enrichments, FIFO queues.
Sources: CloudFormation template reference, AWS::SNS::Topic, Subscription and TopicPolicy, AWS::SQS::Queue and
QueuePolicy, AWS::Pipes::Pipe; EventBridge Pipes API reference, PipeSourceSqsQueueParameters and
PipeTargetStateMachineParameters; EventBridge user guide, "Amazon EventBridge Pipes targets" (a standard workflow is
started asynchronously).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sandbox.deployment import input_templates
from sandbox.deployment.resolver import (
    ACCOUNT,
    PIPE,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    SUBSCRIPTION,
    TOPIC,
    TOPIC_POLICY,
    Json,
    TemplateError,
)
from sandbox.deployment.template import Machine, Template, listed, only

FIRE_AND_FORGET: Final = "FIRE_AND_FORGET"
OF_A_SUBSCRIPTION: Final = frozenset({"Endpoint", "Protocol", "RawMessageDelivery", "Region", "TopicArn"})
OF_A_QUEUE: Final = frozenset(
    {
        "KmsDataKeyReusePeriodSeconds",
        "KmsMasterKeyId",
        "MaximumMessageSize",
        "MessageRetentionPeriod",
        "QueueName",
        "ReceiveMessageWaitTimeSeconds",
        "RedriveAllowPolicy",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "Tags",
        "VisibilityTimeout",
    }
)
OF_A_PIPE: Final = frozenset(
    {
        "Description",
        "DesiredState",
        "KmsKeyIdentifier",
        "LogConfiguration",
        "Name",
        "RoleArn",
        "Source",
        "SourceParameters",
        "Tags",
        "Target",
        "TargetParameters",
    }
)
BATCH_SIZES: Final = (1, 10_000)
WINDOWS: Final = (0, 300)
BATCH_SIZE: Final = 10
VISIBILITY: Final = 30
RETENTION: Final = 345_600
"""Seconds that a queue keeps a message where it says nothing (SQS API reference, SetQueueAttributes)."""
Documents = tuple[Mapping[str, Any], ...]
"""Policies."""


@dataclass(frozen=True)
class Subscription:
    """A queue's, by its ARN. A raw message is the body itself; else the body is an envelope with the message in it."""

    queue: str
    raw: bool


@dataclass(frozen=True)
class Topic:
    arn: str
    encrypted: bool
    policies: Documents
    subscriptions: tuple[Subscription, ...]


@dataclass(frozen=True)
class Queue:
    """`dead_letters` is the ARN of the queue that takes what has been received `most_receives` times in vain.

    Times are in seconds; a message is kept for `retention`.
    """

    arn: str
    visibility: float
    retention: float
    dead_letters: str | None
    most_receives: int
    policies: Documents


@dataclass(frozen=True)
class Pipe:
    """A running pipe from a queue. `role` are the policies of its role, None if the role is none of the template."""

    arn: str
    queue: str
    machine: Machine
    batch_size: int
    window: float
    template: str | None
    role: Documents | None


@dataclass(frozen=True)
class Messaging:
    """By ARN; pipes by the ARN of their queue."""

    topics: Mapping[str, Topic]
    queues: Mapping[str, Queue]
    pipes: Mapping[str, Pipe]


@lru_cache(maxsize=32)
def messaging(template: Template) -> Messaging:
    """Read once of each template. Raises TemplateError for what AWS refuses or the sandbox does not carry out."""
    queues = {each.arn: each for each in _queues(template)}
    for queue in queues.values():
        if queue.dead_letters is not None and queue.dead_letters not in queues:
            raise TemplateError(f"{queue.arn}: {queue.dead_letters} is no queue of this template")
    topics = {each.arn: each for each in _topics(template, queues)}
    pipes = {each.queue: each for each in _pipes(template, queues)}
    return Messaging(topics, queues, pipes)


def _topics(template: Template, queues: Mapping[str, Queue]) -> Iterator[Topic]:
    apart = [template.resolve(each) for each in template.properties(SUBSCRIPTION).values()]
    for name, given in template.properties(TOPIC).items():
        own, arn = template.resolve(given), template.resolve.arn(name)
        if str(own.get("FifoTopic", False)).lower() == "true":
            raise TemplateError(f"{name}: the sandbox carries out standard topics")
        every = [*own.get("Subscription", []), *(each for each in apart if each["TopicArn"] == arn)]
        subscriptions = [_subscription(name, each, queues) for each in every if each["Protocol"] == "sqs"]
        policies = _policies(template, TOPIC_POLICY, "Topics", arn)
        yield Topic(arn, "KmsMasterKeyId" in own, policies, tuple(subscriptions))


def _subscription(topic: str, given: Json, queues: Mapping[str, Queue]) -> Subscription:
    only(OF_A_SUBSCRIPTION, f"a subscription of {topic}", given)
    if given["Endpoint"] not in queues:
        raise TemplateError(f"a subscription of {topic}: {given['Endpoint']} is no queue of this template")
    return Subscription(given["Endpoint"], str(given.get("RawMessageDelivery", False)).lower() == "true")


def _queues(template: Template) -> Iterator[Queue]:
    for name, given in template.properties(QUEUE).items():
        own = template.resolve(given)
        only(OF_A_QUEUE, name, own)
        redrive = own.get("RedrivePolicy", {})
        yield Queue(
            arn=template.resolve.arn(name),
            visibility=float(own.get("VisibilityTimeout", VISIBILITY)),
            retention=float(own.get("MessageRetentionPeriod", RETENTION)),
            dead_letters=redrive.get("deadLetterTargetArn"),
            most_receives=int(redrive.get("maxReceiveCount", 1)),
            policies=_policies(template, QUEUE_POLICY, "Queues", template.resolve(given).get("QueueName", name)),
        )


def _policies(template: Template, kind: str, of: str, wanted: str) -> Documents:
    """The policies that name the resource, by its ARN, its URL or its name."""
    given = [template.resolve(each) for each in template.properties(kind).values()]
    return tuple(
        each["PolicyDocument"]
        for each in given
        if any(wanted in (one, str(one).rpartition("/")[2]) for one in listed(each[of]))
    )


def _pipes(template: Template, queues: Mapping[str, Queue]) -> Iterator[Pipe]:
    machines = {machine.arn: machine for machine in template.machines.values()}
    for name, given in template.properties(PIPE).items():
        own = template.resolve(given)
        only(OF_A_PIPE, name, own)
        if own["Source"] not in queues or own["Target"] not in machines:
            raise TemplateError(f"{name}: the sandbox carries out pipes from a queue to a machine of the template")
        if own.get("DesiredState", "RUNNING") == "RUNNING":
            yield _pipe(template, name, own, machines[own["Target"]])


def _pipe(template: Template, name: str, own: Json, machine: Machine) -> Pipe:
    source, target = own.get("SourceParameters", {}), own.get("TargetParameters", {})
    only(frozenset({"SqsQueueParameters"}), name, source)
    only(frozenset({"InputTemplate", "StepFunctionStateMachineParameters"}), name, target)
    invocation = target.get("StepFunctionStateMachineParameters", {}).get("InvocationType", "REQUEST_RESPONSE")
    if invocation != FIRE_AND_FORGET:
        raise TemplateError(f"{name}: a standard workflow is invoked with {FIRE_AND_FORGET}, not {invocation}")
    asked = source.get("SqsQueueParameters", {})
    input_template = target.get("InputTemplate")
    if input_template is not None:
        input_templates.check(name, input_template)
    return Pipe(
        arn=f"arn:aws:pipes:{template.region}:{ACCOUNT}:pipe/{own.get('Name', name)}",
        queue=own["Source"],
        machine=machine,
        batch_size=_within(name, "BatchSize", asked.get("BatchSize", BATCH_SIZE), BATCH_SIZES),
        window=_within(name, "MaximumBatchingWindowInSeconds", asked.get("MaximumBatchingWindowInSeconds", 0), WINDOWS),
        template=input_template,
        role=_role(template, own["RoleArn"]),
    )


def _within(name: str, what: str, value: Json, limits: tuple[int, int]) -> int:
    if not limits[0] <= int(value) <= limits[1]:
        raise TemplateError(f"{name}: {what} is from {limits[0]} to {limits[1]}, not {value}")
    return int(value)


def _role(template: Template, arn: str) -> Documents | None:
    for name, given in template.properties(ROLE).items():
        if template.resolve.arn(name) == arn:
            return tuple(each["PolicyDocument"] for each in template.resolve(given).get("Policies", []))
    return None
