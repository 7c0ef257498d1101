"""A load balancer that is being deleted, whether AWS still lists it or not: no run ends READY on it."""

from typing import Literal

import pytest

from sandbox.runs import StopAt
from tests.faults.grounds import ADOPT, QUICK, opened, removal, world
from tests.faults.observation import serving


@pytest.mark.parametrize("shown", ["listed", "dropped"])
def test_a_run_after_a_teardown_that_was_stopped_makes_anew_what_is_going(shown: Literal["listed", "dropped"]) -> None:
    latency = {**QUICK, "loadBalancerDeletion": 30}
    with opened(world("adopt", deletedLoadBalancers=shown, latency=latency)) as account:
        assert account.run("provision", ADOPT).status == "SUCCEEDED"
        stop = StopAt(state="Delete load balancer", when="after")
        assert account.run("teardown", removal("adopt"), stop_at=stop).status == "ABORTED"
        again = account.run("provision", ADOPT)
        assert (again.status, again.cause) == ("SUCCEEDED", None)
        account.clock.sleep(3600)
        assert len(serving(account, "orders")) == len(again.output["endpoints"])
