"""Tags that are not asked for any more: taken off a load balancer, its listeners and its target groups."""

from collections.abc import Mapping

import pytest

from private_connection.contracts import Done
from private_connection.errors import NotYetConsistent
from private_connection.paths.load_balancer_tags import NOT_YET
from private_connection.paths.path_tags import RemovePathTags, remove_path_tags
from tests.unit.builders import OURS, THEIRS, Json
from tests.unit.described import balancer, tags_by_arn
from tests.unit.fake_aws import FakeAws, Refusal

ARN = balancer()["LoadBalancerArn"]
REMOVE = RemovePathTags(connection="redis-demo", load_balancer_arn=ARN, tags=("old", "stage"))
OLD = {"old": "1", "team": "data"}


def listener(arn: str, group: str | None) -> Json:
    forward = {"Type": "forward", "TargetGroupArn": group} if group else {"Type": "fixed-response"}
    return {"ListenerArn": arn, "DefaultActions": [forward]}


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    aws.answers("DescribeListeners", {"Listeners": [listener("listener-1", "tg-1")]})
    aws.answers("RemoveTags", {})


def tagged(aws: FakeAws, **tags: Mapping[str, str]) -> None:
    """What each ARN that is asked about has; those that are not named have nothing of ours."""
    known = {name.replace("_", "-"): each for name, each in tags.items()}
    aws.answers("DescribeTags", lambda asked: tags_by_arn({arn: known.get(arn, OLD) for arn in asked["ResourceArns"]}))


def removed(aws: FakeAws) -> list[str]:
    return [arn for asked in aws.asked("RemoveTags") for arn in asked["ResourceArns"]]


def test_the_whole_path_loses_them_one_by_one_and_the_load_balancer_last(aws: FakeAws) -> None:
    aws.answers("DescribeTags", lambda asked: tags_by_arn({arn: OURS | OLD for arn in asked["ResourceArns"]}))
    assert remove_path_tags(REMOVE) == Done()
    expected = [{"ResourceArns": [each], "TagKeys": ["old", "stage"]} for each in ("listener-1", "tg-1", ARN)]
    assert aws.asked("RemoveTags") == expected


def test_what_lacks_a_mark_or_the_keys_is_left_alone(aws: FakeAws) -> None:
    aws.answers(
        "DescribeListeners",
        {"Listeners": [listener("listener-1", "tg-1"), listener("listener-2", "tg-2"), listener("listener-3", None)]},
    )
    others = {"private-connection/created-by": "run-1"} | THEIRS
    named = {"private-connection": "redis-demo"}
    tagged(
        *(aws,), listener_1=OURS | OLD, listener_2=named | OLD, listener_3=others | OLD, tg_1=OURS | {"team": "data"}
    )
    remove_path_tags(REMOVE)
    assert removed(aws) == ["listener-1"]


def test_a_load_balancer_that_is_gone_has_none(aws: FakeAws) -> None:
    aws.answers("DescribeListeners", Refusal("LoadBalancerNotFound"))
    aws.answers("DescribeTags", Refusal("LoadBalancerNotFound"))
    assert remove_path_tags(REMOVE) == Done()
    assert removed(aws) == []


def test_of_many_each_is_asked_for_by_itself(aws: FakeAws) -> None:
    aws.answers("DescribeListeners", {"Listeners": [listener(f"listener-{each}", "tg-1") for each in range(25)]})
    aws.answers("DescribeTags", lambda asked: tags_by_arn({arn: OURS | OLD for arn in asked["ResourceArns"]}))
    remove_path_tags(REMOVE)
    assert {len(asked["ResourceArns"]) for asked in aws.asked("RemoveTags")} == {1}
    assert sorted(removed(aws)) == sorted([ARN, "tg-1", *(f"listener-{each}" for each in range(25))])
    assert removed(aws)[-1] == ARN


@pytest.mark.parametrize("code", NOT_YET)
def test_what_goes_meanwhile_is_looked_up_again(aws: FakeAws, code: str) -> None:
    aws.answers("DescribeTags", lambda asked: tags_by_arn({arn: OURS | OLD for arn in asked["ResourceArns"]}))
    aws.answers("RemoveTags", Refusal(code))
    with pytest.raises(NotYetConsistent):
        remove_path_tags(REMOVE)
