"""What plans look at: whatever a plan may have to read, one of these reads, and none of them changes anything.

That of a connection and a cluster that are not there yet is looked at in `test_prices.py`, with its prices.
That a plan is what the run after it does is shown beside the judge, in `tests/exactness`.
"""

import io
from typing import Any, Final

from sandbox.account import Account
from sandbox.world import World, apply_event
from tests.registry import items
from tests.scenarios.playing import READING

OF_AWS: Final = "arn:aws:iam::aws:policy/"
OWN: Final = "arn:aws:iam::123456789012:policy/"
TEAMS: Final = {"name": "team", "trusts": {"externalId": "ws-2"}}
WORLD: Final = World.model_validate(
    {
        "clusters": [
            {"id": "orders", "replicasPerShard": 1, "securityGroups": ["sg-cache"]},
            {"id": "alone", "mode": "standalone", "securityGroups": ["sg-alone"]},
        ],
        "policies": [{"name": "accepting"}, {"name": "PowerUserAccess", "ofAws": True}],
        "roles": [{**TEAMS, "attached": [f"{OWN}accepting", f"{OF_AWS}PowerUserAccess"]}],
        "latency": {"cluster": 30, "loadBalancer": 20, "registration": 20, "endpointService": 2},
    }
)
FIRST: Final = {"connection": "first", "workspaceId": "ws-1", "cluster": {"id": "orders"}}
CREATED: Final = {"connection": "created", "workspaceId": "ws-1", "cluster": {"id": "made", "create": {}}}
SINGLE: Final = {"connection": "single", "workspaceId": "ws-3", "cluster": {"id": "alone"}}
OLD: Final = {"tags": {"old": "x"}}


def planned(account: Account, request: Any) -> Any:
    before = items(account.world.region)
    report = account.run("provision", {**request, "plan": True})
    assert report.status == "SUCCEEDED", report.cause
    assert [each for each in report.api_calls if not each.split(":")[1].startswith(READING)] == []
    assert items(account.world.region) == before
    return report.output


def actions(plan: Any, kind: str) -> set[str]:
    return {each["action"] for each in plan["changes"] if each["type"] == kind}


def test_a_plan_reads_what_it_needs_and_changes_nothing() -> None:
    with Account(WORLD, logs=io.StringIO()) as account:
        for request in (CREATED, FIRST, {**FIRST, "connection": "other"}, SINGLE):
            assert account.run("provision", {**request, **OLD}).status == "SUCCEEDED"
        assert actions(planned(account, CREATED), "replicationGroup") == {"change"}, "a tag goes"
        vendors = planned(account, {**FIRST, "workspaceId": "ws-2", "role": {"name": "team"}, "zones": "all"})
        assert actions(vendors, "role") == {"keep", "change"}, "one that no run may write to, and the one before"
        assert (actions(vendors, "rolePolicy"), actions(vendors, "loadBalancer")) == ({"withdraw"}, {"change"})
        (service,) = {each["name"] for each in vendors["changes"] if each["node"] == "orders-001"} & {
            each["name"] for each in vendors["changes"] if each["type"] == "endpointService"
        }
        endpoint = {"service": service, "endpoint": "vpce-0a1b2c3d"}
        apply_event("connect", endpoint, account.conditions)
        apply_event("accept", endpoint, account.conditions)
        moved = planned(account, {**FIRST, "cluster": {"id": "alone"}, "accessPolicy": "scoped"})
        assert actions(moved, "rolePolicy") == {"change"}
        assert actions(moved, "loadBalancer") == {"create", "keep", "withdraw"}
        assert actions(moved, "securityGroupRule") == {"change", "keep"}, (
            "one that the other connection made, and its own"
        )
        assert "SURPLUS_IN_USE" in {each["code"] for each in moved["findings"]}
        assert "1 load balancer that stays" in {each["what"] for each in moved["cost"]["lines"]}, "it is paid for"
        single = {**SINGLE, "workspaceId": "ws-4", "ingress": "none", "acknowledge": ["INGRESS_CLOSED"]}
        closed = planned(account, single)
        assert actions(closed, "role") == {"create", "withdraw"}
        assert actions(closed, "securityGroupRule") == {"withdraw"}
        assert "INGRESS_CLOSED" in {each["code"] for each in closed["findings"]}
