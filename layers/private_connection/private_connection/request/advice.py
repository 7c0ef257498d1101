"""Advice: what somebody probably meant who gave a field another name of the right thing. Pure text, no look at AWS."""

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from typing import Final

NODE = re.compile(r"(-\d{4})?-\d{3}$")
"""The end of a node's id: ``-001``, in cluster mode ``-0001-001``."""
ENDPOINT = re.compile(r"^(?:\w+://)?([\w.-]+)\.\w+\.cache\.amazonaws\.com(?:\.cn)?(?::\d+)?/?$")
"""A name of ElastiCache's, with what stands before its Region (User Guide, "Finding connection endpoints")."""
VERSION = re.compile(r"(\d{1,2})(?:\.(\d{1,2}|x))?(?:\.[\dx]{1,2})*")
"""What somebody writes for an engine's version: its major and its minor one."""
FIRST_WITHOUT_PATCH: Final = 6
"""From this major version on ElastiCache lets nobody choose a patch release."""
LONGEST_ALONE: Final = 100
"""Characters of a value that a remedy repeats."""
SAMPLE_WORKSPACE: Final = "replace-with-your-workspace-id"
"""The workspace id of the files in ``events/`` and of the README."""


def advice(field: str, value: object) -> str | None:
    """The remedy for a value of the wrong form, where it shows what was meant; ``None`` where it does not."""
    meant = FIELDS.get(field)
    return meant(value) if meant is not None else None


def right_key(key: str, known: Sequence[str]) -> str | None:
    """The key that is written like this but for case, hyphens and underscores: snake case for instance."""
    return next((each for each in known if _bare(each) == _bare(key)), None)


def about_key(key: str, known: Sequence[str]) -> str:
    """The remedy for a key that is none of these: the right one, the most similar one, or neither."""
    right = right_key(key, known)
    if right:
        return f"write {right}"
    keys = {_bare(each): each for each in known}
    alike = get_close_matches(_bare(key), keys, n=1) if len(key) <= LONGEST_ALONE else []
    return f"did you mean {keys[alike[0]]}? otherwise remove it" if alike else "remove it, or correct its spelling"


def workspace_in(value: str) -> str | None:
    """What the id is mistaken for, with the remedy, where a workspace id is a URL or an ARN, as no id is."""
    if value.startswith("arn:"):
        return "give the id that the Ververica portal shows for the workspace, not an ARN of AWS"
    if "://" in value:
        place = re.search(r"/workspaces?/([^/?#]+)", value)
        return f"give the id alone: {place[1]}" if place else "give the id alone, without the address around it"
    return None


def _bare(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()


def _cluster_id(value: object) -> str | None:
    if not isinstance(value, str):
        return _text(value)
    if value.startswith("arn:"):
        return f"give the id alone: {_last(value)}"
    endpoint = ENDPOINT.match(value)
    return f"give the cluster's id, not a name of its endpoints: {_cluster_of(endpoint[1])}" if endpoint else None


def _cluster_of(name: str) -> str:
    """The id in an endpoint's name, of which the Region and what follows it are cut off.

    With encryption in transit the group stands second (``master.<id>.<suffix>``, ``<node>.<id>.<suffix>``), otherwise
    first (``<id>.<suffix>.ng.0001``, ``<id>-ro.<suffix>.ng.0001``, ``<id>.<suffix>.clustercfg``) or in the node's id
    (``<node>.<suffix>.0001``).
    """
    labels = name.split(".")
    if len(labels) == 3 and not re.fullmatch(r"\d{4}|(cluster)?cfg", labels[-1]):
        return labels[1]
    if "ng" in labels:
        return labels[0].removesuffix("-ro")
    return NODE.sub("", labels[0]) if labels[-1].isdigit() else labels[0]


def _alone(what: str, value: object) -> str | None:
    if isinstance(value, str) and value.startswith("arn:"):
        return f"give the {what} alone: {_last(value)}"
    return _text(value)


def _version(value: object) -> str | None:
    """How a version is written is said beside the pattern, `models.ENGINE_VERSION`."""
    found = None if isinstance(value, bool) else VERSION.fullmatch(str(value))
    if found is None:
        return None
    major, minor = found.groups()
    as_string = "" if isinstance(value, str) else " as a string"
    if int(major) < FIRST_WITHOUT_PATCH:
        return f'write it{as_string} with its patch release: "5.0.6", for instance'
    if minor in (None, "x"):
        return f'write it{as_string} with a minor version: "{major}.0", for instance'
    return f'write it as a string: "{major}.{minor}"' if as_string else f'write "{major}.{minor}"'


def _text(value: object) -> str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f'write it as a string: "{value}"'
    return None


def _listed(value: object) -> str | None:
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ALONE:
        return f'write it as a list: ["{value}"]'
    return None


def _last(arn: str) -> str:
    return re.split(r"[:/]", arn)[-1][:LONGEST_ALONE]


FIELDS: Final[Mapping[str, Callable[[object], str | None]]] = {
    "connection": _text,
    "workspaceId": _text,
    "cluster.id": _cluster_id,
    "cluster.create.engineVersion": _version,
    "cluster.create.subnetIds": partial(_alone, "id"),
    "cluster.create.securityGroupIds": partial(_alone, "id"),
    "cluster.create.subnetGroup": partial(_alone, "name"),
    "role.name": partial(_alone, "name"),
    "createdBy": _listed,
}
