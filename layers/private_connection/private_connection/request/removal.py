"""What a teardown removes: its input, from a user, or from a run that takes back or withdraws."""

from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from private_connection.contracts import ClusterKind, ConnectionName, Contract
from private_connection.request.models import AccessPolicy

Maker = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Wanted(Contract):
    """What a connection asks for, by name: whatever else carries its marks is surplus."""

    cluster_id: str
    kind: ClusterKind
    nodes: tuple[str, ...]
    """The cluster's nodes, by cache cluster id."""
    paths: tuple[str, ...]
    """The names of their load balancers, which their target groups have too."""
    rules: tuple[str, ...]
    """The ids of the security group rules that let the load balancers in."""
    role_name: str
    workspace_id: str
    access_policy: AccessPolicy
    tags: tuple[str, ...]
    """The keys of the user's tags that the connection asked for before and does not any more."""
    strangers: tuple[str, ...] = ()
    """The ids of the services that admit others beside Ververica's account."""


class TeardownRequest(Contract):
    """The input of ``teardown``."""

    connection: ConnectionName
    created_by: Annotated[
        tuple[Maker, ...] | None,
        Field(
            min_length=1,
            max_length=50,
            description="a list of makers (values of the tag private-connection/created-by), to remove only what those "
            "runs made, or null for everything",
        ),
    ] = None
    delete_cluster: Annotated[bool, Field(description="true to delete the cluster that we created, or false")] = False
    final_snapshot: Annotated[
        bool, Field(description="false to delete the cluster without a final snapshot, or true")
    ] = True
    force: Annotated[bool, Field(description="true to cut live connections off, or false")] = False
    claim: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="null; a run that rolls back writes here the maker that holds the connection",
        ),
    ] = None
    wanted: Annotated[
        Wanted | None,
        Field(description="null; a run that withdraws what is not asked for any more writes here what still is"),
    ] = None
    not_before: Annotated[
        AwareDatetime | None,
        Field(description="null, or the moment before which nothing is looked for, such as 2026-01-31T12:00:00Z"),
    ] = None
