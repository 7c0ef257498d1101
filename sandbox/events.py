"""EventBridge: events go to the template's rules, which start state machines and publish to topics.

Step Functions puts an event on the default bus whenever an execution starts or ends, and whoever may can put events of
his own. A rule starts its target a latency after the event. Delivery of status changes is best effort, and an event can
arrive more than once: the world says how often each does (`eventDeliveries`; 0 for not at all). What a second delivery
does is not documented for state machines; here each starts an execution of its own.

Sources: Step Functions developer guide, "Automating Step Functions event delivery with EventBridge" (the events, and
what they leave out above 248 KB); EventBridge events reference, "AWS Step Functions events" (best effort); EventBridge
user guide, "Amazon EventBridge event structure".
"""

import functools
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from sandbox.clock import VirtualClock
from sandbox.deployment.resolver import ACCOUNT
from sandbox.deployment.rules import DEFAULT_BUS, Rule, Target, bus_of
from sandbox.deployment.template import Machine
from sandbox.runs import Run, caused, current
from sandbox.stepfunctions import redrives
from sandbox.stepfunctions.results import milliseconds, written
from sandbox.world import World

STATUS_CHANGE: Final = "Step Functions Execution Status Change"
MOST_ESCAPED: Final = 248 * 1024
"""Bytes of an input and an output, escaped, that an event has room for."""
EVENTBRIDGE: Final = "events.amazonaws.com"
Event = Mapping[str, Any]


@dataclass(frozen=True)
class Put:
    """An event that somebody has put on a bus, and the names of the rules that it matched: none for an unheard one."""

    bus: str
    event: Event
    rules: tuple[str, ...]


class Bus:
    """The account's event buses.

    `start` starts a machine on an input, under a name, for the run of its leaf; `publish` publishes a text to a topic,
    for a service, under condition keys.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        world: World,
        clock: VirtualClock,
        seed: int,
        start: Callable[[Machine, str, str], None],
        publish: Callable[[str, str, str, Mapping[str, str]], None],
    ) -> None:
        self._rules = rules
        self._world = world
        self._clock = clock
        self._start = start
        self._publish_to = publish
        self._random = Random(seed)
        self.taken: list[Put] = []
        """The events of PutEvents, in the order in which they were put."""

    def changed(self, execution: Any) -> None:
        """An execution has started or ended."""
        self.put("aws.states", STATUS_CHANGE, status_change(execution), [execution.exec_arn])

    def take(self, entry: Event) -> str:
        """Put the event of an entry of PutEvents, and keep it. Returns its id."""
        event = self._event(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]), entry)
        put = Put(bus_of(entry), event, self._publish(event, bus_of(entry)))
        self.taken.append(put)
        return str(event["id"])

    def put(self, source: str, kind: str, detail: Event, resources: Sequence[str] = ()) -> None:
        """Put an event of an AWS service on the default bus: the rules that match it start their targets."""
        self._publish(self._event(source, kind, detail, {"Resources": resources}), DEFAULT_BUS)

    def _event(self, source: str, kind: str, detail: Event, entry: Event) -> Event:
        moment = datetime.fromtimestamp(float(entry.get("Time", self._clock.now())), UTC)
        return {
            "version": "0",
            "id": self._identifier(),
            "detail-type": kind,
            "source": source,
            "account": ACCOUNT,
            "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._world.region,
            "resources": list(entry.get("Resources", [])),
            "detail": detail,
        }

    def _publish(self, event: Event, bus: str) -> tuple[str, ...]:
        """Start the targets of the rules that match, and return the rules' names."""
        matching = [rule for rule in self._rules if rule.bus == bus and rule.matches(event)]
        for rule in matching:
            for target in rule.targets:
                self._deliver(target, event)
        return tuple(rule.name for rule in matching)

    def _deliver(self, target: Target, event: Event) -> None:
        for count in range(1, self._world.event_deliveries + 1):
            after = count * self._world.latency.event
            if isinstance(target.to, str):
                self._clock.start(functools.partial(self._tell, target.to, target, event, after))
            else:
                self._begin(target.to, target, event, after)

    def _begin(self, machine: Machine, target: Target, event: Event, after: float) -> None:
        self._clock.start(functools.partial(self._arrive, caused(machine.key), machine, target, event, after))

    def _arrive(self, run: Run, machine: Machine, target: Target, event: Event, after: float) -> None:
        """The name is the event's id and another one, as executions that rules started are seen to be called."""
        self._clock.sleep(after)
        current.set(run)
        self._start(machine, f"{event['id']}_{self._identifier()}", target.input(event))

    def _tell(self, topic: str, target: Target, event: Event, after: float) -> None:
        """The topic has to let the rule (user guide, "Using resource-based policies for Amazon EventBridge")."""
        self._clock.sleep(after)
        rule = {"aws:SourceArn": target.rule, "aws:SourceAccount": ACCOUNT}
        self._publish_to(topic, target.input(event), EVENTBRIDGE, rule)

    def _identifier(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))


def status_change(execution: Any) -> Event:
    """The detail of a status change; times are in milliseconds, input and output are JSON texts."""
    ended = execution.status != "RUNNING"
    output = written(execution.output) if execution.status == "SUCCEEDED" else None
    escaped, redriven = _escaped(output), redrives.last(execution)
    return {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": milliseconds(execution.start_date),
        "stopDate": milliseconds(execution.stop_date) if ended else None,
        **_data("input", execution.execution_input, _escaped(execution.execution_input) + escaped),
        **_data("output", output, escaped),
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": redrives.count(execution),
        "redriveDate": milliseconds(redriven) if redriven else None,
        **_redrivable(execution.status),
        "error": execution.error,
        "cause": execution.cause,
    }


def _escaped(text: str | None) -> int:
    """The bytes that a text takes in the event, which is JSON itself."""
    return 0 if text is None else len(json.dumps(text, ensure_ascii=False).encode())


def _data(name: str, text: str | None, escaped: int) -> Event:
    included = escaped <= MOST_ESCAPED
    return {name: text if included else None, f"{name}Details": None if text is None else {"included": included}}


def _redrivable(status: str) -> Event:
    if status in ("RUNNING", "SUCCEEDED"):
        reason = f"Execution is {status} and cannot be redriven."
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return {"redriveStatus": "REDRIVABLE", "redriveStatusReason": None}
