"""Listeners: one per load balancer, on the node's port, forwarding to the node's target group.

A listener is deleted with its load balancer. One that somebody else made on the port is used where it forwards to the
node's target group, and never changed.
"""

from dataclasses import dataclass

from private_connection import clients
from private_connection.contracts import Contract, Owner, PathRecord, Port
from private_connection.errors import NotYetConsistent, doing
from private_connection.naming import load_balancer_name
from private_connection.ownership import require_ours, tags_of
from private_connection.paths.load_balancer_tags import converge_tags, list_tags

NOT_YET = ("LoadBalancerNotFound", "ListenerNotFound", "TargetGroupNotFound", "TargetGroupAssociationLimit")


@dataclass(frozen=True, slots=True)
class Listener:
    arn: str
    target_group_arn: str


class GroupedNode(PathRecord):
    """A node that has a load balancer and a target group."""

    node: str
    port: Port
    load_balancer_arn: str
    target_group_arn: str
    forwarding: tuple[str, ...]
    """The load balancers that forwarded to the target group when that was looked up."""


class EnsureListener(Owner):
    path: GroupedNode


class EnsuredListener(Contract):
    listener_arn: str
    changed: bool
    """Whether this run made it, or had it forward to the target group."""


def find_listener(load_balancer_arn: str, port: int) -> Listener | None:
    """The listener of a load balancer on a port."""
    with doing("looking up the listeners of load balancer", load_balancer_arn, not_yet=("LoadBalancerNotFound",)):
        found = clients.elbv2().describe_listeners(LoadBalancerArn=load_balancer_arn)["Listeners"]
    on_port = (each for each in found if each["Port"] == port)
    listeners = (Listener(each["ListenerArn"], each["DefaultActions"][0].get("TargetGroupArn", "")) for each in on_port)
    return next(listeners, None)


def ensure_listener(request: EnsureListener) -> EnsuredListener:
    """The listener of a node's load balancer.

    If the load balancer is in ``forwarding``, its listener exists and is looked up. Otherwise it is created, and looked
    up only if ELB answers that the port has a listener already: so a new load balancer costs one call, not two.
    Raises `NotOurs` if the port has a listener of somebody else that forwards elsewhere.
    """
    arn, port = request.path.load_balancer_arn, request.path.port
    listener = find_listener(arn, port) if arn in request.path.forwarding else None
    made = _create(request) if listener is None else None
    listener = listener or made or find_listener(arn, port)
    if listener is None:
        raise NotYetConsistent(
            f"looking up the listener of load balancer ({load_balancer_name(arn)}): it does not show"
        )
    led_elsewhere = listener.target_group_arn != request.path.target_group_arn
    if led_elsewhere:
        _forward(request, listener)
    if made is None:
        converge_tags(request, listener.arn)
    return EnsuredListener(listener_arn=listener.arn, changed=led_elsewhere or arn not in request.path.forwarding)


def _create(request: EnsureListener) -> Listener | None:
    """Creates it; nothing if the port has a listener already."""
    elbv2, name = clients.elbv2(), load_balancer_name(request.path.load_balancer_arn)
    with doing("creating the listener of load balancer", name, not_yet=NOT_YET):
        try:
            created = elbv2.create_listener(
                LoadBalancerArn=request.path.load_balancer_arn,
                Protocol="TCP",
                Port=request.path.port,
                DefaultActions=[{"Type": "forward", "TargetGroupArn": request.path.target_group_arn}],
                Tags=tags_of(request, node=request.path.node),
            )
        except elbv2.exceptions.DuplicateListenerException:
            return None
    return Listener(created["Listeners"][0]["ListenerArn"], request.path.target_group_arn)


def _forward(request: EnsureListener, listener: Listener) -> None:
    with doing("reading the tags of listener", listener.arn, not_yet=NOT_YET):
        tags = dict(list_tags([listener.arn]))
    require_ours("listener", listener.arn, tags.get(listener.arn, {}), request)
    with doing("changing the target group of listener", listener.arn, not_yet=NOT_YET):
        clients.elbv2().modify_listener(
            ListenerArn=listener.arn,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": request.path.target_group_arn}],
        )
