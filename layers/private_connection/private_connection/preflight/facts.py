"""Facts: what AWS says about the resources that a request names, as `preflight.looks` read it. Nothing is judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import TypeVar

from private_connection.access.permissions import Permissions
from private_connection.access.roles import Role
from private_connection.cluster.admission import Rule
from private_connection.cluster.descriptions import Cluster, Member
from private_connection.cluster.engine_versions import EngineVersion
from private_connection.cluster.networks import Subnet
from private_connection.cluster.security_groups import SecurityGroup
from private_connection.cluster.subnet_groups import SubnetGroup
from private_connection.cluster.user_groups import UserGroup
from private_connection.contracts import NodePlace, ZoneSubnets
from private_connection.errors import AwsRejected
from private_connection.ownership import Tags

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class RefusedLook:
    """A read that AWS refused and that the run can do without."""

    field: str
    cause: str


@dataclass(frozen=True, slots=True)
class Denial:
    """A call that EC2 would deny, by its API name, at the field that asks for it."""

    operation: str
    field: str
    cause: str


@dataclass(frozen=True, slots=True)
class RoleFacts:
    boundary_exists: bool | RefusedLook = True
    boundary_is_foreign: bool = False
    """Whether it is a policy of another account, which nobody has looked for: IAM bounds no role with it."""
    named: Role | None = None
    trusting: tuple[Role, ...] = ()
    """The roles whose trust is for the workspace, where the request names none, also where Ververica may not assume
    them under another condition. Of several, IAM lists neither tags nor boundary.
    """
    own: Role | None = None
    """The role under the name that we would create one by; looked up only if no other one can be used."""
    used: Role | None = None
    """The one of these that the run would use, or the one that it would create if that gets a boundary."""
    is_writable: bool = False
    """Whether a run may put its policy on the role that it would use."""
    permissions: Permissions | RefusedLook | None = None
    """What that role may do."""


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    found: Cluster | None = None
    """The cluster of the request's id, of either kind."""
    tags: Tags = field(default_factory=dict)
    """Its ownership tags; read only if the request has ``create``."""
    serverless: bool | RefusedLook = False
    """Whether a serverless cache has the id of a cluster to adopt."""
    members: tuple[Member, ...] | RefusedLook = ()
    subnets: tuple[Subnet, ...] | RefusedLook = ()
    """Those of its subnet group; read only while it serves."""
    places: tuple[NodePlace, ...] | RefusedLook = ()
    """Where its nodes are; empty while the place of one of them is unknown."""
    endpoint_type: str | RefusedLook | None = None
    """What its redirections name; null for the default, and where there are none."""
    security_groups: tuple[SecurityGroup, ...] | RefusedLook = ()
    """The groups of a cluster of ours; read only if the request names none."""


@dataclass(frozen=True, slots=True)
class CreationFacts:
    """What a cluster would be created from; empty where the request creates none."""

    subnet_group: SubnetGroup | None = None
    """The subnet group that the request names."""
    own_subnet_group: SubnetGroup | None = None
    """The subnet group of the name that we give the cluster's, where the request names none."""
    own_subnet_group_tags: Tags = field(default_factory=dict)
    subnets: tuple[Subnet, ...] = ()
    """The subnets that the request names, by group or by id, else the default VPC's."""
    security_groups: tuple[SecurityGroup, ...] | RefusedLook = ()
    zones: frozenset[str] | RefusedLook = frozenset()
    """The Region's Availability Zones, without Local Zones and Wavelength Zones."""
    versions: tuple[EngineVersion, ...] | RefusedLook = ()
    """Those of the engine that are offered, or the default one if the request names none; read if they matter."""
    user_groups: tuple[UserGroup, ...] | RefusedLook = ()
    """Those of the request's that exist."""


@dataclass(frozen=True, slots=True)
class PathFacts:
    """What the paths to the nodes need of the account; empty where there is no node that could be connected."""

    limits: Mapping[str, int] | RefusedLook = field(default_factory=dict)
    """The Region's quotas of Elastic Load Balancing, by name."""
    load_balancers: Mapping[str, ZoneSubnets] | RefusedLook = field(default_factory=dict)
    """Every Network Load Balancer of the Region, by name, with its zones."""
    target_groups: frozenset[str] | RefusedLook = frozenset()
    zones: frozenset[str] | RefusedLook = frozenset()
    """As `CreationFacts.zones`, where the request creates no cluster."""
    groups: tuple[SecurityGroup, ...] | RefusedLook = ()
    """The security groups that the nodes are, or will be, in; none if one is made for them."""
    rules: tuple[Rule, ...] | RefusedLook = ()
    """The inbound rules of those groups."""


@dataclass(frozen=True, slots=True)
class Facts:
    principal: str
    region: str
    default_tags: Mapping[str, str]
    """The deployment's, for everything that is made."""
    role: RoleFacts
    cluster: ClusterFacts
    creation: CreationFacts
    paths: PathFacts

    @property
    def refused(self) -> list[RefusedLook]:
        parts = (self.role, self.cluster, self.creation, self.paths)
        values = [getattr(part, each.name) for part in parts for each in fields(part)]
        return [each for each in values if isinstance(each, RefusedLook)]


def optional(of_field: str, look: Callable[[], Fact]) -> Fact | RefusedLook:
    """What was read, or that AWS refused it, where the run can do without."""
    try:
        return look()
    except AwsRejected as error:
        return RefusedLook(of_field, str(error))


def known(fact: Fact | RefusedLook, otherwise: Fact) -> Fact:
    """The fact, or ``otherwise``, which the run assumes if AWS refused the read."""
    return otherwise if isinstance(fact, RefusedLook) else fact
