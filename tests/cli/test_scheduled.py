"""A served sandbox whose deployment has a schedule: sweeps start by themselves."""

from datetime import timedelta
from typing import Any

from private_connection_cli.deployment import Place
from tests.cli.serving import Served, serving


def sweeps(served: Served, number: int) -> list[dict[str, Any]]:
    """The first so many that have ended."""
    states = Place(variables=served.variables).client("stepfunctions")
    (machine,) = (
        each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"] if each["name"] == "Reconcile"
    )
    found: list[dict[str, Any]] = []
    while len(found) < number:
        listed = states.list_executions(stateMachineArn=machine)["executions"]
        found = [each for each in reversed(listed) if each["status"] != "RUNNING"]
    return found[:number]


def test_sweeps_start_by_themselves_as_often_as_the_parameter_says() -> None:
    with serving(ReconcileMinutes="15") as served:
        first, second = sweeps(served, 2)
    assert [first["status"], second["status"]] == ["SUCCEEDED"] * 2
    assert abs(second["startDate"] - first["startDate"] - timedelta(minutes=15)) < timedelta(seconds=1)
