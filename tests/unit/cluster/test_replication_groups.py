"""Replication groups: found, listed, deleted unless they are gone."""

from collections.abc import Mapping
from typing import Final

import pytest

from private_connection.cluster.replication_groups import (
    HIDDEN,
    TAGS_READ_AT_MOST,
    DeleteReplicationGroup,
    delete_replication_group,
    find_replication_group,
    list_replication_groups,
    ownership_tags,
    require_told,
)
from private_connection.contracts import Done
from private_connection.errors import NotYetConsistent
from tests.unit.builders import OURS, THEIRS, Json, an_existing, tag_list
from tests.unit.described import group
from tests.unit.fake_aws import FakeAws, Refusal

ABSENT = Refusal("ReplicationGroupNotFoundFault", 404)


def deleting(**changes: object) -> DeleteReplicationGroup:
    fields: Json = {"replication_group_id": "redis-demo", "created_by": "run-1", "final_snapshot": True}
    return DeleteReplicationGroup(**fields | changes)


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    """An account without the cluster."""
    aws.answers("DescribeReplicationGroups", ABSENT)
    aws.answers("DeleteReplicationGroup", {})
    aws.answers("ListTagsForResource", {"TagList": tag_list(OURS)})


# ------------------------------------------------------------------ what is looked up


def test_a_group_is_found_or_none(aws: FakeAws) -> None:
    assert find_replication_group("redis-demo") is None
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    found = find_replication_group("redis-demo")
    assert found is not None
    assert found.id == "redis-demo"


def test_a_group_is_not_asked_for_by_an_id_that_is_too_long_for_one(aws: FakeAws) -> None:
    assert find_replication_group("a" * 41) is None
    assert aws.calls == []
    assert find_replication_group("a" * 40) is None
    assert aws.operations == ["DescribeReplicationGroups"]


def test_tags_tell_the_owner_of_an_available_group(aws: FakeAws) -> None:
    aws.answers("ListTagsForResource", {"TagList": tag_list(THEIRS)})
    assert ownership_tags(an_existing()) == THEIRS


def test_the_description_tells_the_owner_of_any_other(aws: FakeAws) -> None:
    assert ownership_tags(an_existing(status="creating")) == OURS
    assert aws.calls == []
    aws.answers("ListTagsForResource", Refusal("InvalidReplicationGroupState"))
    assert ownership_tags(an_existing()) == OURS


def test_tags_are_hidden_while_neither_they_nor_the_description_tell(aws: FakeAws) -> None:
    edited = an_existing(status="snapshotting", description="theirs")
    assert ownership_tags(edited) is HIDDEN
    aws.answers("ListTagsForResource", Refusal("InvalidReplicationGroupState"))
    assert ownership_tags(an_existing(description="theirs")) is HIDDEN
    with pytest.raises(NotYetConsistent, match=r"\(redis-demo\): its status is snapshotting, in which its tags cannot"):
        require_told(edited, HIDDEN)
    aws.answers("ListTagsForResource", {"TagList": []})
    require_told(edited, ownership_tags(an_existing(description="theirs")))


def test_of_all_groups_those_with_our_description_and_tags_are_listed(aws: FakeAws) -> None:
    found = [
        group("orders", Description="theirs"),
        group("redis-demo"),
        group("taken", Description="private-connection redis-demo created by run-1"),
        group("others", Description="private-connection redis-demo-2 created by run-1"),
        group("new", Status="creating"),
    ]
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": found})
    tagged(aws, {"redis-demo": OURS, "taken": THEIRS})
    assert listed() == [("redis-demo", OURS), ("new", OURS)]


def tagged(aws: FakeAws, tags: Mapping[str, Mapping[str, str]]) -> None:
    """The groups' tags, by id."""
    aws.answers("ListTagsForResource", lambda asked: {"TagList": tag_list(tags[asked["ResourceName"].split(":")[-1]])})


def listed(*named: str, thorough: bool = False, **known: Mapping[str, str]) -> list[tuple[str, Mapping[str, str]]]:
    found = list_replication_groups("redis-demo", named, known, thorough=thorough)
    return [(each.id, tags) for each, tags in found]


EDITED: Final = {"Description": "an ordinary edit in the console"}


def test_a_group_whose_description_was_edited_is_known_by_its_tags(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group("orders", **EDITED), group("caches")]})
    tagged(aws, {"orders": OURS, "caches": OURS})
    assert listed() == [("caches", OURS)], "nothing names it"
    assert listed("orders") == [("orders", OURS), ("caches", OURS)]
    assert listed(thorough=True) == [("caches", OURS), ("orders", OURS)]


def test_what_was_known_of_a_group_holds_while_its_tags_cannot_be_read(aws: FakeAws) -> None:
    going = group("orders", Status="deleting", **EDITED)
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [going]})
    assert listed("orders", thorough=True) == []
    assert listed(orders=OURS) == [("orders", OURS)]
    assert "ListTagsForResource" not in aws.operations


def test_a_thorough_look_reads_the_tags_of_so_many_others(aws: FakeAws) -> None:
    others = [group(f"cache-{number}", **EDITED) for number in range(TAGS_READ_AT_MOST + 1)]
    another = group("far", Description="private-connection far created by run-1")
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [another, group("last"), *others]})
    aws.answers("ListTagsForResource", {"TagList": []})
    assert listed(thorough=True) == []
    asked = [each["ResourceName"].split(":")[-1] for each in aws.asked("ListTagsForResource")]
    assert asked == ["last", *(f"cache-{number}" for number in range(TAGS_READ_AT_MOST))], (
        "those of far say whose it is"
    )


# ------------------------------------------------------------------ deleted unless they are gone


@pytest.mark.parametrize("answer", [{}, ABSENT], ids=["there", "absent"])
def test_a_group_is_deleted_or_gone_already(aws: FakeAws, answer: Json | Refusal) -> None:
    aws.answers("DeleteReplicationGroup", answer)
    assert delete_replication_group(deleting()) == Done()


def test_a_group_whose_creation_failed_has_no_final_snapshot(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group(Status="create-failed")]})
    delete_replication_group(deleting())
    (asked,) = aws.asked("DeleteReplicationGroup")
    assert "FinalSnapshotIdentifier" not in asked


def test_without_a_final_snapshot_nothing_is_looked_up(aws: FakeAws) -> None:
    delete_replication_group(deleting(final_snapshot=False))
    assert aws.operations == ["DeleteReplicationGroup"]


def test_the_final_snapshot_is_named_after_the_group_and_its_maker(aws: FakeAws) -> None:
    aws.answers("DescribeReplicationGroups", {"ReplicationGroups": [group()]})
    for request in (
        deleting(),
        deleting(created_by="run-2"),
        deleting(created_by=None),
        deleting(final_snapshot=False),
    ):
        delete_replication_group(request)
    names = [asked.get("FinalSnapshotIdentifier") for asked in aws.asked("DeleteReplicationGroup")]
    assert names[-1] is None
    assert len(set(names)) == 4
    assert all(str(name).startswith("redis-demo-") for name in names[:3])


@pytest.mark.parametrize("code", ["InvalidReplicationGroupState", "SnapshotAlreadyExistsFault"])
def test_a_group_that_is_being_changed_is_deleted_later(aws: FakeAws, code: str) -> None:
    aws.answers("DeleteReplicationGroup", Refusal(code))
    with pytest.raises(NotYetConsistent):
        delete_replication_group(deleting())
