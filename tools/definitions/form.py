"""Keeps the definitions in one form, 120 columns wide.

A state without nested members is one line. In any other state each nested member begins a line and is wrapped if it is
longer; plain members share lines, the last of which also holds the opening of the states that follow. A machine within
a machine that opens in one line closes in one line, where the one beside it opens, if there is one; its states stand
one level further in. Of several rules of a Choice each begins a line. Only the common Retry is never wrapped: it is the
same in every Task, so nobody has to read it, and one line is easy to skip.

    python -m tools.definitions.form [--check] statemachine/*.asl.json
"""

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tools.definitions.retries import is_the_houses

WIDTH = 120
PLAIN = ("ProcessorConfig",)
"""Members that share lines though they have parts."""


def formatted(document: object) -> str:
    return "\n".join(_lines(document, "", "")) + "\n"


def _lines(value: Any, indent: str, lead: str) -> list[str]:
    """The lines of a value that follows ``lead``, its key."""
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    named = isinstance(value, dict)
    pairs = list(value.items()) if named else [("", each) for each in value]
    lines, plain = [indent + lead + opening], list[str]()
    for number, (name, each) in enumerate(pairs, start=1):
        comma = "," if number < len(pairs) else ""
        key = f"{_flat(name)}: " if named else ""
        if name in PLAIN or not isinstance(each, dict | list):
            plain.append(key + _flat(each) + comma)
            continue
        inside = _member(each, indent + "  ", key)
        inside[-1] += comma
        lines += _joined(_wrapped(plain, indent + "  ", indent + "  "), inside, name)
        plain.clear()
    return [*lines, *_wrapped(plain, indent + "  ", indent + "  "), indent + closing]


def _machine(value: dict[str, Any], indent: str, lead: str) -> list[str]:
    """A machine within a machine: what opens in one line closes in one line, if the opening has room in one."""
    *plain, last = value
    opening = f"{indent}{lead}{_flat({name: value[name] for name in plain})[:-1]}, {_flat(last)}: {{"
    if last != "States" or len(opening) > WIDTH:
        return _lines(value, indent, lead)
    return [opening, *_lines(value[last], indent, "")[1:-1], f"{indent}}}}}"]


def _branches(branches: Sequence[dict[str, Any]], indent: str, lead: str) -> list[str]:
    """Machines beside each other: one closes where the next one opens."""
    first, *others = branches
    lines = _machine(first, indent, f"{lead}[")
    for each in others:
        lines += _machine(each, indent, f"{lines.pop().lstrip()}, ")
    return [*lines[:-1], f"{lines[-1]}]"]


def _joined(plain: list[str], inside: list[str], name: str) -> list[str]:
    """Plain members and what follows them; the opening of states stands in the last line of the plain ones."""
    shared = f"{plain[-1]} {inside[0].lstrip()}" if plain else ""
    if name != "States" or not plain or len(shared) > WIDTH:
        return [*plain, *inside]
    return [*plain[:-1], shared, *inside[1:]]


def _member(value: Any, indent: str, lead: str) -> list[str]:
    """A member that holds states is spread over lines; any other is written as one text and wrapped."""
    text = lead + _flat(value)
    if is_the_houses(value):
        return [indent + text]
    if isinstance(value, dict) and "StartAt" in value:
        return _machine(value, indent, lead)
    if lead == '"Branches": ':
        return _branches(value, indent, lead)
    if _is_spread(value, lead) and not (_is_leaf(value) and len(indent + text) < WIDTH):
        return _lines(value, indent, lead)
    return _wrapped(_words(text), indent, indent + "  ")


def _is_spread(value: Any, lead: str) -> bool:
    """States, each of them, and rules where there are several."""
    several = lead == '"Choices": ' and len(value) > 1
    return several or lead == '"States": ' or (isinstance(value, dict) and "Type" in value)


def _is_leaf(value: Any) -> bool:
    return isinstance(value, dict) and not any(isinstance(each, dict | list) for each in value.values())


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _words(text: str) -> list[str]:
    """JSON text cut after each comma and colon that stands outside strings."""
    return [word.strip() for word in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^",])+,?', text) if word.strip()]


def _wrapped(words: Sequence[str], indent: str, continuation: str) -> list[str]:
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + 1 + len(word) <= WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append((continuation if lines else indent) + word)
    return lines


def main(arguments: Sequence[str]) -> int:
    check = "--check" in arguments
    paths = [Path(each) for each in arguments if each != "--check"]
    wrong = [path for path in paths if formatted(json.loads(path.read_text())) != path.read_text()]
    for path in wrong:
        if not check:
            path.write_text(formatted(json.loads(path.read_text())))
        sys.stderr.write(f"{path}: {'is not in form' if check else 'formatted'}\n")
    if check:
        sys.stdout.write(f"form: {len(paths)} definitions checked, {len(wrong)} not in form\n")
    return int(check and bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
