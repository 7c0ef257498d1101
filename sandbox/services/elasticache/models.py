"""Replication groups and cache clusters as the sandbox keeps them, in moto's own backend.

Their state is computed from the clock whenever it is read. A node gets its address and network interface when its
cluster becomes available, not before.
"""

from dataclasses import dataclass, field, replace
from math import inf


@dataclass
class Life:
    """The status of a resource between its creation and its deletion, by the clock."""

    created_at: float
    ready_at: float
    fails: bool = False
    held: str | None = None
    held_until: float = inf
    gone_at: float | None = None

    def status(self, now: float) -> str:
        if self.gone_at is not None:
            return "deleting"
        if self.held and now < self.held_until:
            return self.held
        if now < self.ready_at:
            return "creating"
        return "create-failed" if self.fails else "available"

    def has_nodes(self, now: float) -> bool:
        """Whether its nodes exist: they answer, and have addresses and network interfaces."""
        return self.status(now) not in ("creating", "create-failed")


@dataclass(frozen=True)
class Settings:
    """What a creation asked for, with AWS's defaults filled in."""

    engine: str
    engine_version: str
    node_type: str
    port: int
    subnet_group: str
    security_groups: tuple[str, ...]
    parameter_group: str
    transit_encryption: bool = False
    transit_encryption_mode: str | None = None
    at_rest_encryption: bool = False
    automatic_failover: bool = False
    multi_az: bool = False
    cluster_enabled: bool = False
    data_tiering: bool = False
    kms_key: str | None = None
    """Its ARN."""
    user_groups: tuple[str, ...] = ()
    snapshot_retention: int = 0
    topic: str | None = None
    """The ARN of the topic that events are published to."""
    tells: bool = True
    """Whether its topic is active."""
    network_type: str = "ipv4"
    """Over which of IPv4 and IPv6 clients reach its nodes; or `dual_stack`."""
    global_datastore: tuple[str, str] | None = None
    """The id of the Global Datastore that it is a member of, and its role there."""


@dataclass
class Node:
    """One cache node. `since` is when it last began or ceased to answer at its address."""

    node_id: str
    zone: str
    subnet_id: str
    address: str = ""
    interface_id: str = ""
    alive: bool = True
    since: float = -inf


@dataclass(frozen=True)
class Spot:
    """Where the next node of an id is put, as somebody has fixed it; what is None is left to ElastiCache."""

    subnet_id: str | None = None
    address: str | None = None
    alive: bool = True


@dataclass(frozen=True)
class Scaling:
    """Another node type for all nodes of a group, which new nodes have from a moment on."""

    at: float
    node_type: str


@dataclass
class CacheCluster:
    """A standalone cluster, or a member of a replication group (which always has one node)."""

    cache_cluster_id: str
    arn: str
    settings: Settings
    life: Life
    nodes: list[Node]
    domain: str
    group_id: str | None = None
    shard: str = "0001"
    role: str | None = None

    def endpoint(self, node: Node) -> str:
        if self.group_id and self.settings.transit_encryption:
            return f"{self.cache_cluster_id}.{self.group_id}.{self.domain}"
        suffix, _, rest = self.domain.partition(".")
        return f"{self.cache_cluster_id}.{suffix}.{node.node_id}.{rest}"


@dataclass
class ReplicationGroup:
    """A group in either mode; `members` by id, in shard order. A member that comes or goes has a life of its own."""

    replication_group_id: str
    arn: str
    description: str
    settings: Settings
    life: Life
    domain: str
    members: dict[str, CacheCluster] = field(default_factory=dict)
    scaling: Scaling | None = None

    @property
    def shards(self) -> list[str]:
        return sorted({member.shard for member in self.members.values()})

    @property
    def will_be(self) -> Settings:
        """Its settings when a change that goes on is done."""
        return replace(self.settings, node_type=self.scaling.node_type) if self.scaling else self.settings

    def change(self, **changed: str | bool) -> None:
        """Change settings, which are the group's and each member's."""
        self.settings = replace(self.settings, **changed)  # type: ignore[arg-type]  # a setting's name and its value
        for member in self.members.values():
            member.settings = self.settings

    def endpoint(self, role: str) -> str:
        """The name by which clients reach the group: `primary`, `reader` or `configuration`."""
        name, suffix, rest = self.replication_group_id, *self.domain.split(".", 1)
        if role == "configuration":
            encrypted = self.settings.transit_encryption
            return f"clustercfg.{name}.{self.domain}" if encrypted else f"{name}.{suffix}.clustercfg.{rest}"
        if self.settings.transit_encryption:
            return f"{'master' if role == 'primary' else 'replica'}.{name}.{self.domain}"
        return f"{name}.{suffix}.ng.0001.{rest}" if role == "primary" else f"{name}-ro.{suffix}.{rest}"


@dataclass
class SubnetGroup:
    """A cache subnet group; attribute names are those that moto's tagging API reads."""

    name: str
    arn: str
    description: str
    subnet_ids: list[str]
    vpc_id: str


@dataclass
class Snapshot:
    """A manual snapshot taken as a group was deleted."""

    snapshot_name: str
    arn: str
    replication_group_id: str
    available_at: float
    node_type: str
    engine: str
    engine_version: str
    snapshot_source: str = "manual"
    snapshot_status: str = "creating"


@dataclass
class UserGroup:
    user_group_id: str
    arn: str
    engine: str
    status: str = "active"


@dataclass
class ServerlessCache:
    name: str
    arn: str
    engine: str
    status: str
    subnet_ids: list[str]
    security_groups: list[str]
    domain: str
