"""Writes docs/licences.md: what ships and what only tests and tools use, with their licences.

Licences are read from the metadata of what is installed. What ships has a permissive licence, or this fails.

    python -m tools.licences [--check]
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Final

from tools.permissions.report import table

PAGE: Final = Path("docs/licences.md")
LAYER: Final = Path("layers/private_connection/requirements.txt")
COMMAND_LINE: Final = Path("cli/pyproject.toml")
ALL: Final = Path("requirements/dev.txt")
PERMISSIVE: Final = frozenset(
    {"Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CNRI-Python", "ISC", "MIT", "MIT-0", "PSF-2.0"}
)
CLASSIFIED: Final = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""The licences of classifiers that packages have, by the names of SPDX."""
ELSEWHERE: Final = {"async-timeout": "Apache-2.0", "colorama": "BSD-3-Clause", "pywin32": "PSF-2.0"}
"""Packages that are installed on another system, or with another Python."""
INTRODUCTION: Final = """\
# Licences

Written by `make licences`; do not edit. This project has the [Apache License 2.0](../LICENSE). Licences are those that
the packages say of themselves, by their names in [SPDX](https://spdx.org/licenses/).
"""
PARTS: Final = (
    ("What the functions ship with", "The layer holds these; boto3 is that of the Lambda runtime."),
    ("What the command line needs", "Whoever installs it has these too."),
    (
        "What only tests and tools use",
        """\
None of these is in the layer or needed by the command line. Those in bold are under a copyleft licence. SAM CLI,
AWS CLI, checkov, the second emulator, the browser's driver, the chart's library and what needs Node have environments
of their own (`requirements/*.in`, `tools/node`), ship with nothing either, and are not listed.""",
    ),
)


class LicenceError(Exception):
    """Something ships that may not, or nobody knows whether it may."""


def page() -> str:
    """Raises LicenceError for a package without a licence, and for one that ships under one that is not permissive."""
    layer = _locked(LAYER)
    command_line = _needed(_asked_by_command_line()) - layer
    rest = _locked(ALL) - layer - command_line
    for name in sorted(layer | command_line):
        if not is_permissive(licence(name)):
            raise LicenceError(f"{name} ships, and its licence is {licence(name)}")
    lines = [INTRODUCTION]
    for (title, text), names in zip(PARTS, (layer, command_line, rest), strict=True):
        lines += [f"## {title}", "", text, "", *table(("package", "licence"), map(_row, sorted(names))), ""]
    return "\n".join(lines)


def licence(name: str) -> str:
    """By SPDX's name where the package has one."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError as error:
        raise LicenceError(f"{name} is locked and not installed: add its licence to ELSEWHERE") from error
    listed = [each.rpartition(" :: ")[2] for each in about.get_all("Classifier") or () if each.startswith("License ::")]
    classified = [", ".join(sorted(CLASSIFIED.get(each, each) for each in listed))]
    said = (about.get_all("License-Expression"), classified, about.get_all("License"))
    for found in (each[0] for each in said if each and each[0]):
        return str(found)
    raise LicenceError(f"{name} does not say what its licence is")


def is_permissive(expression: str) -> bool:
    return set(re.split(r" OR | AND |, ", expression)) <= PERMISSIVE


def _row(name: str) -> tuple[str, str]:
    found = licence(name)
    return (name, found) if is_permissive(found) else (f"**{name}**", f"**{found}**")


def _locked(path: Path) -> set[str]:
    return set(re.findall(r"^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==", path.read_text(), re.MULTILINE))


def _asked_by_command_line() -> Iterator[str]:
    yield from tomllib.loads(COMMAND_LINE.read_text())["project"]["dependencies"]


def _requirements(text: str) -> Iterator[tuple[str, str]]:
    """A package by the name that locks give it, and an extra: none, and each that the requirement names."""
    name, extras = re.findall(r"^([\w.-]+)(?:\s*\[([^\]]*)\])?", text)[0]
    for extra in ("", *filter(None, re.split(r"[\s,]+", extras))):
        yield re.sub(r"[-_.]+", "-", name).lower(), extra


def _needed(texts: Iterable[str]) -> set[str]:
    """Packages with all that they require, also for an extra that is asked for."""
    found: set[tuple[str, str]] = set()
    waiting = [each for text in texts for each in _requirements(text)]
    while waiting:
        each = name, extra = waiting.pop()
        if each not in found:
            found.add(each)
            own = () if name in ELSEWHERE else metadata.requires(name) or ()
            waiting += [one for text in own if _extra_of(text) == extra for one in _requirements(text)]
    return {name for name, _ in found}


def _extra_of(requirement: str) -> str:
    """The extra for which a package requires something; none if it always does."""
    return next(iter(re.findall(r"extra == ['\"]([^'\"]*)", requirement)), "")


def main(arguments: Sequence[str], output: Path = PAGE) -> int:
    written = page()
    if "--check" not in arguments:
        output.write_text(written)
        return 0
    wrong = not output.is_file() or output.read_text() != written
    if wrong:
        sys.stderr.write(f"{output} is not what the packages say: make licences\n")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
