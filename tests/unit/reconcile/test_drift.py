"""What has drifted, by what one look found: a row for each code, and rows for what is no drift."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final, get_args

import pytest

from private_connection.handoff import ReportedFinding
from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import RANKS, TREATMENTS, DriftCode
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.drift import drift_of
from private_connection.reconcile.told import SEEN_CLOSELY
from tests.unit.builders import OURS, THEIRS, Json, a_member, a_role, a_rule, a_trust
from tests.unit.reconcile.made import (
    FIRST,
    NAME,
    NOW,
    SECOND,
    SHARDED,
    STRANGER,
    THIRD,
    a_balancer,
    a_cluster,
    a_connected,
    a_group,
    a_handoff,
    a_service,
    an_account,
    an_endpoint,
    path,
    with_node,
    without,
)

BASE: Final = an_account()
ARN: Final = f"lb/{path(FIRST)}"
ROLE: Final = a_role().arn
MOVED: Final[Mapping[tuple[str, str], frozenset[str]]] = {("vpc-1", FIRST): frozenset({"10.0.0.9"})}
Told = list[tuple[str, str | None]]


@pytest.fixture
def connection() -> Connected:
    return a_connected(a_handoff())


def told(connection: Connected, account: Account) -> Told:
    return [(each.code, each.node) for each in drift_of(connection, account)]


def of(kind: str, name: object, value: Any) -> Account:
    """The account with one thing of a kind added or changed."""
    changed: dict[str, Any] = {kind: {**getattr(BASE, kind), name: value}}
    return replace(BASE, **changed)


def lacking(kind: str, name: str) -> Account:
    left: dict[str, Any] = {kind: without(getattr(BASE, kind), name)}
    return replace(BASE, **left)


def with_third(**changes: Any) -> Account:
    """The account after a replica was added, which the hand-off does not have."""
    added = of("members", THIRD, a_member(THIRD, **changes))
    return replace(added, clusters={NAME: a_cluster(FIRST, SECOND, THIRD)})


def with_service(**changes: Any) -> Account:
    return of("services", ARN, a_service(FIRST, **changes))


def with_group(**changes: Any) -> Account:
    return of("groups", path(FIRST), a_group(FIRST, **changes))


def with_endpoints(*states_and_owners: tuple[str, str]) -> Account:
    return of("endpoints", f"vpce-svc-{FIRST}", [an_endpoint(*each) for each in states_and_owners])


def with_rules(*rules: Any) -> Account:
    return replace(BASE, rules={"sg-1": rules})


def with_role(trust: Any) -> Account:
    return replace(BASE, roles={ROLE: a_role(trust=trust)})


OF_ANOTHER: Final = with_rules(a_rule(cidr="10.0.0.0/23", tags={**OURS, "private-connection/for/other": "run-9"}))
MOVED_AWAY: Final = replace(
    with_node(BASE, availability_zone="us-east-1b"),
    addresses={**BASE.addresses, ("vpc-1", FIRST): frozenset({"10.0.1.9"})},
)
SCALED_IN: Final = replace(BASE, clusters={NAME: a_cluster(FIRST)}, members=without(BASE.members, SECOND))

DRIFTS: Final[dict[str, tuple[Account, Told]]] = {
    "another address": (of("addresses", *next(iter(MOVED.items()))), [("ADDRESS_CHANGED", FIRST)]),
    "another zone": (MOVED_AWAY, [("ADDRESS_CHANGED", FIRST), ("ZONE_CHANGED", FIRST)]),
    "another port": (with_node(BASE, port=7000), [("PORT_CHANGED", FIRST), ("RULE_GONE", None)]),
    "no load balancer": (lacking("balancers", path(FIRST)), [("LOAD_BALANCER_GONE", FIRST)]),
    "no target group": (lacking("groups", path(FIRST)), [("TARGET_GROUP_GONE", FIRST)]),
    "no listener": (with_group(load_balancer_arns=()), [("LISTENER_GONE", FIRST)]),
    "a group behind another": (with_group(load_balancer_arns=("lb/other",)), [("LISTENER_GONE", FIRST)]),
    "another health check": (with_group(health_check=("TCP", 30, 10, 5, 2)), [("HEALTH_CHECK_CHANGED", FIRST)]),
    "no service": (lacking("services", ARN), [("SERVICE_GONE", FIRST)]),
    "a service that the portal does not have": (with_service(id="vpce-svc-new"), [("SERVICE_GONE", FIRST)]),
    "a service of somebody else": (with_service(id="vpce-svc-new", tags=THEIRS), [("MARKS_LOST", FIRST)]),
    "a service that lost a mark": (with_service(tags={"private-connection": NAME}), [("MARKS_LOST", FIRST)]),
    "acceptance switched off": (with_service(acceptance_required=False), [("ACCEPTANCE_OFF", FIRST)]),
    "a failed service": (with_service(state="failed"), [("SERVICE_FAILED", FIRST)]),
    "a failed load balancer": (
        of("balancers", path(FIRST), a_balancer(FIRST, state="failed")),
        [("LOAD_BALANCER_FAILED", FIRST)],
    ),
    "no rule": (with_rules(), [("RULE_GONE", None)]),
    "a rule for one subnet of two": (with_rules(a_rule(cidr="10.0.0.0/24")), [("RULE_GONE", None)]),
    "a wider rule of another connection, with which it goes": (OF_ANOTHER, [("RULE_GONE", None)]),
    "no role": (replace(BASE, roles={}), [("ROLE_GONE", None)]),
    "a trust in another workspace": (with_role(a_trust(external_id="ws-2")), [("TRUST_CHANGED", None)]),
    "a trust in every workspace": (with_role(a_trust(Condition={})), [("TRUST_OPENED", None)]),
    "a replica added": (with_third(), [("NODE_ADDED", THIRD)]),
    "a node removed": (SCALED_IN, [("NODE_REMOVED", SECOND)]),
    "a node that stands alone by now": (replace(BASE, clusters={NAME: a_cluster(FIRST)}), [("NODE_REMOVED", SECOND)]),
    "a lost node": (with_node(BASE, status="incompatible-network"), [("NODE_UNAVAILABLE", FIRST)]),
    "no cluster": (replace(BASE, clusters={}, members={}), [("CLUSTER_GONE", None)]),
    "a cluster on its way out": (
        replace(BASE, clusters={NAME: a_cluster(status="deleting")}),
        [("CLUSTER_UNAVAILABLE", None)],
    ),
    "a stranger": (with_endpoints(("available", STRANGER)), [("STRANGER_CONNECTED", FIRST)]),
    "a stranger who asks": (with_endpoints(("pendingacceptance", STRANGER)), [("STRANGER_CONNECTED", FIRST)]),
}


MODIFIED: Final = replace(BASE, clusters={NAME: a_cluster(status="modifying")})


def modified(minutes: int | None) -> Connected:
    """A connection whose cluster sweeps have found being modified for so long."""
    since = None if minutes is None else (NOW - timedelta(minutes=minutes)).isoformat()
    return replace(a_connected(a_handoff()), modifying_since=since)


def test_a_cluster_that_is_modified_for_two_hours_is_told() -> None:
    assert told(modified(120), MODIFIED) == [("CLUSTER_MODIFYING", None)]


@pytest.mark.parametrize(
    ("minutes", "status"),
    [(119, "modifying"), (None, "modifying"), (900, "available"), (900, "rebooting cluster nodes")],
)
def test_one_that_is_about_to_be_as_it_was_is_not(minutes: int | None, status: str) -> None:
    account = replace(BASE, clusters={NAME: a_cluster(status=status)})
    assert told(modified(minutes), account) == []


@pytest.mark.parametrize("name", DRIFTS)
def test_what_has_drifted_is_told(name: str, connection: Connected) -> None:
    account, expected = DRIFTS[name]
    assert told(connection, account) == expected


@pytest.mark.parametrize(
    "account", [replace(BASE, roles={}), with_role(a_trust(external_id="ws-2"))], ids=["gone", "of another workspace"]
)
def test_a_role_that_the_request_names_is_its_owners_to_mend(account: Account) -> None:
    assert told(a_connected(a_handoff(), role={"name": "their-role"}), account) == [("ROLE_UNUSABLE", None)]


BARRED: Final = a_trust(Condition={"StringEquals": {"sts:ExternalId": "ws-1", "aws:PrincipalOrgID": "o-ours"}})


@pytest.mark.parametrize(
    ("acknowledged", "role", "codes"),
    [
        ([], {"name": "their-role"}, [("ROLE_UNUSABLE", None)]),
        (["ROLE_TRUST_CONDITION"], {"name": "their-role"}, []),
        (["ROLE_TRUST_CONDITION"], {}, [("TRUST_CHANGED", None)]),
    ],
    ids=["a condition", "that is acknowledged", "on our role"],
)
def test_a_condition_on_a_named_role_that_was_acknowledged_is_no_drift(
    acknowledged: list[str], role: Json, codes: list[tuple[str, str | None]]
) -> None:
    connection = a_connected(a_handoff(), role=role, acknowledge=tuple(acknowledged))
    assert told(connection, with_role(BARRED)) == codes


def test_every_code_has_a_row_a_treatment_and_a_rank() -> None:
    rows = {code for _, codes in DRIFTS.values() for code, _ in codes}
    assert rows | {"ROLE_UNUSABLE", "CLUSTER_MODIFYING"} | SEEN_CLOSELY == set(get_args(DriftCode)) == set(TREATMENTS)
    assert list(get_args(DriftCode)) == list(TREATMENTS) == sorted(RANKS, key=lambda code: RANKS[code])


def test_what_is_repaired_comes_before_what_is_reported() -> None:
    assert [*TREATMENTS.values()] == sorted(TREATMENTS.values(), key=["repaired", "reported"].index)


def test_the_worst_comes_first_and_then_the_first_node(connection: Connected) -> None:
    account = replace(
        with_endpoints(("available", STRANGER)),
        addresses={("vpc-1", SECOND): frozenset({"10.0.1.9"})},
        services={},
        roles={},
    )
    assert told(connection, account) == [
        ("ADDRESS_CHANGED", SECOND),
        ("SERVICE_GONE", FIRST),
        ("SERVICE_GONE", SECOND),
        ("ROLE_GONE", None),
        ("STRANGER_CONNECTED", FIRST),
    ]


def test_a_stranger_is_told_of_without_a_cluster_too(connection: Connected) -> None:
    account = replace(with_endpoints(("available", STRANGER)), clusters={})
    assert told(connection, account) == [("STRANGER_CONNECTED", FIRST), ("CLUSTER_GONE", None)]


# ------------------------------------------------------------------ what is no drift


def in_all_zones() -> Account:
    zones = {zone: f"subnet-{zone}" for zone in ("us-east-1a", "us-east-1b")}
    return replace(BASE, balancers={path(node): a_balancer(node, zones=zones) for node in (FIRST, SECOND)})


def beside_others() -> Account:
    """What another connection of the same cluster has beside ours, all of it broken."""
    name = path(FIRST, connection="other")
    service = a_service("other", THEIRS, load_balancer_arns=(f"lb/{name}",), acceptance_required=False)
    return replace(
        BASE,
        balancers={**BASE.balancers, name: a_balancer(FIRST, name, state="failed")},
        groups={**BASE.groups, name: a_group(FIRST, name, load_balancer_arns=())},
        services={**BASE.services, f"lb/{name}": service},
        endpoints={"vpce-svc-other": [an_endpoint(owner=STRANGER)]},
    )


TAGS: Final = {"team": "payments", "stage": ""}
USED: Final = {"private-connection/for/redis-demo": "run-1"}


def tagged(**changes: Any) -> Account:
    """The account of a connection that asks for tags, with these on its services and its rule, or others."""
    services = {f"lb/{path(node)}": a_service(node, tags={**OURS, **TAGS}) for node in (FIRST, SECOND)}
    return replace(with_rules(a_rule(cidr="10.0.0.0/23", tags={**OURS, **TAGS})), services=services, **changes)


def with_own_rule(tags: Any, cidr: str = "10.0.0.0/24") -> Account:
    both = {"10.0.0.0/24": {**OURS, **TAGS, **USED}, "10.0.1.0/24": {**OURS, **TAGS, **USED}, cidr: tags}
    return tagged(rules={"sg-1": [a_rule(cidr=each, tags=found) for each, found in both.items()]})


def test_tags_of_the_request_are_where_a_run_puts_them() -> None:
    """On what is ours alone: a rule that another connection made, or that leads elsewhere, is used without them."""
    connection = a_connected(a_handoff(), tags=TAGS)

    def told_of(account: Account) -> Told:
        return [(each.code, each.node) for each in drift_of(connection, account)]

    others = {**OURS, "private-connection": "other", **USED}
    fine = [
        tagged(),
        with_own_rule({**OURS, **TAGS, **USED, "more": "x"}),
        with_own_rule(others),
        with_own_rule({**OURS, **USED}, cidr="10.9.0.0/24"),
    ]
    assert [told_of(each) for each in fine] == [[]] * len(fine)
    without_one = {**OURS, "team": "payments", **USED}
    assert told_of(with_own_rule(without_one)) == [("TAGS_CHANGED", None)]
    services = {**tagged().services, ARN: a_service(FIRST, tags={**OURS, **TAGS, "team": "others"})}
    assert told_of(replace(tagged(), services=services)) == [("TAGS_CHANGED", FIRST)]
    services = {**tagged().services, ARN: a_service(FIRST, tags=OURS, acceptance_required=False)}
    assert told_of(replace(tagged(), services=services)) == [("ACCEPTANCE_OFF", FIRST), ("TAGS_CHANGED", FIRST)]


def behind_two() -> Account:
    """A service of ours that somebody put a second load balancer on."""
    service = a_service(FIRST, load_balancer_arns=(ARN, "lb/second"))
    return replace(BASE, services={**BASE.services, ARN: service, "lb/second": service})


def with_own_rules() -> Account:
    tags = {**OURS, "private-connection/for/redis-demo": "run-1"}
    return with_rules(*(a_rule(cidr=cidr, tags=tags) for cidr in ("10.0.0.0/24", "10.0.1.0/24")))


BEING_MODIFIED: Final = {NAME: a_cluster(status="modifying")}
BACKED_UP: Final = {NAME: a_cluster(status="snapshotting")}
NO_DRIFT: Final[dict[str, Account]] = {
    "untouched": BASE,
    "a cluster that is backed up": replace(with_node(BASE, status="snapshotting"), clusters=BACKED_UP),
    "a node fewer, while the cluster is backed up": replace(
        SCALED_IN, clusters={NAME: a_cluster(FIRST, status="snapshotting")}
    ),
    "addresses that change while the cluster does": replace(BASE, clusters=BEING_MODIFIED, addresses=MOVED),
    "a reboot": replace(BASE, clusters={NAME: a_cluster(status="rebooting cluster nodes")}),
    "a node being created": with_third(status="creating", address=None, port=None),
    "a node that is listed, and not described yet": replace(BASE, clusters={NAME: a_cluster(FIRST, SECOND, THIRD)}),
    "a node being modified": replace(with_node(BASE, status="modifying"), addresses=MOVED),
    "a node being replaced, without an endpoint": with_node(BASE, address=None, port=None),
    "a node being deleted": with_node(lacking("balancers", path(FIRST)), status="deleting"),
    "a node that has left its cluster, and is being deleted": replace(
        with_node(BASE, SECOND, status="deleting"), clusters={NAME: a_cluster(FIRST)}
    ),
    "no interface": replace(BASE, addresses={}),
    "the old interface beside the new one": of("addresses", ("vpc-1", FIRST), frozenset({"10.0.0.5", "10.0.0.9"})),
    "an interface described like a node's elsewhere": of("addresses", ("vpc-2", FIRST), frozenset({"10.2.0.9"})),
    "a service with two load balancers": behind_two(),
    "a service coming up": with_service(state="pending"),
    "things of another connection": beside_others(),
    "load balancers in all zones": in_all_zones(),
    "a node in its load balancer's second zone": with_node(in_all_zones(), availability_zone="us-east-1b"),
    "rules of its own": with_own_rules(),
    "a rule for every protocol": with_rules(a_rule(cidr="0.0.0.0/0", protocol="-1", from_port=-1, to_port=-1)),
    "endpoints of Ververica's": with_endpoints(("available", "794031221915"), ("pendingacceptance", "794031221915")),
    "strangers who have gone": with_endpoints(("rejected", STRANGER), ("deleted", STRANGER), ("failed", STRANGER)),
}


@pytest.mark.parametrize("name", NO_DRIFT)
def test_there_is_no_drift(name: str, connection: Connected) -> None:
    assert told(connection, NO_DRIFT[name]) == []


def test_there_is_none_in_a_cluster_with_shards() -> None:
    cluster = a_cluster(cluster_mode=True, shards=dict(zip(SHARDED, ("0001", "0002"), strict=True)))
    assert told(a_connected(a_handoff(*SHARDED)), an_account(*SHARDED, clusters={NAME: cluster})) == []


def test_there_is_none_of_a_standalone_cluster_that_was_adopted() -> None:
    alone = a_cluster(NAME, kind="cacheCluster", description="")
    assert told(a_connected(a_handoff(NAME)), an_account(NAME, clusters={NAME: alone})) == []


def test_without_ingress_no_rule_is_missed() -> None:
    assert told(a_connected(a_handoff(), ingress="none"), with_rules()) == []


@pytest.mark.parametrize(("cidr", "codes"), [("0.0.0.0/0", []), ("10.0.0.0/8", [("RULE_GONE", None)])])
def test_everybody_is_to_be_admitted_where_that_was_asked_for(cidr: str, codes: Told) -> None:
    assert told(a_connected(a_handoff(), ingress="anywhere"), with_rules(a_rule(cidr=cidr))) == codes


def test_a_trust_that_the_hand_off_told_of_has_not_drifted() -> None:
    finding = ReportedFinding(code="ROLE_TRUSTS_ANYONE", level="warning", field="role.name", message="", remedy="")
    assert told(a_connected(a_handoff(findings=(finding,))), with_role(a_trust(Condition={}))) == []
