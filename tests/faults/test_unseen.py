"""A cluster of which nobody could see who uses it is not deleted, whenever in a teardown the look is refused."""

from typing import Final

import pytest

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport
from tests.faults.grounds import ADOPT, CREATE, Json, opened, world
from tests.faults.observation import FOR_EVER, serving
from tests.makers import last_maker

CLUSTER: Final = "redis-demo"
SECOND: Final[Json] = {**ADOPT, "connection": "second", "cluster": {"id": CLUSTER}}
DENIED: Final = "AccessDeniedException"
LOOKS: Final = ("elbv2:DescribeLoadBalancers", "elbv2:DescribeTags")


def shared(account: Account) -> Json:
    """The removal of the run that made the cluster, which a second connection uses by now."""
    assert account.run("provision", CREATE).status == "SUCCEEDED"
    maker = last_maker(account)
    assert account.run("provision", SECOND).status == "SUCCEEDED"
    scope = {"createdBy": [maker], "deleteCluster": True, "finalSnapshot": False, "force": True}
    return {"connection": CREATE["connection"], **scope}


def deleted(report: RunReport) -> bool:
    return "elasticache:DeleteReplicationGroup" in report.api_calls


@pytest.mark.parametrize("operation", LOOKS)
@pytest.mark.parametrize("skip", range(3))
def test_a_cluster_whose_users_could_not_be_seen_for_once_is_looked_at_again(operation: str, skip: int) -> None:
    with opened(world("create")) as account:
        removal = shared(account)
        before = serving(account, "second")
        report = account.run(
            "teardown", removal, faults=[Fault(operation=operation, error="AccessDenied", times=1, skip=skip)]
        )
        assert (report.status, deleted(report)) == ("SUCCEEDED", False)
        kept = {each["name"]: each["why"] for each in report.output["kept"]}
        assert kept[CLUSTER] == "used by connections second"
        assert (serving(account, "second"), {*inventory()["replicationGroup"]}) == (before, {CLUSTER})


def test_a_cluster_of_which_the_registry_does_not_say_who_uses_it_stays_and_is_named() -> None:
    with opened(world("create")) as account:
        assert account.run("provision", CREATE).status == "SUCCEEDED"
        scope = {"createdBy": [last_maker(account)], "deleteCluster": True, "finalSnapshot": False, "force": True}
        removal = {"connection": CREATE["connection"], **scope}
        report = account.run(
            "teardown", removal, faults=[Fault(operation="dynamodb:Scan", error=DENIED, times=FOR_EVER)]
        )
        assert (report.status, report.output["clean"], deleted(report)) == ("SUCCEEDED", True, False)
        (why,) = (each["why"] for each in report.output["kept"] if each["name"] == CLUSTER)
        assert why.startswith("whether other connections use it is not known: listing the registry")
        assert why.endswith("[CLUSTER_LEFT]")


@pytest.mark.parametrize("operation", LOOKS)
def test_a_cluster_whose_users_are_never_seen_stays_and_is_named(operation: str) -> None:
    with opened(world("create")) as account:
        removal = shared(account)
        report = account.run(
            "teardown", removal, faults=[Fault(operation=operation, error="AccessDenied", times=FOR_EVER)]
        )
        assert (report.status, report.output["clean"], deleted(report)) == ("SUCCEEDED", False, False)
        kept = {each["name"]: each["why"] for each in report.output["kept"]}
        assert kept[CLUSTER] == "used by connections second", "the registry knows it still"
        assert "loadBalancer" in report.output["unseen"]
