"""Tags of load balancers and target groups: in batches, and without what has gone."""

import pytest

from private_connection.paths.load_balancer_tags import list_tags
from tests.unit.builders import OURS, Json
from tests.unit.described import tags_by_arn
from tests.unit.fake_aws import FakeAws, Refusal


def test_tags_are_read_20_to_a_call(aws: FakeAws) -> None:
    aws.answers("DescribeTags", lambda asked: tags_by_arn({arn: {"of": arn} for arn in asked["ResourceArns"]}))
    arns = [f"arn-{number}" for number in range(45)]
    assert list(list_tags(arns)) == [(arn, {"of": arn}) for arn in arns]
    assert [len(asked["ResourceArns"]) for asked in aws.asked("DescribeTags")] == [20, 20, 5]


@pytest.mark.parametrize("code", ["LoadBalancerNotFound", "TargetGroupNotFound"])
def test_one_that_has_gone_is_left_out(aws: FakeAws, code: str) -> None:
    def answer(asked: Json) -> Json | Refusal:
        gone = "gone" in asked["ResourceArns"]
        return Refusal(code) if gone else tags_by_arn({arn: OURS for arn in asked["ResourceArns"]})

    aws.answers("DescribeTags", answer)
    assert list(list_tags(["a", "gone", "b"])) == [("a", OURS), ("b", OURS)]
    assert len(aws.calls) == 4


def test_nothing_costs_no_call(aws: FakeAws) -> None:
    assert list(list_tags([])) == []
    assert aws.calls == []
