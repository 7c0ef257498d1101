"""Each situation that breaks for others ends here as docs/comparison.md says."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from sandbox.runs import RunReport
from sandbox.scenarios.scenario import Scenario
from sandbox.world import World
from tests.scenarios.playing import QUICK, Watched, carry, quickened
from tools import comparison

FOUND: Final = comparison.read()
SITUATIONS: Final[list[Mapping[str, Any]]] = FOUND["situations"]
PLAYED: Final = [each for each in SITUATIONS if "scenario" in each]
ADOPTED: Final = {
    "securityGroups": [{"id": "sg-cache"}],
    "clusters": [{"id": "orders", "tls": True, "securityGroups": ["sg-cache"]}],
    "latency": QUICK,
}
REQUEST: Final = {"connection": "orders", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
KEYS: Final = {"id", "situation", "reported", "documented", "module", "here"}


@pytest.mark.parametrize("situation", PLAYED, ids=lambda each: each["id"])
def test_it_ends_as_it_is_said(situation: Mapping[str, Any]) -> None:
    runs = carry(quickened(Scenario.model_validate(situation["scenario"]))).runs
    ends = situation["ends"]
    assert len(runs) == len(ends)
    for run, end in zip(runs, ends, strict=True):
        judge(run, end)


def judge(run: RunReport, end: Mapping[str, Any]) -> None:
    """`error` and a part of its `cause`, findings that are `found` or `absent`, whether a teardown is `clean`."""
    assert run.error == end.get("error"), run.cause
    assert end.get("cause", "") in (run.cause or "")
    output: Mapping[str, Any] = run.output or {}
    codes = {each["code"] for each in output.get("findings", [])}
    assert set(end.get("found", [])) <= codes
    assert not set(end.get("absent", [])) & codes
    if "clean" in end:
        assert output["clean"] is end["clean"]


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse(Path(path).read_text())
    return frozenset(each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef))


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda each: each["id"])
def test_what_is_said_of_it_is_shown(situation: Mapping[str, Any]) -> None:
    assert situation.keys() >= KEYS
    assert situation["reported"]
    shown = situation.get("tests", [])
    assert shown or "scenario" in situation or "not solved" in situation["here"]
    for path, _, name in (each.partition("::") for each in shown):
        assert not name or name in functions(path), f"{path} has no {name}"
        assert Path(path).exists()


def test_ids_are_there_once() -> None:
    ids = [each["id"] for each in SITUATIONS]
    assert len(ids) == len(set(ids))


def test_the_page_is_what_the_situations_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert comparison.main(["--check"]) == 0
    old = tmp_path / "page.md"
    assert comparison.main(["--check"], old) == 1
    assert "old: make comparison" in capsys.readouterr().out
    assert comparison.main([], old) == 0
    assert old.read_text() == comparison.PAGE.read_text()


def test_load_balancers_have_no_security_group() -> None:
    with Watched(World.model_validate(ADOPTED)) as account:
        assert account.run("provision", REQUEST).status == "SUCCEEDED"
        (balancer,) = boto3.client("elbv2").describe_load_balancers()["LoadBalancers"]
        assert balancer.get("SecurityGroups", []) == []
        rules = boto3.client("ec2").describe_security_group_rules(
            Filters=[{"Name": "group-id", "Values": ["sg-cache"]}]
        )
        admitted = [each["CidrIpv4"] for each in rules["SecurityGroupRules"] if not each["IsEgress"]]
    assert admitted == ["172.31.0.0/20"]


def test_a_cluster_that_is_gone_holds_no_teardown_up() -> None:
    with Watched(World.model_validate(ADOPTED)) as account:
        assert account.run("provision", REQUEST).status == "SUCCEEDED"
        boto3.client("elasticache").delete_replication_group(ReplicationGroupId="orders")
        account.advance(1800)
        report = account.run("teardown", {"connection": "orders"})
        assert (report.status, report.output["clean"]) == ("SUCCEEDED", True)
        assert boto3.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
