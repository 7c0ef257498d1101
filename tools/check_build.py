"""Checks what `sam build` made: the layer runs on python3.13 on arm64 and carries nothing that it need not.

python -m tools.check_build
"""

import sys
from collections.abc import Iterator
from pathlib import Path

BUILD = Path(".aws-sam/build")
LAYER = "PrivateConnectionLayer*/python"
UNWANTED = ("__pycache__", "tests", "boto3", "botocore")
"""Bytecode of another Python, tests, and what the runtime brings along."""
RIGHT = ("cpython-313-aarch64", "abi3")
LIMIT_MEGABYTES = 25
"""Lambda allows 250 unpacked; a small layer starts fast."""


def problems(build: Path) -> Iterator[str]:
    """What is wrong with a build."""
    (layer,) = build.glob(LAYER)
    for path in sorted(layer.rglob("*")):
        if path.name in UNWANTED:
            yield f"{path.relative_to(build)} does not belong into the layer"
        if path.suffix == ".so" and not any(mark in path.name for mark in RIGHT):
            yield f"{path.relative_to(build)} is not for python3.13 on arm64"
    if megabytes(layer) > LIMIT_MEGABYTES:
        yield f"the layer has {megabytes(layer):.0f} MB, more than {LIMIT_MEGABYTES}"
    for step in sorted(Path("functions").glob("*/app.py")):
        built = build / "".join(word.capitalize() for word in step.parent.name.split("_"))
        if [each.name for each in built.iterdir()] != ["app.py"]:
            yield f"{built.name} holds more or less than app.py"


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main() -> int:
    found = list(problems(BUILD))
    (layer,) = BUILD.glob(LAYER)
    functions = len(list(BUILD.glob("*/app.py")))
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    sys.stdout.write(f"build: {functions} functions, a layer of {megabytes(layer):.1f} MB, {len(found)} problems\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
