"""Servers joined to a cluster, as ElastiCache joins the nodes of a replication group in cluster mode."""

from collections.abc import Sequence
from typing import Final

from tests.consumer.certificates import Certificate
from tests.consumer.loopback import awaited
from tests.consumer.servers import CLUSTER_FILE, Flags, Ground, Node

SLOTS: Final = 16_384
AS_ELASTICACHE: Final[Flags] = {
    "cluster-enabled": "yes",
    "cluster-config-file": CLUSTER_FILE,
    "cluster-node-timeout": 2000,
    "cluster-require-full-coverage": "no",
}
"""Its parameters where they are not the server's own, and a time-out after which a dead node is soon noticed."""


class Cluster:
    """A primary for each shard, with a share of the slots. It serves when `joined` returns, two seconds later."""

    def __init__(self, ground: Ground, names: Sequence[str], certificate: Certificate | None) -> None:
        """With TLS it redirects to the names, without it to addresses: what `tls-dynamic` means."""
        kind = "ip" if certificate is None else "hostname"
        self.nodes: list[Node] = []
        self._ground, self._names, self.certificate = ground, names, certificate
        for count, name in enumerate(names):
            flags = {"cluster-announce-hostname": name, "cluster-preferred-endpoint-type": kind}
            node = ground.start(certificate, {**AS_ELASTICACHE, **flags})
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", count + 1)
            node.ask("CLUSTER", "ADDSLOTSRANGE", self._first(count), self._first(count + 1) - 1)
            self.nodes.append(node)
        for node in self.nodes[1:]:
            node.ask("CLUSTER", "MEET", self.nodes[0].address, self.nodes[0].place[1], self.nodes[0].bus)

    def replace(self, node: Node) -> Node:
        """The node by one at another address, with its name and its slots and none of its keys."""
        node.kill()
        self.nodes[self.nodes.index(node)] = made = self._ground.start(self.certificate, node.flags, node)
        return made

    def joined(self) -> None:
        """Every node knows the slots and the names of all."""
        awaited("the cluster serves", lambda: all(map(self._serves, self.nodes)))

    def _serves(self, node: Node) -> bool:
        shown = str(node.ask("CLUSTER", "INFO")).splitlines()
        if not {"cluster_state:ok", f"cluster_slots_assigned:{SLOTS}"} <= set(shown):
            return False
        slots = str(node.ask("CLUSTER", "SLOTS"))
        return all(name in slots for name in self._names)

    def prefers(self, kind: str) -> None:
        """The parameter `cluster-preferred-endpoint-type`."""
        for node in self.nodes:
            node.ask("CONFIG", "SET", "cluster-preferred-endpoint-type", kind)

    def move(self, slot: int, source: Node, target: Node) -> None:
        """A slot with its keys, as a cluster that is balanced again moves it; no client is told."""
        ids = {node: str(node.ask("CLUSTER", "MYID")) for node in (source, target)}
        target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", ids[source])
        source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", ids[target])
        for key in source.ask("CLUSTER", "GETKEYSINSLOT", slot, 1000):
            source.ask("MIGRATE", *target.inner, key, 0, 5000)
        for node in (target, source):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", ids[target])

    def having(self, slot: int) -> Node:
        """The node that has the keys of the slot."""
        return next(each for each in self.nodes if each.ask("CLUSTER", "COUNTKEYSINSLOT", slot))

    def _first(self, count: int) -> int:
        return count * SLOTS // len(self._names)
