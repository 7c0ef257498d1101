"""A load balancer that is being deleted, whether AWS still lists it or not: no run ends READY on it."""

from typing import Literal

import pytest

from sandbox.account import Account
from sandbox.runs import StopAt
from tests.faults.grounds import ADOPT, removal, slow_down
from tests.faults.observation import serving


@pytest.mark.parametrize("shown", ["listed", "dropped"])
def test_a_run_after_a_teardown_that_was_stopped_makes_anew_what_is_going(
    adopted: Account, shown: Literal["listed", "dropped"]
) -> None:
    adopted.conditions.deleted_load_balancers = shown
    slow_down(adopted, loadBalancerDeletion=30)
    stop = StopAt(state="Delete load balancer", when="after")
    assert adopted.run("teardown", removal("adopt"), stop_at=stop).status == "ABORTED"
    again = adopted.run("provision", ADOPT)
    assert (again.status, again.cause) == ("SUCCEEDED", None)
    adopted.clock.sleep(3600)
    assert len(serving(adopted, "orders")) == len(again.output["endpoints"])
