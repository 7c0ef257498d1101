"""The resources of a connection as teardown sees them, whatever their kind, and what a look for them starts from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from private_connection.contracts import Contract
from private_connection.ownership import CLUSTER, has_name, is_ours
from private_connection.paths.load_balancer_descriptions import LoadBalancer

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


class Thing(Contract):
    """A resource of a connection, as it was when it was looked up."""

    kind: Kind
    id: str
    """What AWS's calls take: an ARN, an id or a name."""
    name: str
    """What a report calls it; no two things of a kind have the same."""
    created_by: str | None
    """The run that made it; null for an inline policy, which several may have written, and for what is not ours."""
    marks: tuple[str, ...] = ()
    """Of an inline policy: the marks (`access.sids`) of the runs of which a rollback would take something off."""
    busy: bool = False
    """It is being created, changed or deleted: AWS would refuse to delete it now."""
    within: str | None = None
    """What holds it: a rule's group, a policy's role; for a target group or a service, its load balancer's name; for a
    load balancer that lacks one of our marks, the cluster that it names.
    """
    note: str | None = None
    """Why teardown keeps it, whatever the request says; null if it may be removed."""
    tried: int = 0
    """How often it could not be removed."""


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
