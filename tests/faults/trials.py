"""One cell tried: the run, what it left, what a teardown without the fault leaves; and what is wrong with that."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport, ScenarioError
from sandbox.stepfunctions.interpreter import Moment
from tests.faults.cells import DENIED, Cell
from tests.faults.grounds import given, ground, own_addresses, removal
from tests.faults.observation import GROUND, LATE, ROLL_BACK, observed

RANDOM = re.compile(r"\b(vpce-svc|sgr|sg)-[0-9a-f]{17}\b|\b\d+\.\d+\.\d+\.\d+\b")
REMAINING = re.compile(r"remaining (nothing|\d.*?\))(?=; not seen| \| after |$)", re.DOTALL)
SAW_NOTHING = "removed nothing; kept nothing; remaining nothing; not seen: anything"
UNSEEN = re.compile(r"; not seen: ([\w, ]+?)(?= \| after |$)")
BOTH = re.compile(r"rolling back: (\w+): .* \| after (\w+): (.*)", re.DOTALL)
LISTED = re.compile(r"\d+ ([a-z ]+) \(([^)]*)\)")
WITHIN = {
    "listener": ("loadBalancer", ":"),
    "target": ("targetGroup", "/"),
    "allowedPrincipal": ("endpointService", "/"),
}
"""What goes with the thing that it belongs to, whose name its own begins with."""

SETTINGS = ("allowedPrincipal", "listener", "tag", "target")
"""What a later run puts back, and what stays when it fails all the same."""

USERS_OF_THE_CLUSTER = "dynamodb:Scan"
"""Where the registry does not say who uses the cluster, a rollback keeps it, and names it."""
CLUSTER_KINDS = ("replicationGroup", "cacheSubnetGroup", "securityGroup")

Owned = dict[str, list[str]]


@dataclass(frozen=True)
class Ending:
    """How a run ended and what it left."""

    status: str
    error: str | None
    cause: str | None
    owned: Owned
    foreign_changes: list[str]
    unnamed: list[str]
    """What is owned and not in the list of what remains, and the reverse."""
    rolled_back: bool
    lost: list[str]
    """What was there before the run and is not as it was, but for targets at addresses that none of its nodes has."""
    added: list[str]
    afterwards: str | None
    """What is wrong after a teardown without the fault, where a run failed and left something."""


@dataclass(frozen=True)
class Row:
    """A line of the matrix."""

    machine: str
    mode: str
    operation: str
    fault: str
    ending: Ending | None
    problems: tuple[str, ...]


def attempt(account: Account, cell: Cell, kept: bool) -> Ending:
    """Asked in a fork. A fault that is not kept goes when `Roll back` is entered; a rollback's own comes then."""
    entered: list[str] = []

    def watch(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == ROLL_BACK:
            entered.append(moment.state)
            _at_rollback(account, cell, kept)

    machine = "provision" if cell.machine in ("rollback", "finish") else cell.machine
    faults = [LATE] if cell.machine == "rollback" else [*cell.road, cell.fault]
    before, addresses = things(), own_addresses(account, cell.mode)
    report = account.run(machine, given(machine, cell.mode), faults=faults, listeners=[watch])
    ended = ending_of(account, report, before)
    return replace(
        ended,
        rolled_back=bool(entered),
        lost=[each for each in ended.lost if not is_stale(each, addresses)],
        afterwards=_afterwards(account, cell.mode) if ended.owned and report.status == "FAILED" else None,
    )


def ending_of(account: Account, report: RunReport, before: set[str]) -> Ending:
    """How a run ended in an account that had these things."""
    owned, after = account.snapshot.owned(), things()
    return Ending(
        status=report.status,
        error=report.error,
        cause=report.cause,
        owned=owned,
        foreign_changes=account.snapshot.foreign_changes(),
        unnamed=sorted(unnamed(owned, report.cause or "")),
        rolled_back=False,
        lost=sorted(before - after),
        added=sorted(after - before),
        afterwards=None,
    )


def things() -> set[str]:
    """Everything in the account, with its facts."""
    return {f"{kind} {name} {facts}" for kind, items in inventory().items() for name, facts in items.items()}


def is_stale(thing: str, addresses: Collection[str]) -> bool:
    found = re.match(r"target \S+/(\S+):\d+ ", thing)
    return found is not None and found[1] not in addresses


def _at_rollback(account: Account, cell: Cell, kept: bool) -> None:
    if cell.machine == "rollback":
        account.gateway.disarm()
        account.gateway.arm([cell.fault])
    elif not kept:
        unmet = account.gateway.disarm()
        if unmet:
            raise ScenarioError(f"faults that nothing met before {ROLL_BACK}: {unmet}")


def _afterwards(account: Account, mode: str) -> str | None:
    report = account.run("teardown", removal(mode))
    left = account.snapshot.owned() or account.snapshot.foreign_changes()
    ended = f"{report.status} {report.error}: {report.cause}" if report.status != "SUCCEEDED" else ""
    return f"{ended} left: {left}" if ended or left else None


def unnamed(owned: Owned, cause: str) -> set[str]:
    """What is owned or else is said to remain. Of kinds that the cause says nobody could see, no names are asked."""
    told = UNSEEN.findall(cause)
    unseen = [_kind(each) for each in told[-1].split(", ")] if told else []
    wrong = named(owned) - remaining(cause)
    return {each for each in wrong if each.split()[0] not in unseen} | remaining(cause) - named(owned)


def named(owned: Owned) -> set[str]:
    """What is owned, as the product names it: without what goes with something else, groups by name and id."""
    groups = inventory().get("securityGroup", {})
    found = set()
    for kind, names in owned.items():
        for name in names:
            holder, separator = WITHIN.get(kind, ("", ""))
            if holder and name.rpartition(separator)[0] in owned.get(holder, []):
                continue
            shown = f"{groups[name]['name']}/{name}" if kind == "securityGroup" else name
            found.add(f"{kind} {shown}")
    return found


def remaining(cause: str) -> set[str]:
    """What a cause says remains."""
    told = REMAINING.findall(cause)
    pairs = LISTED.findall(told[-1]) if told else []
    return {f"{_kind(words)} {name}" for words, names in pairs for name in names.split(", ")}


def _kind(words: str) -> str:
    """``load balancers`` as ``loadBalancer``; no kind of what is made ends in an s."""
    one = re.sub("ies$", "y", words).removesuffix("s")
    return re.sub(" (.)", lambda found: found[1].upper(), one)


def shape(owned: Owned) -> Owned:
    """What is owned with everything random taken out, equal for two runs that made the same."""
    return {kind: sorted(RANDOM.sub("…", each) for each in names) for kind, names in owned.items()}


# ------------------------------------------------------------------ judging


def rows(cell: Cell) -> list[Row]:
    """The cell's line, or its two, where the fault may go or stay as the run is rolled back."""
    kept = _tried(cell, cell.column, kept=True)
    if not cell.shared:
        return [kept]
    if kept.ending is not None and not kept.ending.rolled_back:
        return [replace(kept, fault=f"{cell.column}, {how}") for how in ("lifted", "kept")]
    return [_tried(cell, f"{cell.column}, lifted", kept=False), replace(kept, fault=f"{cell.column}, kept")]


def _tried(cell: Cell, name: str, kept: bool) -> Row:
    held = ground(cell.ground or GROUND[cell.machine], cell.mode)
    try:
        ending = held.ask(attempt, cell, kept)
    except (ScenarioError, RuntimeError) as error:
        return Row(cell.machine, cell.mode, cell.row, name, None, (str(error),))
    return Row(cell.machine, cell.mode, cell.row, name, ending, tuple(problems(cell, ending, kept)))


def problems(cell: Cell, ending: Ending, kept: bool) -> Iterator[str]:
    if ending.foreign_changes:
        yield f"changed what is not ours: {ending.foreign_changes}"
    if ending.afterwards is not None:
        yield f"a teardown without the fault: {ending.afterwards}"
    if ending.status == "SUCCEEDED":
        yield from _wrong_success(cell, ending)
    elif ending.status != "FAILED":
        yield f"ended {ending.status}"
    elif cell.machine == "teardown":
        yield from _wrong_failure(cell, ending)
    elif cell.machine in ("recover", "finish"):
        yield from _wrong_error(cell.errors | {"RollbackIncomplete"}, ending)
    elif ending.error == "RollbackIncomplete" and _may_remain(cell, kept):
        yield from _wrong_rollback(cell, ending)
        yield from _wrong_list(ending)
    else:
        yield from _wrong_error(_first_errors(cell), ending)
        yield from _wrong_rest(cell, ending)


def _may_remain(cell: Cell, kept: bool) -> bool:
    """Whether the rollback meets the fault, and may fail of it: a registry without an answer does not stop it."""
    return kept and (cell.shared or cell.machine == "rollback") and not cell.books


def _first_errors(cell: Cell) -> frozenset[str]:
    """What the run itself may fail of; a rollback's run fails of `LATE`, before it meets the fault."""
    return DENIED.errors if cell.machine == "rollback" else cell.errors


def _wrong_success(cell: Cell, ending: Ending) -> Iterator[str]:
    removing = cell.machine in ("teardown", "recover")
    ground = "died" if cell.machine == "finish" else cell.ground
    made = {} if removing else shape(observed("provision", cell.mode, (), ground).owned)
    if cell.machine == "rollback":
        yield "succeeded"
    if shape(_unexcused(cell, ending.owned)) != _unexcused(cell, made):
        yield f"an undisturbed run leaves {made}, this one {shape(ending.owned)}"


def _wrong_failure(cell: Cell, ending: Ending) -> Iterator[str]:
    """A teardown fails naming what remains, or it changed nothing at all and says why."""
    yield from _wrong_error(cell.errors, ending)
    if ending.lost or ending.added:
        yield from _wrong_list(ending)
    elif ending.owned:
        yield from _wrong_refusal(cell, ending)


def _wrong_refusal(cell: Cell, ending: Ending) -> Iterator[str]:
    """The cause names the fault. Only if no kind could be listed, a report may leave out what remains."""
    cause = ending.cause or ""
    if not any(_blames(cause, fault) for fault in (*cell.road, cell.fault)):
        yield f"does not say why nothing was touched: {cause}"
    if "remaining" in cause and not cause.endswith(SAW_NOTHING):
        yield from _wrong_list(ending)


def _wrong_rollback(cell: Cell, ending: Ending) -> Iterator[str]:
    """The cause names the rollback's error, and after it the run's."""
    told = BOTH.fullmatch(ending.cause or "")
    met = LATE if cell.machine == "rollback" else cell.fault
    if told is None or told[1] not in cell.errors or told[2] not in _first_errors(cell) or not _blames(told[3], met):
        expected = f"{sorted(cell.errors)} after {sorted(_first_errors(cell))}"
        yield f"expected a rollback that failed of {expected}, of {met.key}; the cause: {ending.cause}"


def _blames(cause: str, fault: Fault) -> bool:
    """Whether a cause has the words that the sandbox gives a fault."""
    return ("Task timed out" if fault.function else f"told to answer {fault.operation} with this") in cause


def _wrong_rest(cell: Cell, ending: Ending) -> Iterator[str]:
    """A first run leaves nothing; a later one everything that there was, and the settings that it put back."""
    left = _unexcused(cell, ending.owned)
    if not cell.again and left:
        yield f"left {left}"
    if left != ending.owned and "kept 1 replication group" not in (ending.cause or ""):
        yield f"does not name the cluster that it kept: {ending.cause}"
    if cell.again and ending.lost:
        yield f"a later run took away or changed {ending.lost}"
    made = [each for each in ending.added if each.split()[0] not in SETTINGS]
    if cell.again and made:
        yield f"a later run left {made}"


def _unexcused(cell: Cell, owned: Owned) -> Owned:
    """What is owned, without a cluster of which the registry does not say who uses it."""
    if cell.row != USERS_OF_THE_CLUSTER or cell.column.startswith(("500 once", "answer lost once")):
        return owned
    return {kind: ids for kind, ids in owned.items() if kind not in CLUSTER_KINDS}


def _wrong_error(expected: frozenset[str] | set[str], ending: Ending) -> Iterator[str]:
    if ending.error not in expected or not ending.cause:
        yield f"expected {sorted(expected) or 'success'}, not {ending.error}: {ending.cause}"


def _wrong_list(ending: Ending) -> Iterator[str]:
    if ending.unnamed:
        yield f"named wrongly or not at all: {ending.unnamed}; the cause: {ending.cause}"
