"""The deployment's tags, and those of the request with them."""

from typing import Final

import pytest

from private_connection.preflight.checks.tags import check_tags
from private_connection.preflight.facts import Facts
from private_connection.request.parsing import parse_request
from tests.unit.builders import Json, an_input, facts

TWENTY: Final = {f"key-{number}": "x" for number in range(20)}
OTHERS: Final = {f"other-{number}": "x" for number in range(21)}
RAISED: Final[list[tuple[str, str, Json, Facts]]] = [
    ("TAG_RESERVED", "DefaultTags.aws:team", an_input(), facts(tags={"aws:team": "a"})),
    ("TAG_CHARACTERS", "DefaultTags.team", an_input(), facts(tags={"team": "a*"})),
    ("TAG_KEYS_ALIKE", "DefaultTags.Team", an_input(), facts(tags={"team": "a", "Team": "a"})),
    ("TOO_MANY_TAGS", "tags", an_input(tags=TWENTY), facts(tags=OTHERS)),
]
NOT_RAISED: Final[list[tuple[Json, Facts]]] = [
    (an_input(), facts()),
    (an_input(tags=TWENTY), facts(tags=TWENTY)),
    (an_input(tags={"Team": "a"}), facts(tags={"team": "b"})),
]


@pytest.mark.parametrize(("code", "field", "document", "found"), RAISED, ids=[row[0] for row in RAISED])
def test_what_cannot_be_put_on_is_a_finding(code: str, field: str, document: Json, found: Facts) -> None:
    assert [(each.code, each.field) for each in check_tags(parse_request(document), found)] == [(code, field)]


@pytest.mark.parametrize(("document", "found"), NOT_RAISED, ids=["none", "the same", "over the deployment's"])
def test_what_can_is_none(document: Json, found: Facts) -> None:
    assert list(check_tags(parse_request(document), found)) == []
