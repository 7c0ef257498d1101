"""What each code does: an input that raises it and one near it that does not, with and without ``acknowledge``.

A finding of level refusal never passes, one of level error passes where the request names its code, and one of another
level blocks nothing. Drift is no finding of a request: it is repaired or reported, and nothing can acknowledge it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pytest

from private_connection.access.access_role import ensure_access_role
from private_connection.access.permissions import Permissions
from private_connection.access.role_policies import scope_findings
from private_connection.cluster.rules import open_security_group
from private_connection.contracts import Document, Former
from private_connection.errors import InvalidRequest, Terminal
from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.preflight import validation
from private_connection.preflight.facts import Denial, Facts, RefusedLook, RoleFacts
from private_connection.preflight.validation import ValidateRequest, validate_request
from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import TREATMENTS, DriftCode
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.drift import Drift, drift_of
from private_connection.reconcile.drifted import Drifted
from private_connection.reconcile.repairs import StartRepairs, start_repairs
from private_connection.reconcile.told import RETURNS, told_after
from private_connection.reconcile.unreadable import told_unreadable
from private_connection.registry.claims import claim_connection
from private_connection.registry.entries import Entry
from private_connection.request.codes import BLOCKING, CODES
from private_connection.request.findings import Finding, refuse
from private_connection.request.models import ProvisionRequest
from private_connection.request.parsing import read_request, read_teardown
from private_connection.teardown.keeping import kept_things
from private_connection.teardown.withdrawal import judge_surplus, surplus_findings, told_of
from private_connection.things import Thing
from private_connection.verdict import judge_target_health
from tests.unit import test_handoff, test_surplus, test_verdict
from tests.unit.access import test_access_role, test_role_policies
from tests.unit.builders import Json, a_target, a_thing, a_wanted, an_existing, an_input, creating, facts
from tests.unit.cluster import test_rules
from tests.unit.described import security_group
from tests.unit.fake_aws import FakeAws
from tests.unit.planning import test_withdrawal as test_planned_withdrawal
from tests.unit.preflight.checks import (
    test_cluster,
    test_endpoints,
    test_existing,
    test_failover,
    test_ingress,
    test_network,
    test_outposts,
    test_permissions,
    test_protection,
    test_redirects,
    test_role,
    test_room,
    test_tags,
    test_workspace,
    test_zones,
)
from tests.unit.reconcile import close_stage, test_close_looks, test_drift
from tests.unit.reconcile.made import FIRST, NOW, a_connected, a_handoff, an_entry
from tests.unit.reconcile.test_repairs import Stage as Repairs
from tests.unit.registry.stage import FakeBus, FakeExecutions, FakeTable, a_last_run, claiming, settled
from tests.unit.request import test_contradictions, test_parsing
from tests.unit.test_runbook import section

# ------------------------------------------------------------------ what is found before a run makes anything


@dataclass(frozen=True)
class Asked:
    """An input in an account."""

    document: Any
    found: Facts = field(default_factory=facts)
    denied: tuple[Denial, ...] = ()

    def acknowledging(self, code: str) -> "Asked":
        """The same input, in which the code is acknowledged; one that is no object cannot say so."""
        document = {**self.document, "acknowledge": [code]} if isinstance(self.document, dict) else self.document
        return Asked(document, self.found, self.denied)


@dataclass(frozen=True)
class Row:
    raises: Asked
    quiet: Asked


def row(raised: Asked, *near: Asked) -> Row:
    """With the first input that does not raise it: of those that are near one that differs in the account alone."""
    return Row(raised, next((each for each in near if each.document == raised.document), *near[:1]))


def document_of(request: ProvisionRequest) -> Json:
    return request.model_dump(mode="json", by_alias=True)


def of_table(raised: Iterable[Sequence[Any]], quiet: Iterable[Sequence[Any]]) -> dict[str, Row]:
    """The first row of each code in a table of checks: its first column is the code, its last two an input."""
    near = [Asked(*each[-2:]) for each in quiet]
    rows = dict[str, Row]()
    for each in raised:
        rows.setdefault(each[0], row(Asked(*each[-2:]), *near))
    return rows


def parsed(table: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """A table whose inputs have been read already."""
    return [(*each[:-2], document_of(each[-2]), each[-1]) for each in table]


def with_role(table: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return [(*each[:-2], an_input(role=each[-2]), facts(role=each[-1])) for each in table]


def with_network(table: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
    return [(*each[:-2], creating(**each[-2]), facts(creation=each[-1])) for each in table]


def allowing(permissions: Any, *, writable: bool = True) -> Facts:
    return facts(role=RoleFacts(used=test_permissions.ROLE, is_writable=writable, permissions=permissions))


OF_PERMISSIONS: Final = [
    (code, an_input(), allowing(permissions, writable=writable))
    for code, _, writable, permissions in test_permissions.RAISED
]
REFUSED: Final = RefusedLook("role.name", "looking up roles (all): because [AccessDenied]")
DENIED: Final = (Denial("CreateSecurityGroup", "cluster.create.securityGroupIds", "You are not authorized"),)
FINE: Final = Asked(an_input())
JUDGED: Final[Mapping[str, Row]] = {
    **{code: row(Asked(document), FINE) for code, document in test_parsing.RAISED},
    **{code: row(Asked(document), FINE) for code, _, document in reversed(test_contradictions.RAISED)},
    "TAG_CHARACTERS": Row(Asked(an_input(tags={"team": "a*"})), Asked(an_input(tags={"team": "a"}))),
    "TAG_KEYS_ALIKE": Row(Asked(an_input(tags={"a": "", "A": ""})), Asked(an_input(tags={"a": "", "b": ""}))),
    "WORKSPACE_ID_IS_NONE": row(Asked(*test_workspace.RAISED[0][-2:]), FINE),
    "WORKSPACE_ID_OF_SAMPLE": row(Asked(*test_workspace.RAISED[-1][-2:]), FINE),
    "TOO_MANY_TAGS": of_table(test_tags.RAISED, test_tags.NOT_RAISED)["TOO_MANY_TAGS"],
    **of_table(test_cluster.RAISED, test_cluster.NOT_RAISED),
    **of_table(test_existing.RAISED, test_existing.NOT_RAISED),
    **of_table(test_protection.RAISED, test_protection.NOT_RAISED),
    **of_table(test_redirects.RAISED, test_redirects.NOT_RAISED),
    **of_table([*test_failover.RAISED, *test_failover.READ_ONLY], test_failover.NOT_RAISED),
    **of_table(test_ingress.RAISED, test_ingress.NOT_RAISED),
    **of_table(test_outposts.RAISED, test_outposts.NOT_RAISED),
    **of_table(parsed(test_room.RAISED), parsed(test_room.NOT_RAISED)),
    **of_table(parsed(test_endpoints.RAISED), parsed(test_endpoints.NOT_RAISED)),
    **of_table(parsed(test_zones.RAISED), parsed(test_zones.NOT_RAISED)),
    **of_table(with_role(test_role.RAISED), with_role(test_role.NOT_RAISED)),
    **of_table(with_network(test_network.RAISED), with_network(test_network.NOT_RAISED)),
    **of_table(OF_PERMISSIONS, [(an_input(), allowing(Permissions({})))]),
    "LOOK_REFUSED": row(Asked(an_input(), facts(role=RoleFacts(permissions=REFUSED))), FINE),
    "CALL_DENIED": row(Asked(an_input(), denied=DENIED), FINE),
}
OF_TEARDOWN: Final = "WANTED_BY_HAND"
"""The one that only an input of teardown has."""


@dataclass(frozen=True)
class Outcome:
    error: type[Terminal] | None
    codes: frozenset[str]
    """Those that the error names, or that travel on."""
    findings: Mapping[str, Finding]


class Stage:
    """Reads and validates inputs, each in its account."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def asks(self, asked: Asked) -> Outcome:
        self.monkeypatch.setattr(validation, "gather_facts", lambda _: asked.found)
        self.monkeypatch.setattr(validation, "find_denials", lambda *_: asked.denied)
        try:
            read = read_request(Document(asked.document))
            findings = validate_request(ValidateRequest(request=read.request, repair=read.repair)).findings
        except Terminal as error:
            return Outcome(type(error), frozenset(each for each in CODES if f"[{each}]" in str(error)), {})
        return Outcome(None, frozenset(each.code for each in findings), {each.code: each for each in findings})


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


@pytest.mark.parametrize("code", JUDGED)
def test_a_code_is_raised_and_blocks_as_its_level_says(stage: Stage, code: str) -> None:
    rule, found = CODES[code], stage.asks(JUDGED[code].raises)
    assert code in found.codes
    assert code not in stage.asks(JUDGED[code].quiet).codes
    assert found.error is (rule.error if rule.level in BLOCKING else None)
    assert {each.level for each in found.findings.values() if each.code == code} <= {rule.level}


@pytest.mark.parametrize("code", JUDGED)
def test_only_an_error_passes_where_it_is_acknowledged(stage: Stage, code: str) -> None:
    level, found = CODES[code].level, stage.asks(JUDGED[code].raises.acknowledging(code))
    if level == "error":
        assert (found.error, found.findings[code].level) == (None, "error")
        assert stage.asks(JUDGED[code].quiet.acknowledging(code)).error is None, "it need not be there"
    elif level == "refusal":
        assert found.error is not None
        assert found.codes & {code, "ACKNOWLEDGED_REFUSAL"}
    else:
        assert (found.error, [*found.codes]) == (InvalidRequest, ["ACKNOWLEDGED_NO_ERROR"])


# ------------------------------------------------------------------ what a later step finds, which blocks nothing

WANTED: Final = a_wanted()
SERVICE: Final = a_thing("endpointService", "vpce-svc-b", id="vpce-svc-b", within="pc-b")
BALANCER: Final = a_thing("loadBalancer", "pc-b", cluster="redis-demo")
CLUSTER: Final = a_thing("replicationGroup", "orders", id="orders")
ENDPOINT: Final = EndpointConnection("vpce-svc-b", "vpce-1", "794031221915", "available")


class Later:
    """An account in which later steps find things, one way or the other."""

    def __init__(self, aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
        self.aws, self.monkeypatch = aws, monkeypatch

    def scope(self, **inline: Json) -> Iterable[Finding]:
        """Of a role that carries these policies beside ours, which is scoped."""
        policies = {test_role_policies.NAME: test_role_policies.SCOPED, **inline}
        test_role_policies.carrying(self.aws, policies, [])
        return scope_findings(test_role_policies.ROLE, test_role_policies.NAME)

    def access(self, policy: str) -> Iterable[Finding]:
        test_access_role.lay(self.aws)
        return ensure_access_role(test_access_role.ensuring(access_policy=policy)).findings

    def opened(self, *groups: Json) -> Iterable[Finding]:
        test_rules.lay(self.aws)
        self.aws.answers("DescribeSecurityGroups", {"SecurityGroups": [*groups]})
        return open_security_group(test_rules.opening()).findings

    def health(self, *, settled: bool) -> Iterable[Finding]:
        """Of a node that does not answer, or of one that does."""
        test_verdict.lay(self.aws)
        node = test_verdict.NODES[0]
        test_verdict.found(self.aws, {node: test_verdict.FAILED} if settled else {})
        return judge_target_health(
            test_verdict.REQUEST.model_copy(update={"targets": (a_target(node, settled=True),)})
        ).findings

    def claimed(self, **kept: Any) -> Iterable[Finding]:
        table, _, _ = FakeTable(self.aws), FakeExecutions(self.aws), FakeBus(self.aws)
        table.lay(**settled("FAILED", **kept))
        return claim_connection(claiming("run-2")).findings

    def surplus(self, *things: Thing, status: str = "available", connected: bool = False) -> Iterable[Finding]:
        """What stays of these things, though nobody asks for them."""
        cluster = an_existing(status=status)
        self.monkeypatch.setattr("private_connection.teardown.withdrawal.find_cluster", lambda *_: cluster)
        connections = [ENDPOINT] if connected else []
        surplus, staying = judge_surplus(list(things), WANTED, ("vpce-svc-b",), connections)
        reasons = {each: reason.why for each, reason in staying.items()}
        codes = {each: reason.code for each, reason in staying.items()}
        return surplus_findings(told_of([*kept_things(surplus, reasons, codes)]))

    def planned(self, **changes: Any) -> Iterable[Finding]:
        """In the plan of a connection with such an item."""
        look = test_planned_withdrawal.Stage(self.monkeypatch)
        look.entry = Entry(connection="redis-demo", **changes)
        return look.plan().findings

    def connected_before(self, workspace_id: str) -> Iterable[Finding]:
        look = test_surplus.Stage(self.monkeypatch)
        look.things, look.connections = [test_surplus.SERVICE], test_surplus.endpoints("available")
        return look.look(former=Former(workspace_id=workspace_id, tags=())).findings


Found = Callable[[Later], Iterable[Any]]
LATER: Final[Mapping[str, tuple[Found, Found]]] = {
    "SCOPED_POLICY": (lambda at: at.access("scoped"), lambda at: at.access("documented")),
    "ROLE_IS_WIDER": (lambda at: at.scope(theirs=test_role_policies.WIDE), lambda at: at.scope()),
    "DEFAULT_GROUP_OPENED": (
        lambda at: at.opened(test_rules.DEFAULT),
        lambda at: at.opened(test_rules.DEFAULT, security_group()),
    ),
    "NODE_UNHEALTHY": (lambda at: at.health(settled=True), lambda at: at.health(settled=False)),
    "SEVERAL_ZONES": (
        lambda at: test_handoff.composed(*test_handoff.RAISED[0][1]).findings,
        lambda at: test_handoff.composed("orders-001").findings,
    ),
    "ZONES_KEPT": (
        lambda at: test_handoff.composed(*test_handoff.RAISED[1][1]).findings,
        lambda at: test_handoff.composed("orders-001").findings,
    ),
    "KEPT_AFTER_DEATH": (lambda at: at.claimed(kept=a_last_run("run-1", "ABORTED")), lambda at: at.claimed()),
    "SURPLUS_IN_USE": (
        lambda at: at.surplus(SERVICE, BALANCER, connected=True),
        lambda at: at.surplus(SERVICE, BALANCER),
    ),
    "SURPLUS_LATER": (lambda at: at.surplus(BALANCER, status="modifying"), lambda at: at.surplus(BALANCER)),
    "SURPLUS_LEFT": (
        lambda at: at.surplus(BALANCER.model_copy(update={"note": "because"})),
        lambda at: at.surplus(BALANCER),
    ),
    "CLUSTER_LEFT": (lambda at: at.surplus(CLUSTER, BALANCER), lambda at: at.surplus(BALANCER)),
    "PLAN_IN_MOTION": (
        lambda at: at.planned(holder=test_planned_withdrawal.HOLDER),
        lambda at: at.planned(status="READY"),
    ),
    "CONNECTED_BEFORE_WORKSPACE_CHANGE": (
        lambda at: at.connected_before("ws-0"),
        lambda at: at.connected_before("ws-1"),
    ),
    "RECORD_UNREADABLE": (
        lambda at: told_unreadable(["orders"])["findings"],
        lambda at: told_unreadable([])["findings"],
    ),
}


@pytest.mark.parametrize("code", LATER)
def test_what_is_found_later_blocks_nothing_and_cannot_be_acknowledged(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    raises, quiet = LATER[code]
    later = Later(aws, monkeypatch)
    found = {each.code: each.level for each in raises(later)}
    assert found[code] == CODES[code].level
    assert found[code] not in BLOCKING
    assert code not in {each.code for each in quiet(later)}
    with pytest.raises(InvalidRequest, match="ACKNOWLEDGED_NO_ERROR"):
        read_request(Document(an_input(acknowledge=[code])))


# ------------------------------------------------------------------ every code


def test_every_code_has_a_row() -> None:
    assert sorted([*JUDGED, *LATER, OF_TEARDOWN]) == sorted(CODES)


def test_what_only_a_run_writes_is_refused_in_a_teardown_whatever_is_acknowledged() -> None:
    given: Json = {"connection": "orders", "wanted": WANTED.model_dump(mode="json", by_alias=True)}
    with pytest.raises(CODES[OF_TEARDOWN].error, match=OF_TEARDOWN):
        read_teardown(Document(given))
    assert read_teardown(Document(given | {"claim": "run-1-0a1b2c3d"})).wanted == WANTED
    with pytest.raises(InvalidRequest, match="UNKNOWN_KEY"):
        read_teardown(Document(given | {"acknowledge": [OF_TEARDOWN]}))
    with pytest.raises(InvalidRequest, match="ACKNOWLEDGED_REFUSAL"):
        read_request(Document(an_input(acknowledge=[OF_TEARDOWN])))


@pytest.mark.parametrize("code", CODES)
def test_no_list_lets_a_refusal_pass(code: str) -> None:
    """Whatever has been acknowledged by whom: a step that judges again decides the same."""
    rule = CODES[code]
    found = Finding(code=code, level=rule.level, field="f", found="a", expected="b", remedy="c")
    if rule.level == "refusal":
        with pytest.raises(rule.error):
            refuse([found], CODES)
    else:
        refuse([found], [code])


ENTRIES: Final = section("Findings")
DRIFTS: Final = section("Drift")


@pytest.mark.parametrize("code", CODES)
def test_the_runbook_says_of_errors_alone_that_they_can_be_acknowledged(code: str) -> None:
    entry = ENTRIES[code]
    about_acknowledging = code.startswith("ACKNOWLEDGED_")
    assert ("`acknowledge`" in entry) == (CODES[code].level == "error" or about_acknowledging)


# ------------------------------------------------------------------ drift

FROM_AFAR: Final = {code: account for account, told in test_drift.DRIFTS.values() for code, _ in told}
CLOSELY: Final = {code: each[:2] for each in test_close_looks.DRIFTS.values() for code in each[2]}
Compared = tuple[Connected, Account]


def named(account: Account) -> Compared:
    return a_connected(a_handoff(), role={"name": "their-role"}), account


def tagged(account: Account) -> Compared:
    return a_connected(a_handoff(), tags=test_drift.TAGS), account


def modified(minutes: int) -> Compared:
    return test_drift.modified(minutes), test_drift.MODIFIED


APART: Final[Mapping[str, Callable[[], tuple[Compared, Compared]]]] = {
    "ROLE_UNUSABLE": lambda: (named(replace(test_drift.BASE, roles={})), named(test_drift.BASE)),
    "TAGS_CHANGED": lambda: (tagged(test_drift.BASE), tagged(test_drift.tagged())),
    "CLUSTER_MODIFYING": lambda: (modified(120), modified(119)),
}
"""What takes another connection than that of the rows: one that has drifted, and one that has not."""


def drift_of_row(aws: FakeAws, code: str) -> tuple[set[str], set[str]]:
    """What is found where the code is to be, and beside that."""
    if code in CLOSELY:
        found = close_stage.Stage(aws)
        quiet = {each for each, _ in close_stage.told()}
        found.aws.answers(*CLOSELY[code])
        return {each for each, _ in close_stage.told()}, quiet
    connection = a_connected(a_handoff())
    raises, near = (connection, FROM_AFAR.get(code, test_drift.BASE)), (connection, test_drift.BASE)
    if code in APART:
        raises, near = APART[code]()
    return {each.code for each in drift_of(*raises)}, {each.code for each in drift_of(*near)}


@pytest.mark.parametrize("code", TREATMENTS)
def test_every_drift_code_is_raised_by_a_row_and_by_nothing_where_all_is_right(aws: FakeAws, code: str) -> None:
    raised, quiet = drift_of_row(aws, code)
    assert (code in raised, quiet) == (True, set())


@pytest.mark.parametrize("code", TREATMENTS)
def test_drift_is_repaired_or_told_as_its_treatment_says(aws: FakeAws, code: DriftCode) -> None:
    repairs = Repairs(aws)
    repairs.lay("orders")
    drift = (Drift(code=code, node=FIRST),)
    started = [
        start_repairs(
            StartRepairs(
                held_long=(),
                drifted=(Drifted(connection="orders", revision=3, mode=mode, drift=drift),),
                sweep_seconds=900,
                at_once=20,
            )
        ).started
        for mode in ("report", "repair")
    ]
    told = [told_after(an_entry(), drift, mode, lambda _: True, {FIRST}, NOW) for mode in ("report", "repair")]
    is_repaired = TREATMENTS[code] == "repaired"
    assert started == [(), ("orders",) if is_repaired else ()]
    assert [bool(each) for each in told] == [True, not is_repaired]


@pytest.mark.parametrize("code", [*TREATMENTS, RETURNS.code])
def test_drift_cannot_be_acknowledged_and_has_its_words_in_the_runbook(code: str) -> None:
    with pytest.raises(InvalidRequest, match="ACKNOWLEDGED_"):
        read_request(Document(an_input(acknowledge=[code])))
    assert any(f"`{code}`" in text for text in DRIFTS.values())
