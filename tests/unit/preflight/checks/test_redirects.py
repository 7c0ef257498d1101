"""Whether a cluster redirects its clients to addresses: each way in which it does, and those in which it does not."""

from typing import Any, Final

import pytest

from private_connection.preflight.checks.redirects import check_redirects
from private_connection.preflight.facts import ClusterFacts, Facts, RefusedLook
from private_connection.request.findings import Finding
from private_connection.request.parsing import parse_request
from tests.unit.builders import OURS, THEIRS, Json, an_existing, an_input, creating, facts

ADOPT: Final = an_input(cluster={"id": "redis-demo"})
SHARDED: Final = creating(clusterMode="enabled")
PLAIN: Final = creating(clusterMode="enabled", transitEncryption=False)
CREATED: Final = "cluster.create.transitEncryption"


def sharded(endpoint_type: str | RefusedLook | None = None, tags: dict[str, str] = THEIRS, **changes: Any) -> Facts:
    """A cluster in cluster mode with encryption, with one field changed."""
    cluster = an_existing(**{"cluster_mode": True} | changes)
    return facts(cluster=ClusterFacts(cluster, tags, endpoint_type=endpoint_type))


RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("REDIRECTS_TO_ADDRESSES", "cluster.id", ADOPT, sharded(transit_encryption=False)),
    ("REDIRECTS_TO_ADDRESSES", "cluster.id", ADOPT, sharded("ip")),
    ("REDIRECTS_TO_ADDRESSES", "cluster.id", ADOPT, sharded(takes_plain_clients=True)),
    ("REDIRECTS_TO_ADDRESSES", "cluster.id", SHARDED, sharded("ip", tags=OURS)),
    ("REDIRECTS_TO_ADDRESSES", CREATED, PLAIN, facts()),
]
NOT_RAISED: Final[list[tuple[str, Json, Facts]]] = [
    ("shards with encryption", ADOPT, sharded()),
    ("the default endpoint type", ADOPT, sharded("tls-dynamic")),
    ("an endpoint type that could not be read", ADOPT, sharded(RefusedLook("cluster.id", "denied"))),
    ("no shards", ADOPT, sharded("ip", cluster_mode=False, transit_encryption=False, takes_plain_clients=True)),
    ("a node of a cluster", ADOPT, sharded(group="redis-demo", transit_encryption=False)),
    ("no cluster", ADOPT, facts()),
    ("shards to create", SHARDED, facts()),
    ("no shards to create", creating(transitEncryption=False), facts()),
    ("ours with encryption", SHARDED, sharded(tags=OURS)),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED)
def test_a_cluster_that_redirects_to_addresses(code: str, field: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in checked(document, found)] == [(code, field)]


@pytest.mark.parametrize(("what", "document", "found"), NOT_RAISED, ids=[row[0] for row in NOT_RAISED])
def test_a_cluster_that_does_not(what: str, document: Json, found: Facts) -> None:
    assert checked(document, found) == []


def checked(document: Json, found: Facts) -> list[Finding]:
    return list(check_redirects(parse_request(document), found))


def test_the_finding_says_whom_it_redirects_and_what_to_change() -> None:
    by_type, by_mode = (checked(ADOPT, each)[0] for each in (sharded("ip"), sharded(takes_plain_clients=True)))
    assert "all clients" in by_type.found
    assert by_type.remedy == "set cluster-preferred-endpoint-type to tls-dynamic in the cluster's parameter group"
    assert "those without TLS" in by_mode.found
    assert "TransitEncryptionMode to required" in by_mode.remedy
