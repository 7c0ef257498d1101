"""Draws what a terminal shows into docs/pictures: `python -m private_connection_cli.pictures`.

Everything in a picture comes from a run in a sandbox of one seed, so that it is the same each time. With `--check` it
writes nothing, and exits with 1 if a picture is not what it would draw.
"""

import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console, RenderableType
from rich.terminal_theme import DIMMED_MONOKAI

from private_connection_cli.deployment import Deployment
from private_connection_cli.in_process import in_process
from private_connection_cli.planned import told
from private_connection_cli.requests import read_request
from private_connection_cli.runs import start
from private_connection_cli.sandboxes import CHECKOUT
from private_connection_cli.watch.history import History
from private_connection_cli.watch.outcomes import Outcome
from private_connection_cli.watch.picture import tree
from private_connection_cli.watch.steps import Steps
from private_connection_cli.watch.watching import watch

FOLDER: Final = CHECKOUT / "docs" / "pictures"
REQUEST: Final = CHECKOUT / "events" / "create.json"
COLUMNS: Final = 96
ROWS: Final = 20
SHOWN: Final = "Wait for targets"
"""The wait in which the run is drawn: all that is made for the nodes is there."""
FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
FORM: Final = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace("Fira Code", FONTS)
"""Rich's own form loads a font from elsewhere."""


def pictures() -> Iterator[tuple[str, str]]:
    """Each picture's name and its SVG."""
    with in_process() as deployment:
        asked = {**read_request(REQUEST), "workspaceId": "a1b2c3d4"}
        planned = _ran(deployment, {**asked, "plan": True}, "redis-demo-plan")
        yield "plan", drawn("plan", *told(json.loads(planned.output or "null"), details=False))
        steps = _until(deployment, _ran(deployment, asked, "redis-demo-1"), SHOWN)
        assert steps.last is not None
        yield (
            "provision",
            drawn("provision", tree(steps, "Provision redis-demo-1", steps.last + timedelta(seconds=20), ROWS)),
        )


def _ran(deployment: Deployment, asked: Mapping[str, Any], name: str) -> Outcome:
    execution = start(deployment, "ProvisionArn", asked, name)
    states, nowhere = deployment.client("stepfunctions"), Console(file=io.StringIO())
    return deployment.carried_out(lambda: watch(states, execution, nowhere, deployment.pause))


def _until(deployment: Deployment, outcome: Outcome, state: str) -> Steps:
    """The steps of a run up to the moment when it first entered this state."""
    states = deployment.client("stepfunctions")
    steps = Steps(states.describe_state_machine_for_execution(executionArn=outcome.execution)["definition"])
    for event in History(states, outcome.execution).read():
        entered = steps.add(event)
        if entered is not None and entered.name == state:
            break
    return steps


def drawn(command: str, *lines: RenderableType) -> str:
    console = Console(width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for each in lines:
        console.print(each)
    title = f"private-connection {command}"
    return console.export_svg(title=title, theme=DIMMED_MONOKAI, code_format=FORM, unique_id=command)


def main(is_check: bool) -> int:
    different = [name for name, svg in pictures() if _is_different(FOLDER / f"{name}.svg", svg, write=not is_check)]
    if is_check and different:
        print(f"not as they would be drawn: {', '.join(different)}; make pictures draws them", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _is_different(path: Path, svg: str, *, write: bool) -> bool:
    different = not path.exists() or path.read_text() != svg
    if different and write:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(svg)
    return different


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
