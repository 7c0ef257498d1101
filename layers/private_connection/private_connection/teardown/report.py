"""The step Compose report: what was removed, what was kept and why, what remains, and the error that kept it there."""

import re
from collections import Counter
from collections.abc import Sequence

from private_connection.contracts import ConnectionName, Contract
from private_connection.errors import NAMED_AT_MOST, StepTimedOut
from private_connection.failures import CAUSE_LIMIT, ExplainFailure, Failure, explain_failure
from private_connection.handoff import ReportedFinding, reported
from private_connection.teardown.keeping import Kept, Named, shortened
from private_connection.teardown.looks import FailedStep
from private_connection.teardown.withdrawal import surplus_findings, told_of
from private_connection.things import Thing, key


class ComposeReport(Contract):
    connection: ConnectionName
    seen: tuple[Named, ...]
    left: tuple[Thing, ...]
    kept: tuple[Kept, ...]
    unseen: tuple[str, ...]
    failed: tuple[FailedStep, ...]
    withdrawal: bool
    """Whether what is not asked for any more was to be removed."""


class Listing(Contract):
    """How many of each kind, and the first 50 by name."""

    counts: dict[str, int]
    first: tuple[Named, ...]


class Report(Contract):
    """The output of ``teardown``."""

    connection: ConnectionName
    clean: bool
    """True if everything that was to be removed is gone."""
    removed: Listing
    kept: tuple[Kept, ...]
    remains: Listing
    unseen: tuple[str, ...]
    """The kinds that AWS did not list, of which more may remain."""
    findings: tuple[ReportedFinding, ...]
    """What of the surplus stays, and why; none for any other teardown."""
    summary: str
    error: str | None
    """The error that kept the rest from being removed; null if nothing remains."""
    cause: str | None


def compose_report(request: ComposeReport) -> Report:
    """What was removed, what was kept and why, what remains, and the error that kept it there."""
    there = {*map(shortened, request.kept), *map(shortened, request.left)}
    gone = [each for each in request.seen if each not in there]
    clean = not request.left and not request.failed
    removed, remains = _listing(gone), _listing(request.left)
    summary = f"removed {_told(removed)}; kept {_told(_listing(request.kept))}; remaining {_told(remains)}"
    summary += f"; not seen: {', '.join(_kind(each, 1) for each in request.unseen)}" if request.unseen else ""
    explained = None if clean else explain_failure(ExplainFailure(failures=tuple(_failures(request))))
    return Report(
        connection=request.connection,
        clean=clean,
        removed=removed,
        kept=request.kept[:NAMED_AT_MOST],
        remains=remains,
        unseen=request.unseen,
        findings=tuple(map(reported, surplus_findings(_surplus(request)))) if request.withdrawal else (),
        summary=summary,
        error=explained.error if explained else None,
        cause=f"{explained.cause[: CAUSE_LIMIT - len(summary) - 3]} | {summary}" if explained else None,
    )


def _surplus(request: ComposeReport) -> list[tuple[str | None, str]]:
    """What stays because it has to, and what could not be removed, each with what kept it."""
    told = [(each.thing, explain_failure(ExplainFailure(failures=(each.failure,))).cause) for each in request.failed]
    whys = {key(thing): why for thing, why in told if thing is not None}
    general = next((why for thing, why in told if thing is None), "it did not go away in time")
    left = [f"{each.told or each.name}: {whys.get(key(each), general)}" for each in request.left]
    unseen = [f"perhaps more of kind {each}: {general}" for each in request.unseen]
    return [*told_of(request.kept), *(("SURPLUS_LEFT", each) for each in (*left, *unseen))]


def _failures(request: ComposeReport) -> list[Failure]:
    """What failed. If nothing did, the time limit ended the loop, and that is the failure."""
    late = Failure(error=StepTimedOut.__name__, cause="removing the connection: what remains did not go away in time")
    return [each.failure for each in request.failed] or [late]


def _listing(things: Sequence[Thing | Kept | Named]) -> Listing:
    names = [shortened(each) for each in things]
    return Listing(counts=dict(Counter(each.kind for each in names)), first=tuple(names[:NAMED_AT_MOST]))


def _told(listing: Listing) -> str:
    """A listing as text: ``2 load balancers (pc-a, pc-b), 1 role (x)``, or ``nothing``."""
    names: dict[str, list[str]] = {}
    for each in listing.first:
        names.setdefault(each.kind, []).append(each.name)
    return ", ".join(_counted(each, count, names.get(each, [])) for each, count in listing.counts.items()) or "nothing"


def _counted(kind: str, count: int, names: Sequence[str]) -> str:
    told = f"{count} {_kind(kind, count)}"
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return f"{told} ({', '.join(names)}{more})" if names else told


def _kind(kind: str, count: int) -> str:
    """``loadBalancer`` as ``load balancer``, or ``load balancers``."""
    words = re.sub("(?=[A-Z])", " ", kind).lower()
    return words if count == 1 or words.endswith("s") else f"{words}s".replace("ys", "ies")
