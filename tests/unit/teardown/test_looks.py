"""One look of a teardown: what is left, what of it can go now, and what stays and why."""

from collections.abc import Sequence

import pytest

from private_connection.errors import AwsRejected
from private_connection.failures import Failure
from private_connection.inventory import Inventory, Kind, Thing
from private_connection.ownership import taggable
from private_connection.teardown import looks
from private_connection.teardown.looks import (
    FailedStep,
    FindOwned,
    Named,
    Owned,
    _merged,
    _removable,
    _why_kept,
    find_owned,
)
from tests.unit.builders import Json, a_thing

BALANCER = a_thing("loadBalancer", "pc-a")
SERVICE = a_thing("endpointService", "vpce-svc-1", within="pc-a")
TARGETS = a_thing("targetGroup", "pc-a", within="pc-a")
CLUSTER = a_thing("replicationGroup", "redis-demo")
SUBNETS = a_thing("cacheSubnetGroup", "private-connection-redis-demo")
GROUP = a_thing("securityGroup", "private-connection-redis-demo")
RULE = a_thing("securityGroupRule", "sgr-1", within=GROUP.id)
POLICY = a_thing("rolePolicy", "policy", within="role-id", created_by=None)
ROLE = a_thing("role", "their-role", id="role-id")
DENIED = AwsRejected("looking up load balancers (pc-): because [AccessDenied]")
FAILED = FailedStep(failure=Failure(error="AwsRejected", cause="deleting load balancer (pc-a): because"))


class Stage:
    """Looks at what an inventory found."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def look(self, *things: Thing, unseen: Sequence[Kind] = (), users: Sequence[str] = (), **changes: object) -> Owned:
        found = Inventory(list(things), [DENIED] * bool(unseen), list(unseen), list(users))
        self.monkeypatch.setattr(looks, "find_inventory", lambda _: found)
        fields: Json = {"connection": "redis-demo", "created_by": None, "delete_cluster": True, "checked": True}
        before: Json = {"seen": (), "left": (), "failed": (), "quiet": 0, "stuck": 0}
        return find_owned(FindOwned(**fields | before | changes))


def going(owned: Owned) -> tuple[Thing, ...]:
    """What can go now."""
    return tuple(owned.left[position] for position in owned.removable)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


# ------------------------------------------------------------------ what can go now


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
        ([a_thing("replicationGroup", "redis-demo", busy=True)], []),
        ([a_thing("endpointService", "vpce-svc-1", within="pc-a", busy=True), BALANCER], []),
        ([], []),
    ],
)
def test_what_nothing_of_ours_holds_can_go(left: list[Thing], removable: list[Thing] | str) -> None:
    assert list(_removable(left)) == (left if removable == "both" else removable)


# ------------------------------------------------------------------ what stays, and why


@pytest.mark.parametrize(
    ("thing", "asked", "why"),
    [
        (BALANCER, {}, None),
        (ROLE.model_copy(update={"note": "it carries policies"}), {}, "it carries policies"),
        (CLUSTER, {"delete_cluster": False}, "deleteCluster is not set"),
        (SUBNETS, {"delete_cluster": False}, "deleteCluster is not set"),
        (GROUP, {"delete_cluster": False}, "deleteCluster is not set"),
        (CLUSTER, {}, None),
        (CLUSTER, {"cluster_users": ["orders"]}, None),  # that ends the run before anything is deleted
        (BALANCER, {"scope": "run-1"}, None),
        (BALANCER, {"scope": "run-2"}, "made by execution run-1"),
        (RULE, {"scope": "run-1"}, None),
        (RULE, {"scope": "run-1", "others": True}, "a setting of a connection that another execution made"),
        (POLICY, {"scope": "run-1", "others": True}, "a setting of a connection that another execution made"),
        (POLICY, {"scope": "run-1"}, None),
        (ROLE, {"scope": "run-1", "others": True}, None),
        (CLUSTER, {"scope": "run-1", "cluster_users": ["orders", "search"]}, "used by connections orders, search"),
        (BALANCER, {"scope": "run-1", "cluster_users": ["orders"]}, None),
    ],
)
def test_what_stays_and_why(thing: Thing, asked: Json, why: str | None) -> None:
    plain: Json = {"scope": None, "others": False, "delete_cluster": True, "cluster_users": ()}
    assert _why_kept(thing, **plain | asked) == why


def test_what_was_seen_later_replaces_what_was_seen_before() -> None:
    going = BALANCER.model_copy(update={"busy": True})
    assert _merged([BALANCER, TARGETS], [going]) == (going, TARGETS)


# ------------------------------------------------------------------ a look


def test_a_look_tells_what_is_left_and_what_can_go(stage: Stage) -> None:
    owned = stage.look(BALANCER, SERVICE, CLUSTER, delete_cluster=False)
    assert (owned.left, going(owned)) == ((BALANCER, SERVICE), (SERVICE,))
    assert [(each.name, each.why) for each in owned.kept] == [("redis-demo", "deleteCluster is not set")]
    assert [each.name for each in owned.seen] == ["pc-a", "vpce-svc-1"]
    assert (owned.quiet, owned.stuck, owned.failed, owned.unseen) == (0, 0, (), ())


def test_what_earlier_looks_saw_is_kept_in_mind_once(stage: Stage) -> None:
    seen = (Named(kind="endpointService", name="vpce-svc-1"), Named(kind="loadBalancer", name="pc-a"))
    assert stage.look(BALANCER, seen=seen).seen == seen


def test_looks_that_find_nothing_are_counted(stage: Stage) -> None:
    assert stage.look().quiet == 1
    assert stage.look(quiet=1).quiet == 2
    assert stage.look(BALANCER, quiet=1).quiet == 0
    assert stage.look(unseen=["loadBalancer"], quiet=1).quiet == 0
    assert stage.look(CLUSTER, quiet=1, delete_cluster=False).quiet == 2


@pytest.mark.parametrize(
    ("things", "changes", "stuck"),
    [
        ([BALANCER], {"failed": (FAILED,), "left": (BALANCER,)}, 2),
        ([BALANCER], {"left": (BALANCER,)}, 0),
        ([BALANCER], {"failed": (FAILED,), "left": (BALANCER, TARGETS)}, 0),
        ([BALANCER.model_copy(update={"busy": True})], {"failed": (FAILED,), "left": (BALANCER,)}, 0),
        ([], {"failed": (FAILED,), "left": ()}, 0),
    ],
    ids=["the same", "nothing failed", "less is left", "busy", "nothing is left"],
)
def test_looks_that_change_nothing_after_a_failure_are_counted(
    stage: Stage, things: list[Thing], changes: Json, stuck: int
) -> None:
    assert stage.look(*things, stuck=1, **changes).stuck == stuck


def test_what_could_not_be_removed_comes_last_the_oftener_the_later(stage: Stage) -> None:
    """A round ends with the first batch that has a failure: what fails always would keep all else from its turn."""
    things = [a_thing("loadBalancer", f"pc-{each}") for each in range(4)]
    tried = things[1].model_copy(update={"tried": 1})

    def failing(*each: Thing) -> tuple[FailedStep, ...]:
        return tuple(FailedStep(failure=FAILED.failure, thing=thing) for thing in each)

    first = stage.look(*things, left=(things[0], tried, *things[2:]), failed=failing(things[0], tried))
    assert [(each.name, each.tried) for each in going(first)] == [("pc-2", 0), ("pc-3", 0), ("pc-0", 1), ("pc-1", 2)]
    later = stage.look(*things, left=first.left)
    assert [each.name for each in going(later)] == ["pc-2", "pc-3", "pc-0", "pc-1"]


def test_before_the_first_deletion_a_look_that_fails_is_raised(stage: Stage) -> None:
    with pytest.raises(AwsRejected, match="looking up load balancers"):
        stage.look(SERVICE, unseen=["loadBalancer"], checked=False)


def test_afterwards_what_could_not_be_seen_is_taken_from_the_look_before(stage: Stage) -> None:
    owned = stage.look(SERVICE, unseen=["loadBalancer"], left=(BALANCER, TARGETS))
    assert owned.left == (BALANCER, SERVICE)
    assert owned.unseen == ("loadBalancer",)
    assert [each.failure for each in owned.failed] == [Failure(error="AwsRejected", cause=str(DENIED))]


# ------------------------------------------------------------------ a rollback


def test_a_rollback_takes_only_what_its_run_made(stage: Stage) -> None:
    theirs = a_thing("loadBalancer", "pc-b", created_by="run-0")
    owned = stage.look(BALANCER, theirs, RULE, POLICY, created_by="run-1")
    assert owned.left == (BALANCER,)
    assert [each.kind for each in owned.kept] == ["loadBalancer", "securityGroupRule", "rolePolicy"]


def test_a_rollback_of_the_run_that_made_everything_takes_everything(stage: Stage) -> None:
    assert stage.look(BALANCER, RULE, POLICY, created_by="run-1").kept == ()


def test_an_execution_is_recognised_by_the_tag_that_stands_for_it(stage: Stage) -> None:
    name = "räksmörgås"
    made = a_thing("loadBalancer", "pc-a", created_by=taggable(name, 80))
    assert stage.look(made, created_by=name).left == (made,)


def test_while_some_kinds_cannot_be_seen_a_rollback_keeps_settings(stage: Stage) -> None:
    owned = stage.look(RULE, POLICY, unseen=["loadBalancer"], created_by="run-1")
    assert owned.left == (RULE, POLICY)
    assert owned.removable == ()
    assert going(stage.look(RULE, POLICY, unseen=["loadBalancer"])) == (RULE, POLICY)


@pytest.mark.parametrize(
    ("changes", "named"),
    [({}, ("orders",)), ({"delete_cluster": False}, ()), ({"created_by": "run-1"}, ())],
    ids=["everything", "without the cluster", "a rollback"],
)
def test_other_users_of_the_cluster_hold_it_only_where_it_shall_go(
    stage: Stage, changes: Json, named: tuple[str, ...]
) -> None:
    assert stage.look(CLUSTER, users=["orders"], **changes).cluster_users == named
