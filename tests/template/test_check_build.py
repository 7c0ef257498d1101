"""What `make build` is checked for. Each case makes one change in a build that is right."""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tools.package.check import main, problems
from tools.package.contents import AARCH64, DOMAIN, PINNED, SOURCE, Wheel, domain_files

STEPS = [path.parent.name for path in Path("functions").glob("*/app.py")]
REQUIRED = PINNED.findall((SOURCE / "requirements.txt").read_text())
PURE, RIGHT = "py3-none-any", "cp313-cp313-manylinux2014_aarch64"
ARM64, X86_64 = bytes(18) + AARCH64, bytes(18) + (62).to_bytes(2, "little")
COMPILED = "pydantic_core/_pydantic_core.cpython-313-aarch64-linux-gnu.so"
INNER = "paths/target_groups.py"
"""A module of a package inside the domain package."""
Layer = Path


@pytest.fixture
def build(tmp_path: Path) -> Path:
    return right(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For who takes away again what it has added."""
    return right(tmp_path_factory.mktemp("shared"))


def right(folder: Path) -> Path:
    for step in STEPS:
        written(folder / step.title().replace("_", "") / "app.py")
    for file in domain_files():
        written(layer(folder) / file, b"")
    for name, version in REQUIRED:
        is_compiled = name == "pydantic-core"
        tag, files = (RIGHT, {COMPILED: ARM64}) if is_compiled else (PURE, {f"{name}/__init__.py": b""})
        install(layer(folder), name, version, tag, files)
    written(layer(folder) / ".lock", b"")
    return folder


@pytest.fixture(autouse=True)
def path_of_programs(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH: whatever Python the machine has is not asked."""
    folder = tmp_path_factory.mktemp("bin")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def layer(build: Path) -> Layer:
    return build / "PrivateConnectionLayer0123456789" / "python"


def written(path: Path, content: bytes = b"#") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def install(layer: Layer, name: str, version: str, tag: str, files: dict[str, bytes]) -> None:
    """As an installer does: the files, and a record of them."""
    folder = f"{name.replace('-', '_')}-{version}.dist-info"
    for file, content in files.items():
        written(layer / file, content)
    written(layer / folder / "WHEEL", f"Wheel-Version: 1.0\nTag: {tag}\n".encode())
    names = [*files, f"{folder}/WHEEL", f"{folder}/RECORD"]
    written(layer / folder / "RECORD", "".join(f"{each},,\n" for each in names).encode())


def python313(folder: Path, platform: str) -> None:
    """This Python under the name of the runtime's, which says that it runs on a platform."""
    program = folder / "python3.13"
    asked = f'case "$*" in *get_platform*) echo {platform};; *) exec {sys.executable} "$@";; esac'
    program.write_text(f"#!/bin/sh\n{asked}\n")
    program.chmod(0o755)


def compiled(layer: Layer, tag: str = RIGHT, content: bytes = ARM64, *more: tuple[str, bytes]) -> None:
    """The one compiled wheel, of another tag, with another file, or with more files."""
    (version,) = [version for name, version in REQUIRED if name == "pydantic-core"]
    install(layer, "pydantic-core", version, tag, {COMPILED: content, **dict(more)})


def test_a_right_build(build: Path) -> None:
    assert list(problems(build)) == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("private_connection/__pycache__/errors.cpython-311.pyc", "does not belong"),
        ("private_connection/errors.pyc", "does not belong"),
        ("pydantic/tests/test_it.py", "does not belong"),
        ("pydantic/test/test_it.py", "does not belong"),
        ("boto3/__init__.py", "does not belong"),
        ("boto3-1.43.0.dist-info/METADATA", "does not belong"),
        ("vendor/botocore.zip", "does not belong"),
        ("mypy_boto3_ec2/__init__.py", "does not belong"),
        ("s3transfer.py", "does not belong"),
        ("urllib3/__init__.py", "is of no wheel"),
        ("private_connection/leftover.py", "is of no wheel"),
        ("a/_x86_64.abi3.so", "is of no wheel"),
        ("a.libs/libz.so.1", "is of no wheel"),
    ],
)
def test_what_does_not_belong_into_the_layer(shared: Path, path: str, problem: str) -> None:
    added = layer(shared) / path
    written(added)
    found = list(problems(shared))
    added.unlink()
    with suppress(OSError):  # a folder that was there before is not empty
        os.removedirs(added.parent)
    assert any(problem in each for each in found)
    assert list(problems(shared)) == []


WRONG: list[tuple[Callable[[Layer], object], str]] = [
    (lambda at: shutil.rmtree(at / "pydantic"), "pydantic lacks 1 of its files, pydantic/__init__.py among them"),
    (lambda at: shutil.rmtree(at / DOMAIN), f"{DOMAIN} lacks {len(domain_files())} of its files"),
    (lambda at: (at / DOMAIN / "errors.py").unlink(), "private_connection lacks 1 of its files"),
    (
        lambda at: (at / DOMAIN / INNER).unlink(),
        f"private_connection lacks 1 of its files, {DOMAIN}/{INNER} among them",
    ),
    (lambda at: shutil.rmtree(next(at.glob("pydantic-*"))), "of the requirements is not there"),
    (lambda at: install(at, "urllib3", "2.6", PURE, {"urllib3.py": b""}), "urllib3 2.6 is not in the requirements"),
    (lambda at: install(at, "boto3", "1.43", PURE, {}), "boto3-1.43.dist-info does not belong into the layer"),
    (lambda at: next(at.glob("jmespath-*/WHEEL")).write_text(""), "jmespath is neither pure nor for python3.13"),
    (lambda at: compiled(at, "cp311-cp311-manylinux2014_aarch64"), "pydantic-core is neither pure nor for python3.13"),
    (lambda at: compiled(at, "cp313-cp313-manylinux2014_x86_64"), "pydantic-core is neither pure nor for python3.13"),
    (lambda at: compiled(at, PURE), f"{COMPILED} is compiled, and pydantic-core is pure"),
    (lambda at: compiled(at, content=X86_64), f"{COMPILED} is not compiled for arm64"),
    (lambda at: compiled(at, RIGHT, ARM64, ("a/_a.abi3.so", X86_64)), "a/_a.abi3.so is not compiled for arm64"),
    (lambda at: compiled(at, RIGHT, ARM64, ("a.libs/libz.so.1", X86_64)), "a.libs/libz.so.1 is not compiled for arm64"),
    (lambda at: written(at / DOMAIN / "data.bin", bytes(26_000_000)), "the layer has 26 MB, more than 25"),
    (lambda at: shutil.rmtree(at), "holds 0 layers"),
    (lambda at: written(at.parents[1] / "PrivateConnectionLayer2/python/a.py"), "holds 2 layers"),
    (lambda at: written(at.parents[1] / "ResolveNodes/notes.txt"), "ResolveNodes holds more or less than app.py"),
    (lambda at: shutil.rmtree(at.parents[1] / "ResolveNodes"), "ResolveNodes holds more or less than app.py"),
]


@pytest.mark.parametrize(("change", "problem"), WRONG, ids=[problem for _, problem in WRONG])
def test_what_is_wrong_is_told_and_fails(
    build: Path, change: Callable[[Layer], object], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(layer(build))
    assert main(build) == 1
    assert problem in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tag", "is_right"),
    [
        (PURE, True),
        ("py2.py3-none-any", True),
        ("cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64", True),
        ("cp39-abi3-manylinux_2_34_aarch64", True),
        ("cp314-abi3-manylinux_2_34_aarch64", False),
        ("cp313-cp313-manylinux_2_39_aarch64", False),
        ("cp313-cp313-musllinux_1_2_aarch64", False),
        ("cp313-cp313t-manylinux2014_aarch64", False),
        ("cp313-cp313-macosx_11_0_arm64", False),
    ],
)
def test_what_wheels_run_on_the_runtime(tag: str, is_right: bool) -> None:
    assert Wheel("a", "1", [tag], frozenset()).is_right == is_right


def test_every_file_of_an_empty_layer_is_missed(build: Path) -> None:
    shutil.rmtree(layer(build))
    layer(build).mkdir()
    found = list(problems(build))
    assert len([each for each in found if "of the requirements is not there" in each]) == len(REQUIRED)
    assert any(each.startswith(f"{DOMAIN} lacks") for each in found)


def test_a_layer_is_imported_where_its_python_is(
    build: Path, path_of_programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python313(path_of_programs, "linux-aarch64")
    assert main(build) == 0
    assert "imported under python3.13, 0 problems" in capsys.readouterr().out


@pytest.mark.parametrize("file", ["errors.py", INNER])
@pytest.mark.parametrize("module", ["nonesuch", "moto", "tools"])
def test_a_layer_that_does_not_import(build: Path, path_of_programs: Path, module: str, file: str) -> None:
    python313(path_of_programs, "linux-aarch64")
    written(layer(build) / DOMAIN / file, f"import botocore.exceptions, {module}\n".encode())
    (problem,) = problems(build)
    assert problem == f"the layer does not import: ModuleNotFoundError: No module named '{module}'"


@pytest.mark.parametrize(("platform", "reason"), [(None, "missing"), ("linux-x86_64", "for linux-x86_64")])
def test_why_a_layer_is_not_imported_is_told(
    build: Path,
    path_of_programs: Path,
    platform: str | None,
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if platform:
        python313(path_of_programs, platform)
    written(layer(build) / DOMAIN / "errors.py", b"import nonesuch\n")
    assert main(build) == 0
    assert f"not imported (python3.13 here is {reason}; " in capsys.readouterr().out
