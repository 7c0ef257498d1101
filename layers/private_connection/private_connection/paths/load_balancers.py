"""Load balancers: an internal Network Load Balancer per node, in the node's own zone, or in all zones.

It gets no security group: with one, and the default of enforcing its rules on PrivateLink traffic, consumers would be
dropped while health checks pass. Zones are added to one that exists, and never taken from it (`load_balancer_zones`):
one with a zone too many is replaced, unless it has an endpoint service, whose name is to last.
"""

from dataclasses import replace
from types import MappingProxyType
from typing import Final, NoReturn

from private_connection import clients
from private_connection.contracts import Contract, Done, NodePlace, Owner, PathRecord, ZoneSubnets
from private_connection.errors import AwsRejected, NotYetConsistent, doing
from private_connection.naming import NODE_RESOURCE_PREFIX, node_resource
from private_connection.ownership import Tags, as_mapping, is_by_run, require_ours, tags_of
from private_connection.paths.endpoint_services import (
    EndpointService,
    ServiceReference,
    delete_endpoint_service,
    find_endpoint_service,
)
from private_connection.paths.load_balancer_descriptions import SERVING, LoadBalancer, all_load_balancers, load_balancer
from private_connection.paths.load_balancer_tags import converge_tags, list_tags
from private_connection.paths.load_balancer_zones import (
    ALL,
    GOING,
    GONE,
    add_zones,
    is_spread,
    is_useless,
    wanted_zones,
)
from private_connection.paths.offers import is_offered
from private_connection.paths.remedies import CREATION, DELETION, remedied

NO_TAGS: Final[Tags] = MappingProxyType({})


class PlacedNode(NodePlace, PathRecord):
    """A node whose load balancer is to be made."""


class EnsureLoadBalancer(Owner):
    path: PlacedNode
    cluster_id: str
    zone_subnets: ZoneSubnets
    """A subnet in each zone, if it shall be in all of them; otherwise none."""

    @property
    def wanted(self) -> ZoneSubnets:
        return wanted_zones(self.path.availability_zone, self.path.subnet_id, self.zone_subnets)

    @property
    def spread(self) -> bool:
        return len(self.wanted) > 1


class EnsuredLoadBalancer(Contract):
    load_balancer_arn: str
    load_balancer_subnets: tuple[str, ...]
    """The subnets that it sits in, one a zone: its traffic and its health checks come from all of them."""
    spread: bool
    """Whether this request has put it into all zones, or an earlier one."""
    changed: bool
    """Whether this run made it or gave it a zone."""


class LoadBalancerReference(Contract):
    load_balancer_arn: str


def find_load_balancer(name: str) -> LoadBalancer | None:
    elbv2 = clients.elbv2()
    with doing("looking up load balancer", name):
        try:
            found = elbv2.describe_load_balancers(Names=[name])["LoadBalancers"][0]
            described = elbv2.describe_tags(ResourceArns=[found["LoadBalancerArn"]])["TagDescriptions"][0]
        except elbv2.exceptions.LoadBalancerNotFoundException:
            return None
    return load_balancer(found, as_mapping(described.get("Tags")))


def list_load_balancers() -> list[LoadBalancer]:
    """Every load balancer of the account and Region; with tags where the name begins with our prefix.

    One that was deleted after it was listed is left out.
    """
    found = {each.arn: each for each in all_load_balancers()}
    ours = [each.arn for each in found.values() if each.name.startswith(NODE_RESOURCE_PREFIX)]
    with doing("looking up load balancers", "tags"):
        tags = dict.fromkeys(found.keys() - set(ours), NO_TAGS) | dict(list_tags(ours))
    return [replace(each, tags=tags[arn]) for arn, each in found.items() if arn in tags]


def ensure_load_balancer(request: EnsureLoadBalancer) -> EnsuredLoadBalancer:
    """The node's load balancer, in the zones that are asked for; one with an endpoint service keeps what it has more.

    Raises `NotOurs` if one of that name belongs to somebody else, `NotYetConsistent` until one that is replaced is
    gone.
    """
    name = node_resource(request.connection, request.path.node, request.path.vpc_id, request.path.port)
    balancer = find_load_balancer(name)
    if balancer is None:
        return _ensured(_create(request, name), request.wanted, request.spread, changed=True)
    require_ours("load balancer", name, balancer.tags, request)
    zones = _converge_zones(request, balancer)
    converge_tags(request, balancer.arn, balancer.tags)
    changed = is_by_run(balancer.tags, request) or len(zones) > len(balancer.zones)
    return _ensured(balancer.arn, zones, request.spread or is_spread(balancer.tags), changed=changed)


def delete_load_balancer(request: LoadBalancerReference) -> Done:
    """Deletes it with its listeners; an absent one is success.

    Raises `NotYetConsistent` while an endpoint service still uses it, `AwsRejected` if it is protected from deletion.
    """
    _delete(request.load_balancer_arn)
    return Done()


def _ensured(arn: str, zones: ZoneSubnets, spread: bool, *, changed: bool) -> EnsuredLoadBalancer:
    subnets = tuple(zones.values())
    return EnsuredLoadBalancer(load_balancer_arn=arn, load_balancer_subnets=subnets, spread=spread, changed=changed)


def _create(request: EnsureLoadBalancer, name: str) -> str:
    more = {"zones": ALL} if request.spread else {}
    not_yet = ("DuplicateLoadBalancerName", "InvalidSubnet.NotFound")
    with remedied(CREATION), doing("creating load balancer", name, not_yet=not_yet):
        created = clients.elbv2().create_load_balancer(
            Name=name,
            Type="network",
            Scheme="internal",
            IpAddressType="ipv4",
            SubnetMappings=[{"SubnetId": each} for each in request.wanted.values()],
            Tags=tags_of(request, node=request.path.node, cluster=request.cluster_id, **more),
        )
    return created["LoadBalancers"][0]["LoadBalancerArn"]


def _converge_zones(request: EnsureLoadBalancer, balancer: LoadBalancer) -> ZoneSubnets:
    """The zones of a load balancer that has all that are asked for now."""
    if balancer.state != "failed" and balancer.zones.keys() == request.wanted.keys():
        _require_standing(request, balancer)
        return add_zones(balancer, request.wanted, spread=request.spread, is_going=GONE)
    service = find_endpoint_service(balancer.arn)
    if service is not None:
        require_ours("endpoint service", service.id, service.tags, request)
    service_id = None if service is None else service.id
    if is_useless(balancer, request.wanted, request.path.availability_zone, service_id, is_offered):
        _replace(request, balancer, service)
    is_going = GONE if service is None else GOING
    return add_zones(balancer, request.wanted, spread=request.spread, is_going=is_going)


def _replace(request: EnsureLoadBalancer, balancer: LoadBalancer, service: EndpointService | None) -> NoReturn:
    if service is not None:
        delete_endpoint_service(ServiceReference(service_id=service.id))
    try:
        _delete(balancer.arn)
    except AwsRejected:  # one that is gone has no tags, so that deleting it once more may be denied
        if find_load_balancer(balancer.name) is not None:
            raise
    raise NotYetConsistent(
        f"replacing load balancer ({balancer.name}): it is in {', '.join(balancer.zones)} ({balancer.state}), "
        f"and shall be in {', '.join(request.wanted)}; waiting until it is gone"
    )


def _require_standing(request: EnsureLoadBalancer, balancer: LoadBalancer) -> None:
    """Raises `NotYetConsistent` for one that is being deleted, until it is gone and can be made anew.

    ELB has no state for that, and its own waiter reckons with its being listed as active (botocore,
    LoadBalancersDeleted). Its endpoint service goes first, so only one of an earlier run without a service is in doubt.
    That one is asked to take the subnets that it has, which changes nothing, and which ELB refuses of a load balancer
    that is deleted (API reference, SetSubnets). Where its tags are gone already, our grant denies the call.
    """
    in_doubt = balancer.state in SERVING and not is_by_run(balancer.tags, request)
    if not in_doubt or find_endpoint_service(balancer.arn) is not None:
        return
    not_yet = ("LoadBalancerNotFound", "AccessDenied")
    with doing("looking whether load balancer is being deleted", balancer.name, not_yet=not_yet):
        clients.elbv2().set_subnets(LoadBalancerArn=balancer.arn, Subnets=[*balancer.zones.values()])


def _delete(arn: str) -> None:
    elbv2 = clients.elbv2()
    with remedied(DELETION), doing("deleting load balancer", arn, not_yet=("ResourceInUse",)):
        try:
            elbv2.delete_load_balancer(LoadBalancerArn=arn)
        except elbv2.exceptions.LoadBalancerNotFoundException:
            return
