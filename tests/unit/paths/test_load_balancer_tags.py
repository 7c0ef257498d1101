"""Tags of load balancers and target groups: in batches, and without what has gone."""

import pytest
from botocore.exceptions import ClientError

from private_connection.errors import NotYetConsistent
from private_connection.paths.load_balancer_tags import NOT_YET, converge_tags, list_tags
from tests.unit.builders import OURS, Json, an_owner, tag_list
from tests.unit.described import tags_by_arn
from tests.unit.fake_aws import FakeAws, Refusal


def test_tags_are_read_20_to_a_call(aws: FakeAws) -> None:
    aws.answers("DescribeTags", lambda asked: tags_by_arn({arn: {"of": arn} for arn in asked["ResourceArns"]}))
    arns = [f"arn-{number}" for number in range(45)]
    assert list(list_tags(arns)) == [(arn, {"of": arn}) for arn in arns]
    assert [len(asked["ResourceArns"]) for asked in aws.asked("DescribeTags")] == [20, 20, 5]


@pytest.mark.parametrize("code", NOT_YET)
def test_one_that_has_gone_is_left_out(aws: FakeAws, code: str) -> None:
    def answer(asked: Json) -> Json | Refusal:
        gone = "gone" in asked["ResourceArns"]
        return Refusal(code) if gone else tags_by_arn({arn: OURS for arn in asked["ResourceArns"]})

    aws.answers("DescribeTags", answer)
    assert list(list_tags(["a", "gone", "b"])) == [("a", OURS), ("b", OURS)]
    assert len(aws.calls) == 4


def test_a_call_that_is_refused_for_its_kinds_is_made_for_each(aws: FakeAws) -> None:
    def answer(asked: Json) -> Json | Refusal:
        arns = asked["ResourceArns"]
        return Refusal("ValidationError") if len(arns) > 1 else tags_by_arn({arns[0]: OURS})

    aws.answers("DescribeTags", answer)
    assert list(list_tags(["balancer", "group"])) == [("balancer", OURS), ("group", OURS)]
    aws.answers("DescribeTags", Refusal("ValidationError"))
    with pytest.raises(ClientError):
        list(list_tags(["balancer"]))


def test_nothing_costs_no_call(aws: FakeAws) -> None:
    assert list(list_tags([])) == []
    assert aws.calls == []


TAGGING = an_owner().model_copy(update={"tags": {"team": "data", "stage": "test"}})


def test_what_is_missing_is_added_and_what_differs_overwritten(aws: FakeAws) -> None:
    aws.answers("AddTags", {})
    converge_tags(TAGGING, "lb-1", OURS | {"team": "others", "stage": "test", "more": "kept"})
    assert aws.calls == [("AddTags", {"ResourceArns": ["lb-1"], "Tags": tag_list({"team": "data"})})]


def test_tags_that_are_not_known_are_read(aws: FakeAws) -> None:
    aws.answers("DescribeTags", tags_by_arn({"listener-1": OURS | {"team": "data"}}))
    aws.answers("AddTags", {})
    converge_tags(TAGGING, "listener-1")
    assert aws.operations == ["DescribeTags", "AddTags"]
    assert aws.asked("AddTags")[0]["Tags"] == tag_list({"stage": "test"})


def test_without_tags_of_the_users_or_with_all_of_them_nothing_is_changed(aws: FakeAws) -> None:
    converge_tags(an_owner(), "lb-1", OURS)
    converge_tags(an_owner(), "listener-1")
    converge_tags(TAGGING, "lb-1", OURS | TAGGING.tags)
    converge_tags(TAGGING, "lb-1", {"private-connection": "redis-demo"})
    assert aws.calls == []


@pytest.mark.parametrize("code", NOT_YET)
def test_one_that_does_not_show_yet_is_tagged_later(aws: FakeAws, code: str) -> None:
    aws.answers("AddTags", Refusal(code))
    with pytest.raises(NotYetConsistent):
        converge_tags(TAGGING, "lb-1", OURS)
