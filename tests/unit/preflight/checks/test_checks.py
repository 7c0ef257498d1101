"""All checks together; and every code of a finding is raised by a row of somebody's table."""

from private_connection.preflight.checks import CHECKS, check
from private_connection.preflight.facts import ClusterFacts, CreationFacts, RefusedLook, RoleFacts
from private_connection.request.codes import CODES
from tests.unit import test_handoff, test_surplus
from tests.unit.access import test_role_policies
from tests.unit.builders import a_request, facts
from tests.unit.cluster import test_rules
from tests.unit.paths import test_target_health
from tests.unit.planning import test_withdrawal as planned_withdrawal
from tests.unit.preflight.checks import (
    test_cluster,
    test_denied,
    test_endpoints,
    test_existing,
    test_failover,
    test_ingress,
    test_network,
    test_outposts,
    test_permissions,
    test_protection,
    test_redirects,
    test_refused_looks,
    test_role,
    test_room,
    test_tags,
    test_workspace,
    test_zones,
)
from tests.unit.reconcile import test_unreadable
from tests.unit.registry import test_claims
from tests.unit.request import test_contradictions, test_parsing
from tests.unit.teardown import test_withdrawal

TABLES = (
    *(test_ingress.RAISED, test_room.RAISED, test_tags.RAISED, test_zones.RAISED),
    *(test_cluster.RAISED, test_existing.RAISED, test_redirects.RAISED, test_network.RAISED, test_role.RAISED),
    *(test_denied.RAISED, test_endpoints.RAISED, test_failover.RAISED, test_failover.READ_ONLY),
    *(test_parsing.RAISED, test_refused_looks.RAISED),
    *(test_outposts.RAISED, test_permissions.RAISED, test_protection.RAISED, test_workspace.RAISED),
    *(test_rules.RAISED, test_role_policies.RAISED, test_handoff.RAISED),  # what a step finds later
    *(test_claims.RAISED, test_contradictions.RAISED, test_target_health.RAISED),
    *(test_contradictions.OF_REMOVAL, test_surplus.RAISED, test_withdrawal.RAISED, test_unreadable.RAISED),
    planned_withdrawal.RAISED,
)


def test_every_code_is_raised_by_a_row() -> None:
    raised = {row[0] for table in TABLES for row in table}
    assert raised == set(CODES)


def test_all_checks_say_what_they_found() -> None:
    found = facts(
        RoleFacts(boundary_exists=False),
        ClusterFacts(),
        CreationFacts(zones=RefusedLook("cluster.create", "denied")),
    )
    boundary = "arn:aws:iam::123456789012:policy/none"
    codes = [each.code for each in check(a_request(role={"permissionsBoundary": boundary}), found)]
    assert codes == ["BOUNDARY_ABSENT", "NO_DEFAULT_VPC", "LOOK_REFUSED"]
    assert len(CHECKS) == 17
