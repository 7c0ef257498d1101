"""What `make acceptance` asks of whoever calls it, before anything is made."""

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
    ],
)
def test_what_is_refused(variables: dict[str, str], told: str) -> None:
    with pytest.raises(Problem) as problem:
        asking.read(variables, ACCOUNT)
    assert str(problem.value).startswith(told)
    assert problem.value.code == Exit.USAGE


def test_what_the_variables_say() -> None:
    given = {"ACCEPT": ACCOUNT, "SUBNETS": "subnet-a, subnet-b", "CONSUMER_PROFILE": "other", "KEEP_GOING": "1"}
    assert asking.read(given, ACCOUNT) == Asked(ACCOUNT, None, ("subnet-a", "subnet-b"), "other", keep_going=True)
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
