"""Everything of a connection: what the modules list, in one shape, and what nobody could see."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args

import pytest

from private_connection import excess, inventory
from private_connection.access.grants import Grant
from private_connection.cluster.admission import Rule
from private_connection.errors import AwsRejected
from private_connection.inventory import LOOKS, Inventory, find_inventory
from private_connection.ownership import CLUSTER, CONNECTION, CREATED_BY, NODE, WORKSPACE, use_tag
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.paths.endpoint_services import EndpointService
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.target_groups import TargetGroup
from private_connection.things import Kind, Search, Thing
from tests.unit.builders import OURS, THEIRS, a_role, a_rule, a_security_group, a_subnet_group, a_wanted, an_existing

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/pc-a/1"
LISTS = [name for name in vars(inventory) if name.startswith("list_")]
NAMED = {CONNECTION: "redis-demo"}
"""One of our two marks."""
USE = use_tag("redis-demo")
DENIED = AwsRejected("looking up things (t): because [AccessDenied]")


class Stage:
    """An account in which the modules list what a test says, and nothing else."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        for name in LISTS:
            self.lists(name)
        self.endpoints()
        self.strangers()

    def lists(self, name: str, *found: Any) -> None:
        self.monkeypatch.setattr(inventory, name, lambda *_, **__: list(found))

    def endpoints(self, *found: EndpointConnection) -> None:
        """Who is connected to the services that are asked about."""
        self.monkeypatch.setattr(
            inventory, "find_connections", lambda ids: [each for each in found if each.service_id in ids]
        )

    def strangers(self, *services: str) -> None:
        """The services that admit others."""
        self.monkeypatch.setattr(excess, "find_strangers", {each: {"*"} for each in services}.get)
        self.monkeypatch.setattr(excess, "find_role", lambda _: None)

    def refuses(self, name: str) -> None:
        def refused(*_: object, **__: object) -> Iterator[Any]:
            raise DENIED

        self.monkeypatch.setattr(inventory, name, refused)

    def only_thing(self) -> Thing:
        (thing,) = self.find().things
        return thing

    def find(self, **known: Any) -> Inventory:
        return find_inventory(Search("redis-demo", **known))

    def found(self, kind: Kind) -> list[Thing]:
        return [each for each in self.find().things if each.kind == kind]


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def a_balancer(tags: Mapping[str, str] = OURS) -> LoadBalancer:
    return LoadBalancer(ARN, "pc-a", "active", "", {}, tags)


def a_service(state: str = "available", *arns: str, tags: Mapping[str, str] = OURS) -> EndpointService:
    return EndpointService("vpce-svc-1", "name", state, True, arns, tags)


def targets(*arns: str) -> TargetGroup:
    return TargetGroup("tg-1", "pc-a", ("TCP", 5, 4, 2, 2), arns, OURS)


def a_grant(
    *, carries: bool = True, removable: bool = True, is_foreign: bool = False, foreign: tuple[str, ...] = ()
) -> Grant:
    tags, maker = (OURS, "") if is_foreign else (OURS | {WORKSPACE: "ws-1"}, "run-1")
    return Grant(a_role(tags=tags), carries, removable, is_foreign, foreign, ("12345678",), maker)


def our_rule() -> Rule:
    return a_rule(tags=OURS | {USE: "run-1"})


def test_a_rule_is_told_by_what_it_admits_and_known_by_its_id(stage: Stage) -> None:
    stage.lists("list_rules", our_rule())
    thing = stage.only_thing()
    assert (thing.name, thing.told) == ("sgr-1", our_rule().called)


def test_nothing_is_nothing(stage: Stage) -> None:
    assert stage.find() == Inventory([], [], [], [], [])


@pytest.mark.parametrize(
    ("name", "found", "thing"),
    [
        (
            "list_endpoint_services",
            a_service("available", ARN),
            ("endpointService", "vpce-svc-1", "vpce-svc-1", "pc-a"),
        ),
        ("list_endpoint_services", a_service(), ("endpointService", "vpce-svc-1", "vpce-svc-1", None)),
        ("list_load_balancers", a_balancer(), ("loadBalancer", ARN, "pc-a", None)),
        ("list_target_groups", targets(ARN), ("targetGroup", "tg-1", "pc-a", "pc-a")),
        ("list_rules", our_rule(), ("securityGroupRule", "sgr-1", "sgr-1", "sg-1")),
        ("list_replication_groups", (an_existing(), OURS), ("replicationGroup", "redis-demo", "redis-demo", None)),
        ("list_subnet_groups", (a_subnet_group(), OURS), ("cacheSubnetGroup", "caches", "caches", None)),
        ("list_security_groups", a_security_group(tags=OURS), ("securityGroup", "sg-1", "caches/sg-1", None)),
        ("list_grants", a_grant(carries=False), ("role", "their-role", "their-role", None)),
    ],
)
def test_what_is_listed_is_a_thing(
    stage: Stage, name: str, found: object, thing: tuple[Kind, str, str, str | None]
) -> None:
    stage.lists(name, found)
    each = stage.only_thing()
    assert (each.kind, each.id, each.name, each.within) == thing
    assert (each.created_by, each.busy, each.note) == ("run-1", False, None)


def test_every_list_is_used_and_every_kind_has_its_look(stage: Stage) -> None:
    kinds = [kind for kinds in LOOKS for kind in kinds]
    assert sorted(kinds) == sorted(get_args(Kind))
    assert len(LISTS) == len(LOOKS)


def test_a_policy_is_a_thing_beside_its_role(stage: Stage) -> None:
    stage.lists("list_grants", a_grant())
    policy, role = stage.find().things
    assert (policy.kind, policy.name, policy.within) == (
        "rolePolicy",
        "their-role/private-connection-eu-central-1-redis-demo",
        "their-role",
    )
    assert (policy.created_by, policy.marks, role.kind) == (None, ("12345678",), "role")


def test_a_role_that_is_not_ours_alone_is_no_thing(stage: Stage) -> None:
    stage.lists("list_grants", a_grant(removable=False))
    assert [each.kind for each in stage.find().things] == ["rolePolicy"]


def test_a_role_with_foreign_policies_says_why_it_stays(stage: Stage) -> None:
    stage.lists("list_grants", a_grant(carries=False, foreign=("theirs", "ReadOnlyAccess")))
    assert stage.only_thing().note == "it carries policies that are not ours: theirs, ReadOnlyAccess"


@pytest.mark.parametrize(
    ("status", "busy"), [("available", False), ("create-failed", False), ("creating", True), ("deleting", True)]
)
def test_a_cluster_that_changes_is_busy(stage: Stage, status: str, busy: bool) -> None:
    stage.lists("list_replication_groups", (an_existing(status=status), OURS))
    assert stage.only_thing().busy is busy


@pytest.mark.parametrize(("state", "busy"), [("available", False), ("pending", False), ("deleting", True)])
def test_a_service_that_is_being_deleted_is_busy(stage: Stage, state: str, busy: bool) -> None:
    stage.lists("list_endpoint_services", a_service(state))
    assert stage.only_thing().busy is busy


def test_a_service_at_which_an_endpoint_comes_up_is_busy(stage: Stage) -> None:
    stage.lists("list_endpoint_services", a_service())
    coming, there = (EndpointConnection("vpce-svc-1", "vpce-1", "1", state) for state in ("pending", "available"))
    stage.endpoints(there)
    assert not stage.only_thing().busy
    stage.endpoints(coming, there)
    found = stage.find()
    assert (found.things[0].busy, found.connections) == (True, (coming, there))


def test_who_is_at_a_service_that_is_being_deleted_is_not_asked_for(stage: Stage) -> None:
    stage.lists("list_endpoint_services", a_service("deleting"))
    stage.endpoints(EndpointConnection("vpce-svc-1", "vpce-1", "1", "available"))
    assert stage.find().connections == ()


def test_a_refused_look_at_endpoints_is_a_failure_that_hides_nothing(stage: Stage) -> None:
    stage.lists("list_endpoint_services", a_service())
    stage.refuses("find_connections")
    found = stage.find()
    assert (found.failures, found.unseen, [each.busy for each in found.things]) == ([DENIED], [], [False])
    assert (found.endpoints_seen, found.connections) == (False, ())


@pytest.mark.parametrize(
    ("name", "kinds"), [("list_load_balancers", ["loadBalancer"]), ("list_grants", ["rolePolicy", "role"])]
)
def test_a_look_that_is_refused_hides_its_kinds_and_no_others(stage: Stage, name: str, kinds: list[Kind]) -> None:
    stage.refuses(name)
    stage.lists("list_rules", our_rule())
    found = stage.find()
    assert (found.failures, found.unseen) == ([DENIED], kinds)
    assert [each.kind for each in found.things] == ["securityGroupRule"]


# ------------------------------------------------------------------ what is known by the load balancers


@pytest.mark.parametrize(
    ("carrier", "service", "why"),
    [
        (OURS, OURS, None),
        (OURS, {}, "without a tag private-connection and private-connection/created-by"),
        (OURS, {CREATED_BY: "run-2"}, "without a tag private-connection it"),
        (OURS, {CONNECTION: "redis-demo"}, "without a tag private-connection/created-by it"),
        (OURS, THEIRS | {CREATED_BY: "run-7"}, "whose tag private-connection says 'other'"),
        ({}, OURS, None),
        ({}, {CONNECTION: "redis-demo"}, "without a tag private-connection/created-by it"),
    ],
)
def test_a_service_that_is_not_ours_is_named_where_it_has_our_name_or_our_load_balancer(
    stage: Stage, carrier: Mapping[str, str], service: Mapping[str, str], why: str | None
) -> None:
    stage.lists("list_load_balancers", a_balancer(carrier))
    stage.lists("list_endpoint_services", a_service("available", ARN, tags=service))
    (found,) = stage.found("endpointService")
    assert found.created_by == service.get(CREATED_BY)
    assert why in found.note if why and found.note else found.note == why


@pytest.mark.parametrize(
    ("carrier", "service"),
    [
        ({CONNECTION: "redis-demo"}, {}),  # one mark alone proves nothing
        (THEIRS | {CREATED_BY: "run-1"}, {}),
        ({}, {}),
        ({}, {CREATED_BY: "run-1"}),
    ],
)
def test_a_service_of_somebody_elses_on_a_load_balancer_of_somebody_elses_is_none_of_ours(
    stage: Stage, carrier: Mapping[str, str], service: Mapping[str, str]
) -> None:
    stage.lists("list_load_balancers", a_balancer(carrier))
    stage.lists("list_endpoint_services", a_service("available", ARN, tags=service))
    assert stage.found("endpointService") == []


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("list_endpoint_services", a_service(tags=NAMED)),
        ("list_load_balancers", a_balancer(NAMED)),
        ("list_target_groups", replace(targets(), tags=NAMED)),
        ("list_rules", a_rule(tags={USE: "run-1"})),
        ("list_rules", a_rule(tags=NAMED)),
        ("list_rules", a_rule(tags=OURS)),
        ("list_replication_groups", (an_existing(), NAMED)),
        ("list_subnet_groups", (a_subnet_group(), NAMED)),
        ("list_security_groups", a_security_group(tags=NAMED)),
        ("list_grants", a_grant(carries=False, removable=False, is_foreign=True)),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_of_every_kind_what_lacks_a_mark_is_not_ours_and_says_so(stage: Stage, name: str, found: object) -> None:
    stage.lists(name, found)
    note = stage.only_thing().note
    assert note is not None
    assert note.startswith("without a tag private-connection")


def test_a_load_balancer_that_lost_its_maker_still_uses_the_cluster_that_it_names(stage: Stage) -> None:
    stage.lists("list_load_balancers", a_balancer(NAMED | {CLUSTER: "redis-demo"}))
    assert stage.only_thing().cluster == "redis-demo"


@pytest.mark.parametrize(
    ("balancers", "told"),
    [([a_balancer({})], True), ([a_balancer(THEIRS)], True), ([a_balancer()], False), ([], False)],
    ids=["untagged", "anothers", "ours", "gone"],
)
def test_a_load_balancer_without_our_tags_that_holds_a_target_group_is_named(
    stage: Stage, balancers: list[LoadBalancer], told: bool
) -> None:
    stage.lists("list_load_balancers", *balancers)
    stage.lists("list_target_groups", targets(ARN))
    (found,) = stage.found("targetGroup")
    assert found.note == ("load balancer pc-a forwards to it and does not carry our tags" if told else None)


def test_without_the_load_balancers_the_others_are_known_by_their_tags(stage: Stage) -> None:
    stage.refuses("list_load_balancers")
    stage.lists("list_endpoint_services", a_service("available", ARN))
    stage.lists("list_target_groups", targets(ARN))
    found = stage.find()
    assert (found.failures, found.unseen) == ([DENIED], ["loadBalancer"])
    assert [each.kind for each in found.things] == ["endpointService", "targetGroup"]


def test_a_load_balancer_and_a_rule_know_their_cluster_and_a_target_group_its_node(stage: Stage) -> None:
    stage.lists("list_load_balancers", a_balancer(OURS | {CLUSTER: "orders", NODE: "orders-001"}))
    stage.lists("list_target_groups", replace(targets(ARN), tags=OURS | {NODE: "orders-001"}))
    stage.lists("list_rules", a_rule(tags=OURS | {USE: "run-1", CLUSTER: "orders"}))
    found = {each.kind: (each.cluster, each.node) for each in stage.find().things}
    assert found == {
        "loadBalancer": ("orders", None),
        "targetGroup": (None, "orders-001"),
        "securityGroupRule": ("orders", None),
    }


# ------------------------------------------------------------------ who else is admitted


def test_principals_do_not_wait_for_an_endpoint_that_comes_up(stage: Stage) -> None:
    """EC2 refuses to delete such a service, not to take a principal off it."""
    stage.lists("list_endpoint_services", a_service())
    stage.strangers("vpce-svc-1")
    stage.endpoints(EndpointConnection("vpce-svc-1", "vpce-1", "1", "pending"))
    found = stage.find(wanted=a_wanted(strangers=("vpce-svc-1",))).things
    assert {each.kind: each.busy for each in found} == {"endpointService": True, "principals": False}


# ------------------------------------------------------------------ which cluster, and who else uses it


def with_cluster(stage: Stage) -> None:
    stage.lists("list_replication_groups", (an_existing(), OURS))


def test_clusters_are_those_that_load_balancers_name_that_are_ours_and_that_were_met_before(stage: Stage) -> None:
    with_cluster(stage)
    others = a_balancer(THEIRS | {CLUSTER: "far"})
    stage.lists("list_load_balancers", a_balancer(OURS | {CLUSTER: "adopted"}), others)
    assert stage.find(clusters=["before"]).clusters == ["adopted", "before", "redis-demo"]


def test_a_cluster_is_looked_for_by_its_names_and_by_what_is_known_of_it(stage: Stage) -> None:
    asked: list[tuple[object, ...]] = []

    def listed(*arguments: object, thorough: bool) -> list[Any]:
        asked.append((*arguments, thorough))
        return []

    stage.lists("list_load_balancers", a_balancer(OURS | {CLUSTER: "adopted"}))
    stage.monkeypatch.setattr(inventory, "list_replication_groups", listed)
    known = Thing(kind="replicationGroup", id="orders", name="orders", created_by="run-1")
    stage.find(known=[known], thorough=False)
    assert asked == [("redis-demo", {"adopted"}, {"orders": OURS}, False)]


def test_other_connections_to_the_cluster_are_named_once(stage: Stage) -> None:
    with_cluster(stage)
    tags = [("other", "redis-demo"), ("another", "redis-demo"), ("other", "redis-demo"), ("far", "orders")]
    balancers = [a_balancer(OURS | {CONNECTION: connection, CLUSTER: cluster}) for connection, cluster in tags]
    own = a_balancer(OURS | {CLUSTER: "redis-demo"})
    stage.lists("list_load_balancers", *balancers, own)
    assert stage.find().cluster_users == ["another", "other"]


def test_users_of_a_cluster_that_is_not_ours_do_not_count(stage: Stage) -> None:
    stage.lists("list_load_balancers", a_balancer(THEIRS | {CLUSTER: "redis-demo"}))
    assert stage.find().cluster_users == []
