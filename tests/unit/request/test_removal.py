"""What a teardown is asked for: by somebody, or by a run that takes back or withdraws."""

from typing import Final

import pytest
from pydantic import BaseModel, ValidationError

from private_connection.contracts import Contract
from private_connection.request import removal
from private_connection.request.removal import TeardownRequest, Wanted
from tests.unit.builders import Json, a_wanted

MODELS: Final = [Wanted, TeardownRequest]


def test_every_model_is_tried() -> None:
    own = [each for each in vars(removal).values() if isinstance(each, type) and each.__module__ == removal.__name__]
    assert own == MODELS


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_every_model_is_a_contract(model: type[BaseModel]) -> None:
    assert issubclass(model, Contract)


def test_every_field_of_an_input_says_what_it_takes() -> None:
    assert [name for name, field in TeardownRequest.model_fields.items() if not field.description] == []


def test_a_teardown_keeps_the_cluster_and_whoever_is_connected_unless_it_is_asked_for() -> None:
    request = TeardownRequest.model_validate({"connection": "orders"})
    assert (request.delete_cluster, request.final_snapshot, request.force) == (False, True, False)
    assert (request.created_by, request.wanted, request.claim, request.not_before) == (None, None, None, None)


def test_what_a_run_wants_goes_there_and_back() -> None:
    request = TeardownRequest(connection="orders", claim="run-1", wanted=a_wanted(strangers=("vpce-svc-1",)))
    assert TeardownRequest.model_validate_json(request.model_dump_json(by_alias=True)) == request


def test_what_a_run_wants_may_leave_out_that_others_are_admitted_and_nothing_else() -> None:
    document: Json = a_wanted().model_dump(mode="json", by_alias=True)
    assert {key for key, field in Wanted.model_fields.items() if not field.is_required()} == {"strangers"}
    for key in set(document) - {"strangers"}:
        with pytest.raises(ValidationError, match=key):
            Wanted.model_validate({name: value for name, value in document.items() if name != key})
