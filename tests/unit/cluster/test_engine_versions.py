"""The engine versions that ElastiCache offers, and the family of each, in whatever form it lists them."""

import pytest

from private_connection.cluster.engine_versions import (
    EngineVersion,
    default_engine_versions,
    depends_on_version,
    family,
    is_version,
    list_engine_versions,
    serves_as,
)
from tests.unit.builders import Json, a_cluster
from tests.unit.fake_aws import FakeAws

MINORS = [("6.0", "redis6.x"), ("6.2", "redis6.x"), ("7.0", "redis7"), ("7.1", "redis7")]
PATCHES = [("6.0.5", "redis6.x"), ("6.2.6", "redis6.x"), ("7.0.7", "redis7"), ("7.1.0", "redis7")]


def offered(versions: list[tuple[str, str]]) -> list[EngineVersion]:
    return [EngineVersion(*each) for each in versions]


def listed(*versions: tuple[str, str]) -> Json:
    return {"CacheEngineVersions": [{"EngineVersion": v, "CacheParameterGroupFamily": f} for v, f in versions]}


@pytest.mark.parametrize(
    ("create", "depends"),
    [
        ({}, False),
        ({"engine_version": "7.1"}, True),
        ({"cluster_mode": "enabled"}, True),
        ({"engine": "valkey"}, False),
    ],
)
def test_versions_matter_for_one_that_is_named_and_for_cluster_mode(create: Json, depends: bool) -> None:
    assert depends_on_version(a_cluster(**create)) is depends


def test_versions_are_listed_by_engine_page_by_page_and_put_in_order(aws: FakeAws) -> None:
    pages: list[Json] = [
        listed(("7.10", "redis7"), ("7.9", "redis7")) | {"Marker": "more"},
        listed(("6.2", "redis6.x")),
    ]
    aws.answers("DescribeCacheEngineVersions", *pages)
    assert [each.version for each in list_engine_versions("redis")] == ["6.2", "7.9", "7.10"]
    assert [set(asked) for asked in aws.asked("DescribeCacheEngineVersions")] == [{"Engine"}, {"Engine", "Marker"}]


def test_the_default_version_is_asked_for(aws: FakeAws) -> None:
    aws.answers("DescribeCacheEngineVersions", listed(("7.1", "redis7")))
    assert default_engine_versions("redis") == [EngineVersion("7.1", "redis7")]
    assert aws.asked("DescribeCacheEngineVersions") == [{"Engine": "redis", "DefaultOnly": True}]


@pytest.mark.parametrize(
    ("wanted", "version", "matches"),
    [
        (None, "7.1.0", True),
        ("7.1", "7.1", True),
        ("7.1", "7.1.0", True),
        ("7.1.0", "7.1", True),
        ("7.1", "7.10", False),
        ("7.1", "7.0.7", False),
        ("7.1", "7", True),
        ("6.x", "6.2", True),
        ("6.x", "6.0.5", True),
        ("6.x", "7.0", False),
    ],
)
def test_versions_are_compared_part_by_part(wanted: str | None, version: str, matches: bool) -> None:
    assert is_version(wanted, version) is matches


@pytest.mark.parametrize(
    ("wanted", "version", "serves"),
    [
        (None, "7.1.0", True),
        ("7.1", "7.1.0", True),
        ("7.0", "7.1.0", True),
        ("7.9", "7.10.1", True),
        ("6.x", "6.2.6", True),
        ("5.0.0", "5.0.6", True),
        ("7.1", "7.0.7", False),
        ("5.0.6", "5.0.0", False),
        ("6.2", "7.0.7", False),
        ("6.x", "7.1.0", False),
        ("7.1", "", False),
    ],
)
def test_a_later_version_of_the_same_major_one_is_as_good(wanted: str | None, version: str, serves: bool) -> None:
    assert serves_as(wanted, version) is serves


@pytest.mark.parametrize("versions", [MINORS, PATCHES], ids=["minors", "patches"])
@pytest.mark.parametrize(
    ("wanted", "found"),
    [("7.1", "redis7"), ("7.0", "redis7"), ("6.x", "redis6.x"), ("6.2", "redis6.x"), ("9.9", None)],
)
def test_the_family_of_a_version_whatever_the_list_looks_like(
    versions: list[tuple[str, str]], wanted: str, found: str | None
) -> None:
    assert family(a_cluster(engine_version=wanted), offered(versions)) == found


def test_the_family_of_the_default_version() -> None:
    assert family(a_cluster(), offered(MINORS[-1:])) == "redis7"
    assert family(a_cluster(), []) is None


@pytest.mark.parametrize(
    ("engine", "version", "found"),
    [
        ("redis", "7.1", "redis7"),
        ("redis", "6.x", "redis6.x"),
        ("redis", "6.2", "redis6.x"),
        ("redis", "5.0.6", "redis5.0"),
        ("valkey", "7.2", "valkey7"),
        ("valkey", "8.0", "valkey8"),
    ],
)
def test_where_nothing_is_listed_the_family_follows_from_the_version(engine: str, version: str, found: str) -> None:
    assert family(a_cluster(engine=engine, engine_version=version), []) == found
