"""A world as its YAML describes it. Every key is optional; ids and zones are the real ids in the account.

A world that names no VPC has the default one, with one subnet in each of the region's first three zones. Security
groups that only a cluster names are made in its VPC. Some keys need a word: `placements` (member id to the zone where
ElastiCache puts it whatever was asked), `lateNodes` (member id to the seconds that it is ready after its group is
available: hashicorp/terraform-provider-aws issue 50096), `refusedZones` (zones where it puts nothing),
`exhaustedZones` (zones where it accepts nodes, and fails to create them),
`refusedBalancerZones` (zones that take no load balancer), `eventDeliveries` (how often each event reaches the targets
of its rules: 0 for never, 2 for twice),
`failing` (ids of clusters and names of load balancers whose creation fails), `deletedLoadBalancers`
(one that is being deleted is `listed` as active until it is gone, or `dropped` at once), `serviceZones` (whether zones
that a load balancer gets later are its endpoint service's too, or this has `kept` those that it had: AWS documents
neither, and hashicorp/terraform-provider-aws issue 40809 reports the latter), a cluster's `status` (for
`statusSeconds`, else for ever), its `nodes` (by id, those that an event adds included), `consumer` (the account that
connects to endpoint services and assumes roles, wherever a key names none; the template's parameters say it where the
world does not). A VPC's `secondary` ranges are those beside its `cidr`; its `owner`, or a subnet's, is the account that
shares it with this one. A subnet without `cidr` is IPv6-only; its `outpost` is the id of the AWS Outpost that it is on.
A zone called like a Local Zone (us-west-2-lax-1a) is one.
"""

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, model_validator

from sandbox.conditions import Conditions, Latency, Model, Quotas, Throttle

if TYPE_CHECKING:
    from sandbox.clock import Clock

Tags = dict[str, str]
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class SubnetSpec(Model):
    id: str
    cidr: str | None = None
    ipv6_cidr: str | None = None
    zone: str
    default_for_az: bool | None = None
    owner: str | None = Field(default=None, pattern=r"^\d{12}$")
    outpost: str | None = Field(default=None, pattern=r"^op-[0-9a-f]{17}$")

    @model_validator(mode="after")
    def has_a_range(self) -> Self:
        if self.cidr is None and self.ipv6_cidr is None:
            raise ValueError(f"subnet {self.id} has neither cidr nor ipv6Cidr")
        return self


class VpcSpec(Model):
    id: str
    cidr: str = "172.31.0.0/16"
    secondary: tuple[str, ...] = ()
    default: bool = False
    owner: str | None = Field(default=None, pattern=r"^\d{12}$")
    subnets: tuple[SubnetSpec, ...] = ()


class PrefixListSpec(Model):
    """A managed prefix list of this account."""

    id: str
    entries: tuple[str, ...] = Field(min_length=1)


class RuleSpec(Model):
    """An inbound rule; `port` sets both `fromPort` and `toPort`."""

    group: str | None = None
    cidr: str | None = None
    source: str | None = None
    """The id of a security group."""
    prefix_list: str | None = None
    protocol: str = "tcp"
    port: int | None = None
    from_port: int | None = None
    to_port: int | None = None
    description: str | None = None
    tags: Tags = Field(default_factory=dict)


class SecurityGroupSpec(Model):
    id: str
    name: str | None = None
    vpc: str | None = None
    description: str = "laid with the world"
    rules: tuple[RuleSpec, ...] = ()
    tags: Tags = Field(default_factory=dict)


class SubnetGroupSpec(Model):
    name: str
    subnets: tuple[str, ...] = Field(min_length=1)
    description: str = "laid with the world"
    tags: Tags = Field(default_factory=dict)


class UserGroupSpec(Model):
    id: str
    engine: Literal["redis", "valkey"] = "redis"
    status: Literal["active", "creating", "modifying", "deleting"] = "active"


class NodeSpec(Model):
    ip: str | None = None
    subnet: str | None = None
    alive: bool = True


class ClusterSpec(Model):
    """A replication group (`disabled`, `enabled`), a `standalone` cluster (also memcached), or a serverless cache."""

    id: str
    engine: Literal["redis", "valkey", "memcached"] = "redis"
    engine_version: str | None = None
    mode: Literal["disabled", "enabled", "standalone", "serverless"] = "disabled"
    shards: int = Field(default=1, ge=1)
    replicas_per_shard: int = Field(default=0, ge=0)
    cache_nodes: int = Field(default=1, ge=1)
    node_type: str = "cache.t4g.micro"
    tls: bool = False
    tls_mode: Literal["required", "preferred"] = "required"
    at_rest: bool = False
    port: int | None = None
    subnets: tuple[str, ...] = ()
    subnet_group: str | None = None
    security_groups: tuple[str, ...] = ()
    parameters: dict[str, str] = Field(default_factory=dict)
    nodes: dict[str, NodeSpec] = Field(default_factory=dict)
    network_type: Literal["ipv4", "ipv6", "dual_stack"] = "ipv4"
    global_datastore: str | None = None
    """The id of the Global Datastore that it is a member of."""
    global_role: Literal["PRIMARY", "SECONDARY"] = "PRIMARY"
    notification_topic: str | None = None
    """The ARN of the topic that it tells its events."""
    description: str = "laid with the world"
    tags: Tags = Field(default_factory=dict)
    status: Literal["available", "creating", "create-failed", "deleting", "modifying", "snapshotting"] = "available"
    status_seconds: float | None = None


class TrustSpec(Model):
    """Shorthand for a trust policy: an account, else the consumer, may assume the role with this external id."""

    account: str | None = None
    external_id: str | None = None


class RoleSpec(Model):
    name: str
    path: str = "/"
    trusts: TrustSpec | None = None
    trust: dict[str, Any] | None = None
    policies: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Inline policies by name."""
    attached: tuple[str, ...] = ()
    """ARNs of the world's managed policies."""
    boundary: str | None = None
    """The ARN of its permissions boundary."""
    max_session_duration: int = Field(default=3600, ge=3600, le=43_200)
    """In seconds."""
    description: str = ""
    tags: Tags = Field(default_factory=dict)


class PolicySpec(Model):
    """A managed policy, which roles may have attached, or as their permissions boundary."""

    name: str
    of_aws: bool = False
    """Whether it is one of AWS's own, with ``aws`` in its ARN in place of the account."""
    path: str = "/"
    document: dict[str, Any] = Field(default_factory=lambda: dict(EVERYTHING))


class TargetSpec(Model):
    ip: str
    port: int | None = None


class HealthCheckSpec(Model):
    """Seconds between two checks and until one has failed, and how many in a row decide."""

    interval: int = Field(default=30, ge=5, le=300)
    timeout: int = Field(default=10, ge=2, le=120)
    healthy: int = Field(default=5, ge=2, le=10)
    unhealthy: int = Field(default=2, ge=2, le=10)


class TargetGroupSpec(Model):
    name: str
    port: int = 6379
    vpc: str | None = None
    targets: tuple[TargetSpec, ...] = ()
    health_check: HealthCheckSpec = HealthCheckSpec()
    attributes: dict[str, str] = Field(default_factory=dict)
    """Those that are not as the service sets them."""
    tags: Tags = Field(default_factory=dict)


class ListenerSpec(Model):
    port: int
    target_group: str
    tags: Tags = Field(default_factory=dict)


class LoadBalancerSpec(Model):
    name: str
    subnets: tuple[str, ...] = Field(min_length=1)
    type: Literal["network"] = "network"
    scheme: str = "internal"
    security_groups: tuple[str, ...] = ()
    listeners: tuple[ListenerSpec, ...] = ()
    tags: Tags = Field(default_factory=dict)


class ConnectionSpec(Model):
    id: str
    """Of the endpoint, or of a transit gateway attachment (``tgw-attach-…``), which EC2 lists among them."""
    owner: str | None = None
    state: Literal["pendingAcceptance", "pending", "available", "partial", "rejected"] = "available"


class EndpointServiceSpec(Model):
    load_balancer: str
    id: str | None = None
    acceptance_required: bool = True
    principals: tuple[str, ...] = ()
    connections: tuple[ConnectionSpec, ...] = ()
    tags: Tags = Field(default_factory=dict)


class World(Model):
    region: str = "us-east-1"
    consumer: str | None = Field(default=None, pattern=r"^\d{12}$")
    consumer_zones: tuple[str, ...] | None = None
    """The ids of the zones in which the consumer's VPC has a subnet; those of all zones if it is left out."""
    vpcs: tuple[VpcSpec, ...] | None = None
    prefix_lists: tuple[PrefixListSpec, ...] = ()
    security_groups: tuple[SecurityGroupSpec, ...] = ()
    security_group_rules: tuple[RuleSpec, ...] = ()
    subnet_groups: tuple[SubnetGroupSpec, ...] = ()
    user_groups: tuple[UserGroupSpec, ...] = ()
    clusters: tuple[ClusterSpec, ...] = ()
    roles: tuple[RoleSpec, ...] = ()
    policies: tuple[PolicySpec, ...] = ()
    service_control_policies: tuple[dict[str, Any], ...] = ()
    """Of the account's organization, beside one that allows everything: they bind what functions do."""
    target_groups: tuple[TargetGroupSpec, ...] = ()
    load_balancers: tuple[LoadBalancerSpec, ...] = ()
    endpoint_services: tuple[EndpointServiceSpec, ...] = ()
    quotas: Quotas = Quotas()
    latency: Latency = Latency()
    throttle: Throttle = Throttle()
    refused_zones: tuple[str, ...] = ()
    refused_balancer_zones: tuple[str, ...] = ()
    placements: dict[str, str] = Field(default_factory=dict)
    late_nodes: dict[str, float] = Field(default_factory=dict)
    exhausted_zones: tuple[str, ...] = ()
    failing: tuple[str, ...] = ()
    deleted_load_balancers: Literal["listed", "dropped"] = "listed"
    service_zones: Literal["followed", "kept"] = "followed"
    event_deliveries: int = Field(default=1, ge=0)

    def conditions(self, clock: "Clock", seed: int = 0) -> Conditions:
        return Conditions(
            clock=clock,
            seed=seed,
            latency=self.latency,
            quotas=self.quotas,
            throttle=self.throttle,
            refused_zones=frozenset(self.refused_zones),
            refused_balancer_zones=frozenset(self.refused_balancer_zones),
            placements=dict(self.placements),
            late_nodes=dict(self.late_nodes),
            exhausted_zones=frozenset(self.exhausted_zones),
            failing=frozenset(self.failing),
            deleted_load_balancers=self.deleted_load_balancers,
            service_zones=self.service_zones,
            consumer=self.consumer,
        )

    def all_vpcs(self) -> tuple[VpcSpec, ...]:
        return self.vpcs if self.vpcs is not None else (default_vpc(self.region),)


def default_vpc(region: str) -> VpcSpec:
    """The default VPC of a new account, with a subnet in each of three zones."""
    subnets = tuple(
        SubnetSpec(id=f"subnet-{letter}", cidr=f"172.31.{16 * index}.0/20", zone=f"{region}{letter}")
        for index, letter in enumerate("abc")
    )
    return VpcSpec(id="vpc-default", default=True, subnets=subnets)
