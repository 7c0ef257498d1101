"""What `make build` is checked for. Each case puts one thing into a build that is right."""

from pathlib import Path

import pytest

from tools.check_build import problems

STEPS = [path.parent.name for path in Path("functions").glob("*/app.py")]


@pytest.fixture
def build(tmp_path: Path) -> Path:
    for step in STEPS:
        written(tmp_path / step.title().replace("_", "") / "app.py")
    written(layer(tmp_path) / "pydantic_core" / "_pydantic_core.cpython-313-aarch64-linux-gnu.so")
    written(layer(tmp_path) / "private_connection" / "errors.py")
    return tmp_path


def layer(build: Path) -> Path:
    return build / "PrivateConnectionLayer0123456789" / "python"


def written(path: Path, size: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"#" * size)


def test_a_right_build(build: Path) -> None:
    assert list(problems(build)) == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("private_connection/__pycache__/errors.cpython-311.pyc", "does not belong"),
        ("boto3/__init__.py", "does not belong"),
        ("pydantic/tests/test_it.py", "does not belong"),
        ("a/_a.cpython-311-aarch64-linux-gnu.so", "is not for python3.13 on arm64"),
        ("a/_a.cpython-313-x86_64-linux-gnu.so", "is not for python3.13 on arm64"),
    ],
)
def test_what_does_not_belong_into_the_layer(build: Path, path: str, problem: str) -> None:
    written(layer(build) / path)
    assert [problem in each for each in problems(build)] == [True]


def test_a_large_layer(build: Path) -> None:
    written(layer(build) / "data.bin", 26_000_000)
    assert list(problems(build)) == ["the layer has 26 MB, more than 25"]


def test_a_function_with_something_beside_its_handler(build: Path) -> None:
    written(build / "ResolveNodes" / "notes.txt")
    assert list(problems(build)) == ["ResolveNodes holds more or less than app.py"]
