"""Tags, the only record of which resources are ours: two marks, the connection and the run that made the resource.

A resource that lacks either mark is never modified or deleted: somebody may write one of them for a reason of their own
or take one off, so one alone proves nothing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from private_connection.contracts import Owner
from private_connection.errors import NotOurs
from private_connection.naming import digest

CONNECTION = "private-connection"
CREATED_BY = "private-connection/created-by"
NODE = "private-connection/node"
CLUSTER = "private-connection/cluster"
WORKSPACE = "private-connection/workspace"
ZONES = "private-connection/zones"
"""On a load balancer that a request has put into all zones, with the value ``all``; it never says whose that is."""
MARKS = (CONNECTION, CREATED_BY)
"""Whoever lacks one of them is not ours. A role has `WORKSPACE` in the place of the connection, which it outlives."""
SERVES = "private-connection/for/"
"""Prefix of the tag that each connection puts on a shared rule or role of ours; the value is the run that did so.

On a rule the connection's name follows, on a role Region and name (`access.roles.connection_tag`).
"""


Tags = Mapping[str, str]
TagList = list[Any]
"""Tags as AWS takes them, ``Key`` and ``Value``: a shape for which each service's stubs have a TypedDict."""


def taggable(value: str) -> str:
    """The value, or a digest of it where a tag would not take it.

    External ids allow characters that tag values do not, and are longer (API reference, AssumeRole; AWS tagging
    restrictions).
    """
    return value if re.fullmatch(r"[\w.:/=+@-]{1,256}", value, re.ASCII) else digest(value, length=32)


def tags_of(owner: Owner, **extra: str) -> TagList:
    """The tags of a resource that we create; ``extra`` is any of ``node`` and ``cluster``, with its id, and ``zones``.

    The user's come with ours, which win.
    """
    known = {"node": NODE, "cluster": CLUSTER, "zones": ZONES}
    named = {
        **owner.tags,
        CONNECTION: owner.connection,
        CREATED_BY: owner.maker,
        **{known[key]: value for key, value in extra.items()},
    }
    return as_list(named)


def missing_tags(owner: Owner, found: Tags) -> TagList:
    """The user's tags that a resource of ours lacks, or has with another value. Others that it has are left on it."""
    return as_list({key: value for key, value in owner.tags.items() if found.get(key) != value})


def lacks_tags(found: Tags, wanted: Tags) -> bool:
    """Whether one of the wanted tags is not there, or has another value."""
    return any(found.get(key) != value for key, value in wanted.items())


def use_tag(user: str) -> str:
    """The key of the tag that a user of a shared resource leaves on it; the value is the run that made it so."""
    return f"{SERVES}{user}"


def users_in(tags: Tags) -> set[str]:
    """The users that have left their tag on a shared resource."""
    return {key.removeprefix(SERVES) for key in tags if key.startswith(SERVES)}


def as_list(tags: Tags) -> TagList:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_mapping(tags: Iterable[Mapping[str, object]] | None) -> Tags:
    """What AWS returns (a list of ``Key`` and ``Value``, or nothing) as a mapping.

    Somebody's tag may have no value: Elastic Load Balancing and ElastiCache ask for none (API references, Tag).
    """
    return {str(tag["Key"]): str(tag.get("Value") or "") for tag in tags or ()}


def is_marked(tags: Tags) -> bool:
    """Whether it has both marks, of whichever connection and run."""
    return all(tags.get(mark) for mark in MARKS)


def is_ours(tags: Tags, connection: str) -> bool:
    return is_marked(tags) and tags[CONNECTION] == connection


def is_by_run(tags: Tags, owner: Owner) -> bool:
    """Whether the run itself made it, perhaps in a call whose answer was lost."""
    return tags.get(CREATED_BY) == owner.maker


def has_name(tags: Tags, connection: str) -> bool:
    """Whether it carries the connection's name, which alone does not make it ours."""
    return tags.get(CONNECTION) == connection


def lacking(tags: Tags, *marks: str) -> str | None:
    """Why teardown keeps what lacks one of the marks, by default of connection and maker; null if it has them."""
    missing = " and ".join(mark for mark in marks or MARKS if not tags.get(mark))
    return f"without a tag {missing} it is not ours: put back what it lost, or delete it" if missing else None


def whose(tags: Tags) -> str:
    """How a message names the owner of a resource that is not ours."""
    if CONNECTION not in tags:
        return f"without a tag {CONNECTION}"
    return f"whose tag {CONNECTION} says {tags[CONNECTION]!r}" + (
        "" if is_marked(tags) else f", without a tag {CREATED_BY}"
    )


def why_foreign(tags: Tags, connection: str) -> str | None:
    """Why teardown keeps what is not ours; null for what is."""
    return lacking(tags) or (None if has_name(tags, connection) else f"it is not ours: one {whose(tags)}")


def require_ours(kind: str, name: str, tags: Tags, owner: Owner) -> None:
    """Raises `NotOurs` for a resource that is where ours would be, and lacks one of our marks."""
    if not is_ours(tags, owner.connection):
        raise NotOurs(
            f"finding {kind} ({name}): it exists, {whose(tags)}, and so is not of connection {owner.connection!r}; "
            f"put back the tags that it lost, rename or delete it, or choose another connection name"
        )


def describe(owner: Owner) -> str:
    """The description of a replication group: it can be read in every status, tags only while it is available."""
    return f"{described_start(owner.connection)} {owner.maker}"


def described_start(connection: str) -> str:
    """How the description of each replication group of a connection begins."""
    return f"{CONNECTION} {connection} created by"


def tags_in(description: str) -> Tags:
    """The tags that a description written by `describe` stands for."""
    match = re.fullmatch(rf"{CONNECTION} (\S+) created by (\S+)", description)
    return {CONNECTION: match[1], CREATED_BY: match[2]} if match else {}
