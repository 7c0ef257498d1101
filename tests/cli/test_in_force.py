"""A hand-off is given out while its connection is READY: the names in a former one are of what is gone."""

from typing import Any

import pytest

from private_connection_cli import registry
from private_connection_cli.problems import Exit, Problem
from private_connection_cli.registry import handoff_of
from tests.cli.handoffs import HANDOFF


def given(monkeypatch: pytest.MonkeyPatch, **item: Any) -> Any:
    monkeypatch.setattr(registry, "show_connection", lambda *_: item)
    return object()


def test_that_of_a_connection_that_is_ready_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    assert handoff_of(given(monkeypatch, status="READY", handoff=HANDOFF), "redis-demo") == HANDOFF


@pytest.mark.parametrize("handoff", [HANDOFF, None])
@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("PROVISIONING", "has no hand-off yet: it is PROVISIONING"),
        ("FAILED", "has no hand-off yet: it is FAILED"),
        ("TEARING_DOWN", "is TEARING_DOWN: provision makes it anew"),
        ("TORN_DOWN", "is TORN_DOWN: provision makes it anew"),
    ],
)
def test_a_former_one_is_not(monkeypatch: pytest.MonkeyPatch, status: str, told: str, handoff: Any) -> None:
    with pytest.raises(Problem, match=told) as problem:
        handoff_of(given(monkeypatch, status=status, handoff=handoff), "redis-demo")
    assert problem.value.code == Exit.NOT_FOUND
