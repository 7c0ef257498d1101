"""Whether the cluster and the subnet group of an earlier run are what is asked for: each difference, and none."""

from dataclasses import replace
from typing import Any, Final

import pytest

from private_connection.preflight.checks.existing import check_existing
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, RefusedLook
from private_connection.request.findings import Finding
from private_connection.request.parsing import parse_request
from tests.unit.builders import (
    OURS,
    THEIRS,
    Json,
    a_member,
    a_security_group,
    a_subnet,
    a_subnet_group,
    an_existing,
    an_input,
    creating,
    facts,
)

CREATE: Final = creating()
REFUSED: Final = RefusedLook("cluster.id", "denied")
KEY_ID: Final = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY: Final = f"arn:aws:kms:us-east-1:123456789012:key/{KEY_ID}"
OWN: Final = "private-connection-redis-demo"
OWN_GROUP: Final = a_security_group("sg-1", name=OWN)
SHARDED: Final = {f"redis-demo-000{shard}-00{node}": f"000{shard}" for shard in (1, 2) for node in (1, 2)}
UNEVEN: Final = SHARDED | {"redis-demo-0002-003": "0002"}


def ours(member: Json | None = None, **changes: Any) -> Facts:
    """The cluster of an earlier run as `creating` asks for it, with one field changed."""
    members = (a_member(**{"engine_version": "7.1.0"} | (member or {})),)
    return facts(cluster=ClusterFacts(an_existing(**changes), OURS, members=members, security_groups=(OWN_GROUP,)))


def replica_goes() -> Facts:
    """A cluster of one node, of which another one is being deleted."""
    two = ("redis-demo-001", "redis-demo-002")
    stays, goes = a_member(engine_version="7.1.0"), a_member(two[1], status="deleting")
    found = ClusterFacts(
        an_existing(shards=dict.fromkeys(two, "0001")), OURS, members=(stays, goes), security_groups=(OWN_GROUP,)
    )
    return facts(cluster=found)


def grouped(*subnet_ids: str, tags: dict[str, str] = OURS, **changes: Any) -> Facts:
    """A subnet group of our name, and no cluster; the default VPC has a subnet in each of two zones."""
    both = tuple(map(a_subnet, ("us-east-1a", "us-east-1b")))
    group = a_subnet_group(OWN, *subnet_ids)
    return facts(creation=CreationFacts(own_subnet_group=group, own_subnet_group_tags=tags, subnets=both, **changes))


def in_group(*subnet_ids: str) -> Facts:
    """The cluster of an earlier run in its subnet group."""
    found = ClusterFacts(an_existing(), OURS, members=(a_member(),))
    return facts(cluster=found, creation=grouped(*subnet_ids).creation)


def theirs_in_group(*subnet_ids: str) -> Facts:
    """Another connection's cluster in its subnet group."""
    return replace(in_group(*subnet_ids), cluster=ClusterFacts(an_existing(), THEIRS, members=(a_member(),)))


def unread(**known: Any) -> Facts:
    return facts(cluster=ClusterFacts(an_existing(), OURS, **known))


def elsewhere() -> Facts:
    found = ClusterFacts(an_existing(), OURS, members=(a_member(subnet_group="caches"),))
    return facts(cluster=found, creation=grouped("subnet-x").creation)


TWO: Final = {"redis-demo-0001-001": "0001", "redis-demo-0002-001": "0002"}
GROUPS: Final[Json] = {"security_group_ids": ("sg-1", "sg-2")}
BOTH: Final = ("subnet-us-east-1a", "subnet-us-east-1b")
RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("CLUSTER_DIFFERS", "cluster.create.engine", CREATE, ours(engine="valkey")),
    ("CLUSTER_DIFFERS", "cluster.create.engineVersion", creating(engineVersion="7.2"), ours()),
    ("CLUSTER_DIFFERS", "cluster.create.engineVersion", creating(engineVersion="6.x"), ours()),
    ("CLUSTER_DIFFERS", "cluster.create.nodeType", CREATE, ours(node_type="cache.r7g.large")),
    ("CLUSTER_DIFFERS", "cluster.create.clusterMode", CREATE, ours(cluster_mode=True)),
    ("CLUSTER_DIFFERS", "cluster.create.shards", creating(clusterMode="enabled"), ours(cluster_mode=True, shards=TWO)),
    ("CLUSTER_DIFFERS", "cluster.create.replicasPerShard", creating(replicasPerShard=2), ours()),
    ("CLUSTER_DIFFERS", "cluster.create.replicasPerShard", creating(replicasPerShard=1), replica_goes()),
    ("CLUSTER_DIFFERS", "cluster.create.port", CREATE, ours(port=7000)),
    ("CLUSTER_DIFFERS", "cluster.create.transitEncryption", CREATE, ours(transit_encryption=False)),
    ("CLUSTER_DIFFERS", "cluster.create.atRestEncryption", CREATE, ours(at_rest_encryption=False)),
    ("CLUSTER_DIFFERS", "cluster.create.kmsKeyId", CREATE, ours(kms_key=KEY)),
    *(("CLUSTER_DIFFERS", "cluster.create.kmsKeyId", creating(kmsKeyId=key), ours()) for key in (KEY, "alias/caches")),
    ("CLUSTER_DIFFERS", "cluster.create.kmsKeyId", creating(kmsKeyId=KEY_ID.replace("1", "2")), ours(kms_key=KEY)),
    ("CLUSTER_DIFFERS", "cluster.create.userGroupIds", CREATE, ours(user_groups=("clients",))),
    ("CLUSTER_DIFFERS", "cluster.create.userGroupIds", creating(userGroupIds=["clients"]), ours()),
    ("CLUSTER_DIFFERS", "cluster.create.snapshotRetentionDays", CREATE, ours(snapshot_retention_days=7)),
    ("CLUSTER_DIFFERS", "cluster.create.subnetGroup", creating(subnetGroup="caches"), ours()),
    ("CLUSTER_DIFFERS", "cluster.create.subnetGroup", CREATE, ours({"subnet_group": "caches"})),
    ("CLUSTER_DIFFERS", "cluster.create.securityGroupIds", creating(securityGroupIds=["sg-2"]), ours()),
    ("CLUSTER_DIFFERS", "cluster.create.securityGroupIds", creating(securityGroupIds=["sg-1", "sg-2"]), ours()),
    (
        "CLUSTER_DIFFERS",
        "cluster.create.securityGroupIds",
        CREATE,
        facts(cluster=ClusterFacts(an_existing(), OURS, members=(a_member(),), security_groups=(a_security_group(),))),
    ),
    ("SUBNET_GROUP_TAKEN", "cluster.create.subnetGroup", CREATE, grouped(*BOTH, tags={})),
    ("SUBNET_GROUP_TAKEN", "cluster.create.subnetGroup", CREATE, grouped(*BOTH, tags=THEIRS)),
    ("SUBNET_GROUP_TAKEN", "cluster.create.subnetGroup", CREATE, grouped("subnet-us-east-1a", tags=THEIRS)),
    ("SUBNET_GROUP_DIFFERS", "cluster.create.subnetIds", CREATE, grouped("subnet-us-east-1a")),
    ("SUBNET_GROUP_DIFFERS", "cluster.create.subnetIds", CREATE, grouped(*BOTH, "subnet-us-east-1c")),
    ("SUBNET_GROUP_DIFFERS", "cluster.create.subnetIds", CREATE, in_group("subnet-us-east-1a")),
]
NOT_RAISED: Final[list[tuple[str, Json, Facts]]] = [
    ("a cluster to adopt", an_input(cluster={"id": "redis-demo"}), ours(port=7000)),
    ("a cluster to create", CREATE, facts()),
    ("somebody's cluster", CREATE, facts(cluster=ClusterFacts(an_existing(port=7000), THEIRS))),
    ("somebody's cluster, in other subnets", CREATE, theirs_in_group("subnet-us-east-1a")),
    ("ours as it was asked for", CREATE, ours()),
    *((f"version {wanted}", creating(engineVersion=wanted), ours()) for wanted in ("7.1", "7.0", None)),
    ("a version that was raised", creating(engineVersion="6.0"), ours({"engine_version": "6.2.6"})),
    ("shards", creating(clusterMode="enabled", shards=2, replicasPerShard=1), ours(cluster_mode=True, shards=SHARDED)),
    ("its groups by their names", creating(subnetGroup="CACHES"), ours({"subnet_group": "caches"})),
    ("its security groups in any order", creating(securityGroupIds=["sg-2", "sg-1"]), ours(GROUPS)),
    ("one more security group than ours", CREATE, ours(GROUPS)),
    *(("its key", creating(kmsKeyId=key), ours(kms_key=KEY)) for key in (KEY, KEY_ID, "alias/caches")),
    ("its user group", creating(userGroupIds=["Clients"]), ours(user_groups=("clients",))),
    ("no user group shown yet", creating(userGroupIds=["clients"]), ours(status="creating")),
    ("its days of backups", creating(snapshotRetentionDays=7), ours(snapshot_retention_days=7)),
    ("no days of backups shown", creating(snapshotRetentionDays=7), ours(snapshot_retention_days=None)),
    ("no port yet", creating(port=7000), ours(port=None)),
    ("no node type shown", CREATE, ours(node_type="")),
    ("a replica that is being deleted", CREATE, replica_goes()),
    ("no members yet", creating(replicasPerShard=2), ours(shards={})),
    ("nodes that could not be read", creating(subnetGroup="caches"), unread(members=REFUSED)),
    ("groups that could not be read", CREATE, unread(members=(a_member(),), security_groups=REFUSED)),
    ("our subnet group", CREATE, grouped(*BOTH)),
    ("our subnet group of the cluster", CREATE, in_group(*BOTH)),
    ("our subnet group, not the cluster's", creating(subnetGroup="caches"), elsewhere()),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED, ids=[f"{row[0]}-{row[1]}" for row in RAISED])
def test_a_difference_is_a_finding(code: str, field: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in checked(document, found)] == [(code, field)]


@pytest.mark.parametrize(("what", "document", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_what_is_as_asked_for_or_not_known_is_no_finding(what: str, document: Json, found: Facts) -> None:
    assert checked(document, found) == []


def checked(document: Json, found: Facts) -> list[Finding]:
    return list(check_existing(parse_request(document), found))


def test_every_difference_is_a_finding_of_its_own() -> None:
    found = checked(CREATE, ours(engine="valkey", port=7000))
    assert [each.field for each in found] == ["cluster.create.engine", "cluster.create.port"]
    assert "an existing cluster is never modified" in found[0].expected


def test_shards_of_different_sizes_are_shown_as_they_are() -> None:
    document = creating(clusterMode="enabled", shards=2, replicasPerShard=1)
    (found,) = checked(document, ours(cluster_mode=True, shards=UNEVEN))
    assert (found.found, found.expected[:6]) == ("1", "[1, 2]")


def test_the_subnets_of_both_sides_are_named() -> None:
    (found,) = checked(CREATE, grouped("subnet-us-east-1a"))
    assert found.found.startswith("subnet-us-east-1a, subnet-us-east-1b of vpc-1, all of the default VPC")
    assert found.expected.startswith(f"subnet-us-east-1a of vpc-1, which subnet group {OWN} of an earlier run has")
    assert f'cluster.create.subnetGroup "{OWN}"' in found.remedy
