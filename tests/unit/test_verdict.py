"""The verdict on nodes that did not turn healthy: who they are, and where to look, the node first."""

from collections.abc import Mapping

import pytest

from private_connection.errors import NAMED_AT_MOST, TargetsNeverHealthy
from private_connection.verdict import JudgeTargetHealth, judge_target_health
from tests.unit.builders import Json, a_target
from tests.unit.described import balancer, cache_cluster
from tests.unit.fake_aws import DENIED, FakeAws, Refusal

NODES = [f"orders-{number:03d}" for number in range(1, 6)]
FAILED = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks"}
REQUEST = JudgeTargetHealth(targets=tuple(map(a_target, NODES)), inactive=())


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    lay(aws)


def lay(aws: FakeAws) -> None:
    """An account in which a node reboots."""
    aws.answers("DescribeCacheClusters", {"CacheClusters": [cache_cluster(CacheClusterStatus="rebooting")]})


def found(aws: FakeAws, health: Mapping[str, Json]) -> None:
    """Nodes that are not mentioned are healthy."""

    def answer(arguments: Json) -> Json:
        node = arguments["TargetGroupArn"].removeprefix("tg-")
        return {"TargetHealthDescriptions": [{"TargetHealth": health.get(node, {"State": "healthy"})}]}

    aws.answers("DescribeTargetHealth", answer)


def judged(aws: FakeAws, health: Mapping[str, Json]) -> str:
    found(aws, health)
    with pytest.raises(TargetsNeverHealthy) as error:
        judge_target_health(REQUEST)
    return str(error.value)


def test_healthy_nodes_pass_and_elasticache_is_not_asked(aws: FakeAws) -> None:
    found(aws, {})
    judged = judge_target_health(REQUEST)
    assert (judged.ready, judged.findings) == (True, ())
    assert aws.operations == ["DescribeTargetHealth"] * len(NODES)


def test_a_node_that_was_offered_before_is_told_and_not_judged(aws: FakeAws) -> None:
    found(aws, {NODES[0]: FAILED})
    settled = (a_target(NODES[0], settled=True), *REQUEST.targets[1:])
    judged = judge_target_health(REQUEST.model_copy(update={"targets": settled}))
    assert (judged.ready, [each.code for each in judged.findings]) == (True, ["NODE_UNHEALTHY"])


def test_a_load_balancer_that_was_not_active_in_time_is_named_whatever_its_node_is(aws: FakeAws) -> None:
    """No service was made for any node then: a run that went on would hand over nothing."""
    found(aws, {})
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer(State={"Code": "provisioning"})]})
    with pytest.raises(TargetsNeverHealthy, match=r"1 not active in time\): \S+: provisioning; start the run again"):
        judge_target_health(REQUEST.model_copy(update={"inactive": ("arn-1",)}))


def test_every_node_is_looked_at_and_those_that_are_not_healthy_are_named(aws: FakeAws) -> None:
    message = judged(aws, {NODES[0]: FAILED, NODES[4]: {"State": "unused", "Reason": "Target.NotInUse"}})
    assert message.startswith("waiting for targets (2 not healthy): ")
    assert f"{NODES[4]}: unused (Target.NotInUse): its zone is not enabled" in message
    assert NODES[1] not in message


def test_a_dead_node_leads_to_the_node_and_not_to_the_rule_that_the_run_made(aws: FakeAws) -> None:
    message = judged(aws, {NODES[0]: FAILED})
    assert (
        "this run has seen to it that the security group admits the load balancer, so look at the node first" in message
    )
    assert "; ElastiCache shows it as rebooting; its events: aws elasticache describe-events" in message
    assert f"--source-identifier {NODES[0]} " in message


@pytest.mark.parametrize(
    ("answer", "told"),
    [(Refusal("CacheClusterNotFound", 404), "does not list it any more"), (DENIED, None)],
    ids=["gone", "denied"],
)
def test_a_node_that_cannot_be_read_is_still_named(aws: FakeAws, answer: Refusal, told: str | None) -> None:
    aws.answers("DescribeCacheClusters", answer)
    message = judged(aws, {NODES[0]: FAILED})
    assert f"{NODES[0]}: unhealthy" in message
    assert ("; ElastiCache" in message) == (told is not None)
    assert (told or "") in message


def test_a_reason_that_is_not_known_gets_general_advice(aws: FakeAws) -> None:
    assert "look at the node, the zone and the listener" in judged(aws, {NODES[0]: {"State": "unavailable"}})


def test_of_many_nodes_the_first_are_named_and_three_are_read(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("private_connection.verdict.NAMED_AT_MOST", 4)
    message = judged(aws, dict.fromkeys(NODES, FAILED))
    assert "(5 not healthy)" in message
    assert f"{NODES[3]}: " in message
    assert NODES[4] not in message
    assert message.endswith(" | and 1 more")
    assert len(aws.asked("DescribeCacheClusters")) == 3
    assert NAMED_AT_MOST == 50
