"""`make destroy` deletes no stack whose connections or runs would be left, and says what stays where it deletes one."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tools import deploy, destroy
from tools.caller import RefusedError

STACK, TABLE, REGION = "ververica-private-connection", "registry", "eu-west-1"
BUCKET = "aws-sam-cli-managed-default-samclisourcebucket-1"
KEYS = [{"AttributeName": "connection", "KeyType": "HASH"}]
NAMES = [{"AttributeName": "connection", "AttributeType": "S"}]
REGISTRY = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "Retain",
    "Properties": {
        "TableName": TABLE,
        "KeySchema": KEYS,
        "AttributeDefinitions": NAMES,
        "BillingMode": "PAY_PER_REQUEST",
    },
}
WHO = "account 123456789012 as arn:aws:sts::123456789012:user/me"
Ends = Callable[[], tuple[int, str, str]]


@pytest.fixture(scope="module")
def shared() -> boto3.Session:
    """One session, because reading the services' models costs most of the time."""
    return boto3.Session("a", "b", region_name=REGION)


@pytest.fixture
def account(shared: boto3.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    """One with the stack, and with that of the SAM CLI's bucket; AWS knows who asks."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DEFAULT_REGION", "FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setattr("tools.destroy.signed_in", lambda _: (shared, WHO))
    monkeypatch.chdir(tmp_path)
    deploy.TRACKED.write_text(f'[default.global.parameters]\nstack_name = "{STACK}"\n')
    with mock_aws():
        create(shared, STACK, {"Resources": {"Registry": REGISTRY}})
        topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
        create(shared, destroy.SAMS_OWN, {"Resources": {"T": topic}, "Outputs": {"SourceBucket": {"Value": BUCKET}}})
        yield shared


def create(session: boto3.Session, name: str, template: dict[str, Any]) -> None:
    session.client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


@pytest.fixture
def started(account: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands of the SAM CLI, which deletes the stack."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        account.client("cloudformation").delete_stack(StackName=STACK)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("tools.deploy.subprocess.run", run)
    return commands


@pytest.fixture
def ends(started: list[list[str]], capsys: pytest.CaptureFixture[str]) -> Ends:
    """What `make destroy` ends with: status, standard output and standard error."""

    def ended() -> tuple[int, str, str]:
        status = destroy.main(["default"])
        told = capsys.readouterr()
        return status, told.out, told.err

    return ended


def put(session: boto3.Session, connection: str, **attributes: Any) -> None:
    session.client("dynamodb").put_item(TableName=TABLE, Item={"connection": {"S": connection}, **attributes})


def test_the_stack_is_deleted_as_make_deploy_made_it(ends: Ends, started: list[list[str]]) -> None:
    status, out, _ = ends()
    assert status == 0
    assert out.startswith(f"destroy: {STACK} in {REGION} (AWS_REGION), {WHO}\n")
    own = ["--stack-name", STACK, "--config-file", "samconfig.toml", "--config-env", "default", "--region", REGION]
    assert [each[1:] for each in started] == [["delete", *own]]


def test_kept_answers_are_taken(ends: Ends, started: list[list[str]]) -> None:
    kept = f'stack_name = "{STACK}"\nregion = "{REGION}"\nprofile = "team"\n'
    deploy.KEPT.write_text(f"[default.deploy.parameters]\n{kept}")
    status, out, _ = ends()
    assert (status, started[0][started[0].index("--config-file") + 1]) == (0, "samconfig.local.toml")
    assert f"delete-table --table-name {TABLE} --region {REGION} --profile team\n" in out


def test_what_stays_is_said_with_what_deletes_it(ends: Ends) -> None:
    told = ends()[1].splitlines()[1:]
    assert told[:2] == [
        f"The table {TABLE} stays, with what became of each connection. To delete it:",
        f"  aws dynamodb delete-table --table-name {TABLE} --region {REGION}",
    ]
    assert told[2].startswith(f"The bucket {BUCKET} stays")
    assert told[-1] == f"  aws cloudformation delete-stack --stack-name {destroy.SAMS_OWN} --region {REGION}"


def test_the_protection_of_a_table_is_taken_away_first(account: boto3.Session, ends: Ends) -> None:
    account.client("dynamodb").update_table(TableName=TABLE, DeletionProtectionEnabled=True)
    commands = [each for each in ends()[1].splitlines() if each.startswith("  aws dynamodb")]
    assert [each.split()[2] for each in commands] == ["update-table", "delete-table"]
    assert "--no-deletion-protection-enabled" in commands[0]


def test_nothing_is_said_of_what_stays_where_somebody_said_no(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.deploy.subprocess.run", lambda each, **_: subprocess.CompletedProcess(each, 0))
    status, out, _ = ends()
    assert (status, len(out.splitlines())) == (0, 1)


def test_what_the_sam_cli_ends_with_is_what_make_ends_with(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.deploy.subprocess.run", lambda each, **_: subprocess.CompletedProcess(each, 3))
    assert ends()[0] == 3


@pytest.mark.parametrize("status", ["READY", "FAILED", "PROVISIONING", "TEARING_DOWN"])
def test_a_connection_that_was_not_torn_down_refuses_it(
    account: boto3.Session, ends: Ends, started: list[list[str]], status: str
) -> None:
    put(account, "orders", status={"S": status})
    code, out, err = ends()
    assert (code, out, started) == (1, "", [])
    assert err.startswith(f"destroy: 1 connection is not torn down, and would go on costing money: orders ({status}): ")
    assert err.endswith("make destroy FORCE=1 deletes all the same\n")


def test_what_was_torn_down_or_never_provisioned_refuses_nothing(account: boto3.Session, ends: Ends) -> None:
    nobody: Any = {"holder": {"NULL": True}, "worker": {"NULL": True}, "unfinished": {"M": {}}}
    put(account, "orders", status={"S": "TORN_DOWN"}, **nobody)
    put(account, "refused", status={"NULL": True}, **nobody)
    put(account, "#sweep", holder={"M": {"maker": {"S": "sweep-1"}}})
    assert ends()[0] == 0


@pytest.mark.parametrize("status", [{"S": "TORN_DOWN"}, {"NULL": True}])
@pytest.mark.parametrize("left", ["holder", "worker", "unfinished"])
def test_what_a_run_works_on_or_has_left_refuses_it_whatever_its_status(
    account: boto3.Session, ends: Ends, started: list[list[str]], status: Any, left: str
) -> None:
    put(account, "orders", status=status, **{left: {"M": {"maker": {"S": "run-1"}}}})
    code, _, err = ends()
    assert (code, started, f"costing money: orders ({left}): " in err) == (1, [], True)


def test_a_run_refuses_it(account: boto3.Session, ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    def going_on(_: object, stack: str, act: Any) -> None:
        raise RefusedError(f"{stack}: {act.command}")

    monkeypatch.setattr("tools.destroy.refuse_while_running", going_on)
    assert ends() == (1, "", f"destroy: {STACK}: make destroy\n")


def test_who_forces_it_is_not_refused(account: boto3.Session, ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    put(account, "orders", status={"S": "READY"})
    monkeypatch.setenv("FORCE", "1")
    status, out, _ = ends()
    assert (status, f"The table {TABLE} stays" in out) == (0, True)
    assert out.startswith("destroy: in spite of this: 1 connection is not torn down")


@pytest.mark.usefixtures("account")
def test_the_sam_cli_takes_the_profile_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes by boto3, which reads the other variable first."""
    seen: list[Any] = []

    def run(command: list[str], **given: Any) -> subprocess.CompletedProcess[str]:
        seen.append([given["env"].get(each) for each in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("tools.deploy.subprocess.run", run)
    for name, profile in (("AWS_DEFAULT_PROFILE", "other"), ("AWS_PROFILE", "team")):
        monkeypatch.setenv(name, profile)
        deploy.sam(deploy.target("default"), "delete")
    assert seen == [[None, "other"], ["team", None]]


def test_a_stack_that_is_not_there_is_said(account: boto3.Session, ends: Ends, started: list[list[str]]) -> None:
    account.client("cloudformation").delete_stack(StackName=STACK)
    status, _, err = ends()
    assert (status, started) == (1, [])
    assert err == f"destroy: there is no stack {STACK} in {REGION} (AWS_REGION), {WHO}\n"


def test_a_table_that_somebody_deleted_stays_not(account: boto3.Session, ends: Ends) -> None:
    account.client("dynamodb").delete_table(TableName=TABLE)
    status, out, _ = ends()
    assert (status, "dynamodb" in out) == (0, False)


@pytest.mark.parametrize(
    ("operation", "told"),
    [
        ("DescribeStacks", f"AWS does not say whether there is a stack {STACK} ("),
        ("DescribeTable", f"AWS does not say which tables {STACK} has ("),
        ("Scan", "AWS does not say which connections there are ("),
    ],
)
def test_who_may_not_look_is_told_what_to_allow(account: boto3.Session, ends: Ends, operation: str, told: str) -> None:
    def denied(**_: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, operation)

    account.events.register(f"before-call.*.{operation}", denied)
    status, _, err = ends()
    account.events.unregister(f"before-call.*.{operation}", denied)
    assert (status, err.startswith(f"destroy: {told}"), "docs/policies/deploy.json" in err) == (1, True, True)
