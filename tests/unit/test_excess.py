"""What others have on what is wanted: principals on a service, statements on the role."""

import pytest

from private_connection import excess
from private_connection.access.narrowing import NarrowAccess
from private_connection.access.roles import Role
from private_connection.excess import list_excess, list_path_tags, list_strangers, list_tags
from private_connection.former_tags import RemoveTags, Tagged
from private_connection.paths.load_balancer_descriptions import LoadBalancer
from private_connection.paths.target_groups import TargetGroup
from private_connection.things import Search, Thing
from tests.unit.builders import OURS, Json, a_role, a_wanted

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
    for name in ("find_strangers", "find_role", "find_tagged", "list_target_groups"):
        monkeypatch.setattr(excess, name, asked.append)
    looks = (list_strangers, list_excess, list_path_tags, list_tags)
    assert [each for look in looks for each in look(Search("redis-demo"))] == []
    assert asked == []


def test_where_no_tag_was_left_out_nobody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[RemoveTags] = []
    for name in ("find_tagged", "list_target_groups"):
        monkeypatch.setattr(excess, name, asked.append)
    search = Search("redis-demo", wanted=a_wanted(), balancers=[a_balancer("pc-a", old="1")])
    assert [*list_path_tags(search), *list_tags(search)] == []
    assert asked == []


def a_balancer(name: str, marks: Json = OURS, **tags: str) -> LoadBalancer:
    return LoadBalancer(f"arn-{name}", name, "active", "", {}, marks | tags)


def a_group(name: str, *arns: str, marks: Json = OURS, **tags: str) -> TargetGroup:
    return TargetGroup(f"tg-{name}", name, ("TCP", 5, 4, 2, 2), arns, marks | tags)


def test_a_wanted_path_of_which_something_has_a_tag_that_was_left_out_is_a_thing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A target group may be older than its load balancer, which was made again."""
    groups = [
        a_group("pc-b", "arn-pc-b", team="data"),
        a_group("pc-e", "arn-pc-e", old="1"),
        a_group("pc-f", "arn-pc-f", marks={"private-connection": "redis-demo"}, old="1"),
    ]
    monkeypatch.setattr(excess, "list_target_groups", lambda _: groups)
    balancers = [
        *(a_balancer("pc-a", old="1"), a_balancer("pc-e"), a_balancer("pc-f")),
        a_balancer("pc-b", team="data"),
        a_balancer("pc-c", {"private-connection": "redis-demo"}, old="1"),
        a_balancer("pc-d", old="1"),  # which goes as a whole
    ]
    wanted = a_wanted(paths=("pc-a", "pc-b", "pc-c", "pc-e", "pc-f"), tags=("old",))
    found = list(list_path_tags(Search("redis-demo", wanted=wanted, balancers=balancers)))
    assert [(each.kind, each.id, each.name) for each in found] == [
        ("pathTags", "arn-pc-a", "tags of pc-a"),
        ("pathTags", "arn-pc-e", "tags of pc-e"),
    ]
    assert [(each.created_by, each.note) for each in found] == [(None, None)] * 2


HIDDEN = {"redis-demo": ("modifying", "run-1")}
OLD = {"old": "1"}


@pytest.mark.parametrize(
    ("tagged", "named"),
    [
        (Tagged({"sg-1": OLD}, {}, {}), ["redis-demo"]),
        (Tagged({}, {"arn": OLD}, {}), ["redis-demo"]),
        (Tagged({}, {}, OLD), ["redis-demo"]),
        (Tagged({}, {"arn:aws:elasticache:r:1:replicationgroup:made": OLD}, {}), ["cluster made"]),
        (
            Tagged({"sg-1": OLD}, {"arn:aws:elasticache:r:1:replicationgroup:made": OLD}, {}),
            ["redis-demo", "cluster made"],
        ),
        (Tagged({}, {}, {}, HIDDEN), ["cluster redis-demo"]),
        (Tagged({"sg-1": OLD}, {}, {}, HIDDEN), ["redis-demo", "cluster redis-demo"]),
        (Tagged({}, {}, {}), []),
    ],
    ids=str,
)
def test_a_connection_of_which_something_has_such_a_tag_is_one_and_so_is_a_cluster_that_does_not_show_its(
    monkeypatch: pytest.MonkeyPatch, tagged: Tagged, named: list[str]
) -> None:
    asked: list[RemoveTags] = []

    def find_tagged(request: RemoveTags) -> Tagged:
        asked.append(request)
        return tagged

    monkeypatch.setattr(excess, "find_tagged", find_tagged)
    found = list(list_tags(Search("redis-demo", wanted=a_wanted(tags=("old",)))))
    assert [(each.kind, each.name) for each in found] == [("tags", f"tags of {name}") for name in named]
    for each in found:
        assert (each.note is not None) == (each.name == "tags of cluster redis-demo")
        assert not each.busy
        assert (each.created_by is not None) == (each.note is not None)
    assert asked == [
        RemoveTags(connection="redis-demo", cluster_id="redis-demo", role_name="their-role", tags=("old",))
    ]


def test_a_cluster_that_showed_tags_to_the_look_before_is_busy_while_it_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = {"arn:aws:elasticache:r:1:replicationgroup:redis-demo": OLD}
    looks = [Tagged({}, shown, {}), Tagged({}, {}, {}, HIDDEN), Tagged({}, {}, {}, HIDDEN), Tagged({}, {}, {})]
    monkeypatch.setattr(excess, "find_tagged", lambda request: looks.pop(0))
    known, seen = list[Thing](), list[list[tuple[bool, str | None]]]()
    for _ in range(4):
        known = list(list_tags(Search("redis-demo", known=known, wanted=a_wanted(tags=("old",)))))
        seen.append([(each.busy, each.note) for each in known])
    assert seen == [[(False, None)], [(True, None)], [(True, None)], []]
