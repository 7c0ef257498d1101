"""A plan with a change of each kind: two new nodes that look the same, one that changes, one that stays."""

from typing import Any

COST: dict[str, Any] = {
    "currency": "USD",
    "lines": [
        {
            "what": "4 load balancers",
            "part": "connection",
            "quantity": 2920.0,
            "unit": "Hrs",
            "unitPrice": 0.34246575,
            "amount": 1000.0,
            "note": "a",
        },
        {
            "what": "their capacity at rest",
            "part": "connection",
            "quantity": 0.0,
            "unit": "LCU-Hrs",
            "unitPrice": 0.006,
            "amount": 0.0,
            "note": "b",
        },
        {
            "what": "the run",
            "part": "run",
            "quantity": 198.0,
            "unit": "StateTransitions",
            "unitPrice": 0.000025,
            "amount": 0.0049,
            "note": "c",
        },
        {
            "what": "17 alarms",
            "part": "deployment",
            "quantity": 17.0,
            "unit": "Alarms",
            "unitPrice": None,
            "amount": None,
            "note": "two prices",
        },
    ],
    "totals": {"connection": 1000.0, "run": 0.0049, "deployment": None},
    "complete": False,
    "note": "sample price",
    "notCounted": ["traffic", "the cluster, which is there already"],
}
FINDING = {
    "code": "DEFAULT_GROUP_OPENED",
    "level": "warning",
    "field": "cluster.id",
    "message": "found x; expected y",
    "remedy": "z",
}
PASSED = {"code": "CALL_DENIED", "level": "error", "field": "ingress", "message": "found x; expected y", "remedy": "z"}


def change(action: str, kind: str, name: str, node: str | None = None, after: str | None = None, **told: Any) -> Any:
    """A change; `told` has what an attribute is found and wanted to be, or after what it is known."""
    attributes = [
        {"name": key, "found": None, "wanted": None, "knownAfter": value}
        if isinstance(value, str)
        else {"name": key, "found": value[0], "wanted": value[1], "knownAfter": None}
        for key, value in told.items()
    ]
    return {"action": action, "type": kind, "name": name, "node": node, "attributes": attributes, "knownAfter": after}


def made(node: str) -> list[Any]:
    return [
        change("create", "loadBalancer", f"pc-{node}", node, zones=(None, "us-east-1a (subnet-a)")),
        change("create", "target", f"pc-{node}", node, "the cluster is available", address="the cluster is available"),
        change("create", "allowedPrincipal", "arn:aws:iam::794031221915:root", node),
    ]


PLAN: dict[str, Any] = {
    "connection": "orders",
    "status": "PLANNED",
    "workspaceId": "ws-1",
    "clusterId": "orders",
    "region": "us-east-1",
    "lookedAt": "2026-01-01T00:00:04.250Z",
    "changes": [
        change("create", "role", "private-connection-ws-1"),
        change("withdraw", "securityGroupRule", "sg-1: 10.0.0.0/24 on 6379 (sgr-1)"),
        *(change("keep", "loadBalancer", f"pc-orders-00{n}", f"orders-00{n}") for n in (1, 2)),
        change("change", "targetGroup", "pc-orders-002", "orders-002", port=("6379", "6380"), tags=("a", None)),
        change("withdraw", "target", "pc-orders-002/10.0.0.9:6379", "orders-002"),
        *made("orders-003"),
        *made("orders-004"),
    ],
    "counts": {"create": 7, "keep": 42, "change": 1, "withdraw": 2},
    "leftOut": 40,
    "findings": [FINDING, PASSED],
    "cost": COST,
}
