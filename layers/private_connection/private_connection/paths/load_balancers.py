"""Load balancers: an internal Network Load Balancer per node, in the node's own zone, with one listener.

It gets no security group: with one, and the default of enforcing its rules on PrivateLink traffic, consumers would be
dropped while health checks pass. A load balancer's zones can be added to, never taken away (API reference, SetSubnets),
so one in the wrong zone is replaced, unless its endpoint service is already offered: then the right zone is added, and
the service's name stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import EnsuredLoadBalancer, EnsureLoadBalancer
from private_connection.errors import AwsRejected, NotYetConsistent, doing
from private_connection.naming import node_resource
from private_connection.ownership import Tags, as_mapping, require_ours, tags_of
from private_connection.paths.endpoint_services import delete_endpoint_service, find_endpoint_service, is_offered
from private_connection.teardown.contracts import Done, LoadBalancerReference, ServiceReference

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import LoadBalancerTypeDef

DESCRIBED_AT_ONCE = 20
"""Load balancers that one DescribeLoadBalancers call takes (ELB API reference)."""
SERVING = ("active", "active_impaired")


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    arn: str
    name: str
    state: str
    reason: str
    zones: dict[str, str]
    """Zone name to subnet id."""
    tags: Tags


def find_load_balancer(name: str) -> LoadBalancer | None:
    elbv2 = clients.elbv2()
    with doing("looking up load balancer", name):
        try:
            found = elbv2.describe_load_balancers(Names=[name])["LoadBalancers"][0]
            tags = elbv2.describe_tags(ResourceArns=[found["LoadBalancerArn"]])["TagDescriptions"][0]["Tags"]
        except elbv2.exceptions.LoadBalancerNotFoundException:
            return None
    return _load_balancer(found, as_mapping(tags))


def ensure_load_balancer(request: EnsureLoadBalancer) -> EnsuredLoadBalancer:
    """The node's load balancer, in its zone, with its listener.

    Raises `NotOurs` if one of that name belongs to somebody else, `NotYetConsistent` while a replaced one is going.
    """
    name = node_resource(request.connection, request.node, request.vpc_id, request.port)
    arn, created = _ensure(request, name)
    if request.target_group_arn is not None:
        _ensure_listener(request, arn, name, request.target_group_arn, created or request.created)
    return EnsuredLoadBalancer(load_balancer_arn=arn, created=created)


def _ensure(request: EnsureLoadBalancer, name: str) -> tuple[str, bool]:
    """The load balancer without its listener, and whether it is new."""
    if request.load_balancer_arn is not None:
        return request.load_balancer_arn, False
    balancer = find_load_balancer(name)
    if balancer is None:
        return _create(request, name), True
    require_ours("load balancer", name, balancer.tags, request)
    _converge_zone(request, balancer)
    return balancer.arn, False


def delete_load_balancer(request: LoadBalancerReference) -> Done:
    """Deletes it with its listeners; an absent one is success.

    Raises `NotYetConsistent` while an endpoint service still uses it.
    """
    elbv2, arn = clients.elbv2(), request.load_balancer_arn
    with doing("deleting load balancer", arn, not_yet=("ResourceInUse",)):
        try:
            elbv2.delete_load_balancer(LoadBalancerArn=arn)
        except elbv2.exceptions.LoadBalancerNotFoundException:
            return Done()
    return Done()


def describe_load_balancers(arns: Sequence[str]) -> list[LoadBalancer]:
    """Load balancers by ARN, without their tags; 20 to a call. Raises `NotYetConsistent` if one does not show."""
    elbv2, found = clients.elbv2(), []
    with doing("looking up load balancers", f"{len(arns)}", not_yet=("LoadBalancerNotFound",)):
        for first in range(0, len(arns), DESCRIBED_AT_ONCE):
            page = elbv2.describe_load_balancers(LoadBalancerArns=arns[first : first + DESCRIBED_AT_ONCE])
            found += [_load_balancer(each, {}) for each in page["LoadBalancers"]]
    return found


def require_not_failed(balancer: LoadBalancer) -> None:
    if balancer.state == "failed":
        raise AwsRejected(
            f"creating load balancer ({balancer.name}): its state is failed: {balancer.reason or 'no reason given'}"
        )


def _load_balancer(found: "LoadBalancerTypeDef", tags: Tags) -> LoadBalancer:
    zones = {zone["ZoneName"]: zone.get("SubnetId", "") for zone in found["AvailabilityZones"]}
    state = found["State"]
    return LoadBalancer(
        found["LoadBalancerArn"], found["LoadBalancerName"], state["Code"], state.get("Reason", ""), zones, tags
    )


def _create(request: EnsureLoadBalancer, name: str) -> str:
    not_yet = ("DuplicateLoadBalancerName", "InvalidSubnet.NotFound")
    with doing("creating load balancer", name, not_yet=not_yet):
        created = clients.elbv2().create_load_balancer(
            Name=name,
            Type="network",
            Scheme="internal",
            IpAddressType="ipv4",
            SubnetMappings=[{"SubnetId": request.subnet_id}],
            Tags=tags_of(request, node=request.node, cluster=request.cluster_id),
        )
    return created["LoadBalancers"][0]["LoadBalancerArn"]


def _converge_zone(request: EnsureLoadBalancer, balancer: LoadBalancer) -> None:
    if balancer.state != "failed" and request.availability_zone in balancer.zones:
        return
    service = find_endpoint_service(balancer.arn)
    if service is not None and is_offered(service):
        _add_subnet(request, balancer)
        return
    if service is not None:
        require_ours("endpoint service", service.id, service.tags, request)
        delete_endpoint_service(ServiceReference(service_id=service.id))
    delete_load_balancer(LoadBalancerReference(load_balancer_arn=balancer.arn))
    raise NotYetConsistent(
        f"replacing load balancer ({balancer.name}): it is in {', '.join(balancer.zones)} ({balancer.state}), "
        f"the node is in {request.availability_zone}; waiting until it is gone"
    )


def _add_subnet(request: EnsureLoadBalancer, balancer: LoadBalancer) -> None:
    with doing("adding a zone to load balancer", balancer.name):
        clients.elbv2().set_subnets(LoadBalancerArn=balancer.arn, Subnets=[*balancer.zones.values(), request.subnet_id])


def _find_listener(balancer_arn: str, port: int) -> tuple[str, str] | None:
    """ARN and target group of the listener on a port."""
    with doing("looking up the listeners of load balancer", balancer_arn, not_yet=("LoadBalancerNotFound",)):
        listeners = clients.elbv2().describe_listeners(LoadBalancerArn=balancer_arn)["Listeners"]
    on_port = (each for each in listeners if each["Port"] == port)
    return next(((each["ListenerArn"], each["DefaultActions"][0].get("TargetGroupArn", "")) for each in on_port), None)


def _ensure_listener(request: EnsureLoadBalancer, arn: str, name: str, target_group_arn: str, fresh: bool) -> None:
    """A load balancer that has just been made has no listener, unless the answer to its creation was lost."""
    elbv2 = clients.elbv2()
    listener = None if fresh else _find_listener(arn, request.port)
    not_yet = ("LoadBalancerNotFound", "TargetGroupNotFound", "TargetGroupAssociationLimit")
    if listener is None:
        with doing("creating the listener of load balancer", name, not_yet=not_yet):
            try:
                elbv2.create_listener(
                    LoadBalancerArn=arn,
                    Protocol="TCP",
                    Port=request.port,
                    DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group_arn}],
                    Tags=tags_of(request, node=request.node),
                )
            except elbv2.exceptions.DuplicateListenerException:
                listener = _find_listener(arn, request.port)
    if listener is not None and listener[1] != target_group_arn:
        _forward(listener[0], target_group_arn)


def _forward(listener_arn: str, target_group_arn: str) -> None:
    with doing("changing the target group of listener", listener_arn):
        clients.elbv2().modify_listener(
            ListenerArn=listener_arn, DefaultActions=[{"Type": "forward", "TargetGroupArn": target_group_arn}]
        )
