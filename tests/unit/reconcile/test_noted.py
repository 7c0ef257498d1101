"""What is noted of a connection after a look, and that a quiet look notes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import pytest

from private_connection.paths.endpoint_connections import EndpointConnection
from private_connection.reconcile.drift import Drift
from private_connection.reconcile.noted import CHANGES_AT_MOST, Noted, Sight, noted
from private_connection.registry.entries import Entry
from private_connection.registry.sightings import News, SeenEndpoint, Told
from private_connection.registry.table import written
from tests.unit.reconcile.made import FIRST, NOW, STRANGER, VERVERICA, a_handoff, an_endpoint, an_entry
from tests.unit.registry.stage import a_seen_endpoint, ago

SEEN: Final = SeenEndpoint.model_validate(a_seen_endpoint())
STRANGE: Final = Drift(code="STRANGER_CONNECTED", node=FIRST)
TOLD: Final = Told(code="STRANGER_CONNECTED", node=FIRST)
Endpoints = Mapping[str, Sequence[EndpointConnection]]
CONNECTED: Final[Endpoints] = {f"vpce-svc-{FIRST}": [an_endpoint()]}


def looked(entry: Entry, drift: Sequence[Drift] = (), endpoints: Endpoints = CONNECTED, **changes: Any) -> Noted:
    sight = Sight(
        at=NOW,
        drift=drift,
        mode="repair",
        judged=lambda _: True,
        modifying=False,
        endpoints=endpoints,
        ververica=VERVERICA,
    )
    return noted(entry, a_handoff(), replace(sight, **changes))


def after(found: Noted) -> Entry:
    return found.entry_after("sweep-1", 2, NOW)


def news(found: Noted) -> News:
    made = after(found).news
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("entry", "drift", "changes"),
    [
        (an_entry, (), {}),
        (lambda **more: an_entry(told=(TOLD,), **more), (STRANGE,), {}),
        (lambda **more: an_entry(modifying_since=ago(hours=1), **more), (), {"modifying": True}),
        (lambda **more: an_entry(modifying_since=ago(hours=1), **more), (), {"modifying": None}),
    ],
    ids=["as it was left", "told already", "modified as before", "without a look at the cluster"],
)
def test_what_is_as_it_was_is_no_news(entry: Any, drift: Sequence[Drift], changes: dict[str, Any]) -> None:
    assert not looked(entry(seen=(SEEN,)), drift, **changes).is_new


def test_an_endpoint_that_comes_is_news() -> None:
    found = looked(an_entry())
    assert found.is_new
    assert [each.endpoint_id for each in after(found).seen] == ["vpce-1"]
    assert (news(found).maker, news(found).look, news(found).at, news(found).former) == (
        "sweep-1",
        2,
        written(NOW),
        None,
    )
    assert [(each.endpoint_id, each.change, each.stranger) for each in news(found).endpoints] == [
        ("vpce-1", "new", False)
    ]


def test_an_endpoint_that_is_missing_is_to_be_written_down() -> None:
    found = looked(an_entry(seen=(SEEN,)), endpoints={})
    assert (found.is_new, [each.missing for each in after(found).seen]) == (True, [1])
    assert (news(found).endpoints, news(found).former) == ((), None)


def test_another_set_of_codes_is_news_with_the_set_before() -> None:
    appeared, gone = looked(an_entry(seen=(SEEN,)), (STRANGE,)), looked(an_entry(seen=(SEEN,), told=(TOLD,)))
    assert ((appeared.is_new, after(appeared).told, news(appeared).former)) == (True, (TOLD,), ())
    assert ((gone.is_new, after(gone).told, news(gone).former)) == (True, (), (TOLD,))


def test_since_when_a_cluster_is_modified_is_written_once_and_taken_off() -> None:
    begun = looked(an_entry(seen=(SEEN,)), modifying=True)
    assert (begun.is_new, after(begun).modifying_since) == (True, written(NOW))
    over = looked(an_entry(seen=(SEEN,), modifying_since=ago(hours=3)))
    assert (over.is_new, after(over).modifying_since) == (True, None)
    assert (news(over).endpoints, news(over).former) == ((), None), "which nobody is told of"


def test_more_changes_than_an_item_keeps_are_counted() -> None:
    many = [an_endpoint(endpoint_id=f"vpce-{number:03}", owner=STRANGER) for number in range(CHANGES_AT_MOST + 7)]
    found = looked(an_entry(), endpoints={f"vpce-svc-{FIRST}": many})
    assert (len(after(found).seen), len(news(found).endpoints), news(found).more) == (
        CHANGES_AT_MOST + 7,
        CHANGES_AT_MOST,
        7,
    )


def test_the_rest_of_the_item_is_as_it_was() -> None:
    entry = an_entry(revision=7)
    changed = {"seen", "told", "modifying_since", "news"}
    assert after(looked(entry)).model_dump(exclude=changed) == entry.model_dump(exclude=changed)
