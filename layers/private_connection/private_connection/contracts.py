"""The borders: what a user asks for, what a step takes and returns, what a run hands over.

Frozen models that refuse unknown keys. JSON is camelCase, Python snake_case by alias. They carry ids and addresses,
never AWS's raw answers, so that the state of a 90-node run stays far below the 256 KiB that Step Functions allows.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, RootModel, StringConstraints
from pydantic.alias_generators import to_camel


class Contract(BaseModel):
    """A model at a border. It is built when it is first used."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        defer_build=True,  # building them all takes 50 ms of a cold start
    )


Engine = Literal["redis", "valkey"]
ClusterMode = Literal["enabled", "disabled"]
ClusterKind = Literal["replicationGroup", "cacheCluster"]
Ingress = Literal["subnets", "anywhere"]
AccessPolicy = Literal["documented", "scoped"]
Port = Annotated[int, Field(ge=1, le=65535, description="a TCP port, 1 to 65535")]
ConnectionName = Annotated[
    str,
    Field(
        pattern=r"^[a-z](-?[a-z0-9])*$",
        max_length=32,
        description="1 to 32 of a-z, 0-9 and single hyphens, starting with a letter and not ending in a hyphen",
    ),
]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9A-Za-z-]+$")]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9A-Za-z-]+$")]

# ------------------------------------------------------------------ the request


class CreateCluster(Contract):
    """Settings of a cluster to create. They are fixed: an existing cluster is compared with them, never modified."""

    engine: Annotated[Engine, Field(description="redis or valkey")] = "redis"
    engine_version: Annotated[
        str | None,
        Field(
            pattern=r"^[0-9]+\.[0-9x]+(\.[0-9]+)?$",
            description="a version that ElastiCache offers, such as 7.1, or null",
        ),
    ] = None
    node_type: Annotated[
        str,
        Field(
            pattern=r"^cache\.[cmrt][0-9]{1,2}[a-z]{0,3}\.(micro|small|medium|large|[0-9]{0,2}xlarge)$",
            description="an ElastiCache node type, such as cache.t4g.micro or cache.r7g.large",
        ),
    ] = "cache.t4g.micro"
    cluster_mode: Annotated[ClusterMode, Field(description="enabled or disabled")] = "disabled"
    shards: Annotated[int, Field(ge=1, le=500, description="1 to 500 shards; 1 with cluster mode disabled")] = 1
    replicas_per_shard: Annotated[int, Field(ge=0, le=5, description="0 to 5 replicas")] = 0
    subnet_ids: Annotated[
        tuple[SubnetId, ...], Field(max_length=20, description="up to 20 ids such as subnet-0a1b2c3d, of one VPC")
    ] = ()
    subnet_group: Annotated[
        str | None, Field(min_length=1, max_length=255, description="the name of an ElastiCache subnet group, or null")
    ] = None
    security_group_ids: Annotated[
        tuple[SecurityGroupId, ...],
        Field(max_length=5, description="up to 5 ids such as sg-0a1b2c3d, of the subnets' VPC"),
    ] = ()
    port: Port = 6379
    transit_encryption: Annotated[bool, Field(description="true or false")] = True
    at_rest_encryption: Annotated[bool, Field(description="true or false")] = True


class ClusterRequest(Contract):
    """The cluster to connect: created and owned where ``create`` is given, otherwise adopted and left alone."""

    id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z](-?[A-Za-z0-9])*$",
            max_length=50,
            description="1 to 40 letters, digits and single hyphens, starting with a letter and not ending in a hyphen "
            "(up to 50 for a standalone cluster that exists)",
        ),
    ]
    create: Annotated[
        CreateCluster | None,
        Field(description="the settings of a cluster to create, {} for the defaults, or null to adopt"),
    ] = None


class RoleRequest(Contract):
    """The IAM role that Ververica assumes."""

    name: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9_+=,.@-]{1,64}$",
            description="the name of an existing IAM role, or null to find or create one",
        ),
    ] = None
    permissions_boundary: Annotated[
        str | None,
        Field(pattern=r"^arn:[a-z-]+:iam::([0-9]{12}|aws):policy/.+$", description="the ARN of an IAM policy, or null"),
    ] = None


class ProvisionRequest(Contract):
    """The input of ``provision``."""

    connection: ConnectionName
    workspace_id: Annotated[
        str,
        Field(
            min_length=2,
            max_length=1224,
            pattern=r"^[A-Za-z0-9_+=,.@:/-]*$",
            description="the Ververica workspace id: 2 to 1,224 letters, digits and any of _+=,.@:/- "
            "(what STS allows as an external id)",
        ),
    ]
    cluster: Annotated[
        ClusterRequest, Field(description="the cluster: an object with its id, and create if it shall be made")
    ]
    role: Annotated[RoleRequest, Field(description="an object with name or permissionsBoundary, or leave it out")] = (
        RoleRequest()
    )
    ingress: Annotated[Ingress, Field(description="subnets or anywhere")] = "subnets"
    access_policy: Annotated[AccessPolicy, Field(description="documented or scoped")] = "documented"
    on_failure: Annotated[Literal["rollback", "keep"], Field(description="rollback or keep")] = "rollback"


# ------------------------------------------------------------------ what steps share


class Owner(Contract):
    """Whose a thing is: the connection that needs it and the execution that made it."""

    connection: ConnectionName
    execution: str


class ClusterCreation(CreateCluster):
    """A creation with every choice made."""

    vpc_id: str
    subnet_group: str
    own_subnet_group: bool
    parameter_group: str | None
    zones: tuple[str, ...]
    """A zone per node, in the order of the node ids; empty leaves the placement to AWS."""


class ClusterPlan(Contract):
    """The cluster of a validated request. ``creation`` is null for one that is adopted."""

    id: str
    kind: ClusterKind
    creation: ClusterCreation | None


class NodePlace(Contract):
    """Where a cache node is, or will be."""

    node: str
    """The cache cluster id, the one identity of a node that lasts."""
    port: Port
    vpc_id: str
    availability_zone: str
    subnet_id: str


class PreparedNode(NodePlace):
    """A foreseen node with what was made for it early."""

    target_group_arn: str
    load_balancer_arn: str
    created: bool
    """Whether this execution made the load balancer."""


class Node(NodePlace):
    """A cache node that answers."""

    shard: str
    endpoint: str
    availability_zone_id: str
    ip_address: str
    target_group_arn: str | None
    """The target group that was prepared for it; null where none was, or where AWS put the node elsewhere."""
    load_balancer_arn: str | None


# ------------------------------------------------------------------ steps: what they take and return


class Document(RootModel[JsonValue]):
    """Whatever JSON an execution was started with."""


class ValidatedRequest(Contract):
    """The request, completed with its defaults and with what the account holds."""

    connection: ConnectionName
    workspace_id: str
    cluster: ClusterPlan
    role: RoleRequest
    ingress: Ingress
    access_policy: AccessPolicy
    on_failure: Literal["rollback", "keep"]
    foreseen_nodes: tuple[NodePlace, ...]
    warnings: tuple[str, ...]


class EnsureCluster(Owner):
    cluster: ClusterPlan
    foreseen_nodes: tuple[NodePlace, ...]


class EnsuredCluster(Contract):
    foreseen_nodes: tuple[NodePlace, ...]
    """Empty once AWS has been left to choose the zones."""


class ClusterReference(Contract):
    cluster_id: str
    kind: ClusterKind


class ClusterState(Contract):
    ready: bool
    status: str


class OpenSecurityGroup(Owner, ClusterReference):
    ingress: Ingress


class OpenedSecurityGroup(Contract):
    security_group_id: str
    warnings: tuple[str, ...]


class EnsureAccessRole(Owner):
    workspace_id: str
    role: RoleRequest
    access_policy: AccessPolicy


class EnsuredAccessRole(Contract):
    role_arn: str
    warnings: tuple[str, ...]


class ResolveNodes(ClusterReference):
    prepared: tuple[PreparedNode, ...]


class ResolvedNodes(Contract):
    nodes: tuple[Node, ...]


class EnsureTargetGroup(Owner):
    node: str
    port: Port
    vpc_id: str
    ip_address: str | None
    """Null while the node is only foreseen."""
    target_group_arn: str | None
    """The target group, where this execution has already ensured it."""


class EnsuredTargetGroup(Contract):
    target_group_arn: str
    stale_addresses: tuple[str, ...]
    """Addresses that the node had before and that are still registered, until the one that it has now is healthy."""


class EnsureLoadBalancer(Owner):
    cluster_id: str
    node: str
    port: Port
    vpc_id: str
    availability_zone: str
    subnet_id: str
    target_group_arn: str | None
    """Where its listener forwards to; null while there is no target group, or where the listener is ensured already."""
    load_balancer_arn: str | None
    """The load balancer, where this execution has already ensured it."""
    created: bool
    """Whether this execution made that load balancer, so that it has no listener to be looked up."""


class EnsuredLoadBalancer(Contract):
    load_balancer_arn: str
    created: bool


class Target(Contract):
    """A node as its target group and load balancer see it."""

    node: str
    ip_address: str
    port: Port
    target_group_arn: str
    load_balancer_arn: str


class CheckTargetHealth(Contract):
    targets: tuple[Target, ...]
    pending: tuple[str, ...] | None
    """The nodes that no look has seen healthy yet, where to begin first; null before the first look."""
    balancers_active: bool
    """Whether the last look found every load balancer active: then they are not looked at again."""
    final: bool
    """Whether this is the verdict: then a node that is not healthy raises `TargetsNeverHealthy`."""


class TargetsState(Contract):
    ready: bool
    balancers_active: bool
    pending: tuple[str, ...]
    reason: str | None


class StaleTargets(Contract):
    """What a target group holds beside the address of its node."""

    target_group_arn: str
    port: Port
    addresses: tuple[str, ...]


class RetireTargets(Contract):
    stale: tuple[StaleTargets, ...]


class RetiredTargets(Contract):
    retired: int


class EnsureEndpointService(Owner):
    node: str
    load_balancer_arn: str
    service_id: str | None
    """The endpoint service, where this execution has just seen it available: then nothing is looked up."""
    service_name: str | None
    early: bool
    """Whether there is time: then a service that is not available yet is no reason to wait."""


class EnsuredEndpointService(Contract):
    service_id: str | None
    """Null where there was time, and the service is not available yet."""
    service_name: str | None


class AllowPrincipal(Contract):
    service_id: str


class AllowedPrincipal(Contract):
    principal: str


class Failure(Contract):
    """A caught error as Step Functions has it: ``$states.errorOutput``."""

    error: Annotated[str, Field(alias="Error")]
    cause: Annotated[str, Field(alias="Cause")] = ""


class ExplainFailure(Contract):
    failures: Annotated[tuple[Failure, ...], Field(min_length=1)]


class ExplainedFailure(Contract):
    error: str
    cause: str


# ------------------------------------------------------------------ the hand-off


class OfferedNode(Contract):
    """A node with the endpoint service that leads to it."""

    node: Node
    service_id: str
    service_name: str


class ComposeHandoff(Contract):
    connection: ConnectionName
    workspace_id: str
    cluster_id: str
    role_arn: str
    warnings: tuple[str, ...]
    offers: tuple[OfferedNode, ...]


class Endpoint(Contract):
    """One row of the portal's form, and what the network team asks about it."""

    node: str
    shard: str
    endpoint: str
    port: Port
    availability_zone: str
    availability_zone_id: str
    ip_address: str
    service_name: str
    service_id: str


class Handoff(Contract):
    """The output of ``provision``: what to paste into the Ververica portal."""

    connection: ConnectionName
    status: Literal["READY"]
    workspace_id: str
    role_arn: str
    cluster_id: str
    region: str
    warnings: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
