"""Target health: how many calls one check makes, what it returns, and the verdict."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from private_connection import clients
from private_connection.errors import NAMED_AT_MOST, AwsRejected, NotYetConsistent
from private_connection.paths.target_health import (
    UNHEALTHY_AT_MOST,
    CheckTargetHealth,
    TargetsState,
    check_target_health,
    find_unhealthy,
    ready_state,
)
from tests.unit.builders import a_target
from tests.unit.described import balancer, service
from tests.unit.fake_aws import FakeAws, Refusal

Health = Mapping[str, str]
HEALTHY: Health = {"State": "healthy"}
CHECKING: Health = {"State": "initial", "Reason": "Elb.InitialHealthChecking"}
FAILED: Health = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks"}
NODES = [f"orders-{number:03d}" for number in range(1, 6)]


class Elbv2:
    """The calls of ELB that a check makes; it notes the nodes that were checked, in order."""

    def __init__(self, health: Mapping[str, Health], states: Mapping[str, str]) -> None:
        self.health, self.states = health, states
        self.looked_at: list[str] = []
        self.balancer_looks = 0

    def describe_target_health(self, TargetGroupArn: str, Targets: object) -> dict[str, Any]:  # noqa: N803  # AWS's
        node = TargetGroupArn.removeprefix("tg-")
        self.looked_at.append(node)
        health = self.health.get(node)
        return {"TargetHealthDescriptions": [{"TargetHealth": health}] if health else []}

    def describe_load_balancers(self, LoadBalancerArns: list[str]) -> dict[str, Any]:  # noqa: N803  # AWS's
        self.balancer_looks += 1
        return {"LoadBalancers": [self._balancer(arn) for arn in LoadBalancerArns]}

    def _balancer(self, arn: str) -> dict[str, Any]:
        state = {"Code": self.states.get(arn.removeprefix("lb-"), "active"), "Reason": "no addresses"}
        return {"LoadBalancerArn": arn, "LoadBalancerName": arn, "State": state, "AvailabilityZones": []}


TARGETS = tuple(a_target(node) for node in NODES)
SETTLED = tuple(a_target(node, settled=node in NODES[:2]) for node in NODES)
"""Of which the first two are offered already."""
RAISED: Final[list[tuple[str, dict[str, Health]]]] = [
    ("NODE_UNHEALTHY", {NODES[0]: FAILED}),
    ("NODE_UNHEALTHY", {NODES[0]: CHECKING, NODES[1]: {}}),
]
NOT_RAISED: Final[list[dict[str, Health]]] = [{}, {NODES[0]: HEALTHY}]


class Stage:
    """A check of five nodes, of which ``health`` and ``states`` differ from healthy and active."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def look(
        self, health: Mapping[str, Health] | None = None, states: Mapping[str, str] | None = None, **changes: Any
    ) -> TargetsState:
        self._lay(health or {}, states or {})
        fields: dict[str, Any] = {"targets": TARGETS, "pending": tuple(NODES), "inactive": ()}
        return check_target_health(CheckTargetHealth(**fields | changes))

    def _lay(self, health: Mapping[str, Health], states: Mapping[str, str]) -> None:
        self.elbv2 = Elbv2(dict.fromkeys(NODES, HEALTHY) | dict(health), states)
        self.monkeypatch.setattr(clients, "elbv2", lambda: self.elbv2)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(monkeypatch)


def test_all_healthy_is_ready(stage: Stage) -> None:
    state = stage.look()
    assert (state.ready, state.pending, state.reason) == (True, (), None)
    assert stage.elbv2.looked_at == NODES


def test_a_look_ends_when_it_has_met_enough(stage: Stage) -> None:
    state = stage.look(dict.fromkeys(NODES, CHECKING))
    assert stage.elbv2.looked_at == NODES[:UNHEALTHY_AT_MOST]
    assert not state.ready
    assert state.reason == "initial (Elb.InitialHealthChecking)"


def test_the_next_look_begins_with_what_this_one_did_not_come_to(stage: Stage) -> None:
    state = stage.look(dict.fromkeys(NODES[1:], CHECKING))
    assert state.pending == (NODES[4], NODES[1], NODES[2], NODES[3])
    stage.look(pending=state.pending)
    assert stage.elbv2.looked_at == list(state.pending)


def test_what_was_seen_healthy_is_not_looked_at_again(stage: Stage) -> None:
    state = stage.look({NODES[2]: CHECKING})
    assert state.pending == (NODES[2],)
    assert stage.look(pending=state.pending).ready
    assert stage.elbv2.looked_at == [NODES[2]]


def test_a_target_that_elb_does_not_know_is_not_healthy(stage: Stage) -> None:
    state = stage.look({NODES[0]: {}})
    assert (state.ready, state.reason) == (False, "unused (Target.NotRegistered)")


ARNS = tuple(f"lb-{node}" for node in NODES)


def test_while_a_load_balancer_is_not_active_no_target_is_looked_at(stage: Stage) -> None:
    state = stage.look(states={NODES[3]: "provisioning"}, inactive=ARNS)
    assert (state.ready, state.inactive, state.pending) == (False, (ARNS[3],), tuple(NODES))
    assert state.reason == f"load balancer lb-{NODES[3]} is provisioning"
    assert stage.elbv2.looked_at == []


@pytest.mark.parametrize("code", ["active", "active_impaired"])
def test_load_balancers_that_serve_are_looked_at_again_when_all_nodes_are_healthy(stage: Stage, code: str) -> None:
    assert not stage.look({NODES[0]: CHECKING}, {NODES[3]: code}, inactive=ARNS).inactive
    assert not stage.look({NODES[0]: CHECKING}).ready
    assert stage.elbv2.balancer_looks == 0
    assert stage.look().ready
    assert stage.elbv2.balancer_looks == 1


def test_before_any_look_all_load_balancers_are_looked_at(stage: Stage) -> None:
    state = stage.look(states={NODES[3]: "provisioning"}, inactive=None)
    assert (state.inactive, stage.elbv2.looked_at) == ((ARNS[3],), [])


@pytest.mark.parametrize(("code", "health"), RAISED, ids=str)
def test_a_node_that_was_offered_before_and_is_not_healthy_is_told_and_not_waited_for(
    stage: Stage, code: str, health: dict[str, Health]
) -> None:
    state = stage.look(health, targets=SETTLED, pending=tuple(NODES[2:]))
    assert (state.ready, [each.code for each in state.findings]) == (True, [code])
    named = [node for node in NODES if node in state.findings[0].found]
    assert named == list(health)
    assert stage.elbv2.looked_at == [*NODES[2:], *NODES[:2]]


@pytest.mark.parametrize("health", NOT_RAISED, ids=str)
def test_a_node_that_was_offered_before_and_is_healthy_is_not_told(stage: Stage, health: dict[str, Health]) -> None:
    assert stage.look(health, targets=SETTLED, pending=tuple(NODES[2:])).findings == ()


def test_while_others_are_waited_for_those_that_were_offered_before_are_not_looked_at(stage: Stage) -> None:
    state = stage.look({NODES[0]: FAILED, NODES[4]: CHECKING}, targets=SETTLED, pending=tuple(NODES[2:]))
    assert (state.ready, state.findings, stage.elbv2.looked_at) == (False, (), NODES[2:])


@pytest.mark.parametrize("code", ["TargetGroupNotFound", "InvalidTarget"])
def test_one_that_was_offered_before_and_does_not_show_is_told_too(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeTargetHealth", Refusal(code))
    (finding,) = ready_state([a_target(NODES[0], settled=True)]).findings
    assert f"{NODES[0]}: looking up the health of node" in finding.found


def test_a_finding_names_so_many_nodes_and_counts_the_rest(aws: FakeAws) -> None:
    aws.answers("DescribeTargetHealth", {"TargetHealthDescriptions": [{"TargetHealth": FAILED}]})
    nodes = [f"orders-{number:03d}" for number in range(NAMED_AT_MOST + 2)]
    (finding,) = ready_state([a_target(node, settled=True) for node in nodes]).findings
    assert (nodes[-3] in finding.found, nodes[-2] in finding.found) == (True, False)
    assert "and 2 more)" in finding.found


def test_one_that_is_not_active_any_more_is_waited_for(stage: Stage) -> None:
    state = stage.look(states={NODES[3]: "provisioning"})
    assert (state.ready, state.pending, state.inactive) == (False, (), (ARNS[3],))


def test_healthy_nodes_whose_load_balancer_is_gone_are_not_ready(aws: FakeAws) -> None:
    aws.answers("DescribeTargetHealth", {"TargetHealthDescriptions": [{"TargetHealth": HEALTHY}]})
    aws.answers("DescribeLoadBalancers", Refusal("LoadBalancerNotFound"))
    with pytest.raises(NotYetConsistent, match="looking up load balancers"):
        check_target_health(CheckTargetHealth(targets=TARGETS, pending=tuple(NODES), inactive=()))


@pytest.mark.parametrize("inactive", [None, ARNS])
def test_a_load_balancer_that_failed_ends_the_wait(stage: Stage, inactive: tuple[str, ...] | None) -> None:
    with pytest.raises(AwsRejected, match=f"lb-{NODES[1]}.*failed: no addresses"):
        stage.look(states={NODES[1]: "failed"}, inactive=inactive)


def test_a_load_balancer_that_failed_for_no_reason_is_told_so(aws: FakeAws) -> None:
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer(State={"Code": "failed"})]})
    with pytest.raises(AwsRejected, match="its state is failed: no reason given"):
        check_target_health(CheckTargetHealth(targets=TARGETS, pending=(), inactive=None))


@pytest.mark.parametrize("code", ["TargetGroupNotFound", "InvalidTarget"])
def test_a_target_that_does_not_show_yet_is_looked_at_again(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeTargetHealth", Refusal(code))
    with pytest.raises(NotYetConsistent, match=r"looking up the health of node \(orders-001\)"):
        list(find_unhealthy(TARGETS))


@pytest.mark.parametrize(
    ("states", "waits"),
    [(("Available", "Available"), None), (("Available", "Pending"), "vpce-svc-2"), ((), "vpce-svc-1")],
)
def test_healthy_nodes_are_not_ready_while_a_service_is_not_available(
    stage: Stage, aws: FakeAws, states: tuple[str, ...], waits: str | None
) -> None:
    services = [service(f"vpce-svc-{number}", ServiceState=state) for number, state in enumerate(states, start=1)]
    aws.answers("DescribeVpcEndpointServiceConfigurations", {"ServiceConfigurations": services})
    waiting = {0: "vpce-svc-1", 1: "vpce-svc-2"}
    targets = tuple(
        each.model_copy(update={"waiting_for": waiting.get(position)}) for position, each in enumerate(TARGETS)
    )
    if waits is None:
        assert stage.look(targets=targets).ready
    else:
        with pytest.raises(NotYetConsistent, match=rf"creating endpoint service \({waits}\)"):
            stage.look(targets=targets)
    (asked,) = aws.asked("DescribeVpcEndpointServiceConfigurations")
    assert asked["Filters"][0]["Values"] == ["vpce-svc-1", "vpce-svc-2"]


def test_where_no_service_is_waited_for_none_is_looked_up(stage: Stage, aws: FakeAws) -> None:
    assert stage.look().ready
    assert aws.calls == []
