"""What must be refused: the calls of our functions on resources that are not ours.

Every recorded call that changes something is altered in each way that would make the resource a foreign one. What an
IAM condition cannot express is listed here with what prevents it instead; an exception that is not needed is a problem.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from tools.permissions.judge import Action
from tools.permissions.recorded import Need

Alteration = Callable[[Need], Need | None]
OUR_NAMES: Final = re.compile(r"(?<=[/:])(pc|private-connection)-|(?<=:table/)[^/]+|(?<=:event-bus/).+")
"""A table is ours alone, whatever its name; a bus is the one that the deployment was given."""

SOURCE: Final = "events:source"
OTHERS: Final = "somebody-elses"
"""The source of events that are not ours."""


@dataclass(frozen=True)
class Refusal:
    """A request that must be refused, and what is foreign about it."""

    need: Need
    alteration: str


@dataclass(frozen=True)
class Beyond:
    """A foreign request that no IAM condition can refuse, and what prevents it instead."""

    action: str
    kind: str
    alteration: str
    reason: str

    def covers(self, refusal: Refusal) -> bool:
        kind = re.split(r"[/:]", refusal.need.resource.split(":", 5)[-1])[0]
        return (self.action, self.kind, self.alteration) == (refusal.need.action, kind, refusal.alteration)


def _without(prefixes: tuple[str, ...]) -> Alteration:
    def alter(need: Need) -> Need | None:
        left = {key: value for key, value in need.context.items() if not key.startswith(prefixes)}
        return replace(need, context=left) if left != need.context else None

    return alter


def _named_otherwise(need: Need) -> Need | None:
    renamed = OUR_NAMES.sub("somebody-elses-", need.resource, count=1)
    return replace(need, resource=renamed) if renamed != need.resource else None


def _of_another_source(need: Need) -> Need | None:
    known = need.context.get(SOURCE)
    return None if known is None else replace(need, context={**need.context, SOURCE: OTHERS})


ALTERATIONS: Final[Mapping[str, Alteration]] = {
    "on a thing without tags": _without(("aws:ResourceTag/", "iam:ResourceTag/")),
    "making a thing without tags": _without(("aws:RequestTag/", "aws:TagKeys")),
    "on a thing of another name": _named_otherwise,
    "as an event of another source": _of_another_source,
}
UNTAGGED, UNMARKED, RENAMED, _ = ALTERATIONS

BEYOND_IAM: Final = (
    Beyond(
        "ec2:AuthorizeSecurityGroupIngress",
        "security-group",
        UNTAGGED,
        "an adopted cluster's group is somebody else's, and adding our rule there is the job; the rule must be tagged",
    ),
    Beyond(
        "ec2:RevokeSecurityGroupIngress",
        "security-group",
        UNTAGGED,
        "IAM asks for the group, never for the rule: `release_rule` in security_groups.py takes rules of ours only",
    ),
    Beyond(
        "elasticache:CreateReplicationGroup",
        "subnetgroup",
        UNTAGGED,
        "a request may name a subnet group of its own, which the creation uses and does not change",
    ),
    Beyond(
        "elasticache:CreateReplicationGroup",
        "subnetgroup",
        RENAMED,
        "a request may name a subnet group of its own, which the creation uses and does not change",
    ),
    *(
        Beyond(
            action,
            kind,
            UNTAGGED,
            "making asks the same whether the name is free or taken; nothing is made, or tagged, where it is taken",
        )
        for kind, making in {
            "replicationgroup": "elasticache:CreateReplicationGroup",
            "subnetgroup": "elasticache:CreateCacheSubnetGroup",
        }.items()
        for action in (making, "elasticache:AddTagsToResource")
    ),
    Beyond(
        "iam:PutRolePolicy",
        "role",
        UNTAGGED,
        "scoped by name: IAM has no key for a policy's name, `ensure_access_role` writes its own one only",
    ),
    Beyond(
        "iam:DeleteRolePolicy",
        "role",
        UNTAGGED,
        "scoped by name: IAM has no key for a policy's name, `delete_role_policy` deletes its own one only",
    ),
)
NOT_EXPRESSIBLE: Final = (
    "Tags of a new cluster, subnet group or role are asked for as if they were put on an existing one: there is no key "
    "that says that it is being created (elasticache:AddTagsToResource, iam:TagRole). The functions tag nothing that "
    "they did not make, but for the mark of a connection on a role of ours.",
    "Which connection a thing belongs to: keys of tags are conditions, their values are compared in code (`NotOurs`).",
)


def refusals(needs: Iterable[Need], actions: Mapping[str, Action | None]) -> list[Refusal]:
    """Each altered request once."""
    found = {refusal.need.key + refusal.alteration: refusal for need in needs for refusal in _altered(need, actions)}
    return list(found.values())


def _altered(need: Need, actions: Mapping[str, Action | None]) -> Iterator[Refusal]:
    action = actions[need.action]
    if action is None or not action.changes or need.missing or need.action.startswith(("lambda:", "states:")):
        return
    for name, alter in ALTERATIONS.items():
        altered = alter(need)
        if altered is not None and not (name == UNMARKED and _is_tagging(need)):
            yield Refusal(altered, name)


def _is_tagging(need: Need) -> bool:
    """Whether the call only tags. Such a call is not altered to one without tags, because that would do nothing."""
    return any(word in need.action for word in ("Tags", "TagRole", "UntagRole"))


def bounded(needs: Iterable[Need], boundary: str) -> tuple[list[Need], list[Need]]:
    """Calls that give a role rights: with the boundary, which must be allowed, and without it, which must not."""
    giving = [need for need in needs if need.action in ("iam:CreateRole", "iam:PutRolePolicy")]
    within = [replace(need, context=_bounded(need.context, boundary)) for need in giving]
    without = [
        replace(need, context=_bounded(need.context, other)) for need in giving for other in (None, f"{boundary}-other")
    ]
    return within, without


def _bounded(context: Mapping[str, Any], boundary: str | None) -> dict[str, Any]:
    left = {key: value for key, value in context.items() if key != "iam:PermissionsBoundary"}
    return left if boundary is None else {**left, "iam:PermissionsBoundary": boundary}
