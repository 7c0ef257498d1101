"""Which zones a load balancer is asked to have, and how it gets those that it lacks."""

from dataclasses import replace

import pytest

from private_connection.errors import AwsRejected, NotYetConsistent
from private_connection.ownership import ZONES
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.load_balancer_zones import GOING, add_zones, is_spread, wanted_zones
from tests.unit.builders import OURS
from tests.unit.fake_aws import FakeAws, Refusal

SPREAD = OURS | {ZONES: "all"}
HAS = LoadBalancer("arn", "pc-redis-demo", "active", "", {"eu-central-1a": "subnet-a"}, OURS)
MORE = {"eu-central-1a": "subnet-a2", "eu-central-1b": "subnet-b"}


def test_the_nodes_own_zone_has_the_nodes_subnet() -> None:
    assert wanted_zones("a", "subnet-a", {}) == {"a": "subnet-a"}
    assert wanted_zones("b", "subnet-b2", {"a": "subnet-a", "b": "subnet-b"}) == {"b": "subnet-b2", "a": "subnet-a"}


def test_a_tag_tells_that_all_zones_were_asked_for() -> None:
    assert (is_spread(OURS), is_spread(SPREAD)) == (False, True)


def test_zones_are_added_in_the_subnets_that_are_there(aws: FakeAws) -> None:
    aws.answers("SetSubnets", {})
    assert add_zones(HAS, MORE, spread=False, is_going=GOING) == {
        "eu-central-1a": "subnet-a",
        "eu-central-1b": "subnet-b",
    }
    assert [each["Subnets"] for each in aws.asked("SetSubnets")] == [["subnet-a", "subnet-b"]]


def test_what_lacks_nothing_is_not_changed(aws: FakeAws) -> None:
    assert add_zones(replace(HAS, tags=SPREAD), HAS.zones, spread=True, is_going=GOING) == HAS.zones
    assert aws.operations == []


def test_a_refusal_tells_that_it_is_going_or_what_helps(aws: FakeAws) -> None:
    aws.answers("SetSubnets", Refusal("LoadBalancerNotFound"), Refusal("InvalidSubnet"))
    with pytest.raises(NotYetConsistent):
        add_zones(HAS, MORE, spread=False, is_going=GOING)
    with pytest.raises(AwsRejected, match="remedy: free addresses in that subnet"):
        add_zones(HAS, MORE, spread=False, is_going=GOING)
