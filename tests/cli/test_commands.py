"""The command line against a served sandbox, called in this process: what is a process or a terminal is elsewhere."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import boto3
import pytest

from private_connection_cli.where import connection_names
from tests.cli.serving import Served, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving() as found:
        yield found


CLUSTER: Final = {"id": "redis-demo", "create": {}}
CLUSTER_KINDS: Final = {"replicationGroup", "cacheSubnetGroup", "securityGroup"}


def test_from_nothing_to_a_sheet_and_back(served: Served, tmp_path: Path) -> None:
    assert served.called("list") == ("no connections yet: private-connection provision makes one\n", "")
    asked = tmp_path / "one-node.json"
    asked.write_text(json.dumps({"connection": "redis-demo", "workspaceId": "ws-1", "cluster": CLUSTER}))
    out, lines = served.called("provision", str(asked))
    assert "Ensure load balancer" not in lines, "all was prepared early"
    assert "Register target [redis-demo-001]: Step 4" in lines
    assert out == served.called("sheet", "redis-demo")[0] == served.called("watch", "redis-demo")[0]
    page = tmp_path / "sheet.html"
    served.called("sheet", "redis-demo", "--format", "html", "--output", str(page))
    assert page.read_text().startswith("<!doctype html>")
    (listed,) = json.loads(served.called("list", "--json")[0])
    rows = served.called("list")[0].splitlines()
    assert rows[1].split() == ["redis-demo", "READY", "repair", "provision", "READY", str(listed["findings"])]
    assert all(line == line.rstrip() for line in rows)
    shown = json.loads(served.called("show", "redis-demo")[0])
    assert (listed["connection"], shown["status"]) == ("redis-demo", "READY")
    assert shown["handoff"] == json.loads(served.called("sheet", "redis-demo", "--format", "json")[0])
    assert "redis-demo-001: nobody has asked for a connection" in served.called("check", "redis-demo", code=1)[0]
    assert served.called("pause", "redis-demo")[0] == (
        "redis-demo: from now on sweeps report what is not as it was left, and mend nothing\n"
    )
    assert json.loads(served.called("show", "redis-demo")[0])["request"]["reconcile"] == "report"
    assert json.loads(served.called("reconcile", "redis-demo", "--json")[0])["output"]["drifted"] == []

    where: Any = SimpleNamespace(params={"stack": None})
    with served.environment():
        assert (connection_names(where, "red"), connection_names(where, "x")) == (["redis-demo"], [])

    with served.environment():
        dynamodb: Any = boto3.client("dynamodb")
        (table,) = dynamodb.list_tables()["TableNames"]
        dynamodb.put_item(TableName=table, Item={"connection": {"S": "future"}, "schema": {"N": "99"}})
        assert connection_names(where, "") == ["future", "redis-demo"]
    listing, beside = served.called("list", "--json")
    assert [each["connection"] for each in json.loads(listing)] == ["redis-demo"]
    assert beside == "not listed, as their items cannot be read (RECORD_UNREADABLE): future\n"
    assert "the registry (future): its item has not the form" in served.called("show", "future", code=4)[1]

    removed, _ = served.called("teardown", "redis-demo", "--yes", "--delete-cluster", "--json")
    report = json.loads(removed)["output"]
    assert (report["clean"], {each["kind"] for each in report["kept"]}) == (True, CLUSTER_KINDS)
    assert {each["why"] for each in report["kept"]} == {
        "whether other connections use it is not known: the registry's items of future cannot be read "
        "[RECORD_UNREADABLE] [CLUSTER_LEFT]"
    }
    for gone in ("sheet", "check", "pause", "resume"):
        told = served.called(gone, "redis-demo", code=3)[1]
        assert "the connection redis-demo is TORN_DOWN: provision makes it anew" in told


def test_a_run_that_fails_is_told_and_is_no_success(served: Served) -> None:
    flags = ("--connection", "NOT LEGAL", "--workspace", "ws-1", "--cluster", "orders")
    _, told = served.called("provision", *flags, code=1)
    lines = told.splitlines()
    assert lines[-4:-2] == ["FAILED: InvalidRequest: validating request", "  refusal WRONG_VALUE  connection"]
    assert lines[-2].startswith('    found "NOT LEGAL"')
    assert lines[-1].startswith("    → ")
    failed = json.loads(served.called("provision", *flags, "--json", code=1)[0])
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
    served: Served, arguments: list[str], code: int, told: str
) -> None:
    out, line = served.called(*arguments, code=code)
    assert out == ""
    assert line.startswith(f"private-connection: {told}")
    assert line.count("\n") == 1
