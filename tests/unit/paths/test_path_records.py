"""A node's path is handed on whole: each step reads its own part of it, and asks for all of that."""

import pytest
from pydantic import ValidationError

from private_connection.contracts import PathRecord
from private_connection.paths.listeners import GroupedNode
from private_connection.paths.load_balancers import PlacedNode
from private_connection.paths.target_groups import BalancedNode
from private_connection.paths.targets import AddressedNode
from tests.unit.builders import Json, a_node

WHOLE: Json = a_node(
    target_group_arn="tg-1", load_balancer_arn="lb-1", load_balancer_subnets=("subnet-a",), spread=False
).model_dump() | {"forwarding": (), "changed": True}
PARTS = [PlacedNode, BalancedNode, GroupedNode, AddressedNode]


@pytest.mark.parametrize("part", PARTS)
def test_a_step_reads_its_part_of_a_path(part: type[PathRecord]) -> None:
    read = part.model_validate(WHOLE).model_dump()
    assert read == {key: WHOLE[key] for key in part.model_fields}


@pytest.mark.parametrize("part", PARTS)
def test_a_step_misses_what_no_step_before_has_made(part: type[PathRecord]) -> None:
    for key in part.model_fields:
        with pytest.raises(ValidationError, match="Field required"):
            part.model_validate({each: value for each, value in WHOLE.items() if each != key})
