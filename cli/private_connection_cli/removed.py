"""What a teardown has removed, what stays and why, in words."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from private_connection_cli.layout import UNDER, headed
from private_connection_cli.planned.nodes import words

Report = Mapping[str, Any]
FLAGS: Final = {"deleteCluster": "--delete-cluster"}
"""The options of ``teardown``, by the keys of its request for which they stand."""
WIDTH: Final = 30
"""Columns of the longest kind with its count, and two more."""


def told(report: Report) -> Iterator[RenderableType]:
    """What is gone by kind and count, what was kept with the reason, and what is left."""
    yield Text.assemble((report["connection"], "bold"), "  ", _outcome(report))
    yield from _listed("removed", report["removed"])
    yield from _kept(report["kept"])
    yield from _listed("left", report["remains"])
    if report["unseen"]:
        kinds = ", ".join(_counted(each, 2) for each in report["unseen"])
        yield Text(f"AWS did not list {kinds}: there may be more of them", "yellow")


def _outcome(report: Report) -> str:
    if not report["clean"]:
        return "not all of it is removed"
    return "all that was to be removed is gone" if report["removed"]["counts"] else "there was nothing to remove"


def _listed(title: str, listing: Mapping[str, Any]) -> Iterator[RenderableType]:
    if listing["counts"]:
        yield Text(title, "bold")
    for kind, count in listing["counts"].items():
        names = [each["name"] for each in listing["first"] if each["kind"] == kind]
        yield _row(kind, count, names)


def _kept(kept: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
    """By kind and reason."""
    if kept:
        yield Text("kept", "bold")
    for (kind, why), alike in groupby(sorted(kept, key=_reason), key=_reason):
        names = [each["name"] for each in alike]
        yield _row(kind, len(names), names)
        yield Padding(Text(_in_flags(why), "dim"), (0, 0, 0, UNDER), expand=False)


def _reason(kept: Mapping[str, Any]) -> tuple[str, str]:
    return kept["kind"], kept["why"]


def _in_flags(why: str) -> str:
    """A reason that names a key of the request, by the option that sets it."""
    for key, flag in FLAGS.items():
        why = why.replace(key, flag)
    return why


def _row(kind: str, count: int, names: Sequence[str]) -> RenderableType:
    more = [f"and {count - len(names)} more"] if count > len(names) else []
    return headed(Text(f"  {count} {_counted(kind, count)}"), Text(", ".join([*names, *more])), WIDTH)


def _counted(kind: str, count: int) -> str:
    """``loadBalancer`` as ``load balancers`` where there are several."""
    told = words(kind)
    return told if count == 1 or told.endswith("s") else f"{told}s".replace("ys", "ies")
