"""The inventory: all resources of a connection, by kind, each with the run that made it.

They are found by tags, deterministic names and trust policies. No record of them is kept that could be out of date, so
the inventory also holds what a run left behind that ended half way. It also holds what carries the connection's name
and lacks the other mark: that is not ours, and has a note that says so. Each kind is looked up on its own: if AWS
refuses one lookup, the other kinds are still listed, and ``unseen`` names those that are not.

The load balancers are listed first, because other kinds are known by them: an endpoint service that lost its tags by
the load balancer that it is on, a cluster by the tag that names it there, and who else uses that cluster.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from private_connection.access.grants import list_grants
from private_connection.access.roles import lacking_marks
from private_connection.cluster.replication_groups import list_replication_groups
from private_connection.cluster.rules import list_rules
from private_connection.cluster.security_groups import list_security_groups
from private_connection.cluster.subnet_groups import list_subnet_groups
from private_connection.errors import StepError
from private_connection.excess import list_excess, list_path_tags, list_strangers, list_tags
from private_connection.naming import access_policy, load_balancer_name
from private_connection.ownership import (
    CLUSTER,
    CONNECTION,
    CREATED_BY,
    NODE,
    has_name,
    lacking,
    use_tag,
    why_foreign,
)
from private_connection.paths.endpoint_connections import CONNECTING, EndpointConnection, find_connections
from private_connection.paths.endpoint_services import list_endpoint_services
from private_connection.paths.load_balancers import list_load_balancers
from private_connection.paths.target_groups import list_target_groups
from private_connection.settings import settings
from private_connection.things import Kind, Search, Thing, key, thing_of


@dataclass(frozen=True, slots=True)
class Inventory:
    """The resources of a connection, as far as AWS listed them."""

    things: list[Thing]
    failures: list[StepError]
    """The errors of the lookups that failed."""
    unseen: list[Kind]
    """The kinds that those lookups were to list."""
    clusters: list[str]
    """The ids of the clusters that something of the connection names, ours or adopted."""
    cluster_users: list[str]
    """Other connections that use the connection's cluster."""
    connections: Sequence[EndpointConnection] = ()
    """The endpoints at the services among the things."""
    endpoints_seen: bool = True
    """Whether EC2 listed these."""
    users_unknown: str | None = None
    """Why it is not known who else uses the cluster; null if it is."""


def find_inventory(search: Search) -> Inventory:
    """All resources of the connection, whichever run made them."""
    things, failures, unseen = list[Thing](), list[StepError](), list[Kind]()
    try:
        search = replace(search, balancers=list_load_balancers())
    except StepError as error:
        failures.append(error)
        unseen.append("loadBalancer")
    for kinds, look in LOOKS.items():
        try:
            things += look(search)
        except StepError as error:
            failures.append(error)
            unseen += kinds
    try:
        connections, endpoints_seen = _connections(things), True
    except StepError as error:
        failures.append(error)
        connections, endpoints_seen = (), False
    connecting = {("endpointService", each.service_id) for each in connections if each.state == CONNECTING}
    things = [thing.model_copy(update={"busy": True}) if key(thing) in connecting else thing for thing in things]
    own = {thing.id for thing in things if thing.kind == "replicationGroup"}
    clusters, users = sorted(search.named_clusters | own), _cluster_users(search, own)
    return Inventory(things, failures, unseen, clusters, users, connections, endpoints_seen)


def _endpoint_services(search: Search) -> Iterator[Thing]:
    """The services that carry the connection's name, and whatever is on a load balancer that has both our marks.

    Who is connected to one of the latter is connected, and it keeps the load balancer; but where it lacks one of our
    marks we may not change it.
    """
    carriers = {each.arn for each in search.own_balancers}
    for each in list_endpoint_services():
        if has_name(each.tags, search.connection) or carriers.intersection(each.load_balancer_arns):
            balancer = next(map(load_balancer_name, each.load_balancer_arns), None)
            note = why_foreign(each.tags, search.connection)
            yield thing_of(
                "endpointService", each.id, each.id, each.tags, busy=each.is_deleting, within=balancer, note=note
            )


def _load_balancers(search: Search) -> Iterator[Thing]:
    for each in search.named_balancers:
        yield thing_of("loadBalancer", each.arn, each.name, each.tags, cluster=each.tags.get(CLUSTER))


def _target_groups(search: Search) -> Iterator[Thing]:
    others = {each.arn for each in search.balancers} - {each.arn for each in search.own_balancers}
    for each in list_target_groups(search.connection):
        balancer = next(map(load_balancer_name, each.load_balancer_arns), None)
        held = others.intersection(each.load_balancer_arns)
        note = f"load balancer {balancer} forwards to it and does not carry our tags" if held else None
        note = why_foreign(each.tags, search.connection) or note
        node = each.tags.get(NODE)
        yield thing_of("targetGroup", each.arn, each.name, each.tags, within=balancer, node=node, note=note)


def _rules(search: Search) -> Iterator[Thing]:
    use = use_tag(search.connection)
    for rule in list_rules(search.connection):
        note = lacking(rule.tags, CONNECTION, CREATED_BY, use)
        maker, cluster = {CREATED_BY: rule.tags.get(use, "")}, rule.tags.get(CLUSTER)
        thing = thing_of("securityGroupRule", rule.id, rule.id, maker, within=rule.group_id, cluster=cluster, note=note)
        yield thing.model_copy(update={"told": rule.called})


def _access(search: Search) -> Iterator[Thing]:
    policy = access_policy(settings().region, search.connection)
    for each in list_grants(search.connection):
        name, foreign = each.role.name, ", ".join(each.foreign_policies)
        if each.leaves_marks:
            id_ = f"{name}/{policy}"
            yield Thing(kind="rolePolicy", id=id_, name=id_, created_by=None, marks=each.marks, within=name)
        if each.is_removable or each.is_foreign:
            note = f"it carries policies that are not ours: {foreign}" if foreign else lacking_marks(each.role)
            yield thing_of("role", name, name, {CREATED_BY: each.maker}, note=note)


def _replication_groups(search: Search) -> Iterator[Thing]:
    known = {
        each.id: {CONNECTION: search.connection} | ({CREATED_BY: each.created_by} if each.created_by else {})
        for each in search.known
        if each.kind == "replicationGroup"
    }
    found = list_replication_groups(search.connection, search.named_clusters, known, thorough=search.thorough)
    for group, tags in found:
        busy = group.status not in ("available", "create-failed")
        yield thing_of("replicationGroup", group.id, group.id, tags, busy=busy)


def _subnet_groups(search: Search) -> Iterator[Thing]:
    for group, tags in list_subnet_groups(search.connection):
        yield thing_of("cacheSubnetGroup", group.name, group.name, tags)


def _security_groups(search: Search) -> Iterator[Thing]:
    for each in list_security_groups(search.connection):
        yield thing_of("securityGroup", each.id, f"{each.name}/{each.id}", each.tags)


LOOKS: dict[tuple[Kind, ...], Callable[[Search], Iterator[Thing]]] = {
    ("endpointService",): _endpoint_services,
    ("loadBalancer",): _load_balancers,
    ("targetGroup",): _target_groups,
    ("securityGroupRule",): _rules,
    ("rolePolicy", "role"): _access,
    ("replicationGroup",): _replication_groups,
    ("cacheSubnetGroup",): _subnet_groups,
    ("securityGroup",): _security_groups,
    ("principals",): list_strangers,
    ("access",): list_excess,
    ("pathTags",): list_path_tags,
    ("tags",): list_tags,
}


def _connections(things: Sequence[Thing]) -> tuple[EndpointConnection, ...]:
    """The endpoints at the services, as EC2 neither deletes one at which an endpoint is coming up, nor rejects that."""
    return tuple(find_connections([thing.id for thing in things if thing.kind == "endpointService" and not thing.busy]))


def _cluster_users(search: Search, clusters: Collection[str]) -> list[str]:
    """Other connections with a load balancer that names one of these clusters."""
    tagged = [each.tags for each in search.balancers if each.tags.get(CLUSTER) in clusters]
    return sorted({tags[CONNECTION] for tags in tagged if tags.get(CONNECTION, search.connection) != search.connection})
