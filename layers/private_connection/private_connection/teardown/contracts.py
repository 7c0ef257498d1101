"""The borders of ``teardown``: what it is asked for, what it finds, what it removes and reports."""

from typing import Annotated, Literal

from pydantic import Field

from private_connection.contracts import ConnectionName, Contract, Failure

Kind = Literal[
    "endpointService",
    "loadBalancer",
    "targetGroup",
    "securityGroupRule",
    "rolePolicy",
    "role",
    "replicationGroup",
    "cacheSubnetGroup",
    "securityGroup",
]


class TeardownRequest(Contract):
    """The input of ``teardown``."""

    connection: ConnectionName
    created_by: Annotated[
        str | None,
        Field(description="the name of an execution, to remove only what that one made, or null for everything"),
    ] = None
    delete_cluster: Annotated[bool, Field(description="true to delete the cluster that we created, or false")] = False
    final_snapshot: Annotated[
        bool, Field(description="false to delete the cluster without a final snapshot, or true")
    ] = True
    force: Annotated[bool, Field(description="true to cut live connections off, or false")] = False


class Thing(Contract):
    """Something of a connection's, as it was when it was looked at."""

    kind: Kind
    id: str
    """What AWS's calls take: an ARN, an id or a name."""
    name: str
    created_by: str | None
    """The execution that made it; null where AWS keeps no tags."""
    busy: bool = False
    """On its way from one state to another: nothing can be done to it but wait."""
    within: str | None = None
    """What holds it: a rule's group, a policy's role; for a target group or a service, its load balancer's name."""
    note: str | None = None
    """Why it cannot be removed, whatever is asked for."""


class Named(Contract):
    """What reports carry of a thing: at 150 nodes the state has no room for all their ARNs twice."""

    kind: str
    name: str


class Kept(Contract):
    """Something of ours that stays, and why."""

    kind: Kind
    name: str
    why: str


class FailedStep(Contract):
    """What could not be done, and to which thing; without one, a look that failed."""

    failure: Failure
    thing: Thing | None = None


class FindOwned(Contract):
    connection: ConnectionName
    created_by: str | None
    delete_cluster: bool
    seen: tuple[Named, ...]
    """What earlier looks found."""
    left: tuple[Thing, ...]
    """What the last look found."""
    failed: tuple[FailedStep, ...]
    """What failed since the last look."""
    quiet: int
    stuck: int
    checked: bool
    """Whether anything may be removed, and may have been."""


class Owned(Contract):
    """One look at what is ours."""

    seen: tuple[Named, ...]
    left: tuple[Thing, ...]
    removable: tuple[Thing, ...]
    """The part of ``left`` that nothing else of ours holds any more."""
    kept: tuple[Kept, ...]
    unseen: tuple[str, ...]
    """The kinds that could not be looked for; of these, ``left`` has what earlier looks found."""
    failed: tuple[FailedStep, ...]
    cluster_users: tuple[str, ...]
    """Other connections whose load balancers name the cluster."""
    quiet: int
    """Looks in a row that found nothing left."""
    stuck: int
    """Looks in a row that found the same as the one before, with something having failed in between."""


class CheckConnections(Contract):
    connection: ConnectionName
    services: tuple[str, ...]
    cluster_users: tuple[str, ...]
    force: bool


class Connections(Contract):
    live: int


class ServiceReference(Contract):
    service_id: str


class LoadBalancerReference(Contract):
    load_balancer_arn: str


class TargetGroupReference(Contract):
    target_group_arn: str


class CloseSecurityGroup(Contract):
    connection: ConnectionName
    security_group_id: str
    rule_id: str


class RemoveAccess(Contract):
    connection: ConnectionName
    thing: Thing


class DeleteCluster(Contract):
    thing: Thing
    final_snapshot: bool


class Done(Contract):
    """The call was made; whether it took effect is for the next look to say."""


class ComposeReport(Contract):
    connection: ConnectionName
    seen: tuple[Named, ...]
    left: tuple[Thing, ...]
    kept: tuple[Kept, ...]
    unseen: tuple[str, ...]
    failed: tuple[FailedStep, ...]


class Listing(Contract):
    """How many of each kind, and the first 50 by name."""

    counts: dict[str, int]
    first: tuple[Named, ...]


class Report(Contract):
    """The output of ``teardown``."""

    connection: ConnectionName
    clean: bool
    """Whether nothing that was to be removed is left."""
    removed: Listing
    kept: tuple[Kept, ...]
    remains: Listing
    unseen: tuple[str, ...]
    """The kinds of which more may remain, because nobody could look for them."""
    summary: str
    error: str | None
    """What stood in the way, when something remains."""
    cause: str | None
