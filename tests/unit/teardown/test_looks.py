"""One look of a teardown: what is left, what of it can go now, and what stays and why."""

from collections.abc import Sequence
from typing import Final

import pytest

from private_connection.access.sids import mark_of
from private_connection.cluster.descriptions import Cluster
from private_connection.errors import AwsRejected, NothingFound, StepError, Throttled
from private_connection.failures import Failure
from private_connection.inventory import Inventory
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.teardown import absence, keeping, looks, withdrawal
from private_connection.teardown.cluster_users import RegisteredUsers
from private_connection.teardown.keeping import Named
from private_connection.teardown.looks import FailedStep, FindOwned, Owned, find_owned
from private_connection.things import Kind, Search, Thing
from tests.unit.builders import Json, a_thing, a_wanted, an_existing
from tests.unit.teardown.things import BALANCER, CLUSTER, POLICY, ROLE, RULE

SERVICE = a_thing("endpointService", "vpce-svc-1", within="pc-a")
TARGETS = a_thing("targetGroup", "pc-a", within="pc-a")
DENIED = AwsRejected("looking up load balancers (pc-): because [AccessDenied]")
FAILED = FailedStep(failure=Failure(error="AwsRejected", cause="deleting load balancer (pc-a): because"))


class Stage:
    """Looks at what an inventory found."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        self.searches: list[Search] = []
        monkeypatch.setattr(keeping, "find_rule_users", lambda rules: {each: ["orders"] for each in rules})
        monkeypatch.setattr(keeping, "find_clusters", lambda clusters: clusters)
        monkeypatch.setattr(absence, "find_connections_here", lambda: ["redis-demo-2"])
        self.registered: list[str] | StepError = []
        self.unreadable: tuple[str, ...] = ()
        """The other connections that the registry has with the cluster, or why it gives no answer."""
        self.clusters: list[set[str]] = []
        """What the registry was asked about."""
        monkeypatch.setattr(looks, "find_registered_users", self.find_registered_users)
        self.cluster: Cluster | None = an_existing()
        monkeypatch.setattr(withdrawal, "find_cluster", lambda *_: self.cluster)

    def find_registered_users(self, connection: str, clusters: set[str]) -> RegisteredUsers:
        self.clusters.append(clusters)
        if isinstance(self.registered, StepError):
            raise self.registered
        return RegisteredUsers(tuple(self.registered), self.unreadable)

    def look(
        self,
        *things: Thing,
        unseen: Sequence[Kind] = (),
        users: Sequence[str] = (),
        named: Sequence[str] = (),
        connections: Sequence[EndpointConnection] = (),
        endpoints_seen: bool = True,
        **changes: object,
    ) -> Owned:
        def found(search: Search) -> Inventory:
            self.searches.append(search)
            failures: list[StepError] = [DENIED] * (bool(unseen) or not endpoints_seen)
            found = (list(things), failures, list(unseen), list(named), list(users), connections)
            return Inventory(*found, endpoints_seen)

        self.monkeypatch.setattr(looks, "find_inventory", found)
        fields: Json = {"connection": "redis-demo", "created_by": None, "delete_cluster": True, "checked": True}
        fields |= {"wanted": None, "stopped": ()}
        before: Json = {"seen": (), "left": (), "failed": (), "clusters": (), "quiet": 0, "stuck": 0}
        return find_owned(FindOwned(**fields | before | {"registered": False} | changes))


def going(owned: Owned) -> tuple[Thing, ...]:
    """What can go now."""
    return tuple(owned.left[position] for position in owned.removable)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


# ------------------------------------------------------------------ a look


def test_a_look_tells_what_is_left_and_what_can_go(stage: Stage) -> None:
    owned = stage.look(BALANCER, SERVICE, CLUSTER, delete_cluster=False)
    assert (owned.left, going(owned)) == ((BALANCER, SERVICE), (SERVICE,))
    assert [(each.name, each.why) for each in owned.kept] == [("redis-demo", "deleteCluster is not set")]
    assert [each.name for each in owned.seen] == ["pc-a", "vpce-svc-1"]
    assert (owned.quiet, owned.stuck, owned.failed, owned.unseen) == (0, 0, (), ())


SEEN = (Named(kind="endpointService", name="vpce-svc-1"), Named(kind="loadBalancer", name="pc-a"))


def test_what_earlier_looks_saw_is_kept_in_mind_once(stage: Stage) -> None:
    assert stage.look(BALANCER, seen=SEEN).seen == SEEN


def test_a_look_starts_from_what_the_one_before_found(stage: Stage) -> None:
    assert stage.look(left=(CLUSTER,), clusters=("orders",), named=["orders"]).clusters == ("orders",)
    stage.look(checked=False)
    assert stage.searches == [
        Search("redis-demo", ("orders",), (CLUSTER,), thorough=False),
        Search("redis-demo", thorough=True),
    ]


def test_looks_that_find_nothing_are_counted(stage: Stage) -> None:
    assert stage.look().quiet == 1
    assert stage.look(quiet=1, seen=SEEN).quiet == 2
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


def test_what_was_seen_later_replaces_what_was_seen_before(stage: Stage) -> None:
    going = BALANCER.model_copy(update={"busy": True})
    owned = stage.look(going, unseen=["targetGroup"], left=(BALANCER, TARGETS))
    assert owned.left == (TARGETS, going)


def test_before_the_first_deletion_a_look_that_fails_is_raised(stage: Stage) -> None:
    with pytest.raises(AwsRejected, match="looking up load balancers"):
        stage.look(SERVICE, unseen=["loadBalancer"], checked=False)


def test_afterwards_what_could_not_be_seen_is_taken_from_the_look_before(stage: Stage) -> None:
    owned = stage.look(SERVICE, unseen=["loadBalancer"], left=(BALANCER, TARGETS))
    assert owned.left == (BALANCER, SERVICE)
    assert owned.unseen == ("loadBalancer",)
    assert [each.failure for each in owned.failed] == [Failure(error="AwsRejected", cause=str(DENIED))]


def test_two_groups_of_one_name_are_two_things(stage: Stage) -> None:
    """Each VPC may have one."""
    ours = a_thing("securityGroup", "private-connection-orders", id="sg-1")
    theirs = a_thing("securityGroup", "private-connection-orders", id="sg-2", created_by="run-0")
    owned = stage.look(ours, theirs, created_by=("run-1",))
    assert (owned.left, len(owned.kept)) == ((ours,), 1)


def test_while_the_load_balancers_cannot_be_seen_nobody_knows_who_else_uses_the_cluster(stage: Stage) -> None:
    for maker in (None, ("run-1",)):
        owned = stage.look(CLUSTER, unseen=["loadBalancer"], created_by=maker)
        assert (owned.left, owned.removable) == ((CLUSTER,), ())


# ------------------------------------------------------------------ nothing


def test_of_a_connection_that_does_not_exist_nothing_is_found(stage: Stage) -> None:
    assert stage.look(checked=False).quiet == 1, "AWS may list late what was made a moment ago"
    with pytest.raises(NothingFound, match="redis-demo"):
        stage.look(checked=False, quiet=1)


@pytest.mark.parametrize(
    "changes",
    [{"seen": SEEN}, {"created_by": ("run-1",)}, {"named": ["orders"]}, {"registered": True}],
    ids=["it was removed", "a rollback", "its adopted cluster is there", "the registry knows it"],
)
def test_finding_nothing_any_more_is_success(stage: Stage, changes: Json) -> None:
    assert stage.look(quiet=1, **changes).quiet == 2


# ------------------------------------------------------------------ a rollback


def test_a_rollback_takes_what_its_run_made_beside_what_another_one_made(stage: Stage) -> None:
    theirs = a_thing("loadBalancer", "pc-b", created_by="run-0")
    owned = stage.look(BALANCER, theirs, RULE, POLICY, created_by=("run-1",))
    assert owned.left == (BALANCER, RULE, POLICY)
    assert [(each.kind, each.why) for each in owned.kept] == [("loadBalancer", "made by run run-0")]


def test_a_rollback_leaves_the_rule_and_the_policy_of_another_run(stage: Stage) -> None:
    rule = a_thing("securityGroupRule", "sgr-0", created_by="run-0")
    policy = POLICY.model_copy(update={"marks": (mark_of("run-0"),)})
    owned = stage.look(BALANCER, rule, policy, ROLE, created_by=("run-1",))
    assert owned.left == (BALANCER,)
    assert [each.kind for each in owned.kept] == ["securityGroupRule", "rolePolicy", "role"]


def test_a_rollback_of_the_run_that_made_everything_takes_everything(stage: Stage) -> None:
    assert stage.look(BALANCER, RULE, POLICY, created_by=("run-1",)).kept == ()


def test_what_several_runs_made_goes_together(stage: Stage) -> None:
    theirs = a_thing("loadBalancer", "pc-b", created_by="run-0")
    third = a_thing("loadBalancer", "pc-c", created_by="run-2")
    owned = stage.look(BALANCER, theirs, third, RULE, POLICY, created_by=("run-0", "run-1"))
    assert owned.left == (BALANCER, theirs, RULE, POLICY)
    assert [each.why for each in owned.kept] == ["made by run run-2"]


def test_once_nothing_of_its_runs_is_in_a_policy_a_rollback_has_nothing_left(stage: Stage) -> None:
    both = POLICY.model_copy(update={"marks": (mark_of("run-0"), mark_of("run-1"))})
    first = stage.look(both, ROLE, created_by=("run-1",))
    assert (first.left, going(first)) == ((both, ROLE), (both,))
    later = stage.look(
        POLICY.model_copy(update={"marks": (mark_of("run-0"),)}), ROLE, left=first.left, created_by=("run-1",)
    )
    assert (later.left, later.quiet, [each.kind for each in later.kept]) == ((), 1, ["rolePolicy", "role"])


@pytest.mark.parametrize(
    ("changes", "named"),
    [({}, ("orders",)), ({"delete_cluster": False}, ()), ({"created_by": ("run-1",)}, ())],
    ids=["everything", "without the cluster", "a rollback"],
)
def test_other_users_of_the_cluster_hold_it_only_where_it_shall_go(
    stage: Stage, changes: Json, named: tuple[str, ...]
) -> None:
    assert stage.look(CLUSTER, users=["orders"], **changes).cluster_users == named


# ------------------------------------------------------------------ who uses the cluster as the registry has it

SILENT: Final = Throttled("listing the registry (connections): because [ThrottlingException]")


@pytest.mark.parametrize("users", [["orders"], ["another"], []])
def test_users_that_only_the_registry_knows_count_as_those_that_load_balancers_show(
    stage: Stage, users: list[str]
) -> None:
    stage.registered = ["orders"]
    owned = stage.look(CLUSTER, users=users, checked=False)
    assert owned.cluster_users == tuple(sorted({"orders", *users}))
    kept = stage.look(CLUSTER, users=users, created_by=("run-1",)).kept
    assert [each.why for each in kept] == [f"used by connections {', '.join(sorted({'orders', *users}))}"]
    assert stage.clusters == [{CLUSTER.id}] * 2


@pytest.mark.parametrize(
    ("things", "changes"),
    [([BALANCER], {}), ([CLUSTER], {"delete_cluster": False}), ([CLUSTER], {"wanted": a_wanted()})],
    ids=["no cluster of ours", "it is not to go", "a withdrawal"],
)
def test_where_no_cluster_can_go_the_registry_is_not_read(stage: Stage, things: list[Thing], changes: Json) -> None:
    stage.registered = SILENT
    assert stage.look(*things, **changes).failed == ()
    assert stage.clusters == []


def test_a_registry_that_gives_no_answer_keeps_the_cluster_of_a_rollback(stage: Stage) -> None:
    stage.registered = SILENT
    owned = stage.look(CLUSTER, BALANCER, created_by=("run-1",))
    assert (owned.left, owned.failed) == ((BALANCER,), ())
    assert [each.why for each in owned.kept] == [
        f"whether other connections use it is not known: {SILENT} [CLUSTER_LEFT]"
    ]


def test_a_teardown_of_everything_waits_for_the_registry(stage: Stage) -> None:
    stage.registered = SILENT
    with pytest.raises(Throttled):
        stage.look(CLUSTER, checked=False)
    owned = stage.look(CLUSTER, BALANCER, left=(CLUSTER, BALANCER))
    assert (owned.left, going(owned), owned.kept) == ((CLUSTER, BALANCER), (BALANCER,), ())
    assert [each.failure.error for each in owned.failed] == ["Throttled"]


UNREADABLE: Final = tuple(f"future-{number:02}" for number in range(12))


def test_a_cluster_that_an_item_which_cannot_be_read_may_use_stays_and_all_else_goes(stage: Stage) -> None:
    stage.unreadable = UNREADABLE
    scopes: list[Json] = [{"checked": False}, {}, {"created_by": ("run-1",)}]
    for scope in scopes:
        owned = stage.look(CLUSTER, BALANCER, **scope)
        assert owned.cluster_users == ()
        assert (owned.left, owned.failed, [each.name for each in owned.kept]) == ((BALANCER,), (), [CLUSTER.name])
    assert owned.kept[0].why == (
        f"whether other connections use it is not known: the registry's items of {', '.join(UNREADABLE[:10])} and 2 "
        "more cannot be read [RECORD_UNREADABLE] [CLUSTER_LEFT]"
    )


# ------------------------------------------------------------------ a withdrawal

FINAL_LOOK: Final[Json] = {"wanted": a_wanted(role_name="role-id"), "delete_cluster": False}
OLD: Final = a_thing("loadBalancer", "pc-b", cluster="redis-demo")
OLD_SERVICE: Final = a_thing("endpointService", "vpce-svc-b", id="vpce-svc-b", within="pc-b")
OLD_TARGETS: Final = a_thing("targetGroup", "pc-b", within="pc-b", node="redis-demo-002")
CONNECTED: Final = EndpointConnection("vpce-svc-b", "vpce-1", "794031221915", "available")


def told(owned: Owned) -> list[tuple[str, str, str | None]]:
    return [(each.name, each.why, each.code) for each in owned.kept]


def test_a_withdrawal_takes_what_is_not_wanted_whatever_run_made_it(stage: Stage) -> None:
    theirs = OLD.model_copy(update={"created_by": "run-0"})
    owned = stage.look(BALANCER, SERVICE, TARGETS, theirs, OLD_SERVICE, OLD_TARGETS, ROLE, POLICY, **FINAL_LOOK)
    assert (owned.left, going(owned)) == ((theirs, OLD_SERVICE, OLD_TARGETS), (OLD_SERVICE,))
    assert (owned.kept, [each.name for each in owned.seen]) == ((), ["pc-b", "vpce-svc-b", "pc-b"])


def test_a_withdrawal_tells_whoever_looks_what_is_wanted(stage: Stage) -> None:
    stage.look(**FINAL_LOOK)
    (search,) = stage.searches
    assert (search.wanted, search.thorough) == (FINAL_LOOK["wanted"], False)


@pytest.mark.parametrize(("stopped", "stays"), [((), False), (("vpce-svc-b",), True), (("vpce-svc-a",), False)])
def test_a_service_stays_if_somebody_was_connected_once_it_was_offered_to_nobody_any_more(
    stage: Stage, stopped: tuple[str, ...], stays: bool
) -> None:
    owned = stage.look(OLD, OLD_SERVICE, OLD_TARGETS, connections=(CONNECTED,), stopped=stopped, **FINAL_LOOK)
    kept = [
        ("pc-b", "endpoint service vpce-svc-b stays", None),
        (
            "vpce-svc-b",
            "vpce-1 of account 794031221915 is connected, so that load balancer pc-b stays, too",
            "SURPLUS_IN_USE",
        ),
        ("pc-b", "load balancer pc-b stays", None),
    ]
    assert told(owned) == (kept if stays else [])
    assert owned.left == (() if stays else (OLD, OLD_SERVICE, OLD_TARGETS))


def test_a_service_that_nobody_is_connected_to_any_more_goes_after_all(stage: Stage) -> None:
    owned = stage.look(OLD, OLD_SERVICE, stopped=("vpce-svc-b",), **FINAL_LOOK)
    assert (owned.left, going(owned), owned.kept) == ((OLD, OLD_SERVICE), (OLD_SERVICE,), ())


def test_while_its_cluster_changes_a_path_stays(stage: Stage) -> None:
    stage.cluster = an_existing(status="modifying")
    owned = stage.look(OLD, OLD_TARGETS, **FINAL_LOOK)
    assert owned.left == ()
    assert {code for *_, code in told(owned)} == {"SURPLUS_LATER"}


def test_a_withdrawal_that_sees_half_waits_for_the_next_look(stage: Stage) -> None:
    owned = stage.look(OLD_SERVICE, unseen=["loadBalancer"], left=(OLD, OLD_SERVICE), **FINAL_LOOK)
    assert (owned.left, owned.removable) == ((OLD, OLD_SERVICE), ())
    assert [each.failure.cause for each in owned.failed] == [str(DENIED)]


def test_a_withdrawal_of_what_has_gone_meanwhile_is_success(stage: Stage) -> None:
    assert stage.look(quiet=1, **FINAL_LOOK).quiet == 2


def test_other_users_of_the_cluster_are_nothing_to_a_withdrawal(stage: Stage) -> None:
    assert stage.look(CLUSTER, users=["orders"], **FINAL_LOOK).cluster_users == ()
