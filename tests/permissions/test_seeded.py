"""The judges find a fault of each kind. They run under Node, so `make lint` runs this and `make test` does not."""

import copy
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.deployment.resolver import ACCOUNT
from sandbox.scenarios import recording
from sandbox.stepfunctions.expressions import additions
from sandbox.world import World
from tests.permissions import vendors_role
from tools.definitions.mutations import mutated
from tools.definitions.reading import definitions
from tools.definitions.replay import Recorded, differences, read_recorded, replay
from tools.deployment import REGION
from tools.permissions.audit import audit
from tools.permissions.recorded import Need, read
from tools.permissions.refusals import BEYOND_IAM, Beyond
from tools.render import rendered

pytestmark = pytest.mark.needs_node

CREATE = {"connection": "redis-demo", "workspaceId": "ws-1", "cluster": {"id": "redis-demo", "create": {}}}
Template = dict[str, Any]
UNNEEDED = "which no run needs"
"""Reported of most grants here, because only one run is judged."""
CONVERGE = "elasticloadbalancing:ModifyTargetGroupAttributes"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What a provision and a teardown record."""
    found = tmp_path_factory.mktemp("recordings")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "RECORDERS", [])
        patch.setattr(Account, "watchers", [])
        recording.start(found).scenario = "one run"
        with Account(World(), seed=1, logs=io.StringIO()) as account:
            assert account.run("provision", CREATE).status == "SUCCEEDED"
            assert account.run("teardown", {"connection": "redis-demo", "deleteCluster": True}).status == "SUCCEEDED"
        yield found


@pytest.fixture(scope="module")
def needs(folder: Path) -> list[Need]:
    return read(folder)


@pytest.fixture(scope="module")
def recorded(folder: Path) -> list[Recorded]:
    return read_recorded(folder)


@pytest.fixture
def template() -> Template:
    return copy.deepcopy(rendered())


def statement(template: Template, who: str, sid: str) -> dict[str, Any]:
    (policy,) = template["Resources"][f"{who}Role"]["Properties"]["Policies"]
    found: dict[str, Any] = next(each for each in policy["PolicyDocument"]["Statement"] if each["Sid"] == sid)
    return found


def problems(template: Template, needs: list[Need], *beside: str) -> list[str]:
    """Those that are not of grants that one run does not need, nor exceptions that it does not."""
    ignored = [UNNEEDED, "its exception can go"]
    return [each for each in audit(template, needs).problems if not any(word in each for word in ignored)]


def test_what_is_deployed_grants_one_run_what_it_needs_and_no_more(template: Template, needs: list[Need]) -> None:
    assert problems(template, needs) == []


def test_a_call_without_a_grant(template: Template, needs: list[Need]) -> None:
    statement(template, "EnsureTargetGroup", "ChangeOurTargetGroups")["Action"].remove(CONVERGE)
    (problem,) = problems(template, needs)
    assert f"EnsureTargetGroup: {CONVERGE} on " in problem
    assert "is not granted" in problem


def test_a_write_to_a_role_that_the_defaults_let_no_run_extend(
    template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "RECORDERS", [])
    monkeypatch.setattr(Account, "watchers", [])
    recording.start(tmp_path).scenario = "the fault put back"
    with Account(vendors_role.WORLD, seed=1, logs=io.StringIO()) as account:
        account.load()
        vendors_role.writing_to_every_role(monkeypatch)
        account.run("provision", vendors_role.REQUEST)
    needed = f"EnsureAccessRole: iam:PutRolePolicy on arn:aws:iam::{ACCOUNT}:role/{vendors_role.ROLE} is "
    found = problems(template, read(tmp_path))
    assert found[0].startswith(f"{needed}not granted; the fault put back needs it")
    assert all(each.startswith(needed) for each in found)


def test_a_dependent_action_without_a_grant(template: Template, needs: list[Need]) -> None:
    statement(template, "EnsureLoadBalancer", "ReadNetworkForLoadBalancers")["Action"].remove("ec2:DescribeVpcs")
    (problem,) = problems(template, needs)
    assert "ec2:DescribeVpcs on * is not granted; asked beside elasticloadbalancing:CreateLoadBalancer" in problem


def test_a_grant_that_no_run_needs(template: Template, needs: list[Need]) -> None:
    before = {each for each in audit(template, needs).problems if UNNEEDED in each}
    statement(template, "CheckTargetHealth", "ReadLoadBalancersTargetHealthAndServices")["Action"].append(
        "ec2:DescribeVpcs"
    )
    after = {each for each in audit(template, needs).problems if UNNEEDED in each}
    assert after - before == {
        "CheckTargetHealth: ReadLoadBalancersTargetHealthAndServices grants ec2:DescribeVpcs on *, which no run needs"
    }


def test_a_resource_that_no_action_takes(template: Template, needs: list[Need]) -> None:
    deleting = statement(template, "DeleteTargetGroup", "DeleteOurTargetGroups")
    deleting["Resource"] = [deleting["Resource"], "arn:aws:elasticloadbalancing:*:*:listener/net/pc-*/*"]
    (problem,) = problems(template, needs)
    assert "DeleteOurTargetGroups names the resource arn:aws:elasticloadbalancing:*:*:listener/net/pc-*/*" in problem


@pytest.mark.parametrize(
    ("who", "sid", "alteration"),
    [
        ("DeleteLoadBalancer", "DeleteOurLoadBalancers", "on a thing without tags"),
        ("EnsureEndpointService", "CreateTaggedEndpointService", "making a thing without tags"),
        ("DeleteRole", "DeleteOurRoles", "on a thing without tags"),
    ],
)
def test_a_lost_condition(template: Template, needs: list[Need], who: str, sid: str, alteration: str) -> None:
    del statement(template, who, sid)["Condition"]
    found = problems(template, needs)
    assert found
    assert all(each.startswith(f"{who}: ") and each.endswith(f"{alteration} is allowed") for each in found)


@pytest.mark.parametrize(
    ("who", "sid"), [("DeleteTargetGroup", "DeleteOurTargetGroups"), ("RemovePolicy", "DeletePoliciesOfOurRoles")]
)
def test_a_wildcard_resource(template: Template, needs: list[Need], who: str, sid: str) -> None:
    statement(template, who, sid)["Resource"] = "*"
    assert any(each.endswith("on a thing of another name is allowed") for each in problems(template, needs))


def test_a_boundary_that_is_not_required(template: Template, needs: list[Need]) -> None:
    del statement(template, "EnsureAccessRole", "PutPoliciesOnOurRoles")["Condition"]
    found = problems(template, needs)
    assert found
    assert all("iam:PutRolePolicy" in each and "without the boundary" in each for each in found)


def test_a_call_on_what_is_gone_may_be_denied_and_one_on_what_is_there_may_not(
    template: Template, needs: list[Need]
) -> None:
    (deleting,) = [each for each in needs if each.action == "elasticloadbalancing:DeleteTargetGroup"]
    untagged = replace(deleting, context={})
    assert problems(template, [*needs, replace(untagged, missing=True)]) == []
    assert len(problems(template, [*needs, untagged])) == 1


TABLES, STATES = (f"arn:aws:{prefix}:{REGION}:{ACCOUNT}:" for prefix in ("dynamodb", "states"))
WRITES = Need(
    "CheckCluster",
    "dynamodb:UpdateItem",
    f"{TABLES}table/Records",
    {"aws:RequestedRegion": REGION, "dynamodb:LeadingKeys": ["redis-demo"]},
    ("seeded",),
)
ASKS = Need("CheckCluster", "states:DescribeExecution", f"{STATES}execution:Provision:one", {}, ("seeded",))
STARTS_ITSELF = Need("Recover", "states:StartExecution", f"{STATES}stateMachine:Recover", {}, ("seeded",))
"""It waits for what it starts already, and has the rights for that."""


def grant(template: Template, who: str, action: str | list[str], resource: str | list[str], **condition: Any) -> None:
    """A policy that is a resource of its own and is put into a role that SAM makes."""
    statement = {"Sid": "Seeded", "Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    properties = {"PolicyName": "seeded", "PolicyDocument": document, "Roles": [{"Ref": f"{who}Role"}]}
    template["Resources"][f"{who}Seeded"] = {"Type": "AWS::IAM::Policy", "Properties": properties}


@pytest.mark.parametrize("need", [WRITES, ASKS, STARTS_ITSELF], ids=["table", "execution", "itself"])
def test_a_call_of_a_table_or_of_an_execution_without_a_grant(
    template: Template, needs: list[Need], need: Need
) -> None:
    (found,) = problems(template, [*needs, need])
    assert found.startswith(f"{need.who}: {need.action} on {need.resource} is not granted; ")
    grant(template, need.who, need.action, need.resource)
    assert problems(template, [*needs, need]) == []


def test_a_grant_on_a_table_that_no_run_needs(template: Template, needs: list[Need]) -> None:
    grant(template, "CheckCluster", ["dynamodb:DeleteItem", "dynamodb:UpdateItem"], f"{TABLES}table/Records")
    found = [each for each in audit(template, [*needs, WRITES]).problems if "CheckCluster: Seeded" in each]
    assert found == [f"CheckCluster: Seeded grants dynamodb:DeleteItem on {TABLES}table/Records, which no run needs"]


def test_a_grant_that_reaches_other_tables(template: Template, needs: list[Need]) -> None:
    grant(template, "CheckCluster", "dynamodb:UpdateItem", f"{TABLES}table/*")
    (problem,) = problems(template, [*needs, WRITES])
    assert problem.endswith("on a thing of another name is allowed")


def test_a_grant_on_a_partition_of_a_table(template: Template, needs: list[Need]) -> None:
    for partition, count in (("redis-*", 0), ("orders", 1)):
        condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [partition]}}
        grant(template, "CheckCluster", "dynamodb:UpdateItem", f"{TABLES}table/Records", **condition)
        assert len(problems(template, [*needs, WRITES])) == count


def test_a_call_that_iam_does_not_know(template: Template, needs: list[Need]) -> None:
    odd = Need("CheckCluster", "elasticache:DescribeReplicationGroups", "*", {}, ("odd",))
    unknown = Need("CheckCluster", "ec2:DescribeEverything", "*", {}, ("odd",))
    found = problems(template, [*needs, odd, unknown])
    assert any("ec2:DescribeEverything on * is nothing that IAM knows" in each for each in found)


def test_an_exception_that_is_not_needed(
    template: Template, needs: list[Need], monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = Beyond("ec2:DeleteSecurityGroup", "security-group", "on a thing without tags", "none")
    monkeypatch.setattr("tools.permissions.audit.BEYOND_IAM", (*BEYOND_IAM, stale))
    assert any("ec2:DeleteSecurityGroup" in each and "can go" in each for each in audit(template, needs).problems)


def test_expressions_of_a_run_evaluate_the_same(recorded: list[Recorded]) -> None:
    found = replay(definitions(), recorded)
    assert found.differences == []
    assert found.inputs > 0  # one that two definitions have is replayed for each


def test_a_value_that_the_reference_does_not_find(recorded: list[Recorded]) -> None:
    changed = {**recorded[0], "value": "something else"}
    (difference,) = differences([*recorded[:20], changed])
    assert difference["found"] == recorded[0]["value"]


def test_a_changed_input_on_which_the_port_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The port's own `$count` counts null as nothing: without the sandbox's, the changed inputs show it."""
    counted = {"expression": "$count($left) = 0", "variables": {"left": ["a"]}, "value": False}
    assert differences(mutated([counted])) == []
    ported = {name: each for name, each in additions(Random(0)).items() if name != "count"}
    monkeypatch.setattr("tools.definitions.mutations.additions", lambda source: ported)
    (difference,) = differences(mutated([counted]))
    assert (difference["variables"], difference["found"]) == ({"left": None}, False)


@pytest.mark.parametrize("expression", ["$states.input.x", "$number('abc')", "$toMillis('x')"])
def test_what_fails_in_both_is_no_difference(expression: str) -> None:
    failed = {"expression": expression, "variables": {"states": {"input": {}}}, "fails": True}
    assert differences([failed]) == []
    assert differences([{**failed, "expression": "1"}]) == [{**failed, "expression": "1", "found": 1}]


@pytest.mark.parametrize("expression", ["$eval('1')", "$nonesuch(1)", "$parse('{')"])
def test_an_expression_that_the_reference_refuses(expression: str) -> None:
    (difference,) = differences([{"expression": expression, "variables": {}, "value": 1}])
    assert difference["error"]


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$parse('{\"a\": 1}').a", 1),
        ("$partition([1, 2, 3, 4, 5], 2)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 6, 3)", [0, 3, 6]),
        ("$hash('x', 'SHA-256')", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
        ("$states.input.a", {"b": None}),
    ],
)
def test_what_step_functions_adds_is_there(expression: str, value: object) -> None:
    variables = {"states": {"input": {"a": {"b": None}}}}
    assert differences([{"expression": expression, "variables": variables, "value": value}]) == []


def test_an_expression_that_no_run_evaluated_and_one_that_is_drawn(tmp_path: Path) -> None:
    states = {
        "A": {"Type": "Pass", "Output": "{% $unseen %}", "Next": "B"},
        "B": {"Type": "Pass", "Output": "{% $uuid() %}"},
    }
    file = tmp_path / "odd.asl.json"
    file.write_text(json.dumps({"StartAt": "A", "States": states}))
    assert replay([file], []).problems == [
        "$unseen was evaluated in no run",
        "$uuid() has another value each time, so it cannot be replayed",
    ]
