"""Whether the workspace id is one."""

from typing import Final

import pytest

from private_connection.preflight.checks.workspace import check_workspace
from private_connection.preflight.facts import Facts
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json, an_input, facts

RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("WORKSPACE_ID_IS_NONE", "workspaceId", an_input(workspaceId="https://app.ververica.cloud/workspace/a"), facts()),
    ("WORKSPACE_ID_IS_NONE", "workspaceId", an_input(workspaceId="arn:aws:iam::794031221915:root"), facts()),
    ("WORKSPACE_ID_OF_SAMPLE", "workspaceId", an_input(workspaceId="replace-with-your-workspace-id"), facts()),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED)
def test_what_is_no_workspace_id(code: str, field: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in check_workspace(parse_request(document), found)] == [(code, field)]


@pytest.mark.parametrize("value", ["ws-1", "w+s=1,x.y@z:/-_", "a" * 1224])
def test_what_may_be_one(value: str) -> None:
    assert list(check_workspace(parse_request(an_input(workspaceId=value)), facts())) == []
