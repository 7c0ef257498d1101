"""The form of a plan."""

import json

from private_connection.planning.plan import Attribute, Counts, Plan, PlannedChange
from private_connection.preflight.cost import Cost, Totals

COST = Cost(
    currency="USD",
    lines=(),
    totals=Totals(connection=None, run=None, deployment=None),
    complete=True,
    note=None,
    not_counted=(),
)


def test_a_plan_tells_what_is_known_and_what_is_known_later() -> None:
    zone = Attribute(name="zones", wanted="us-east-1a")
    address = Attribute(name="address", known_after="the cluster is available")
    plan = Plan(
        connection="redis-demo",
        status="PLANNED",
        workspace_id="ws-1",
        cluster_id="redis-demo",
        region="us-east-1",
        looked_at="2026-01-31T12:00:00Z",
        changes=(
            PlannedChange(action="create", type="loadBalancer", name="pc-a", node="redis-demo-001", attributes=(zone,)),
            PlannedChange(action="create", type="target", name="pc-a", node="redis-demo-001", attributes=(address,)),
        ),
        counts=Counts(create=2),
        left_out=0,
        findings=(),
        cost=COST,
    )
    told = plan.model_dump(mode="json", by_alias=True)
    assert [each["attributes"][0]["knownAfter"] for each in told["changes"]] == [None, "the cluster is available"]
    assert Plan.model_validate_json(json.dumps(told)) == plan
