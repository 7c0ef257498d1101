"""Whether a cluster can be created in the network that is named: each finding, and what is near it and none."""

from dataclasses import replace
from typing import Final

import pytest

from private_connection.preflight.checks.network import check_network
from private_connection.preflight.facts import CreationFacts, RefusedLook
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json, a_security_group, a_subnet, a_subnet_group, creating, facts

SUBNET, GROUP = a_subnet("us-east-1a"), a_security_group()
OTHER_VPC = replace(a_subnet("us-east-1b"), vpc_id="vpc-2")
SUBNETS, GROUPS = "cluster.create.subnetIds", "cluster.create.securityGroupIds"
REFUSED = RefusedLook(GROUPS, "denied")
NAMED: Final[Json] = {"subnetIds": [SUBNET.id]}
GUARDED: Final[Json] = {"securityGroupIds": [GROUP.id]}
Row = tuple[str, Json, CreationFacts]
RAISED: Final[list[tuple[str, str, Json, CreationFacts]]] = [
    ("NO_DEFAULT_VPC", SUBNETS, {}, CreationFacts()),
    ("SUBNET_ABSENT", SUBNETS, NAMED, CreationFacts()),
    ("SUBNET_ABSENT", SUBNETS, {"subnetIds": [SUBNET.id, "subnet-none"]}, CreationFacts(subnets=(SUBNET,))),
    (
        "SUBNETS_OF_SEVERAL_VPCS",
        SUBNETS,
        {"subnetIds": [SUBNET.id, OTHER_VPC.id]},
        CreationFacts(subnets=(SUBNET, OTHER_VPC)),
    ),
    ("SUBNET_WITHOUT_IPV4", SUBNETS, NAMED, CreationFacts(subnets=(replace(SUBNET, cidr=None),))),
    (
        "SUBNET_WITHOUT_IPV4",
        SUBNETS,
        {"subnetGroup": "caches"},
        CreationFacts(subnet_group=a_subnet_group(), subnets=(SUBNET, a_subnet("us-east-1b", cidr=None))),
    ),
    ("SUBNET_GROUP_ABSENT", "cluster.create.subnetGroup", {"subnetGroup": "caches"}, CreationFacts()),
    ("SECURITY_GROUP_ABSENT", GROUPS, GUARDED, CreationFacts(subnets=(SUBNET,))),
    (
        "SECURITY_GROUP_OF_ANOTHER_VPC",
        GROUPS,
        GUARDED,
        CreationFacts(subnets=(SUBNET,), security_groups=(replace(GROUP, vpc_id="vpc-2"),)),
    ),
]
NOT_RAISED: Final[list[Row]] = [
    ("the default VPC's subnets", {}, CreationFacts(subnets=(SUBNET,))),
    ("subnets that exist", NAMED, CreationFacts(subnets=(SUBNET,))),
    ("a subnet named twice", {"subnetIds": [SUBNET.id, SUBNET.id]}, CreationFacts(subnets=(SUBNET,))),
    (
        "a subnet group that exists, without subnets that are",
        {"subnetGroup": "caches"},
        CreationFacts(subnet_group=a_subnet_group()),
    ),
    ("a group of the VPC", GUARDED, CreationFacts(subnets=(SUBNET,), security_groups=(GROUP,))),
    ("groups that could not be read", GUARDED, CreationFacts(subnets=(SUBNET,), security_groups=REFUSED)),
]


@pytest.mark.parametrize(("code", "field", "create", "creation"), RAISED, ids=[row[0] for row in RAISED])
def test_a_finding_on_the_network(code: str, field: str, create: Json, creation: CreationFacts) -> None:
    found = list(check_network(parse_request(creating(**create)), facts(creation=creation)))
    assert [(each.code, each.field) for each in found] == [(code, field)]


@pytest.mark.parametrize(("what", "create", "creation"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_no_finding_on_the_network(what: str, create: Json, creation: CreationFacts) -> None:
    assert list(check_network(parse_request(creating(**create)), facts(creation=creation))) == []


def test_without_subnets_a_group_is_of_no_wrong_vpc() -> None:
    found = check_network(parse_request(creating(**GUARDED)), facts(creation=CreationFacts(security_groups=(GROUP,))))
    assert [each.code for each in found] == ["NO_DEFAULT_VPC"]
