"""Which Python makes the environment, and which is refused."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tools.python_version import refusal

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The files that `make .venv/.ready` reads; nothing can be installed from them."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "requirements").mkdir()
    for name in ("Makefile", "tools/python_version.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("uv", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").touch()
    return tmp_path


def a_python(folder: Path, version: str, name: str = "python") -> Path:
    """A Python that says that it is of this version, and makes environments that do nothing."""
    path = folder / name
    numbers = tuple(map(int, version.split(".")))
    old = f"import sys; sys.version_info = {numbers}; exec(open('$1').read())"
    path.write_text(
        f"""#!/bin/sh
case "$1" in
  -m) rm -rf .venv; mkdir -p .venv/bin; echo "version = {version}" > .venv/pyvenv.cfg
      for each in python pip uv; do printf '#!/bin/sh\n' > .venv/bin/$each; chmod +x .venv/bin/$each; done ;;
  -c) echo {version.rpartition(".")[0]} ;;
  *)  exec {sys.executable} -c "{old}" ;;
esac
"""
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def make(clone: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`make .venv/.ready` where `python3` is the clone's own, if it has one."""
    environment = {"PATH": f"{clone}:{os.environ['PATH']}"}
    command = ["make", ".venv/.ready", *arguments]
    return subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)


def version_of(clone: Path) -> str:
    return (clone / ".venv" / "pyvenv.cfg").read_text().strip()


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 10, 13)])
def test_an_old_python_is_refused_with_both_versions_and_the_remedy(version: tuple[int, ...]) -> None:
    told = refusal(version, "/usr/bin/python3") or ""
    assert "3.11" in told
    assert "/usr/bin/python3 is " + ".".join(map(str, version)) in told
    assert "PYTHON=" in told


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 13, 1), (4, 0, 0)])
def test_a_newer_python_will_do(version: tuple[int, ...]) -> None:
    assert refusal(version, "python3") is None


def test_an_old_python_makes_nothing(clone: Path) -> None:
    a_python(clone, "3.10.13", "python3")
    done = make(clone)
    assert done.returncode != 0
    assert "Python 3.11 or later is needed" in done.stderr
    assert not (clone / ".venv").exists()


def test_what_an_old_python_left_does_not_stick(clone: Path) -> None:
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / "pyvenv.cfg").write_text("version = 3.10.13\n")
    a_python(clone, "3.11.7", "python3")
    assert make(clone).returncode == 0
    assert version_of(clone) == "version = 3.11.7"


def test_a_python_that_a_call_names_makes_the_environment_anew(clone: Path) -> None:
    a_python(clone, "3.11.7", "python3")
    assert make(clone).returncode == 0
    assert make(clone, f"PYTHON={a_python(clone, '3.13.0', 'another')}").returncode == 0
    assert version_of(clone) == "version = 3.13.0"


def test_an_environment_is_kept_until_a_call_names_another_python(clone: Path) -> None:
    assert make(clone, f"PYTHON={a_python(clone, '3.13.0', 'another')}").returncode == 0
    a_python(clone, "3.10.13", "python3")
    assert "up to date" in make(clone).stdout
    assert version_of(clone) == "version = 3.13.0"


def test_an_environment_whose_python_is_gone_is_made_anew(clone: Path) -> None:
    a_python(clone, "3.11.7", "python3")
    make(clone)
    (clone / ".venv" / "bin" / "python").unlink()
    (clone / ".venv" / "bin" / "python").symlink_to(clone / "removed")
    assert make(clone).returncode == 0
    assert (clone / ".venv" / "bin" / "python").exists()
