"""Where the nodes are: without another call for what was read already, and nothing of a cluster that does not serve."""

import socket

import pytest

from private_connection.preflight.facts import CreationFacts, RefusedLook
from private_connection.preflight.place_looks import find_places, group_subnets
from tests.unit.builders import a_member, a_subnet, a_subnet_group, an_existing
from tests.unit.described import subnet, subnet_group
from tests.unit.fake_aws import DENIED, FakeAws

MEMBERS = (a_member(subnet_group="caches"),)
READ = CreationFacts(subnet_group=a_subnet_group(), subnets=(a_subnet("us-east-1a"),))


def test_subnets_that_were_read_for_the_request_are_not_read_again(aws: FakeAws) -> None:
    assert group_subnets(an_existing(), MEMBERS, READ) == READ.subnets
    assert aws.calls == []


def test_subnets_of_another_group_are_read(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", {"CacheSubnetGroups": [subnet_group()]})
    aws.answers("DescribeSubnets", {"Subnets": [subnet()]})
    found = group_subnets(an_existing(), MEMBERS, CreationFacts())
    assert isinstance(found, tuple)
    assert [each.id for each in found] == ["subnet-a"]


@pytest.mark.parametrize("members", [(), RefusedLook("cluster.id", "denied")], ids=["none", "refused"])
def test_without_members_there_are_no_subnets(members: tuple[()] | RefusedLook) -> None:
    assert group_subnets(an_existing(), members, READ) == ()
    assert group_subnets(an_existing(status="creating"), MEMBERS, READ) == ()


def test_a_refused_look_is_told_once(aws: FakeAws) -> None:
    aws.answers("DescribeCacheSubnetGroups", DENIED)
    found = group_subnets(an_existing(), MEMBERS, CreationFacts())
    assert isinstance(found, RefusedLook)
    assert find_places(an_existing(), MEMBERS, found) == ()


def test_places_are_those_of_the_nodes(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    aws.answers("DescribeNetworkInterfaces", {"NetworkInterfaces": []})
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: [(0, 0, 0, "", ("10.0.0.5", 0))])
    found = find_places(an_existing(), MEMBERS, READ.subnets)
    assert isinstance(found, tuple)
    assert [(each.node, each.subnet_id) for each in found] == [("redis-demo-001", "subnet-us-east-1a")]
