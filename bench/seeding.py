"""Lays a fleet: many connected connections, from one that was really provisioned, under other names.

To provision a thousand connections would take hours of real time. So one is provisioned (`bench.provisioned`), and the
world of a fleet has its pieces once for each connection and node, with the names that the product would give them. What
a run leaves is thus written nowhere else; a test compares a fleet of two with two that are really provisioned.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeVar

import boto3

from bench.fleet import Fleet, Names, Node
from bench.pieces import Path
from bench.provisioned import REGION, SUBNETS, Provisioned, cluster_spec, security_group
from sandbox.account import Account
from sandbox.conditions import Model, Quotas
from sandbox.services.elasticache.state import State
from sandbox.world import World
from sandbox.world.model import RoleSpec, SecurityGroupSpec

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

ITEMS_AT_ONCE: Final = 25
"""Items that one request writes (DynamoDB API reference, BatchWriteItem)."""
Piece = TypeVar("Piece", bound=Model)
Words = Mapping[str, str]


@dataclass(frozen=True)
class Seeding:
    """`original` is the first connection of the fleet, or one of its mode with three nodes and the same names."""

    fleet: Fleet
    original: Provisioned

    @cached_property
    def names(self) -> list[Names]:
        return [self.fleet.names(number) for number in range(self.fleet.connections)]

    @cached_property
    def original_names(self) -> Names:
        return names_of(self.original, self.fleet.names(0))

    def world(self) -> World:
        paths = [path for each in self.names for path in self._paths(each)]
        return World(
            region=REGION,
            security_groups=tuple(SecurityGroupSpec(id=security_group(each.cluster)) for each in self.names),
            security_group_rules=tuple(
                _renamed(rule, self._words(each)) for each in self.names for rule in self.original.rules
            ),
            clusters=tuple(
                cluster_spec(each.cluster, self.fleet.mode, self.fleet.addresses(number))
                for number, each in enumerate(self.names)
            ),
            roles=tuple(self._roles()),
            target_groups=tuple(each.group for each in paths),
            load_balancers=tuple(each.balancer for each in paths),
            endpoint_services=tuple(each.service for each in paths),
            quotas=Quotas(network_load_balancers=max(Quotas().network_load_balancers, len(paths))),
        )

    def register(self, account: Account) -> None:
        """Puts the items of all connections into the account's registry, in no time."""
        (table,) = account.template.tables
        usual = account.conditions.latency
        account.conditions.latency = usual.model_copy(update={"call": 0.0})
        items: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": self.item(each)}} for each in self.names]
        for first in range(0, len(items), ITEMS_AT_ONCE):
            boto3.client("dynamodb").batch_write_item(RequestItems={table: items[first : first + ITEMS_AT_ONCE]})
        account.conditions.latency = usual

    def item(self, names: Names) -> dict[str, Any]:
        """The registry's, as it is on the wire. The cluster tells the domain of its nodes' names."""
        domain = {self.original.domain: State(REGION).groups[names.cluster].domain}
        by_node = [self._words(names, place) | domain for place in range(len(names.nodes))]
        found: dict[str, Any] = self._expanded(self.original.item, self._words(names) | domain, by_node)
        return found

    def _roles(self) -> Iterator[RoleSpec]:
        """One for each workspace. The first connection made it, and each added its policy and its mark."""
        roles = dict[str, RoleSpec]()
        for each in (_renamed(self.original.role, self._words(names)) for names in self.names):
            made = roles.setdefault(each.name, each)
            both = {"policies": made.policies | each.policies, "tags": each.tags | made.tags}
            roles[each.name] = made.model_copy(update=both)
        yield from roles.values()

    def _paths(self, names: Names) -> Iterator[Path]:
        for place in range(len(names.nodes)):
            path, words = self.original.paths[place % len(SUBNETS)], self._words(names, place)
            yield Path(_renamed(path.group, words), _renamed(path.balancer, words), _renamed(path.service, words))

    def _words(self, names: Names, place: int | None = None) -> dict[str, str]:
        """What each word of the original becomes: in what belongs to a node, else in what belongs to the connection."""
        there = names.nodes[: len(SUBNETS)] if place is None else (names.nodes[place],)
        here = self.original_names.nodes
        if place is not None:
            here = (here[place % len(SUBNETS)],)
        words = dict(zip(self.original_names.words, names.words, strict=True))
        for before, after in zip(here, there, strict=True):
            words |= zip(before.words, after.words, strict=True)
        return words

    def _expanded(self, value: Any, words: Words, by_node: list[dict[str, str]]) -> Any:
        """A part of an item. A list that has one element for each node gets one for each of this connection's."""
        if not self._mentions_nodes(value):
            return renamed(value, words)
        if not self._is_by_node(value.get("L")):
            return {key: self._expanded(each, words, by_node) for key, each in value.items()}
        elements = [renamed(value["L"][place % len(SUBNETS)], each) for place, each in enumerate(by_node)]
        for place, each in enumerate(elements):
            if "shard" in each.get("M", {}):
                each["M"]["shard"]["S"] = f"{place // len(SUBNETS) + 1:04d}"
        return {"L": elements}

    def _mentions_nodes(self, value: Any) -> bool:
        text = json.dumps(value)
        return isinstance(value, dict) and all(node.id in text for node in self.original_names.nodes)

    def _is_by_node(self, listed: Any) -> bool:
        nodes = self.original_names.nodes
        is_long = isinstance(listed, list) and len(listed) == len(nodes)
        return is_long and all(node.id in json.dumps(each) for node, each in zip(nodes, listed, strict=True))


def names_of(found: Provisioned, asked: Names) -> Names:
    """The names of a connection that was provisioned: those that were asked for, and those that came of it."""
    connected = (each.service.connections[0].id for each in found.paths)
    nodes = tuple(
        Node(each["node"], each["ipAddress"], path.group.name, each["serviceId"], endpoint)
        for each, path, endpoint in zip(found.handoff["endpoints"], found.paths, connected, strict=True)
    )
    return Names(asked.connection, asked.workspace, asked.cluster, found.maker, nodes)


def _renamed(piece: Piece, words: Words) -> Piece:
    return type(piece).model_validate(renamed(piece.model_dump(), words))


def renamed(value: Any, words: Words) -> Any:
    """A JSON value in which each of these words is another one, wherever it stands; the longest first."""
    longest_first = sorted(words, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return json.loads(pattern.sub(lambda found: words[found[0]], json.dumps(value)))
