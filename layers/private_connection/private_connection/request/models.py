"""What a user asks for: the input of ``provision``."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from private_connection.contracts import ConnectionName, Contract, Port

Engine = Literal["redis", "valkey"]
ClusterMode = Literal["enabled", "disabled"]
Ingress = Literal["subnets", "anywhere", "none"]
Zones = Literal["node", "all"]
AccessPolicy = Literal["documented", "scoped"]
OnFailure = Literal["rollback", "keep"]
Reconcile = Literal["repair", "report", "off"]
SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9A-Za-z-]+$")]
KMS_KEY = r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})"
"""The id of a KMS key, of one Region or of several (KMS API reference, DescribeKey)."""
TAGS_AT_MOST = 40
"""Tags of the user's on a resource. AWS takes 50, of which ours need some, and others' on what several share."""
TagKey = Annotated[str, StringConstraints(min_length=1, max_length=127)]
"""EC2 takes 127 characters, the other services 128 (API references, Tag)."""
TagValue = Annotated[str, StringConstraints(max_length=256)]
UserGroupId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]*$", max_length=40)]
SecurityGroupId = Annotated[str, StringConstraints(pattern=r"^sg-[0-9A-Za-z-]+$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z]+(_[A-Z0-9]+)*$", max_length=40)]
ENGINE_VERSION = r"^(([6-9]|[1-9][0-9])\.[0-9]{1,2}|6\.x|[1-5]\.[0-9]{1,2}\.[0-9]{1,2})$"
"""From 6 on ElastiCache takes no patch release ("Specific version selection is not allowed for '6.2.6', please use
'6.2'", crossplane-contrib/provider-aws issue 1617), and ``x`` for 6 alone (hashicorp/terraform-provider-aws, pull
request 31264).
"""
ACKNOWLEDGED_AT_MOST = 20
"""Codes that one request acknowledges: more than there are of level error."""
DRIFT_AT_MOST = 10
"""Codes that a repair is started for. The item of its connection keeps those of the last repairs."""


class CreateCluster(Contract):
    """Settings of a cluster to create. They are fixed: an existing cluster is compared with them, never modified."""

    engine: Annotated[Engine, Field(description="redis or valkey")] = "redis"
    engine_version: Annotated[
        str | None,
        Field(
            pattern=ENGINE_VERSION,
            description="a version that ElastiCache offers, such as 7.1, before version 6 with its patch release, such "
            "as 5.0.6; or null",
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
    kms_key_id: Annotated[
        str | None,
        Field(
            pattern=rf"^((arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{{12}}:)?alias/[A-Za-z0-9/_-]+"
            rf"|arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{{12}}:key/{KMS_KEY}|{KMS_KEY})$",
            max_length=2048,
            description="the ARN, the id or the alias (alias/...) of a KMS key of this Region, or null for "
            "ElastiCache's own key",
        ),
    ] = None
    user_group_ids: Annotated[
        tuple[UserGroupId, ...],
        Field(max_length=1, description="the id of an ElastiCache user group in a list: a cluster has one at most"),
    ] = ()
    snapshot_retention_days: Annotated[
        int, Field(ge=0, le=35, description="0 to 35 days for which automatic backups are kept; 0 makes none")
    ] = 0


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


class ConnectionRequest(Contract):
    """What a connection shall be: all of the input of ``provision`` but what it says of the run."""

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
    tags: Annotated[
        dict[TagKey, TagValue],
        Field(
            max_length=TAGS_AT_MOST,
            description="an object of up to 40 tags, each a key of up to 127 characters with a text of up to 256",
        ),
    ] = Field(default_factory=dict)
    ingress: Annotated[Ingress, Field(description="subnets, anywhere or none")] = "subnets"
    zones: Annotated[Zones, Field(description="node or all")] = "node"
    access_policy: Annotated[AccessPolicy, Field(description="documented or scoped")] = "documented"
    reconcile: Annotated[
        Reconcile | None, Field(description="repair, report or off, or null for the parameter ReconcileMode")
    ] = None
    acknowledge: Annotated[
        tuple[Code, ...],
        Field(
            max_length=ACKNOWLEDGED_AT_MOST,
            description="a list of up to 20 codes of findings of level error, such as INGRESS_CLOSED, that shall not "
            "block",
        ),
    ] = ()


class Repair(Contract):
    """What a repair was started for. The machine reconcile sends it, nobody else."""

    revision: Annotated[
        int, Field(ge=1, description="the revision of the connection's item that is repaired; it counts from 1")
    ]
    drift: Annotated[
        tuple[Code, ...], Field(max_length=DRIFT_AT_MOST, description="at most 10 drift codes that it is started for")
    ] = ()


class ProvisionRequest(ConnectionRequest):
    """The input of ``provision``."""

    on_failure: Annotated[OnFailure, Field(description="rollback or keep")] = "rollback"
    repair: Annotated[
        Repair | None, Field(description="an object with revision and drift, which reconcile sends, or leave it out")
    ] = None
    plan: Annotated[bool, Field(description="true to change nothing and be told what a run would do, or false")] = False
