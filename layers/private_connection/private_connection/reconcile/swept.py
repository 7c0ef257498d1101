"""What a sweep tells: the outputs of the machine ``reconcile``."""

from private_connection.contracts import ConnectionName, Contract
from private_connection.reconcile.repairs import StartedRepairs
from private_connection.reconcile.sweep import Found


class Swept(Found):
    """The output of ``reconcile``: what its last look has found, and what becomes of that."""

    looks: int
    """How often it has looked: once more for each time that it was asked for a sweep meanwhile."""

    looked_at: int
    """How many nodes were looked at closely. What that has found is in `drifted`, behind what was found before."""
    news: tuple[ConnectionName, ...]
    """The connections of which something was new. It was written down where no run was at work on them by then."""
    repairs: StartedRepairs
    """Of the last look, but for those that were `started` and those that are `recovering`, which are of all looks."""


class LeftToAnother(Contract):
    """The output of ``reconcile`` where another sweep is at work, which looks once more: nothing."""
