"""`make acceptance` against a served sandbox, from nothing to nothing."""

from typing import Final

from acceptance.assumptions.tried import TRIED, Stage
from tests.acceptance.serving import ACCOUNT, Served, called

ELSEWHERE: Final = {
    "CreateReplicationGroup with a `NotificationTopicArn`",
    "A shared VPC's ARN",
    "All interfaces of a node are described",
    "Node names are public DNS records",
    *(row for row, _ in TRIED[Stage.CONSUMER]),
}
"""Rows that need another deployment or world than this one has."""
IN_TIME: Final = {
    "A conditional PutItem that returns the old item",
    "A node that is being added is listed without its endpoint",
    "A listener may be created while",
    "SetSubnets is accepted while a load balancer is provisioning",
    "Step Functions sends a status event",
    "In a status event, `input` is",
}
"""Rows that can be tried for some seconds only, which on a busy machine are over at times."""


def test_everything_that_is_tried_holds_and_nothing_is_left(served: Served) -> None:
    before = served.things()
    call = called(served)
    assert call.process.returncode == 0, call.told
    assert served.rows("differs") == []
    held = served.rows("holds")
    tried = {row for stage in TRIED.values() for row, _ in stage}
    missing = {row for row in tried if not any(beginning(row) in each for each in held)}
    assert ELSEWHERE <= missing <= ELSEWHERE | IN_TIME
    assert served.report.splitlines()[2].startswith(f"**holds {len(held)} · differs 0 · not tried ")
    assert "| left | nothing |" in served.report
    assert "| provision: Wait for cluster | " in served.report
    assert "| load balancer active | " in served.report
    assert ACCOUNT not in served.report
    assert served.things() == before


def beginning(row: str) -> str:
    return row.replace("|", r"\|")
