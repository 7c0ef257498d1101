"""Messages: what is published to a topic of the template comes into its queues, and pipes start machines with it.

A pipe waits, from the first message on, until its window is over or its batch is full, and starts its machine with the
list of the messages as records. What it cannot deliver is hidden for the queue's visibility timeout and received again,
and goes to the dead-letter queue when it has been received as often as the queue says. As schedules do, messages move
only while a step makes time pass; the runs that they start are waited for. A pipe can be stopped, as EventBridge does
with one that is refused again and again: its queue's messages wait then, and are lost when they are too old for it.

Sources: EventBridge user guide, "Amazon SQS as a source in EventBridge Pipes" (the records, the window, what happens
to a batch that fails), "EventBridge Pipes error handling and troubleshooting" (a pipe that is
disabled), "Amazon EventBridge Pipes batching and concurrency" (a machine gets a list, even of one record,
of at most 262,144 characters; a template is applied to each record) and "Permissions for EventBridge Pipes"; SNS
developer guide, "Amazon SNS raw message delivery" and "HTTP/HTTPS notification JSON format" (the envelope); SQS
developer guide, "Using dead-letter queues" and "Setting-up dead-letter queue retention" (a message's age is that since
it was sent, in whatever queue it is).
"""

import functools
import hashlib
import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from sandbox.authorization.policies import Policies, Verdict
from sandbox.clock import VirtualClock
from sandbox.deployment import input_templates, messaging
from sandbox.deployment.messaging import Messaging, Pipe, Subscription, Topic
from sandbox.deployment.resolver import ACCOUNT
from sandbox.deployment.template import Machine, listed
from sandbox.runs import Run, current

MOST_CHARACTERS: Final = 262_144
READING: Final = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
SENDER: Final = "AIDAIT2UOQQY3AUEKVGXU"
"""The id of SNS as the sender of a message."""
SNS: Final = "sns.amazonaws.com"
Start = Callable[[Machine, str, str], None]


@dataclass
class Message:
    """A message in a queue; times are in seconds since the epoch."""

    identifier: str
    body: str
    sent: float
    visible: float
    received: list[float] = field(default_factory=list)


@dataclass
class Queue:
    """The messages that are in a queue, hidden or not."""

    settings: messaging.Queue
    messages: list[Message] = field(default_factory=list)
    awaited: float | None = None
    """When the window of the pipe's next batch is over."""


class Post:
    """The account's topics, queues and pipes. The runs that it starts are added to `runs`."""

    def __init__(
        self, deployed: Messaging, clock: VirtualClock, seed: int, latency: float, start: Start, runs: list[Run]
    ) -> None:
        self._deployed = deployed
        self._clock = clock
        self._random = Random(f"{seed}/messages")
        self._latency = latency
        self._start = start
        self._runs = runs
        self.queues = {arn.rpartition(":")[2]: Queue(each) for arn, each in deployed.queues.items()}
        """By name."""
        self.published: list[tuple[str, str]] = []
        """The topics' names and what was published to them, in that order."""
        self._stopped = set[str]()

    # ---- topics

    def announce(self, topic: str, text: str, at: float) -> None:
        """ElastiCache publishes to a topic of the template, at that moment, if the topic lets it.

        The topic has to be unencrypted, and its policy to let aws:SourceOwner publish (ElastiCache user guide, "Event
        notifications and Amazon SNS" and "Managing ElastiCache Amazon SNS notifications").
        """
        found = self._deployed.topics.get(topic)
        if found is not None and _takes(found, "*", {"aws:SourceOwner": ACCOUNT}):
            self._clock.call_apart(at, functools.partial(self._publish, found, text))

    def publish(self, topic: str, text: str, principal: str, context: Mapping[str, str]) -> None:
        """A service publishes to a topic now, if the topic's policies let it."""
        found = self._deployed.topics[topic]
        if _takes(found, principal, context):
            self._publish(found, text)

    def _publish(self, topic: Topic, text: str) -> None:
        self.published.append((topic.arn.rpartition(":")[2], text))
        for subscription in topic.subscriptions:
            queue = self.queues[subscription.queue.rpartition(":")[2]]
            may = {"aws:SourceArn": topic.arn}
            if _allowed(queue.settings.policies, SNS, "sqs:SendMessage", queue.settings.arn, may):
                body = self._body(topic, subscription, text)
                arrival = functools.partial(self._arrive, queue, body)
                self._clock.call_apart(self._clock.now() + self._latency, arrival)

    def _body(self, topic: Topic, subscription: Subscription, text: str) -> str:
        if subscription.raw:
            return text
        region = topic.arn.split(":")[3]
        return json.dumps(
            {
                "Type": "Notification",
                "MessageId": self._identifier(),
                "TopicArn": topic.arn,
                "Message": text,
                "Timestamp": datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
                "SignatureVersion": "1",
                "Signature": "c2lnbmVk",
                "SigningCertURL": f"https://sns.{region}.amazonaws.com/SimpleNotificationService.pem",
                "UnsubscribeURL": f"https://sns.{region}.amazonaws.com/?Action=Unsubscribe",
            }
        )

    # ---- queues and pipes

    def waiting(self, queue: str) -> list[Message]:
        """The messages that the queue of this name still has, hidden or not."""
        found = self.queues[queue]
        oldest = self._clock.now() - found.settings.retention
        found.messages = [each for each in found.messages if each.sent > oldest]
        return found.messages

    def stop_pipe(self, queue: str) -> None:
        """From now on nothing reads the queue of this name."""
        self._stopped.add(self.queues[queue].settings.arn)

    def start_pipe(self, queue: str) -> None:
        """What reads the queue of this name does so again."""
        self._stopped.discard(self.queues[queue].settings.arn)
        self._poll(self.queues[queue])

    def _arrive(self, queue: Queue, body: str) -> None:
        now = self._clock.now()
        queue.messages.append(Message(self._identifier(), body, now, now))
        self._poll(queue)

    def _poll(self, queue: Queue) -> None:
        """Deliver batches that are full; let the window of the next one begin."""
        pipe = self._deployed.pipes.get(queue.settings.arn)
        if pipe is None or pipe.queue in self._stopped:
            return
        if not all(_allowed(pipe.role, None, each, pipe.queue) for each in READING):
            return
        while len(self._visible(queue)) >= pipe.batch_size:
            queue.awaited = None
            self._deliver(queue, pipe)
        if self._visible(queue) and queue.awaited is None:
            queue.awaited = self._clock.now() + pipe.window
            self._clock.call_apart(queue.awaited, functools.partial(self._window_ends, queue, pipe, queue.awaited))

    def _window_ends(self, queue: Queue, pipe: Pipe, window: float) -> None:
        if queue.awaited == window:
            queue.awaited = None
            if pipe.queue not in self._stopped:
                self._deliver(queue, pipe)
            self._poll(queue)

    def _visible(self, queue: Queue) -> list[Message]:
        kept = self.waiting(queue.settings.arn.rpartition(":")[2])
        return [each for each in kept if each.visible <= self._clock.now()]

    def _deliver(self, queue: Queue, pipe: Pipe) -> None:
        """Receive a batch and start the machine with it."""
        batch = self._visible(queue)[: pipe.batch_size]
        dead = [each for each in batch if self._is_dead(queue, each)]
        for message in dead:
            self._bury(queue, message)
        batch = [each for each in batch if each not in dead]
        for message in batch:
            message.received.append(self._clock.now())
            message.visible = self._clock.now() + queue.settings.visibility
        if batch:
            self._hand_on(queue, pipe, batch)

    def _is_dead(self, queue: Queue, message: Message) -> bool:
        return queue.settings.dead_letters is not None and len(message.received) >= queue.settings.most_receives

    def _bury(self, queue: Queue, message: Message) -> None:
        queue.messages.remove(message)
        grave = self.queues[str(queue.settings.dead_letters).rpartition(":")[2]]
        message.visible = self._clock.now()
        grave.messages.append(message)

    def _hand_on(self, queue: Queue, pipe: Pipe, batch: list[Message]) -> None:
        text = self._input(pipe, batch)
        allowed = _allowed(pipe.role, None, "states:StartExecution", pipe.machine.arn)
        if text is None or not allowed or len(text) > MOST_CHARACTERS:
            self._clock.call_apart(batch[0].visible, functools.partial(self._poll, queue))
            return
        for message in batch:
            queue.messages.remove(message)
        run = Run(pipe.machine.key)
        self._runs.append(run)
        self._clock.start(functools.partial(self._begin, run, pipe, text), apart=True)

    def _begin(self, run: Run, pipe: Pipe, text: str) -> None:
        current.set(run)
        self._start(pipe.machine, self._identifier(), text)

    def _input(self, pipe: Pipe, batch: Iterable[Message]) -> str | None:
        """The list of the records, each as the template makes it; None if that is no JSON."""
        records = [self._record(pipe, each) for each in batch]
        try:
            made = [self._transformed(pipe, each) for each in records]
        except ValueError:
            return None
        return json.dumps(made, ensure_ascii=False)

    def _transformed(self, pipe: Pipe, record: Mapping[str, Any]) -> Any:
        if pipe.template is None:
            return record
        reserved = {
            "aws.pipes.pipe-arn": pipe.arn,
            "aws.pipes.pipe-name": pipe.arn.rpartition("/")[2],
            "aws.pipes.source-arn": pipe.queue,
            "aws.pipes.target-arn": pipe.machine.arn,
            "aws.pipes.event": record,
            "aws.pipes.event.ingestion-time": datetime.fromtimestamp(self._clock.now(), UTC).isoformat()[:19] + "Z",
        }

        def find(place: str) -> Any:
            return input_templates.at(record, place) if place.startswith("$") else reserved[place]

        return json.loads(input_templates.fill(pipe.template, find))

    def _record(self, pipe: Pipe, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.identifier,
            "receiptHandle": hashlib.sha256(f"{message.identifier}{len(message.received)}".encode()).hexdigest(),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(len(message.received)),
                "SentTimestamp": _milliseconds(message.sent),
                "SenderId": SENDER,
                "ApproximateFirstReceiveTimestamp": _milliseconds(message.received[0]),
            },
            "messageAttributes": {},
            "md5OfBody": hashlib.md5(message.body.encode(), usedforsecurity=False).hexdigest(),
            "eventSource": "aws:sqs",
            "eventSourceARN": pipe.queue,
            "awsRegion": pipe.queue.split(":")[3],
        }

    def _identifier(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def _takes(topic: Topic, principal: str, context: Mapping[str, str]) -> bool:
    """A service publishes to an encrypted topic only where the key's policy lets it use the key, which that of
    alias/aws/sns does not (SNS developer guide, "Managing Amazon SNS encryption keys and costs"). Keys have no policies
    here, so no service does.
    """
    return not topic.encrypted and _allowed(topic.policies, principal, "sns:Publish", topic.arn, context)


def _milliseconds(moment: float) -> str:
    return str(round(moment * 1000))


def _allowed(
    documents: Iterable[Mapping[str, Any]] | None,
    principal: str | None,
    action: str,
    resource: str,
    context: Mapping[str, str] | None = None,
) -> bool:
    """Whether policies allow it: those of a role, None for one that is not known, or those of a resource, which name
    the principal.
    """
    if documents is None:
        return True
    return Policies(_about(principal, documents)).judge(action, resource, context or {}) is Verdict.ALLOWED


def _about(principal: str | None, documents: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """The documents with the statements that are about the principal."""
    for document in documents:
        statements = [each for each in listed(document["Statement"]) if _names(each.get("Principal"), principal)]
        without = [{key: value for key, value in each.items() if key != "Principal"} for each in statements]
        yield {**document, "Statement": without}


def _names(given: Any, principal: str | None) -> bool:
    named = [one for each in given.values() for one in listed(each)] if isinstance(given, Mapping) else [given]
    return principal in named or "*" in named
