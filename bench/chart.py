"""Time to ready against the number of nodes, as a picture."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.cases import RATE, TOPOLOGIES, Mode
from bench.report import Row

# name, how its line is drawn, and what of a row it shows; colours that colour-blind people tell apart (Okabe and Ito)
LINES: Final[tuple[tuple[str, str, str, Callable[[Row], float]], ...]] = (
    ("documented order", "#D55E00", "s-", lambda row: row.documented),
    ("Terraform-like", "#E69F00", "^-", lambda row: row.terraform_like),
    ("this workflow", "#0072B2", "o-", lambda row: row.workflow),
    ("the limit", "#000000", "--", lambda row: row.limit),
)
TITLES: Final[dict[Mode, str]] = {"create": "creating the cluster", "adopt": "adopting one that exists"}
MINUTES: Final = (3, 5, 10, 20, 60, 180, 720)


def draw(rows: Sequence[Row], path: Path) -> None:
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    axes = figure.subplots(1, 2, sharey=True)
    for (mode, title), part in zip(TITLES.items(), axes, strict=True):
        found = [row for row in rows if row.case.mode == mode and row.case.rate == RATE]
        for name, colour, style, of in LINES:
            nodes, seconds = [row.case.nodes for row in found], [of(row) for row in found]
            part.plot(nodes, seconds, style, color=colour, label=name, linewidth=1.6, markersize=5)
        _dress(part, title)
    axes[0].set_ylabel("time to ready")
    axes[0].legend(frameon=False)
    figure.savefig(path, dpi=110, metadata={"Software": ""})


def _dress(part: Axes, title: str) -> None:
    part.set_title(title)
    part.set_xscale("log")
    part.set_yscale("log")
    part.set_xticks(list(TOPOLOGIES), [str(nodes) for nodes in TOPOLOGIES])
    part.set_yticks([60 * each for each in MINUTES], [_duration(each) for each in MINUTES])
    part.minorticks_off()
    part.set_xlabel("nodes")
    part.grid(alpha=0.25)
    part.spines[["top", "right"]].set_visible(False)


def _duration(minutes: int) -> str:
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h"
