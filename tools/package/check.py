"""Checks what `sam build` made: the layer runs on python3.13 on arm64 and carries nothing that it need not.

python -m tools.package.check
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from tools.package.contents import layer_problems
from tools.package.importing import import_problem, reason_not_to

BUILD = Path(".aws-sam/build")
LAYER = "PrivateConnectionLayer*/python"
LIMIT_MEGABYTES = 25
"""Lambda allows 250 unpacked; a small layer starts fast."""


def problems(build: Path) -> Iterator[str]:
    """What is wrong with a build."""
    layers = list(build.glob(LAYER))
    if len(layers) != 1:
        yield f"{build} holds {len(layers)} layers"
    for layer in layers:
        yield from layer_problems(layer)
        if megabytes(layer) > LIMIT_MEGABYTES:
            yield f"the layer has {megabytes(layer):.0f} MB, more than {LIMIT_MEGABYTES}"
        yield from _import_problems(layer)
    yield from _function_problems(build)


def _import_problems(layer: Path) -> Iterator[str]:
    found = None if reason_not_to() else import_problem(layer)
    if found:
        yield found


def _function_problems(build: Path) -> Iterator[str]:
    for step in sorted(Path("functions").glob("*/app.py")):
        built = build / "".join(word.capitalize() for word in step.parent.name.split("_"))
        if [each.name for each in built.glob("*")] != ["app.py"]:
            yield f"{built.name} holds more or less than app.py"


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def main(build: Path = BUILD) -> int:
    found = list(problems(build))
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    sys.stdout.write(f"build: {_summary(build)}, {len(found)} problems\n")
    return int(bool(found))


def _summary(build: Path) -> str:
    functions = len(list(build.glob("*/app.py")))
    size = sum(megabytes(layer) for layer in build.glob(LAYER))
    reason = reason_not_to()
    imported = f"not imported ({reason}; its wheels' tags were read)" if reason else "imported under python3.13"
    return f"{functions} functions, a layer of {size:.1f} MB {imported}"


if __name__ == "__main__":
    sys.exit(main())
