"""JSONata with bound values: the language's corners that definitions meet, and Step Functions' additions."""

from random import Random
from typing import Any

import pytest

from sandbox.clock import VirtualClock, virtual_time
from sandbox.stepfunctions.expressions import Expression, ExpressionError, additions, parse, unbound_names

NODES = [{"node": f"n-{n}", "name": 'it\'s "quoted" \\ {%x%}', "n": n} for n in range(90)]
STATES: dict[str, Any] = {
    "input": {
        "text": 'a "b" \\ c',
        "nothing": None,
        "whole": 5.0,
        "nodes": NODES,
        "mixed": [1, None, 2],
        "nested": [[1], [2]],
        "one": [{"v": None}],
        "empty": [],
    },
    "context": {"Execution": {"Name": "run-1", "StartTime": "2026-01-01T00:00:00.000Z"}, "Map": {"Item": {"Index": 0}}},
}
VARIABLES = {"states": STATES, "null": None, "list": ["x"], "false": False}


def value(text: str, **bindings: object) -> object:
    return parse(text).evaluate({**VARIABLES, **bindings}, additions(Random(1)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$states.input.text", 'a "b" \\ c'),
        ("$states.input.nodes[n=7].name", 'it\'s "quoted" \\ {%x%}'),
        ("$count($states.input.nodes)", 90),
        ("[$count(null), $count([null]), $count([]), $count($states.input.absent), $count('a')]", [1, 1, 0, 0, 1]),
        ("$states.input.nodes[n > 88]", NODES[89]),
        ("[$states.input.nodes[n > 88]]", [NODES[89]]),
        ("[$states.input.nodes[n > 89]]", []),
        ("$list", ["x"]),
        ("$list.$", "x"),
        ("[$list.$]", ["x"]),
        ("$states.input.nested", [[1], [2]]),
        ("[[1], [2]]", [[1], [2]]),
        ("$append($states.input.nested, [[3]])", [[1], [2], [3]]),
        ("$states.input.empty", []),
        ("$merge([{'a': 1, 'b': 2}, {'b': null}])", {"a": 1, "b": None}),
        ("$merge($states.input.nodes[[0..1]].{node: n})", {"n-0": 0, "n-1": 1}),
        ("{'a': $states.input.absent, 'b': 1}", {"b": 1}),
        ("[1..3]", [1, 2, 3]),
        ("$map($states.input.nodes[[0..1]], function($v, $i) {$v.n + $i})", [0, 2]),
        ("$sum($states.input.nodes.n)", 4005),
        ("$sort($states.input.nodes, function($l, $r) {$l.n < $r.n})[0].n", 89),
        ("$join($states.input.nodes[n < 2].node, ', ')", "n-0, n-1"),
        ("$replace('räk smör/x-1', /[^A-Za-z0-9_.=+@-]/, '_')", "r_k_sm_r_x-1"),
        ("$substring('abc', 0, 71) & '-' & $substring('abcdef', 1, 2)", "abc-bc"),
        ("'a' & $states.input.absent & 0", "a0"),
        ("[$type($states.input.one), $type($list), $type($states.input.empty)]", ["array", "array", "array"]),
        ("$contains('a|b', '|') and $split('a|b', '|')[1] = 'b'", True),
        ("$states.context.Execution.Name & '/' & $states.context.Map.Item.Index", "run-1/0"),
        ("$toMillis($states.context.Execution.StartTime)", 1767225600000),
        ("$fromMillis(1767225600123)", "2026-01-01T00:00:00.123Z"),
        ("$floor((1767225660999 - 1767225600000) / 1000)", 60),
        ("$max([5, $states.input.absent = 1 ? 9 : 0])", 5),
    ],
)
def test_values_come_out_as_the_language_has_them(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$states.input.nothing", None),
        ("$null", None),
        ("null", None),
        ("{'k': $states.input.nothing}", {"k": None}),
        ("[$states.input.nothing]", [None]),
        ("$exists($states.input.nothing)", True),
        ("$exists($states.input.absent)", False),
        ("$exists($null)", True),
        ("$exists($undeclared)", False),
        ("$states.input.nothing = null", True),
        ("$type($states.input.nothing)", "null"),
        ("$states.input.mixed", [1, None, 2]),
        ("$map($states.input.mixed, function($v) {$v})", [1, None, 2]),
        ("$filter($states.input.mixed, function($v) {$v != null})", [1, 2]),
        ("$states.input.one.v", None),
        ("$boolean($false)", False),
        ("false and $states.input.absent", False),
        ("true or 5", True),
        ("$exists($states.input.absent) or 1 = 1", True),
    ],
)
def test_null_is_a_value_and_undefined_is_none(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$states.input.absent",
        "$undeclared",
        "$list[5]",
        "$states.input.nodes[n > 89]",
        "()",
        "$states.input.absent = null",
        "$states.input.absent != null",
        "1 = $undeclared",
    ],
)
def test_an_expression_that_yields_nothing_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError, match="returned nothing"):
        value(text)


@pytest.mark.parametrize("text", ["10 / 2", "$states.input.whole", "5.0", "2.5 * 2", "$number('5')", "$round(4.9)"])
def test_a_whole_number_has_no_fraction(text: str) -> None:
    found = value(text)
    assert (found, type(found)) == (5, int)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 / 0", "Infinity"),
        ("-1 / 0", "-Infinity"),
        ("0 / 0", "NaN"),
        ("5 % 0", "NaN"),
        ("{'a': [1 / 0, 0 / 0]}", {"a": ["Infinity", "NaN"]}),
        ("$string(1e20)", "100000000000000000000"),
        ("'' & 1e20", "100000000000000000000"),
        ("$string(1e21)", "1e+21"),
        ("$string(12)", "12"),
        ("$string({'a': [1, null]})", '{"a":[1,null]}'),
        ("'a' & true & 1.5 & null & [1]", "atrue1.5null[1]"),
    ],
)
def test_numbers_at_the_edge_are_javas(text: str, expected: object) -> None:
    """Measured: floci-io/floci 2662, docs/services/step-functions.md."""
    assert value(text) == expected


def test_a_fraction_stays_one_and_whole_numbers_are_told_from_truth() -> None:
    assert value("[1 / 4, true, 1]") == [0.25, True, 1]
    found = value("[true, 1]")
    assert isinstance(found, list)
    assert [type(item) for item in found] == [bool, int]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$parse('{\"a\": [null, 5.0]}')", {"a": [None, 5]}),
        ("$parse('null')", None),
        ("$partition([1..5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1..5], 2.9)", [[1, 2], [3, 4], [5]]),
        ("$range(0, 10, 5)", [0, 5, 10]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 1, 1)", 1),
        ("$hash('a', 'MD5')", "0cc175b9c0f1b6a831c399e269772661"),
        ("$hash('a', 'SHA-1')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
        ("$hash('a', 'SHA-256')", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
        ("$random(7) = $random(7)", True),
        ("$random(42)", 0.7275636800328681),
        ("$length($uuid())", 36),
        ("$substring($uuid(), 14, 1)", "4"),
    ],
)
def test_the_functions_that_step_functions_adds(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "$eval('1')",
        "$parse('not JSON')",
        "$hash('a', 'CRC')",
        "$hash('a')",
        *("true and 1", "'a' or true", "true and $states.input.absent", "$states.input.nothing and true"),
        *("$hash(5, 'MD5')", "$hash(null, 'MD5')", "$hash(['a', 'b'], 'MD5')"),
        "$partition([1], 0)",
        "$range(0, 5)",
        "$range(0, 5, -1)",
        "1 + 'a'",
        *("$toMillis('x')", "$toMillis(null)", "$number('abc')", "$parseInteger('abc', '0')", "$power(10, 1000)"),
        "$fromMillis(1, '[bad')",
        "$undeclared(1)",
        "$error('no')",
        "$states.input ~> 5",
        "function($x) {$x}",
        "{'f': $sum}",
    ],
)
def test_what_cannot_be_evaluated_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError):
        value(text)


@pytest.mark.parametrize(
    ("text", "deep"),
    [
        ("+".join("1" * 100), False),
        ("+".join("1" * 101), True),
        (f"{'(' * 99}1{')' * 99}", False),
        (f"{'(' * 100}1{')' * 100}", True),
    ],
)
def test_an_expression_nests_a_hundred_levels_and_no_more(text: str, deep: bool) -> None:
    if deep:
        with pytest.raises(ExpressionError):
            value(text)
    assert deep or value(text) in (1, 100)


def test_random_and_uuid_come_from_the_seed() -> None:
    def draw(seed: int) -> object:
        return parse("[$uuid(), $random()]").evaluate({}, additions(Random(seed)))

    assert draw(1) == draw(1) != draw(2)


def test_now_is_the_virtual_clocks() -> None:
    with virtual_time(VirtualClock()):
        assert value("$now()") == "2026-01-01T00:00:00.000Z"
        assert value("$millis()") == 1767225600000


def test_evaluating_changes_nothing_that_was_bound() -> None:
    before = repr(STATES)
    value("$states.input ~> |nodes|{'n': 0}|")
    value("$append($states.input.mixed, 9)")
    assert repr(STATES) == before


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("$states.input.items[value > 3].x", []),
        ("$x[a = 1]", []),
        ("$x{k: v}", []),
        ("$x^(z)", []),
        ("$map($x, function($v) {$v.a})", []),
        ("phone", ["phone"]),
        ("{'a': b}", ["b"]),
        ("[a]", ["a"]),
        ("$map($x, function($v) {b})", ["b"]),
        ("$$.a", ["$$"]),
        ("$", ["$"]),
        ("a ~> $f", ["a"]),
        ("$x ? a : b", ["a", "b"]),
    ],
)
def test_a_name_without_a_context_is_found(text: str, names: list[str]) -> None:
    assert list(unbound_names(text)) == names


@pytest.mark.parametrize("text", ["1 +", "a[1,2)", "'unclosed", "$x.{"])
def test_what_does_not_parse_is_an_error(text: str) -> None:
    with pytest.raises(ExpressionError, match="cannot be parsed"):
        parse(text)


BOUND: dict[str, object] = {
    "node": {"name": "a", "port": 6379, "share": 2.0, "none": None, "zones": ["b"], "empty": [], "on": False},
    "states": {"input": {"node": {"name": "a"}}, "result": {"Payload": 1}, "context": {"Execution": {"Id": "x"}}},
}


@pytest.mark.parametrize(
    "text",
    [
        *("$node", "$node.name", "$node.share", "$node.none", "$node.zones", "$node.empty", "$node.on", "$node.gone"),
        *("$node.zones.name", "$states.input.node", "$states", "$states.result.Payload = 1", '$node."name"'),
        *(
            "$merge([$states.input, $states.result])",
            "$states.*",
            "($s := $states; $s.input)",
            "$node[name = 'a'].port",
        ),
    ],
)
def test_what_is_only_looked_up_is_what_evaluating_it_gives(text: str) -> None:
    straight, evaluated = Expression(text), Expression(text)
    evaluated._path, evaluated._members = None, None
    assert outcome(straight) == outcome(evaluated)


def outcome(expression: Expression) -> object:
    try:
        return expression.evaluate(BOUND, {})
    except ExpressionError as error:
        return str(error)


def test_a_path_alone_needs_no_evaluation() -> None:
    paths = [Expression(text)._path for text in ("$node.name", "$node[0].name", "$node.name[]", "$node.(name)")]
    assert paths == [("node", "name"), None, None, None]


def test_what_is_read_of_an_object_is_known_where_it_is_read_by_name() -> None:
    texts = ("$states.input.x & $states.result", "$states", "$keys($states)", "$states.input & $string($states)", "1")
    assert [Expression(text)._members for text in texts] == [{"input", "result"}, None, None, None, set()]
