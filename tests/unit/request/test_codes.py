"""The catalogue of findings."""

import re

from pydantic import TypeAdapter

from private_connection.request.codes import CODES
from private_connection.request.models import ACKNOWLEDGED_AT_MOST, Code


def test_codes_are_words_in_capitals() -> None:
    assert [code for code in CODES if not re.fullmatch(r"[A-Z]+(_[A-Z0-9]+)+", code)] == []


def test_a_request_may_acknowledge_every_error_at_once() -> None:
    errors = [code for code, rule in CODES.items() if rule.level == "error"]
    assert TypeAdapter(list[Code]).validate_python(list(CODES)) == list(CODES)
    assert 0 < len(errors) <= ACKNOWLEDGED_AT_MOST
