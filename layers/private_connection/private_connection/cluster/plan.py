"""The cluster of a validated request: which one to adopt, or the settings to create one with."""

from private_connection.contracts import ClusterKind, Contract
from private_connection.request.models import CreateCluster


class ClusterCreation(CreateCluster):
    """The settings of a cluster to create, with every choice made."""

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
