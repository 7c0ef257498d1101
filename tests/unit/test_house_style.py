"""The project's style, as far as it can be counted."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from private_connection.errors import Retryable, StepError, Terminal
from tools.definitions.errors import names_below
from tools.definitions.reading import definitions

PRODUCT = sorted(
    [*Path("functions").rglob("*.py"), *Path("layers/private_connection/private_connection").rglob("*.py")]
)
SANDBOX = sorted(path for path in Path("sandbox").rglob("*.py") if path.parts[1] != "tests")
TOOLS = sorted(Path("tools").rglob("*.py"))
COMMAND_LINE = sorted(Path("cli").rglob("*.py"))
OTHER_SIDE = sorted(Path("consumer").rglob("*.py"))
BENCH = sorted(Path("bench").rglob("*.py"))
TESTS = sorted(Path("tests").rglob("*.py"))
SOURCES = [*PRODUCT, *SANDBOX, *TOOLS, *COMMAND_LINE, *OTHER_SIDE]
HANDLERS = sorted(Path("functions").glob("*/app.py"))

LONGEST_HANDLER, LONGEST_FUNCTION, MEDIAN_FUNCTION, LONGEST_MODULE = 12, 25, 6, 200
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """What is judged of a file. Its tree is not kept: those of all files are larger than all else that tests hold."""

    documented: bool
    lengths: list[tuple[str, int]]
    """The name and the length of each function."""
    imported: set[str]
    """The first part of the name of everything that is imported."""
    names: set[str]
    caught: set[str]


@cache
def read(path: Path) -> Module:
    """Each file is parsed once."""
    text = path.read_text()
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    dotted = plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return Module(
        documented=bool(ast.get_docstring(tree)) or not text.strip(),
        lengths=[
            (node.name, length(node)) for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ],
        imported={name.split(".")[0] for name in dotted},
        names=attributes | {node.id for node in nodes if isinstance(node, ast.Name)},
        caught={kind for node in nodes if isinstance(node, ast.ExceptHandler) for kind in caught(node)},
    )


def length(function: Function) -> int:
    """Lines of a function, without its decorators and its docstring."""
    first = function.body[0]
    is_docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def caught(handler: ast.ExceptHandler) -> Iterator[str]:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    yield from ("everything" if kind is None else ast.unparse(kind) for kind in kinds)


def code_lines(path: Path) -> int:
    lines = path.read_text().splitlines()
    return sum(1 for line in lines if line.strip() and not line.strip().startswith(("#", '"""')))


def test_there_is_something_to_look_at() -> None:
    assert min(len(PRODUCT), len(SANDBOX), len(TOOLS), len(HANDLERS)) > 5


def test_the_product_does_not_wait() -> None:
    assert [path for path in PRODUCT if read(path).imported & {"time", "asyncio", "threading"}] == []
    assert [path for path in PRODUCT if read(path).names & {"sleep", "get_waiter"}] == []


def test_nothing_is_caught_that_is_not_named() -> None:
    unnamed = {"everything", "Exception", "BaseException"}
    assert [path for path in [*PRODUCT, *TOOLS, *COMMAND_LINE, *OTHER_SIDE] if read(path).caught & unnamed] == []


def test_modules_say_what_they_are_for() -> None:
    assert [path for path in SOURCES if not read(path).documented] == []


def test_handlers_parse_call_and_return() -> None:
    assert [path for path in HANDLERS if code_lines(path) > LONGEST_HANDLER] == []


def test_functions_fit_in_the_head() -> None:
    long = [(path, name, lines) for path in SOURCES for name, lines in read(path).lengths if lines > LONGEST_FUNCTION]
    assert long == []


def test_half_of_the_products_functions_are_shorter_than_a_paragraph() -> None:
    assert median(lines for path in PRODUCT for _, lines in read(path).lengths) <= MEDIAN_FUNCTION


def test_modules_are_one_thing() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in [*PRODUCT, *TOOLS, *COMMAND_LINE, *OTHER_SIDE]}
    assert {path: count for path, count in lines.items() if count > LONGEST_MODULE} == {}


def test_ignored_types_have_a_reason() -> None:
    ignored = re.compile(r"# type: ignore(?:\[[\w,-]+\])?\s*$", re.MULTILINE)
    files = [*PRODUCT, *TOOLS, *COMMAND_LINE, *OTHER_SIDE, *BENCH, *TESTS]
    assert [path for path in files if ignored.search(path.read_text())] == []


def test_every_error_is_raised_by_somebody() -> None:
    raised = {name for path in PRODUCT if path.name != "errors.py" for name in read(path).names}
    in_errors = {"Throttled", "ServiceFault", "QuotaExceeded", "AwsRejected", "NotYetConsistent"}  # by AWS's codes
    in_definitions = {name for path in definitions() for name in re.findall(r"[A-Z]\w+", path.read_text())}
    assert names_below(Retryable) | names_below(Terminal) <= raised | in_errors | in_definitions


def test_every_error_is_one_of_two_kinds() -> None:
    assert names_below(StepError) - {"Retryable", "Terminal"} == names_below(Retryable) | names_below(Terminal)
