"""Puts requests to the evaluator, which runs in a process of its own (it is licensed AGPL and never imported)."""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.permissions.policies import Policies
from tools.permissions.recorded import Need

JUDGE = Path("tools/node/judge.mjs")
LOOKS = ("List", "Read")


@dataclass(frozen=True)
class Verdict:
    """`problem` says why the request is none that IAM knows; `ignored` are keys that IAM does not supply for it."""

    allowed: bool
    problem: str | None
    ignored: tuple[str, ...]
    grants: tuple[tuple[str, str, str], ...]
    """Sid, action and resource of what allowed it."""


@dataclass(frozen=True)
class Action:
    """What IAM knows of an action: its access levels and the ARN patterns of the resources that it takes."""

    levels: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def changes(self) -> bool:
        return not set(self.levels) <= set(LOOKS)

    def takes(self, resource: str) -> bool:
        """Whether a pattern of a policy can match a resource of a type that the action takes."""
        if resource == "*" or not self.types:
            return resource == "*" and not self.types
        return any(_overlap(resource, each) for each in self.types)


@dataclass(frozen=True)
class Judgement:
    verdicts: list[Verdict]
    actions: Mapping[str, Action | None]


def judge(policies: Policies, needs: Sequence[Need]) -> Judgement:
    """Raises CalledProcessError when the evaluator itself fails."""
    question = json.dumps({"policies": policies, "requests": [need.request() for need in needs]})
    done = subprocess.run(["node", JUDGE], input=question, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return Judgement(
        [_verdict(each) for each in answer["verdicts"]],
        {name: _action(each) for name, each in answer["actions"].items()},
    )


def _verdict(said: Mapping[str, Any]) -> Verdict:
    allowing = tuple((each["sid"], each["action"], each["resource"]) for each in said["grants"])
    return Verdict(said["allowed"], said["problem"], tuple(said["ignored"]), allowing)


def _action(said: Mapping[str, Any] | None) -> Action | None:
    return None if said is None else Action(tuple(re.split(r",\s*", said["levels"])), tuple(said["types"]))


def _overlap(pattern: str, kind: str) -> bool:
    """Whether a policy's pattern may match ARNs of a resource type, by the words before the first variable part."""
    given, named = pattern.split(":", 5), re.sub(r"\$\{\w+\}", "*", kind).split(":", 5)
    if len(given) < 6 or given[2] != named[2]:
        return False
    return all(one == other for one, other in zip(_fixed(given[5]), _fixed(named[5]), strict=False))


def _fixed(resource: str) -> list[str]:
    """The words before the first that varies: targetgroup, or loadbalancer and net."""
    words = re.split(r"[/:]", resource)
    return words[: next((at for at, word in enumerate(words) if "*" in word), len(words))]
