"""Findings of the role that Ververica assumes."""

from collections.abc import Mapping
from typing import Any, Final

from sandbox.faults import Fault
from tests.findings.asking import USUAL, VALID, Asked, Row, asking
from tests.findings.of_requests import BOUNDARY

SCOPED: Final[dict[str, Any]] = {"accessPolicy": "scoped"}


def in_role(workspace: str, name: str | None = None, **changes: Any) -> Asked:
    """For a workspace, and with a role that is named, or else the one that there is for it."""
    return asking(workspaceId=workspace, role={"name": name} if name else {}, **changes)


FOR_ONE: Final = in_role("ws-1", "for-ws-1")
REFUSED: Final = Fault(operation="elbv2:DescribeAccountLimits", error="AccessDenied", times=100, optional=True)
ROWS: Final[Mapping[str, Row]] = {
    "BOUNDARY_ABSENT": Row(
        asking(workspaceId="ws-new", role={"permissionsBoundary": f"{BOUNDARY}-too"}),
        asking(workspaceId="ws-new", role={"permissionsBoundary": BOUNDARY}),
    ),
    "ROLE_ABSENT": Row(in_role("ws-1", "for-ws-l"), FOR_ONE),
    "ROLE_DOES_NOT_TRUST": Row(in_role("ws-1", "wide"), FOR_ONE),
    "ROLE_TRUST_CONDITION": Row(in_role("ws-1", "of-our-organization"), FOR_ONE),
    "ROLE_TRUST_UNSURE": Row(in_role("ws-1", "of-tagged-callers"), FOR_ONE),
    "ROLE_TRUSTS_ANYONE": Row(in_role("ws-1", "for-anyone"), FOR_ONE),
    "ROLE_NAME_TAKEN": Row(in_role("ws-taken"), in_role("ws-free")),
    "SEVERAL_ROLES": Row(in_role("ws-two"), in_role("ws-two", "first-of-two")),
    "ROLE_LACKS_PERMISSIONS": Row(in_role("ws-7"), in_role("ws-6")),
    "ROLE_IS_DENIED": Row(in_role("ws-2"), in_role("ws-5")),
    "ROLE_IS_NARROWED": Row(in_role("ws-3"), in_role("ws-5")),
    "ROLE_FULL": Row(in_role("ws-4"), in_role("ws-5")),
    "ROLE_LEFT_AS_IT_IS": Row(in_role("ws-6"), in_role("ws-5")),
    "SCOPED_POLICY": Row(in_role("ws-1", "for-ws-1", **SCOPED), FOR_ONE),
    "ROLE_IS_WIDER": Row(in_role("ws-5", **SCOPED), in_role("ws-1", "for-ws-1", **SCOPED)),
    "LOOK_REFUSED": Row(Asked(VALID, faults=(REFUSED,)), USUAL),
}
