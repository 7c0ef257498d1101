"""The inventory: all resources of a connection, by kind, each with the execution that made it.

They are found by tags, deterministic names and trust policies. No record of them is kept that could be out of date, so
the inventory also holds what a run left behind that ended half way. Each kind is looked up on its own: if AWS refuses
one lookup, the other kinds are still listed, and ``unseen`` names those that are not.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from private_connection.access.grants import list_grants
from private_connection.cluster.replication_groups import list_replication_groups
from private_connection.cluster.rules import list_rules
from private_connection.cluster.security_groups import list_security_groups
from private_connection.cluster.subnet_groups import list_subnet_groups
from private_connection.contracts import Contract
from private_connection.errors import StepError
from private_connection.naming import access_policy, load_balancer_name
from private_connection.ownership import CLUSTER, CONNECTION, CREATED_BY, Tags
from private_connection.paths.endpoint_connections import find_connecting
from private_connection.paths.endpoint_services import list_endpoint_services
from private_connection.paths.load_balancers import list_all_load_balancers, list_load_balancers
from private_connection.paths.target_groups import list_target_groups
from private_connection.settings import settings

Kind = Literal[
    "endpointService",
    "loadBalancer",
    "targetGroup",
    "securityGroupRule",
    "rolePolicy",
    "role",
    "replicationGroup",
    "cacheSubnetGroup",
    "securityGroup",
]


class Thing(Contract):
    """A resource of a connection, as it was when it was looked up."""

    kind: Kind
    id: str
    """What AWS's calls take: an ARN, an id or a name."""
    name: str
    created_by: str | None
    """The execution that made it; null where AWS keeps no tags."""
    busy: bool = False
    """It is being created, changed or deleted: AWS would refuse to delete it now."""
    within: str | None = None
    """What holds it: a rule's group, a policy's role; for a target group or a service, its load balancer's name."""
    note: str | None = None
    """Why teardown keeps it, whatever the request says; null if it may be removed."""
    tried: int = 0
    """How often it could not be removed."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The resources of a connection, as far as AWS listed them."""

    things: list[Thing]
    failures: list[StepError]
    """The errors of the lookups that failed."""
    unseen: list[Kind]
    """The kinds that those lookups were to list."""
    cluster_users: list[str]
    """Other connections that use the connection's cluster."""


def find_inventory(connection: str) -> Inventory:
    """All resources of the connection, whichever execution made them."""
    things: list[Thing] = []
    failures: list[StepError] = []
    unseen: list[Kind] = []
    for kinds, look in LOOKS.items():
        try:
            things += look(connection)
        except StepError as error:
            failures.append(error)
            unseen += kinds
    connecting = _connecting(things, failures)
    things = [thing.model_copy(update={"busy": True}) if thing.id in connecting else thing for thing in things]
    clusters = {thing.name for thing in things if thing.kind == "replicationGroup"}
    users = _cluster_users(connection, clusters, failures) if clusters else []
    return Inventory(things, failures, unseen, users)


def _endpoint_services(connection: str) -> Iterator[Thing]:
    for each in list_endpoint_services(connection):
        balancer = next(map(load_balancer_name, each.load_balancer_arns), None)
        busy = each.is_deleting
        yield _thing("endpointService", each.id, each.id, each.tags, busy=busy, within=balancer)


def _load_balancers(connection: str) -> Iterator[Thing]:
    return (_thing("loadBalancer", each.arn, each.name, each.tags) for each in list_load_balancers(connection))


def _target_groups(connection: str) -> Iterator[Thing]:
    for each in list_target_groups(connection):
        balancer = next(map(load_balancer_name, each.load_balancer_arns), None)
        yield _thing("targetGroup", each.arn, each.name, each.tags, within=balancer)


def _rules(connection: str) -> Iterator[Thing]:
    for rule_id, group_id, maker in list_rules(connection):
        yield _thing("securityGroupRule", rule_id, rule_id, {CREATED_BY: maker}, within=group_id)


def _access(connection: str) -> Iterator[Thing]:
    policy = access_policy(settings().region, connection)
    for each in list_grants(connection):
        name, foreign = each.role.name, ", ".join(each.foreign_policies)
        if each.leaves_marks:
            yield _thing("rolePolicy", f"{name}/{policy}", policy, {}, within=name)
        if each.is_removable:
            note = f"it carries policies that are not ours: {foreign}" if foreign else None
            yield _thing("role", name, name, each.role.tags, note=note)


def _replication_groups(connection: str) -> Iterator[Thing]:
    for group, tags in list_replication_groups(connection):
        busy = group.status not in ("available", "create-failed")
        yield _thing("replicationGroup", group.id, group.id, tags, busy=busy)


def _subnet_groups(connection: str) -> Iterator[Thing]:
    return (_thing("cacheSubnetGroup", group.name, group.name, tags) for group, tags in list_subnet_groups(connection))


def _security_groups(connection: str) -> Iterator[Thing]:
    return (_thing("securityGroup", each.id, each.name, each.tags) for each in list_security_groups(connection))


def _thing(
    kind: Kind,
    id_: str,
    name: str,
    tags: Tags,
    *,
    busy: bool = False,
    within: str | None = None,
    note: str | None = None,
) -> Thing:
    created_by = tags.get(CREATED_BY)
    return Thing(kind=kind, id=id_, name=name, created_by=created_by, busy=busy, within=within, note=note)


LOOKS: dict[tuple[Kind, ...], Callable[[str], Iterator[Thing]]] = {
    ("endpointService",): _endpoint_services,
    ("loadBalancer",): _load_balancers,
    ("targetGroup",): _target_groups,
    ("securityGroupRule",): _rules,
    ("rolePolicy", "role"): _access,
    ("replicationGroup",): _replication_groups,
    ("cacheSubnetGroup",): _subnet_groups,
    ("securityGroup",): _security_groups,
}


def _connecting(things: Sequence[Thing], failures: list[StepError]) -> set[str]:
    """The services at which an endpoint is coming up: EC2 does not delete those, nor need it reject the endpoint."""
    services = [thing.id for thing in things if thing.kind == "endpointService" and not thing.busy]
    try:
        return find_connecting(services)
    except StepError as error:
        failures.append(error)
        return set()


def _cluster_users(connection: str, clusters: set[str], failures: list[StepError]) -> list[str]:
    """Other connections with a load balancer that names one of these clusters."""
    try:
        tagged = [each.tags for each in list_all_load_balancers() if each.tags.get(CLUSTER) in clusters]
    except StepError as error:
        failures.append(error)
        return []
    return sorted({tags[CONNECTION] for tags in tagged if tags.get(CONNECTION, connection) != connection})
