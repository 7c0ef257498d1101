"""What is measured: a number of nodes, created or adopted, at an assumed request rate; as a world and a request."""

from dataclasses import dataclass
from typing import Final, Literal

from sandbox.conditions import Bucket, ElbRates, Quotas, Throttle
from sandbox.world import World
from sandbox.world.model import ClusterSpec, SecurityGroupSpec

Mode = Literal["create", "adopt"]
# nodes: shards and replicas of each
TOPOLOGIES: Final = {1: (1, 0), 3: (1, 2), 6: (3, 1), 30: (10, 2), 90: (30, 2)}
RATE: Final = 3.0
CLUSTER: Final = "orders"
WORKSPACE: Final = "a1b2c3d4-workspace"
DEFAULT_BALANCERS: Final = 50


@dataclass(frozen=True)
class Case:
    """`rate` is how many mutating calls a second Elastic Load Balancing is assumed to admit."""

    mode: Mode
    nodes: int
    rate: float = RATE

    @property
    def shards(self) -> int:
        return TOPOLOGIES[self.nodes][0]

    @property
    def replicas(self) -> int:
        return TOPOLOGIES[self.nodes][1]

    @property
    def sharded(self) -> bool:
        return self.shards > 1

    def world(self) -> World:
        """The default VPC; the quota of load balancers raised where the nodes need it."""
        mutate = ElbRates().mutate
        return World(
            security_groups=(SecurityGroupSpec(id="sg-cache"),),
            clusters=(self._cluster(),) if self.mode == "adopt" else (),
            quotas=Quotas(network_load_balancers=max(DEFAULT_BALANCERS, self.nodes)),
            throttle=Throttle(elbv2=ElbRates(mutate=Bucket(burst=mutate.burst, rate=self.rate))),
        )

    def _cluster(self) -> ClusterSpec:
        return ClusterSpec(
            id=CLUSTER,
            mode="enabled" if self.sharded else "disabled",
            shards=self.shards,
            replicas_per_shard=self.replicas,
            tls=True,
            security_groups=("sg-cache",),
        )

    def request(self) -> dict[str, object]:
        """Input of the provision machine."""
        cluster: dict[str, object] = {"id": CLUSTER}
        if self.mode == "create":
            cluster["create"] = {
                "clusterMode": "enabled" if self.sharded else "disabled",
                "shards": self.shards,
                "replicasPerShard": self.replicas,
            }
        return {"connection": CLUSTER, "workspaceId": WORKSPACE, "cluster": cluster}
