"""A cluster of which nobody could see who uses it is not deleted, whenever in a teardown the look is refused.

When it is refused for once is drawn; `make soak` tries each time.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import product
from typing import Final

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.scenarios.forks import Holder
from tests.before_forks import prepare, warmed
from tests.draws import drawn
from tests.faults.grounds import ADOPT, CREATE, Json, opened, world
from tests.faults.observation import FOR_EVER, serving
from tests.makers import last_maker

CLUSTER: Final = "redis-demo"
SECOND: Final[Json] = {**ADOPT, "connection": "second", "cluster": {"id": CLUSTER}}
DENIED: Final = "AccessDeniedException"
LOOKS: Final = ("elbv2:DescribeLoadBalancers", "elbv2:DescribeTags")


@cache
def shared(asking: int) -> "Holder[tuple[Account, Json]]":
    """An account with the removal of the run that made the cluster, which a second connection uses by now."""
    del asking  # a worker inherits its parent's cache, and must not use its parent's pipes
    warmed()
    return Holder(_shared)


@contextmanager
def _shared() -> Iterator[tuple[Account, Json]]:
    with opened(world("create")) as account:
        prepare(account)
        assert account.run("provision", CREATE).status == "SUCCEEDED"
        maker = last_maker(account)
        assert account.run("provision", SECOND).status == "SUCCEEDED"
        scope = {"createdBy": [maker], "deleteCluster": True, "finalSnapshot": False, "force": True}
        yield account, {"connection": CREATE["connection"], **scope}


def torn_down(held: tuple[Account, Json], fault: Fault) -> tuple[RunReport, bool]:
    """Asked in a fork: a removal that meets the fault, and whether the second connection and its cluster are as they
    were.
    """
    account, removal = held
    before = serving(account, "second")
    report = account.run("teardown", removal, faults=[fault])
    return report, (serving(account, "second"), {*inventory()["replicationGroup"]}) == (before, {CLUSTER})


def deleted(report: RunReport) -> bool:
    return "elasticache:DeleteReplicationGroup" in report.api_calls


@pytest.mark.parametrize(("operation", "skip"), drawn(list(product(LOOKS, range(3))), "unseen for once", 3))
def test_a_cluster_whose_users_could_not_be_seen_for_once_is_looked_at_again(operation: str, skip: int) -> None:
    fault = Fault(operation=operation, error="AccessDenied", times=1, skip=skip)
    report, untouched = shared(os.getpid()).ask(torn_down, fault)
    assert (report.status, deleted(report), untouched) == ("SUCCEEDED", False, True)
    kept = {each["name"]: each["why"] for each in report.output["kept"]}
    assert kept[CLUSTER] == "used by connections second"


def test_a_cluster_of_which_the_registry_does_not_say_who_uses_it_stays_and_is_named(ready: Account) -> None:
    scope = {"createdBy": [last_maker(ready)], "deleteCluster": True, "finalSnapshot": False, "force": True}
    removal = {"connection": CREATE["connection"], **scope}
    report = ready.run("teardown", removal, faults=[Fault(operation="dynamodb:Scan", error=DENIED, times=FOR_EVER)])
    assert (report.status, report.output["clean"], deleted(report)) == ("SUCCEEDED", True, False)
    (why,) = (each["why"] for each in report.output["kept"] if each["name"] == CLUSTER)
    assert why.startswith("whether other connections use it is not known: listing the registry")
    assert why.endswith("[CLUSTER_LEFT]")


@pytest.mark.parametrize("operation", LOOKS)
def test_a_cluster_whose_users_are_never_seen_stays_and_is_named(operation: str) -> None:
    fault = Fault(operation=operation, error="AccessDenied", times=FOR_EVER)
    report, _ = shared(os.getpid()).ask(torn_down, fault)
    assert (report.status, report.output["clean"], deleted(report)) == ("SUCCEEDED", False, False)
    kept = {each["name"]: each["why"] for each in report.output["kept"]}
    assert kept[CLUSTER] == "used by connections second", "the registry knows it still"
    assert "loadBalancer" in report.output["unseen"]
