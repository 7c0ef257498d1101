"""Judges needs by the deployment that they were recorded in: with the parameters' defaults, or where a run had others.

A grant whose resource is a parameter's value is another one in each deployment. It counts as needed if a run needs it
in one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tools.permissions.judge import Judgement, judge
from tools.permissions.policies import Grant, Policies, Template, grants, policies
from tools.permissions.recorded import Deployment, Need

DEFAULTS: Final[Deployment] = ()


def changed(deployment: Deployment, **parameters: str) -> Deployment:
    """The deployment with other values of parameters."""
    return tuple(sorted({**dict(deployment), **parameters}.items()))


@dataclass(frozen=True)
class Judged:
    judgement: Judgement
    needs: Sequence[Need]
    """In the order of the judgement's verdicts."""
    policies: Mapping[Deployment, Policies]

    @property
    def defaults(self) -> Policies:
        return self.policies[DEFAULTS]

    def used(self, kept: Sequence[Grant]) -> dict[Grant, list[Need]]:
        """These grants of the default deployment, with the needs that they allowed."""
        known = {each.key: each for each in kept}
        borne = {each.key[:-1]: each for each in self._borne_by_a_parameter(kept)}
        found: dict[Grant, list[Need]] = {each: [] for each in kept}
        for need, verdict in zip(self.needs, self.judgement.verdicts, strict=True):
            for sid, action, resource in verdict.grants:
                grant = known.get((need.who, sid, action, resource)) or borne.get((need.who, sid, action))
                if grant is not None:
                    found[grant].append(need)
        return found

    def _borne_by_a_parameter(self, kept: Sequence[Grant]) -> Iterator[Grant]:
        """Those that some other deployment does not have."""
        for each in self.policies.values():
            there = {grant.key for grant in grants(each)}
            yield from (grant for grant in kept if grant.key not in there)


def judge_each(template: Template, needs: Sequence[Need]) -> Judged:
    """Raises CalledProcessError when the evaluator itself fails."""
    deployments = sorted({DEFAULTS, *(need.deployment for need in needs)})
    found = {each: policies(template, dict(each)) for each in deployments}
    asked = {(who, each): f"{who}-{number}" for number, each in enumerate(deployments) for who in found[each]}
    every = {name: found[each][who] for (who, each), name in asked.items()}
    requests = [replace(need, who=asked.get((need.who, need.deployment), need.who)) for need in needs]
    return Judged(judge(every, requests), needs, found)
