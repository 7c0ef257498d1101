"""Everything of a connection: what the modules list, in one shape, and what nobody could see."""

from collections.abc import Iterator
from typing import Any, get_args

import pytest

from private_connection import inventory
from private_connection.access.grants import Grant
from private_connection.errors import AwsRejected
from private_connection.inventory import LOOKS, Inventory, Kind, Thing, find_inventory
from private_connection.ownership import CLUSTER, CONNECTION
from private_connection.paths.endpoint_services import EndpointService
from private_connection.paths.load_balancers import LoadBalancer
from private_connection.paths.target_groups import TargetGroup
from tests.unit.builders import OURS, a_role, a_security_group, a_subnet_group, an_existing

ARN = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/net/pc-a/1"
LISTS = [name for name in vars(inventory) if name.startswith("list_")]
DENIED = AwsRejected("looking up things (t): because [AccessDenied]")


class Stage:
    """An account in which the modules list what a test says, and nothing else."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        for name in LISTS:
            self.lists(name)
        self.connecting()

    def lists(self, name: str, *found: Any) -> None:
        self.monkeypatch.setattr(inventory, name, lambda *_: iter(found))

    def connecting(self, *services: str) -> None:
        """An endpoint is coming up at each of these services."""
        self.monkeypatch.setattr(inventory, "find_connecting", lambda ids: {each for each in ids if each in services})

    def refuses(self, name: str) -> None:
        def refused(*_: str) -> Iterator[Any]:
            raise DENIED

        self.monkeypatch.setattr(inventory, name, refused)

    def only_thing(self) -> Thing:
        (thing,) = find_inventory("redis-demo").things
        return thing

    def find(self) -> Inventory:
        return find_inventory("redis-demo")


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def a_balancer(**tags: str) -> LoadBalancer:
    return LoadBalancer(ARN, "pc-a", "active", "", {}, OURS | tags)


def a_service(state: str = "available", *arns: str) -> EndpointService:
    return EndpointService("vpce-svc-1", "name", state, True, arns, OURS)


def a_grant(*, carries: bool = True, removable: bool = True, foreign: tuple[str, ...] = ()) -> Grant:
    return Grant(a_role(tags=OURS), carries, removable, foreign)


def test_nothing_is_nothing(stage: Stage) -> None:
    assert stage.find() == Inventory([], [], [], [])


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
        (
            "list_target_groups",
            TargetGroup("tg-1", "pc-a", ("TCP", 5, 4, 2, 2), (ARN,), OURS),
            ("targetGroup", "tg-1", "pc-a", "pc-a"),
        ),
        ("list_rules", ("sgr-1", "sg-1", "run-1"), ("securityGroupRule", "sgr-1", "sgr-1", "sg-1")),
        ("list_replication_groups", (an_existing(), OURS), ("replicationGroup", "redis-demo", "redis-demo", None)),
        ("list_subnet_groups", (a_subnet_group(), OURS), ("cacheSubnetGroup", "caches", "caches", None)),
        ("list_security_groups", a_security_group(tags=OURS), ("securityGroup", "sg-1", "caches", None)),
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
    assert len(LISTS) == len(LOOKS) + 1  # one that tells who else uses the cluster


def test_a_policy_is_a_thing_beside_its_role(stage: Stage) -> None:
    stage.lists("list_grants", a_grant())
    policy, role = stage.find().things
    assert (policy.kind, policy.name, policy.within) == (
        "rolePolicy",
        "private-connection-eu-central-1-redis-demo",
        "their-role",
    )
    assert (policy.created_by, role.kind) == (None, "role")


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
    stage.connecting("vpce-svc-1")
    assert stage.only_thing().busy


def test_a_refused_look_at_endpoints_is_a_failure_that_hides_nothing(stage: Stage) -> None:
    stage.lists("list_endpoint_services", a_service())
    stage.refuses("find_connecting")
    found = stage.find()
    assert (found.failures, found.unseen, [each.busy for each in found.things]) == ([DENIED], [], [False])


@pytest.mark.parametrize(
    ("name", "kinds"), [("list_load_balancers", ["loadBalancer"]), ("list_grants", ["rolePolicy", "role"])]
)
def test_a_look_that_is_refused_hides_its_kinds_and_no_others(stage: Stage, name: str, kinds: list[Kind]) -> None:
    stage.refuses(name)
    stage.lists("list_rules", ("sgr-1", "sg-1", "run-1"))
    found = stage.find()
    assert (found.failures, found.unseen) == ([DENIED], kinds)
    assert [each.kind for each in found.things] == ["securityGroupRule"]


# ------------------------------------------------------------------ who else uses the cluster


def with_cluster(stage: Stage) -> None:
    stage.lists("list_replication_groups", (an_existing(), OURS))


def test_other_connections_to_the_cluster_are_named_once(stage: Stage) -> None:
    with_cluster(stage)
    tags = [("other", "redis-demo"), ("another", "redis-demo"), ("other", "redis-demo"), ("far", "orders")]
    balancers = [a_balancer(**{CONNECTION: connection, CLUSTER: cluster}) for connection, cluster in tags]
    own = a_balancer(**{CLUSTER: "redis-demo"})
    stage.lists("list_all_load_balancers", *balancers, own)
    assert stage.find().cluster_users == ["another", "other"]


def test_without_a_cluster_of_ours_nobody_is_asked_for(stage: Stage) -> None:
    stage.refuses("list_all_load_balancers")
    assert stage.find().failures == []


def test_when_nobody_can_be_listed_that_is_a_failure(stage: Stage) -> None:
    with_cluster(stage)
    stage.refuses("list_all_load_balancers")
    found = stage.find()
    assert (found.failures, found.unseen, found.cluster_users) == ([DENIED], [], [])
