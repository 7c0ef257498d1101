"""The path to a node, as a run would leave it, compared with what there is. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from private_connection.contracts import Owner, ZoneSubnets
from private_connection.handoff import WideBalancer
from private_connection.ownership import ZONES, is_ours, missing_tags, require_ours
from private_connection.paths.load_balancer_zones import (
    ALL,
    is_spread,
    is_useless,
    lacks_mark,
    missing_zones,
    wanted_zones,
)
from private_connection.paths.target_group_attributes import corrections, wanted_attributes
from private_connection.paths.target_groups import HEALTH_CHECK
from private_connection.paths.targets import others_than
from private_connection.planning.changes import CLUSTER, changed, created, found, tags_put, tags_taken, withdrawn
from private_connection.planning.nodes import PlannedNode
from private_connection.planning.path_looks import Path, path_name
from private_connection.planning.plan import Attribute, PlannedChange
from private_connection.settings import settings


class WantedPath(Owner):
    """What is asked for of each path."""

    zone_subnets: ZoneSubnets
    """A subnet in each zone, if load balancers shall be in all of them; otherwise none."""
    former_tags: tuple[str, ...]
    """The keys of tags that an earlier request had, and this one has not."""


@dataclass(frozen=True, slots=True)
class Zones:
    """The zones of a load balancer, each with its subnet."""

    after: ZoneSubnets
    known: bool = True
    """False while nobody knows where its node will be."""
    replaced: bool = False
    """Whether the load balancer that there is goes, and another one is made."""


def zones_of(wanted: WantedPath, node: PlannedNode, path: Path) -> Zones:
    """The zones that the node's load balancer will have, by what Ensure load balancer goes by."""
    balancer = path.balancer
    if node.availability_zone is None or node.subnet_id is None:
        return Zones(balancer.zones if balancer is not None else {}, known=False)
    asked = wanted_zones(node.availability_zone, node.subnet_id, wanted.zone_subnets)
    if balancer is None:
        return Zones(asked)
    service = path.service.id if path.service is not None else None
    if is_useless(balancer, asked, node.availability_zone, service, lambda _: bool(path.principals)):
        return Zones(asked, replaced=True)
    return Zones(balancer.zones | missing_zones(balancer.zones, asked))


def beyond(wanted: WantedPath, node: PlannedNode, path: Path, zones: Zones) -> Iterator[WideBalancer]:
    """The load balancer, if it keeps zones that are not asked for."""
    balancer, asked = path.balancer, len(wanted.zone_subnets)
    if balancer is not None and zones.known and not zones.replaced and len(zones.after) > max(1, asked):
        spread = asked > 1 or is_spread(path.tags_of(balancer.arn))
        yield WideBalancer(node=node.node, subnets=tuple(zones.after.values()), spread=spread)


def path_changes(wanted: WantedPath, node: PlannedNode, path: Path, zones: Zones) -> Iterator[PlannedChange]:
    yield from _balancer(wanted, node, path, zones)
    yield from _group(wanted, node, path, zones)
    yield from _listener(wanted, node, path, zones)
    yield from _targets(wanted, node, path)
    yield from _service(wanted, node, path, zones)


def _balancer(wanted: WantedPath, node: PlannedNode, path: Path, zones: Zones) -> Iterator[PlannedChange]:
    name, balancer = path_name(wanted.connection, node), path.balancer
    if balancer is None or zones.replaced:
        if balancer is not None:
            yield withdrawn("loadBalancer", name, node.node)
        yield created("loadBalancer", name, {"zones": _told(zones.after) if zones.known else None}, node.node)
        return
    tags, spread = path.tags_of(balancer.arn), len(wanted.zone_subnets) > 1
    yield found(
        "loadBalancer",
        name,
        (
            *changed("zones", _told(balancer.zones), _told(zones.after)),
            *(changed(f"tags.{ZONES}", None, ALL) if zones.known and lacks_mark(tags, spread=spread) else ()),
            *_tags(wanted, path, balancer.arn),
        ),
        node.node,
        None if zones.known else CLUSTER,
    )


def _group(wanted: WantedPath, node: PlannedNode, path: Path, zones: Zones) -> Iterator[PlannedChange]:
    name, group = path_name(wanted.connection, node), path.group
    attributes = wanted_attributes(cross_zone=len(zones.after) > 1)
    if group is None:
        yield created("targetGroup", name, {"port": node.port, "vpc": node.vpc_id}, node.node)
        return
    corrected = ((each["Key"], each["Value"]) for each in corrections(attributes, path.attributes))
    yield found(
        "targetGroup",
        name,
        (
            *changed("healthCheck", _joined(group.health_check), _joined(HEALTH_CHECK)),
            *(each for key, value in corrected for each in changed(key, path.attributes.get(key), value)),
            *_tags(wanted, path, group.arn),
        ),
        node.node,
        None if zones.known else CLUSTER,
    )


def _listener(wanted: WantedPath, node: PlannedNode, path: Path, zones: Zones) -> Iterator[PlannedChange]:
    name, listener = path_name(wanted.connection, node), path.listener
    told = f"{name}:{node.port}"
    if listener is None or zones.replaced:
        yield created("listener", told, {"forwardsTo": name}, node.node)
        return
    leads = path.group is not None and listener.target_group_arn == path.group.arn
    if not leads:
        require_ours("listener", listener.arn, path.tags_of(listener.arn), wanted)
    attributes = () if leads else changed("forwardsTo", listener.target_group_arn, name)
    yield found("listener", told, (*attributes, *_tags(wanted, path, listener.arn)), node.node)


def _targets(wanted: WantedPath, node: PlannedNode, path: Path) -> Iterator[PlannedChange]:
    name = path_name(wanted.connection, node)
    if node.ip_address is None:
        is_there = found("target", name, (), node.node, CLUSTER)
        yield is_there if path.states else created("target", name, {"address": None}, node.node, CLUSTER)
        return
    own = f"{node.ip_address}:{node.port}"
    if own in path.states:
        yield found("target", f"{name}/{own}", (), node.node)
    else:
        yield created("target", f"{name}/{own}", {"address": node.ip_address}, node.node)
    yield from (withdrawn("target", f"{name}/{each}", node.node) for each in others_than(own, path.states))


def _service(wanted: WantedPath, node: PlannedNode, path: Path, zones: Zones) -> Iterator[PlannedChange]:
    name, service, principal = path_name(wanted.connection, node), path.service, settings().ververica_principal
    if service is None or zones.replaced:
        if service is not None:
            yield withdrawn("endpointService", service.id, node.node)
        made = Attribute(name="serviceName", known_after="the endpoint service is made")
        yield created("endpointService", name, {}, node.node).model_copy(update={"attributes": (made,)})
        yield created("allowedPrincipal", principal, {}, node.node)
        return
    accepting = changed("acceptanceRequired", _flag(service.acceptance_required), _flag(True))
    tags = (
        *tags_put(missing_tags(wanted, service.tags), service.tags),
        *tags_taken(service.tags, wanted.former_tags),
    )
    yield found("endpointService", service.id, (*accepting, *tags), node.node)
    if principal in path.principals:
        yield found("allowedPrincipal", principal, (), node.node)
    else:
        yield created("allowedPrincipal", principal, {}, node.node)
    strangers = sorted(path.principals - {principal})
    yield from (withdrawn("allowedPrincipal", each, node.node) for each in strangers)


def _tags(wanted: WantedPath, path: Path, arn: str) -> Iterator[Attribute]:
    """The user's tags that something of ours lacks, and those that are not asked for any more."""
    tags = path.tags_of(arn)
    if is_ours(tags, wanted.connection):
        yield from tags_put(missing_tags(wanted, tags), tags)
        yield from tags_taken(tags, wanted.former_tags)


def _told(zones: Mapping[str, str]) -> str:
    return ", ".join(f"{zone} ({subnet})" for zone, subnet in sorted(zones.items()))


def _joined(check: tuple[object, ...]) -> str:
    protocol, interval, timeout, healthy, unhealthy = check
    return f"{protocol}, every {interval} s, within {timeout} s, {healthy} and {unhealthy} in a row"


def _flag(value: bool) -> str:
    return str(value).lower()
