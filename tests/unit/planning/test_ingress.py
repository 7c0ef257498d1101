"""Plan ingress: which rules are added, which serve, and what is known later."""

from collections.abc import Sequence
from typing import Any, Final

import pytest

from private_connection.cluster.descriptions import Member
from private_connection.planning import ingress
from private_connection.planning.changes import CLUSTER
from private_connection.planning.ingress import PlanIngress, PlannedIngress, plan_ingress
from tests.unit.builders import (
    OURS,
    Json,
    a_creation,
    a_member,
    a_plan,
    a_rule,
    a_security_group,
    a_subnet,
    an_existing,
)

SUBNET: Final = a_subnet("us-east-1a")
CLUSTER_TAG: Final = {"private-connection/cluster": "redis-demo"}
OWN_RULE: Final = a_rule(tags={**OURS, **CLUSTER_TAG, "private-connection/for/redis-demo": "run-1"})
OTHERS_RULE: Final = a_rule(tags={**OURS, **CLUSTER_TAG, "private-connection/for/other": "run-9"})


TOLD: Final = "sg-1: 10.0.0.0/24 on 6379 (sgr-1)"
"""As a rule that is made, with the id beside."""
MEMBERS: Final = (a_member(),)
CREATING: Final = a_plan(a_creation())


def plan(
    monkeypatch: pytest.MonkeyPatch,
    rules: list[Any],
    groups: bool = True,
    name: str = "sg-cache",
    members: Sequence[Member] = MEMBERS,
    **changes: Any,
) -> PlannedIngress:
    group = a_security_group(name=name)
    finds: Json = {
        "find_cluster": an_existing(port=None) if members else None,
        "find_members": members,
        "find_security_groups": [group],
        "find_cluster_security_group": group if groups else None,
        "find_rules": rules,
        "find_subnets": [SUBNET],
    }
    for name, found in finds.items():
        monkeypatch.setattr(ingress, name, lambda *_, found=found: found)
    fields: Json = {
        "cluster": a_plan(),
        "ingress": "subnets",
        "subnet_ids": (SUBNET.id,),
        "subnets_known": True,
    }
    return plan_ingress(PlanIngress(connection="redis-demo", maker="plan", **fields | changes))


def told(planned: PlannedIngress) -> list[tuple[str, str]]:
    return [(each.action, each.name) for each in planned.changes]


def test_a_range_that_nothing_admits_gets_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(plan(monkeypatch, [])) == [("create", "sg-1: 10.0.0.0/24 on 6379")]


def test_a_range_that_somebody_admits_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(plan(monkeypatch, [a_rule(cidr="10.0.0.0/8")])) == []


def test_a_rule_of_ours_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(monkeypatch, [OWN_RULE])
    assert (told(planned), planned.rule_ids) == ([("keep", TOLD)], ("sgr-1",))


def test_a_rule_of_another_connection_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    (change,) = plan(monkeypatch, [OTHERS_RULE]).changes
    assert (change.action, change.name) == ("change", TOLD)
    assert [each.name for each in change.attributes] == ["tags.private-connection/for/redis-demo"]


ADMITTED: Final = a_rule(cidr="10.0.0.0/8")


@pytest.mark.parametrize(
    ("rules", "name", "codes"),
    [
        ([], "default", ["DEFAULT_GROUP_OPENED"]),
        ([OWN_RULE], "default", ["DEFAULT_GROUP_OPENED"]),
        ([ADMITTED], "default", []),
        ([], "sg-cache", []),
    ],
    ids=["opened", "open by a rule of ours", "open by another", "another group"],
)
def test_it_tells_of_a_rule_in_the_default_group(
    monkeypatch: pytest.MonkeyPatch, rules: list[Any], name: str, codes: list[str]
) -> None:
    assert [each.code for each in plan(monkeypatch, rules, name=name).findings] == codes


@pytest.mark.parametrize(("asked", "number"), [("none", 0), ("anywhere", 1), ("subnets", 1)])
def test_what_is_asked_for_decides(monkeypatch: pytest.MonkeyPatch, asked: str, number: int) -> None:
    assert len(plan(monkeypatch, [], ingress=asked).changes) == number


def test_the_group_of_a_cluster_to_create_is_named_before_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(monkeypatch, [], groups=False, cluster=CREATING, members=())
    assert told(planned) == [("create", "private-connection-redis-demo: 10.0.0.0/24 on 6379")]


UNSEEN: Final = a_member(security_group_ids=(), address=None, port=None)


def test_the_rules_of_an_adopted_cluster_are_looked_at_while_it_is_changing(monkeypatch: pytest.MonkeyPatch) -> None:
    added = a_member("redis-demo-000", address=None, port=None)
    planned = plan(monkeypatch, [OWN_RULE], members=[added, a_member()], subnets_known=False, tags={"team": "data"})
    assert [each.known_after for each in planned.changes] == [None, CLUSTER], "and there may be more"
    assert (told(planned)[0], planned.rule_ids) == (("change", TOLD), ("sgr-1",))


@pytest.mark.parametrize(
    ("changes", "is_later"),
    [
        ({"subnets_known": False, "cluster": CREATING, "members": ()}, True),
        ({"members": [UNSEEN], "subnets_known": False, "subnet_ids": ()}, True),
        ({"members": [UNSEEN], "subnets_known": False, "ingress": "none"}, False),
        ({"subnets_known": False, "cluster": CREATING, "members": (), "ingress": "anywhere"}, False),
    ],
    ids=["places that nobody foresees", "a cluster that is created", "no rule", "one for all"],
)
def test_what_depends_on_where_nodes_will_be_is_known_later(
    monkeypatch: pytest.MonkeyPatch, changes: Json, is_later: bool
) -> None:
    planned = plan(monkeypatch, [], **changes)
    later = [each for each in planned.changes if each.known_after == CLUSTER]
    assert (bool(later), planned.known) == (is_later, not is_later)
