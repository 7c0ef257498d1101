"""The command line against a served sandbox, as a user has it: processes, pipes and terminals."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import boto3
import pytest

from private_connection_cli import sandboxes
from private_connection_cli.commands import main
from private_connection_cli.where import connection_names
from tests.cli_terminal import Terminal

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "private_connection_cli"]
FAST = 500.0
"""A run of eleven minutes takes above a second."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the state of the served sandbox is."""
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture(scope="module")
def variables(folder: Path) -> Iterator[dict[str, str]]:
    """The environment in which AWS is a served sandbox."""
    gone = dict.fromkeys(sandboxes.VARIABLES, "x") | {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    (folder / "state.json").write_text(json.dumps({"pid": "0", **gone}))
    found = sandboxes.open_sandbox(None, folder, FAST)
    assert sandboxes.open_sandbox(None, folder, FAST) == found, "it is started where none answers, and once"
    own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    try:
        yield {**own, **found, "PYTHONPATH": f"{CHECKOUT / 'cli'}:{CHECKOUT}"}
    finally:
        assert sandboxes.stop_sandbox(folder)
        assert not sandboxes.stop_sandbox(folder)


@contextlib.contextmanager
def standing_still(folder: Path) -> Iterator[None]:
    """The sandbox does nothing, and answers nobody."""
    sandbox = int(json.loads((folder / "state.json").read_text())["pid"])
    os.kill(sandbox, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(sandbox, signal.SIGCONT)


def call(variables: dict[str, str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """What a command writes to standard output and to standard error."""
    done = subprocess.run([*COMMAND, *arguments], env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout, done.stderr


Inside = Callable[..., tuple[str, str]]


@pytest.fixture
def inside(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Inside:
    """Calls the command line in this process, as `call` does in another: most of a short command is its start."""
    for name in (name for name in variables if name.startswith("AWS_")):
        monkeypatch.setenv(name, variables[name])

    def called(*arguments: str, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        assert int(ended.value.code or 0) == code
        return capsys.readouterr()

    return called


CLUSTER_KINDS: Final = {"replicationGroup", "cacheSubnetGroup", "securityGroup"}


def test_from_nothing_to_a_sheet_and_back(variables: dict[str, str], inside: Inside, tmp_path: Path) -> None:
    assert inside("list") == ("no connections yet: private-connection provision makes one\n", "")
    out, lines = call(variables, "provision", "events/create.json")
    assert out.startswith("Private connection redis-demo, ready to be entered in the Ververica portal")
    assert "Ensure load balancer" not in lines, "all was prepared early"
    assert "Register target [redis-demo-003]: Step 4" in lines
    assert "\x1b" not in out + lines

    assert out == inside("sheet", "redis-demo")[0] == inside("watch", "redis-demo")[0]
    page = tmp_path / "sheet.html"
    inside("sheet", "redis-demo", "--format", "html", "--output", str(page))
    assert page.read_text().startswith("<!doctype html>")
    (listed,) = json.loads(inside("list", "--json")[0])
    told = inside("list")[0].splitlines()
    assert told[1].split() == ["redis-demo", "READY", "repair", "provision", "READY", str(listed["findings"])]
    assert all(line == line.rstrip() for line in told)
    shown = json.loads(inside("show", "redis-demo")[0])
    assert (listed["connection"], shown["status"]) == ("redis-demo", "READY")
    assert shown["handoff"] == json.loads(inside("sheet", "redis-demo", "--format", "json")[0])
    assert inside("pause", "redis-demo")[0] == (
        "redis-demo: from now on sweeps report what is not as it was left, and mend nothing\n"
    )
    assert json.loads(inside("show", "redis-demo")[0])["request"]["reconcile"] == "report"
    assert json.loads(inside("reconcile", "redis-demo", "--json")[0])["output"]["drifted"] == []

    where: Any = SimpleNamespace(params={"stack": None})
    assert (connection_names(where, "red"), connection_names(where, "x")) == (["redis-demo"], [])

    dynamodb: Any = boto3.client("dynamodb")
    (table,) = dynamodb.list_tables()["TableNames"]
    dynamodb.put_item(TableName=table, Item={"connection": {"S": "future"}, "schema": {"N": "99"}})
    listing, beside = inside("list", "--json")
    assert [each["connection"] for each in json.loads(listing)] == ["redis-demo"]
    assert beside == "not listed, as their items cannot be read (RECORD_UNREADABLE): future\n"
    assert connection_names(where, "") == ["future", "redis-demo"]
    assert "the registry (future): its item has not the form" in inside("show", "future", code=4)[1]

    removed, _ = inside("teardown", "redis-demo", "--yes", "--delete-cluster", "--json")
    report = json.loads(removed)["output"]
    assert (report["clean"], {each["kind"] for each in report["kept"]}) == (True, CLUSTER_KINDS)
    assert {each["why"] for each in report["kept"]} == {
        "whether other connections use it is not known: the registry's items of future cannot be read "
        "[RECORD_UNREADABLE] [CLUSTER_LEFT]"
    }
    for gone in ("sheet", "check", "pause", "resume"):
        assert (
            "the connection redis-demo is TORN_DOWN: provision makes it anew" in inside(gone, "redis-demo", code=3)[1]
        )


def test_a_run_that_fails_is_told_and_is_no_success(inside: Inside) -> None:
    flags = ("--connection", "NOT LEGAL", "--workspace", "ws-1", "--cluster", "orders")
    _, told = inside("provision", *flags, code=1)
    lines = told.splitlines()
    assert lines[-4:-2] == ["FAILED: InvalidRequest: validating request", "  refusal WRONG_VALUE  connection"]
    assert lines[-2].startswith('    found "NOT LEGAL"')
    assert lines[-1].startswith("    → ")
    failed = json.loads(inside("provision", *flags, "--json", code=1)[0])
    assert (failed["status"], failed["error"], failed["output"]) == ("FAILED", "InvalidRequest", None)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["show", "nobody"], 3, "the deployment ververica-private-connection has no connection nobody; it has:"),
        (["watch", "nobody"], 3, "the deployment ververica-private-connection has no connection nobody"),
        (["sheet", "x", "--format", "pdf"], 2, "--format is pdf; expected one of text, json, md, html"),
        (
            ["list", "--stack", "other"],
            3,
            "no stack other in us-east-1; these are deployments: ververica-private-connection:",
        ),
        (["provision", "events/none.json"], 2, "events/none.json cannot be read: No such file or directory"),
        (["provision", "README.md"], 2, "README.md is no JSON: line 1, column 1: Expecting value; events/adopt.json"),
        (["provision", "--cluster", "orders"], 2, "a file, or --connection, --workspace, is missing"),
        (["provision", "events/adopt.json", "--cluster", "x"], 2, "both a file and flags say what to connect"),
        (["provision", "docs/performance.png"], 2, "docs/performance.png is no text in UTF-8"),
        (["reconcile", "nobody"], 3, "the deployment ververica-private-connection has no connection nobody"),
        (["show", "Not a name"], 3, "the deployment ververica-private-connection has no connection Not a name"),
        (["teardown", "redis-demo"], 2, "teardown removes the connection: say so with --yes"),
        (["watch", "arn:aws:states:us-east-1:123456789012:execution:Provision:no"], 3, "there is no execution arn:aws"),
        (["watch", "arn:bogus"], 3, "arn:bogus is no ARN of an execution, such as arn:aws:states:"),
        (["list", "--world", "w.yaml"], 2, "--world is for a sandbox: add --sandbox"),
        (["provision", "events/adopt.json", "--in-process", "--region", "us-east-1"], 2, "--in-process goes with no"),
        (
            ["provision", "events/adopt.json", "--in-process", "--world", "none.yaml"],
            2,
            "none.yaml cannot be read: No such file",
        ),
        (["provision", "events/adopt.json", "--name", "a/b"], 2, "--name is a/b; expected 1 to 80 letters, digits,"),
    ],
)
def test_what_cannot_be_done_is_one_line_with_the_remedy(
    inside: Inside, arguments: list[str], code: int, told: str
) -> None:
    out, line = inside(*arguments, code=code)
    assert out == ""
    assert line.startswith(f"private-connection: {told}")
    assert line.count("\n") == 1


@pytest.mark.parametrize("reader", ["head -1 > /dev/null", "true"])
def test_a_reader_that_goes_ends_the_command_without_a_word(variables: dict[str, str], reader: str) -> None:
    """As it ends others: with 0 if all was written before, else with the code that a shell gives to SIGPIPE."""
    command = f"{' '.join(COMMAND)} doctor --json | {reader}; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=variables, capture_output=True, text=True, check=False)
    assert (done.stdout.strip() in ("0", "141"), done.stderr) == (True, "")


def test_a_reader_of_both_streams_that_goes_ends_the_command_so_too(variables: dict[str, str]) -> None:
    """The steps of a run are on standard error, and the reader has gone before the first of them."""
    command = f"{' '.join(COMMAND)} plan events/create.json 2>&1 | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], env=variables, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("141", "")


@pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo-terminals")
def test_a_terminal_shows_a_tree_and_ctrl_c_leaves_the_run_alone(
    variables: dict[str, str], folder: Path, inside: Inside
) -> None:
    with Terminal([*COMMAND, "provision", "events/create.json", "--name", "again"], variables, 80, 24) as terminal:
        terminal.wait_for("Provision again")
        with standing_still(folder):  # so that the run cannot end before Ctrl-C is there
            terminal.press("\x03")
            assert terminal.ended() == 130, terminal.text()
        text = terminal.text()
        assert "the run goes on; to watch it again: private-connection watch" in " ".join(text.split("\n"))
        assert all(len(line) <= 80 for line in text.splitlines())
    arn = "arn:aws:states:us-east-1:123456789012:execution:Provision:again"
    with Terminal([*COMMAND, "watch", arn], variables, 200, 50) as terminal:
        assert terminal.ended() == 0
        lines = terminal.text().splitlines()
    again = inside("provision", "events/create.json", "--name", "again", code=2)[1]
    assert again == "private-connection: another run has the name again: give this one another --name, or none\n"
    steps = [line for line in lines if "✔" in line]
    assert any("✔ Provisioned" in line for line in steps)
    named = {line.partition("✔ ")[2].partition("  ")[0]: line for line in steps}
    assert {"Read request", "Validate request"} <= named.keys(), "\n".join(lines)
    read, validated = named["Read request"], named["Validate request"]
    assert read.index("Step 0: reads") == validated.index("Step 0: checks"), "columns stand under each other"
    assert not any("…" in line for line in steps), "there is room for what each step is for"


@pytest.mark.skipif(sys.platform == "win32", reason="it has no pseudo-terminals")
def test_a_terminal_asks_for_what_the_flags_do_not_say(variables: dict[str, str]) -> None:
    with Terminal([*COMMAND, "provision", "--cluster", "orders"], variables, 80, 24) as terminal:
        terminal.wait_for("a name for the connection:")
        terminal.press("orders\n")
        terminal.wait_for("the id of the workspace, from the Ververica portal:")
        terminal.press("\x03")
        assert terminal.ended() == 130
        assert "Traceback" not in terminal.text()
