"""Imports the domain package under the Python that Lambda runs it with, where there is one for the layer's processor.

Only the layer and the packages of Lambda's runtime can be imported, neither this checkout nor this environment.
"""

import subprocess
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

import boto3

PYTHON, PLATFORM = "python3.13", "linux-aarch64"
RUNTIME = ("boto3", "botocore", "s3transfer", "dateutil", "six.py", "urllib3")
IMPORT = """
import importlib, pkgutil, sys
sys.path += sys.argv[1:]
import private_connection
for each in pkgutil.walk_packages(private_connection.__path__, "private_connection."):
    importlib.import_module(each.name)
"""


def reason_not_to() -> str | None:
    """Why the layer cannot be imported on this machine, if it cannot."""
    found = platform()
    return None if found == PLATFORM else f"{PYTHON} here is {f'for {found}' if found else 'missing'}"


def platform() -> str:
    """What `python3.13` on PATH runs on; nothing where there is none, or only pyenv's stand-in for it."""
    python = which(PYTHON)
    question = "import sysconfig; print(sysconfig.get_platform())"
    return _run(python, "-c", question).stdout.strip() if python else ""


def import_problem(layer: Path) -> str | None:
    """The last line of what importing the domain package of a layer says when it fails."""
    with TemporaryDirectory() as runtime:
        for name in RUNTIME:
            (Path(runtime) / name).symlink_to(Path(boto3.__file__).parents[1] / name)
        done = _run(PYTHON, "-I", "-S", "-B", "-c", IMPORT, str(layer.absolute()), runtime)
    said = done.stderr.strip().rpartition("\n")[2]
    return f"the layer does not import: {said}" if done.returncode else None


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)
