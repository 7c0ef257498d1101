"""What a run waits for before it offers anything, and when former addresses of nodes are deregistered.

Functions are stubs here, which note what they are asked.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from private_connection.errors import AwsRejected
from sandbox.runs import RunReport
from tests.statemachine.stubs import CONNECTION, REQUEST, Json, Stub, answers, resolved, run, stubbed

FIRST, SECOND = (resolved(number, prepared=False)["node"] for number in (0, 1))
KINDS = ("load balancer", "target group", "listener", "target", "offer")
"""What may be changed of a node's path."""


def nobody_elses(event: Json, context: object) -> Json:
    """Look for surplus, where nothing is surplus and no former address is anybody else's by now."""
    surplus: Any = answers(0, prepared=False)["look_for_surplus"]
    return {**surplus, "stale": event["stale"]}


CALM: Mapping[str, object] = {
    **answers(0, prepared=False),
    "open_security_group": {"securityGroupId": "sg-1", "ruleIds": [], "admitted": [], "findings": []},
    "register_target": {"changed": False, "stale": [], "retired": 0},
    "look_for_surplus": nobody_elses,
    "record_connection": lambda event, context: event["handoff"],
}
"""Nothing is changed; the services are still to be offered."""
READ: Json = {"onFailure": "keep", "repair": None, "plan": False}
CLUSTER: Json = {"id": "cluster", "create": None}
OFFERED: Json = {"serviceId": "vpce-svc-1", "serviceName": "name", "available": True, "offered": True}


UNPREPARED = [resolved(number, prepared=False) for number in (0, 1)]


class Noting:
    """Runs provision for two nodes, and keeps what each step was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, list[Json]] = defaultdict(list)

    def run(self, changes: Mapping[str, object], nodes: Sequence[Json] = UNPREPARED) -> RunReport:
        cluster = {"id": "cluster", "engine": "redis", "transitEncryption": True}
        made = {
            **CALM,
            "resolve_nodes": {"cluster": cluster, "nodes": list(nodes), "zoneSubnets": {}},
            "read_request": {**READ, "request": {**REQUEST, "cluster": CLUSTER, "acknowledge": []}},
            **changes,
        }
        stubs = {step: self._noting(step, each) for step, each in made.items()}
        with stubbed(stubs, TargetLimitSeconds="120", TargetPollSeconds="60") as account:  # three looks, not a hundred
            return run(account, "provision", {"connection": CONNECTION}).report

    def _noting(self, step: str, answer: object) -> Stub:
        def stub(event: Any, context: Any) -> object:
            self.asked[step].append(event)
            found = answer(event, context) if callable(answer) else answer
            if isinstance(found, Exception):
                raise found
            return found

        return stub

    @property
    def retired(self) -> list[list[Json]]:
        """What was deregistered, one list a call. The run asks for nothing where no address is lost."""
        return [each["stale"] for each in self.asked["retire_targets"] if each["stale"]]

    @property
    def gated(self) -> tuple[list[str], list[str]]:
        """The nodes that were waited for once services were made, and those that were only looked at."""
        last = self.asked["check_target_health"][-1]
        return last["pending"], [each["node"] for each in last["targets"] if each["settled"]]


def of_the_second(field: str, answer: Json, **changes: object) -> Stub:
    """Answers with the changes where it is the second node that is asked for."""

    def stub(event: Json, context: object) -> Json:
        number = 1 if event["path"]["node"] == SECOND else 0
        return answer | {field: f"{field}-{number}"} | (changes if number else {})

    return stub


def registering(**changes: object) -> Stub:
    def stub(event: Json, context: object) -> Json:
        calm: Json = {"changed": False, "stale": [], "retired": 0}
        return calm | (changes if event["path"]["targetGroupArn"] == "targetGroupArn-1" else {})

    return stub


BALANCER: Json = {"loadBalancerSubnets": ["subnet-1"], "spread": False, "changed": False}
GROUP: Json = {"forwarding": [], "changed": False}
LISTENER: Json = {"changed": False}
SETTLED: Mapping[str, object] = {
    "ensure_load_balancer": of_the_second("loadBalancerArn", BALANCER),
    "ensure_target_group": of_the_second("targetGroupArn", GROUP),
    "ensure_listener": of_the_second("listenerArn", LISTENER),
    "ensure_endpoint_service": OFFERED,
}
PATHS = [resolved(number, prepared=False) for number in range(1 + len(KINDS))]
"""A node whose path is as it was, and one for each kind of which that was changed."""


def changed(kind: str, field: str, answer: Json, **changes: object) -> Stub:
    """Answers with the changes where it is the kind's node that is asked for."""

    def stub(event: Json, context: object) -> Json:
        number = next(number for number, each in enumerate(PATHS) if each["node"] == event.get("path", event)["node"])
        return answer | {field: f"{field}-{number}"} | (changes if number == 1 + KINDS.index(kind) else {})

    return stub


def register(event: Json, context: object) -> Json:
    arn = f"targetGroupArn-{1 + KINDS.index('target')}"
    return {"changed": event["path"]["targetGroupArn"] == arn, "stale": [], "retired": 0}


CHANGED: Mapping[str, object] = {
    "ensure_load_balancer": changed("load balancer", "loadBalancerArn", BALANCER, changed=True),
    "ensure_target_group": changed("target group", "targetGroupArn", GROUP, changed=True),
    "ensure_listener": changed("listener", "listenerArn", LISTENER, changed=True),
    "register_target": register,
    "ensure_endpoint_service": changed("offer", "serviceId", OFFERED, offered=False),
}


def test_a_node_is_waited_for_if_anything_of_its_path_was_changed() -> None:
    noting = Noting()
    assert noting.run(CHANGED, PATHS).status == "SUCCEEDED"
    pending, settled = noting.gated
    waited = {kind: each["node"] in pending for kind, each in zip(KINDS, PATHS[1:], strict=True)}
    assert waited == dict.fromkeys(KINDS, True)
    assert settled == [FIRST]
    assert len(noting.asked["allow_principal"]) == len(PATHS)


def test_a_node_is_waited_for_if_anything_of_its_path_was_changed_early() -> None:
    early = [resolved(0, prepared=True) | {"touched": False}, resolved(1, prepared=True) | {"touched": True}]
    noting = Noting()
    assert noting.run(SETTLED, early).status == "SUCCEEDED"
    assert noting.gated == ([SECOND], [FIRST])
    assert not noting.asked["ensure_load_balancer"]


def test_nodes_of_which_nothing_was_changed_are_looked_at_once() -> None:
    noting = Noting()
    report = noting.run(SETTLED)
    assert report.status == "SUCCEEDED"
    assert noting.gated == ([], [FIRST, SECOND])
    assert [each["inactive"] for each in noting.asked["check_target_health"]] == [None, []]


@pytest.mark.parametrize(
    ("admitted", "waited"),
    [(["subnet-2"], [SECOND]), (["subnet-1"], [FIRST, SECOND]), (["subnet-3"], [])],
    ids=str,
)
def test_a_node_is_waited_for_if_a_new_rule_lets_its_load_balancer_in(admitted: list[str], waited: list[str]) -> None:
    """One of the two is in one subnet, the other in two."""
    balancer = of_the_second("loadBalancerArn", BALANCER, loadBalancerSubnets=["subnet-1", "subnet-2"])
    opened = {"securityGroupId": "sg-1", "ruleIds": [], "admitted": admitted, "findings": []}
    noting = Noting()
    report = noting.run({**SETTLED, "ensure_load_balancer": balancer, "open_security_group": opened})
    assert report.status == "SUCCEEDED"
    assert noting.gated == (waited, [node for node in (FIRST, SECOND) if node not in waited])


def test_what_ails_a_node_that_is_not_waited_for_is_in_the_hand_off() -> None:
    ails = {"code": "NODE_UNHEALTHY", "level": "warning", "field": "f", "found": "x", "expected": "y", "remedy": "z"}
    state = {"ready": True, "pending": [], "inactive": [], "reason": None, "findings": [ails]}
    report = Noting().run({**SETTLED, "check_target_health": state})
    assert [each["code"] for each in report.output["findings"]] == ["NODE_UNHEALTHY"]
    never = {**state, "ready": False, "findings": []}
    judged = Noting().run({**SETTLED, "check_target_health": never, "judge_target_health": state})
    assert [each["code"] for each in judged.output["findings"]] == ["NODE_UNHEALTHY"]


# ---- former addresses

STALE = {"register_target": registering(changed=True, stale=["10.0.0.6:6379", "10.0.0.7:6379"])}
FORMER: list[Json] = [{"targetGroupArn": "targetGroupArn-1", "targets": ["10.0.0.6:6379", "10.0.0.7:6379"]}]
REFUSED = AwsRejected("doing something: because [AccessDenied]")
AGAIN = AwsRejected("deregistering targets: because [AccessDenied]")
WAITING = {"ready": False, "pending": [SECOND], "inactive": [], "reason": None, "findings": []}
FAILING: Mapping[str, Mapping[str, object]] = {
    "open_security_group": {"open_security_group": REFUSED},
    "look_for_surplus": {"look_for_surplus": REFUSED},
    "check_target_health": {"check_target_health": REFUSED},
    "ensure_endpoint_service": {"ensure_endpoint_service": REFUSED},
    "judge_target_health": {"check_target_health": WAITING, "judge_target_health": REFUSED},
    "allow_principal": {"allow_principal": REFUSED},
    "record_connection": {"record_connection": REFUSED},
}


def test_former_addresses_go_when_what_was_changed_is_healthy() -> None:
    waits = iter([WAITING, WAITING])
    noting = Noting()

    def check(event: Json, context: object) -> object:
        assert not noting.retired
        return next(waits, {**WAITING, "ready": True, "pending": []})

    assert noting.run({**SETTLED, **STALE, "check_target_health": check}).status == "SUCCEEDED"
    assert noting.retired == [FORMER]
    assert len(noting.asked["allow_principal"]) == 2


def test_an_address_that_is_somebody_elses_goes_before_anything_is_waited_for() -> None:
    noting = Noting()
    (former,) = FORMER
    first, second = ({**former, "targets": [target]} for target in former["targets"])

    def look(event: Json, context: object) -> Json:
        assert event["stale"] == FORMER
        return nobody_elses(event, context) | {"retiring": [first], "stale": [second]}

    def check(event: Json, context: object) -> object:
        assert noting.retired == [[first]]
        return {**WAITING, "ready": True, "pending": []}

    changes = {"look_for_surplus": look, "check_target_health": check}
    assert noting.run({**SETTLED, **STALE, **changes}).status == "SUCCEEDED"
    assert noting.retired == [[first], [second]]


@pytest.mark.parametrize("step", FAILING)
def test_former_addresses_go_when_the_run_fails(step: str) -> None:
    noting = Noting()
    report = noting.run({**SETTLED, **STALE, **FAILING[step]})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert str(report.cause).startswith("doing something: because")
    assert noting.retired == [FORMER]


def test_former_addresses_go_when_another_node_of_the_batch_fails() -> None:
    noting = Noting()

    def refuse_the_first(event: Json, context: object) -> Json:
        if event["path"]["node"] == FIRST:
            raise REFUSED
        return {**LISTENER, "listenerArn": "listener-1"}

    report = noting.run({**SETTLED, **STALE, "ensure_listener": refuse_the_first})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert noting.retired == [FORMER]


def refuse_to_retire(event: Json, context: object) -> object:
    return AGAIN if event["stale"] else {"retired": 0}


def test_former_addresses_that_cannot_go_are_told_beside_why_the_run_failed() -> None:
    noting = Noting()
    report = noting.run({**SETTLED, **STALE, "check_target_health": REFUSED, "retire_targets": refuse_to_retire})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert str(report.cause).startswith("doing something: because")
    assert "deregistering targets: because" in str(report.cause)
    assert len(noting.retired) == 1


def test_a_run_whose_former_addresses_cannot_go_offers_nothing() -> None:
    noting = Noting()
    report = noting.run({**SETTLED, **STALE, "retire_targets": refuse_to_retire})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert not noting.asked["allow_principal"]
    assert len(noting.retired) == 1
