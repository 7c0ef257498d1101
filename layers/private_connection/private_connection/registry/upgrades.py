"""Upgrades of the registry's items: what an earlier deployment wrote is read in the form that this one writes.

An item carries the number of its form. Whatever changes the form so that an older item would be refused, or read as
something else, raises `entries.SCHEMA` and adds the upgrade from the number before. A new attribute with a default is
no such change. The item is written in the new form by whoever changes it next. One with a number that this deployment
does not know, because a later one wrote it, is not read.

Number 1 is the form of the first release with a registry, with all that it requires, such as the ``maker`` of a last
run. No release wrote an item before that, so nothing is read that lacks it.
"""

from collections.abc import Callable, Mapping
from typing import Final

from private_connection.registry.entries import JsonObject

Upgrade = Callable[[JsonObject], JsonObject]
"""Makes an item with one number an item with the next one, the number left aside."""

UPGRADES: Final[Mapping[int, Upgrade]] = {}
"""By the number of the form that each reads: ``n: from_n_to_the_next``, a function that is named by what it changes."""


def upgraded(item: JsonObject, upgrades: Mapping[int, Upgrade] = UPGRADES) -> JsonObject:
    """The item after all upgrades from its number on, one after the other."""
    number = item.get("schema")
    while isinstance(number, int) and number in upgrades:
        item = {**upgrades[number](item), "schema": number + 1}
        number += 1
    return item
