"""Replays the definitions' JSONata with what runs recorded, under the reference implementation of the same version.

Step Functions implements JSONata 2.0.6; the sandbox evaluates with a port of it. Where the two differ on an expression
of ours, a run in the sandbox says nothing of a run on AWS. The same inputs are replayed with changes that a run may
meet one day. An expression that no run evaluated is reported too.

    python -m tools.definitions.replay
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tools.definitions.mutations import mutated
from tools.definitions.reading import EXPRESSION, FOLDER, SUBSTITUTION, all_states, definitions, read, texts

REPLAY: Final = Path("tools/node/replay.mjs")
RECORDINGS: Final = Path("build/recordings")
DRAWN: Final = re.compile(r"\$(random|uuid|now|millis)\s*\(")
SUBSTITUTED: Final = r"[\w:./-]+"
"""A number or an ARN."""
SHOWN: Final = 400
"""Characters of a difference that are printed."""

Recorded = Mapping[str, Any]


@dataclass(frozen=True)
class Replay:
    expressions: Sequence[str]
    inputs: int
    changed: int
    differences: Sequence[Recorded]
    problems: Sequence[str]

    @property
    def summary(self) -> str:
        return (
            f"{len(self.expressions)} expressions of the definitions, {self.inputs} recorded inputs, "
            f"{self.changed} changed ones, "
            f"{len(self.differences)} differences, {len(self.problems)} problems"
        )


def replay(paths: Iterable[Path], recorded: Sequence[Recorded]) -> Replay:
    """Of the definitions in these files. Raises CalledProcessError when the reference itself fails."""
    expressions = sorted({text for path in paths for text in written(path)})
    evaluated: dict[str, list[Recorded]] = {}
    for each in recorded:
        evaluated.setdefault(each["expression"].strip(), []).append(each)
    inputs = {text: _inputs(text, evaluated) for text in expressions}
    every = [each for found in inputs.values() for each in found]
    changed = mutated(every)
    return Replay(expressions, len(every), len(changed), differences([*every, *changed]), list(_problems(inputs)))


def written(path: Path) -> Iterator[str]:
    """A definition's expressions, with its substitutions not made."""
    for _, state in all_states(read(path)):
        own = {key: value for key, value in state.items() if key not in ("Branches", "ItemProcessor", "Comment")}
        yield from (match[1].strip() for text in texts(own) if (match := EXPRESSION.fullmatch(text)))


def differences(recorded: Sequence[Recorded]) -> list[Recorded]:
    done = subprocess.run(["node", REPLAY], input=json.dumps(recorded), capture_output=True, text=True, check=True)
    found: list[Recorded] = json.loads(done.stdout)
    return found


def read_recorded(folder: Path = RECORDINGS) -> list[Recorded]:
    """Each input once. Raises FileNotFoundError when nothing was recorded."""
    lines = {line for file in folder.glob("expressions.*.jsonl") for line in file.read_text().splitlines()}
    if not lines:
        raise FileNotFoundError(f"{folder} holds no recorded expressions: record some first (make recordings)")
    return [json.loads(line) for line in sorted(lines)]


def _inputs(text: str, evaluated: Mapping[str, list[Recorded]]) -> list[Recorded]:
    """What an expression was evaluated on, whatever its substitutions stood for."""
    if not SUBSTITUTION.search(text):
        return evaluated.get(text, [])
    fixed = SUBSTITUTION.split(text)[::2]
    pattern = re.compile(SUBSTITUTED.join(map(re.escape, fixed)))
    return [each for other, found in evaluated.items() if pattern.fullmatch(other) for each in found]


def _problems(inputs: Mapping[str, Sequence[Recorded]]) -> Iterator[str]:
    for text, found in inputs.items():
        if DRAWN.search(text):
            yield f"{text} has another value each time, so it cannot be replayed"
        elif not found:
            yield f"{text} was evaluated in no run"


def main(folder: Path = FOLDER, recordings: Path = RECORDINGS) -> int:
    try:
        found = replay(definitions(folder), read_recorded(recordings))
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"{getattr(error, 'stderr', None) or error}\n")
        return 2
    sys.stdout.writelines(f"{problem}\n" for problem in found.problems)
    sys.stdout.writelines(f"differs: {json.dumps(each)[:SHOWN]}\n" for each in found.differences)
    sys.stdout.write(f"expressions: {found.summary}\n")
    return int(bool(found.problems or found.differences))


if __name__ == "__main__":
    sys.exit(main())
