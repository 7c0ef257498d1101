"""The environment of a function: read once, and what is missing is named."""

import pytest

from private_connection.settings import (
    Settings,
    minutes_between_sweeps,
    node_events_topic,
    notice_bus,
    reconcile_mode,
    registry_table,
    settings,
    stack,
)
from tests.unit.builders import ACCOUNT


def test_settings_are_those_of_the_environment() -> None:
    assert settings() == Settings(
        region="eu-central-1",
        ververica_principal=ACCOUNT,
        permissions_boundary=None,
        access_role_path="/private-connection/",
        load_balancers="arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net",
        default_tags={},
        extendable_role_arns=("arn:aws:iam::123456789012:role/their-role",),
    )


def test_the_account_of_the_principal_is_the_one_that_connects() -> None:
    assert settings().ververica_account == ACCOUNT.split(":")[4] == "794031221915"


def test_the_partition_is_that_of_what_it_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().partition == "aws"
    settings.cache_clear()
    monkeypatch.setenv("LOAD_BALANCERS", "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:loadbalancer/net")
    assert settings().partition == "aws-cn"


def test_minutes_between_sweeps_are_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert minutes_between_sweeps() == 0
    monkeypatch.setenv("RECONCILE_MINUTES", "15")
    assert minutes_between_sweeps() == 15
    monkeypatch.delenv("RECONCILE_MINUTES")
    with pytest.raises(LookupError, match="RECONCILE_MINUTES"):
        minutes_between_sweeps()


@pytest.mark.parametrize("name", ["AWS_REGION", "VERVERICA_PRINCIPAL", "ACCESS_ROLE_PATH", "LOAD_BALANCERS"])
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(LookupError, match=rf"reading the environment \({name}\): the variable is not set"):
        settings()
    monkeypatch.setenv(name, "")
    with pytest.raises(LookupError, match=name):
        settings()


def test_a_boundary_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERMISSIONS_BOUNDARY")
    assert settings().permissions_boundary is None
    settings.cache_clear()
    monkeypatch.setenv("PERMISSIONS_BOUNDARY", "arn:aws:iam::123456789012:policy/bound")
    assert settings().permissions_boundary == "arn:aws:iam::123456789012:policy/bound"


@pytest.mark.parametrize(("listed", "arns"), [("", ()), ("arn:1", ("arn:1",)), ("arn:1,arn:2", ("arn:1", "arn:2"))])
def test_roles_that_runs_may_extend_are_listed(
    monkeypatch: pytest.MonkeyPatch, listed: str, arns: tuple[str, ...]
) -> None:
    monkeypatch.setenv("EXTENDABLE_ROLE_ARNS", listed)
    assert settings().extendable_role_arns == arns


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", {}),
        ("team=data", {"team": "data"}),
        (
            "team=data, cost center=R+D,url=a=b,empty=",
            {"team": "data", "cost center": "R+D", "url": "a=b", "empty": ""},
        ),
    ],
)
def test_the_deployment_has_tags_for_everything(
    monkeypatch: pytest.MonkeyPatch, text: str, tags: dict[str, str]
) -> None:
    monkeypatch.setenv("DEFAULT_TAGS", text)
    assert settings().default_tags == tags


def test_only_functions_that_use_the_registry_need_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    assert registry_table() == "connections"
    monkeypatch.delenv("REGISTRY")
    assert settings().region == "eu-central-1"
    with pytest.raises(LookupError, match=r"reading the environment \(REGISTRY\): the variable is not set"):
        registry_table()


def test_what_becomes_of_drift_is_known_to_the_function_that_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert reconcile_mode() == "repair"
    monkeypatch.delenv("RECONCILE_MODE")
    with pytest.raises(LookupError, match=r"reading the environment \(RECONCILE_MODE\)"):
        reconcile_mode()


def test_where_to_tell_and_for_which_stack_is_known_to_the_functions_that_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (notice_bus(), stack()) == ("notices", "private-connection")
    monkeypatch.delenv("NOTICE_BUS")
    with pytest.raises(LookupError, match=r"reading the environment \(NOTICE_BUS\)"):
        notice_bus()
    monkeypatch.delenv("STACK")
    with pytest.raises(LookupError, match=r"reading the environment \(STACK\)"):
        stack()


@pytest.mark.parametrize(("value", "topic"), [(None, None), ("", None), ("arn:topic", "arn:topic")])
def test_a_deployment_has_a_topic_for_node_events_or_none(
    monkeypatch: pytest.MonkeyPatch, value: str | None, topic: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("NODE_EVENTS_TOPIC", value)
    assert node_events_topic() == topic


def test_the_environment_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = settings()
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert settings() is first
