"""Looks at paths: what belongs to which node, and what is not ours."""

from typing import Any, Final

import pytest

from private_connection.contracts import Owner
from private_connection.errors import AwsRejected, NotOurs
from private_connection.planning import path_looks
from private_connection.planning.path_looks import Path, find_paths
from tests.unit.builders import OURS, THEIRS, Json
from tests.unit.planning.test_path_changes import BALANCER, GROUP, NAME, NODE, SERVICE, WHOLE

OWNER: Final = Owner(connection="redis-demo", maker="plan")
OTHER: Final = NODE.model_copy(update={"node": "redis-demo-002"})
THERE: Final[Json] = {
    "all_load_balancers": [BALANCER],
    "all_target_groups": [GROUP],
    "find_listener": WHOLE.listener,
    "list_tags": list(WHOLE.tags.items()),
    "list_endpoint_services": [SERVICE],
    "find_principals": set(WHOLE.principals),
    "find_attributes": WHOLE.attributes,
    "target_states": WHOLE.states,
}


def look(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> dict[str, Path]:
    for name, found in (THERE | changes).items():
        monkeypatch.setattr(path_looks, name, lambda *_, found=found: found)
    return find_paths(OWNER, [NODE, OTHER])


def test_each_node_has_what_carries_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look(monkeypatch) == {NODE.node: WHOLE, OTHER.node: Path(tags=WHOLE.tags)}


def test_a_service_that_is_being_deleted_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    going = SERVICE.__class__("vpce-svc-1", "name", "deleting", True, ("lb",), OURS)
    assert look(monkeypatch, list_endpoint_services=[going])[NODE.node].service is None


@pytest.mark.parametrize("arn", ["lb", "tg"])
def test_what_is_where_ours_would_be_and_is_not_ends_the_plan(monkeypatch: pytest.MonkeyPatch, arn: str) -> None:
    with pytest.raises(NotOurs, match=NAME):
        look(monkeypatch, list_tags=[*{**WHOLE.tags, arn: THEIRS}.items()])


@pytest.mark.parametrize(("state", "tags", "error"), [("available", THEIRS, NotOurs), ("failed", OURS, AwsRejected)])
def test_a_service_that_no_run_goes_on_with_ends_the_plan(
    monkeypatch: pytest.MonkeyPatch, state: str, tags: Any, error: type[Exception]
) -> None:
    service = SERVICE.__class__("vpce-svc-1", "name", state, True, ("lb",), tags)
    with pytest.raises(error, match="vpce-svc-1"):
        look(monkeypatch, list_endpoint_services=[service])
