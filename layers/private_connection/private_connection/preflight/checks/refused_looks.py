"""A finding for each call that AWS refused, because what it would have shown was not checked."""

from collections.abc import Iterator

from private_connection.preflight.facts import Facts
from private_connection.request.findings import Finding, finding
from private_connection.request.models import ConnectionRequest


def check_refused_looks(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    for look in facts.refused:
        yield finding(
            "LOOK_REFUSED",
            look.field,
            f"a read-only call that AWS refused ({look.cause}), so this was not checked",
            "that the function of Validate request may make it",
            "allow the call, or check it yourself",
        )
