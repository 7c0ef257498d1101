"""What the judge looks at: the account as the sandbox's backends and the registry's table have it, at one moment.

Nothing here calls an API, and nothing is of the product: its marks are written out, as its documentation has them.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sandbox.account import Account
from sandbox.audit import Inventory, inventory
from sandbox.services import settle
from sandbox.services.common import backend, live_regions
from sandbox.services.ec2.security_groups import Permission, all_rules
from sandbox.services.elasticache.state import State
from tests.registry import items

VERVERICA: Final = "arn:aws:iam::794031221915:root"
NAME: Final = "private-connection"
MAKER: Final = "private-connection/created-by"
NODE: Final = "private-connection/node"
CLUSTER: Final = "private-connection/cluster"
WORKSPACE: Final = "private-connection/workspace"
USE: Final = "private-connection/for/"
ZONES: Final = "private-connection/zones"
LIVE: Final = ("pending", "available")
"""The states of an endpoint that somebody has accepted."""

Json = dict[str, Any]
Tags = dict[str, str]


@dataclass(frozen=True)
class Member:
    """A cache node that exists. One that was scaled in does until ElastiCache has taken it away."""

    cluster: str
    address: str
    port: int
    zone: str
    leaving: bool
    """Whether it was scaled in."""


@dataclass(frozen=True)
class Cluster:
    """A replication group or a standalone cluster; ``subnets`` are those of its subnet group."""

    port: int
    groups: tuple[str, ...]
    subnets: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """An inbound rule."""

    group: str
    permission: Permission
    tags: Tags


@dataclass(frozen=True)
class View:
    region: str
    inventory: Inventory
    members: Mapping[str, Member]
    clusters: Mapping[str, Cluster]
    rules: Mapping[str, Rule]
    tags: Mapping[tuple[str, str], Tags]
    """By kind and name."""
    items: Mapping[str, Json]
    """The registry's, by connection."""
    foreign_changes: tuple[str, ...]

    def marked(self, connection: str) -> Iterator[tuple[str, str]]:
        """What carries both marks of a connection, and is not being deleted: kind and name."""
        for (kind, name), tags in self.tags.items():
            if tags.get(NAME) == connection and tags.get(MAKER) and not self.inventory[kind][name].get("deleting"):
                yield kind, name

    def balancers_of(self, service: str) -> list[str]:
        """The names of the load balancers that a service is on."""
        return [name_in(arn) for arn in _texts(self.inventory["endpointService"][service]["loadBalancers"])]

    def services_on(self, balancer: str) -> list[str]:
        return [each for each in self.inventory.get("endpointService", {}) if balancer in self.balancers_of(each)]

    def principals(self, service: str) -> set[str]:
        return set(self._within("allowedPrincipal", service, "/"))

    def listeners(self, balancer: str) -> dict[str, list[str]]:
        """The names of the target groups that each listener forwards to, by port."""
        found = self._within("listener", balancer, ":")
        return {port: [group_in(arn) for arn in _texts(facts["to"])] for port, facts in found.items()}

    def groups_behind(self, balancer: str) -> set[str]:
        return {group for groups in self.listeners(balancer).values() for group in groups}

    def targets(self, group: str) -> set[str]:
        """Addresses and ports, ``10.0.0.1:6379``."""
        return set(self._within("target", group, "/"))

    def right_target(self, group: str) -> str | None:
        """The address and port of the node that a target group is for; null where that is gone."""
        member = self.members.get(self.tags.get(("targetGroup", group), {}).get(NODE, ""))
        port = self.inventory["targetGroup"][group]["port"]
        return f"{member.address}:{member.port}" if member and str(port) == str(member.port) else None

    def offered(self) -> set[tuple[str, str, str]]:
        """Each path that is offered to Ververica's account: service, load balancer, and the address of its node."""
        return {
            (service, balancer, target)
            for service in self.inventory.get("endpointService", {})
            if VERVERICA in self.principals(service)
            for balancer in self.balancers_of(service)
            for group in self.groups_behind(balancer)
            for target in self.targets(group) & {self.right_target(group) or ""}
        }

    def connections(self) -> dict[tuple[str, str], str]:
        """The state in which each endpoint ends, by service and endpoint."""
        return {
            (service, key.split()[1]): str(value).split()[1]
            for service, facts in self.inventory.get("endpointService", {}).items()
            for key, value in facts.items()
            if key.startswith("connection ")
        }

    def documents(self, policy: str) -> dict[str, list[Json]]:
        """The statements of the inline policies with a name, by role."""
        found = self.inventory.get("rolePolicy", {}).items()
        return {
            name.partition("/")[0]: statements(facts["document"])
            for name, facts in found
            if name.partition("/")[2] == policy
        }

    def trust(self, role: str) -> list[Json]:
        return statements(self.inventory["role"][role]["trust"])

    def _within(self, kind: str, name: str, separator: str) -> dict[str, Json]:
        """What is a part of something, by the rest of its name."""
        head = f"{name}{separator}"
        found = self.inventory.get(kind, {}).items()
        return {each.removeprefix(head): facts for each, facts in found if each.startswith(head)}


def view(account: Account) -> View:
    region = account.world.region
    settle(region, account.conditions)
    found = inventory()
    return View(
        region=region,
        inventory=found,
        members=dict(_members(region)),
        clusters=dict(_clusters(region)),
        rules=dict(_rules(region)),
        tags=_tags(found),
        items=items(region),
        foreign_changes=tuple(account.snapshot.foreign_changes()),
    )


def statements(document: object) -> list[Json]:
    """The statements of a policy, each in one form, without its id: lists are sets to IAM."""
    read = json.loads(document) if isinstance(document, str) else document
    found = read["Statement"] if isinstance(read, dict) else []
    return [plain({key: value for key, value in each.items() if key != "Sid"}) for each in _list(found)]


def plain(value: Any) -> Any:
    """A part of a policy in one form."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in sorted(value.items())}
    return sorted(map(str, _list(value)))


def name_in(load_balancer_arn: str) -> str:
    return load_balancer_arn.split("/")[2]


def group_in(target_group_arn: str) -> str:
    return target_group_arn.split("/")[1]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: object) -> list[str]:
    return [str(each) for each in _list(value)]


def _tags(found: Inventory) -> dict[tuple[str, str], Tags]:
    tags: dict[tuple[str, str], Tags] = {}
    for each, facts in found.get("tag", {}).items():
        kind, name, key = each.split("/", 2)
        tags.setdefault((kind, name), {})[key] = str(facts["value"])
    return tags


def _members(region: str) -> Iterator[tuple[str, Member]]:
    for cluster, node in State(region).nodes():
        if node.address:
            owner = cluster.group_id or cluster.cache_cluster_id
            leaving = cluster.life.gone_at is not None
            yield cluster.cache_cluster_id, Member(owner, node.address, cluster.settings.port, node.zone, leaving)


def _clusters(region: str) -> Iterator[tuple[str, Cluster]]:
    state = State(region)
    for cluster in state.clusters.values():
        subnets = state.subnet_groups.get(cluster.settings.subnet_group)
        held = tuple(subnets.subnet_ids) if subnets else ()
        found = Cluster(cluster.settings.port, tuple(cluster.settings.security_groups), held)
        yield cluster.group_id or cluster.cache_cluster_id, found


def _rules(region: str) -> Iterator[tuple[str, Rule]]:
    if region not in live_regions("ec2"):
        return
    ec2 = backend("ec2", region)
    for rule in all_rules(ec2):
        if not rule.is_egress:
            yield rule.id, Rule(rule.group_id, Permission.of(rule), dict(ec2.tags.get(rule.id, {})))
