"""Each fact that a refused look may stand for becomes one warning at its field."""

from typing import Final

import pytest

from private_connection.preflight.checks.refused_looks import check_refused_looks
from private_connection.preflight.facts import ClusterFacts, CreationFacts, Facts, RefusedLook, RoleFacts
from tests.unit.builders import a_request, facts

LOOK = RefusedLook("some.field", "looking up thing (t): because [AccessDenied]")
RAISED: Final[list[tuple[str, str, Facts]]] = [
    ("LOOK_REFUSED", "the boundary", facts(role=RoleFacts(boundary_exists=LOOK))),
    ("LOOK_REFUSED", "serverless caches", facts(cluster=ClusterFacts(serverless=LOOK))),
    ("LOOK_REFUSED", "members", facts(cluster=ClusterFacts(members=LOOK))),
    ("LOOK_REFUSED", "places", facts(cluster=ClusterFacts(places=LOOK))),
    ("LOOK_REFUSED", "security groups", facts(creation=CreationFacts(security_groups=LOOK))),
    ("LOOK_REFUSED", "zones", facts(creation=CreationFacts(zones=LOOK))),
    ("LOOK_REFUSED", "engine versions", facts(creation=CreationFacts(versions=LOOK))),
]


@pytest.mark.parametrize(("code", "what", "found"), RAISED, ids=[row[1] for row in RAISED])
def test_a_refused_look_is_a_warning(code: str, what: str, found: Facts) -> None:
    (finding,) = check_refused_looks(a_request(), found)
    assert (finding.code, finding.level, finding.field) == (code, "warning", LOOK.field)
    assert LOOK.cause in finding.found


def test_where_nothing_was_refused_nothing_is_found() -> None:
    assert list(check_refused_looks(a_request(), facts())) == []
