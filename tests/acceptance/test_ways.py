"""How it begins, and what it takes: an own cluster, own subnets; and when it does not begin."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.serving import ACCOUNT, CHECKOUT, Served, begun, called, serving
from tests.cli_terminal import Terminal

WORLD = {
    "vpcs": [
        {
            "id": "vpc-own",
            "cidr": "10.0.0.0/16",
            "subnets": [
                {"id": "subnet-1", "cidr": "10.0.1.0/24", "zone": "us-east-1a"},
                {"id": "subnet-2", "cidr": "10.0.2.0/24", "zone": "us-east-1b"},
            ],
        }
    ],
    "securityGroups": [{"id": "sg-orders", "vpc": "vpc-own"}],
    "clusters": [
        {
            "id": "orders",
            "tls": True,
            "replicasPerShard": 1,
            "subnets": ["subnet-1", "subnet-2"],
            "securityGroups": ["sg-orders"],
        }
    ],
}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An account without a default VPC, with a cluster."""
    with serving(tmp_path_factory.mktemp("own"), WORLD) as found:
        yield found


def cluster_of(served: Served) -> Any:
    cache = served.client("elasticache")
    found = cache.describe_replication_groups(ReplicationGroupId="orders")["ReplicationGroups"][0]
    return found, cache.list_tags_for_resource(ResourceName=found["ARN"])["TagList"]


def test_a_cluster_that_is_named_is_adopted_and_not_modified_by_one_at_a_time(own: Served) -> None:
    before, cluster = own.things(), cluster_of(own)
    call = begun(own, CLUSTER="orders")
    call.read_until("Ensure access role")
    call.process.send_signal(signal.SIGSTOP)  # or it may have ended before the other one has begun
    beside = called(own, CLUSTER="orders")
    call.process.send_signal(signal.SIGCONT)
    assert beside.process.returncode == 4
    assert beside.lines[-1] == "acceptance: another make acceptance of this checkout is at work"

    assert call.ended() == 0, call.told
    assert "adopts the cluster orders" in call.told
    assert any(row.startswith("All interfaces of a node") for row in own.rows("holds"))
    assert any("the cluster was adopted" in row for row in own.rows("not tried"))
    assert (own.things(), cluster_of(own)) == (before, cluster)


def test_what_was_begun_elsewhere_within_an_hour_is_left_alone(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    with serving(here, WORLD, scale=20) as served:
        before = served.things()
        call = begun(served, CLUSTER="orders")
        call.read_until("Ensure access role")
        call.process.kill()
        call.ended()
        elsewhere = called(Served(served.variables, there), CLUSTER="orders")
        assert elsewhere.process.returncode == 4
        assert "another acceptance is at work in this account, begun elsewhere less than an hour ago" in elsewhere.told
        again = called(served, CLUSTER="orders")
        assert again.process.returncode == 0, again.told
        assert served.things() == before


def test_a_cluster_is_created_in_the_subnets_that_are_named(own: Served) -> None:
    before = own.things()
    call = begun(own, SUBNETS="subnet-1,subnet-2")
    call.read_until("Resolve nodes")
    groups = own.client("elasticache").describe_cache_subnet_groups()["CacheSubnetGroups"]
    (group,) = [each for each in groups if each["CacheSubnetGroupName"] == "private-connection-pc-acceptance"]
    assert {each["SubnetIdentifier"] for each in group["Subnets"]} == {"subnet-1", "subnet-2"}
    assert call.ended() == 0, call.told
    assert own.things() == before


@pytest.mark.parametrize("accept", ["", "999999999999"])
def test_without_the_account_that_asks_it_makes_nothing(own: Served, accept: str) -> None:
    before = own.things()
    call = called(own, ACCEPT=accept)
    assert call.process.returncode == 2
    assert call.lines[-1].endswith(f"the account that asks is {ACCOUNT}: make acceptance ACCEPT={ACCOUNT}")
    assert own.things() == before


def test_at_a_terminal_it_asks_again(own: Served) -> None:
    before = own.things()
    environment = own.environment(ACCEPT=ACCOUNT, CLUSTER="orders")
    with Terminal([sys.executable, "-m", "acceptance"], environment, 120, 40) as terminal:
        terminal.wait_for("go on?")
        assert f"account   {ACCOUNT}" in terminal.text()
        terminal.press("n\r")
        assert terminal.ended() == 130
        assert "acceptance: nothing was made" in terminal.text()
    assert own.things() == before


def test_make_hands_its_variables_on(own: Served) -> None:
    line = ["make", "--no-print-directory", "--old-file", ".venv/.ready", "acceptance", "ACCEPT=1"]
    environment = {**os.environ, **own.environment()}
    done = subprocess.run(line, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    assert f"acceptance: ACCEPT is 1, the account that asks is {ACCOUNT}" in done.stderr
    assert done.returncode == 2
