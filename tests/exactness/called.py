"""What calls do, one after the other: to things by their names, which are those that a plan has for them."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from tests.exactness.done import TOLD, Fact, Named
from tests.exactness.view import View

Thing = tuple[str, str]
"""A type, and what it is called here."""
IN_STEPS: Final = ("trust", "allows")
"""What is widened first, and narrowed once the run is READY: a change in two calls."""


@dataclass
class Called:
    """What calls did so far."""

    names: dict[str, Thing]
    """What there is, by ARN or id."""
    there: set[Thing]
    gone: set[Thing]
    """What was withdrawn, or was going when the run began: withdrawn again, nothing becomes of it."""
    subnets: dict[Thing, set[str]]
    """Of load balancers."""
    made: set[Thing] = field(default_factory=set)
    """What the run has made, so that what else it says of that belongs to its making."""
    tagged: set[Fact] = field(default_factory=set)
    """The tags that it has put on what there was."""
    facts: Counter[Fact] = field(default_factory=Counter)
    taken_back: Counter[Fact] = field(default_factory=Counter)
    """Withdrawals of what the run itself had made, and tags that it takes off again."""
    problems: list[str] = field(default_factory=list)
    """Calls that nobody knows the meaning of."""

    def __getitem__(self, reference: str) -> Thing:
        """By an ARN or an id. Raises LookupError for one that nothing has."""
        if ":elasticache:" in reference:
            *_, kind, name = reference.split(":")  # ElastiCache User Guide, "Tagging your resources"
            return {"replicationgroup": "replicationGroup", "subnetgroup": "cacheSubnetGroup"}[kind], name
        return self.names[reference]

    def create(self, thing: Thing, *references: str) -> None:
        self.names |= dict.fromkeys(references, thing)
        self.facts["create", *thing, None] += 1
        self.made.add(thing)
        self.there.add(thing)
        self.gone.discard(thing)

    def change(self, thing: Thing, *attributes: str) -> None:
        for attribute in attributes if thing not in self.made else ():
            fact = ("change", *thing, attribute)
            self.facts[fact] = 1 if attribute in IN_STEPS else self.facts[fact] + 1

    def tag(self, thing: Thing, keys: Collection[str]) -> None:
        self.change(thing, *(f"tags.{each}" for each in keys))
        self.tagged |= {("change", *thing, f"tags.{each}") for each in keys if thing not in self.made}

    def untag(self, thing: Thing, keys: Collection[str]) -> None:
        facts = {("change", *thing, f"tags.{each}") for each in keys}
        self.taken_back.update(facts & self.tagged)
        self.change(thing, *(str(fact[-1]) for fact in facts - self.tagged))

    def withdraw(self, thing: Thing) -> None:
        if thing not in self.gone:
            (self.taken_back if thing in self.made else self.facts)["withdraw", *thing, None] += 1
        self.made.discard(thing)
        self.there.discard(thing)
        self.gone.add(thing)


def beginning(before: View) -> Called:
    """Of a run that finds the account so."""
    named = Named(before)
    found = [(kind, each, facts) for kind in TOLD for each, facts in before.inventory.get(kind, {}).items()]
    return Called(
        names={str(facts.get("arn", each)): (kind, named.name(kind, each)) for kind, each, facts in found},
        there={*named.things},
        gone={(kind, named.name(kind, each)) for kind, each, facts in found if facts.get("deleting")},
        subnets={
            thing: {*facts["subnets"]} for thing, (_, facts) in named.things.items() if thing[0] == "loadBalancer"
        },
    )
