"""What is in the account after a command, asked without the AWS CLI."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from tests.acceptance.serving import Served

LOOKS: Final = 600
PAUSE: Final = 0.25
"""Real seconds between two looks."""
Found = TypeVar("Found")


@dataclass(frozen=True)
class Account:
    served: Served

    @cached_property
    def states(self) -> Any:
        return self.served.client("stepfunctions")

    def executions(self, machine: str) -> list[dict[str, Any]]:
        """Of a machine, the newest first."""
        machines = self.states.list_state_machines()["stateMachines"]
        (arn,) = (each["stateMachineArn"] for each in machines if each["name"] == machine)
        found: list[dict[str, Any]] = self.states.list_executions(stateMachineArn=arn)["executions"]
        return found

    def ended(self, machine: str, number: int) -> dict[str, Any]:
        """The newest execution of the machine, once it has had so many and all of them have ended; with its output."""

        def newest() -> dict[str, Any] | None:
            found = self.executions(machine)
            is_over = len(found) >= number and all(each["status"] != "RUNNING" for each in found)
            return found[0] if is_over else None

        found = awaited(newest, f"the end of {number} executions of {machine}")
        described: dict[str, Any] = self.states.describe_execution(executionArn=found["executionArn"])
        return described

    def output(self, name: str) -> str:
        """An output of the stack."""
        (stack,) = self.served.client("cloudformation").describe_stacks()["Stacks"]
        return next(str(each["OutputValue"]) for each in stack["Outputs"] if each["OutputKey"] == name)

    def statuses(self) -> dict[str, str]:
        """Of each connection of which the registry tells."""
        found = self._answer("ListConnections", {})["connections"]
        return {each["connection"]: each["status"] for each in found}

    def handoff(self, connection: str) -> dict[str, Any]:
        found: dict[str, Any] = self._answer("ShowConnection", {"connection": connection})["handoff"]
        return found

    def _answer(self, function: str, event: dict[str, str]) -> dict[str, Any]:
        payload, name = json.dumps(event).encode(), self.output(f"{function}Arn")
        answer = self.served.client("lambda").invoke(FunctionName=name, Payload=payload)
        found: dict[str, Any] = json.load(answer["Payload"])
        return found

    def status_of_group(self, group: str) -> str:
        cache = self.served.client("elasticache")
        (found,) = cache.describe_replication_groups(ReplicationGroupId=group)["ReplicationGroups"]
        return str(found["Status"])

    def listeners(self, connection: str) -> list[str]:
        """Of the connection's load balancers."""
        balancing = self.served.client("elbv2")
        balancers = balancing.describe_load_balancers()["LoadBalancers"]
        own = [
            each["LoadBalancerArn"] for each in balancers if each["LoadBalancerName"].startswith(f"pc-{connection}-")
        ]
        found = [balancing.describe_listeners(LoadBalancerArn=each)["Listeners"] for each in own]
        return [str(each["ListenerArn"]) for listeners in found for each in listeners]


def awaited(look: Callable[[], Found | None], what: str) -> Found:
    """What a look finds at last."""
    for _ in range(LOOKS):
        found = look()
        if found is not None:
            return found
        time.sleep(PAUSE)
    raise AssertionError(f"nothing came of waiting for {what}")
