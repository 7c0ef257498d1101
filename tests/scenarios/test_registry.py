"""What the registry tells a person, by the functions that are deployed for it."""

from typing import Any

import pytest

from sandbox.account import Account
from sandbox.runs import ScenarioError
from tests.faults.grounds import ADOPT, Json, ground, removal

OTHER: Json = {**ADOPT, "connection": "orders-too"}


def asked(account: Account) -> tuple[Any, Any, Any, Any]:
    """Asked in a fork: of two connections, one of which is torn down; of one; and of one that does not exist."""
    handed_over = account.run("provision", ADOPT).output
    account.run("provision", OTHER)
    account.run("teardown", {**removal("adopt"), "connection": OTHER["connection"]})
    with pytest.raises(ScenarioError) as refusal:
        account.invoke("ShowConnection", {"connection": "typo"})
    shown = account.invoke("ShowConnection", {"connection": ADOPT["connection"]})
    return handed_over, account.invoke("ListConnections", {}), shown, str(refusal.value)


def test_connections_are_listed_and_each_is_shown_with_its_hand_off() -> None:
    handed_over, listed, shown, refusal = ground("blank", "adopt").ask(asked)
    told = [(each["connection"], each["status"], each["working"]) for each in listed["connections"]]
    assert told == [("orders", "READY", None), ("orders-too", "TORN_DOWN", None)]
    assert (shown["handoff"], shown["revision"]) == (handed_over, 1)
    assert shown["request"]["cluster"] == {"id": "orders", "create": None}
    assert "onFailure" not in shown["request"]
    assert refusal.startswith("ShowConnection: NothingFound: showing connection (typo): ")
