"""XML is written as moto's own serialisers write it."""

import pytest
import xmltodict  # type: ignore[import-untyped]  # no stubs

from sandbox.services.xml import unparse

DOCUMENT = {
    "DescribeThingsResponse": {
        "@xmlns": 'http://example.org/"doc"/',
        "thingSet": {
            "item": [{"name": "a < b & c", "count": 3, "on": True}, {"name": "", "tagSet": {"item": []}}, None]
        },
        "nothing": None,
        "note": {"@lang": "en", "#text": "é > è"},
        "empty": {},
    }
}


@pytest.mark.parametrize("full_document", [True, False])
def test_it_reads_as_what_xmltodict_writes(full_document: bool) -> None:
    options = {"full_document": full_document, "short_empty_elements": True, "pretty": False}

    ours, theirs = unparse(DOCUMENT, **options), xmltodict.unparse(DOCUMENT, **options)

    assert xmltodict.parse(ours) == xmltodict.parse(theirs)
    assert ours.startswith("<?xml") == theirs.startswith("<?xml") == full_document
