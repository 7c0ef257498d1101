"""The sandbox's audit is independent: `owned` reports also what the product's inventory leaves out."""

import sys
from typing import Final

import pytest

from sandbox.account import Account
from tests.faults.grounds import ground, removal
from tests.faults.observation import observed

LOOKED_UP = {
    ("endpointService",): {"endpointService"},
    ("loadBalancer",): {"loadBalancer"},
    ("targetGroup",): {"targetGroup"},
    ("securityGroupRule",): {"securityGroupRule"},
    ("rolePolicy", "role"): {"role", "rolePolicy"},
    ("replicationGroup",): {"replicationGroup"},
    ("cacheSubnetGroup",): {"cacheSubnetGroup"},
    ("securityGroup",): {"securityGroup"},
}
Kinds = tuple[str, ...]
LACKING: Final[dict[str, tuple[str, list[Kinds]]]] = {
    "endpointService and replicationGroup": ("create", [("endpointService",), ("replicationGroup",)]),
    "loadBalancer and cacheSubnetGroup": ("create", [("loadBalancer",), ("cacheSubnetGroup",)]),
    "targetGroup, role and securityGroup": ("create", [("targetGroup",), ("rolePolicy", "role"), ("securityGroup",)]),
    "securityGroupRule": ("adopt", [("securityGroupRule",)]),  # the rules of a group of ours go with it
}
"""Kinds of which none stays because another one of its line does."""
NO_RESOURCES = {("principals",), ("access",), ("pathTags",), ("tags",)}
"""Looks for what others, or former requests, have on what is asked for."""


def blinded(account: Account, mode: str, lacking: list[Kinds]) -> dict[str, list[str]]:
    """Asked in a fork: what a teardown leaves whose inventory lacks some kinds."""
    for kinds in lacking:
        del sys.modules["private_connection.inventory"].LOOKS[kinds]
    account.run("teardown", removal(mode))
    return account.snapshot.owned()


@pytest.mark.parametrize("lacking", LACKING)
def test_a_kind_that_the_inventory_lacks_is_seen_to_be_left(lacking: str) -> None:
    mode, kinds = LACKING[lacking]
    owned = ground("provisioned", mode).ask(blinded, mode, kinds)
    assert set().union(*(LOOKED_UP[each] for each in kinds)) <= owned.keys()


def kinds_of_the_inventory(_: Account) -> list[Kinds]:
    return list(sys.modules["private_connection.inventory"].LOOKS)


def test_every_kind_is_tried_and_every_kind_is_made() -> None:
    looks = set(ground("provisioned", "create").ask(kinds_of_the_inventory))
    assert looks - NO_RESOURCES == LOOKED_UP.keys() == {each for _, kinds in LACKING.values() for each in kinds}
    assert set().union(*LOOKED_UP.values()) <= observed("provision", "create").owned.keys()
