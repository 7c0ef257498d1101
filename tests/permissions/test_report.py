"""What `build/permissions.md` says: function × action × resource × condition × the runs that need it."""

from pathlib import Path

import pytest

from sandbox.deployment.resolver import ACCOUNT
from tools.deployment import REGION
from tools.permissions.audit import Audit
from tools.permissions.policies import Grant
from tools.permissions.recorded import Need
from tools.permissions.refusals import BEYOND_IAM, NOT_EXPRESSIBLE, Refusal
from tools.permissions.report import write

ARN = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/pc-*/*"
DELETE = "elasticloadbalancing:DeleteTargetGroup"
CONDITION = '{"StringLike": {"aws:ResourceTag/private-connection": "*"}}'
GRANT = Grant("DeleteTargetGroup", "DeleteOurTargetGroups", DELETE, ARN, CONDITION)
UNUSED = Grant("DeleteTargetGroup", "ReadNetwork", "ec2:DescribeVpcs", "*", "")
LOGS, TRACES = (f"arn:aws:iam::aws:policy/service-role/{name}" for name in ("Logs", "Traces"))


def need(*why: str) -> Need:
    return Need(GRANT.who, DELETE, ARN.replace("*", "1"), {}, why)


def lines(folder: Path, *needs: Need, problems: tuple[str, ...] = ()) -> list[str]:
    """Of the report on one grant that these need, and one that nothing needs."""
    refused = [Refusal(need("a"), alteration) for alteration in ("untagged", "renamed", "untagged")]
    roles = {TRACES: ["A", "B"], LOGS: ["A"]}
    write(Audit(needs, 0, {GRANT: list(needs), UNUSED: []}, refused, 0, roles, problems), folder / "permissions.md")
    return (folder / "permissions.md").read_text().splitlines()


def test_a_grant_is_a_row(tmp_path: Path) -> None:
    resource = "arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/pc-*/*"
    found = lines(tmp_path, need("teardown of one"))
    assert found.count("| function or machine | action | resource | condition | needed by |") == 1
    assert f"| DeleteTargetGroup | {DELETE} | `{resource}` | `{CONDITION}` | teardown of one |" in found


@pytest.mark.parametrize(
    ("needs", "named"),
    [
        ([need("b", "a")], "a; b"),
        ([need("longest"), need("a"), need("a", "long")], "a; long; and 1 more"),
    ],
)
def test_the_runs_with_the_shortest_names_are_named_and_the_others_counted(
    tmp_path: Path, needs: list[Need], named: str
) -> None:
    (row,) = [line for line in lines(tmp_path, *needs) if line.startswith(f"| DeleteTargetGroup | {DELETE} | `")]
    assert row.endswith(f"| {named} |")


def test_a_bar_in_a_name_does_not_end_its_cell(tmp_path: Path) -> None:
    assert any(line.endswith("| test[a\\|b] |") for line in lines(tmp_path, need("test[a|b]")))


def test_what_nothing_needs_is_no_row_but_a_problem(tmp_path: Path) -> None:
    assert "ec2:DescribeVpcs" not in "\n".join(lines(tmp_path, need("a")))
    found = lines(tmp_path, need("a"), problems=("DeleteTargetGroup: ReadNetwork grants ec2:DescribeVpcs",))
    assert found[-3:] == ["## Problems", "", "- DeleteTargetGroup: ReadNetwork grants ec2:DescribeVpcs"]


def test_policies_that_aws_manages_are_listed(tmp_path: Path) -> None:
    assert lines(tmp_path, need("a"))[-3:] == [
        "",
        f"- `{LOGS}`: 1 roles",
        f"- `{TRACES}`: 2 roles",
    ]


def test_what_is_refused_and_what_cannot_be_are_told(tmp_path: Path) -> None:
    found = lines(tmp_path, need("a"))
    assert f"| DeleteTargetGroup | {DELETE} | 3 | renamed; untagged |" in found
    for each in BEYOND_IAM:
        assert f"| {each.action} | {each.kind} | {each.alteration} | {each.reason} |" in found
    assert {f"- {each}" for each in NOT_EXPRESSIBLE} <= set(found)
