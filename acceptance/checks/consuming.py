"""What is tried with a second account of the user's own, which connects with nothing but the hand-off."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

from acceptance.names import CHECKOUT, FOLDER
from acceptance.trial import Asked, Trial
from acceptance.verdicts import NotTried, Verdict, judged

HANDOFF: Final = FOLDER / "acceptance-handoff.json"
CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_PROFILE")
"""Variables of this account that boto3 takes before AWS_PROFILE."""
LOOKS: Final = 5
"""At an endpoint that stands, one after another."""
GONE: Final = 300.0
"""Seconds until a deleted endpoint has left the list, or is shown as deleted."""


class NotConnected(Exception):  # noqa: N818
    """The other account did not get through; the text is its program's last line."""


def connect(trial: Trial) -> dict[str, str]:
    """The address of the other account's endpoint by each node's name. Raises NotConnected.

    The states that this side sees meanwhile are kept for the checks.
    """
    seen = trial.things.setdefault("states", "").split()
    HANDOFF.parent.mkdir(parents=True, exist_ok=True)
    HANDOFF.write_text(json.dumps(trial.handoff))
    with _process(trial.asked, "connect") as process:
        while process.poll() is None:
            seen += [each for each in _states(trial) if seen[-1:] != [each]]
            trial.site.pause(trial.site.look)
        answer: dict[str, str] = json.loads(_answer(process))
    trial.things["states"] = " ".join(seen + [each for each in _states(trial) if seen[-1:] != [each]])
    return answer


def disconnect(trial: Trial) -> None:
    """Has the other account delete its endpoints. Raises NotConnected."""
    HANDOFF.parent.mkdir(parents=True, exist_ok=True)
    HANDOFF.write_text(json.dumps(trial.handoff))
    disconnect_former(trial.asked)


def disconnect_former(asked: Asked) -> None:
    """The same for the hand-off that was last used, as of an acceptance that was interrupted; none: there is nothing.

    Raises NotConnected.
    """
    if HANDOFF.exists():
        with _process(asked, "disconnect") as process:
            _answer(process)
        HANDOFF.unlink()


@contextmanager
def _process(asked: Asked, command: str) -> Iterator["subprocess.Popen[str]"]:
    own = {key: value for key, value in os.environ.items() if key not in CREDENTIALS}
    variables = {**own, "AWS_PROFILE": str(asked.consumer), "PYTHONPATH": str(CHECKOUT)}
    subnets = ["--subnets", *asked.consumer_subnets] if asked.consumer_subnets else []
    line = [sys.executable, "-m", "consumer", command, str(HANDOFF), *subnets]
    process = subprocess.Popen(line, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


def _answer(process: "subprocess.Popen[str]") -> str:
    answer, problem = process.communicate()
    if process.returncode:
        raise NotConnected(problem.strip().splitlines()[-1] if problem.strip() else f"exit {process.returncode}")
    return answer


def _states(trial: Trial) -> list[str]:
    """Of the endpoints at the first node's service, as this side sees them, beginning with a small letter.

    On the wire they begin so, and in the API's model with a capital.
    """
    asked = [{"Name": "service-id", "Values": [trial.endpoint["serviceId"]]}]
    answer = trial.client("ec2").describe_vpc_endpoint_connections(Filters=asked)
    states = [str(each["VpcEndpointState"]) for each in answer["VpcEndpointConnections"]]
    return [each[:1].lower() + each[1:] for each in states]


def pending_comes_first(trial: Trial) -> Verdict:
    seen = trial.things.get("states", "").split()
    if "pending" not in seen and "available" in seen:
        raise NotTried(f"no look fell between acceptance and available: {seen}")
    return judged(seen[-2:] == ["pending", "available"], f"seen {seen}")


def is_never_missing(trial: Trial) -> Verdict:
    seen: list[Any] = []
    for _ in range(LOOKS):
        seen.append(_states(trial))
        trial.site.pause(trial.site.look)
    missed = [not each for each in seen]
    return judged(not any(all(both) for both in pairwise(missed)), f"looks: {seen}")


def connections_outlive_the_principal(trial: Trial) -> Verdict:
    """Takes the principal off the service, looks, and puts it back."""
    service = trial.endpoint["serviceId"]
    principals = [trial.site.deployment.parameters["VervericaPrincipal"]]
    change = trial.client("ec2").modify_vpc_endpoint_service_permissions
    change(ServiceId=service, RemoveAllowedPrincipals=principals)
    try:
        trial.site.pause(5.0)
        seen = _states(trial)
    finally:
        change(ServiceId=service, AddAllowedPrincipals=principals)
    return judged(seen == ["available"], f"without its principal: {seen}")


def deleted_endpoint_leaves(trial: Trial) -> Verdict:
    disconnect(trial)
    found, waited = trial.site.until(lambda: set(_states(trial)) <= {"deleted"}, GONE)
    trial.measured["deleted endpoint out of the list"] = waited
    return judged(bool(found), f"after {waited:.0f} s the list has {_states(trial)}")
