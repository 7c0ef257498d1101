"""docs/rights.md and its policies hold the rights that are needed, for each type of resource and each recorded call."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.permissions import deploy_rights, rights, run_rights
from tools.render import rendered

LISTED = ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
"""Types that are made and removed by setting an attribute of something else."""


def allowed(name: str) -> set[str]:
    listed = (each["Action"] for each in json.loads(Path(f"docs/policies/{name}.json").read_text())["Statement"])
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}


def types() -> list[str]:
    return sorted({each["Type"] for each in rendered()["Resources"].values()})


def test_the_page_and_the_policies_are_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert rights.main(["--check"]) == 0, "run make permissions"
    assert capsys.readouterr().out == "rights: 3 files checked, 0 outdated\n"


def test_what_is_old_is_noticed_and_written_anew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rights.main(["--check"], tmp_path) == 1
    assert capsys.readouterr().err.count("make permissions") == 3
    assert rights.main([], tmp_path) == 0
    assert (tmp_path / "docs/rights.md").read_text() == Path("docs/rights.md").read_text()
    (tmp_path / "docs/policies/run.json").write_text("{}")
    assert rights.main(["--check"], tmp_path) == 1


@pytest.mark.parametrize("kind", sorted(deploy_rights.OF_TYPE))
def test_a_type_is_made_and_removed_with_its_rights(kind: str) -> None:
    begins = {action for each in deploy_rights.OF_TYPE[kind] for action in each.actions}
    made = [each for each in begins if each.startswith(("Create", "Publish", "Put", "Set", "Subscribe"))]
    removed = [each for each in begins if each.startswith(("Delete", "Unsubscribe"))]
    assert made
    assert removed or kind in LISTED


def test_a_type_without_rights_and_rights_without_a_type_are_noticed() -> None:
    there = types()
    assert {f"{each.service}:{action}" for _, each in deploy_rights.rights(there) for action in each.actions} == (
        allowed("deploy")
    )
    for wrong, named in (([*there, "AWS::SQS::Other"], "AWS::SQS::Other"), (there[1:], there[0])):
        with pytest.raises(LookupError, match=named):
            list(deploy_rights.rights(wrong))


def test_only_services_that_take_roles_may_get_them() -> None:
    statements = json.loads(Path("docs/policies/deploy.json").read_text())["Statement"]
    (passing,) = (each for each in statements if "iam:PassRole" in each["Action"])
    assert passing["Condition"]["StringEquals"]["iam:PassedToService"] == list(deploy_rights.SERVICES)


def test_who_runs_it_may_do_what_the_pages_do(tmp_path: Path) -> None:
    """But for what modifies a cluster, which whoever answers for it does."""
    asked = set(run_rights.actions_in(run_rights.PAGES))
    assert asked - allowed("run") == allowed("topics") == set(run_rights.OF_OWNERS)
    more = tmp_path / "page.md"
    more.write_text("aws sqs purge-queue")
    with pytest.raises(run_rights.RightsError, match="sqs:PurgeQueue"):
        run_rights.needs([*run_rights.PAGES, more])
    with pytest.raises(run_rights.RightsError, match="tag:GetResources"):
        run_rights.needs([more])


def test_a_right_is_on_what_is_asked() -> None:
    found: Any = {
        "states:StopExecution": {"execution:Provision": {"a"}, "execution:Teardown": {"b"}},
        "ec2:DescribeVpcs": {"*": {"c"}, "stack": {"d"}},
    }
    first, second = run_rights.policy(found)["Statement"]
    assert first == {"Effect": "Allow", "Action": ["ec2:DescribeVpcs"], "Resource": "*"}
    assert second["Resource"] == [
        "arn:aws:states:*:*:execution:Provision-*:*",
        "arn:aws:states:*:*:execution:Teardown-*:*",
    ]
