"""Which connections have something new after a look at the whole account, and what was judged of them."""

from dataclasses import replace
from typing import Any, Final

import pytest

from private_connection.reconcile.account import Account
from private_connection.reconcile.changed import Changed, as_one, changed_of
from private_connection.reconcile.connected import connected
from private_connection.reconcile.drift import Drift, drift_of
from private_connection.registry.entries import Entry
from private_connection.registry.sightings import SeenEndpoint, Told
from tests.unit.reconcile.made import FIRST, NAME, STRANGER, a_cluster, an_account, an_endpoint, an_entry
from tests.unit.registry.stage import a_seen_endpoint, ago

MODIFIED: Final = replace(an_account(), clusters={NAME: a_cluster(status="modifying")})


def with_endpoint(**changes: Any) -> Account:
    return replace(an_account(), endpoints={f"vpce-svc-{FIRST}": [an_endpoint(**changes)]})


def found(account: Account, **attributes: Any) -> list[Changed]:
    entry = an_entry(**attributes)
    connection = connected(entry)
    return list(changed_of(entry, connection, "repair", drift_of(connection, account), account))


SEEN: Final = (SeenEndpoint.model_validate(a_seen_endpoint()),)
CHANGED: Final = Changed(connection=NAME, revision=3, modifying=False)


def test_where_all_is_as_it_was_nothing_is_new() -> None:
    assert found(an_account()) == []
    assert found(with_endpoint(), seen=SEEN) == []
    assert found(MODIFIED, modifying_since=ago(minutes=5)) == []


def test_what_is_new_is_told_by_the_name_and_the_revision() -> None:
    assert found(with_endpoint()) == [CHANGED]
    assert found(with_endpoint(state="rejected"), seen=SEEN) == [CHANGED]
    assert found(an_account(), seen=SEEN) == [CHANGED]
    assert found(with_endpoint(owner=STRANGER), seen=SEEN) == [CHANGED], "which drift tells too"
    assert found(an_account(), told=(Told(code="CLUSTER_GONE"),)) == [CHANGED]


def test_that_a_cluster_is_being_modified_is_new_once() -> None:
    assert found(MODIFIED) == [CHANGED.model_copy(update={"modifying": True})]
    assert found(MODIFIED, modifying_since=ago(hours=3)) == [CHANGED.model_copy(update={"modifying": True})], "too long"
    assert found(an_account(), modifying_since=ago(hours=1)) == [CHANGED]


def test_what_only_a_close_look_finds_is_not_gone_because_a_look_from_afar_does_not_find_it() -> None:
    unhealthy = Told(code="NODE_UNHEALTHY", node=FIRST)
    assert found(an_account(), told=(unhealthy, Told(code="POLICY_CHANGED"))) == []
    assert found(an_account(), told=(unhealthy, Told(code="CLUSTER_GONE"))) == [CHANGED]


@pytest.mark.parametrize(
    ("changes", "told", "judged"),
    [
        ({}, Told(code="CLUSTER_GONE"), True),
        ({"modifying": None}, Told(code="CLUSTER_GONE"), False),
        ({}, Told(code="NODE_UNHEALTHY", node=FIRST), False),
        ({"nodes": (FIRST,)}, Told(code="NODE_UNHEALTHY", node=FIRST), True),
        ({"nodes": ("another",), "policy": True}, Told(code="NODE_UNHEALTHY", node=FIRST), False),
        ({"nodes": (FIRST,)}, Told(code="POLICY_CHANGED"), False),
        ({"policy": True}, Told(code="POLICY_CHANGED"), True),
        ({"modifying": False}, Told(code="POLICY_GONE"), False),
        ({"policy": True}, Told(code="POLICY_GONE"), True),
        ({}, Told(code="TAGS_CHANGED"), True),
        ({"modifying": None, "policy": True}, Told(code="TAGS_CHANGED"), False),
        ({}, Told(code="TAGS_CHANGED", node=FIRST), False),
        ({"nodes": (FIRST,)}, Told(code="TAGS_CHANGED", node=FIRST), True),
        ({}, Told(code="FORMERLY"), True),
    ],
)
def test_what_was_looked_at_is_judged(changes: dict[str, Any], told: Told, *, judged: bool) -> None:
    assert CHANGED.model_copy(update=changes).judges(told) is judged


def test_what_several_looks_have_found_is_joined() -> None:
    other = Changed(connection="another", revision=1, modifying=True)
    closely = [Changed(connection=NAME, revision=3, modifying=None, nodes=(node,)) for node in ("b", "a")]
    policy = Changed(connection=NAME, revision=3, modifying=None, nodes=("b",), policy=True)
    assert as_one([*closely, CHANGED, other, policy]) == [
        other,
        Changed(connection=NAME, revision=3, modifying=False, nodes=("a", "b"), policy=True),
    ]
    assert as_one(closely) == [Changed(connection=NAME, revision=3, modifying=None, nodes=("a", "b"))]


def test_one_that_was_recorded_meanwhile_is_as_the_later_look_found_it() -> None:
    later = Changed(connection=NAME, revision=4, modifying=None, nodes=("a",))
    assert as_one([CHANGED, later]) == [later]


def test_drift_that_a_repair_mends_is_no_news() -> None:
    entry: Entry = an_entry()
    gone = (Drift(code="RULE_GONE"),)
    assert list(changed_of(entry, connected(entry), "repair", gone, an_account())) == []
    assert list(changed_of(entry, connected(entry), "report", gone, an_account())) == [CHANGED]
