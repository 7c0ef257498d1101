"""The deployed stack that a command works with, found by its outputs."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from private_connection_cli.problems import Exit, Problem, code_of, explained
from private_connection_cli.sessions import session

STACK: Final = "ververica-private-connection"
"""The name that README and samconfig.toml give to the stack."""
NEEDED: Final = ("ProvisionArn", "TeardownArn", "ReconcileArn", "ListConnectionsArn", "ShowConnectionArn")
"""Outputs by which a stack is known to be a deployment of this project."""
RETRIES: Final = Config(connect_timeout=10, retries={"mode": "standard", "max_attempts": 5})
"""Where nothing answers, boto3 by itself would wait for a minute at each attempt."""
QUICK: Final = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})
"""For whoever asks whether somebody answers at once."""
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Place:
    """Where to look: names as the AWS CLI takes them, each None where its rules decide (`sessions`)."""

    stack: str | None = None
    profile: str | None = None
    region: str | None = None
    variables: Mapping[str, str] | None = None
    """Credentials, Region and address of a served sandbox, as environment variables; None for AWS."""
    config: Config = RETRIES
    asks: bool = True
    """Whether somebody may be asked for an MFA code."""

    def client(self, service: str) -> Any:
        """Raises Problem where there is no such profile or no Region."""
        with explained():
            make: Any = self._session.client
            return make(service, endpoint_url=(self.variables or {}).get("AWS_ENDPOINT_URL"), config=self.config)

    @cached_property
    def _session(self) -> boto3.Session:
        """One for all clients: each session reads the models of services anew, which is most of a short command."""
        given = self.variables
        if given is None:
            return session(self.profile, self.region, asks=self.asks)
        return boto3.Session(
            profile_name=self.profile,
            region_name=self.region or given.get("AWS_REGION"),
            aws_access_key_id=given.get("AWS_ACCESS_KEY_ID"),
            aws_secret_access_key=given.get("AWS_SECRET_ACCESS_KEY"),
        )


@dataclass(frozen=True, slots=True)
class Deployment:
    place: Place
    stack: str
    outputs: Mapping[str, str]
    parameters: Mapping[str, str]
    carrier: Callable[[Callable[[], Any]], Any] | None = None
    """What carries an action out while time passes there, if the deployment is in this process."""
    pause: Callable[[float], None] = time.sleep
    """Waits so many seconds between two looks at what goes on."""

    def client(self, service: str) -> Any:
        return self.place.client(service)

    def machine_of(self, execution: str) -> str | None:
        """Which machine's an execution is, such as ``Recover``; None for one that has no output of the stack."""
        arn = execution.rpartition(":")[0].replace(":execution:", ":stateMachine:")
        return next((key.removesuffix("Arn") for key, each in self.outputs.items() if each == arn), None)

    def carried_out(self, action: Callable[[], Answer]) -> Answer:
        """The answer of an action that waits for what goes on in the deployment."""
        return action() if self.carrier is None else self.carrier(action)


def find_deployment(place: Place) -> Deployment:
    """The stack that is named, or else the one that README names, or the only deployment that there is.

    Raises Problem if there is none, naming the candidates, or if AWS refuses to tell.
    """
    formation = place.client("cloudformation")
    with explained():
        stack = _described(formation, place.stack or STACK)
        if stack is not None and _is_ours(stack):
            return _deployment(place, stack)
        found = [each for each in _all(formation) if _is_ours(each)]
    if len(found) == 1 and place.stack is None:
        return _deployment(place, found[0])
    raise Problem(
        _none(place, stack, [each["StackName"] for each in found], formation.meta.region_name), Exit.NOT_FOUND
    )


def _none(place: Place, stack: Any, candidates: list[str], region: str) -> str:
    wanted = place.stack or STACK
    what = (
        f"the stack {wanted} in {region} is no deployment of this project"
        if stack
        else f"no stack {wanted} in {region}"
    )
    if candidates:
        return f"{what}; these are deployments: {', '.join(sorted(candidates))}: name one with --stack"
    return f"{what}, and no other deployment: look at --region and --profile, or deploy with make deploy"


def _described(formation: Any, name: str) -> Any:
    try:
        (stack,) = formation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as refusal:
        if code_of(refusal) != "ValidationError":  # which is what CloudFormation says of one that does not exist
            raise
        return None
    return stack


def _all(formation: Any) -> Iterator[Any]:
    for page in formation.get_paginator("describe_stacks").paginate():
        yield from page["Stacks"]


def _outputs(stack: Any) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def _deployment(place: Place, stack: Any) -> Deployment:
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
    return Deployment(place, stack["StackName"], _outputs(stack), parameters)


def _is_ours(stack: Any) -> bool:
    return set(NEEDED) <= _outputs(stack).keys()
