"""The command line as a process of its own, at terminals and in pipes, against a served sandbox."""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.cli.serving import Served, serving
from tests.cli_terminal import Terminal

COMMAND = [sys.executable, "-m", "private_connection_cli"]
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:Provision:first"
SLOW = 500.0
"""A run of eleven minutes takes above a second: so long it can be left."""
SAID = re.compile(r" *(\d+m )?\d+s  +\S.*: \S.*")
"""How long after the start which step began, and what it is for."""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo-terminals")


@dataclass(frozen=True)
class Seen:
    """What two terminals have shown of the run that makes a connection: one that was left, and one that came then."""

    served: Served
    left: str
    code_of_left: int
    ended: str
    code_of_ended: int


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(SLOW) as found:
        yield found


@pytest.fixture(scope="module")
def seen(served: Served) -> Seen:
    command = [*COMMAND, "provision", "events/create.json", "--name", "first"]
    with Terminal(command, served.variables, 80, 24) as terminal:
        terminal.wait_for("Provision first")
        with served.standing_still():  # so that the run cannot end before Ctrl-C is there
            terminal.press("\x03")
            code, left = terminal.ended(), terminal.text()
    with Terminal([*COMMAND, "watch", EXECUTION], served.variables, 200, 50) as terminal:
        return Seen(served, left, code, code_of_ended=terminal.ended(), ended=terminal.text())


def test_ctrl_c_leaves_the_run_alone_and_says_how_to_watch_it_again(seen: Seen) -> None:
    assert seen.code_of_left == 130, seen.left
    told = f"the run goes on; to watch it again: private-connection watch {EXECUTION}"
    assert told.replace(" ", "") in seen.left.replace("\n", "").replace(" ", "")
    assert all(len(line) <= 80 for line in seen.left.splitlines())


def test_a_name_that_a_run_has_is_told(seen: Seen) -> None:
    told = seen.served.called("provision", "events/create.json", "--name", "first", code=2)[1]
    assert told == "private-connection: another run has the name first: give this one another --name, or none\n"


def test_a_terminal_shows_a_tree(seen: Seen) -> None:
    assert seen.code_of_ended == 0
    steps = [line for line in seen.ended.splitlines() if "✔" in line]
    assert any("✔ Provisioned" in line for line in steps)
    named = {line.partition("✔ ")[2].partition("  ")[0]: line for line in steps}
    assert {"Read request", "Validate request"} <= named.keys(), seen.ended
    read, validated = named["Read request"], named["Validate request"]
    assert read.index("Step 0: reads") == validated.index("Step 0: checks"), "columns stand under each other"
    assert not any("…" in line for line in steps), "there is room for what each step is for"


def piped(served: Served, arguments: str, reader: str) -> tuple[str, str, str]:
    """What the reader of a command's output writes, the command's exit code, and all that is on standard error."""
    command = f"{' '.join(COMMAND)} {arguments} | {reader}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=served.variables, capture_output=True, text=True, check=False)
    *read, code = done.stdout.splitlines()
    return "\n".join(read), code, done.stderr


def test_a_pipe_gets_the_sheet_and_standard_error_the_steps_and_a_reader_of_one_line_may_go(seen: Seen) -> None:
    """A command ends as others do: with 0 if all was written before, else with the code of a shell for SIGPIPE."""
    out, code, lines = piped(seen.served, f"watch {EXECUTION}", "head -1")
    assert (out, code in ("0", "141")) == (
        "Private connection redis-demo, ready to be entered in the Ververica portal",
        True,
    )
    assert "Register target [redis-demo-003]: Step 4" in lines
    assert [line for line in lines.splitlines() if not SAID.fullmatch(line)] == []


@pytest.mark.parametrize(
    "arguments", ["list --json", "plan events/create.json 2>&1"], ids=["standard output", "both streams"]
)
def test_a_reader_that_goes_at_once_ends_the_command_without_a_word(served: Served, arguments: str) -> None:
    """The steps of a run are on standard error, and the reader has gone before the first of them."""
    assert piped(served, arguments, "true") == ("", "141", "")


def test_a_terminal_asks_for_what_the_flags_do_not_say(served: Served) -> None:
    with Terminal([*COMMAND, "provision", "--cluster", "orders"], served.variables, 80, 24) as terminal:
        terminal.wait_for("a name for the connection:")
        terminal.press("orders\n")
        terminal.wait_for("the id of the workspace, from the Ververica portal:")
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert "Traceback" not in terminal.text()
