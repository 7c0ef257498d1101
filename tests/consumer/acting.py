"""The other side in the process of an account: the program `consumer`, with an identity and a VPC of its own."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import boto3

from consumer.connecting import connect, disconnect
from sandbox.account import Account
from sandbox.services.consumer_path import reached_through
from sandbox.services.ec2.interface_endpoints import InterfaceEndpoint, endpoints

OTHER_SIDE: Final = "794031221915"
STRANGER: Final = "111122223333"
Json = Mapping[str, Any]


def identity(account_id: str = OTHER_SIDE) -> boto3.Session:
    return boto3.Session(aws_access_key_id=account_id, aws_secret_access_key="none")


def connected(account: Account, handoff: Json, by: str = OTHER_SIDE, subnets: Sequence[str] = ()) -> dict[str, str]:
    """The map from node names to addresses of endpoints. It waits in the account's time."""
    return account.visit(lambda: connect(handoff, identity(by), subnets))


def disconnected(account: Account, handoff: Json, by: str = OTHER_SIDE) -> list[str]:
    return account.visit(lambda: disconnect(handoff, identity(by)))


def standing(account: Account, by: str = OTHER_SIDE) -> list[InterfaceEndpoint]:
    return [*endpoints(account.world.region, by).values()]


def led_to(account: Account, names: Mapping[str, str], by: str = OTHER_SIDE) -> dict[str, set[str]]:
    """The addresses, each with its port, that a client gets to under each of the names."""
    found = {address: each for each in standing(account, by) for address in each.addresses()}
    return {name: reached_through(found[address], account.clock.now()) for name, address in names.items()}
