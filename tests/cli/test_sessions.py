"""Who asks AWS, and where: what AWS CLI v2 would use, from the options, the environment and the profile."""

import json
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError
from botocore.utils import generate_login_cache_key
from moto import mock_aws

from private_connection_cli import sessions
from private_connection_cli.deployment import Place
from private_connection_cli.problems import Problem, explained
from private_connection_cli.where import connection_names

ROLE: Final = "arn:aws:iam::123456789012:role/ops"
SERIAL: Final = "arn:aws:iam::123456789012:mfa/me"
LOGIN: Final = "arn:aws:iam::123456789012:user/me"
CONFIG: Final = f"""
[default]
region = us-west-1
[profile team]
region = eu-central-1
[profile nowhere]
[profile keys]
aws_access_key_id = a
aws_secret_access_key = b
[profile ops]
region = eu-west-3
role_arn = {ROLE}
source_profile = keys
mfa_serial = {SERIAL}
[profile signed-in]
region = eu-west-3
login_session = {LOGIN}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Of somebody with profiles; the environment says nothing of AWS."""
    for name in (*sessions.REGIONS, "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_LOGIN_CACHE_DIRECTORY", str(tmp_path / "login"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def prompts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What somebody was asked, who answers with a code."""
    asked = list[str]()

    def answer(prompt: str) -> str:
        asked.append(prompt)
        return "123456"

    monkeypatch.setattr(sessions, "getpass", answer)
    return asked


# ---- where


@pytest.mark.parametrize(
    ("environment", "options", "region"),
    [
        ({"AWS_REGION": "eu-west-1"}, {}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1"}, {"profile": "team"}, "eu-west-1"),
        ({"AWS_REGION": "eu-west-1"}, {"region": "us-east-2"}, "us-east-2"),
        ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "us-east-1"}, {}, "eu-west-1"),
        ({"AWS_REGION": "", "AWS_DEFAULT_REGION": "us-east-1"}, {}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, {"profile": "team"}, "us-east-1"),
        ({"AWS_DEFAULT_REGION": ""}, {"profile": "team"}, "eu-central-1"),
        ({}, {}, "us-west-1"),
        ({}, {"profile": "team"}, "eu-central-1"),
        ({"AWS_PROFILE": "team"}, {}, "eu-central-1"),
        ({"AWS_PROFILE": "team", "AWS_DEFAULT_PROFILE": "ops"}, {}, "eu-central-1"),
        ({"AWS_DEFAULT_PROFILE": "ops"}, {}, "eu-west-3"),
    ],
    ids=str,
)
def test_the_region_and_the_profile_are_those_of_the_aws_cli(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], options: dict[str, Any], region: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Place(**options)._session.region_name == region


def test_a_client_is_of_the_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert Place(profile="team").client("sts").meta.region_name == "eu-west-1"


def test_no_region_anywhere_is_told_with_what_is_read() -> None:
    with pytest.raises(Problem, match="set AWS_REGION or --region"):
        Place(profile="nowhere").client("cloudformation")


def test_a_profile_that_is_not_there_is_told() -> None:
    with pytest.raises(Problem, match="has no such AWS profile"):
        Place(profile="nonesuch").client("sts")


# ---- who


def who(place: Place) -> str:
    with explained():
        return str(place.client("sts").get_caller_identity()["Arn"])


def kept(home: Path) -> list[Path]:
    return list((home / ".aws/cli/cache").iterdir())


def test_an_mfa_code_is_asked_for_once_and_not_by_the_next_command(home: Path, prompts: list[str]) -> None:
    with mock_aws():
        for _ in range(2):
            assert ":assumed-role/ops/" in who(Place(profile="ops"))
    assert prompts == [f"Enter MFA code for {SERIAL}: "]
    (file,) = kept(home)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_where_nothing_can_be_kept_the_code_is_asked_for_each_time(home: Path, prompts: list[str]) -> None:
    (home / ".aws").write_text("no folder")
    with mock_aws():
        for _ in range(2):
            assert ":assumed-role/ops/" in who(Place(profile="ops"))
    assert len(prompts) == 2


def test_completion_asks_for_no_code(monkeypatch: pytest.MonkeyPatch, prompts: list[str]) -> None:
    context: Any = SimpleNamespace(params={"profile": "ops"})
    assert connection_names(context, "") == []
    assert prompts == []


def test_what_an_earlier_command_was_given_is_enough_where_nobody_is_asked(prompts: list[str]) -> None:
    with mock_aws():
        who(Place(profile="ops"))
        assert ":assumed-role/ops/" in who(Place(profile="ops", asks=False))
    assert len(prompts) == 1


def test_whoever_cannot_be_asked_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(sessions, "getpass", ended)
    with pytest.raises(Problem, match="call it at a terminal, or sign in with the AWS CLI before"):
        who(Place(profile="ops"))


def test_a_code_that_aws_does_not_take_is_no_missing_right() -> None:
    said = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    with pytest.raises(Problem, match="did not take the MFA code, which it takes once") as told, explained():
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": said}}, "AssumeRole")
    assert "docs/rights.md" not in str(told.value)


def test_who_signed_in_with_aws_login_is_known(home: Path) -> None:
    """It takes awscrt, which boto3 has only as an extra."""
    given = {"accessKeyId": "ASIAX", "secretAccessKey": "s", "sessionToken": "t", "accountId": "123456789012"}
    access = {**given, "expiresAt": "2999-01-01T00:00:00Z"}
    left = home / "login" / f"{generate_login_cache_key(LOGIN)}.json"
    left.parent.mkdir()
    left.write_text(json.dumps({"accessToken": access, "refreshToken": "r", "dpopKey": "k", "clientId": "c"}))
    credentials: Any = Place(profile="signed-in")._session.get_credentials()
    assert credentials.get_frozen_credentials().access_key == "ASIAX"


def test_who_did_not_sign_in_is_told_how() -> None:
    with pytest.raises(Problem, match="is not signed in: aws login"):
        Place(profile="signed-in").client("sts")
