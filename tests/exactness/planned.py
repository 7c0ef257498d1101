"""What a plan says, and what the run after it does, in the same words: so that one can be held against the other.

What was done is read from the account before and after the run, never from what the product says of itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.exactness.view import Json, View, group_in, statements

Fact = tuple[str, str, str, str | None]
"""create, change or withdraw; a type; what it is called here; of a change, the attribute."""
PARTS: Final = {
    "listener": ("loadBalancer", ":"),
    "target": ("targetGroup", "/"),
    "endpointService": ("loadBalancer", ""),
    "allowedPrincipal": ("endpointService", "/"),
}
"""What goes with what it is a part of, and what its name has after that one's."""
TOLD: Final = (
    "replicationGroup",
    "cacheSubnetGroup",
    "securityGroup",
    "role",
    "rolePolicy",
    "securityGroupRule",
    "loadBalancer",
    "targetGroup",
    "listener",
    "target",
    "endpointService",
    "allowedPrincipal",
)
IDENTITY: Final = {"loadBalancer": "arn", "listener": "arn", "targetGroup": "arn", "role": "id"}
"""What is another where something was made anew under its name."""
OF_HEALTH: Final = "NODE_UNHEALTHY"
"""What a run finds that waits for nodes; a plan waits for none."""
LATER: Final = "SURPLUS_LATER"
"""What is true of a moment: a run waits for a cluster that is changing as it is planned, and one may change later."""
IN_MOTION, OF_DEATH = "PLAN_IN_MOTION", "KEPT_AFTER_DEATH"
"""What a plan says of a run that died, and what the run does that finishes it."""
EACH_NODE: Final = ("one for each node", "one for each node that is added")
"""What is told of nodes that nobody can name; of the latter there may be none."""


@dataclass(frozen=True)
class Named:
    """An account in which things have the names that last: what AWS numbers is called by what it stands on."""

    view: View

    @property
    def things(self) -> dict[tuple[str, str], tuple[str, Json]]:
        """By type and name here: the name there, and the facts."""
        return {
            (kind, self.name(kind, each)): (each, dict(facts))
            for kind in TOLD
            for each, facts in self.view.inventory.get(kind, {}).items()
            if not facts.get("deleting") and facts.get("egress") is not True
        }

    def name(self, kind: str, name: str) -> str:
        if kind == "endpointService":
            return next(iter(self.view.balancers_of(name)), name)
        if kind == "allowedPrincipal":
            service, _, principal = name.partition("/")
            return f"{self.name('endpointService', service)}/{principal}"
        if kind == "securityGroup":
            return str(self.view.inventory[kind][name]["name"])
        if kind == "securityGroupRule":
            rule = self.view.rules.get(name)
            return f"{self.group(rule.group)}: {rule.permission.cidr} on {rule.permission.to_port}" if rule else name
        return name

    def group(self, group: str) -> str:
        facts = self.view.inventory.get("securityGroup", {}).get(group)
        return str(facts["name"]) if facts else group

    def tags(self, kind: str, name: str) -> Mapping[str, str]:
        return self.view.tags.get((kind, name), {})


def done(before: View, after: View) -> set[Fact]:
    """What was created, changed and withdrawn between two moments."""
    former, present = Named(before), Named(after)
    were, are = former.things, present.things
    facts = set[Fact]()
    for key in were.keys() | are.keys():
        facts |= set(_of_thing(former, present, key))
    return {fact for fact in facts if not _goes_with_its_whole(fact, facts)}


def _of_thing(former: Named, present: Named, key: tuple[str, str]) -> Iterator[Fact]:
    kind, name = key
    was, now = former.things.get(key), present.things.get(key)
    identity = IDENTITY.get(kind)
    is_other = kind == "endpointService" and was and now and was[0] != now[0]
    if was and now and not is_other and (identity is None or was[1][identity] == now[1][identity]):
        yield from (("change", kind, name, each) for each in _changed(former, present, kind, was, now))
        return
    if was:
        yield "withdraw", kind, name, None
    if now:
        yield "create", kind, name, None


def _changed(former: Named, present: Named, kind: str, was: tuple[str, Json], now: tuple[str, Json]) -> Iterator[str]:
    had, has = former.tags(kind, was[0]), present.tags(kind, now[0])
    yield from (f"tags.{key}" for key in had.keys() | has.keys() if had.get(key) != has.get(key))
    before, after = was[1], now[1]
    for key, told in (("subnets", "zones"), ("checks", "healthCheck"), ("acceptanceRequired",) * 2):
        if kind != "cacheSubnetGroup" and before.get(key) != after.get(key):
            yield told
    if kind == "targetGroup":
        had, has = before["attributes"], after["attributes"]
        yield from (key for key in had.keys() | has.keys() if had.get(key) != has.get(key))
    if kind == "listener" and before["to"] != after["to"]:
        yield "forwardsTo"
    for key, told in (("trust", "trust"), ("document", "allows")):
        if key in before and sorted(map(str, statements(before[key]))) != sorted(map(str, statements(after[key]))):
            yield told


def _goes_with_its_whole(fact: Fact, facts: set[Fact]) -> bool:
    """Whether it is a part of something that goes, of which a plan tells alone."""
    action, kind, name, _ = fact
    if action != "withdraw" or kind not in PARTS:
        return False
    whole, separator = PARTS[kind]
    if kind == "endpointService":
        return False
    return ("withdraw", whole, name.partition(separator)[0], None) in facts


# ------------------------------------------------------------------ what is planned


@dataclass(frozen=True)
class Planned:
    """A plan, read with the account that it was made in."""

    plan: Json
    before: View

    @property
    def known(self) -> set[Fact]:
        return {fact for each in self.plan["changes"] if not each["knownAfter"] for fact in self._facts(each)}

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


def differing(plan: Json, before: View, after: View) -> Iterator[str]:
    """One sentence for each thing that the run did otherwise than was planned."""
    planned, was_done = Planned(plan, before), done(before, after)
    unplanned = was_done - planned.known
    for each in planned.later:
        met = set(_met(planned, each, unplanned))
        if not met and not _may_be_nothing(planned, each, after):
            yield f"was planned for later, and never came: {each['action']} {each['type']} {each['name']}"
        unplanned -= met
    yield from (f"was not planned: {_told(fact)}" for fact in sorted(unplanned, key=str))
    yield from (f"was planned and not done: {_told(fact)}" for fact in sorted(planned.known - was_done, key=str))
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
        yield f"the plan told {sorted(planned)}, and the run {sorted(told)}"


def exceeding(plan: Json, before: View, after: View) -> Iterator[str]:
    """One sentence for each thing that was done and not planned, of a run that may have ended half way: parts may have
    gone before what they are parts of.
    """
    planned = Planned(plan, before)
    unplanned = done(before, after) - planned.known
    for each in planned.later:
        unplanned -= set(_met(planned, each, unplanned))
    going: set[Fact] = {
        ("withdraw", each["type"], planned.name(each), None) for each in plan["changes"] if each["action"] == "withdraw"
    }
    alone = (fact for fact in unplanned if not _goes_with_its_whole(fact, going))
    return (f"was not planned: {_told(fact)}" for fact in sorted(alone, key=str))


def _met(planned: Planned, each: Json, facts: set[Fact]) -> Iterator[Fact]:
    """What was done of a change that was to be known later."""
    name = planned.name(each)
    for fact in facts:
        is_it = fact[1] == each["type"] and each["action"] in (fact[0], "keep")
        is_there = each["name"] in EACH_NODE or each["type"] == "securityGroupRule" or fact[2] == name
        if is_it and (is_there or (each["type"] == "target" and fact[2].startswith(f"{name}/"))):
            yield fact


def _may_be_nothing(planned: Planned, each: Json, after: View) -> bool:
    """Whether it may turn out that nothing had to be done: what is there already may be what is wanted."""
    if each["type"] == "target" and each["action"] == "create":
        return bool(after.targets(planned.name(each)))
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


def _told(fact: Fact) -> str:
    return " ".join(filter(None, fact))


def unchanged(before: View, after: View) -> bool:
    """Whether nothing at all has changed, in the account and in the registry."""
    return (before.inventory, before.items) == (after.inventory, after.items)
