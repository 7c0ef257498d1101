"""The cluster of a validated request, as it goes from step to step."""

import pytest
from pydantic import ValidationError

from private_connection.cluster.plan import ClusterPlan
from tests.unit.builders import a_creation


def test_a_plan_goes_from_step_to_step_as_json() -> None:
    plan = ClusterPlan(id="redis-demo", kind="replicationGroup", creation=a_creation())
    assert ClusterPlan.model_validate_json(plan.model_dump_json(by_alias=True)) == plan


def test_a_creation_has_every_choice_made() -> None:
    chosen = a_creation().model_dump(exclude={"parameter_group"})
    with pytest.raises(ValidationError, match="parameterGroup"):
        type(a_creation())(**chosen)
