"""`make deploy`: the SAM CLI, with the Region and the credentials that the AWS CLI would use, checked before it starts.

By itself the SAM CLI reads `AWS_DEFAULT_REGION` only, does not explain its questions, notices missing credentials after
all of them were answered, and replaces functions under runs that are going on. Answers are kept in
samconfig.local.toml, which git ignores.

    python -m tools.deploy [--check] default|guided|ENVIRONMENT
"""

import os
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3

from private_connection_cli.sessions import REGIONS, region_said, session
from tools.caller import RefusedError, caller
from tools.deployment import read_template
from tools.running import PATIENCE, refuse_while_running

PROFILES: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""The environment variables that may name a profile."""
TRACKED: Final = Path("samconfig.toml")
KEPT: Final = Path("samconfig.local.toml")
SAM: Final = Path(".sam/bin/sam")


@dataclass(frozen=True)
class Target:
    """What to deploy to; ``said_by`` is the setting that names the Region."""

    environment: str
    file: Path
    stack: str
    profile: str | None
    region: str
    said_by: str
    answers: Mapping[str, str]
    """What the file says of the template's parameters."""


def target(environment: str) -> Target:
    """Raises `RefusedError` where there is no such environment, no Region, or two Regions or profiles that contradict
    each other.
    """
    file, settings = _settings(environment)
    profile = _profile(file, settings.get("profile"))
    region, said_by = _region(file, settings.get("region"), profile)
    answers = _answers(settings.get("parameter_overrides", ""))
    return Target(environment, file, str(settings.get("stack_name", "")), profile, region, said_by, answers)


def _settings(environment: str) -> tuple[Path, Mapping[str, Any]]:
    """The file that holds an environment, and what it says to `sam deploy`."""
    known: list[str] = []
    for file in (each for each in (KEPT, TRACKED) if each.is_file()):
        found = tomllib.loads(file.read_text())
        if environment in found:
            commands = (found[environment].get(each, {}).get("parameters", {}) for each in ("global", "deploy"))
            return file, {key: value for each in commands for key, value in each.items()}
        known += [each for each, value in found.items() if isinstance(value, dict)]
    raise RefusedError(
        f"there is no environment {environment} in {KEPT} or {TRACKED}, only {', '.join(dict.fromkeys(known))}: make "
        f"deploy CONFIG=guided, and answer its question 'SAM configuration environment' with {environment}"
    )


def _answers(kept: str | Sequence[str]) -> dict[str, str]:
    """What `parameter_overrides` says, as the SAM CLI keeps it: `Name="value"`, in one text or in a list."""
    pairs = shlex.split(kept) if isinstance(kept, str) else kept
    return {name: value for name, _, value in (each.partition("=") for each in pairs)}


def _profile(file: Path, kept: str | None) -> str | None:
    """The profile that the file names. The SAM CLI takes it whatever the environment says (SAM CLI 1.170,
    `cli/context.py`: boto3 is asked for it by name), so it is the one that is checked.
    """
    for each in PROFILES:
        if kept and os.environ.get(each, kept) not in ("", kept):
            raise RefusedError(
                f"{each} says {os.environ[each]}, {file} says {kept}: unset {each}, or keep another environment for "
                f"{os.environ[each]} (make deploy CONFIG=guided)"
            )
    return kept


def _region(file: Path, kept: str | None, profile: str | None) -> tuple[str, str]:
    said = region_said()
    if said and kept and said[0] != kept:
        raise RefusedError(
            f"{said[1]} says {said[0]}, {file} says {kept}: unset {said[1]}, or keep another environment for {said[0]} "
            f"(make deploy CONFIG=guided)"
        )
    if said or kept:
        return said or (str(kept), str(file))
    region = _session(profile).region_name
    if region is None:
        raise RefusedError(
            "no Region: export AWS_REGION=us-east-1, or give your profile one (aws configure set region)"
        )
    return region, f"profile {profile or os.environ.get('AWS_PROFILE') or 'default'}"


def _session(profile: str | None) -> boto3.Session:
    with caller(profile):
        return session(profile)


def check(to: Target) -> str:
    """A line that says who deploys what to where. Raises `RefusedError` if AWS does not know who, and while a run of
    the stack is going on.
    """
    asking, who = signed_in(to)
    refuse_while_running(asking, to.stack)
    return f"{to.stack} to {to.region} ({to.said_by}) in {who}"


def signed_in(to: Target) -> tuple[boto3.Session, str]:
    """With whose account that is, and who asks. Raises `RefusedError` if AWS does not know who."""
    with caller(to.profile, to.region):
        asking = session(to.profile, to.region)
        who = asking.client("sts", config=PATIENCE).get_caller_identity()
    return asking, f"account {who['Account']} as {who['Arn']}"


def questions(answers: Mapping[str, str]) -> Iterator[str]:
    """Explains the questions that the SAM CLI is about to ask, because it does not."""
    yield "The SAM CLI asks for the following. Enter takes what stands in brackets.\n"
    for name, parameter in read_template().parameters.items():
        yield f"  {name} [{answers.get(name, parameter.get('Default', ''))}]"
        yield f"      {parameter['Description']}"
    yield "\nThen it asks what to do with the answers. Keep them: from then on, make deploy takes them.\n"


def deploy(to: Target, guided: bool) -> int:
    """Returns the exit status of the SAM CLI, which is 0 also where nothing has changed."""
    file = to.file
    if guided and file != KEPT:
        shutil.copy(TRACKED, KEPT)
        file = KEPT
    how = ["--guided"] if guided else ["--config-env", to.environment]
    return sam(to, "deploy", "--config-file", file.name, "--no-fail-on-empty-changeset", *how)


def sam(to: Target, *arguments: str) -> int:
    """Runs the SAM CLI in the target's Region. Returns its exit status."""
    command = [str(SAM), *arguments, "--region", to.region]
    return subprocess.run(command, env=_environment(to), check=False).returncode


def _environment(to: Target) -> dict[str, str]:
    """In which the SAM CLI takes the Region and the profile that were checked: boto3, by which it goes, reads
    AWS_DEFAULT_PROFILE first, and the AWS CLI AWS_PROFILE.
    """
    said = {**os.environ, **{each: to.region for each in REGIONS}}
    if said.get("AWS_PROFILE"):
        said.pop("AWS_DEFAULT_PROFILE", None)
    return said


def main(arguments: Sequence[str]) -> int:
    config = next(each for each in arguments if not each.startswith("-"))
    guided = config == "guided"
    try:
        to = target("default" if guided else config)
        told = check(to)  # before the build, and after it: that takes minutes, in which a run may have begun
        if "--check" in arguments:
            sys.stdout.write(f"deploy: {told}\n")
            return 0
    except RefusedError as refusal:
        sys.stderr.write(f"deploy: {refusal}\n")
        return 1
    if guided:
        sys.stdout.writelines(f"{line}\n" for line in questions(to.answers))
        sys.stdout.flush()
    return deploy(to, guided)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
