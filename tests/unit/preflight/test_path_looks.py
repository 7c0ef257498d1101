"""What is read of the account for the paths, and for which requests nothing is."""

import pytest

from private_connection.preflight.facts import ClusterFacts, CreationFacts, PathFacts, RefusedLook
from private_connection.preflight.path_looks import path_facts
from private_connection.request.parsing import parse_request
from tests.unit.builders import a_member, a_security_group, a_subnet, an_existing, an_input, creating
from tests.unit.described import balancer, rule, security_group, target_group
from tests.unit.fake_aws import FakeAws

ADOPT, CREATE = parse_request(an_input(cluster={"id": "redis-demo"})), parse_request(creating())
THERE = ClusterFacts(an_existing(), members=(a_member(),))
NETWORK = CreationFacts(subnets=(a_subnet("us-east-1a"),), zones=frozenset({"us-east-1a"}))
REFUSED = RefusedLook("cluster.id", "denied")


@pytest.fixture(autouse=True)
def account(aws: FakeAws) -> None:
    aws.answers("DescribeAccountLimits", {"Limits": [{"Name": "target-groups", "Max": "3000"}]})
    aws.answers("DescribeLoadBalancers", {"LoadBalancers": [balancer("web", Type="network")]})
    aws.answers("DescribeTargetGroups", {"TargetGroups": [target_group("web")]})
    aws.answers("DescribeAvailabilityZones", {"AvailabilityZones": [{"ZoneName": "us-east-1a"}]})
    aws.answers("DescribeSecurityGroups", {"SecurityGroups": [security_group()]})
    aws.answers("DescribeSecurityGroupRules", {"SecurityGroupRules": [rule()]})


def test_for_a_cluster_that_is_there_everything_is_read() -> None:
    found = path_facts(ADOPT, THERE, CreationFacts())
    assert found == PathFacts(
        limits={"target-groups": 3000},
        load_balancers={"web": {"eu-central-1a": "subnet-a"}},
        target_groups=frozenset({"web"}),
        zones=frozenset({"us-east-1a"}),
        groups=(a_security_group(),),
        rules=found.rules,
    )
    assert isinstance(found.rules, tuple)
    assert [each.id for each in found.rules] == ["sgr-1"]


def test_for_a_cluster_to_create_zones_and_a_group_of_our_own_are_not_read(aws: FakeAws) -> None:
    found = path_facts(CREATE, ClusterFacts(), NETWORK)
    assert (found.zones, found.groups, found.rules) == (frozenset(), (), ())
    assert aws.operations == ["DescribeAccountLimits", "DescribeLoadBalancers", "DescribeTargetGroups"]


def test_groups_that_were_read_are_not_read_again(aws: FakeAws) -> None:
    read = ClusterFacts(an_existing(), members=(a_member(),), security_groups=(a_security_group(),))
    assert path_facts(CREATE, read, NETWORK).groups == (a_security_group(),)
    refused = ClusterFacts(an_existing(), members=(a_member(),), security_groups=REFUSED)
    assert path_facts(CREATE, refused, NETWORK).groups == ()
    assert "DescribeSecurityGroups" not in aws.operations


@pytest.mark.parametrize(
    "cluster",
    [
        ClusterFacts(),
        ClusterFacts(an_existing()),
        ClusterFacts(an_existing(), members=REFUSED),
        ClusterFacts(an_existing(status="creating"), members=(a_member(),)),
    ],
    ids=["absent", "of somebody", "not to be read", "not there yet"],
)
def test_where_no_node_could_be_connected_nothing_is_read(aws: FakeAws, cluster: ClusterFacts) -> None:
    assert path_facts(ADOPT, cluster, CreationFacts()) == PathFacts()
    assert path_facts(CREATE, ClusterFacts(), CreationFacts()) == PathFacts()
    assert aws.calls == []
