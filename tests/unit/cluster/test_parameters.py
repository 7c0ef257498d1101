"""The endpoint type of a cluster: read where it can matter, and only there."""

import pytest

from private_connection.cluster.descriptions import Cluster
from private_connection.cluster.parameters import find_endpoint_type
from private_connection.errors import AwsRejected
from tests.unit.builders import Json, a_member, an_existing
from tests.unit.fake_aws import DENIED, FakeAws

SHARDED = an_existing(cluster_mode=True)
OWN = a_member(parameter_group="mine")


def parameters(**values: str) -> Json:
    return {
        "Parameters": [{"ParameterName": name.replace("_", "-"), "ParameterValue": values[name]} for name in values]
    }


def test_it_is_found_on_whatever_page_it_is(aws: FakeAws) -> None:
    first, second = parameters(activedefrag="yes"), parameters(cluster_preferred_endpoint_type="ip")
    aws.answers("DescribeCacheParameters", first | {"Marker": "more"}, second)
    assert find_endpoint_type(SHARDED, OWN) == "ip"
    assert aws.asked("DescribeCacheParameters")[0] == {"CacheParameterGroupName": "mine"}


def test_an_older_version_does_not_have_it(aws: FakeAws) -> None:
    aws.answers("DescribeCacheParameters", parameters(activedefrag="yes"))
    assert find_endpoint_type(SHARDED, OWN) is None


@pytest.mark.parametrize(
    ("cluster", "group"),
    [
        (SHARDED, "default.redis7.cluster.on"),
        (SHARDED, ""),
        (an_existing(cluster_mode=True, transit_encryption=False), "mine"),
        (an_existing(), "mine"),
    ],
    ids=["a default group", "no group shown", "no encryption", "no shards"],
)
def test_it_is_not_asked_for_where_it_is_known_or_does_not_matter(aws: FakeAws, cluster: Cluster, group: str) -> None:
    assert find_endpoint_type(cluster, a_member(parameter_group=group)) is None
    assert aws.calls == []


def test_a_refusal_is_raised(aws: FakeAws) -> None:
    aws.answers("DescribeCacheParameters", DENIED)
    with pytest.raises(AwsRejected, match=r"looking up cache parameters \(mine\)"):
        find_endpoint_type(SHARDED, OWN)
