"""PutEvents: which entries a bus takes. Sources: the docstring of services/events.py."""

from typing import Any

import pytest

from sandbox.authorization import Request, needs
from sandbox.services.events import MOST_BYTES
from sandbox.tests.services.conftest import Aws


def entry(**changes: Any) -> dict[str, Any]:
    return {"Source": "shop", "DetailType": "Ordered", "Detail": "{}", **changes}


@pytest.mark.parametrize("detail", ["[]", '"text"', "1"])
def test_a_detail_is_an_object(aws: Aws, detail: str) -> None:
    answer = aws.events.put_events(Entries=[entry(Detail=detail), entry()])
    assert answer["FailedEntryCount"] == 1
    failed, taken = answer["Entries"]
    assert failed == {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    assert list(taken) == ["EventId"]


@pytest.mark.parametrize("detail", ["NotJSON", "{{}"])
def test_a_detail_is_json(corrected: Aws, detail: str) -> None:
    answer = corrected.events.put_events(Entries=[entry(Detail=detail)])
    assert (answer["FailedEntryCount"], answer["Entries"][0]["ErrorCode"]) == (1, "MalformedDetail")


@pytest.mark.parametrize("missing", ["Source", "DetailType", "Detail"])
def test_an_entry_has_a_source_a_type_and_a_detail(corrected: Aws, missing: str) -> None:
    told = f"Parameter {missing} is not valid. Reason: {missing} is a required argument."
    answer = corrected.events.put_events(Entries=[entry(**{missing: ""})])
    assert answer["Entries"] == [{"ErrorCode": "InvalidArgument", "ErrorMessage": told}]


def test_a_source_of_aws_is_not_for_others(aws: Aws) -> None:
    answer = aws.events.put_events(Entries=[entry(Source="aws.states")])
    told = {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": "Not authorized for the source."}
    assert answer["Entries"] == [told]


def test_a_request_has_at_most_ten_entries(corrected: Aws) -> None:
    assert corrected.events.put_events(Entries=[entry()] * 10)["FailedEntryCount"] == 0
    with corrected.refused("ValidationException"):
        corrected.events.put_events(Entries=[entry()] * 11)


def test_the_entries_of_a_request_are_less_than_256_kb(aws: Aws) -> None:
    """The bytes of source, type, detail and resources, and 14 for a time; all entries count together."""
    rest = entry(Resources=["ä"], Time=0)
    room = MOST_BYTES - len("shop" + "Ordered") - 2 - 14
    aws.events.put_events(Entries=[rest | {"Detail": '{"a":"' + "x" * (room - 9) + '"}'}])
    with aws.refused("ValidationException"):
        aws.events.put_events(Entries=[rest | {"Detail": '{"a":"' + "x" * (room - 8) + '"}'}])
    with aws.refused("ValidationException"):
        aws.events.put_events(Entries=[entry(Detail='{"a":"' + "x" * (room // 2) + '"}')] * 2)


def test_a_bus_that_does_not_exist_takes_everything(aws: Aws) -> None:
    assert aws.events.put_events(Entries=[entry(EventBusName="nowhere")])["FailedEntryCount"] == 0


def test_putting_is_allowed_by_bus_source_and_type() -> None:
    """Service Authorization Reference, "Actions, resources, and condition keys for Amazon EventBridge"."""
    arn = "arn:aws:events:us-east-1:123456789012:event-bus"
    entries = [entry(), entry(EventBusName="orders", Source="till"), entry(EventBusName=f"{arn}/stock")]
    found = needs(Request("events", "PutEvents", {"Entries": entries}, "us-east-1"))
    assert {each.action for each in found} == {"events:PutEvents"}
    assert [each.resource for each in found] == [f"{arn}/default", f"{arn}/orders", f"{arn}/stock"]
    assert [each.context["events:source"] for each in found] == ["shop", "till", "shop"]
    assert found[0].context["events:detail-type"] == "Ordered"
