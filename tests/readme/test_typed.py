"""README's commands, typed in its order: each does what README says of it. Every test goes on from the one before."""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.readme.account import Account, awaited
from tests.readme.portal import connected, disconnected
from tests.readme.terminal import Terminal
from tests.readme.told import CONSUMER, OF_CLUSTERS, PAGES, README, REQUEST, span

START: Final = "EXECUTION_ARN=$(aws stepfunctions start-execution"
LIST: Final = 'aws lambda invoke --function-name "$(output ListConnectionsArn)"'
PUT: Final = "aws events put-events --entries file://events/request.json"
TEAR_DOWN: Final = 'aws stepfunctions start-execution --state-machine-arn "$(output TeardownArn)"'


@pytest.fixture(scope="module")
def before(account: Account) -> Mapping[str, Any]:
    """What the account held before the first command."""
    return account.served.things()


@pytest.mark.usefixtures("before")
def test_the_plan_says_what_a_run_would_make(reader: Terminal, account: Account) -> None:
    reader.types(README, "cp events/adopt.json my.local.json")
    told = reader.types(README, ".venv/bin/private-connection plan my.local.json")
    assert "+ endpoint service" in told
    assert account.statuses() == {}


def test_the_run_ends_in_the_hand_off(reader: Terminal, account: Account) -> None:
    for each in ("output() {", "run() {", START, "until run 'output || error || status'"):
        reader.types(README, each)
    assert reader.types(README, "run '[status, error, cause]'").split() == ["SUCCEEDED", "None", "None"]
    handoff = json.loads(reader.types(README, "run output | python3 -m json.tool"))
    assert (handoff["status"], [each["node"] for each in handoff["endpoints"]]) == ("READY", ["orders-001"])
    assert account.executions("Provision")[0]["name"] == "orders-1"


def test_a_run_that_creates_a_cluster_starts_alike(reader: Terminal) -> None:
    """It goes on while the next commands are typed."""
    (name,) = span(README, "--name redis-demo").split()[1:]
    reader.types(README, START, {"my.local.json": "events/create.json", "orders-1": name})
    assert reader.types(README, "run '[status, error, cause]'").split()[0] == "RUNNING"


def test_who_connects_is_seen(reader: Terminal, account: Account) -> None:
    connected(reader, account)
    assert " available (794031221915)" in reader.types(README, ".venv/bin/private-connection check orders")
    row = reader.types(README, "aws ec2 describe-vpc-endpoint-connections").splitlines()[-2]
    service, owner, state = (each.strip() for each in row.strip("|").split("|"))
    assert (service.startswith("vpce-svc-"), owner, state) == (True, "794031221915", "available")


def test_connections_are_listed_and_shown(reader: Terminal) -> None:
    reader.types(README, LIST)
    listed = json.loads((reader.clone / "out.json").read_text())["connections"]
    assert ("orders", "READY") in [(each["connection"], each["status"]) for each in listed]
    reader.types(
        README, LIST, {"ListConnectionsArn": "ShowConnectionArn"}, more=" " + span(README, "--cli-binary-format")
    )
    shown = json.loads((reader.clone / "out.json").read_text())
    assert (shown["connection"], shown["handoff"]["status"]) == ("orders", "READY")


def test_a_sweep_has_mended_what_is_not_as_it_was_left(reader: Terminal, account: Account) -> None:
    balancing = account.served.client("elbv2")
    for each in account.listeners("orders"):
        balancing.delete_listener(ListenerArn=each)
    reader.types(README, 'aws stepfunctions start-execution --state-machine-arn "$(output ReconcileArn)"')
    swept = json.loads(account.ended("Reconcile", 1)["output"])
    found = [(each["connection"], drift["code"]) for each in swept["drifted"] for drift in each["drift"]]
    assert found == [("orders", "LISTENER_GONE")]
    account.ended("Provision", 3)
    assert len(account.listeners("orders")) == 1


def test_an_event_starts_a_run_under_its_id(reader: Terminal, account: Account) -> None:
    answer = json.loads(reader.types(README, PUT))
    assert account.ended("Request", 1)["status"] == "SUCCEEDED"
    run = account.ended("Provision", 4)
    assert (run["name"].startswith(answer["Entries"][0]["EventId"]), run["status"]) == (True, "SUCCEEDED")
    assert account.statuses() == {"orders": "READY", "redis-demo": "READY"}


def test_an_event_starts_a_sweep(reader: Terminal, account: Account) -> None:
    reader.types(REQUEST, "aws events put-events", more=" --entries file://events/request-reconcile.json")
    swept = account.ended("Reconcile", 2)
    assert json.loads(swept["input"]) == {"connection": "redis-demo"}
    assert (swept["status"], json.loads(swept["output"])["drifted"]) == ("SUCCEEDED", [])


def test_what_a_stopped_run_has_made_is_removed(reader: Terminal, account: Account) -> None:
    there = account.served.things()
    text = (reader.clone / "events" / "create.json").read_text()
    (reader.clone / "spare.local.json").write_text(text.replace("redis-demo", "spare"))
    reader.types(README, START, {"my.local.json": "spare.local.json", "orders-1": "spare-1"})
    awaited(lambda: "spare" in account.served.things()["groups"] or None, "a cluster that is created")
    reader.types(README, "aws stepfunctions stop-execution")
    assert reader.types(README, "run '[status, error, cause]'").split()[0] == "ABORTED"
    assert account.ended("Recover", 1)["status"] == "SUCCEEDED"
    assert account.served.things() == there


def test_teardowns_leave_nothing(reader: Terminal, account: Account, before: Mapping[str, Any]) -> None:
    disconnected(reader)
    reader.types(README, TEAR_DOWN)
    reader.types(REQUEST, "aws events put-events", more=" --entries file://events/request-teardown.json")
    account.ended("Teardown", 3)
    assert account.statuses() == {"orders": "TORN_DOWN", "redis-demo": "TORN_DOWN", "spare": "FAILED"}
    assert account.served.things() == before


def test_every_command_of_these_pages_was_typed(reader: Terminal) -> None:
    told = {(page, each) for page in (README, REQUEST, CONSUMER) for each in PAGES[page].typed}
    assert told - reader.typed == {(README, each) for each in OF_CLUSTERS}
