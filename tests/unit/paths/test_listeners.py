"""Listeners: found on the node's port, made, or made to forward to the node's target group."""

from collections.abc import Mapping

import pytest

from private_connection.errors import NotOurs, NotYetConsistent
from private_connection.ownership import NODE
from private_connection.paths.listeners import (
    NOT_YET,
    EnsureListener,
    GroupedNode,
    Listener,
    ensure_listener,
    find_listener,
)
from tests.unit.builders import OURS, Json, tag_list
from tests.unit.described import balancer, tags_by_arn
from tests.unit.fake_aws import FakeAws, Refusal

ARN = balancer()["LoadBalancerArn"]
FORWARDING: Json = {
    "ListenerArn": "listener-1",
    "Port": 6379,
    "DefaultActions": [{"Type": "forward", "TargetGroupArn": "tg-1"}],
}


def ensuring(*forwarding: str) -> EnsureListener:
    return EnsureListener(
        connection="redis-demo",
        maker="run-1",
        path=GroupedNode(
            node="redis-demo-001", port=6379, load_balancer_arn=ARN, target_group_arn="tg-1", forwarding=forwarding
        ),
    )


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """The load balancer has no listener."""
    listening(aws)
    aws.answers("CreateListener", {"Listeners": [FORWARDING]})
    aws.answers("ModifyListener", {})
    tagged(aws, OURS)


def tagged(aws: FakeAws, tags: Mapping[str, str]) -> None:
    aws.answers("DescribeTags", {"TagDescriptions": [{"ResourceArn": "listener-1", "Tags": tag_list(tags)}]})


def listening(aws: FakeAws, *listeners: Json) -> None:
    aws.answers("DescribeListeners", {"Listeners": list(listeners)})


def test_the_listener_on_the_port_is_found(aws: FakeAws) -> None:
    listening(aws, FORWARDING | {"ListenerArn": "listener-2", "Port": 7000}, FORWARDING)
    assert find_listener(ARN, 6379) == Listener("listener-1", "tg-1")
    assert find_listener(ARN, 8000) is None


def test_a_listener_that_forwards_nowhere_has_no_target_group(aws: FakeAws) -> None:
    listening(aws, FORWARDING | {"DefaultActions": [{"Type": "fixed-response"}]})
    assert find_listener(ARN, 6379) == Listener("listener-1", "")


def test_a_load_balancer_that_does_not_show_is_waited_for(aws: FakeAws) -> None:
    aws.answers("DescribeListeners", Refusal("LoadBalancerNotFound"))
    with pytest.raises(NotYetConsistent):
        find_listener(ARN, 6379)


def test_on_a_new_load_balancer_it_costs_one_call(aws: FakeAws) -> None:
    ensured = ensure_listener(ensuring())
    assert (ensured.listener_arn, ensured.changed) == ("listener-1", True)
    assert aws.operations == ["CreateListener"]
    (asked,) = aws.asked("CreateListener")
    assert (asked["Protocol"], asked["Port"], asked["DefaultActions"]) == ("TCP", 6379, FORWARDING["DefaultActions"])
    assert asked["Tags"] == tag_list(OURS | {NODE: "redis-demo-001"})


def test_one_that_was_seen_to_forward_is_looked_up_and_used(aws: FakeAws) -> None:
    listening(aws, FORWARDING)
    ensured = ensure_listener(ensuring(ARN))
    assert (ensured.listener_arn, ensured.changed) == ("listener-1", False)
    assert aws.operations == ["DescribeListeners"]


def test_one_that_was_made_in_a_call_whose_answer_was_lost_is_new(aws: FakeAws) -> None:
    listening(aws, FORWARDING)
    aws.answers("CreateListener", Refusal("DuplicateListener"))
    assert ensure_listener(ensuring()).changed


@pytest.mark.parametrize("mark", OURS)
def test_one_that_lacks_a_mark_and_forwards_elsewhere_is_not_ours(aws: FakeAws, mark: str) -> None:
    listening(aws, FORWARDING | {"DefaultActions": [{"Type": "forward", "TargetGroupArn": "tg-2"}]})
    tagged(aws, {key: value for key, value in OURS.items() if key != mark})
    with pytest.raises(NotOurs, match="listener-1"):
        ensure_listener(ensuring(ARN))
    assert "ModifyListener" not in aws.operations


def test_one_that_forwards_elsewhere_is_changed(aws: FakeAws) -> None:
    listening(aws, FORWARDING | {"DefaultActions": [{"Type": "forward", "TargetGroupArn": "tg-2"}]})
    aws.answers("CreateListener", Refusal("DuplicateListener"))
    ensured = ensure_listener(ensuring("another load balancer"))
    assert (ensured.listener_arn, ensured.changed) == ("listener-1", True)
    assert aws.operations == ["CreateListener", "DescribeListeners", "DescribeTags", "ModifyListener"]
    assert aws.asked("ModifyListener")[0]["DefaultActions"] == FORWARDING["DefaultActions"]


def test_one_that_is_there_and_does_not_show_is_waited_for(aws: FakeAws) -> None:
    aws.answers("CreateListener", Refusal("DuplicateListener"))
    with pytest.raises(NotYetConsistent, match=r"looking up the listener of load balancer \(pc-a\): it does not show"):
        ensure_listener(ensuring())


@pytest.mark.parametrize("code", NOT_YET)
def test_what_goes_while_it_is_changed_is_looked_at_again(aws: FakeAws, code: str) -> None:
    listening(aws, FORWARDING | {"DefaultActions": [{"Type": "forward", "TargetGroupArn": "tg-0"}]})
    aws.answers("ModifyListener", Refusal(code))
    with pytest.raises(NotYetConsistent, match=r"changing the target group of listener \(listener-1\)"):
        ensure_listener(ensuring(ARN))


@pytest.mark.parametrize("code", NOT_YET)
def test_what_does_not_show_everywhere_is_tried_again(aws: FakeAws, code: str) -> None:
    aws.answers("CreateListener", Refusal(code))
    with pytest.raises(NotYetConsistent):
        ensure_listener(ensuring())


def test_the_users_tags_are_put_on_one_that_is_there_and_come_with_a_new_one(aws: FakeAws) -> None:
    aws.answers("DescribeTags", tags_by_arn({"listener-1": OURS}))
    aws.answers("AddTags", {})
    tagging = {"tags": {"team": "data"}}
    ensure_listener(ensuring().model_copy(update=tagging))
    assert {"Key": "team", "Value": "data"} in aws.asked("CreateListener")[0]["Tags"]
    assert "AddTags" not in aws.operations
    listening(aws, FORWARDING)
    ensure_listener(ensuring(ARN).model_copy(update=tagging))
    assert aws.asked("AddTags") == [{"ResourceArns": ["listener-1"], "Tags": [{"Key": "team", "Value": "data"}]}]
