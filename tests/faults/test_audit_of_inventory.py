"""The sandbox's audit is independent: `owned` reports also what the product's inventory leaves out."""

import sys

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


NO_RESOURCES = {("principals",), ("access",), ("pathTags",), ("tags",)}
"""Looks for what others, or former requests, have on what is asked for."""


def blinded(account: Account, kinds: tuple[str, ...], mode: str) -> tuple[str, dict[str, list[str]]]:
    """Asked in a fork: a teardown whose inventory lacks a kind."""
    del sys.modules["private_connection.inventory"].LOOKS[kinds]
    report = account.run("teardown", removal(mode))
    return report.status, account.snapshot.owned()


@pytest.mark.parametrize("kinds", LOOKED_UP, ids=" and ".join)
def test_a_kind_that_the_inventory_lacks_is_seen_to_be_left(kinds: tuple[str, ...]) -> None:
    mode = "adopt" if kinds == ("securityGroupRule",) else "create"  # the rules of a group of ours go with it
    _, owned = ground("provisioned", mode).ask(blinded, kinds, mode)
    assert LOOKED_UP[kinds] <= owned.keys()


def kinds_of_the_inventory(_: Account) -> list[tuple[str, ...]]:
    return list(sys.modules["private_connection.inventory"].LOOKS)


def test_every_kind_is_tried_and_every_kind_is_made() -> None:
    looks = set(ground("provisioned", "create").ask(kinds_of_the_inventory))
    assert looks - NO_RESOURCES == LOOKED_UP.keys()
    assert set().union(*LOOKED_UP.values()) <= observed("provision", "create").owned.keys()
