"""The form of a plan: what a run would create, keep, change and withdraw, by type, node and attribute."""

from typing import Annotated, Literal

from pydantic import Field

from private_connection.contracts import ConnectionName, Contract
from private_connection.handoff import ReportedFinding
from private_connection.preflight.cost import Cost

Action = Literal["create", "keep", "change", "withdraw"]
Type = Literal[
    "replicationGroup",
    "cacheSubnetGroup",
    "securityGroup",
    "role",
    "rolePolicy",
    "securityGroupRule",
    "loadBalancer",
    "targetGroup",
    "listener",
    "target",
    "endpointService",
    "allowedPrincipal",
]
"""In the order in which a run comes to them."""


class Attribute(Contract):
    """An attribute of something that is created or changed."""

    name: str
    found: str | None = None
    """Null for something that is created, and for an attribute that it lacks."""
    wanted: str | None = None
    """Null for what is taken away, and for what is not known yet."""
    known_after: str | None = None
    """What has to be there before the value is known, such as ``the cluster is available``; null if it is known."""


class PlannedChange(Contract):
    """What a run would do about one thing."""

    action: Action
    type: Type
    name: str
    """What it is, or will be, called; of what AWS names itself the id, if it is there: a rule has it behind what it
    admits, as in ``sg-1: 10.0.0.0/24 on 6379 (sgr-1)``.
    """
    node: str | None = None
    """The cache cluster id of the node that it belongs to; null if it belongs to none."""
    attributes: tuple[Attribute, ...] = ()
    """What it is created with, or what is changed about it."""
    known_after: str | None = None
    """What has to be there before it is known whether the run does this, or to what; null if it is known."""


class Counts(Contract):
    """How many there are of each kind of change."""

    create: Annotated[int, Field(ge=0)] = 0
    keep: Annotated[int, Field(ge=0)] = 0
    change: Annotated[int, Field(ge=0)] = 0
    withdraw: Annotated[int, Field(ge=0)] = 0


class Plan(Contract):
    """The output of ``provision`` for a plan. Nothing was changed, and by the time of a run all may be otherwise: each
    run looks again.
    """

    connection: ConnectionName
    status: Literal["PLANNED"]
    workspace_id: str
    cluster_id: str
    region: str
    looked_at: str
    """When the look began; ISO 8601, UTC."""
    changes: tuple[PlannedChange, ...]
    """What the run would create, change and withdraw before what it would keep; as many as have room."""
    counts: Counts
    """Of all changes, those that have no room too."""
    left_out: int
    """How many changes have no room here. What would be kept is left out first."""
    findings: tuple[ReportedFinding, ...]
    """Errors that the request acknowledges are among them."""
    cost: Cost
    """What it would cost, by AWS's price list. What has no price there is a line without an amount."""
