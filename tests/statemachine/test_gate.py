"""What a run waits for before it offers anything, and when former addresses of nodes are deregistered.

Functions are stubs here, which note what they are asked.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pytest

from private_connection.errors import AwsRejected
from sandbox.runs import RunReport
from tests.statemachine.stubs import CONNECTION, REQUEST, Json, Stub, answers, resolved, run, stubbed

FIRST, SECOND = (resolved(number, prepared=False)["node"] for number in (0, 1))
CALM: Mapping[str, object] = {
    **answers(0, prepared=False),
    "open_security_group": {"securityGroupId": "sg-1", "changed": False, "findings": []},
    "register_target": {"changed": False, "stale": [], "retired": 0},
}
"""Nothing is changed; the services are still to be offered."""
CLUSTER: Json = {"id": "cluster", "create": None}
OFFERED: Json = {"serviceId": "vpce-svc-1", "serviceName": "name", "available": True, "offered": True}


class Noting:
    """Runs provision for two nodes, and keeps what each step was asked."""

    def __init__(self) -> None:
        self.asked: dict[str, list[Json]] = defaultdict(list)

    def run(self, changes: Mapping[str, object]) -> RunReport:
        nodes = [resolved(number, prepared=False) for number in (0, 1)]
        cluster = {"id": "cluster", "engine": "redis", "transitEncryption": True}
        made = {
            **CALM,
            "resolve_nodes": {"cluster": cluster, "nodes": nodes, "zoneSubnets": {}},
            "read_request": {"request": {**REQUEST, "cluster": CLUSTER}, "onFailure": "keep"},
            **changes,
        }
        with stubbed({step: self._noting(step, each) for step, each in made.items()}) as account:
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
    def gated(self) -> tuple[list[str], list[str]]:
        """The nodes that were waited for once services were made, and those that were only looked at."""
        last = self.asked["check_target_health"][-1]
        return last["pending"], [each["node"] for each in last["targets"] if each["settled"]]


def of_the_second(field: str, answer: Json, **changes: object) -> Stub:
    """Answers with the changes where it is the second node that is asked for."""

    def stub(event: Json, context: object) -> Json:
        number = 1 if event["node"] == SECOND else 0
        return answer | {field: f"{field}-{number}"} | (changes if number else {})

    return stub


def registering(**changes: object) -> Stub:
    def stub(event: Json, context: object) -> Json:
        calm: Json = {"changed": False, "stale": [], "retired": 0}
        return calm | (changes if event["targetGroupArn"] == "targetGroupArn-1" else {})

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
CHANGES: Mapping[str, Mapping[str, object]] = {
    "load balancer": {"ensure_load_balancer": of_the_second("loadBalancerArn", BALANCER, changed=True)},
    "target group": {"ensure_target_group": of_the_second("targetGroupArn", GROUP, changed=True)},
    "listener": {"ensure_listener": of_the_second("listenerArn", LISTENER, changed=True)},
    "target": {"register_target": registering(changed=True)},
    "offer": {"ensure_endpoint_service": of_the_second("serviceId", OFFERED, offered=False)},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_node_is_waited_for_if_anything_of_its_path_was_changed(what: str) -> None:
    noting = Noting()
    assert noting.run({**SETTLED, **CHANGES[what]}).status == "SUCCEEDED"
    assert noting.gated == ([SECOND], [FIRST])
    assert len(noting.asked["allow_principal"]) == 2


def test_nodes_of_which_nothing_was_changed_are_looked_at_once() -> None:
    noting = Noting()
    report = noting.run(SETTLED)
    assert report.status == "SUCCEEDED"
    assert noting.gated == ([], [FIRST, SECOND])
    assert [each["inactive"] for each in noting.asked["check_target_health"]] == [None, []]


def test_all_nodes_are_waited_for_where_the_rule_was_changed() -> None:
    noting = Noting()
    opened = {"securityGroupId": "sg-1", "changed": True, "findings": []}
    assert noting.run({**SETTLED, "open_security_group": opened}).status == "SUCCEEDED"
    assert noting.gated == ([FIRST, SECOND], [])


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
FORMER = [{"targetGroupArn": "targetGroupArn-1", "targets": ["10.0.0.6:6379", "10.0.0.7:6379"]}]
REFUSED = AwsRejected("doing something: because [AccessDenied]")
AGAIN = AwsRejected("deregistering targets: because [AccessDenied]")
WAITING = {"ready": False, "pending": [SECOND], "inactive": [], "reason": None, "findings": []}
FAILING: Mapping[str, Mapping[str, object]] = {
    "open_security_group": {"open_security_group": REFUSED},
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
        assert not noting.asked["retire_targets"]
        return next(waits, {**WAITING, "ready": True, "pending": []})

    assert noting.run({**SETTLED, **STALE, "check_target_health": check}).status == "SUCCEEDED"
    assert [each["stale"] for each in noting.asked["retire_targets"]] == [FORMER]
    assert len(noting.asked["allow_principal"]) == 2


@pytest.mark.parametrize("step", FAILING)
def test_former_addresses_go_when_the_run_fails(step: str) -> None:
    noting = Noting()
    report = noting.run({**SETTLED, **STALE, **FAILING[step]})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert str(report.cause).startswith("doing something: because")
    assert [each["stale"] for each in noting.asked["retire_targets"]] == [FORMER]


def test_former_addresses_go_when_another_node_of_the_batch_fails() -> None:
    noting = Noting()

    def refuse_the_first(event: Json, context: object) -> Json:
        if event["node"] == FIRST:
            raise REFUSED
        return {**LISTENER, "listenerArn": "listener-1"}

    report = noting.run({**SETTLED, **STALE, "ensure_listener": refuse_the_first})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert [each["stale"] for each in noting.asked["retire_targets"]] == [FORMER]


def test_former_addresses_that_cannot_go_are_told_beside_why_the_run_failed() -> None:
    noting = Noting()
    report = noting.run({**SETTLED, **STALE, "check_target_health": REFUSED, "retire_targets": AGAIN})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert str(report.cause).startswith("doing something: because")
    assert "deregistering targets: because" in str(report.cause)
    assert len(noting.asked["retire_targets"]) == 1


def test_a_run_whose_former_addresses_cannot_go_offers_nothing() -> None:
    noting = Noting()
    report = noting.run({**SETTLED, **STALE, "retire_targets": AGAIN})
    assert (report.status, report.error) == ("FAILED", "AwsRejected")
    assert not noting.asked["allow_principal"]
    assert len(noting.asked["retire_targets"]) == 1
