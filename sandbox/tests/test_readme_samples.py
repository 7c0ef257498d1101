"""The samples of the README do what it says."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from sandbox.account import Account
from sandbox.scenarios.scenario import carry_out, parse
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

HERE = Path(__file__).parents[1]
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", (HERE / "README.md").read_text(), re.DOTALL | re.MULTILINE)
SMALL = FIXTURES / "small" / "template.yaml"


def opened(world: World, seed: int, parameters: Mapping[str, str]) -> Account:
    return Account(world, seed, template=SMALL, parameters=parameters)


def test_the_world_is_laid_and_the_scenario_carried_out() -> None:
    world, scenario = (yaml.safe_load(text) for language, text in BLOCKS if language == "yaml")
    with opened(World.model_validate(world), 1, {}) as account:
        assert account.conditions.consumer == "111122223333"
    runs = carry_out(parse(scenario), opened=opened).runs
    assert [each.status for each in runs] == ["SUCCEEDED", "ABORTED", "SUCCEEDED", "SUCCEEDED"]


def test_the_python_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    (text,) = (text for language, text in BLOCKS if language == "python")
    monkeypatch.chdir(HERE.parent)
    exec(compile(text, "README.md", "exec"), {})
