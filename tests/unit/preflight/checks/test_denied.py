"""Each denied dry run is a finding that blocks, with EC2's reason."""

from typing import Final

import pytest

from private_connection.preflight.checks.denied import check_denied
from private_connection.preflight.facts import Denial

REASON: Final = (
    "You are not authorized to perform this operation. User: arn:aws:sts::123456789012:assumed-role/r/f is not "
    "authorized to perform: ec2:CreateSecurityGroup on resource: * with an explicit deny in a service control policy."
)
RAISED: Final[list[tuple[str, str, Denial]]] = [
    ("CALL_DENIED", "a group", Denial("CreateSecurityGroup", "cluster.create.securityGroupIds", REASON)),
    ("CALL_DENIED", "a service", Denial("CreateVpcEndpointServiceConfiguration", "connection", REASON)),
]


@pytest.mark.parametrize(("code", "what", "denial"), RAISED, ids=[row[1] for row in RAISED])
def test_a_denial_blocks(code: str, what: str, denial: Denial) -> None:
    (finding,) = check_denied([denial])
    assert (finding.code, finding.level, finding.field) == (code, "error", denial.field)
    assert f"ec2:{denial.operation}" in finding.found
    assert "with an explicit deny in a service control policy" in finding.found


def test_where_nothing_is_denied_nothing_is_found() -> None:
    assert list(check_denied([])) == []
