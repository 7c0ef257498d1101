"""Whether the workspace id is one. STS takes much as an external id; a URL, an ARN and a placeholder are no id."""

from collections.abc import Iterator

from private_connection.preflight.facts import Facts
from private_connection.request.advice import SAMPLE_WORKSPACE, workspace_in
from private_connection.request.findings import Finding, finding, shown
from private_connection.request.models import ConnectionRequest

FIELD = "workspaceId"


def check_workspace(request: ConnectionRequest, facts: Facts) -> Iterator[Finding]:
    found, remedy = shown(request.workspace_id), workspace_in(request.workspace_id)
    if remedy is not None:
        yield finding("WORKSPACE_ID_IS_NONE", FIELD, found, "the id of a Ververica workspace", remedy)
    elif request.workspace_id == SAMPLE_WORKSPACE:
        expected = "the id of your workspace: Ververica cannot assume a role that trusts another"
        remedy = "replace it with the id that the Ververica portal shows, and run again"
        yield finding("WORKSPACE_ID_OF_SAMPLE", FIELD, f"{found}, which the sample files have", expected, remedy)
