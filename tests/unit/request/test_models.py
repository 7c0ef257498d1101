"""What a user asks for: what is left out has a value, and each field says what it takes."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from private_connection.contracts import Contract
from private_connection.request import models
from private_connection.request.models import CreateCluster, ProvisionRequest
from tests.unit.builders import a_request

MODELS = [each for each in vars(models).values() if isinstance(each, type) and each.__module__ == models.__name__]


def fields_without_description(model: type[BaseModel]) -> Iterator[str]:
    return (name for name, field in model.model_fields.items() if not field.description)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_every_field_says_what_it_takes(model: type[BaseModel]) -> None:
    assert issubclass(model, Contract)
    assert list(fields_without_description(model)) == []


def test_what_is_left_out_has_a_value() -> None:
    request = a_request()
    assert (request.ingress, request.access_policy, request.on_failure) == ("subnets", "documented", "rollback")
    assert request.zones == "node"
    assert (request.role.name, request.role.permissions_boundary) == (None, None)
    create = request.cluster.create
    assert create == CreateCluster()
    assert (create.engine, create.node_type, create.port) == ("redis", "cache.t4g.micro", 6379)
    assert (create.shards, create.replicas_per_shard, create.cluster_mode) == (1, 0, "disabled")
    assert (create.transit_encryption, create.at_rest_encryption) == (True, True)


def test_a_request_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        a_request().ingress = "anywhere"


def test_a_request_goes_there_and_back() -> None:
    assert ProvisionRequest.model_validate_json(a_request().model_dump_json(by_alias=True)) == a_request()
