"""Whether a cluster redirects its clients to the private addresses of its nodes, which Ververica cannot reach."""

from collections.abc import Iterator

from private_connection.cluster.parameters import ENDPOINT_TYPE
from private_connection.ownership import is_ours
from private_connection.preflight.facts import ClusterFacts, Facts, known
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest, CreateCluster

EXPECTED = f"encryption in transit, with which it redirects to host names (parameter {ENDPOINT_TYPE})"


def check_redirects(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    create, found = request.cluster.create, facts.cluster.found
    if create is not None and (found is None or not is_ours(facts.cluster.tags, request.connection)):
        yield from _of_creation(create)
    elif found is not None and found.cluster_mode and found.group is None:
        yield from _of_cluster(facts.cluster, found.transit_encryption, found.takes_plain_clients)


def _of_creation(create: CreateCluster) -> Iterator[Finding]:
    if create.cluster_mode == "enabled" and not create.transit_encryption:
        yield _unencrypted("cluster.create.transitEncryption")


def _of_cluster(facts: ClusterFacts, encrypted: bool, takes_plain_clients: bool) -> Iterator[Finding]:
    if not encrypted:
        yield _unencrypted("cluster.id")
    elif known(facts.endpoint_type, None) == "ip":
        remedy = f"set {ENDPOINT_TYPE} to tls-dynamic in the cluster's parameter group"
        yield _redirecting("cluster.id", f"whose parameter {ENDPOINT_TYPE} is ip", "all clients", remedy)
    elif takes_plain_clients:
        remedy = "let clients connect with TLS, and set the cluster's TransitEncryptionMode to required"
        yield _redirecting("cluster.id", "that takes clients without TLS too", "those without TLS", remedy)


def _unencrypted(field: str) -> Finding:
    remedy = "turn encryption in transit on, or connect a client that does not follow redirections"
    return _redirecting(field, "without encryption in transit", "all clients", remedy)


def _redirecting(field: str, how: str, whom: str, remedy: str) -> Finding:
    where = "the private IP addresses of its nodes, which Ververica cannot reach"
    found = f"a cluster in cluster mode {how}: it redirects {whom} to {where}"
    return finding("REDIRECTS_TO_ADDRESSES", field, found, EXPECTED, remedy)
