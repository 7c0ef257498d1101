"""What is surplus of what a connection has, and what of that stays: pure tables over things."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, get_args

import pytest

from private_connection.request.removal import Wanted
from private_connection.teardown.surplus import Requested, find_surplus, reasons_in_surplus, rules_waiting
from private_connection.things import Kind, Thing, key
from tests.unit.builders import a_thing, a_wanted
from tests.unit.teardown.things import POLICY, ROLE

WANTED: Final = a_wanted(role_name="role-id")
AVAILABLE: Final = Requested(available=True, members=("redis-demo-001",))
CHANGING: Final = Requested(available=False, members=())


def path(name: str, cluster: str = "redis-demo", node: str = "redis-demo-002") -> list[Thing]:
    """A service, its load balancer and its target group, all of one name."""
    return [
        a_thing("endpointService", f"svc-{name}", id=f"svc-{name}", within=name),
        a_thing("loadBalancer", name, cluster=cluster),
        a_thing("targetGroup", name, within=name, node=node),
    ]


def a_security_group_rule(name: str, cluster: str | None = "redis-demo", **changes: object) -> Thing:
    return a_thing("securityGroupRule", name, id=name, within="sg-1", cluster=cluster, **changes)


def of_cluster(cluster: str) -> dict[Kind, Thing]:
    """A cluster with its groups."""
    own = f"private-connection-{cluster}"
    return {
        "replicationGroup": a_thing("replicationGroup", cluster, id=cluster),
        "cacheSubnetGroup": a_thing("cacheSubnetGroup", own, id=own),
        "securityGroup": a_thing("securityGroup", f"{own}/sg-7", id="sg-7"),
    }


OLD: Final = path("pc-b")
OTHER_CLUSTERS: Final = path("pc-o", "orders", "orders-001")
WANTED_THINGS: Final[dict[Kind, Thing]] = {
    **{thing.kind: thing for thing in path("pc-a")},
    "securityGroupRule": a_security_group_rule("sgr-1"),
    "rolePolicy": POLICY,
    "role": ROLE,
    **of_cluster("redis-demo"),
}
"""One of each kind of resource that is asked for."""
SURPLUS_THINGS: Final[dict[Kind, Thing]] = {
    **{thing.kind: thing for thing in OLD},
    "securityGroupRule": a_security_group_rule("sgr-2"),
    "rolePolicy": a_thing("rolePolicy", "old-role/policy", id="old-role/policy", within="old-role", created_by=None),
    "role": a_thing("role", "old-role", id="old-role"),
    **of_cluster("orders"),
    "principals": a_thing("principals", "vpce-svc-1", id="vpce-svc-1", created_by=None),
    "access": a_thing("access", "their-role/policy", id="their-role", within="their-role", created_by=None),
    "pathTags": a_thing("pathTags", "tags of pc-a", created_by=None),
    "tags": a_thing("tags", "tags of redis-demo", created_by=None),
}
"""One of each kind that is not."""


# ------------------------------------------------------------------ what is surplus


def test_every_kind_has_its_rows() -> None:
    """What something that is asked for has besides is never asked for."""
    assert {*SURPLUS_THINGS} == {*get_args(Kind)}
    assert {*WANTED_THINGS} == {*get_args(Kind)} - {"principals", "access", "pathTags", "tags"}


@pytest.mark.parametrize("kind", WANTED_THINGS)
def test_what_is_asked_for_is_not_surplus(kind: Kind) -> None:
    assert find_surplus([WANTED_THINGS[kind]], WANTED) == []


@pytest.mark.parametrize("kind", SURPLUS_THINGS)
def test_what_is_not_asked_for_is_surplus_whatever_run_made_it(kind: Kind) -> None:
    thing = SURPLUS_THINGS[kind]
    assert find_surplus([*WANTED_THINGS.values(), thing], WANTED) == [thing]


@pytest.mark.parametrize(
    ("changes", "surplus"),
    [
        ({}, []),
        ({"paths": ("pc-c",)}, ["endpointService", "loadBalancer", "targetGroup"]),  # another node, port or VPC
        ({"rules": ()}, ["securityGroupRule"]),
        ({"role_name": "another"}, ["rolePolicy", "role"]),
        ({"cluster_id": "orders"}, ["replicationGroup", "cacheSubnetGroup", "securityGroup"]),
    ],
    ids=["nothing", "another path", "another rule", "another role", "another cluster"],
)
def test_whatever_is_asked_for_otherwise_makes_the_former_surplus(
    changes: Mapping[str, object], surplus: list[Kind]
) -> None:
    found = find_surplus([*WANTED_THINGS.values()], WANTED.model_copy(update=changes))
    assert [thing.kind for thing in found] == surplus


@pytest.mark.parametrize("kind", sorted({*SURPLUS_THINGS} - {"rolePolicy", "principals", "access"}))
def test_what_lacks_our_maker_is_somebody_elses_and_no_surplus(kind: Kind) -> None:
    foreign = SURPLUS_THINGS[kind].model_copy(update={"created_by": None, "note": "without a tag"})
    assert find_surplus([foreign], WANTED) == []


@pytest.mark.parametrize("kind", ["endpointService", "targetGroup"])
def test_what_others_have_at_a_load_balancer_that_shall_go_is_counted_with_it(kind: Kind) -> None:
    foreign = a_thing(kind, "theirs", created_by=None, note="without a tag", within="pc-b")
    balancer = SURPLUS_THINGS["loadBalancer"]
    assert find_surplus([foreign, balancer], WANTED) == [foreign, balancer]
    theirs = balancer.model_copy(update={"created_by": None, "note": "without a tag"})
    assert find_surplus([foreign, theirs], WANTED) == []


# ------------------------------------------------------------------ what of it stays

Reasons = Mapping[str, tuple[str, str | None]]
"""Why the things with these names stay, and the code of the finding that names them."""


def reasons(
    surplus: Sequence[Thing],
    requested: Requested = AVAILABLE,
    in_use: Mapping[str, str] | None = None,
    wanted: Wanted = WANTED,
) -> Reasons:
    staying = reasons_in_surplus(surplus, wanted, requested, in_use or {})
    names = {key(thing): f"{thing.kind} {thing.name}" for thing in surplus}
    return {names[each]: (reason.why, reason.code) for each, reason in staying.items()}


@pytest.mark.parametrize("kind", sorted({*SURPLUS_THINGS} - {"replicationGroup"}))
def test_surplus_goes(kind: Kind) -> None:
    assert reasons([SURPLUS_THINGS[kind]]) == {}


@pytest.mark.parametrize("kind", SURPLUS_THINGS)
def test_what_may_not_be_removed_stays_with_the_note_that_says_why(kind: Kind) -> None:
    thing = SURPLUS_THINGS[kind].model_copy(update={"note": "it carries policies that are not ours: theirs"})
    assert list(reasons([thing]).values()) == [("it carries policies that are not ours: theirs", "SURPLUS_LEFT")]


def test_a_cluster_stays_with_its_groups_and_is_named_once() -> None:
    assert reasons([*of_cluster("orders").values(), *OTHER_CLUSTERS]) == {
        "replicationGroup orders": ("a run deletes no cluster", "CLUSTER_LEFT"),
        "cacheSubnetGroup private-connection-orders": ("cluster orders stays", None),
        "securityGroup private-connection-orders/sg-7": ("cluster orders stays", None),
    }


def test_groups_of_a_cluster_that_is_gone_go_beside_one_that_stays() -> None:
    gone = [thing for kind, thing in of_cluster("gone").items() if kind != "replicationGroup"]
    staying = reasons([*gone, *of_cluster("orders").values()])
    assert {name.partition(" ")[2] for name in staying} == {
        "orders",
        "private-connection-orders",
        "private-connection-orders/sg-7",
    }


def test_a_service_with_somebody_connected_stays_and_no_other() -> None:
    in_use = {"svc-pc-b": "vpce-1 of account 1 is connected"}
    assert reasons([*OLD, *path("pc-c")], in_use=in_use) == {
        "endpointService svc-pc-b": ("vpce-1 of account 1 is connected", "SURPLUS_IN_USE")
    }, "what it stands on is kept with it by whoever asks"


RULES: Final = [a_security_group_rule("sgr-o", "orders"), a_security_group_rule("sgr-2")]


@pytest.mark.parametrize(
    ("in_use", "staying"),
    [
        (("svc-pc-o",), {"securityGroupRule sgr-o": ("load balancer pc-o stays", None)}),
        (("svc-pc-b",), {}),  # its node has left the cluster, so no rule leads anywhere
        ((), {}),
    ],
)
def test_the_rule_of_another_cluster_to_which_somebody_is_connected_stays(
    in_use: Collection[str], staying: Reasons
) -> None:
    found = reasons([*OLD, *OTHER_CLUSTERS, *RULES], in_use=dict.fromkeys(in_use, "connected"))
    assert {name: why for name, why in found.items() if not name.startswith("endpointService")} == staying


def test_of_the_requested_cluster_nothing_goes_while_it_is_not_available() -> None:
    later = ("cluster redis-demo is not available", "SURPLUS_LATER")
    found = reasons([*OLD, *OTHER_CLUSTERS, *RULES], requested=CHANGING)
    assert found == dict.fromkeys([*(f"{thing.kind} {thing.name}" for thing in OLD), "securityGroupRule sgr-2"], later)


@pytest.mark.parametrize("kind", ["rolePolicy", "role", "cacheSubnetGroup", "securityGroup", "principals", "access"])
def test_what_does_not_lead_to_the_cluster_does_not_wait_for_it(kind: Kind) -> None:
    assert reasons([SURPLUS_THINGS[kind]], requested=CHANGING) == {}


def test_the_path_of_a_node_that_came_back_stays_until_the_next_run_with_the_rules() -> None:
    back = Requested(available=True, members=("redis-demo-001", "redis-demo-002"))
    found = reasons([*OLD, *path("pc-c", node="redis-demo-003"), *OTHER_CLUSTERS, *RULES], requested=back)
    later = ("a node that had left cluster redis-demo is one of it again", "SURPLUS_LATER")
    assert found == dict.fromkeys([*(f"{thing.kind} {thing.name}" for thing in OLD), "securityGroupRule sgr-2"], later)


def test_the_former_path_of_a_node_that_has_another_goes() -> None:
    """Such as one on another port, or in another VPC."""
    former = path("pc-former", node="redis-demo-001")
    assert reasons(former) == {}


def test_a_service_with_somebody_connected_is_named_as_such_also_while_its_cluster_changes() -> None:
    found = reasons(OLD, requested=CHANGING, in_use={"svc-pc-b": "connected"})
    assert found["endpointService svc-pc-b"] == ("connected", "SURPLUS_IN_USE")


def test_nothing_surplus_has_no_reasons() -> None:
    assert reasons([], requested=CHANGING) == {}


# ------------------------------------------------------------------ which rules wait


@pytest.mark.parametrize(
    ("left", "wanted", "waiting"),
    [
        ([*OTHER_CLUSTERS, *RULES], WANTED, {"sgr-o"}),
        ([*OLD, *RULES], WANTED, set()),
        (RULES, WANTED, set()),
        ([*OTHER_CLUSTERS, a_security_group_rule("sgr-9", None)], WANTED, set()),
        ([*OTHER_CLUSTERS, *OLD, *RULES], None, set()),
    ],
    ids=["another cluster's", "the requested cluster's", "no load balancers", "no cluster", "no withdrawal"],
)
def test_rules_of_other_clusters_wait_for_their_load_balancers(
    left: list[Thing], wanted: Wanted | None, waiting: set[str]
) -> None:
    assert {name for _, name in rules_waiting(left, wanted)} == waiting
