"""What sweeps tell of drift: once, when it is found, and once more, when it is not found any more. Pure.

A person is told what no repair mends. Drift that a repair is about to mend is told by that repair, when it ends. It is
told here as well once repairs have failed to mend it, or mend it again and again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from private_connection.reconcile.codes import RANKS, TREATMENTS, Mode
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.due import returned
from private_connection.registry.entries import Entry
from private_connection.registry.sightings import Told

TOLD_AT_MOST: Final = 100
"""Codes and nodes on an item, the worst ones. Where more have drifted they have done so for one reason."""
SEEN_CLOSELY: Final[frozenset[str]] = frozenset(
    {
        "TARGET_GONE",
        "TARGET_CHANGED",
        "PRINCIPAL_GONE",
        "STRANGER_ADMITTED",
        "POLICY_GONE",
        "POLICY_CHANGED",
        "ATTRIBUTES_CHANGED",
        "TAGS_CHANGED",
        "MARKS_LOST",
        "NODE_UNHEALTHY",
    }
)
"""Codes of which only a close look at a node, or at a policy, tells that they are no more."""
OF_POLICY: Final[frozenset[str]] = frozenset({"POLICY_GONE", "POLICY_CHANGED"})
"""Those of them that a look at a policy tells, not one at a node."""
RETURNS: Final = Told(code="DRIFT_RETURNS")
"""Beside a code that was mended again and again, and is left now."""
PLACES: Final[Mapping[str, int]] = {str(code): rank for code, rank in RANKS.items()}
Judged = Callable[[Told], bool]
"""Whether a look would have found what was told before, if it were still so."""


def told_after(
    entry: Entry, drift: Sequence[Drift], mode: Mode, judged: Judged, offered: Collection[str], moment: datetime
) -> tuple[Told, ...]:
    """What is told of a connection after a look that found this drift, the worst first.

    What was told before and was not judged stays, unless it is about a node that is not ``offered`` any more, at which
    nobody will look again. The same set is told in the order that it was told in.
    """
    before = {each for each in entry.told if each != RETURNS}
    left = {each for each in before if not judged(each) and (each.node is None or each.node in offered)}
    wanted = {Told(code=each.code, node=each.node) for each in _unmended(entry, drift, mode, moment)}
    found = {Told(code=each.code, node=each.node) for each in drift}
    told = left | found & (before | wanted)
    again = {RETURNS} if returned({each.code for each in told}, entry.repairs, moment) else set[Told]()
    after = tuple(sorted(told | again, key=_rank))[:TOLD_AT_MOST]
    return entry.told if set(after) == set(entry.told) else after


def _unmended(entry: Entry, drift: Sequence[Drift], mode: Mode, moment: datetime) -> Iterator[Drift]:
    """What no repair mends, by what the item remembers of its repairs."""
    has_failed = bool(entry.repairs) and entry.repairs[-1].failed
    again = returned({each.code for each in drift}, entry.repairs, moment)
    for each in drift:
        if mode == "report" or has_failed or TREATMENTS[each.code] == "reported" or each.code in again:
            yield each


def _rank(told: Told) -> tuple[int, str, str]:
    """`RETURNS` comes first, and a code that only another deployment knows last."""
    rank = -1 if told == RETURNS else PLACES.get(told.code, len(PLACES))
    return rank, told.code, told.node or ""
