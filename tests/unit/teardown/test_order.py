"""What of the things that are left can go now, and what waits for another look."""

from collections.abc import Sequence
from typing import Final, get_args

import pytest

from private_connection.inventory import LOOKS, Inventory
from private_connection.teardown.keeping import Scope
from private_connection.teardown.order import removable_now
from private_connection.things import Kind, Thing
from tests.unit.builders import a_thing, a_wanted
from tests.unit.teardown.things import BALANCER, CLUSTER, GROUP, POLICY, ROLE, RULE, SUBNETS

SERVICE: Final = a_thing("endpointService", "vpce-svc-1", within="pc-a")
TARGETS: Final = a_thing("targetGroup", "pc-a", within="pc-a")
TAGS: Final = a_thing("tags", "redis-demo")
TAGS_OF_CLUSTER: Final = a_thing("tags", "cluster redis-demo", within=TAGS.id)
EVERYTHING: Final = Scope(created_by=None, delete_cluster=True)
ROLLBACK: Final = Scope(created_by=("run-1",), delete_cluster=True)
WITHDRAWAL: Final = Scope(created_by=None, delete_cluster=False, wanted=a_wanted())


def going(
    left: Sequence[Thing], scope: Scope = EVERYTHING, unseen: Sequence[Kind] = (), *, endpoints_seen: bool = True
) -> list[Thing]:
    """What can go now."""
    inventory = Inventory([], [], list(unseen), [], [], endpoints_seen=endpoints_seen)
    return [left[position] for position in removable_now(left, scope, inventory)]


@pytest.mark.parametrize(
    ("left", "removable"),
    [
        ([BALANCER, SERVICE], [SERVICE]),
        ([BALANCER, TARGETS], [BALANCER]),
        ([BALANCER, TARGETS, SERVICE], [SERVICE]),
        ([TARGETS], [TARGETS]),
        ([BALANCER, a_thing("endpointService", "vpce-svc-2", within="pc-b")], "both"),
        ([CLUSTER, SUBNETS, GROUP], [CLUSTER]),
        ([SUBNETS, GROUP], "both"),
        ([GROUP, RULE], [RULE]),
        ([ROLE, POLICY], [POLICY]),
        ([ROLE], [ROLE]),
        ([a_thing("principals", "vpce-svc-1"), SERVICE], "both"),
        ([TAGS, TAGS_OF_CLUSTER], [TAGS]),
        ([TAGS_OF_CLUSTER], [TAGS_OF_CLUSTER]),
        ([a_thing("replicationGroup", "redis-demo", busy=True)], []),
        ([a_thing("endpointService", "vpce-svc-1", within="pc-a", busy=True), BALANCER], []),
        ([], []),
    ],
)
@pytest.mark.parametrize("scope", [EVERYTHING, ROLLBACK, WITHDRAWAL], ids=["everything", "rollback", "withdrawal"])
def test_what_nothing_of_ours_holds_can_go(scope: Scope, left: list[Thing], removable: list[Thing] | str) -> None:
    assert going(left, scope) == (left if removable == "both" else removable)


def test_what_was_tried_least_often_goes_first() -> None:
    things = [a_thing("targetGroup", f"pc-{tried}", tried=tried) for tried in (2, 0, 1)]
    assert [each.tried for each in going(things)] == [0, 1, 2]


OTHERS: Final = [
    a_thing("loadBalancer", "pc-o", cluster="orders"),
    a_thing("securityGroupRule", "sgr-o", cluster="orders"),
    a_thing("securityGroupRule", "sgr-2", cluster="redis-demo"),
]


@pytest.mark.parametrize(
    ("scope", "names"),
    [(WITHDRAWAL, ["pc-o", "sgr-2"]), (EVERYTHING, ["pc-o", "sgr-o", "sgr-2"]), (ROLLBACK, ["pc-o", "sgr-o", "sgr-2"])],
    ids=["withdrawal", "everything", "rollback"],
)
def test_a_withdrawal_revokes_the_rules_of_another_cluster_after_its_load_balancers(
    scope: Scope, names: list[str]
) -> None:
    assert [each.name for each in going(OTHERS, scope)] == names
    assert going(OTHERS[1:], scope) == OTHERS[1:]


# ------------------------------------------------------------------ what nobody saw the users of

ALONE: Final[dict[Kind, Thing]] = {
    "endpointService": a_thing("endpointService", "vpce-svc-1"),
    "loadBalancer": BALANCER,
    "targetGroup": a_thing("targetGroup", "pc-a"),
    "securityGroupRule": RULE,
    "rolePolicy": POLICY,
    "role": ROLE,
    "replicationGroup": CLUSTER,
    "cacheSubnetGroup": SUBNETS,
    "securityGroup": GROUP,
    "principals": a_thing("principals", "vpce-svc-1"),
    "access": a_thing("access", "role/policy"),
    "pathTags": a_thing("pathTags", "tags of pc-a"),
    "tags": a_thing("tags", "tags of redis-demo"),
}
"""One of each kind, which nothing else holds."""
WAITING: Final[dict[tuple[Kind, ...], set[Kind]]] = {
    (): set(),
    ("endpointService",): {"endpointService", "loadBalancer"},
    ("loadBalancer",): {"loadBalancer", "targetGroup", "replicationGroup", "cacheSubnetGroup", "securityGroup"},
    ("targetGroup",): {"targetGroup"},
    ("securityGroupRule",): {"securityGroupRule", "securityGroup"},
    ("rolePolicy", "role"): {"rolePolicy", "role"},
    ("replicationGroup",): {"replicationGroup", "cacheSubnetGroup", "securityGroup"},
    ("cacheSubnetGroup",): {"cacheSubnetGroup"},
    ("securityGroup",): {"securityGroup"},
    ("principals",): {"principals"},
    ("access",): {"access"},
    ("pathTags",): {"pathTags"},
    ("tags",): {"tags"},
}
"""What waits for the next look, by the kinds that AWS refused to list in this one."""


def test_every_look_and_every_kind_has_its_row() -> None:
    assert {*WAITING} == {(), *LOOKS}
    assert {*ALONE} == {*get_args(Kind)}


@pytest.mark.parametrize("scope", [EVERYTHING, ROLLBACK], ids=["everything", "in a scope"])
@pytest.mark.parametrize("unseen", WAITING, ids=str)
def test_nothing_goes_of_which_a_refused_look_would_have_shown_who_uses_it(
    unseen: tuple[Kind, ...], scope: Scope
) -> None:
    for kind, thing in ALONE.items():
        assert going([thing], scope, unseen) == ([] if kind in WAITING[unseen] else [thing]), kind


@pytest.mark.parametrize("unseen", [each for each in WAITING if each], ids=str)
def test_a_withdrawal_takes_nothing_away_on_half_a_look(unseen: tuple[Kind, ...]) -> None:
    assert [kind for kind, thing in ALONE.items() if going([thing], WITHDRAWAL, unseen)] == []


@pytest.mark.parametrize("scope", [EVERYTHING, ROLLBACK, WITHDRAWAL], ids=["everything", "rollback", "withdrawal"])
@pytest.mark.parametrize("kind", ALONE)
def test_no_service_goes_while_nobody_sees_whose_endpoints_come_up(kind: Kind, scope: Scope) -> None:
    found = going([ALONE[kind]], scope, endpoints_seen=False)
    assert (found == []) == (kind == "endpointService")
