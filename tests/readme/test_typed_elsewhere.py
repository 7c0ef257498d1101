"""The commands of the other pages, typed before an account in which nothing has happened yet. Every test goes on from
the one before.
"""

import json
from typing import Final

import pytest

from tests.readme.account import Account, awaited
from tests.readme.portal import connected, disconnected
from tests.readme.terminal import WORKSPACE, Terminal
from tests.readme.told import COMMAND_LINE, NOTICES, OF_CLUSTERS, PAGES, README, RUNBOOK, TROUBLESHOOTING, command, span

PARAMETERS: Final = ("NodeEvents=true",)
DESCRIBE: Final = "aws stepfunctions describe-execution"
RESOURCES: Final = "aws resourcegroupstaggingapi get-resources"


@pytest.fixture(scope="module")
def service(account: Account) -> str:
    """The id of the service of the only node."""
    (endpoint,) = account.handoff("orders")["endpoints"]
    return str(endpoint["serviceId"])


@pytest.fixture(scope="module")
def created(account: Account) -> str:
    """The id of a group that is being created, so that ElastiCache has something to tell."""
    settings = {"ReplicationGroupDescription": "another one", "Engine": "redis", "CacheNodeType": "cache.t4g.micro"}
    made = account.served.client("elasticache").create_replication_group(ReplicationGroupId="another", **settings)
    return str(made["ReplicationGroup"]["ReplicationGroupId"])


# ------------------------------------------------------------------ docs/command-line.md


@pytest.mark.usefixtures("created")
def test_a_request_is_planned_and_carried_out(reader: Terminal) -> None:
    reader.carries_out("cp events/adopt.json my.local.json")
    assert "+ endpoint service" in reader.types(COMMAND_LINE, "private-connection plan my.local.json")
    sheet = reader.types(COMMAND_LINE, "private-connection provision my.local.json")
    start = f"private-connection provision --connection orders --workspace {WORKSPACE} --cluster orders"
    again = reader.types(COMMAND_LINE, start)
    assert "Private connection orders, ready to be entered in the Ververica portal" in sheet
    assert sheet.splitlines()[0] == again.splitlines()[0]


def test_what_is_recorded_is_told(reader: Terminal) -> None:
    sheet = reader.types(COMMAND_LINE, "private-connection watch orders")
    assert sheet.startswith("Private connection orders, ready")
    assert "orders      READY" in reader.types(COMMAND_LINE, "private-connection list")
    shown = json.loads(reader.types(COMMAND_LINE, "private-connection show orders"))
    assert (shown["connection"], shown["status"]) == ("orders", "READY")
    reader.types(COMMAND_LINE, "private-connection sheet orders")
    assert "<!doctype html>" in (reader.clone / "orders.html").read_text()


def test_check_begins_with_nobody_connected(reader: Terminal, account: Account) -> None:
    told = reader.types(COMMAND_LINE, "private-connection check orders", code=1)
    assert "nobody has asked for a connection" in told
    connected(reader, account)
    assert " available " in reader.types(TROUBLESHOOTING, ".venv/bin/private-connection check orders")


# ------------------------------------------------------------------ docs/runbook.md, docs/troubleshooting.md


def test_an_execution_is_described(reader: Terminal, account: Account) -> None:
    reader.carries_out(f"EXECUTION_ARN={account.executions('Provision')[-1]['executionArn']}")
    told = [reader.types(page, DESCRIBE).split() for page in (RUNBOOK, TROUBLESHOOTING)]
    assert told == [["SUCCEEDED", "None", "None"]] * 2


def test_who_holds_a_connection_is_shown(reader: Terminal, account: Account) -> None:
    reader.carries_out(f"SHOW_CONNECTION_ARN={account.output('ShowConnectionArn')}")
    told = reader.types(RUNBOOK, 'aws lambda invoke --function-name "$SHOW_CONNECTION_ARN"')
    shown = json.loads(told[told.index("}") + 1 :])  # after the answer of Invoke itself
    assert (shown["holder"], shown["lastRun"]["status"]) == (None, "READY")


def test_a_cluster_and_its_events_are_described(reader: Terminal, account: Account, created: str) -> None:
    awaited(lambda: account.status_of_group(created) == "available" or None, "a cluster that is available")
    told = reader.types(RUNBOOK, "aws elasticache describe-events --duration")
    assert {created, f"{created}-001"} <= {each["SourceIdentifier"] for each in json.loads(told)["Events"]}
    node = {"orders-001": f"{created}-001"}
    told = reader.types(RUNBOOK, "aws elasticache describe-events --source-type cache-cluster", node)
    assert {each["SourceIdentifier"] for each in json.loads(told)["Events"]} == {f"{created}-001"}


def test_nodes_are_described(reader: Terminal) -> None:
    roles = reader.types(TROUBLESHOOTING, "aws elasticache describe-replication-groups")
    assert roles.split() == ["orders-001", "primary"]


@pytest.mark.parametrize("page", [README, RUNBOOK])
def test_clusters_tell_of_their_nodes(reader: Terminal, account: Account, page: str) -> None:
    group, single = OF_CLUSTERS
    topic, option = account.output("NodeEventTopicArn"), ""
    reader.carries_out(f"TOPIC_ARN={topic}")
    if page == README:
        reader.carries_out(command(README, "output() {"))
        option = " " + span(README, "--notification-topic-arn")
    reader.types(page, group, more=option)
    reader.types(page, single, {"orders": "single"}, more=option)
    nodes = dict(json.loads(reader.types(RUNBOOK, "aws elasticache describe-cache-clusters")))
    heard = {"TopicArn": topic, "TopicStatus": "active"}
    assert (nodes["orders-001"], nodes["single"]) == (heard, heard)


def test_endpoints_are_those_of_the_service(reader: Terminal, service: str) -> None:
    reader.types(TROUBLESHOOTING, "CONNECTION=orders")
    reader.types(TROUBLESHOOTING, "SERVICE_ID=", {"vpce-svc-0123456789abcdef0": service})
    told = reader.types(TROUBLESHOOTING, "aws ec2 describe-vpc-endpoint-connections")
    assert [told.count(each) for each in ("794031221915", "available")] == [1, 1]


def test_the_target_is_found_and_healthy(reader: Terminal) -> None:
    found = reader.types(TROUBLESHOOTING, f"{RESOURCES} --resource-type-filters elasticloadbalancing:targetgroup")
    (group,) = found.split()
    reader.types(TROUBLESHOOTING, "TARGET_GROUP_ARN=", {"TARGET_GROUP_ARN=": f"TARGET_GROUP_ARN={group}"})
    (target,) = json.loads(reader.types(TROUBLESHOOTING, "aws elbv2 describe-target-health"))[
        "TargetHealthDescriptions"
    ]
    assert target["TargetHealth"]["State"] == "healthy"


# ------------------------------------------------------------------ docs/notices.md


def test_a_rule_hears_notices(reader: Terminal) -> None:
    rule = json.loads(reader.types(NOTICES, "aws events put-rule"))
    assert rule["RuleArn"].endswith(":rule/private-connection-notices")


# ------------------------------------------------------------------ and their end


def test_a_sweep_and_a_pause_and_what_one_may(reader: Terminal) -> None:
    assert "is as it was left" in reader.types(COMMAND_LINE, "private-connection reconcile orders")
    assert "from now on sweeps report" in reader.types(COMMAND_LINE, "private-connection pause orders")
    told = reader.types(COMMAND_LINE, "private-connection doctor").splitlines()
    assert {each.split()[1] for each in told if ":" in each.split()[0]} == {"granted"}


def test_a_teardown_leaves_nothing_that_has_the_tag(reader: Terminal) -> None:
    left = f"{RESOURCES} --tag-filters"
    assert len(reader.types(TROUBLESHOOTING, left).split()) == 4
    disconnected(reader)
    reader.types(COMMAND_LINE, "private-connection teardown orders --yes")
    assert reader.types(TROUBLESHOOTING, left).split() == []


def test_every_command_of_these_pages_was_typed(reader: Terminal) -> None:
    pages = (COMMAND_LINE, NOTICES, RUNBOOK, TROUBLESHOOTING)
    told = {(page, each) for page in pages for each in PAGES[page].typed} | {(README, each) for each in OF_CLUSTERS}
    assert told - reader.typed == set()
