"""What the command line asks of AWS: each call of a client that it makes, with the command and what it is asked on."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer

from private_connection_cli.deployment import Place

RECORDED = Path("tools/permissions/command_line.json")
PREFIXES = {"stepfunctions": "states", "elbv2": "elasticloadbalancing"}
ACTIONS = {"lambda:Invoke": "lambda:InvokeFunction"}
NAMED = re.compile(r":(stateMachine|execution|function):(?:[\w-]+-)?(\w+)")
CLICK: Any = import_module(typer.Context.__mro__[1].__module__.replace("core", "globals"))
"""The click that typer uses, which may be one of its own."""
Calls = dict[str, dict[str, set[str]]]
"""By command and action, what it is asked on, such as `execution:Provision`."""


class Asked:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.calls: Calls = {}
        made = Place.client
        patch.setattr(Place, "client", lambda place, service: self._listening(service, made(place, service)))

    def _listening(self, service: str, client: Any) -> Any:
        def heard(params: dict[str, Any], model: Any, **_: object) -> None:
            context = CLICK.get_current_context(silent=True)
            command = str(context.info_name) if context else ""
            action = f"{PREFIXES.get(service, service)}:{model.name}"
            calls = self.calls.setdefault(command, {})
            calls.setdefault(ACTIONS.get(action, action), set()).add(_on(params))

        client.meta.events.register("before-parameter-build", heard)
        return client


def _on(params: dict[str, Any]) -> str:
    """By the name that the template gives to it, which is the last part of its own."""
    arn = next((params[key] for key in ("executionArn", "stateMachineArn", "FunctionName") if key in params), "")
    named = NAMED.search(arn)
    return ":".join(named.groups()) if named else "stack" if "StackName" in params else "*"


def recorded() -> Calls:
    """What docs/rights.md takes for the calls of the command line."""
    found = json.loads(RECORDED.read_text())
    return {command: {action: set(on) for action, on in calls.items()} for command, calls in found.items()}
