"""What runs needed, as they recorded it: in one Region, and each need once, with the scenarios that had it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tools.deployment import REGION

FOLDER = Path("build/recordings")
Deployment = tuple[tuple[str, str], ...]
"""The template's parameters that had other values than their defaults, sorted."""


@dataclass(frozen=True)
class Need:
    """An action that `who` needed on a resource, in a context. `why` is who says so: scenarios, or a page of AWS's.

    If the resource was missing, a denial is accepted too.
    """

    who: str
    action: str
    resource: str
    context: Mapping[str, Any]
    why: tuple[str, ...] = field(default=(), compare=False)
    missing: bool = False
    deployment: Deployment = ()

    @property
    def key(self) -> str:
        said = [self.who, self.action, self.resource, self.context, self.missing, self.deployment]
        return json.dumps(said, sort_keys=True)

    def request(self) -> dict[str, Any]:
        return {"who": self.who, "action": self.action, "resource": self.resource, "context": self.context}


def read(folder: Path = FOLDER) -> list[Need]:
    """Everything that was recorded. Raises FileNotFoundError when nothing was."""
    files = sorted(folder.glob("calls.*.jsonl"))
    lines = [line for file in files for line in file.read_text().splitlines()]
    if not lines:
        raise FileNotFoundError(f"{folder} holds no recorded calls: record some first (make recordings)")
    return merged(_need(line) for line in lines)


def merged(needs: Iterable[Need]) -> list[Need]:
    """Equal needs become one, which has every reason."""
    found: dict[str, Need] = {}
    for need in needs:
        known = found.get(need.key)
        why = sorted({*need.why, *(known.why if known else ())})
        found[need.key] = replace(need, why=tuple(why))
    return list(found.values())


def _need(line: str) -> Need:
    """A recorded need, with its Region replaced by the one that policies are resolved for."""
    region = json.loads(line)["context"]["aws:RequestedRegion"]
    said = json.loads(line.replace(region, REGION))
    deployment = tuple(sorted(said.get("parameters", {}).items()))
    why = (said["scenario"],)
    return Need(said["who"], said["action"], said["resource"], said["context"], why, said["missing"], deployment)
