"""What a teardown keeps, and why."""

from collections.abc import Sequence
from typing import get_args

import pytest

from private_connection.access.sids import mark_of
from private_connection.inventory import Inventory
from private_connection.teardown import keeping
from private_connection.teardown.keeping import (
    Named,
    Scope,
    _why_kept,
    adopted_clusters,
    kept_things,
    reasons_to_stay,
    shared_rules,
)
from private_connection.things import Kind, Thing, key
from tests.unit.builders import Json, a_thing, a_wanted
from tests.unit.teardown.things import BALANCER, CLUSTER, GROUP, POLICY, ROLE, RULE, SUBNETS

EVERYTHING = Scope(created_by=None, delete_cluster=True)
ROLLBACK = Scope(created_by=("run-1",), delete_cluster=True)


@pytest.mark.parametrize(
    ("thing", "asked", "why"),
    [
        (BALANCER, {}, None),
        (ROLE.model_copy(update={"note": "it carries policies"}), {}, "it carries policies"),
        (CLUSTER, {"delete_cluster": False}, "deleteCluster is not set"),
        (SUBNETS, {"delete_cluster": False}, "deleteCluster is not set"),
        (GROUP, {"delete_cluster": False}, "deleteCluster is not set"),
        (CLUSTER, {}, None),
        (CLUSTER, {"cluster_use": "used"}, "used"),
        (BALANCER, {"cluster_use": "used"}, None),
        (BALANCER, {"makers": ("run-1",)}, None),
        (BALANCER, {"makers": ("run-2",)}, "made by run run-1"),
        (BALANCER, {"makers": ("run-2", "run-1")}, None),
        (BALANCER, {"makers": ("run-2", "run-10")}, "made by run run-1"),
        (RULE, {"makers": ("run-1",)}, None),
        (RULE, {"makers": ("run-2",)}, "made by run run-1"),
        (POLICY, {}, None),
        (POLICY, {"makers": ("run-1",)}, None),
        (POLICY, {"makers": ("run-2", "run-1")}, None),
        (POLICY, {"makers": ("run-2",)}, "written by another run"),
        (POLICY.model_copy(update={"marks": ()}), {}, None),
        (POLICY.model_copy(update={"marks": ()}), {"makers": ("run-1",)}, "written by another run"),
        (ROLE, {"makers": ("run-1",)}, None),
        (CLUSTER, {"makers": ("run-1",), "cluster_use": "used"}, "used"),
        (BALANCER, {"makers": ("run-1",), "cluster_use": "used"}, None),
    ],
)
def test_what_stays_and_why(thing: Thing, asked: Json, why: str | None) -> None:
    plain: Json = {"makers": None, "delete_cluster": True, "cluster_use": None}
    assert _why_kept(thing, **plain | asked) == why


@pytest.mark.parametrize(
    ("things", "users", "why"),
    [
        ([BALANCER], [], None),
        ([BALANCER], ["orders", "search"], "used by connections orders, search"),
        ([BALANCER, a_thing("loadBalancer", "pc-b", created_by="run-2")], [], "used by load balancers of run run-2"),
        ([a_thing("loadBalancer", "pc-b", created_by="run-2")], ["orders"], "used by connections orders"),
        ([a_thing("securityGroup", "another", created_by="run-2")], [], None),
        ([a_thing("loadBalancer", "pc-b", created_by=None)], [], None),  # one that is not ours, and names no cluster
        # another run's, which leads to another cluster
        ([a_thing("loadBalancer", "pc-b", created_by="run-2", cluster="orders")], [], None),
        (
            [a_thing("loadBalancer", "pc-b", created_by="run-2", cluster="redis-demo")],
            [],
            "used by load balancers of run run-2",
        ),
        (
            [a_thing("loadBalancer", "pc-b", created_by=None, cluster="redis-demo")],
            [],
            "used by load balancers of run unknown",
        ),
    ],
)
def test_the_cluster_that_a_run_made_stays_while_others_use_it(
    things: list[Thing], users: list[str], why: str | None
) -> None:
    staying = reasons_to_stay([CLUSTER, *things], ROLLBACK, inventory(*users))
    assert staying.get(key(CLUSTER)) == why
    assert (key(CLUSTER) in reasons_to_stay([CLUSTER, *things], EVERYTHING, inventory(*users))) == bool(users)


def inventory(*users: str, unknown: str | None = None) -> Inventory:
    """Only of the cluster's other users."""
    return Inventory([], [], [], [], list(users), users_unknown=unknown)


def test_a_rollback_keeps_the_cluster_of_which_nobody_can_tell_who_else_uses_it() -> None:
    staying = reasons_to_stay([CLUSTER, SUBNETS, BALANCER], ROLLBACK, inventory(unknown="reading the registry (all)"))
    assert {why for why in staying.values()} == {
        "whether other connections use it is not known: reading the registry (all) [CLUSTER_LEFT]"
    }
    assert {*staying} == {key(CLUSTER), key(SUBNETS)}


@pytest.mark.parametrize("checked", [False, True])
def test_a_teardown_of_everything_keeps_it_too_from_its_first_look_on(*, checked: bool) -> None:
    """The first round removes what the first look found, which is before the check."""
    scope = Scope(created_by=None, delete_cluster=True, checked=checked)
    assert {*reasons_to_stay([CLUSTER, SUBNETS, BALANCER], scope, inventory(unknown="x"))} == {
        key(CLUSTER),
        key(SUBNETS),
    }


def test_until_it_is_checked_others_that_use_the_cluster_end_the_teardown_instead() -> None:
    unchecked = Scope(created_by=None, delete_cluster=True, checked=False)
    assert reasons_to_stay([CLUSTER, SUBNETS, GROUP], unchecked, inventory("orders")) == {}


def test_a_thing_that_stays_is_kept_with_its_reason() -> None:
    reasons = reasons_to_stay([BALANCER, CLUSTER], Scope(None, delete_cluster=False), inventory())
    assert reasons == {key(CLUSTER): "deleteCluster is not set"}
    (kept,) = kept_things([BALANCER, CLUSTER], reasons, {})
    assert (kept.kind, kept.name, kept.why) == ("replicationGroup", "redis-demo", "deleteCluster is not set")
    assert kept.code is None
    (surplus,) = kept_things([BALANCER, CLUSTER], reasons, {key(CLUSTER): "CLUSTER_LEFT"})
    assert surplus.code == "CLUSTER_LEFT"


SERVICE = a_thing("endpointService", "vpce-svc-1", id="vpce-svc-1", within="pc-a")
TARGETS = a_thing("targetGroup", "pc-a", within="pc-a")
UNTAGGED = SERVICE.model_copy(update={"note": "it lost its tag"})


@pytest.mark.parametrize(
    ("things", "reasons"),
    [
        ([BALANCER, SERVICE, TARGETS], {}),
        (
            [UNTAGGED, BALANCER, TARGETS, a_thing("loadBalancer", "pc-b"), a_thing("targetGroup", "pc-b")],
            {
                key(UNTAGGED): "it lost its tag",
                key(BALANCER): "endpoint service vpce-svc-1 stays",
                key(TARGETS): "load balancer pc-a stays",
            },
        ),
        (
            [BALANCER.model_copy(update={"note": "because"}), TARGETS],
            {key(BALANCER): "because", key(TARGETS): "load balancer pc-a stays"},
        ),
        (
            [ROLE, POLICY.model_copy(update={"note": "because"}), a_thing("role", "another")],
            {key(POLICY): "because", key(ROLE): "policy policy stays"},
        ),
    ],
    ids=["nothing", "a service", "a load balancer", "a policy"],
)
def test_what_something_that_stays_stands_on_stays_too(
    things: list[Thing], reasons: dict[tuple[str, str], str]
) -> None:
    assert reasons_to_stay(things, EVERYTHING, inventory()) == reasons


def test_a_role_stays_with_the_policy_that_another_run_wrote_and_goes_with_its_own() -> None:
    theirs = POLICY.model_copy(update={"marks": (mark_of("run-2"),)})
    scope = Scope(created_by=("run-1",), delete_cluster=True)
    assert reasons_to_stay([ROLE, theirs], scope, inventory()) == {
        key(theirs): "written by another run",
        key(ROLE): "policy policy stays",
    }
    assert reasons_to_stay([ROLE, POLICY], scope, inventory()) == {}


def test_until_it_is_known_who_is_connected_a_service_without_its_tag_is_counted() -> None:
    unchecked = Scope(created_by=None, delete_cluster=True, checked=False)
    assert reasons_to_stay([UNTAGGED, BALANCER], unchecked, inventory()) == {}


@pytest.mark.parametrize(
    "balancer", [a_thing("loadBalancer", "pc-b"), BALANCER.model_copy(update={"created_by": None})]
)
def test_one_on_a_load_balancer_that_is_not_ours_is_none_of_our_connections(balancer: Thing) -> None:
    unchecked = Scope(created_by=None, delete_cluster=True, checked=False)
    assert key(UNTAGGED) in reasons_to_stay([UNTAGGED, balancer], unchecked, inventory())


@pytest.mark.parametrize("kind", sorted(get_args(Kind)))
def test_what_has_no_maker_is_never_a_failed_runs_own(kind: Kind) -> None:
    thing = a_thing(kind, "unmarked", created_by=None)
    assert key(thing) in reasons_to_stay([thing], ROLLBACK, inventory())


# ------------------------------------------------------------------ what is there and not the connection's


def test_a_rule_that_others_use_is_kept_once_our_tag_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    users = {"sgr-2": ["orders", "search"], "sgr-3": []}
    monkeypatch.setattr(keeping, "find_rule_users", lambda ids: {each: users[each] for each in ids if each in users})
    seen = [Named(kind="securityGroupRule", name=f"sgr-{number}") for number in (1, 2, 3, 4)]
    kept = list(shared_rules([*seen, Named(kind="role", name="sgr-2")], [RULE]))
    assert [(each.name, each.why) for each in kept] == [
        ("sgr-2", "used by connections orders, search"),
        ("sgr-3", "it is there, and carries no connection's tag"),
    ]


@pytest.mark.parametrize(
    ("scope", "things", "seen", "kept"),
    [
        (EVERYTHING, [], [], ["orders"]),
        (EVERYTHING, [a_thing("replicationGroup", "orders")], [], []),
        (EVERYTHING, [], [Named(kind="replicationGroup", name="orders")], []),
        (Scope(None, delete_cluster=False), [], [], []),
        (Scope(("run-1",), delete_cluster=True), [], [], []),
        (Scope(None, delete_cluster=True, wanted=a_wanted()), [], [], []),
    ],
    ids=["adopted", "ours", "ours, gone", "not to be deleted", "a rollback", "a withdrawal"],
)
def test_a_cluster_that_was_adopted_is_kept_and_said_so(
    monkeypatch: pytest.MonkeyPatch, scope: Scope, things: list[Thing], seen: Sequence[Named], kept: list[str]
) -> None:
    monkeypatch.setattr(keeping, "find_clusters", lambda ids: [each for each in ids if each != "gone"])
    inventory = Inventory(things, [], [], ["gone", "orders"], [])
    found = list(adopted_clusters(scope, inventory, seen))
    assert [each.name for each in found] == kept
    assert {each.why for each in found} <= {"adopted: this connection did not create it"}
