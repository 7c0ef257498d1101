"""Draws the definitions as Mermaid flowcharts into docs/architecture.md, between the markers that name them.

Parallel branches and Maps are boxes. An error that many states of a scope catch in the same way is one dotted arrow.

    python -m tools.definitions.graph [--check]
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path

from tools.definitions.reading import FOLDER, SUBSTITUTION, Edge, Scope, State, inner_scopes, read, scopes
from tools.definitions.structure import BATCH, BATCHED

PAGE = Path("docs/architecture.md")
MARKED = re.compile(r"(<!-- graph: (?P<machine>[\w-]+) -->\n).*?(<!-- /graph -->)", re.DOTALL)
SHAPES = {
    "Task": '["{}"]',
    "Choice": '{{"{}"}}',
    "Wait": '{{{{"{}"}}}}',
    "Pass": '("{}")',
    "Succeed": '(["{}"])',
    "Fail": '(["{}"])',
}
CAUGHT_BY_MANY = 4
"""Arrows from so many states to one are drawn as one."""


def flowchart(machine: State) -> str:
    """The Mermaid source of a definition."""
    names = [name for scope in scopes(machine) for name in scope.states]
    ids = {name: f"s{number}" for number, name in enumerate(names, start=1)}
    top = next(scopes(machine))
    lines = ["flowchart TD", *_indented(_drawn(top, ids)), *_styles(machine, ids)]
    return "\n".join(lines)


def _drawn(scope: Scope, ids: dict[str, str]) -> Iterator[str]:
    for name, state in scope.states.items():
        yield from _state(name, state, ids)
    ordinary = [edge for edge in scope.edges if edge.kind != "Catch"]
    yield from (_arrow(edge, ids) for edge in ordinary)
    yield from _caught([edge for edge in scope.edges if edge.kind == "Catch"], ids)


def _state(name: str, state: State, ids: dict[str, str]) -> Iterator[str]:
    inner = inner_scopes(name, state)
    if not inner:
        yield ids[name] + SHAPES[state["Type"]].format(_label(name))
        return
    yield f'subgraph {ids[name]}["{_label(_title(name, state))}"]'
    for number, scope in enumerate(inner, start=1):
        drawn = _indented(_drawn(scope, ids))
        yield from drawn if len(inner) == 1 else _boxed(f"{ids[name]}b{number}", drawn)
    yield "end"


def _boxed(box: str, drawn: Iterator[str]) -> Iterator[str]:
    yield f'  subgraph {box}[" "]'
    yield from _indented(drawn)
    yield "  end"


def _title(name: str, state: State) -> str:
    if state["Type"] != "Map":
        return name
    items = BATCHED.fullmatch(state["Items"])
    of = f"{items['items'] or items['chosen']}, {BATCH} at a time" if items else _plain(state["Items"])
    return f"{name}: for each of {of}"


def _arrow(edge: Edge, ids: dict[str, str]) -> str:
    text = {"Choice": _plain(edge.condition), "Default": "otherwise"}.get(edge.kind)
    label = f'|"{_label(text)}"|' if text else ""
    return f"{ids[edge.source]} -->{label} {ids[edge.target]}"


def _caught(edges: Sequence[Edge], ids: dict[str, str]) -> Iterator[str]:
    sources: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        sources[edge.target].append(ids[edge.source])
    for target, catching in sources.items():
        if len(catching) < CAUGHT_BY_MANY:
            yield from (f"{source} -. error .-> {ids[target]}" for source in catching)
        else:
            yield f'{ids[target]}e>"any error"] -.-> {ids[target]}'


def _plain(expression: str) -> str:
    """An expression as one reads it: without its delimiters, substitutions by their names."""
    return SUBSTITUTION.sub(r"\1", expression.removeprefix("{%").removesuffix("%}").strip())


def _label(text: str) -> str:
    """Text as Mermaid's quoted labels take it."""
    signs = {">=": "≥", "<=": "≤", '"': "#quot;", "<": "#lt;", ">": "#gt;"}
    return reduce(lambda done, sign: done.replace(sign, signs[sign]), signs, text)


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _styles(machine: State, ids: dict[str, str]) -> Iterator[str]:
    kinds = {name: state["Type"] for scope in scopes(machine) for name, state in scope.states.items()}
    for kind, style in (("Succeed", "stroke:#1a7f37,stroke-width:3px"), ("Fail", "stroke:#cf222e,stroke-width:3px")):
        members = ",".join(ids[name] for name, each in kinds.items() if each == kind)
        if members:
            yield f"  classDef {kind.lower()} {style}"
            yield f"  class {members} {kind.lower()}"


def drawn_into(page: str) -> str:
    """The page with the graph of each definition that it names between its markers."""

    def replace(match: re.Match[str]) -> str:
        chart = flowchart(read(FOLDER / f"{match['machine']}.asl.json"))
        return f"{match[1]}```mermaid\n{chart}\n```\n{match[3]}"

    return MARKED.sub(replace, page)


def main(arguments: Sequence[str]) -> int:
    page = PAGE.read_text()
    wrong = drawn_into(page) != page
    if "--check" not in arguments:
        PAGE.write_text(drawn_into(page))
        return 0
    if wrong:
        sys.stderr.write(f"{PAGE} does not show the definitions as they are: make graph\n")
    drawn = len(MARKED.findall(page))
    sys.stdout.write(f"graphs: {drawn} of {PAGE} checked, {'outdated' if wrong else 'as the definitions are'}\n")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
