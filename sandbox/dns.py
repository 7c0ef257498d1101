"""Name resolution inside the sandbox: the names of cache nodes and load balancers resolve to private addresses.

ElastiCache's names are ordinary public records, so a function outside the VPC can look them up ("Finding connection
endpoints", ElastiCache user guide). A name under amazonaws.com that no resource of the account has does not
exist; every other name goes to the real resolver.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from sandbox.conditions import Conditions
from sandbox.services import settle
from sandbox.services.common import backend, live_regions
from sandbox.services.elasticache.models import ReplicationGroup
from sandbox.services.elasticache.state import State
from sandbox.services.elbv2.state import timeline

SUFFIX = ".amazonaws.com"
Resolver = Callable[..., Any]


def addresses(name: str, conditions: Conditions) -> list[str]:
    """The private addresses behind a name of this account, none if it has no such name."""
    wanted = name.rstrip(".").lower()
    for region in live_regions("ec2"):
        settle(region, conditions)
        found = dict(_records(region, conditions.now())).get(wanted)
        if found:
            return found
    return []


def _records(region: str, now: float) -> Iterator[tuple[str, list[str]]]:
    state = State(region)
    for cluster, node in state.nodes():
        if node.interface_id:
            yield cluster.endpoint(node).lower(), [node.address]
    for group in state.groups.values():
        if group.life.has_nodes(now):
            yield from _group_records(group)
    elbv2, enis = backend("elbv2", region), backend("ec2", region).enis
    for arn, life in timeline(elbv2).balancers.items():
        found = [enis[interface_id].private_ip_address for interface_id in life.interfaces.values()]
        yield elbv2.load_balancers[arn].dns_name.lower(), found


def _group_records(group: ReplicationGroup) -> Iterator[tuple[str, list[str]]]:
    by_role: dict[str | None, list[str]] = {}
    for member in group.members.values():
        by_role.setdefault(member.role, []).extend(node.address for node in member.nodes if node.interface_id)
    primaries, replicas = by_role.get("primary", []), by_role.get("replica", [])
    if group.settings.cluster_enabled:
        yield group.endpoint("configuration").lower(), primaries + replicas
    else:
        yield group.endpoint("primary").lower(), primaries
        yield group.endpoint("reader").lower(), replicas or primaries


@contextmanager
def install(conditions: Conditions) -> Iterator[None]:
    """While entered, `socket.getaddrinfo` and `socket.gethostbyname` resolve the account's names."""
    original = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(host, str) or not host.rstrip(".").lower().endswith(SUFFIX):
            return original(host, *args, **options)
        found = addresses(host, conditions)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [each for address in found for each in original(address, *args, **options)]

    def gethostbyname(host: str) -> str:
        answer: str = getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
        return answer

    with (
        mock.patch.object(socket, "getaddrinfo", getaddrinfo),
        mock.patch.object(socket, "gethostbyname", gethostbyname),
    ):
        yield
