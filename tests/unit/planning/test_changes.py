"""How changes are told, counted and cut."""

import pytest

from private_connection.planning.changes import (
    CLUSTER,
    MAKER,
    RUN,
    added,
    changed,
    counted,
    created,
    fitting,
    found,
    merged,
    part,
    size,
    tags_put,
    tags_taken,
    withdrawn,
)
from private_connection.planning.plan import Attribute, Counts

TAG = Attribute(name="tags.team", found="a", wanted="b")
KEPT, CHANGED = found("role", "kept"), found("role", "changed", [TAG])
MADE, GONE = created("role", "made"), withdrawn("role", "gone")


def test_what_differs_in_nothing_is_kept() -> None:
    assert (KEPT.action, CHANGED.action, CHANGED.attributes) == ("keep", "change", (TAG,))


def test_what_is_not_known_yet_waits_for_the_cluster() -> None:
    known, unknown = created("loadBalancer", "pc-a", {"port": 6379, "zones": None}).attributes
    assert (known.wanted, known.known_after) == ("6379", None)
    assert (unknown.wanted, unknown.known_after) == (None, CLUSTER)


@pytest.mark.parametrize(("has", "wanted", "number"), [("a", "a", 0), ("a", "b", 1), (None, "b", 1), ("a", None, 1)])
def test_an_attribute_is_told_where_it_is_not_as_it_is_wanted(has: str | None, wanted: str | None, number: int) -> None:
    assert len(list(changed("x", has, wanted))) == number


def test_a_tag_that_names_the_run_is_known_once_there_is_one() -> None:
    ours, users = tags_put([{"Key": "for", "Value": MAKER}, {"Key": "team", "Value": "b"}], {"team": "a"})
    assert (ours.wanted, ours.known_after) == (None, RUN)
    assert users == TAG


def test_of_tags_that_go_only_those_are_told_that_are_there() -> None:
    assert [(each.name, each.found, each.wanted) for each in tags_taken({"a": "1", "c": "3"}, ["a", "b"])] == [
        ("tags.a", "1", None)
    ]


def test_changes_are_counted_by_what_is_done() -> None:
    counts = counted([KEPT, CHANGED, MADE, GONE, MADE])
    assert counts == Counts(create=2, keep=1, change=1, withdraw=1)
    assert added([counts, counts]).create == 4


def test_what_is_told_of_one_thing_twice_is_told_together() -> None:
    other = Attribute(name="tags.old", found="x")
    (once,) = merged([found("role", "a"), found("role", "a", [TAG]), found("role", "a", [other])])
    assert (once.action, once.attributes) == ("change", (TAG, other))
    assert merged([MADE, found("role", "made", [TAG])]) == [MADE]
    perhaps = found("role", "r", (), None, RUN)
    assert merged([perhaps, found("role", "r", [TAG])]) == [perhaps], "it may go, and its tags with it"
    assert merged([KEPT, CHANGED, found("rolePolicy", "kept")]) == [KEPT, CHANGED, found("rolePolicy", "kept")]


def test_what_goes_is_left_out_last_and_what_is_kept_first() -> None:
    all_of_them = [KEPT, MADE, CHANGED, GONE]
    for number, told in enumerate([[], [GONE], [CHANGED, GONE], [MADE, CHANGED, GONE], all_of_them]):
        room = sum(size(each) for each in (GONE, CHANGED, MADE, KEPT)[:number])
        assert list(fitting(all_of_them, room)) == told
        assert part(all_of_them, room).counts == counted(all_of_them)
