"""What others have on what is wanted: principals on a service, statements on the role."""

import pytest

from private_connection import excess
from private_connection.access.narrowing import NarrowAccess
from private_connection.access.roles import Role
from private_connection.excess import list_excess, list_strangers
from private_connection.things import Search
from tests.unit.builders import Json, a_role, a_wanted

POLICY = "private-connection-eu-central-1-redis-demo"


def test_the_principals_of_others_are_a_thing_where_a_run_saw_some_and_they_are_there_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(excess, "find_strangers", {"vpce-svc-1": {"*"}, "vpce-svc-9": {"*"}}.get)
    wanted = a_wanted(strangers=("vpce-svc-1", "vpce-svc-2"))
    (found,) = list_strangers(Search("redis-demo", wanted=wanted))
    assert (found.kind, found.id, found.name, found.created_by, found.note) == (
        *("principals", "vpce-svc-1", "vpce-svc-1"),
        *(None, None),
    )


class Account:
    """An account with one role, of which a test says what it allows beside what is wanted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, role: Role | None, *, exceeds: bool) -> None:
        self.exceeds = exceeds
        self.asked: list[NarrowAccess] = []
        monkeypatch.setattr(excess, "find_role", lambda name: role if role and role.name == name else None)
        monkeypatch.setattr(excess, "find_role_policy", lambda *names: {"of": names})
        monkeypatch.setattr(excess, "surplus_access", self.surplus_access)

    def surplus_access(self, request: NarrowAccess, role: Role, policy: Json) -> bool:
        assert policy == {"of": (role.name, POLICY)}
        self.asked.append(request)
        return self.exceeds


def test_a_role_that_allows_more_than_is_wanted_is_a_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    role, wanted = a_role("their-role"), a_wanted(role_name="their-role", access_policy="scoped")
    account = Account(monkeypatch, role, exceeds=True)
    (found,) = list_excess(Search("redis-demo", wanted=wanted))
    assert (found.kind, found.id, found.name, found.within) == (
        *("access", "their-role"),
        *(f"their-role/{POLICY}", "their-role"),
    )
    (asked,) = account.asked
    assert (asked.role_name, asked.workspace_id, asked.access_policy) == ("their-role", wanted.workspace_id, "scoped")


def test_a_role_that_allows_what_is_wanted_or_is_gone_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = a_wanted(role_name="their-role")
    Account(monkeypatch, a_role("their-role"), exceeds=False)
    assert list(list_excess(Search("redis-demo", wanted=wanted))) == []
    account = Account(monkeypatch, None, exceeds=True)
    assert list(list_excess(Search("redis-demo", wanted=wanted))) == []
    assert account.asked == []


def test_nobody_is_asked_where_it_is_not_known_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("find_strangers", "find_role"):
        monkeypatch.setattr(excess, name, asked.append)
    assert [*list_strangers(Search("redis-demo")), *list_excess(Search("redis-demo"))] == []
    assert asked == []
