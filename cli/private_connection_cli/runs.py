"""Starts the machines of a deployment."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import Exit, Problem, Refused, explained
from private_connection_cli.registry import show_connection
from private_connection_cli.watch.outcomes import find_outcome

NAME: Final = re.compile(r"[\w-]{1,80}", re.ASCII)
"""What a run can be called (API reference, StartExecution: with these characters its name can be logged too)."""


def start(deployment: Deployment, output: str, asked: Mapping[str, Any], name: str | None = None) -> str:
    """Starts the machine whose ARN is this output of the stack, and returns the execution's ARN.

    Without a name it takes one of the connection and 32 random bits: each run needs its own. Raises Problem for one
    that none can have, or that another run has, and Refused where AWS does not answer: then it may have started.
    """
    if name is not None and not NAME.fullmatch(name):
        raise Problem(f"--name is {name}; expected 1 to 80 letters, digits, hyphens and underscores", Exit.USAGE)
    chosen = name or f"{_legal(str(asked.get('connection', 'all')))}-{secrets.token_hex(4)}"
    machine = deployment.outputs[output]
    try:
        return _started(deployment.client("stepfunctions"), machine, chosen, json.dumps(asked))
    except Refused as refusal:
        if not refusal.unanswered:
            raise
        execution = f"{machine.replace(':stateMachine:', ':execution:')}:{chosen}"
        told = f"{refusal}; the run may have started all the same: {watching_again(deployment, execution)} tells"
        raise Refused(told, Exit.UNWATCHED) from refusal.__cause__


def _started(states: Any, machine: str, name: str, given: str) -> str:
    with explained():
        try:
            return str(states.start_execution(stateMachineArn=machine, name=name, input=given)["executionArn"])
        except states.exceptions.ExecutionAlreadyExists as taken:
            told = f"another run has the name {name}: give this one another --name, or none"
            raise Problem(told, Exit.USAGE) from taken


def watching_again(deployment: Deployment, execution: str) -> str:
    """The command that watches a run of this deployment."""
    place = deployment.place
    given = {"--stack": place.stack, "--profile": place.profile, "--region": place.region}
    told = "".join(f" {flag} {value}" for flag, value in given.items() if value)
    return f"private-connection watch {execution}{told}{' --sandbox' if place.variables else ''}"


def _legal(text: str) -> str:
    """As much of a text as the name of an execution may have, which has 80 characters at most (API reference,
    StartExecution): a request that is wrong fails in the run, which says what is wrong with it.
    """
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)[:60]


def execution_of(deployment: Deployment, connection: str) -> str:
    """The run that works on a connection, or has worked on it last. Raises Problem if there is none.

    One that works on it has perhaps started just now, so that it need not be shown yet.
    """
    if connection.startswith("arn:"):
        return _shown(deployment, connection)
    item = show_connection(deployment, connection)
    if item.get("holder"):
        return str(item["holder"]["execution"])
    if item.get("lastRun"):
        return _shown(deployment, str(item["lastRun"]["execution"]))
    raise Problem(f"no run of the connection {connection} is known", Exit.NOT_FOUND)


def _shown(deployment: Deployment, execution: str) -> str:
    """Raises Problem unless Step Functions shows it."""
    return find_outcome(deployment.client("stepfunctions"), execution).execution
