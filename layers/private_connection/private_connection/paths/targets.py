"""Targets: the address of a node, registered in its target group.

A node that is replaced gets another address, and its former one may soon belong to something else. The former one is
deregistered once the new one is healthy: earlier, no target would serve.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from private_connection import clients
from private_connection.contracts import Contract, Port
from private_connection.errors import doing

if TYPE_CHECKING:
    from mypy_boto3_elbv2.type_defs import TargetDescriptionTypeDef


class RegisterTarget(Contract):
    target_group_arn: str
    ip_address: str
    port: Port


class RegisteredTarget(Contract):
    stale_addresses: tuple[str, ...]
    """Addresses that the node had before and that are still registered."""


class StaleTargets(Contract):
    """The former addresses of a node that are still registered in its target group."""

    target_group_arn: str
    port: Port
    addresses: tuple[str, ...]


class RetireTargets(Contract):
    stale: tuple[StaleTargets, ...]


class RetiredTargets(Contract):
    retired: int


def register_target(request: RegisterTarget) -> RegisteredTarget:
    """Registers a node's address unless it is registered. One that is draining is registered again."""
    registered = _registered(request.target_group_arn)
    if request.ip_address not in registered:
        _register(request)
    stale = tuple(address for address in registered if address != request.ip_address)
    return RegisteredTarget(stale_addresses=stale)


def retire_targets(request: RetireTargets) -> RetiredTargets:
    """Deregisters the addresses that nodes had before. One that is not registered any more is success."""
    for group in request.stale:
        _deregister(group, group.addresses)
    return RetiredTargets(retired=sum(len(group.addresses) for group in request.stale))


def _deregister(group: StaleTargets, addresses: Sequence[str]) -> None:
    """ELB may refuse a call for one of its targets (API reference, DeregisterTargets, InvalidTarget).

    Then the targets of that call are deregistered one by one.
    """
    elbv2 = clients.elbv2()
    targets: list[TargetDescriptionTypeDef] = [{"Id": address, "Port": group.port} for address in addresses]
    with doing("deregistering targets", ", ".join(addresses)):
        try:
            elbv2.deregister_targets(TargetGroupArn=group.target_group_arn, Targets=targets)
        except elbv2.exceptions.InvalidTargetException:
            if len(addresses) > 1:
                for address in addresses:
                    _deregister(group, [address])


def _registered(target_group_arn: str) -> Sequence[str]:
    with doing("looking up the targets of target group", target_group_arn, not_yet=("TargetGroupNotFound",)):
        found = clients.elbv2().describe_target_health(TargetGroupArn=target_group_arn)["TargetHealthDescriptions"]
    return [each["Target"]["Id"] for each in found if each["TargetHealth"]["State"] != "draining"]


def _register(request: RegisterTarget) -> None:
    target = f"{request.ip_address}:{request.port}"
    with doing("registering target", target, not_yet=("TargetGroupNotFound", "InvalidTarget")):
        clients.elbv2().register_targets(
            TargetGroupArn=request.target_group_arn, Targets=[{"Id": request.ip_address, "Port": request.port}]
        )
