"""What a plan says, held against what the run after it did: in the same words, by whichever witness tells of it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tests.exactness.called import Called
from tests.exactness.done import Fact, Named, done, goes_with_its_whole
from tests.exactness.view import Json, View, group_in

OF_HEALTH: Final = "NODE_UNHEALTHY"
"""What a run finds that waits for nodes; a plan waits for none."""
LATER: Final = "SURPLUS_LATER"
"""What is true of a moment: a run waits for a cluster that is changing as it is planned, and one may change later."""
IN_MOTION, OF_DEATH = "PLAN_IN_MOTION", "KEPT_AFTER_DEATH"
"""What a plan says of a run that died, and what the run does that finishes it."""
EACH_NODE: Final = ("one for each node", "one for each node that is added")
"""What is told of nodes that nobody can name; of the latter there may be none."""
BY_ACCOUNT: Final = "by the account"
BY_CALLS: Final = "by the calls"
BY_FINDINGS: Final = "by the findings"


@dataclass(frozen=True)
class Planned:
    """A plan, read with the account that it was made in."""

    plan: Json
    before: View

    @property
    def known(self) -> Counter[Fact]:
        return Counter(fact for each in self.plan["changes"] if not each["knownAfter"] for fact in self._facts(each))

    @property
    def later(self) -> list[Json]:
        """What is known once something is there."""
        return [each for each in self.plan["changes"] if each["knownAfter"]]

    @property
    def kept(self) -> set[tuple[str, str]]:
        return {
            (each["type"], self.name(each))
            for each in self.plan["changes"]
            if each["action"] == "keep" and not each["knownAfter"]
        }

    def _facts(self, each: Json) -> Iterator[Fact]:
        name = self.name(each)
        if each["action"] in ("create", "withdraw"):
            yield each["action"], each["type"], name, None
        for attribute in each["attributes"] if each["action"] == "change" else ():
            yield "change", each["type"], name, attribute["name"]

    def name(self, each: Json) -> str:
        kind, name = each["type"], str(each["name"])
        if name in EACH_NODE:
            return name
        named = Named(self.before)
        if kind == "allowedPrincipal":
            return f"{self._balancer(each['node'])}/{name}" if each["node"] else named.name(kind, name)
        if kind == "securityGroupRule" and ": " in name:
            group, _, rest = name.partition(": ")
            return f"{named.group(group)}: {rest.partition(' (')[0]}"
        return named.name(kind, name) if kind == "securityGroupRule" or name.startswith("vpce-svc") else name

    def _balancer(self, node: str) -> str:
        balancers = (each for each in self.plan["changes"] if each["type"] == "loadBalancer")
        return next(str(each["name"]) for each in balancers if each["node"] == node)


def differing(plan: Json, before: View, after: View, called: Called) -> Iterator[str]:
    """One sentence for each thing that the run did otherwise than was planned, by either witness."""
    planned = Planned(plan, before)
    for witness, was_done in _witnesses(before, after, called.facts + called.taken_back):
        yield from (f"{witness}: {each}" for each in _otherwise(planned, was_done))
    yield from called.problems
    present = Named(after).things
    yield from (f"was to be kept, and is gone: {kind} {name}" for kind, name in planned.kept - present.keys())
    yield from _other_values(planned, after)
    told = {(each["type"], planned.name(each)) for each in plan["changes"]}
    if not plan["leftOut"] and not any(each["name"] in EACH_NODE for each in planned.later):
        for kind, name in after.marked(str(plan["connection"])):
            if kind in ("loadBalancer", "targetGroup") and (kind, name) not in told:
                yield f"is there, and no plan told of it: {kind} {name}"


def told_otherwise(plan: Json, handoff: Json) -> Iterator[str]:
    """What is wrong with the findings of a plan, by those of the run after it."""
    planned, told = ({each["code"] for each in output["findings"]} for output in (plan, handoff))
    told -= {OF_HEALTH, *((OF_DEATH,) if IN_MOTION in planned else ())}
    if planned - {IN_MOTION, LATER} != told - {LATER}:
        yield f"{BY_FINDINGS}: the plan told {sorted(planned)}, and the run {sorted(told)}"


def _witnesses(before: View, after: View, by_calls: Counter[Fact]) -> Iterator[tuple[str, Counter[Fact]]]:
    yield BY_ACCOUNT, Counter(done(before, after))
    yield BY_CALLS, Counter({each: by_calls[each] for each in by_calls if not goes_with_its_whole(each, by_calls)})


def _otherwise(planned: Planned, was_done: Counter[Fact]) -> Iterator[str]:
    unplanned = was_done - planned.known
    for each in planned.later:
        if not _may_be_nothing(each) and not any(_met(planned, each, unplanned)):
            yield f"was planned for later, and never came: {each['action']} {each['type']} {each['name']}"
    yield from (f"was not planned: {each}" for each in _told(_without_later(planned, unplanned)))
    yield from (f"was planned and not done: {each}" for each in _told(planned.known - was_done))


def exceeding(plan: Json, before: View, after: View, called: Called) -> Iterator[str]:
    """One sentence for each thing that was done and not planned, of a run that may have ended half way: parts may have
    gone before what they are parts of, and it may have taken back what it had made.
    """
    planned = Planned(plan, before)
    going: set[Fact] = {
        ("withdraw", each["type"], planned.name(each), None) for each in plan["changes"] if each["action"] == "withdraw"
    }
    for witness, was_done in _witnesses(before, after, called.facts):
        unplanned = _without_later(planned, was_done - planned.known)
        alone = Counter(each for each in unplanned.elements() if not goes_with_its_whole(each, going))
        yield from (f"{witness}: was not planned: {each}" for each in _told(alone))
    yield from called.problems


def _without_later(planned: Planned, facts: Counter[Fact]) -> Counter[Fact]:
    """Those by which no change is met that was to be known later, each of which is done once."""
    return facts - Counter({fact for each in planned.later for fact in _met(planned, each, facts)})


def _met(planned: Planned, each: Json, facts: Iterable[Fact]) -> Iterator[Fact]:
    """What was done of a change that was to be known later."""
    name = planned.name(each)
    for fact in facts:
        is_it = fact[1] == each["type"] and each["action"] in (fact[0], "keep")
        is_there = each["name"] in EACH_NODE or each["type"] == "securityGroupRule" or fact[2] == name
        if is_it and (is_there or (each["type"] == "target" and fact[2].startswith(f"{name}/"))):
            yield fact


def _may_be_nothing(each: Json) -> bool:
    """Whether it may turn out that nothing had to be done: what is there already may be what is wanted."""
    is_perhaps_none = each["type"] == "securityGroupRule" or each["name"] == EACH_NODE[1]
    return each["action"] in ("keep", "withdraw", "change") or is_perhaps_none


def _other_values(planned: Planned, after: View) -> Iterator[str]:
    """Values that were planned and are others now."""
    present = Named(after)
    for each in planned.plan["changes"]:
        key = (each["type"], planned.name(each))
        for attribute in each["attributes"] if key in present.things and each["action"] != "withdraw" else ():
            if attribute["knownAfter"] is None:
                has = _value(present, *key, attribute["name"])
                if has is not None and has != attribute["wanted"]:
                    yield f"was planned {attribute['wanted']}, and is {has}: {attribute['name']} of {' '.join(key)}"


def _value(present: Named, kind: str, name: str, attribute: str) -> str | None:
    """An attribute as a plan tells it; null for what is told in words."""
    there, facts = present.things[kind, name]
    if attribute.startswith("tags."):
        key = attribute.removeprefix("tags.")
        return present.tags(kind, there).get(key) if not key.startswith("private-connection/for/") else None
    if attribute == "zones" and kind == "loadBalancer":
        subnets = present.view.inventory["subnet"]
        return ", ".join(sorted(f"{subnets[each]['zone']} ({each})" for each in facts["subnets"]))
    if attribute == "forwardsTo":
        return ", ".join(group_in(arn) for arn in facts["to"])
    if kind == "targetGroup" and attribute in facts["attributes"]:
        return str(facts["attributes"][attribute])
    return None


def _told(facts: Counter[Fact]) -> list[str]:
    return sorted(" ".join(filter(None, each)) for each in facts.elements())


def unchanged(before: View, after: View) -> bool:
    """Whether nothing at all has changed, in the account and in the registry."""
    return (before.inventory, before.items) == (after.inventory, after.items)
