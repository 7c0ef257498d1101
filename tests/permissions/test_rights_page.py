"""docs/rights.md and its policies hold the rights that are needed, for each type of resource and each recorded call."""

import json
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from tools.permissions import deploy_rights, rights, run_rights
from tools.permissions.rights_by_type import OF_TYPE, SERVICES
from tools.render import rendered

LISTED = ("AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy")
"""Types that are made and removed by setting an attribute of something else."""


OF_OTHERS = ("ec2", "elasticfilesystem", "firehose", "kinesis", "kms", "s3files")
"""Services that handlers ask for what the template does not use: networks, file systems, streams, keys."""
ELSEWHERE = {"iam:PassRole", "lambda:GetLayerVersion", "logs:CreateLogGroup", "s3:GetObject"}
"""What another row grants, on what it is about."""
UNUSED = {
    "AWS::DynamoDB::Table": "dynamodb:AssociateTableReplica dynamodb:BatchWriteItem dynamodb:CreateTableReplica "
    "dynamodb:DeleteItem dynamodb:DeleteResourcePolicy dynamodb:DescribeImport "
    "dynamodb:DisableKinesisStreamingDestination dynamodb:EnableKinesisStreamingDestination dynamodb:GetItem "
    "dynamodb:ImportTable dynamodb:PutItem dynamodb:PutResourcePolicy dynamodb:Query dynamodb:Scan "
    "dynamodb:UpdateContributorInsights dynamodb:UpdateItem dynamodb:UpdateKinesisStreamingDestination "
    "dynamodb:UpdateTimeToLive iam:CreateServiceLinkedRole logs:CreateLogStream logs:DescribeLogGroups "
    "logs:DescribeLogStreams logs:PutLogEvents logs:PutRetentionPolicy s3:GetObjectMetadata s3:ListBucket",
    "AWS::IAM::ManagedPolicy": "iam:AttachGroupPolicy iam:AttachRolePolicy iam:AttachUserPolicy iam:DetachGroupPolicy "
    "iam:DetachRolePolicy iam:DetachUserPolicy",
    "AWS::IAM::Policy": "iam:DeleteGroupPolicy iam:DeleteUserPolicy iam:GetGroupPolicy iam:GetUserPolicy "
    "iam:PutGroupPolicy iam:PutUserPolicy",
    "AWS::Lambda::Function": "lambda:AssociateRuntimeAlias lambda:DeleteFunctionCodeSigningConfig "
    "lambda:DeleteFunctionConcurrency lambda:GetCodeSigningConfig lambda:PassCapacityProvider lambda:PublishVersion "
    "lambda:PutFunctionCodeSigningConfig lambda:PutFunctionConcurrency lambda:PutFunctionRecursionConfig "
    "lambda:PutFunctionScalingConfig lambda:PutRuntimeManagementConfig s3:GetObjectVersion",
    "AWS::Lambda::LayerVersion": "s3:GetObjectVersion",
    "AWS::Logs::LogGroup": "logs:AssociateKmsKey logs:CreateLogDelivery logs:DeleteDataProtectionPolicy "
    "logs:DeleteIndexPolicy logs:DeleteResourcePolicy logs:DisassociateKmsKey logs:PutBearerTokenAuthentication "
    "logs:PutDataProtectionPolicy logs:PutIndexPolicy logs:PutLogGroupDeletionProtection logs:PutResourcePolicy "
    "s3:REST.PUT.OBJECT",
    "AWS::Pipes::Pipe": "iam:CreateServiceLinkedRole logs:CreateLogDelivery logs:DeleteLogDelivery "
    "logs:DescribeLogGroups logs:DescribeResourcePolicies logs:GetLogDelivery logs:ListLogDeliveries "
    "logs:PutResourcePolicy logs:UpdateLogDelivery s3:GetBucketPolicy s3:PutBucketPolicy",
    "AWS::SNS::Subscription": "iam:GetRole",
    "AWS::SNS::Topic": "iam:GetRole sns:PutDataProtectionPolicy sns:Subscribe sns:Unsubscribe",
    "AWS::StepFunctions::StateMachine": "s3:GetObjectVersion",
}
"""What handlers ask only for properties that the template does not have, by type."""


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


@pytest.mark.parametrize("kind", sorted(OF_TYPE))
def test_a_type_is_made_and_removed_with_its_rights(kind: str) -> None:
    begins = {action for each in OF_TYPE[kind] for action in each.actions}
    made = [each for each in begins if each.startswith(("Create", "Publish", "Put", "Set", "Subscribe"))]
    removed = [each for each in begins if each.startswith(("Delete", "Unsubscribe"))]
    assert made
    assert removed or kind in LISTED


@pytest.mark.parametrize("kind", sorted(OF_TYPE))
def test_what_the_handlers_of_a_type_ask_is_granted_or_known_not_to_be_needed(kind: str) -> None:
    """The handlers' permissions as the type's own schema has them, which cfn-lint brings along."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    handlers = [each for name, each in schema["handlers"].items() if name != "list"]
    asked = {right for each in (*handlers, schema.get("tagging", {})) for right in each.get("permissions", ())}
    granted = [f"{each.service}:{action}".lower() for each in OF_TYPE[kind] for action in each.actions]
    known = {each.lower() for each in {*ELSEWHERE, *UNUSED.get(kind, "").split()}}
    others = {each.lower() for each in asked if each.partition(":")[0] not in OF_OTHERS}
    assert {each for each in others - known if not any(fnmatchcase(each, right) for right in granted)} == set()
    assert {each.lower() for each in UNUSED.get(kind, "").split()} <= others


def test_a_managed_policy_may_be_as_long_as_the_one_of_who_deploys() -> None:
    """IAM user guide, "IAM and AWS STS quotas": 6,144 characters, without white space."""
    assert len("".join(Path("docs/policies/deploy.json").read_text().split())) <= 6144


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
    assert passing["Condition"]["StringEquals"]["iam:PassedToService"] == list(SERVICES)


def test_who_runs_it_may_do_what_the_pages_do(tmp_path: Path) -> None:
    """But for what modifies a cluster or mends the deployment, which whoever answers for it does."""
    asked = set(run_rights.actions_in(run_rights.PAGES))
    assert allowed("topics") == set(run_rights.OF_OWNERS)
    assert asked - allowed("run") == {*run_rights.OF_OWNERS, *run_rights.OF_MENDERS}
    more = tmp_path / "page.md"
    more.write_text("aws sqs purge-queue")
    with pytest.raises(run_rights.RightsError, match="sqs:PurgeQueue"):
        run_rights.needs([*run_rights.PAGES, more])
    with pytest.raises(run_rights.RightsError, match="tag:GetResources"):
        run_rights.needs([more])


RESTORING = {f"dynamodb:{each}" for each in ("BatchWriteItem", "DeleteItem", "Query", "Scan", "UpdateItem")}
TAKING = {f"sqs:{each}" for each in ("DeleteMessage", "GetQueueAttributes", "ListQueues", "ReceiveMessage")}


def test_who_mends_the_deployment_may_do_what_the_runbook_says() -> None:
    """DynamoDB reads and writes the table that it restores with the caller's rights (developer guide, "Using IAM with
    DynamoDB backup and restore"); the runbook says in words what to do with messages.
    """
    assert allowed("mend") == {*run_rights.OF_MENDERS, *RESTORING, *TAKING, "states:StartExecution"}
    statements = json.loads(Path("docs/policies/mend.json").read_text())["Statement"]
    named = {each["Sid"]: each["Resource"] for each in statements}
    pipe = rendered()["Resources"]["NodeEventPipe"]["Properties"]["Name"]["Fn::Sub"]
    name = pipe.replace("${AWS::StackName}", "ververica-private-connection")
    assert named["StartThePipe"] == f"arn:aws:pipes:*:*:pipe/{name}"
    assert named["RecoverByHand"] == run_rights.WHERE["stateMachine"].format("Recover")


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
