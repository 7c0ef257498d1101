"""Findings as lines: of a plan or a hand-off, and those that have ended a run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

INDENTED: Final = (0, 0, 0, 4)
STYLES: Final = {"refusal": "red", "error": "red", "warning": "yellow", "info": "cyan"}
ERRORS: Final = frozenset(
    {"CALL_DENIED", "INGRESS_CLOSED", "ROLE_IS_DENIED", "ROLE_TRUST_CONDITION", "WORKSPACE_ID_IS_NONE"}
)
"""The codes of level error: a request that lists one in `acknowledge` is not ended by it."""
BLOCKING: Final = re.compile(
    r"(?P<field>[\w.\[\]-]+): (?P<message>found .*?); remedy: "
    r"(?P<remedy>(?:(?!; remedy: ).)*?) \[(?P<code>[A-Z][A-Z_]*)\](?: \| |$)",
    re.DOTALL,
)
"""A finding in the cause of a run that it has ended."""


def findings(found: Sequence[Mapping[str, Any]]) -> Iterator[RenderableType]:
    if not found:
        return
    yield Text()
    yield Text("Findings", "bold")
    for each in found:
        passed = "  acknowledged" if each["level"] == "error" else ""
        yield from _lines(each, each["level"], STYLES[each["level"]], passed)


def blocking(cause: str) -> Iterator[RenderableType]:
    """What a cause says that names findings, one by one, and whether they can be let pass; nothing for another one."""
    found = [each.groupdict() for each in BLOCKING.finditer(cause)]
    for each in found:
        yield from _lines(each, "error" if each["code"] in ERRORS else "refusal", "red", "")
    passing = sorted({each["code"] for each in found} & ERRORS)
    if passing:
        codes = ", ".join(f'"{each}"' for each in passing)
        rest = "" if all(each["code"] in ERRORS for each in found) else "; the others never pass"
        yield Text(f'to let it pass, the request says "acknowledge": [{codes}]{rest}', "bold")


def _lines(finding: Mapping[str, Any], level: str, style: str, passed: str) -> Iterator[RenderableType]:
    title = Text.assemble((f"{level} {finding['code']}", style), f"  {finding['field']}", (passed, "green"))
    yield Padding(title, (0, 0, 0, 2), expand=False)
    yield Padding(Text(finding["message"]), INDENTED, expand=False)
    yield Padding(Text.assemble(("→ ", style), finding["remedy"]), INDENTED, expand=False)
