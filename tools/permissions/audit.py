"""Finds problems: a need that is not granted, a grant that nothing needs, a foreign request that is allowed.

Needs are judged with the defaults of the template's parameters, but for those of runs that deployed with others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sandbox.deployment.resolver import ACCOUNT
from tools.permissions.dependents import dependents
from tools.permissions.deployments import changed, judge_each
from tools.permissions.judge import Judgement
from tools.permissions.policies import Grant, Policies, grants, managed
from tools.permissions.recorded import Need, merged
from tools.permissions.refusals import BEYOND_IAM, Beyond, Refusal, bounded, refusals

BOUNDARY: Final = f"arn:aws:iam::{ACCOUNT}:policy/bounds"


@dataclass(frozen=True)
class Audit:
    needs: Sequence[Need]
    asked_beside: int
    used: Mapping[Grant, list[Need]]
    refused: Sequence[Refusal]
    bounded: int
    managed: Mapping[str, list[str]]
    problems: Sequence[str]

    @property
    def summary(self) -> str:
        return (
            f"{len(self.needs)} recorded needs of {len({need.who for need in self.needs})} roles and "
            f"{self.asked_beside} that AWS asks beside them judged, {len(self.used)} grants, "
            f"{len(self.refused)} foreign requests refused, {self.bounded} judged with a boundary, "
            f"{len(self.problems)} problems"
        )


def audit(template: Mapping[str, Any], needs: Sequence[Need]) -> Audit:
    """Of a rendered template, on what runs recorded."""
    beside = merged(dependents(needs))
    every = [*needs, *beside]
    found = judge_each(template, every)
    judged = found.judgement
    used = found.used([each for each in grants(found.defaults) if _possible(each, judged)])
    foreign = refusals(needs, judged.actions)
    refused = [refusal for refusal, allowed in zip(foreign, _allowed(template, foreign), strict=True) if not allowed]
    leaks = [refusal for refusal in foreign if refusal not in refused]
    bounds, unbound = _bounded(template, needs)
    problems = [
        *_not_allowed(every, judged),
        *_not_used(used),
        *_dead(found.defaults, judged),
        *_not_refused(leaks),
        *unbound,
    ]
    return Audit(needs, len(beside), used, refused, bounds, managed(template), problems)


def _possible(grant: Grant, judged: Judgement) -> bool:
    """Whether the action takes such resources, because a statement with several actions pairs each with its own."""
    action = judged.actions[grant.action]
    return action is not None and action.takes(grant.resource)


def _allowed(template: Mapping[str, Any], foreign: Sequence[Refusal]) -> list[bool]:
    found = judge_each(template, [each.need for each in foreign])
    return [verdict.allowed for verdict in found.judgement.verdicts]


def _not_allowed(needs: Sequence[Need], judged: Judgement) -> Iterator[str]:
    for need, verdict in zip(needs, judged.verdicts, strict=True):
        if verdict.problem:
            yield f"{need.who}: {need.action} on {need.resource} is nothing that IAM knows: {verdict.problem}"
        elif not verdict.allowed and not need.missing:
            told = f"{need.why[0]} needs it with {dict(need.context)}"
            yield f"{need.who}: {need.action} on {need.resource} is not granted; {told}"


def _not_used(used: Mapping[Grant, list[Need]]) -> Iterator[str]:
    for grant, needs in used.items():
        if not needs:
            yield f"{grant.who}: {grant.sid} grants {grant.action} on {grant.resource}, which no run needs"


def _dead(found: Policies, judged: Judgement) -> Iterator[str]:
    """Resources that none of a statement's actions takes, and actions that take none of its resources."""
    every = list(grants(found))
    possible = [each for each in every if _possible(each, judged)]
    for part in ("action", "resource"):
        live = {(each.who, each.sid, getattr(each, part)) for each in possible}
        for who, sid, value in sorted({(each.who, each.sid, getattr(each, part)) for each in every} - live):
            yield f"{who}: {sid} names the {part} {value}, which nothing else in it goes with"


def _not_refused(leaks: Sequence[Refusal]) -> Iterator[str]:
    needed: set[Beyond] = set()
    for refusal in leaks:
        excuse = next((each for each in BEYOND_IAM if each.covers(refusal)), None)
        if excuse is None:
            need = refusal.need
            yield f"{need.who}: {need.action} on {need.resource} {refusal.alteration} is allowed"
        else:
            needed.add(excuse)
    for each in BEYOND_IAM:
        if each not in needed:
            yield f"{each.action} on a {each.kind} {each.alteration} is refused by now: its exception can go"


def _bounded(template: Mapping[str, Any], needs: Sequence[Need]) -> tuple[int, list[str]]:
    """With a boundary in the deployment, a role gets rights only within that boundary."""
    within, without = bounded(needs, BOUNDARY)
    asked = [
        replace(each, deployment=changed(each.deployment, PermissionsBoundary=BOUNDARY)) for each in (*within, *without)
    ]
    verdicts = judge_each(template, asked).judgement.verdicts
    refused = [need for need, verdict in zip(within, verdicts, strict=False) if not verdict.allowed]
    leaks = [need for need, verdict in zip(without, verdicts[len(within) :], strict=True) if verdict.allowed]
    problems = [f"{each.who}: {each.action} on {each.resource} is refused within the boundary" for each in refused]
    problems += [f"{each.who}: {each.action} on {each.resource} is allowed without the boundary" for each in leaks]
    return len(verdicts), problems
