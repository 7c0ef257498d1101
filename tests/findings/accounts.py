"""Accounts in which every finding comes about: in a large one most of them, by what is asked of it or happens to it.

Two connections are READY in the large one, `orders` and `made`, whose cluster a run created. The cluster that a request
names decides which finding comes: those that are alike in all else stand beside each other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from os import getpid
from typing import Any, Final

from private_connection.naming import access_role
from sandbox.account import Account
from sandbox.scenarios.forks import Holder
from sandbox.world import World
from tests.before_forks import prepare, warmed
from tests.deployments import extending
from tests.faults.drifts import FIRST, WORLD
from tests.faults.grounds import QUICK, opened

Json = dict[str, Any]
MADE: Final[Json] = {"connection": "made", "workspaceId": "workspace-1", "cluster": {"id": "made", "create": {}}}
RULES: Final = 60
"""Inbound rules that a security group may have (VPC User Guide, "Amazon VPC quotas")."""
TAGS: Final = 50
"""Tags that a resource may have (EC2 User Guide, "Tag restrictions")."""
NEEDED: Final = ("ec2:AcceptVpcEndpointConnections", "ec2:DescribeVpcEndpointServices", "elasticache:*")
PRINCIPAL: Final[Json] = {"AWS": "arn:aws:iam::794031221915:root"}


def policy(*actions: str, effect: str = "Allow") -> Json:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]}


# ------------------------------------------------------------------ the network

SECOND: Final[Json] = {
    "id": "vpc-2",
    "cidr": "10.0.0.0/16",
    "subnets": [
        {"id": "subnet-large", "cidr": "10.0.1.0/24", "zone": "us-east-1a"},
        {"id": "subnet-full", "cidr": "10.0.0.0/28", "zone": "us-east-1a"},
        {"id": "subnet-free", "cidr": "10.0.0.16/28", "zone": "us-east-1a"},
        {"id": "subnet-6", "ipv6Cidr": "2600:1f14:0:1::/64", "zone": "us-east-1c"},
        {"id": "subnet-both", "cidr": "10.0.3.0/24", "ipv6Cidr": "2600:1f14::/64", "zone": "us-east-1c"},
        {"id": "subnet-bos", "cidr": "10.0.2.0/24", "zone": "us-east-1-bos-1a"},
        {"id": "subnet-outpost", "cidr": "10.0.4.0/24", "zone": "us-east-1a", "outpost": "op-0123456789abcdef0"},
    ],
}
DEFAULT: Final[Json] = {
    "id": "vpc-default",
    "default": True,
    "subnets": [
        {"id": f"subnet-{letter}", "cidr": f"172.31.{number}.0/20", "zone": f"us-east-1{letter}"}
        for letter, number in (("a", 0), ("b", 16), ("c", 32))
    ],
}


def rules(number: int) -> list[Json]:
    return [{"cidr": f"192.168.{each}.0/24", "port": 22} for each in range(number)]


def used(tags: int) -> list[Json]:
    """A rule that another connection of the cluster made, with so many tags."""
    own = {"private-connection": "other", "private-connection/created-by": "run-0", "private-connection/for/other": "r"}
    users = {f"private-connection/for/other-{number}": "r" for number in range(tags - len(own))}
    return [{"cidr": "172.31.0.0/20", "port": 6379, "tags": {**own, **users}}]


GROUPS: Final[list[Json]] = [
    {"id": "sg-full", "rules": rules(RULES)},
    {"id": "sg-nearly-full", "rules": rules(RULES - 1)},
    {"id": "sg-tags-full", "rules": used(TAGS)},
    {"id": "sg-tags-free", "rules": used(TAGS - 1)},
    {"id": "sg-listed", "rules": [{"prefixList": "pl-offices", "port": 6379}]},
    {"id": "sg-two", "vpc": "vpc-2"},
]

# ------------------------------------------------------------------ clusters


def cluster(name: str, group: str = "sg-green", subnet: str = "subnet-a", **changes: Any) -> Json:
    return {"id": name, "securityGroups": [group], "subnets": [subnet], **changes}


def sharded(name: str, shards: int, group: str = "sg-green", subnet: str = "subnet-a") -> Json:
    return cluster(name, group, subnet, mode="enabled", shards=shards, tls=True)


CLUSTERS: Final[list[Json]] = [
    cluster("alone", mode="standalone"),
    cluster("memcached", mode="standalone", engine="memcached"),
    cluster("serverless", mode="serverless"),
    cluster("failed", status="create-failed"),
    cluster("changing", status="modifying"),
    cluster("over-ipv6", "sg-two", "subnet-6", networkType="ipv6"),
    cluster("over-both", "sg-two", "subnet-both", networkType="dual_stack"),
    cluster("follower", globalDatastore="ldgnf-orders", globalRole="SECONDARY"),
    cluster("leader", globalDatastore="ldgnf-orders"),
    cluster("local", "sg-two", "subnet-bos"),
    cluster("on-outpost", "sg-two", "subnet-outpost"),
    cluster("guarded-by-default", "default"),
    cluster("rules-full", "sg-full"),
    cluster("rules-nearly-full", "sg-nearly-full"),
    cluster("tags-full", "sg-tags-full"),
    cluster("tags-free", "sg-tags-free"),
    cluster("listed", "sg-listed"),
    sharded("two-shards", 2),
    sharded("seven-shards", 7),
    sharded("crowded", 5, "sg-two", "subnet-full"),
    sharded("with-room", 2, "sg-two", "subnet-free"),
]

# ------------------------------------------------------------------ roles


def trusting(*conditions: Json) -> Json:
    """A trust policy in Ververica's account, with a statement for each condition."""
    allowing = {"Effect": "Allow", "Principal": PRINCIPAL, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{**allowing, "Condition": each} for each in conditions]}


def named(workspace: str, **further: str) -> Json:
    return trusting({"StringEquals": {"sts:ExternalId": workspace, **further}})


def large(characters: int) -> Json:
    """An inline policy that takes so much of the 10,240 characters that a role may have, and some more."""
    return {"large": policy(*(f"s3:{'x' * 96}" for _ in range(characters // 102)))}


EXTENDABLE: Final[list[Json]] = [
    {"name": "first-of-two", "trust": named("ws-two")},
    {"name": "second-of-two", "trust": named("ws-two")},
    {"name": "of-our-organization", "trust": named("ws-1", **{"aws:PrincipalOrgID": "o-corp"})},
    {"name": "of-tagged-callers", "trust": named("ws-1", **{"aws:PrincipalTag/team": "streams"})},
    {"name": "for-anyone", "trust": trusting({})},
    {"name": "for-ws-1", "trust": named("ws-1")},
    {"name": "denied", "trust": named("ws-2"), "policies": {"no": policy(NEEDED[0], effect="Deny")}},
    {"name": "narrowed", "trust": named("ws-3"), "policies": {"no": policy("elasticache:Create*", effect="Deny")}},
    {"name": "full", "trust": named("ws-4"), "policies": large(10_100)},
    {"name": "wide", "trust": named("ws-5"), "policies": {"wide": policy("elasticache:*")}},
]
AS_THEY_ARE: Final[list[Json]] = [
    {"name": "vendors", "trust": named("ws-6"), "policies": {"needed": policy(*NEEDED)}},
    {"name": "lacking", "trust": named("ws-7"), "policies": {"needed": policy(*NEEDED[1:])}},
    {"name": access_role("ws-taken"), "trusts": {"account": "111122223333"}},
]
"""Those that no run may write to."""

# ------------------------------------------------------------------ the accounts

LARGE: Final[Json] = {
    **WORLD,
    "vpcs": [DEFAULT, SECOND],
    "prefixLists": [{"id": "pl-offices", "entries": ["172.31.0.0/20"]}],
    "securityGroups": [*WORLD["securityGroups"], *GROUPS],
    "subnetGroups": [*WORLD["subnetGroups"], {"name": "private-connection-taken", "subnets": ["subnet-a"]}],
    "userGroups": [{"id": "clients"}, {"id": "changing", "status": "modifying"}, {"id": "valkeys", "engine": "valkey"}],
    "clusters": [*WORLD["clusters"], *CLUSTERS],
    "roles": [*WORLD["roles"], *EXTENDABLE, *AS_THEY_ARE],
    "policies": [{"name": "bound"}],
    "quotas": {"network-load-balancers": 10},
}
GROUP_ARNS: Final = "arn:aws:ec2:*:*:security-group/*"
UNTAGGED: Final[Json] = {"Null": {"aws:RequestTag/cost-centre": "true"}}
ORGANIZED: Final[Json] = {
    "vpcs": [SECOND],
    "latency": QUICK,
    "eventDeliveries": 0,
    "serviceControlPolicies": [
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Deny", "Action": "ec2:CreateSecurityGroup", "Resource": GROUP_ARNS, "Condition": UNTAGGED}
            ],
        }
    ],
}
"""An account of an organization, which denies what has no cost centre; and without a default VPC."""


@contextmanager
def _large() -> Iterator[Account]:
    parameters = extending("team", "others", *(each["name"] for each in EXTENDABLE))
    with opened(World.model_validate(LARGE), parameters=parameters) as account:
        for request in (FIRST, MADE):
            report = account.run("provision", request)
            if report.status != "SUCCEEDED":
                raise AssertionError(report.cause)
        prepare(account)
        yield account


@contextmanager
def _organized() -> Iterator[Account]:
    with opened(World.model_validate(ORGANIZED), parameters={"DefaultTags": "owner=us"}) as account:
        prepare(account)
        yield account


def large_account() -> Holder[Account]:
    return _held(_large, getpid())


def organized_account() -> Holder[Account]:
    return _held(_organized, getpid())


@cache
def _held(opening: Any, asking: int) -> Holder[Account]:
    del asking  # a worker inherits its parent's cache, and must not use its parent's pipes
    warmed()
    return Holder(opening)
