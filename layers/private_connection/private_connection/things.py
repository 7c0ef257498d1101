"""The resources of a connection as teardown sees them, whatever their kind, and what a look for them starts from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from private_connection.contracts import Contract
from private_connection.ownership import CLUSTER, CREATED_BY, Tags, has_name, is_ours, lacking
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.request.removal import Wanted

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
    "principals",
    "access",
    "pathTags",
    "tags",
]
"""The last four are no resources: they are what something that is wanted has beside what is wanted."""


Told = Annotated[str | None, Field(exclude_if=lambda told: told is None)]
"""What findings call something whose name tells too little: of a rule, its group, range and port beside its id. Left
out where it is null, as a state that names hundreds of things has little room.
"""


class Thing(Contract):
    """A resource of a connection, as it was when it was looked up."""

    kind: Kind
    id: str
    """What AWS's calls take: an ARN, an id or a name."""
    name: str
    """What a report calls it; no two things of a kind have the same."""
    told: Told = None
    created_by: str | None
    """The run that made it; null for an inline policy, which several may have written, and for what is not ours."""
    marks: tuple[str, ...] = ()
    """Of an inline policy: the marks (`access.sids`) of the runs of which a rollback would take something off."""
    busy: bool = False
    """It is being created, changed or deleted: AWS would refuse to delete it now."""
    within: str | None = None
    """What holds it: a rule's group, a policy's role; for a target group or a service, its load balancer's name."""
    cluster: str | None = None
    """The id of the cluster that a load balancer leads to, or that a rule opens; null for every other kind."""
    node: str | None = None
    """The cache cluster id of the node whose target group it is; null for every other kind."""
    note: str | None = None
    """Why teardown keeps it, whatever the request says; null if it may be removed."""
    tried: int = 0
    """How often it could not be removed."""


Key = tuple[str, str]


def key(thing: Thing) -> Key:
    """What tells a thing from all others: not its name, which the groups of two VPCs may share."""
    return thing.kind, thing.id


def thing_of(
    kind: Kind,
    id_: str,
    name: str,
    tags: Tags,
    *,
    busy: bool = False,
    within: str | None = None,
    cluster: str | None = None,
    node: str | None = None,
    note: str | None = None,
) -> Thing:
    """A thing with the note given, or with one that says that it is not ours, as what lacks a maker never is."""
    made, note = tags.get(CREATED_BY) or None, note or lacking(tags, CREATED_BY)
    return Thing(
        kind=kind, id=id_, name=name, created_by=made, busy=busy, within=within, cluster=cluster, node=node, note=note
    )


@dataclass(frozen=True, slots=True)
class Search:
    """Whose resources to look for, and what is known of them already."""

    connection: str
    clusters: Collection[str] = ()
    """The ids of clusters that an earlier look met."""
    known: Sequence[Thing] = ()
    """What an earlier look found."""
    thorough: bool = True
    """Whether to look also for a cluster of ours that nothing names any more."""
    balancers: Sequence[LoadBalancer] = ()
    """Every load balancer of the account and Region."""
    wanted: Wanted | None = None
    """What the connection still asks for, if that is known: then what others put on it is looked for, too."""

    @property
    def own_balancers(self) -> list[LoadBalancer]:
        return [each for each in self.balancers if is_ours(each.tags, self.connection)]

    @property
    def named_balancers(self) -> list[LoadBalancer]:
        """Those that carry the connection's name, ours or not."""
        return [each for each in self.balancers if has_name(each.tags, self.connection)]

    @property
    def named_clusters(self) -> set[str]:
        return {*self.clusters, *(each.tags[CLUSTER] for each in self.own_balancers if CLUSTER in each.tags)}
