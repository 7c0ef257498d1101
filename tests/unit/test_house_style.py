"""The project's style, as far as it can be counted."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from private_connection.errors import Retryable, StepError, Terminal
from tools.definitions.errors import names_below
from tools.definitions.reading import definitions

PRODUCT = sorted(
    [*Path("functions").rglob("*.py"), *Path("layers/private_connection/private_connection").rglob("*.py")]
)
SANDBOX = sorted(path for path in Path("sandbox").rglob("*.py") if path.parts[1] != "tests")
TOOLS = sorted(Path("tools").rglob("*.py"))
COMMAND_LINE = sorted(Path("cli").rglob("*.py"))
BENCH = sorted(Path("bench").rglob("*.py"))
TESTS = sorted(Path("tests").rglob("*.py"))
SOURCES = [*PRODUCT, *SANDBOX, *TOOLS, *COMMAND_LINE]
HANDLERS = sorted(Path("functions").glob("*/app.py"))

LONGEST_HANDLER, LONGEST_FUNCTION, MEDIAN_FUNCTION, LONGEST_MODULE = 12, 25, 6, 200
Function = ast.FunctionDef | ast.AsyncFunctionDef


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: Function) -> int:
    """Lines of a function, without its decorators and its docstring."""
    first = function.body[0]
    is_docstring = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    docstring = (first.end_lineno or 0) - first.lineno + 1 if is_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def imported(path: Path) -> set[str]:
    """The first part of the name of everything that a module imports."""
    nodes = list(ast.walk(parsed(path)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.split(".")[0] for name in plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    }


def names(path: Path) -> set[str]:
    nodes = list(ast.walk(parsed(path)))
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in nodes if isinstance(node, ast.Name)}


def code_lines(path: Path) -> int:
    lines = path.read_text().splitlines()
    return sum(1 for line in lines if line.strip() and not line.strip().startswith(("#", '"""')))


def caught(path: Path) -> Iterator[str]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            yield from ("everything" if kind is None else ast.unparse(kind) for kind in kinds)


def test_there_is_something_to_look_at() -> None:
    assert min(len(PRODUCT), len(SANDBOX), len(TOOLS), len(HANDLERS)) > 5


@pytest.mark.parametrize("path", PRODUCT, ids=str)
def test_the_product_does_not_wait(path: Path) -> None:
    assert imported(path).isdisjoint({"time", "asyncio", "threading"})
    assert names(path).isdisjoint({"sleep", "get_waiter"})


@pytest.mark.parametrize("path", [*PRODUCT, *TOOLS, *COMMAND_LINE], ids=str)
def test_nothing_is_caught_that_is_not_named(path: Path) -> None:
    assert {"everything", "Exception", "BaseException"}.isdisjoint(caught(path))


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_modules_say_what_they_are_for(path: Path) -> None:
    assert ast.get_docstring(parsed(path)) or not path.read_text().strip()


@pytest.mark.parametrize("path", HANDLERS, ids=str)
def test_handlers_parse_call_and_return(path: Path) -> None:
    assert code_lines(path) <= LONGEST_HANDLER


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_functions_fit_in_the_head(path: Path) -> None:
    assert {each.name: length(each) for each in functions(path) if length(each) > LONGEST_FUNCTION} == {}


def test_half_of_the_products_functions_are_shorter_than_a_paragraph() -> None:
    assert median(length(each) for path in PRODUCT for each in functions(path)) <= MEDIAN_FUNCTION


@pytest.mark.parametrize("path", [*PRODUCT, *TOOLS, *COMMAND_LINE], ids=str)
def test_modules_are_one_thing(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONGEST_MODULE


@pytest.mark.parametrize("path", [*PRODUCT, *TOOLS, *COMMAND_LINE, *BENCH, *TESTS], ids=str)
def test_ignored_types_have_a_reason(path: Path) -> None:
    assert re.findall(r"# type: ignore(?:\[[\w,-]+\])?\s*$", path.read_text(), re.MULTILINE) == []


def test_every_error_is_raised_by_somebody() -> None:
    raised = {name for path in PRODUCT if path.name != "errors.py" for name in names(path)}
    in_errors = {"Throttled", "ServiceFault", "QuotaExceeded", "AwsRejected", "NotYetConsistent"}  # by AWS's codes
    in_definitions = {name for path in definitions() for name in re.findall(r"[A-Z]\w+", path.read_text())}
    assert names_below(Retryable) | names_below(Terminal) <= raised | in_errors | in_definitions


def test_every_error_is_one_of_two_kinds() -> None:
    assert names_below(StepError) - {"Retryable", "Terminal"} == names_below(Retryable) | names_below(Terminal)
