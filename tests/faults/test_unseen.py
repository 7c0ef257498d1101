"""A cluster of which nobody could see who uses it is not deleted, whenever in a teardown the look is refused.

When it is refused for once is drawn; `make soak` tries each time.
"""

from itertools import product
from typing import Final

from sandbox.account import Account
from sandbox.audit import inventory
from sandbox.faults import Fault
from sandbox.runs import RunReport
from sandbox.scenarios.forks import forked
from tests.draws import drawn
from tests.faults.grounds import ADOPT, CREATE, Json
from tests.faults.observation import FOR_EVER, serving
from tests.makers import last_maker

CLUSTER: Final = "redis-demo"
SECOND: Final[Json] = {**ADOPT, "connection": "second", "cluster": {"id": CLUSTER}}
DENIED: Final = "AccessDeniedException"
LOOKS: Final = ("elbv2:DescribeLoadBalancers", "elbv2:DescribeTags")
ONCE: Final = drawn(list(product(LOOKS, range(3))), "unseen for once", 3)
"""A look, and how many of its kind are not refused before it."""


def removing(account: Account) -> Json:
    """The removal of the run that made the cluster."""
    scope = {"createdBy": [last_maker(account)], "deleteCluster": True, "finalSnapshot": False, "force": True}
    return {"connection": CREATE["connection"], **scope}


def torn_down(account: Account, removal: Json, fault: Fault) -> tuple[RunReport, bool]:
    """Asked in a fork: a removal that meets the fault, and whether the second connection and its cluster are as they
    were.
    """
    before = serving(account, "second")
    report = account.run("teardown", removal, faults=[fault])
    return report, (serving(account, "second"), {*inventory()["replicationGroup"]}) == (before, {CLUSTER})


def deleted(report: RunReport) -> bool:
    return "elasticache:DeleteReplicationGroup" in report.api_calls


def why(report: RunReport) -> str:
    """Why the cluster was kept."""
    (found,) = (each["why"] for each in report.output["kept"] if each["name"] == CLUSTER)
    return str(found)


def test_a_cluster_whose_users_could_not_be_seen_is_looked_at_again_or_stays_and_is_named(ready: Account) -> None:
    """A second connection uses it by now."""
    removal = removing(ready)
    assert ready.run("provision", SECOND).status == "SUCCEEDED"
    for operation, skip in ONCE:
        once = Fault(operation=operation, error="AccessDenied", times=1, skip=skip)
        report, untouched = forked(torn_down, ready, removal, once)
        ended = (report.status, deleted(report), untouched, why(report))
        assert ended == ("SUCCEEDED", False, True, "used by connections second"), once
    for operation in LOOKS:
        never = Fault(operation=operation, error="AccessDenied", times=FOR_EVER)
        report, _ = forked(torn_down, ready, removal, never)
        ended = (report.status, deleted(report), report.output["clean"], why(report))
        assert ended == ("SUCCEEDED", False, False, "used by connections second"), "the registry knows it still"
        assert "loadBalancer" in report.output["unseen"], never


def test_a_cluster_of_which_the_registry_does_not_say_who_uses_it_stays_and_is_named(ready: Account) -> None:
    fault = Fault(operation="dynamodb:Scan", error=DENIED, times=FOR_EVER)
    report = ready.run("teardown", removing(ready), faults=[fault])
    assert (report.status, report.output["clean"], deleted(report)) == ("SUCCEEDED", True, False)
    assert why(report).startswith("whether other connections use it is not known: listing the registry")
    assert why(report).endswith("[CLUSTER_LEFT]")
