"""What a built layer holds, against what its requirements name: every file has an owner, every wheel its platform.

A wheel says for which Python and processor it was built in the Tag lines of its WHEEL, and which files it brought in
its RECORD (packaging.python.org, "Recording installed projects" and "Binary distribution format"). Tags are trusted for
Python's version only; the processor is read from each compiled file.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_string
from pathlib import Path

SOURCE = Path("layers/private_connection")
DOMAIN = "private_connection"
INSTALLERS = frozenset({".lock"})
"""What uv leaves beside what it installed."""
UNWANTED = re.compile(r"__pycache__|.*\.pyc|tests?|.*(boto3|botocore|s3transfer|awscrt).*", re.IGNORECASE)
"""Bytecode of another Python, tests, and what the runtime brings along."""
PLATFORM = r"manylinux(2014|_2_([5-9]|[12]\d|3[0-4]))_aarch64"
"""The runtime is Amazon Linux 2023, whose glibc is 2.34."""
RIGHT = re.compile(rf"(cp313-cp313|cp3([2-9]|1[0-3])-abi3)-{PLATFORM}(\.{PLATFORM})*")
COMPILED = re.compile(r".*\.so(\.\d+)*")
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)
AARCH64 = (183).to_bytes(2, "little")
"""EM_AARCH64, in the e_machine of an ELF header: bytes 18 and 19."""


@dataclass(frozen=True)
class Wheel:
    name: str
    version: str
    tags: Sequence[str]
    files: frozenset[str]

    @property
    def is_pure(self) -> bool:
        return bool(self.tags) and all(tag.endswith("-none-any") for tag in self.tags)

    @property
    def is_right(self) -> bool:
        return self.is_pure or any(RIGHT.fullmatch(tag) for tag in self.tags)


def layer_problems(layer: Path, source: Path = SOURCE) -> Iterator[str]:
    """What is wrong with a layer that was built of a folder."""
    own = domain_files(source)
    found = list(wheels(layer))
    yield from _against_requirements(found, (source / "requirements.txt").read_text())
    for wheel in found:
        if not wheel.is_right:
            yield f"{wheel.name} is neither pure nor for python3.13 on arm64: {', '.join(wheel.tags) or 'no tag'}"
        yield from _lacking(layer, wheel.name, wheel.files)
    yield from _lacking(layer, DOMAIN, own)
    owners = {file: wheel for wheel in found for file in wheel.files}
    for path in sorted(layer.rglob("*")):
        yield from _path_problems(path, path.relative_to(layer), own, owners)


def domain_files(source: Path = SOURCE) -> frozenset[str]:
    """The files of the domain package, relative to the layer's folder; compiled ones do not count."""
    found = (path for path in (source / DOMAIN).rglob("*") if path.suffix in (".py", ".typed"))
    return frozenset(str(path.relative_to(source)) for path in found)


def wheels(layer: Path) -> Iterator[Wheel]:
    for folder in sorted(layer.glob("*.dist-info")):
        name, _, version = folder.stem.partition("-")
        tags = message_from_string(_text(folder / "WHEEL")).get_all("Tag", [])
        files = frozenset(row[0] for row in csv.reader(_text(folder / "RECORD").splitlines()))
        yield Wheel(_canonical(name), version, tags, files)


def _text(path: Path) -> str:
    return path.read_text() if path.is_file() else ""


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _against_requirements(found: Sequence[Wheel], requirements: str) -> Iterator[str]:
    required = {(_canonical(name), version) for name, version in PINNED.findall(requirements)}
    built = {(wheel.name, wheel.version) for wheel in found}
    yield from (f"{name} {version} of the requirements is not there" for name, version in sorted(required - built))
    yield from (f"{name} {version} is not in the requirements" for name, version in sorted(built - required))


def _lacking(layer: Path, name: str, files: frozenset[str]) -> Iterator[str]:
    lacking = sorted(file for file in files if not (layer / file).is_file())
    if lacking:
        yield f"{name} lacks {len(lacking)} of its files, {lacking[0]} among them"


def _path_problems(path: Path, inside: Path, own: frozenset[str], owners: Mapping[str, Wheel]) -> Iterator[str]:
    if UNWANTED.fullmatch(path.name):
        yield f"{inside} does not belong into the layer"
    elif path.is_file() and not any(UNWANTED.fullmatch(part) for part in inside.parts):
        owner = owners.get(str(inside))
        if owner is None and str(inside) not in own | INSTALLERS:
            yield f"{inside} is of no wheel"
        elif COMPILED.fullmatch(path.name):
            yield from _compiled_problems(path, inside, owner)


def _compiled_problems(path: Path, inside: Path, owner: Wheel | None) -> Iterator[str]:
    if owner is None or owner.is_pure:
        yield f"{inside} is compiled, and {owner.name if owner else DOMAIN} is pure"
    elif path.read_bytes()[18:20] != AARCH64:
        yield f"{inside} is not compiled for arm64"
