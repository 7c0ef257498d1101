"""The sheet for the portal."""

from typing import Final

import pytest
from pydantic import ValidationError

from private_connection.contracts import ConnectedCluster
from private_connection.handoff import ComposeHandoff, Handoff, OfferedNode, changes_between, compose_handoff
from private_connection.request.findings import finding
from tests.unit.builders import an_offer

RAISED: Final[list[tuple[str, list[OfferedNode]]]] = [
    ("SEVERAL_ZONES", [an_offer("orders-002"), an_offer("orders-001", "subnet-a", "subnet-b")]),
    ("ZONES_KEPT", [an_offer("orders-002"), an_offer("orders-001", "subnet-a", "subnet-b", spread=True)]),
]


def composed(*nodes: str | OfferedNode, zones: int = 0) -> Handoff:
    request = ComposeHandoff(
        connection="orders",
        workspace_id="ws-1",
        cluster=ConnectedCluster(id="orders", engine="valkey", transit_encryption=True),
        role_arn="arn:aws:iam::123456789012:role/r",
        findings=(finding("SCOPED_POLICY", "accessPolicy", "scoped", "documented", "look out"),),
        offers=tuple(an_offer(node) if isinstance(node, str) else node for node in nodes),
        zone_subnets={f"zone-{number}": f"subnet-{number}" for number in range(zones)},
    )
    return compose_handoff(request)


def test_a_hand_off_is_ready_and_complete() -> None:
    document = composed("orders-001").model_dump(mode="json", by_alias=True)
    (endpoint,) = document.pop("endpoints")
    assert document == {
        "connection": "orders",
        "status": "READY",
        "workspaceId": "ws-1",
        "roleArn": "arn:aws:iam::123456789012:role/r",
        "clusterId": "orders",
        "engine": "valkey",
        "transitEncryption": True,
        "region": "eu-central-1",
        "findings": [
            {
                "code": "SCOPED_POLICY",
                "level": "warning",
                "field": "accessPolicy",
                "message": "found scoped; expected documented",
                "remedy": "look out",
            }
        ],
        "changes": [],
    }
    assert endpoint == {
        "node": "orders-001",
        "shard": "0001",
        "role": "primary",
        "endpoint": "orders-001.abc.use1.cache.amazonaws.com",
        "port": 6379,
        "availabilityZone": "us-east-1a",
        "availabilityZoneId": "use1-az1",
        "ipAddress": "10.0.0.5",
        "serviceName": "com.amazonaws.vpce.us-east-1.vpce-svc-orders-001",
        "serviceId": "vpce-svc-orders-001",
    }


@pytest.mark.parametrize(("code", "offers"), RAISED, ids=[row[0] for row in RAISED])
def test_what_the_offers_show_is_a_finding(code: str, offers: list[OfferedNode]) -> None:
    (_, found) = composed(*offers).findings
    assert (found.code, found.level) == (code, "warning")
    assert "(orders-001 in subnet-a, subnet-b)" in found.message


def test_of_many_the_first_are_named_and_the_others_are_counted() -> None:
    offers = [an_offer(f"orders-{number:03}", "subnet-a", "subnet-b") for number in range(1, 24)]
    (_, found) = composed(*offers).findings
    assert "orders-020 in subnet-a, subnet-b; and 3 more)" in found.message


def test_zones_that_are_asked_for_are_no_finding() -> None:
    spread = an_offer("orders-001", "subnet-a", "subnet-b", "subnet-c", spread=True)
    assert [each.code for each in composed(spread, zones=3).findings] == ["SCOPED_POLICY"]
    assert [each.code for each in composed(spread, zones=2).findings] == ["SCOPED_POLICY", "ZONES_KEPT"]
    assert [each.code for each in composed(an_offer("orders-001", spread=True)).findings] == ["SCOPED_POLICY"]


def test_endpoints_are_ordered_by_node() -> None:
    nodes = ["orders-0010-001", "orders-0002-001", "orders-0001-002"]
    assert [endpoint.node for endpoint in composed(*nodes).endpoints] == sorted(nodes)


@pytest.mark.parametrize(
    ("former", "present", "changes"),
    [
        ({}, {}, []),
        ({}, {"b": "svc-b", "a": "svc-a"}, [("a", "new", "svc-a", None), ("b", "new", "svc-b", None)]),
        ({"a": "svc-a"}, {"a": "svc-a"}, []),
        ({"a": "svc-a"}, {"a": "svc-2"}, [("a", "changed", "svc-2", "svc-a")]),
        ({"a": "svc-a"}, {}, [("a", "gone", None, "svc-a")]),
        (
            {"a": "svc-a", "c": "svc-c", "d": "svc-d"},
            {"b": "svc-b", "c": "svc-2", "d": "svc-d"},
            [("a", "gone", None, "svc-a"), ("b", "new", "svc-b", None), ("c", "changed", "svc-2", "svc-c")],
        ),
        ({"a": "svc-a"}, {"b": "svc-a"}, [("a", "gone", None, "svc-a"), ("b", "new", "svc-a", None)]),
    ],
)
def test_what_has_to_be_changed_in_the_portal(
    former: dict[str, str], present: dict[str, str], changes: list[tuple[str, str, str | None, str | None]]
) -> None:
    found = list(changes_between(former, present))
    assert [(each.node, each.change, each.service_name, each.former_service_name) for each in found] == changes


def test_a_hand_off_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        composed("orders-001").status = "LOST"  # type: ignore[assignment]  # that is what is tested
