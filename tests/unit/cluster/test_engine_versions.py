"""The engine versions that ElastiCache offers, and the family of each."""

import pytest

from private_connection.cluster.engine_versions import depends_on_family, find_family
from tests.unit.builders import Json, a_cluster
from tests.unit.fake_aws import FakeAws


@pytest.mark.parametrize(
    ("create", "depends"),
    [
        ({}, False),
        ({"engine_version": "7.1"}, True),
        ({"cluster_mode": "enabled"}, True),
        ({"engine": "valkey"}, False),
    ],
)
def test_the_family_matters_for_a_named_version_and_for_cluster_mode(create: Json, depends: bool) -> None:
    assert depends_on_family(a_cluster(**create)) is depends


@pytest.mark.parametrize(
    ("version", "asked"),
    [("7.1", {"Engine": "redis", "EngineVersion": "7.1"}), (None, {"Engine": "redis", "DefaultOnly": True})],
)
def test_the_family_of_a_version_or_of_the_default_one(aws: FakeAws, version: str | None, asked: Json) -> None:
    aws.answers("DescribeCacheEngineVersions", {"CacheEngineVersions": [{"CacheParameterGroupFamily": "redis7"}]})
    assert find_family("redis", version) == "redis7"
    assert aws.asked("DescribeCacheEngineVersions") == [asked]


def test_a_version_that_is_not_offered_has_no_family(aws: FakeAws) -> None:
    aws.answers("DescribeCacheEngineVersions", {"CacheEngineVersions": []})
    assert find_family("redis", "9.9") is None
