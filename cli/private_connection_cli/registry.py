"""What the deployment's registry says of connections, asked of its functions."""

import json
from dataclasses import dataclass
from typing import Any

from private_connection_cli.deployment import Deployment
from private_connection_cli.problems import Exit, Problem, explained


@dataclass(frozen=True)
class Registered:
    """The connections of a deployment, each with its status, and the names of those whose items it cannot read, both
    ordered by name.
    """

    connections: list[dict[str, Any]]
    unreadable: list[str]

    @property
    def names(self) -> list[str]:
        """Of all of them, in order."""
        return sorted([*(str(each["connection"]) for each in self.connections), *self.unreadable])


def list_connections(deployment: Deployment) -> Registered:
    """What the function ListConnections says."""
    found = _invoked(deployment, "ListConnectionsArn", {})
    return Registered(found["connections"], found["unreadable"])


def show_connection(deployment: Deployment, connection: str) -> dict[str, Any]:
    """The connection's item. Raises Problem, naming those that there are, if the registry has none."""
    try:
        return _invoked(deployment, "ShowConnectionArn", {"connection": connection})
    except Unanswered as failure:
        if failure.error not in ("NothingFound", "InvalidRequest"):  # the second is of a text that is no name
            raise
        known = ", ".join(list_connections(deployment).names) or "none"
        told = f"the deployment {deployment.stack} has no connection {connection}; it has: {known}"
        raise Problem(told, Exit.NOT_FOUND) from failure


def standing(deployment: Deployment, connection: str) -> dict[str, Any]:
    """The item of a connection that is not, or is not being, torn down. Raises Problem for any other."""
    item = show_connection(deployment, connection)
    if item.get("status") in ("TEARING_DOWN", "TORN_DOWN"):
        raise Problem(f"the connection {connection} is {item['status']}: provision makes it anew", Exit.NOT_FOUND)
    return item


def handoff_of(deployment: Deployment, connection: str) -> dict[str, Any]:
    """The connection's recorded hand-off. Raises Problem if there is none, or the connection is not READY: the names in
    a former one are of what is gone.
    """
    item = standing(deployment, connection)
    found: dict[str, Any] | None = item.get("handoff")
    if not found or item["status"] != "READY":
        raise Problem(f"the connection {connection} has no hand-off yet: it is {item['status']}", Exit.NOT_FOUND)
    return found


class Unanswered(Problem):
    """The function failed."""

    def __init__(self, function: str, error: str, message: str) -> None:
        super().__init__(f"{function}: {error}: {message}")
        self.error = error


def _invoked(deployment: Deployment, output: str, payload: dict[str, Any]) -> dict[str, Any]:
    function = deployment.outputs[output]
    with explained():
        invoke, asked = deployment.client("lambda").invoke, json.dumps(payload).encode()
        answer = deployment.carried_out(lambda: invoke(FunctionName=function, Payload=asked))
        body: dict[str, Any] = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        name = function.rpartition(":")[2]
        raise Unanswered(name, body.get("errorType", "Unknown"), body.get("errorMessage", ""))
    return body
