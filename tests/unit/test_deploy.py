"""`make deploy` says in one line what is missing before it builds anything, and gives the SAM CLI what was meant."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore import exceptions as aws
from moto import mock_aws

from private_connection_cli import sessions
from private_connection_cli.problems import CODE_REFUSED, REMEDIES
from private_connection_cli.sessions import CodeNotGivenError
from tools import deploy
from tools.caller import OTHERWISE, RefusedError, caller
from tools.deployment import read_template

ROOT = Path(__file__).parents[2]
Says = Callable[[str], str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone without answers, in an account of this machine without credentials, Region or network."""
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samconfig.toml").write_text((ROOT / "samconfig.toml").read_text())
    return tmp_path


@pytest.fixture
def checked(home: Path, capsys: pytest.CaptureFixture[str]) -> Says:
    """What `make deploy CONFIG=…` says before it builds: one line, and status 1 if that is a refusal."""

    def says(config: str) -> str:
        status = deploy.main(["--check", config])
        told = capsys.readouterr()
        (line,) = (told.out + told.err).splitlines()
        assert status == bool(told.err)
        return line.removeprefix("deploy: ")

    return says


@pytest.fixture
def started(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """The commands that were run, each with its environment; AWS knows who deploys, and nothing runs."""
    commands: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], env: dict[str, str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append((command, env))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("tools.deploy.subprocess.run", run)
    monkeypatch.setattr("tools.deploy.read_template", lambda: read_template(ROOT / "template.yaml"))
    monkeypatch.setattr("tools.deploy.check", lambda to: to.stack)
    return commands


def with_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")


# ------------------------------------------------------------------ the Region


@pytest.mark.parametrize(
    ("said", "region", "by"),
    [
        ({"AWS_REGION": "eu-west-1"}, "eu-west-1", "AWS_REGION"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "eu-west-1", "AWS_DEFAULT_REGION"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, "eu-west-1", "AWS_REGION"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, "us-east-1", "AWS_DEFAULT_REGION"),
        ({}, "us-west-1", "profile default"),
        ({"AWS_PROFILE": "team"}, "eu-central-1", "profile team"),
        ({"AWS_PROFILE": "team", "AWS_REGION": "eu-west-1"}, "eu-west-1", "AWS_REGION"),
    ],
)
def test_the_region_is_the_aws_clis(
    home: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], region: str, by: str
) -> None:
    (home / "config").write_text("[default]\nregion = us-west-1\n[profile team]\nregion = eu-central-1\n")
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    found = deploy.target("default")
    assert (found.region, found.said_by) == (region, by)


def test_no_region_is_refused_with_the_remedy(checked: Says) -> None:
    assert checked("default").startswith("no Region: export AWS_REGION=")


def test_a_kept_region_is_taken(home: Path) -> None:
    (home / "samconfig.local.toml").write_text('[default.deploy.parameters]\nregion = "eu-central-1"\n')
    found = deploy.target("default")
    assert (found.region, found.said_by) == ("eu-central-1", "samconfig.local.toml")


def test_a_kept_region_and_another_one_are_refused(home: Path, checked: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "samconfig.local.toml").write_text('[default.deploy.parameters]\nregion = "eu-central-1"\n')
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    told = checked("default")
    assert told.startswith("AWS_REGION says us-east-1, samconfig.local.toml says eu-central-1: unset AWS_REGION")


# ------------------------------------------------------------------ the profile


@pytest.mark.parametrize("variable", deploy.PROFILES)
def test_a_kept_profile_and_another_one_are_refused(
    home: Path, checked: Says, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Else one account would be checked, and the SAM CLI would deploy to the other."""
    deploy.KEPT.write_text('[default.deploy.parameters]\nregion = "eu-west-1"\nprofile = "prod"\n')
    monkeypatch.setenv(variable, "dev")
    assert checked("default").startswith(f"{variable} says dev, samconfig.local.toml says prod: unset {variable}, or ")


@pytest.mark.parametrize("said", ["prod", ""])
def test_the_profile_that_is_checked_is_the_one_that_deploys(
    home: Path, checked: Says, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    """The kept one, also where keys are in the environment: what boto3 is asked for by name goes before them."""
    deploy.KEPT.write_text('[default.deploy.parameters]\nregion = "eu-west-1"\nprofile = "prod"\n')
    (home / "config").write_text("[profile prod]\naws_access_key_id = a\n")
    with_keys(monkeypatch)
    monkeypatch.setenv("AWS_PROFILE", said)
    assert deploy.target("default").profile == "prod"
    assert checked("default").startswith("AWS credentials are incomplete")


def test_a_profile_of_the_environment_is_left_to_boto3(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SAM CLI reads the same variable."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_PROFILE", "dev")
    assert deploy.target("default").profile is None


# ------------------------------------------------------------------ the credentials


def test_who_deploys_is_said(checked: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    with_keys(monkeypatch)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr("tools.deploy.refuse_while_running", lambda *_: None)
    with mock_aws():
        told = checked("default")
    assert told.startswith("ververica-private-connection to eu-west-1 (AWS_REGION) in account 123456789012 as arn:")


def test_no_credentials_are_refused_with_the_remedy(checked: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert checked("default").startswith("no AWS credentials: aws configure, aws login, aws sso login, or export")


def test_half_of_the_credentials_are_refused(checked: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    assert "AWS_SECRET_ACCESS_KEY" in checked("default")


def test_a_profile_that_is_not_there_is_refused(checked: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nonesuch")
    told = checked("default")
    assert "nonesuch" in told
    assert told.endswith("aws configure list-profiles shows those that there are")


def test_an_expired_sign_in_is_refused_with_the_command(
    home: Path, checked: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = "sso_start_url = https://example.awsapps.com/start\nsso_region = eu-west-1\n"
    profile = "[profile team]\nregion = eu-west-1\nsso_account_id = 123456789012\nsso_role_name = admin\n"
    (home / "config").write_text(f"{profile}sso_session = team\n[sso-session team]\n{session}")
    monkeypatch.setenv("AWS_PROFILE", "team")
    assert checked("default") == "the sign-in has expired: aws sso login --profile team"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (aws.LoginRefreshRequired(), "the sign-in has expired: aws login"),
        (aws.LoginTokenLoadError(error_msg="none"), "the sign-in has expired: aws login"),
        (aws.LoginInsufficientPermissions(), "aws login is not allowed here: allow signin:CreateOAuth2Token"),
        (aws.MissingDependencyException(msg="crt"), "a package is missing (Missing Dependency: crt): make clean"),
        (aws.RefreshWithMFAUnsupportedError(), "the sign-in has expired: the next call asks for another MFA code"),
        (CodeNotGivenError(), "the profile takes an MFA code, and nobody can be asked for it here: call it at a"),
        (
            aws.ClientError({"Error": {"Code": "AccessDenied", "Message": CODE_REFUSED}}, "AssumeRole"),
            "AWS did not take the MFA code, which it takes once: wait for the next one (",
        ),
        (aws.TokenRetrievalError(provider="sso", error_msg="no"), "the sign-in has expired: aws sso login"),
        (aws.EndpointConnectionError(endpoint_url="https://x"), "no answer from AWS in eu-wset-1"),
        (aws.InvalidRegionError(region_name="eu-wset-1"), "eu-wset-1 is not the name of a Region"),
        (aws.CredentialRetrievalError(provider="p", error_msg="a\nb"), "AWS does not say who you are: Error when"),
        (aws.ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity"), "the credentials have expired"),
        (aws.ClientError({"Error": {"Code": "InvalidClientTokenId"}}, "G"), "AWS does not accept the credentials"),
        (aws.ClientError({"Error": {"Code": "AccessDenied"}}, "G"), "AWS does not say who you are: "),
    ],
)
def test_whatever_boto3_raises_is_one_line(error: Exception, told: str, home: Path) -> None:
    with pytest.raises(RefusedError) as refusal, caller(None, "eu-wset-1"):
        raise error
    assert str(refusal.value).startswith(told)
    assert "\n" not in str(refusal.value)


OTHERWISE_TOLD = {aws.NoRegionError, aws.CredentialRetrievalError, aws.InvalidConfigError}
"""The Region is known before, and what is wrong with the others is in their own words."""


@pytest.mark.parametrize("kind", [each for each in REMEDIES if each not in OTHERWISE_TOLD])
def test_what_the_command_line_has_a_remedy_for_has_one_here(kind: type[Exception], home: Path) -> None:
    error = kind.__new__(kind)
    with pytest.raises(RefusedError) as refusal, caller(None, "eu-west-1"):
        raise error
    assert not str(refusal.value).startswith(OTHERWISE.partition("{")[0])


def test_an_mfa_code_is_asked_for_once_though_it_looks_twice(
    home: Path, checked: Says, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = "role_arn = arn:aws:iam::123456789012:role/ops\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    keys = "aws_access_key_id = a\naws_secret_access_key = b\n"
    (home / "config").write_text(f"[profile ops]\nsource_profile = keys\n{role}[profile keys]\n{keys}")
    monkeypatch.setenv("AWS_PROFILE", "ops")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr("tools.deploy.refuse_while_running", lambda *_: None)
    codes = iter(["123456"])
    monkeypatch.setattr(sessions, "getpass", lambda _: next(codes))
    with mock_aws(config={"core": {"mock_credentials": False}}):
        told = [checked("default") for _ in range(2)]
    assert [":assumed-role/ops/" in each for each in told] == [True, True], told


# ------------------------------------------------------------------ what runs


def going_on(*_: object) -> None:
    raise RefusedError("1 execution is going on")


def test_while_a_run_is_going_on_nothing_is_built(checked: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    with_keys(monkeypatch)
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr("tools.deploy.refuse_while_running", going_on)
    with mock_aws():
        assert checked("default") == "1 execution is going on"


def test_a_run_that_began_during_the_build_is_found_too(started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr("tools.deploy.check", going_on)
    assert (deploy.main(["default"]), started) == (1, [])


# ------------------------------------------------------------------ environments and answers


def test_an_environment_that_is_not_there_is_refused_with_the_way_to_make_it(checked: Says) -> None:
    told = checked("prod")
    assert told.startswith("there is no environment prod in samconfig.local.toml or samconfig.toml, only default")
    assert "CONFIG=guided" in told


def test_an_environment_that_was_kept_is_taken(home: Path, started: list[Any]) -> None:
    kept = '[prod.deploy.parameters]\nstack_name = "prod"\nregion = "eu-west-1"\nprofile = "team"\n'
    (home / "samconfig.local.toml").write_text(kept)
    (home / "config").write_text("[profile team]\n")
    assert deploy.target("prod").profile == "team"
    assert deploy.main(["prod"]) == 0
    ((command, said),) = started
    unchanged = "--no-fail-on-empty-changeset"
    expected = ["deploy", "--config-file", "samconfig.local.toml", unchanged, "--config-env", "prod"]
    assert command[1:] == [*expected, "--region", "eu-west-1"]
    assert (said["AWS_REGION"], said["AWS_DEFAULT_REGION"]) == ("eu-west-1", "eu-west-1")


def test_without_answers_the_tracked_file_is_taken(
    home: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert deploy.main(["default"]) == 0
    assert started[0][0][1:4] == ["deploy", "--config-file", "samconfig.toml"]
    assert not (home / "samconfig.local.toml").exists()


def test_answers_are_kept_in_a_file_that_git_ignores(
    home: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert deploy.main(["guided"]) == 0
    assert started[0][0][1:4] == ["deploy", "--config-file", str(deploy.KEPT)]
    assert started[0][0][-3:] == ["--guided", "--region", "eu-west-1"]
    assert deploy.KEPT.read_text() == deploy.TRACKED.read_text()
    assert str(deploy.KEPT) in (ROOT / ".gitignore").read_text().splitlines()


def test_earlier_answers_are_offered_again(home: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    kept = '[default.deploy.parameters]\nregion = "eu-west-1"\nparameter_overrides = "RequestBus=mine"\n'
    deploy.KEPT.write_text(kept)
    assert deploy.main(["guided"]) == 0
    assert deploy.KEPT.read_text() == kept


def test_questions_are_explained_before_they_are_asked(
    started: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    deploy.main(["guided"])
    told = capsys.readouterr().out
    kept = deploy.target("default").answers
    for name, parameter in read_template(ROOT / "template.yaml").parameters.items():
        bracketed = kept.get(name, parameter["Default"])
        assert f"  {name} [{bracketed}]\n      {parameter['Description']}\n" in told


@pytest.mark.parametrize(
    "kept", ['"ReconcileMinutes=\\"30\\" NoticeEmail=\\"\\""', '["ReconcileMinutes=30", "NoticeEmail="]']
)
def test_answers_that_were_kept_are_what_stands_in_the_brackets(
    home: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kept: str
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    (home / "samconfig.local.toml").write_text(f"[default.deploy.parameters]\nparameter_overrides = {kept}\n")
    deploy.main(["guided"])
    told = capsys.readouterr().out
    assert "  ReconcileMinutes [30]\n" in told
    assert "  NoticeEmail []\n" in told


def test_what_make_deploy_says_the_template_takes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is kept right without a question: a sweep every quarter of an hour."""
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    parameters = read_template(ROOT / "template.yaml").parameters
    answers = deploy.target("default").answers
    assert answers == {"ReconcileMinutes": "15"}
    assert int(answers["ReconcileMinutes"]) in parameters["ReconcileMinutes"]["AllowedValues"]


def test_what_the_sam_cli_ends_with_is_what_make_ends_with(
    home: Path, started: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr("tools.deploy.subprocess.run", lambda *_, **__: subprocess.CompletedProcess([], 3))
    assert deploy.main(["default"]) == 3


def test_every_parameter_has_a_default_and_a_description() -> None:
    parameters = read_template(ROOT / "template.yaml").parameters
    lacking = [name for name, each in parameters.items() if not {"Default", "Description"} <= set(each)]
    assert lacking == []
