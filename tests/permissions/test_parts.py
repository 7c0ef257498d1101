"""The parts of the judgement that need no judge: grants, recordings, alterations, dependent actions."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox.deployment.resolver import ACCOUNT
from tools.deployment import REGION
from tools.permissions import deployments
from tools.permissions.dependents import DEPENDENTS, dependents
from tools.permissions.judge import Action, Judgement, Verdict
from tools.permissions.policies import Grant, grants, managed, policies
from tools.permissions.recorded import Need, merged, read
from tools.permissions.refusals import ALTERATIONS, BEYOND_IAM, OTHERS, bounded, refusals

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Boundary": {"Type": "String", "Default": ""},
        "Arns": {"Type": "CommaDelimitedList", "Default": "a,b"},
    },
    "Conditions": {"IsBounded": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Boundary"}, ""]}]}},
    "Resources": {
        "Echo": {"Type": "AWS::Lambda::Function"},
        "Shared": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "PolicyDocument": {
                    "Statement": {"Sid": "T", "Effect": "Allow", "Action": "a:E", "Resource": {"Ref": "Arns"}}
                }
            },
        },
        "Machine": {"Type": "AWS::StepFunctions::StateMachine"},
        "MachineRole": {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "named"}},
        "Again": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "again",
                "Roles": [{"Ref": "MachineRole"}, {"Ref": "EchoRole"}],
                "PolicyDocument": {
                    "Statement": [{"Sid": "A", "Effect": "Allow", "Action": "a:F", "Resource": {"Ref": "Machine"}}]
                },
            },
        },
        "Alone": {
            "Type": "AWS::IAM::RolePolicy",
            "Properties": {
                "PolicyName": "alone",
                "RoleName": {"Ref": "MachineRole"},
                "PolicyDocument": {"Statement": {"Sid": "R", "Effect": "Allow", "Action": "a:G", "Resource": "*"}},
            },
        },
        "EchoRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "ManagedPolicyArns": ["arn:aws:iam::aws:policy/X", {"Ref": "Shared"}],
                "Policies": [
                    {
                        "PolicyName": "p",
                        "PolicyDocument": {
                            "Statement": [
                                {"Effect": "Allow", "Action": ["a:B", "a:C"], "Resource": {"Ref": "Arns"}},
                                {
                                    "Sid": "S",
                                    "Effect": "Allow",
                                    "Action": "a:D",
                                    "Resource": "*",
                                    "Condition": {
                                        "Fn::If": [
                                            "IsBounded",
                                            {"StringEquals": {"k": {"Ref": "Boundary"}}},
                                            {"Ref": "AWS::NoValue"},
                                        ]
                                    },
                                },
                            ]
                        },
                    }
                ],
            },
        },
    },
}


def test_grants_are_actions_on_resources() -> None:
    found = list(grants(policies(TEMPLATE, {"Boundary": "b"})))
    condition = '{"StringEquals": {"k": "b"}}'
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:Machine"
    assert found == [
        Grant("Machine", "A", "a:F", machine, ""),
        Grant("Machine", "R", "a:G", "*", ""),
        *(Grant("Echo", "Unnamed1", action, resource, "") for action in ("a:B", "a:C") for resource in ("a", "b")),
        Grant("Echo", "S", "a:D", "*", condition),
        Grant("Echo", "A", "a:F", machine, ""),
        *(Grant("Echo", "T", "a:E", resource, "") for resource in ("a", "b")),
    ]
    assert [each.condition for each in grants(policies(TEMPLATE, {}))] == [""] * 10
    assert managed(TEMPLATE) == {"arn:aws:iam::aws:policy/X": ["Echo"]}


def line(who: str, region: str, scenario: str) -> str:
    resource = f"arn:aws:ec2:{region}:{ACCOUNT}:vpc/v"
    said = {"who": who, "action": "ec2:X", "resource": resource, "context": {"aws:RequestedRegion": region}}
    return json.dumps(said | {"scenario": scenario, "missing": False}) + "\n"


def test_recordings_of_all_regions_and_processes_are_read_as_one(tmp_path: Path) -> None:
    (tmp_path / "calls.1.jsonl").write_text(line("A", "eu-central-1", "one") + line("B", REGION, "two"))
    (tmp_path / "calls.2.jsonl").write_text(line("A", REGION, "three"))
    first, second = read(tmp_path)
    assert (first.who, first.resource, first.why) == ("A", f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/v", ("one", "three"))
    assert second.who == "B"


def test_a_need_belongs_to_the_deployment_that_it_was_recorded_in(tmp_path: Path) -> None:
    said = json.loads(line("A", REGION, "one"))
    recorded = [said, {**said, "parameters": {"Z": "1", "A": "2"}}, {**said, "parameters": {"A": "2", "Z": "1"}}]
    (tmp_path / "calls.1.jsonl").write_text("\n".join(map(json.dumps, recorded)))
    assert [each.deployment for each in read(tmp_path)] == [(), (("A", "2"), ("Z", "1"))]


def test_each_need_is_judged_by_its_own_deployment_and_a_grant_that_a_parameter_bears_is_needed_in_any(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, Any] = {}

    def judge(found: Any, needs: list[Need]) -> Judgement:
        asked.update(policies=found, who=[each.who for each in needs])
        grants = [("Unnamed1", "a:B", "a"), ("Unnamed1", "a:B", "elsewhere"), ("S", "a:D", "*")]
        return Judgement([Verdict(True, None, (), (each,)) for each in grants], {})

    monkeypatch.setattr(deployments, "judge", judge)
    other = deployments.changed((), Arns="elsewhere")
    needs = [Need("Echo", "a:B", "a", {}), Need("Echo", "a:B", "elsewhere", {}, deployment=other)]
    judged = deployments.judge_each(TEMPLATE, [*needs, Need("Echo", "a:D", "*", {}, deployment=other)])
    assert asked["who"] == ["Echo-0", "Echo-1", "Echo-1"]
    assert [asked["policies"][who][0]["policy"]["Statement"][0]["Resource"] for who in ("Echo-0", "Echo-1")] == [
        ["a", "b"],
        ["elsewhere"],
    ]
    used = judged.used(list(grants(judged.defaults)))
    needed = {(each.sid, each.action, each.resource): len(found) for each, found in used.items()}
    assert (needed["S", "a:D", "*"], needed["T", "a:E", "a"]) == (1, 0)
    assert needed["Unnamed1", "a:B", "a"] + needed["Unnamed1", "a:B", "b"] == 2


def test_nothing_recorded_is_told(tmp_path: Path) -> None:
    (tmp_path / "calls.1.jsonl").touch()
    with pytest.raises(FileNotFoundError, match="record some first"):
        read(tmp_path)


GROUP, GROUPS = (
    "arn:aws:ec2:r:1:security-group/x",
    "arn:${Partition}:ec2:${Region}:${Account}:security-group/${Id}",
)


@pytest.mark.parametrize(
    ("types", "resource", "takes"),
    [
        ((), "*", True),
        ((), GROUP, False),
        ((GROUPS,), GROUP, True),
        ((GROUPS,), "arn:aws:ec2:r:1:security-group-rule/*", False),
        ((GROUPS,), "*", False),
        (("arn:${P}:elb:${R}:${A}:loadbalancer/net/${N}/${I}",), "arn:aws:elb:r:1:loadbalancer/net/pc-*/*", True),
        (("arn:${P}:elb:${R}:${A}:loadbalancer/net/${N}/${I}",), "arn:aws:elb:r:1:listener/net/pc-*/*", False),
        (("arn:${P}:iam::${A}:role/${N}",), "arn:aws:iam::1:role/ververica", True),
    ],
)
def test_what_resources_an_action_takes(types: tuple[str, ...], resource: str, takes: bool) -> None:
    assert Action(("Write",), types).takes(resource) is takes


def test_only_what_changes_something_is_altered() -> None:
    tagged = {"aws:ResourceTag/private-connection": "c"}
    need = Need("A", "ec2:DeleteSecurityGroup", GROUP, tagged)
    looks, writes = Action(("List", "Read"), ()), Action(("Permissions management", "Write"), ())
    assert refusals([need], {need.action: looks}) == []
    (refusal,) = refusals([need, need], {need.action: writes})
    assert (refusal.need.context, refusal.alteration) == ({}, "on a thing without tags")


@pytest.mark.parametrize(
    ("resource", "renamed"),
    [
        ("arn:aws:iam::1:role/private-connection-x", "arn:aws:iam::1:role/somebody-elses-x"),
        ("arn:aws:elb:r:1:targetgroup/pc-a-pc-b/1", "arn:aws:elb:r:1:targetgroup/somebody-elses-a-pc-b/1"),
        ("arn:aws:dynamodb:r:1:table/Records", "arn:aws:dynamodb:r:1:table/somebody-elses-"),
        ("arn:aws:dynamodb:r:1:table/Records/index/i", "arn:aws:dynamodb:r:1:table/somebody-elses-/index/i"),
        ("arn:aws:events:r:1:event-bus/team/notices", "arn:aws:events:r:1:event-bus/somebody-elses-"),
        ("arn:aws:ec2:r:1:vpc/vpc-1", None),
    ],
)
def test_another_name(resource: str, renamed: str | None) -> None:
    found = ALTERATIONS["on a thing of another name"](Need("A", "a:B", resource, {}))
    assert (found and found.resource) == renamed


def test_another_source() -> None:
    need = Need("A", "events:PutEvents", "arn:aws:events:r:1:event-bus/notices", {"events:source": "ours", "key": "x"})
    alter = ALTERATIONS["as an event of another source"]
    assert alter(need) == replace(need, context={**need.context, "events:source": OTHERS})
    assert alter(replace(need, context={})) is None


def test_rights_are_asked_for_within_the_boundary_without_and_within_another() -> None:
    needs = [Need("A", "iam:CreateRole", "r", {"iam:PermissionsBoundary": "old"}), Need("A", "iam:GetRole", "r", {})]
    within, without = bounded(needs, "b")
    assert [each.context for each in within] == [{"iam:PermissionsBoundary": "b"}]
    assert [each.context for each in without] == [{}, {"iam:PermissionsBoundary": "b-other"}]


def test_what_is_asked_beside() -> None:
    setting = Need("A", "elasticloadbalancing:SetSubnets", "x", {})
    found = [each for each in dependents([setting]) if each.who == "A"]
    assert [(each.action, each.resource) for each in found] == [("ec2:DescribeSubnets", "*")]
    assert "Elastic Load Balancing API permissions" in found[0].why[0]


def test_who_does_not_wait_needs_no_rights_to_wait() -> None:
    actions = {
        who: {each.action for each in dependents([Need(who, "states:StartExecution", "x", {})]) if each.who == who}
        for who in ("Provision", "Request")
    }
    assert actions["Provision"] - actions["Request"] == {
        "events:DescribeRule",
        "events:PutRule",
        "events:PutTargets",
        "states:DescribeExecution",
        "states:StopExecution",
    }


def test_a_function_that_starts_executions_needs_nothing_beside() -> None:
    starting = [Need("StartRepairs", "states:StartExecution", "x", {})]
    assert [each for each in dependents(starting) if each.who == "StartRepairs"] == []


def test_every_exception_and_every_dependent_action_says_why() -> None:
    assert all(len(each.reason) > 20 for each in BEYOND_IAM)
    assert all(len(each.source) > 20 for each in DEPENDENTS)


def test_equal_needs_are_merged() -> None:
    one, two = (Need("A", "a:B", "r", {"k": "v"}, (why,)) for why in ("x", "y"))
    assert [each.why for each in merged([two, one, one])] == [("x", "y")]
