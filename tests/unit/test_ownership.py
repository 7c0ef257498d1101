"""Tags: what is ours, and what is not."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from private_connection.errors import NotOurs
from private_connection.ownership import (
    as_list,
    as_mapping,
    describe,
    is_ours,
    require_ours,
    taggable,
    tags_in,
    tags_of,
    use_tag,
    users_in,
)
from tests.unit.builders import an_owner

OURS = {"private-connection": "redis-demo", "private-connection/created-by": "run-1"}


def test_what_we_make_says_whose_it_is_and_who_made_it() -> None:
    assert as_mapping(tags_of(an_owner())) == OURS


@pytest.mark.parametrize("tag", [{"Key": "theirs"}, {"Key": "theirs", "Value": None}, {"Key": "theirs", "Value": ""}])
def test_a_tag_may_have_no_value(tag: dict[str, str | None]) -> None:
    assert as_mapping([tag]) == {"theirs": ""}


def test_what_belongs_to_a_node_or_a_cluster_says_so() -> None:
    tags = as_mapping(tags_of(an_owner(), node="redis-001", cluster="redis"))
    assert tags == OURS | {"private-connection/node": "redis-001", "private-connection/cluster": "redis"}


def test_the_users_tags_come_with_ours_and_never_say_whose_it_is() -> None:
    owner = an_owner().model_copy(update={"tags": {"team": "data", "private-connection": "other"}})
    assert as_mapping(tags_of(owner)) == OURS | {"team": "data"}


@pytest.mark.parametrize(
    ("tags", "ours"),
    [
        (OURS, True),
        ({}, False),
        ({"private-connection": "other"}, False),
        ({"Private-Connection": "redis-demo"}, False),
        ({"private-connection/created-by": "run-1"}, False),
        ({"private-connection": "redis-demo"}, False),
        ({"private-connection": "redis-demo", "private-connection/created-by": ""}, False),
    ],
)
def test_only_both_our_marks_make_a_thing_ours(tags: dict[str, str], ours: bool) -> None:
    assert is_ours(tags, "redis-demo") is ours


def test_ours_by_whichever_run() -> None:
    require_ours("load balancer", "pc-x", OURS, an_owner(maker="run-2"))


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({}, "without a tag private-connection"),
        ({"private-connection": "other"}, "whose tag private-connection says 'other', without a tag"),
        ({"private-connection": "other", "private-connection/created-by": "run-9"}, "says 'other', and so is not"),
        (
            {"private-connection": "redis-demo"},
            "whose tag private-connection says 'redis-demo', without a tag private-connection/created-by",
        ),
    ],
)
def test_what_has_our_name_and_not_our_tag_is_refused(tags: dict[str, str], found: str) -> None:
    with pytest.raises(NotOurs, match=re.escape("finding load balancer (pc-x): it exists")) as error:
        require_ours("load balancer", "pc-x", tags, an_owner())
    assert found in str(error.value)
    assert "not of connection 'redis-demo'" in str(error.value)


@given(st.text(max_size=300))
def test_any_text_can_be_a_tag(value: str) -> None:
    """Tag values: at most 256 of letters, digits and _.:/=+@- (AWS tagging restrictions, common to all services)."""
    assert re.fullmatch(r"[A-Za-z0-9_.:/=+@-]{1,256}", taggable(value))


@pytest.mark.parametrize("value", ["run-1", "a" * 256, "ws:1/x=y+z@w._-"])
def test_a_value_that_fits_is_kept(value: str) -> None:
    assert taggable(value) == value


def test_values_that_do_not_fit_stay_apart() -> None:
    assert len({taggable(value) for value in ("run 1", "run  1", "räksmörgås", "a" * 257, "")}) == 5


@given(
    st.from_regex(r"[a-z](-?[a-z0-9]){0,15}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9_.=+@-]{1,71}-[0-9a-f]{8}", fullmatch=True),
)
def test_a_description_tells_what_the_tags_would(connection: str, maker: str) -> None:
    owner = an_owner(connection, maker)
    assert tags_in(describe(owner)) == {
        "private-connection": connection,
        "private-connection/created-by": maker,
    }
    assert len(describe(owner)) <= 255


@pytest.mark.parametrize("description", ["", "Orders cache", "private-connection", "private-connection a created by"])
def test_other_descriptions_tell_nothing(description: str) -> None:
    assert tags_in(description) == {}


def test_users_are_those_that_left_their_tag() -> None:
    assert users_in({use_tag("orders"): "run-1", use_tag("eu-central-1/orders"): "run-2", **OURS}) == {
        "orders",
        "eu-central-1/orders",
    }


def test_tags_there_and_back() -> None:
    assert as_mapping(as_list(OURS)) == OURS
    assert as_mapping(None) == {}
