"""What `make acceptance` asks of whoever calls it, before anything is made."""

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from acceptance import asking
from acceptance.trial import Asked
from private_connection_cli.deployment import Deployment, Place
from private_connection_cli.problems import Exit, Problem

ACCOUNT = "111122223333"
DEPLOYMENT = Deployment(Place(), "stack", {}, {"VervericaPrincipal": "arn:aws:iam::794031221915:root"})


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, f"ACCEPT is not set, the account that asks is {ACCOUNT}: make acceptance ACCEPT={ACCOUNT}"),
        ({"ACCEPT": "444455556666"}, f"ACCEPT is 444455556666, the account that asks is {ACCOUNT}"),
        ({"ACCEPT": ACCOUNT, "CLUSTER": "orders", "SUBNETS": "subnet-1"}, "CLUSTER names a cluster that has its"),
        ({"ACCEPT": ACCOUNT, "CLUSTER": "PC-Acceptance"}, "CLUSTER=PC-Acceptance: a cluster of this name is deleted"),
        ({"ACCEPT": ACCOUNT, "SUBNETS": "vpc-1"}, "SUBNETS: found vpc-1, expected ids such as subnet-0a1b"),
        ({"ACCEPT": ACCOUNT, "CONSUMER_SUBNETS": "subnet-1"}, "CONSUMER_SUBNETS are those of a second account"),
        (
            {"ACCEPT": ACCOUNT, "CONSUMER_PROFILE": "other", "CONSUMER_SUBNETS": "subnet-1 vpc-1"},
            "CONSUMER_SUBNETS: found vpc-1, expected ids such as subnet-0a1b",
        ),
    ],
)
def test_what_is_refused(variables: dict[str, str], told: str) -> None:
    with pytest.raises(Problem) as problem:
        asking.read(variables, ACCOUNT)
    assert str(problem.value).startswith(told)
    assert problem.value.code == Exit.USAGE


def test_what_the_variables_say() -> None:
    given = {"ACCEPT": ACCOUNT, "SUBNETS": "subnet-a, subnet-b", "CONSUMER_PROFILE": "other", "KEEP_GOING": "1"}
    said = Asked(ACCOUNT, None, ("subnet-a", "subnet-b"), "other", keep_going=True)
    assert asking.read(given, ACCOUNT) == said
    more = {**given, "CONSUMER_SUBNETS": "subnet-c,subnet-d"}
    assert asking.read(more, ACCOUNT) == replace(said, consumer_subnets=("subnet-c", "subnet-d"))
    empty = {"ACCEPT": ACCOUNT, "CLUSTER": "", "SUBNETS": "", "CONSUMER_PROFILE": "", "KEEP_GOING": ""}
    assert asking.read(empty, ACCOUNT) == Asked(ACCOUNT)


@pytest.mark.parametrize(
    ("asked", "says", "costs"),
    [
        (Asked(ACCOUNT), "creates a cluster of one cache.t4g.micro", "$0.08"),
        (Asked(ACCOUNT, cluster="orders"), "adopts the cluster orders", "$0.07"),
    ],
)
def test_what_is_shown_first(asked: Asked, says: str, costs: str) -> None:
    told = "\n".join(asking.told(asked, DEPLOYMENT, "arn:of-somebody", "eu-central-1"))
    for each in (ACCOUNT, "arn:of-somebody", "eu-central-1", says, costs, "60 minutes"):
        assert each in told


def test_without_a_profile_there_is_no_other_account() -> None:
    assert asking.consumer_account(Asked(ACCOUNT), DEPLOYMENT) is None


def test_the_other_account_is_asked_in_the_region_of_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its profile may have another one."""
    asked = list[tuple[str | None, str | None]]()

    def client(place: Place, _: str) -> Any:
        asked.append((place.profile, place.region))
        meta = SimpleNamespace(region_name=place.region or "eu-central-1")
        return SimpleNamespace(meta=meta, get_caller_identity=lambda: {"Account": ACCOUNT})

    monkeypatch.setattr(Place, "client", client)
    with pytest.raises(Problem, match="VervericaPrincipal is arn:aws:iam::794031221915:root"):
        asking.consumer_account(Asked(ACCOUNT, consumer="other"), DEPLOYMENT)
    assert asked == [(None, None), ("other", "eu-central-1")]


class Ec2:
    """The second account's, with a subnet in each of two VPCs and two in one of them."""

    def __init__(self) -> None:
        self.vpcs = {"subnet-a": "vpc-1", "subnet-b": "vpc-1", "subnet-c": "vpc-2"}

    def get_paginator(self, _: str) -> "Ec2":
        return self

    def paginate(self, SubnetIds: Sequence[str] = ()) -> list[Any]:  # noqa: N803  as boto3 has it
        return [{"Subnets": [{"SubnetId": each, "VpcId": self.vpcs[each]} for each in SubnetIds or self.vpcs]}]


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ((), "the second account's subnets are of vpc-1 and vpc-2: name subnets of one VPC in CONSUMER_SUBNETS"),
        (("subnet-b", "subnet-c"), "CONSUMER_SUBNETS are of vpc-1 and vpc-2: name subnets of one VPC"),
    ],
)
def test_endpoints_that_could_not_be_placed_are_refused_before_anything_is_made(
    named: Sequence[str], told: str
) -> None:
    with pytest.raises(Problem) as problem:
        asking.require_one_vpc(Ec2(), named)
    assert str(problem.value).startswith(told)
    asking.require_one_vpc(Ec2(), ("subnet-a", "subnet-b"))
