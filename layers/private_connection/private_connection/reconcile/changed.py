"""Which connections have something new, by name: what exactly is looked up once more where it is written down."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from private_connection.contracts import ConnectionName, Contract
from private_connection.reconcile.account import Account
from private_connection.reconcile.codes import Mode
from private_connection.reconcile.connected import Connected
from private_connection.reconcile.drift import Drift, is_modified
from private_connection.reconcile.noted import Sight, noted
from private_connection.reconcile.selection import ChosenConnection
from private_connection.reconcile.told import OF_POLICY, SEEN_CLOSELY, told_after
from private_connection.registry.entries import Entry
from private_connection.registry.sightings import Told
from private_connection.registry.table import now


class Changed(Contract):
    connection: ConnectionName
    revision: int
    """Of the item that was compared. What is written demands that the item still has it."""
    modifying: bool | None
    """Whether its cluster is being modified; null if only nodes were looked at, and not the whole account."""
    nodes: tuple[str, ...] = ()
    """The nodes that were looked at closely."""
    policy: bool = False
    """Whether its policy was read."""

    def judges(self, told: Told) -> bool:
        """Whether what was told before was looked at, so that it is no more if it was not found."""
        if told.code in OF_POLICY:
            return self.policy
        if told.code in SEEN_CLOSELY and told.node is not None:
            return told.node in self.nodes
        return self.modifying is not None

    def without_judgement(self) -> "Changed":
        """The same, of which only a part of what was found is known."""
        return self.model_copy(update={"modifying": None, "nodes": (), "policy": False})


def as_one(found: Iterable[Changed]) -> list[Changed]:
    """What several looks have found, each connection once, ordered by name: one that was recorded between two looks is
    as the later one found it.
    """
    ordered = sorted(found, key=lambda each: (each.connection, -each.revision))
    return [_joined(list(each)) for _, each in groupby(ordered, key=lambda each: each.connection)]


def _joined(looks: list[Changed]) -> Changed:
    same = [each for each in looks if each.revision == looks[0].revision]
    return looks[0].model_copy(
        update={
            "modifying": next((each.modifying for each in same if each.modifying is not None), None),
            "nodes": tuple(sorted({node for each in same for node in each.nodes})),
            "policy": any(each.policy for each in same),
        }
    )


def changed_closely(
    entry: Entry, connection: Connected, chosen: ChosenConnection, drift: Sequence[Drift]
) -> Iterator[Changed]:
    """The connection, if a close look at some of its nodes has found something new of them."""
    found = Changed(
        connection=entry.connection,
        revision=entry.revision,
        modifying=None,
        nodes=tuple(each.node for each in chosen.nodes),
        policy=chosen.policy,
    )
    offered = [each.node for each in connection.handoff.endpoints]
    if told_after(entry, drift, chosen.mode, found.judges, offered, now()) != entry.told:
        yield found


def changed_of(
    entry: Entry, connection: Connected, mode: Mode, drift: tuple[Drift, ...], account: Account
) -> Iterator[Changed]:
    """The connection, if the look at the whole account has found something new of it."""
    found = Changed(connection=entry.connection, revision=entry.revision, modifying=is_modified(connection, account))
    sight = Sight(
        at=account.at,
        drift=drift,
        mode=mode,
        judged=found.judges,
        modifying=found.modifying,
        endpoints=account.endpoints,
        ververica=account.ververica,
    )
    if noted(entry, connection.handoff, sight).is_new:
        yield found
