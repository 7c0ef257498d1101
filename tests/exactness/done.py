"""What a run did by the account before and after it, in the words of a plan.

Never by what the product says of itself.
"""

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tests.exactness.view import Json, View, statements

Fact = tuple[str, str, str, str | None]
"""create, change or withdraw; a type; what it is called here; of a change, the attribute."""
PARTS: Final = {
    "listener": ("loadBalancer", ":"),
    "target": ("targetGroup", "/"),
    "allowedPrincipal": ("endpointService", "/"),
    "connection": ("endpointService", "/"),
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
    return {fact for fact in facts if not goes_with_its_whole(fact, facts)}


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


def goes_with_its_whole(fact: Fact, facts: Container[Fact]) -> bool:
    """Whether it is a part of something that goes, of which a plan tells alone."""
    action, kind, name, _ = fact
    if action != "withdraw" or kind not in PARTS:
        return False
    whole, separator = PARTS[kind]
    return ("withdraw", whole, name.partition(separator)[0], None) in facts
