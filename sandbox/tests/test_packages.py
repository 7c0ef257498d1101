"""The distribution holds every package of the sandbox, and what it needs."""

import tomllib
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
SETTINGS: dict[str, Any] = tomllib.loads((HERE / "pyproject.toml").read_text())


def test_every_package_is_distributed() -> None:
    folders = (each.parent.relative_to(HERE.parent) for each in HERE.rglob("__init__.py"))
    names = sorted(".".join(("sandbox", *each.parts[1:])) for each in folders if "tests" not in each.parts)
    assert SETTINGS["tool"]["setuptools"]["packages"] == names


def test_every_dependency_is_a_range_with_a_least_version() -> None:
    assert [each for each in SETTINGS["project"]["dependencies"] if ">=" not in each] == []
