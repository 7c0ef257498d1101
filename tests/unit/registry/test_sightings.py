"""What sweeps write on an item, as a value."""

from typing import Any

import pytest
from pydantic import ValidationError

from private_connection.registry.entries import Entry
from private_connection.registry.sightings import FORGOTTEN, News, SeenEndpoint, Told
from tests.unit.registry.stage import CONNECTION, a_changed_endpoint, a_seen_endpoint, ago


def test_an_item_without_it_is_one_that_no_sweep_has_written_on() -> None:
    entry = Entry(connection=CONNECTION)
    assert {name: getattr(entry, name) for name in FORGOTTEN} == FORGOTTEN


def test_all_of_it_is_forgotten_at_once() -> None:
    seen = SeenEndpoint.model_validate(a_seen_endpoint())
    news = News.model_validate({"maker": "sweep-1", "look": 1, "at": ago(), "endpoints": (a_changed_endpoint(),)})
    entry = Entry(connection=CONNECTION, seen=(seen,), told=(Told(code="A"),), modifying_since=ago(), news=news)
    assert entry.model_copy(update=FORGOTTEN) == Entry(connection=CONNECTION)


@pytest.mark.parametrize("changes", [{"missing": 2}, {"missing": "1"}, {"state": None}, {"colour": "blue"}], ids=str)
def test_an_endpoint_is_there_or_missing_once(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SeenEndpoint.model_validate(a_seen_endpoint(**changes))
