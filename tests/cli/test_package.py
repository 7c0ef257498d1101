"""The command line outside the checkout: it is whole, and says what needs the checkout."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

SOURCE = Path("cli/private_connection_cli")
PROJECT = tomllib.loads(Path("cli/pyproject.toml").read_text())


def test_every_package_and_file_is_shipped() -> None:
    packages = {path.parent for path in SOURCE.rglob("*.py")}
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == {
        ".".join(path.relative_to(SOURCE.parent).parts) for path in packages
    }
    data = {
        str(found)
        for package, patterns in PROJECT["tool"]["setuptools"]["package-data"].items()
        for pattern in patterns
        for found in (SOURCE.parent / package.replace(".", "/")).glob(pattern)
    }
    others = [path for path in SOURCE.rglob("*.*") if path.suffix not in (".py", ".pyc")]
    assert data == {str(path) for path in others}


def test_what_it_depends_on_is_what_is_locked_and_tested() -> None:
    """With its extras: credentials of `aws login` take boto3's crt."""
    locked = {line.partition("  #")[0] for line in Path("requirements/dev.in").read_text().splitlines()}
    assert set(PROJECT["project"]["dependencies"]) <= locked


NEEDING = (["demo"], ["provision", "request.json", "--in-process"], ["list", "--sandbox"])
CALLING = f"""
import contextlib, io, json, runpy, sys
for arguments in json.load(sys.stdin):
    sys.argv[1:] = arguments
    out, err = io.StringIO(), io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_module("{SOURCE.name}", run_name="__main__")
    except SystemExit as ended:
        print(json.dumps([ended.code, out.getvalue(), err.getvalue()]))
"""


def test_what_needs_a_checkout_says_so(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "lib" / SOURCE.name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "request.json").write_text("{}")
    done = subprocess.run(
        [sys.executable, "-c", CALLING],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "lib"), "HOME": str(tmp_path)},
        input=json.dumps(NEEDING),
        capture_output=True,
        text=True,
        check=True,
    )
    ended = [json.loads(line) for line in done.stdout.splitlines()]
    for arguments, (code, out, told) in zip(NEEDING, ended, strict=True):
        assert (code, out) == (2, ""), arguments
        assert "needs a checkout of the project: clone it" in told, arguments
