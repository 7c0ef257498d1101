"""A bash into which the commands of the pages are typed, one after the other, in a folder that looks like a clone.

Only what a page asks its reader to put in is not word for word. The folder has what the checkout has, as links, so that
what commands write stays in it; `events/` is a copy, because there a reader has to replace the workspace's id.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.readme.told import CHECKOUT, PAGES, command

HERE: Final = Path(__file__).parent
LINKED: Final = (".venv", "consumer", "functions", "layers", "sandbox", "statemachine", "template.yaml")
WORKSPACE: Final = "ws-1"
NOTHING: Final[Mapping[str, str]] = {}


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    bash: "subprocess.Popen[str]"
    clone: Path
    files: Path
    """A folder for what is typed and what is told."""
    typed: set[tuple[str, str]]

    def types(self, page: str, start: str, replaced: Mapping[str, str] = NOTHING, more: str = "", code: int = 0) -> str:
        """Types the command of the page that begins so, with what its reader replaces and adds. Returns what it writes
        to standard output; it has to exit with `code`.
        """
        assert start in PAGES[page].typed, f"told.py does not say that {start} is typed"
        self.typed.add((page, start))
        text = command(page, start)
        for old, new in replaced.items():
            assert old in text, f"{old!r} is not in {text!r}"
            text = text.replace(old, new)
        answer = self.carries_out(text + more)
        assert answer.code == code, (text + more, answer)
        return answer.out

    def carries_out(self, text: str) -> Answer:
        """What comes of any text."""
        script, out, err = (self.files / each for each in ("typed", "out", "err"))
        script.write_text(text + "\n")
        assert self.bash.stdin is not None
        assert self.bash.stdout is not None
        self.bash.stdin.write(f". {script} </dev/null >{out} 2>{err}; echo $?\n")
        self.bash.stdin.flush()
        return Answer(int(self.bash.stdout.readline()), out.read_text(), err.read_text())


def laid_out(folder: Path) -> Path:
    """A folder that looks like a clone whose reader has replaced the workspace's id."""
    clone = folder / "clone"
    clone.mkdir()
    for each in LINKED:
        (clone / each).symlink_to(CHECKOUT / each)
    shutil.copytree(CHECKOUT / "events", clone / "events")
    for sample in (clone / "events").glob("*.json"):
        sample.write_text(sample.read_text().replace("replace-with-your-workspace-id", WORKSPACE))
    return clone


def environment(folder: Path) -> dict[str, str]:
    """Nothing of this process but where programs are."""
    path = ":".join(map(str, (HERE / "bin", CHECKOUT / ".venv" / "bin", os.environ["PATH"])))
    return {"PATH": path, "HOME": str(folder), "LANG": "C.UTF-8"}


@contextlib.contextmanager
def terminal(folder: Path, clone: Path) -> Iterator[Terminal]:
    """One for each reader; a command that fails at the begin of a pipe fails."""
    line = ["bash", "--noprofile", "--norc", "-o", "pipefail"]
    pipe = subprocess.PIPE
    with subprocess.Popen(line, stdin=pipe, stdout=pipe, text=True, cwd=clone, env=environment(folder)) as bash:
        yield Terminal(bash, clone, folder, set())
