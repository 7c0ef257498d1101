"""Targets: the address of a node, registered in its target group.

A node that is replaced gets another address, and its former one may soon belong to something else. One that still
answers is deregistered once the new one is healthy: earlier, no target would serve. One that does not is deregistered
at once. What is registered is an address with a port, and ELB holds the same address on two ports for two targets
(API reference, TargetDescription).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from private_connection import clients
from private_connection.contracts import Contract, PathRecord, Port
from private_connection.errors import NotYetConsistent, doing

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetDescriptionTypeDef

UNDECIDED: Final = "initial"
"""ELB's word for a target that was registered a while ago at most, and of which it cannot say yet how it is."""


class AddressedNode(PathRecord):
    """A node that has an address and a target group."""

    target_group_arn: str
    ip_address: str
    port: Port


class RegisterTarget(Contract):
    path: AddressedNode


class RegisteredTarget(Contract):
    changed: bool
    """Whether the target group held anything but the node's address, with a verdict on it.

    So it is true of an address that this run registers, be it in a call whose answer was lost.
    """
    stale: tuple[str, ...]
    """What else is registered and healthy, as ``address:port``."""
    retired: int
    """How many others were deregistered at once, because they were not healthy."""


class StaleTargets(Contract):
    """What is registered in a node's target group beside the node's address, each as ``address:port``."""

    target_group_arn: str
    targets: tuple[str, ...]


class RetireTargets(Contract):
    stale: tuple[StaleTargets, ...]


class RetiredTargets(Contract):
    retired: int


def find_targets(target_group_arn: str) -> list[str]:
    """What is registered and not draining, as ``address:port``; nothing in a target group that is gone."""
    try:
        return [*target_states(target_group_arn)]
    except NotYetConsistent:
        return []


def target_states(target_group_arn: str) -> dict[str, str]:
    """What ELB says of each target that is registered and not draining, by ``address:port``.

    Raises `NotYetConsistent` if ELB does not know the group.
    """
    with doing("looking up the targets of target group", target_group_arn, not_yet=("TargetGroupNotFound",)):
        found = clients.elbv2().describe_target_health(TargetGroupArn=target_group_arn)["TargetHealthDescriptions"]
    states = {f"{each['Target']['Id']}:{each['Target']['Port']}": each["TargetHealth"]["State"] for each in found}
    return {target: state for target, state in states.items() if state != "draining"}


def register_target(request: RegisterTarget) -> RegisteredTarget:
    """Registers a node's address unless it is registered, then deregisters others that are not healthy.

    An address that is draining is registered again.
    """
    path = request.path
    own = f"{path.ip_address}:{path.port}"
    states = target_states(path.target_group_arn)
    if own not in states:
        _register(path.target_group_arn, own)
    others = others_than(own, states)
    dead = [target for target, state in others.items() if state != "healthy"]
    if dead:
        _deregister(path.target_group_arn, dead)
    return RegisteredTarget(
        changed=bool(others) or states.get(own, UNDECIDED) == UNDECIDED,
        stale=tuple(target for target in others if target not in dead),
        retired=len(dead),
    )


def others_than(own: str, states: Mapping[str, str]) -> dict[str, str]:
    """What is registered beside a node's own address, with its state: each is deregistered before the run ends."""
    return {target: state for target, state in states.items() if target != own}


def retire_targets(request: RetireTargets) -> RetiredTargets:
    """Deregisters what nodes had before. What is not registered any more is success, and so is an absent group."""
    for group in request.stale:
        _deregister(group.target_group_arn, group.targets)
    return RetiredTargets(retired=sum(len(group.targets) for group in request.stale))


def _deregister(target_group_arn: str, targets: Sequence[str]) -> None:
    """ELB may refuse a call for one of its targets (API reference, DeregisterTargets, InvalidTarget).

    Then the targets of that call are deregistered one by one.
    """
    elbv2 = clients.elbv2()
    with doing("deregistering targets", ", ".join(targets)):
        try:
            elbv2.deregister_targets(TargetGroupArn=target_group_arn, Targets=[*map(_described, targets)])
        except elbv2.exceptions.InvalidTargetException:
            if len(targets) > 1:
                for target in targets:
                    _deregister(target_group_arn, [target])
        except elbv2.exceptions.TargetGroupNotFoundException:
            return


def _register(target_group_arn: str, target: str) -> None:
    with doing("registering target", target, not_yet=("TargetGroupNotFound", "InvalidTarget")):
        clients.elbv2().register_targets(TargetGroupArn=target_group_arn, Targets=[_described(target)])


def _described(target: str) -> "TargetDescriptionTypeDef":
    address, _, port = target.rpartition(":")
    return {"Id": address, "Port": int(port)}
