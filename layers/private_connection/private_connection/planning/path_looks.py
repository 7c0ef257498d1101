"""Looks at the paths of some nodes: what each consists of now, as the steps that make paths would find it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from private_connection.contracts import Owner
from private_connection.errors import doing
from private_connection.naming import node_resource
from private_connection.ownership import Tags, require_ours
from private_connection.paths.endpoint_services import EndpointService, list_endpoint_services, require_not_failed
from private_connection.paths.listeners import Listener, find_listener
from private_connection.paths.load_balancer_descriptions import LoadBalancer, all_load_balancers
from private_connection.paths.load_balancer_tags import list_tags
from private_connection.paths.offers import find_principals
from private_connection.paths.target_group_attributes import find_attributes
from private_connection.paths.target_groups import TargetGroup, all_target_groups
from private_connection.paths.targets import target_states
from private_connection.planning.nodes import PlannedNode


@dataclass(frozen=True, slots=True)
class Path:
    """What there is of the path to a node."""

    balancer: LoadBalancer | None = None
    group: TargetGroup | None = None
    listener: Listener | None = None
    service: EndpointService | None = None
    tags: Mapping[str, Tags] = field(default_factory=dict)
    """Of load balancer, target group and listener, by ARN."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Of the target group."""
    states: Mapping[str, str] = field(default_factory=dict)
    """What is registered in the target group, with its state."""
    principals: frozenset[str] = frozenset()
    """Whom the service is offered to."""

    def tags_of(self, arn: str) -> Tags:
        return self.tags.get(arn, {})


def path_name(connection: str, node: PlannedNode) -> str:
    """The name of a node's load balancer, which its target group has too."""
    return node_resource(connection, node.node, node.vpc_id, node.port)


def find_paths(owner: Owner, nodes: Sequence[PlannedNode]) -> dict[str, Path]:
    """The paths of these nodes, by node. Costs at most four calls for each node, and a few for all together.

    Raises `NotOurs` for what is where ours would be and is not, as the steps do.
    """
    names = {each.node: path_name(owner.connection, each) for each in nodes}
    balancers = {each.name: each for each in all_load_balancers() if each.name in names.values()}
    groups = {each.name: each for each in all_target_groups() if each.name in names.values()}
    listeners = {
        each.node: found
        for each in nodes
        if (balancer := balancers.get(names[each.node])) and (found := find_listener(balancer.arn, each.port))
    }
    tags = _tags([each.arn for part in (balancers, groups, listeners) for each in part.values()])
    services = {arn: each for each in _services() for arn in each.load_balancer_arns} if balancers else {}
    return {
        node: _path(owner, balancers.get(name), groups.get(name), listeners.get(node), services, tags)
        for node, name in names.items()
    }


def _services() -> list[EndpointService]:
    return [each for each in list_endpoint_services() if not each.is_deleting]


def _tags(arns: Sequence[str]) -> dict[str, Tags]:
    with doing("looking up tags", f"{len(arns)}"):
        return dict(list_tags(arns))


def _path(
    owner: Owner,
    balancer: LoadBalancer | None,
    group: TargetGroup | None,
    listener: Listener | None,
    services: Mapping[str, EndpointService],
    tags: Mapping[str, Tags],
) -> Path:
    for kind, each in (("load balancer", balancer), ("target group", group)):
        if each is not None:
            require_ours(kind, each.name, tags.get(each.arn, {}), owner)
    service = services.get(balancer.arn) if balancer is not None else None
    if service is not None:
        require_ours("endpoint service", service.id, service.tags, owner)
        require_not_failed(service)
    return Path(
        balancer=balancer,
        group=group,
        listener=listener,
        service=service,
        tags=tags,
        attributes=find_attributes(group.arn) if group is not None else {},
        states=target_states(group.arn) if group is not None else {},
        principals=frozenset(find_principals(service.id)) if service is not None else frozenset(),
    )
