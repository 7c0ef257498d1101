"""The models that several steps share. The models of a single step stand above its function.

Models are frozen and refuse unknown keys. JSON is camelCase, Python snake_case by alias. They carry ids and addresses,
never AWS's raw answers, so that the state of a 90-node run stays far below the 256 KiB that Step Functions allows.
"""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, RootModel
from pydantic.alias_generators import to_camel


class Contract(BaseModel):
    """The base of every model that a step takes or returns. Pydantic builds a model when it is first used."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        defer_build=True,  # building them all takes 50 ms of a cold start
    )


ClusterKind = Literal["replicationGroup", "cacheCluster"]
NodeRole = Literal["primary", "replica"]
Port = Annotated[int, Field(ge=1, le=65535, description="a TCP port, 1 to 65535")]
ConnectionName = Annotated[
    str,
    Field(
        pattern=r"^[a-z](-?[a-z0-9])*$",
        max_length=32,
        description="1 to 32 of a-z, 0-9 and single hyphens, starting with a letter and not ending in a hyphen",
    ),
]


def _with_its_zone(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a moment without its distance from UTC")
    return text


Moment = Annotated[str, AfterValidator(_with_its_zone)]
"""A point of time in ISO 8601, with its distance from UTC."""
ZoneSubnets = dict[str, str]
"""Zone name to subnet id."""


class Document(RootModel[JsonValue]):
    """Whatever JSON an execution was started with."""


class Owner(Contract):
    """Who a resource is made for and by: the connection that needs it and the run that makes it."""

    connection: ConnectionName
    maker: str
    """What the run is known by in tags: no other run, be it of the same name, has it. The state machine computes it."""
    tags: dict[str, str] = {}
    """Tags of the user's, for everything that is made. They never say whose a resource is."""


class NodePlace(Contract):
    """Where a cache node is, or will be."""

    node: str
    """The cache cluster id, the one identity of a node that lasts."""
    port: Port
    vpc_id: str
    availability_zone: str
    subnet_id: str
    """The subnet for its load balancer: its own, or another one of its zone that has more room."""


class Node(NodePlace):
    """A cache node that has an endpoint and an address."""

    shard: str
    role: NodeRole | None
    """Its role when it was read; null in cluster mode, and where ElastiCache does not say."""
    endpoint: str
    availability_zone_id: str
    ip_address: str
    target_group_arn: str | None = None
    """The target group that was prepared for it; null if none was, or if AWS put the node into another zone."""
    load_balancer_arn: str | None = None
    load_balancer_subnets: tuple[str, ...] | None = None
    spread: bool | None = None
    """Whether a request has put that load balancer into all zones."""
    touched: bool = False
    """Whether this run made or changed something of its path when it was prepared."""


class PathRecord(Contract, extra="ignore"):
    """What a step reads of a node's path.

    The state machine hands on a node with all that the steps before have made for it: each step reads what it needs.
    """


class ConnectedCluster(Contract):
    """What somebody who connects to a cluster has to know of it, beside its nodes."""

    id: str
    engine: str
    transit_encryption: bool


class Former(Contract):
    """What a connection was recorded with, before the run that asks."""

    workspace_id: str | None
    """Null if it never was recorded."""
    tags: tuple[str, ...]
    """The keys of the user's tags, without those of the deployment."""


class Done(Contract):
    """AWS accepted the call. Whether it has taken effect is read by a later step."""
