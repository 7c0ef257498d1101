"""The calls of a run are a witness of their own: they show what the account does not, before a run and after it."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import boto3
import pytest
from moto.core.utils import get_service_model

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.conditions import READS
from sandbox.gateway import Call
from sandbox.runs import Start
from sandbox.stepfunctions.interpreter import Moment
from tests.exactness.calls import called
from tests.exactness.operations import BOOKKEEPING, ROWS
from tests.exactness.planned import BY_CALLS
from tests.exactness.planning import planned
from tests.exactness.view import Json, View
from tests.faults.drifts import CONNECTION, FIRST, balancer, drifted
from tests.inside import Inside

SOURCES: Final = ("functions", "layers/private_connection/private_connection")
LOAD_BALANCER: Final = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/pc-a/0123456789abcdef"
NEW: Final = LOAD_BALANCER.replace("pc-a", "pc-b")
BEFORE: Final = View(
    region="us-east-1",
    inventory={
        "loadBalancer": {"pc-a": {"arn": LOAD_BALANCER, "subnets": ["subnet-a"]}},
        "rolePolicy": {"team/allowing": {"document": "{}"}},
    },
    members={},
    clusters={},
    rules={},
    tags={},
    items={},
    foreign_changes=(),
)


@pytest.fixture
def ready() -> Inside:
    """An account in which a first run has connected two nodes."""
    return Inside(drifted(FIRST))


def operations() -> Iterator[str]:
    """What the product's source calls and AWS's APIs have, but for what only reads."""
    text = "".join(path.read_text() for each in SOURCES for path in Path(each).rglob("*.py"))
    called = {each.replace("_", "") for each in re.findall(r"\.([a-z0-9_]+)", text)}
    for service in re.findall(r'\ndef ([a-z0-9]+)\(\) -> "\w+Client"', text):
        for each in get_service_model(service).operation_names:
            if each.lower() in called and not each.startswith(READS):
                yield f"{service}:{each}"


def test_the_table_has_every_operation_that_the_product_calls() -> None:
    assert sorted(operations()) == sorted([*ROWS, *BOOKKEEPING])


def call(operation: str, parameters: Json, answer: Json | None = None) -> Call:
    service, _, name = operation.partition(":")
    return Answered(service, name, parameters, None, 0.0, answer or {})


class Answered(Call):
    """Its body is what a client reads."""

    @property
    def answer(self) -> Any:
        return self.body


MAKE: Final = call(
    "elbv2:CreateLoadBalancer",
    {"Name": "pc-b", "SubnetMappings": [{"SubnetId": "subnet-a"}]},
    {"LoadBalancers": [{"LoadBalancerArn": NEW}]},
)
DELETE, DELETE_NEW = (call("elbv2:DeleteLoadBalancer", {"LoadBalancerArn": each}) for each in (LOAD_BALANCER, NEW))


def told(*calls: Call) -> list[tuple[Any, ...]]:
    found = called(BEFORE, calls)
    assert found.problems == []
    return [(*fact, count) for fact, count in found.facts.items()]


def test_what_is_made_is_counted_and_what_is_done_to_it_belongs_to_its_making() -> None:
    team: Json = {"Tags": [{"Key": "team", "Value": "data"}]}
    tags = [call("elbv2:AddTags", {"ResourceArns": [each], **team}) for each in (LOAD_BALANCER, NEW)]
    assert told(MAKE, *tags, MAKE) == [
        ("create", "loadBalancer", "pc-b", None, 2),
        ("change", "loadBalancer", "pc-a", "tags.team", 1),
    ]


def test_what_was_deleted_is_not_withdrawn_again() -> None:
    assert told(DELETE, DELETE) == [("withdraw", "loadBalancer", "pc-a", None, 1)]


def test_what_a_run_takes_back_is_told_apart() -> None:
    found = called(BEFORE, [MAKE, DELETE_NEW, DELETE])
    assert [*found.taken_back] == [("withdraw", "loadBalancer", "pc-b", None)]
    assert [*found.facts] == [("create", "loadBalancer", "pc-b", None), ("withdraw", "loadBalancer", "pc-a", None)]


def test_a_tag_that_a_run_puts_and_takes_off_again_is_taken_back() -> None:
    put = call("elbv2:AddTags", {"ResourceArns": [LOAD_BALANCER], "Tags": [{"Key": "team", "Value": "data"}]})
    take = call("elbv2:RemoveTags", {"ResourceArns": [LOAD_BALANCER], "TagKeys": ["team", "old"]})
    found = called(BEFORE, [put, take])
    team, old = (("change", "loadBalancer", "pc-a", f"tags.{each}") for each in ("team", "old"))
    assert (found.facts, found.taken_back) == ({team: 1, old: 1}, {team: 1})


def test_a_policy_is_made_where_there_is_none_and_changed_where_there_is_one() -> None:
    puts = [call("iam:PutRolePolicy", {"RoleName": "team", "PolicyName": each}) for each in ("allowing", "other")]
    assert told(*puts, *puts) == [
        ("change", "rolePolicy", "team/allowing", "allows", 1),
        ("create", "rolePolicy", "team/other", None, 1),
    ]


def test_a_load_balancer_that_is_asked_to_take_its_subnets_is_only_looked_at() -> None:
    asked = [
        call("elbv2:SetSubnets", {"LoadBalancerArn": LOAD_BALANCER, "Subnets": each})
        for each in (["subnet-a"], ["subnet-a", "subnet-b"], ["subnet-b", "subnet-a"])
    ]
    assert told(*asked) == [("change", "loadBalancer", "pc-a", "zones", 1)]


@pytest.mark.parametrize(
    "unknown",
    [call("elbv2:SetSecurityGroups", {}), call("elbv2:DeleteLoadBalancer", {"LoadBalancerArn": NEW})],
    ids=("an operation", "a thing"),
)
def test_a_call_that_nobody_knows_the_meaning_of_is_told(unknown: Call) -> None:
    (problem,) = called(BEFORE, [unknown]).problems
    assert problem.startswith(f"{unknown.service}:{unknown.operation}: ")


# ------------------------------------------------------------------ what the account does not show


def test_a_call_that_changes_nothing_is_found_and_a_planned_change_that_somebody_else_made(ready: Account) -> None:
    """A run that does not see what is registered registers it again; somebody puts a tag right before the run would."""
    vars(importlib.import_module("private_connection.paths.targets"))["target_states"] = lambda _: {}
    name = balancer("orders-001")
    arn = str(inventory()["loadBalancer"][name]["arn"])

    def tagged(moment: Moment) -> None:
        if moment.kind == "entered" and moment.state == "Claim connection":
            boto3.client("elbv2").add_tags(ResourceArns=[arn], Tags=[{"Key": "team", "Value": "data"}])

    start = Start("provision", {**FIRST, "tags": {"team": "data"}}, listeners=(tagged,))
    with planned(ready, start) as (reports, problems):
        reports += ready.together([start])
    assert reports[0].status == "SUCCEEDED"
    assert problems == [
        *(
            f"{BY_CALLS}: was not planned: create target {each}"
            for each in sorted(inventory()["target"])
            if each.startswith(f"pc-{CONNECTION}-")
        ),
        f"{BY_CALLS}: was planned and not done: change loadBalancer {name} tags.team",
    ]
