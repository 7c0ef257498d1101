"""Which nodes are looked at closely: those of which nothing was told, all of them in turn."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import pytest

from private_connection.access.roles import Role
from private_connection.naming import arn_end
from private_connection.paths.endpoint_services import EndpointService
from private_connection.reconcile import selection
from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import TREATMENTS, DriftCode
from private_connection.reconcile.compared import Compared
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.selection import BATCH, SHARE, Chosen, choose, choose_all
from private_connection.registry.entries import Cursor, RepairRun
from private_connection.registry.sightings import Told
from private_connection.registry.table import written
from tests.unit.builders import OURS, THEIRS, a_role
from tests.unit.reconcile.made import (
    FIRST,
    NAME,
    NOW,
    SECOND,
    THIRD,
    a_balancer,
    a_cluster,
    a_connected,
    a_group,
    a_handoff,
    a_service,
    an_account,
    path,
    with_node,
    without,
)

BASE: Final = an_account()
ROLE: Final = a_role()
"""One that the deployment may extend."""
ABOUT_NODES: Final[frozenset[DriftCode]] = frozenset(
    code for code in TREATMENTS if code not in {"CLUSTER_GONE", "CLUSTER_UNAVAILABLE", "ROLE_UNUSABLE"}
)


def compared(*drift: Drift, name: str = NAME) -> Compared:
    connection = replace(a_connected(a_handoff()), name=name)
    return Compared(connection, "repair", drift)


def nodes(chosen: Chosen) -> list[str]:
    return [node.node for batch in chosen.batches for each in batch.connections for node in each.nodes]


def chosen_of(*drift: Drift, account: Account = BASE) -> list[str]:
    return nodes(choose([compared(*drift)], account, None))


# ------------------------------------------------------------------ which


def test_every_node_that_was_offered_and_stands_is_eligible() -> None:
    chosen = choose([compared()], BASE, None)
    ((batch,),) = (chosen.batches,)
    (connection,) = batch.connections
    assert (connection.connection, connection.revision, connection.mode, connection.policy) == (NAME, 7, "repair", True)
    assert [(each.node, each.load_balancer, each.target_group, each.cross_zone) for each in connection.nodes] == [
        (node, arn_end(f"lb/{path(node)}"), arn_end(f"tg/{path(node)}"), False) for node in (FIRST, SECOND)
    ]


@pytest.mark.parametrize("roles", [{}, {ROLE.arn: replace(ROLE, arn=ROLE.arn.replace("their-", "other-"))}])
def test_the_policy_of_a_role_that_runs_leave_as_it_is_is_not_looked_at(roles: dict[str, Role]) -> None:
    (batch,) = choose([compared()], replace(BASE, roles=roles), None).batches
    assert [each.policy for each in batch.connections] == [False]


@pytest.mark.parametrize("code", sorted(ABOUT_NODES))
def test_one_that_a_run_changes_or_ends_with_is_left_out(code: DriftCode) -> None:
    expected = [FIRST, SECOND] if code == "STRANGER_CONNECTED" else [SECOND]
    assert chosen_of(Drift(code=code, node=FIRST)) == expected


@pytest.mark.parametrize("code", TREATMENTS)
def test_what_a_run_puts_right_for_all_nodes_leaves_all_out(code: DriftCode) -> None:
    expected = [] if TREATMENTS[code] == "repaired" else [FIRST, SECOND]
    assert chosen_of(Drift(code=code)) == expected


@pytest.mark.parametrize("code", sorted(ABOUT_NODES))
@pytest.mark.parametrize("node", [None, FIRST])
def test_drift_that_stands_keeps_no_node_from_being_looked_at(code: DriftCode, node: str | None) -> None:
    """It stands where all is only reported, and where repairs fail, which those that are reported do not matter to."""
    drift = Drift(code=code, node=node)
    reported = replace(compared(drift), mode="report")
    assert nodes(choose([reported], BASE, None)) == [FIRST, SECOND]
    failed = RepairRun(execution="arn", at=written(NOW), drift=(code,), failed=True)
    failing = compared(drift)
    failing = replace(failing, connection=replace(failing.connection, repairs=(failed,)))
    if TREATMENTS[code] == "repaired":
        assert nodes(choose([failing], BASE, None)) == [FIRST, SECOND]


def test_what_was_found_already_of_what_a_close_look_tells_goes_with_the_node() -> None:
    drift = (Drift(code="MARKS_LOST", node=FIRST), Drift(code="ACCEPTANCE_OFF", node=FIRST), Drift(code="RULE_GONE"))
    (batch,) = choose([replace(compared(*drift), mode="report")], BASE, None).batches
    assert [each.known for each in batch.connections[0].nodes] == [("MARKS_LOST",), ()]


@pytest.mark.parametrize(
    "account",
    [
        replace(BASE, clusters={}),
        replace(BASE, clusters={NAME: a_cluster(status="modifying")}),
        replace(BASE, clusters={NAME: a_cluster(status="deleting")}),
    ],
    ids=["gone", "modifying", "deleting"],
)
def test_a_cluster_that_changes_is_left_alone(account: Account) -> None:
    assert chosen_of(account=account) == []


@pytest.mark.parametrize(
    "account",
    [
        with_node(BASE, status="modifying"),
        with_node(BASE, port=None),
        replace(BASE, balancers=without(BASE.balancers, path(FIRST))),
        replace(BASE, groups=without(BASE.groups, path(FIRST))),
        replace(BASE, clusters={NAME: a_cluster(SECOND)}),
    ],
    ids=["modifying", "without a port", "without a load balancer", "without a target group", "gone"],
)
def test_a_node_that_changes_or_has_no_path_is_left_alone(account: Account) -> None:
    assert chosen_of(account=account) == [SECOND]


def test_one_that_is_backed_up_is_looked_at() -> None:
    account = with_node(replace(BASE, clusters={NAME: a_cluster(status="snapshotting")}), status="snapshotting")
    assert chosen_of(account=account) == [FIRST, SECOND]


def test_one_that_was_not_offered_has_nothing_to_look_at() -> None:
    assert chosen_of(account=an_account(FIRST, SECOND, THIRD)) == [FIRST, SECOND]


@pytest.mark.parametrize(
    "service",
    [None, a_service(FIRST, tags={}), a_service(FIRST, tags=THEIRS), a_service(FIRST, id="vpce-svc-another")],
    ids=["none", "without marks", "another connection's", "another service"],
)
def test_a_service_that_is_not_the_offered_one_or_not_ours_is_not_looked_at(service: EndpointService | None) -> None:
    """Whatever is asked of drift: the look would be denied, as its grant has a condition on our tags."""
    arn = a_balancer(FIRST).arn
    services = {**without(BASE.services, arn), **({arn: service} if service else {})}
    found = replace(compared(), mode="report")
    assert nodes(choose([found], replace(BASE, services=services), None)) == [SECOND]


def test_a_load_balancer_in_several_zones_is_to_cross_them() -> None:
    zones = {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"}
    account = replace(BASE, balancers={**BASE.balancers, path(FIRST): a_balancer(FIRST, zones=zones)})
    ((batch,),) = (choose([compared()], account, None).batches,)
    assert [each.cross_zone for each in batch.connections[0].nodes] == [True, False]


# ------------------------------------------------------------------ in turn


def fleet(*names: str) -> tuple[list[Compared], Account]:
    """Connections of two nodes each, of one cluster."""
    paths = [(node, path(node, connection=name)) for name in names for node in (FIRST, SECOND)]
    account = replace(
        BASE,
        balancers={each: a_balancer(node, each) for node, each in paths},
        groups={each: a_group(node, each) for node, each in paths},
        services={
            a_balancer(node, path(node, connection=name)).arn: a_service(
                node, tags={**OURS, "private-connection": name}
            )
            for name in names
            for node in (FIRST, SECOND)
        },
    )
    return [compared(name=name) for name in names], account


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "BATCH", 2)
    monkeypatch.setattr(selection, "SHARE", 4)


def sweeps(fleets: Iterable[Sequence[str]]) -> list[list[tuple[str, str]]]:
    """What sweeps look at one after another, each of these connections, in any order."""
    seen, cursor = [], None
    for names in fleets:
        found, account = fleet(*names)
        chosen = choose(found[::-1], account, cursor)
        cursor = chosen.cursor
        batches = [each for batch in chosen.batches for each in batch.connections]
        seen.append([(each.connection, node.node) for each in batches for node in each.nodes])
    return seen


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("count", range(1, 8))
def test_all_nodes_are_looked_at_after_as_many_sweeps_as_hold_them(count: int) -> None:
    names = [f"c{number}" for number in range(count)]
    looks = sweeps([names] * 10)
    every = {(name, node) for name in names for node in (FIRST, SECOND)}
    needed = -(-len(every) // 4)
    for first in range(10 - needed):
        assert {each for look in looks[first : first + needed] for each in look} == every
    assert {len(look) for look in looks} == {min(4, len(every))}


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("gone", range(7))
def test_connections_that_disappear_let_none_be_passed_over(gone: int) -> None:
    """Whichever goes after the first sweep, the others are looked at in the sweeps that hold them."""
    names = [f"c{number}" for number in range(7)]
    left = [name for name in names if name != f"c{gone}"]
    looks = sweeps([names, left, left, left])
    assert {name for look in looks for name, _ in look} >= set(left)
    assert looks[1][0] == next((name, FIRST) for name in left if name > "c1")


@pytest.mark.usefixtures("small")
def test_connections_that_come_have_their_turn() -> None:
    assert sweeps([["b", "d"], ["a", "b", "c", "d"], ["a", "b", "c", "d"]]) == [
        [("b", FIRST), ("b", SECOND), ("d", FIRST), ("d", SECOND)],
        [("a", FIRST), ("a", SECOND), ("b", FIRST), ("b", SECOND)],
        [("c", FIRST), ("c", SECOND), ("d", FIRST), ("d", SECOND)],
    ]


def test_those_of_which_something_was_told_have_their_turn_in_each_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """And take no more of it than a part, so that all others have theirs as well."""
    monkeypatch.setattr(selection, "SHARE", 4)
    monkeypatch.setattr(selection, "TOLD_SHARE", 2)
    names = [f"c{number}" for number in range(6)]
    found, account = fleet(*names)
    told = [Told(code="NODE_UNHEALTHY", node=FIRST), Told(code="ADDRESS_CHANGED", node=SECOND)]
    marked = [
        replace(each, connection=replace(each.connection, told=tuple(told) if each.connection.name >= "c3" else ()))
        for each in found
    ]
    cursor, looks = None, list[list[tuple[str, str]]]()
    for _ in range(6):
        chosen = choose(marked, account, cursor)
        cursor = chosen.cursor
        batches = [each for batch in chosen.batches for each in batch.connections]
        looks.append([(each.connection, node.node) for each in batches for node in each.nodes])
    assert looks[0] == [("c0", FIRST), ("c0", SECOND), ("c3", FIRST), ("c4", FIRST)]
    suspect = {(name, FIRST) for name in ("c3", "c4", "c5")}
    assert all(len(suspect & set(look)) >= 2 and len(look) == 4 for look in looks)
    assert {each for look in looks for each in look} == {(name, node) for name in names for node in (FIRST, SECOND)}


def test_a_batch_says_how_many_of_its_nodes_nobody_reached_before() -> None:
    found = compared()
    told = (Told(code="NODE_UNHEALTHY", node=FIRST), Told(code="TARGET_GONE", node=SECOND), Told(code="NODE_UNHEALTHY"))
    before = replace(found, connection=replace(found.connection, told=told))
    assert [each.unhealthy_before for each in choose([before], BASE, None).batches] == [1]
    assert [each.unhealthy_before for each in choose([found], BASE, None).batches] == [0]


@pytest.mark.usefixtures("small")
def test_where_all_that_is_left_was_told_the_cursor_stays() -> None:
    found, account = fleet("a")
    told = tuple(Told(code="NODE_UNHEALTHY", node=node) for node in (FIRST, SECOND))
    marked = [replace(each, connection=replace(each.connection, told=told)) for each in found]
    cursor = Cursor(connection="b", node=FIRST)
    chosen = choose(marked, account, cursor)
    assert (nodes(chosen), chosen.cursor) == ([FIRST, SECOND], cursor)


@pytest.mark.parametrize("cursor", [None, Cursor(connection="b", node="b-001")])
def test_where_there_is_nothing_to_look_at_the_cursor_stays(cursor: Cursor | None) -> None:
    assert choose([], BASE, cursor) == Chosen(batches=(), cursor=cursor)


@pytest.mark.usefixtures("small")
def test_one_that_was_asked_for_is_looked_at_whole_and_leaves_the_cursor() -> None:
    found, account = fleet("a", "b", "c")
    cursor = Cursor(connection="b", node=FIRST)
    chosen = choose_all(found, account, cursor)
    assert (len(nodes(chosen)), chosen.cursor) == (6, cursor)


@pytest.mark.usefixtures("small")
def test_a_policy_is_looked_at_once_in_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "BATCH", 3)
    found, account = fleet("a", "b")
    batches = choose(found, account, None).batches
    assert [[(each.connection, each.policy) for each in batch.connections] for batch in batches] == [
        [("a", True), ("b", True)],
        [("b", False)],
    ]


def test_a_batch_fits_a_function_and_all_batches_fit_a_map() -> None:
    """A function has 60 s and a call takes 0.3 s; the Map takes 20 batches."""
    calls = BATCH * 4 + 5
    assert calls * 0.3 < 60 * 0.6
    assert -(-SHARE // BATCH) <= 20
