"""JSONata as Step Functions evaluates it (developer guide, "Transforming data with JSONata").

moto does not connect its evaluator, which pastes values into the expression as text. Here an expression is parsed once
and its variables are bound as values, so that text with quotes is safe and large values are fast. Step Functions' own
functions are added, and `$eval` is refused. The JSONata library is a port of the reference implementation; recorded
expressions can be evaluated again under the reference, which shows where the two differ.
"""

import hashlib
import json
import math
import random
import uuid
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, cast

from jsonata import Jsonata
from jsonata.functions import Functions
from jsonata.jexception import JException
from jsonata.utils import Utils

from sandbox.stepfunctions.syntax import members_read, names_after, plain_path, symbols, unbound, variables

NULL: Final = Utils.NULL_VALUE
LARGEST_WHOLE: Final = 1e21  # JavaScript writes a larger whole number with an exponent
DEEPEST: Final = 100  # levels that Step Functions lets an expression nest
ALGORITHMS: Final = {"MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}

OTHERWISE: Final = (dict, list, type(None))
"""What the library holds otherwise than JSON does, or what may hold such."""


class ExpressionError(Exception):
    """What Step Functions reports as States.QueryEvaluationError: the expression, and what became of it."""

    def __init__(self, text: str, outcome: str) -> None:
        super().__init__(f"The JSONata expression '{text}' {outcome}")
        self._text, self._outcome = text, outcome

    def in_field(self, field: str) -> str:
        """The message with the field's path in the state, as AWS writes it."""
        return f"The JSONata expression '{self._text}' specified for the field '{field}' {self._outcome}"


class Fixed(dict[str, object]):
    """An object that nobody changes and that holds no null: it is shared, where any other is copied."""


class Language(Jsonata):
    """The port, with numbers as AWS has them (measured: floci-io/floci 2662, docs/services/step-functions.md)."""

    def evaluate_numeric_expression(self, lhs: object, rhs: object, op: str | None) -> object:
        zero = op in ("/", "%") and Utils.is_numeric(rhs) and rhs == 0 and Utils.is_numeric(lhs)
        if not zero or not isinstance(lhs, (int, float)):
            return super().evaluate_numeric_expression(lhs, rhs, op)
        return math.nan if op == "%" or lhs == 0 else math.copysign(math.inf, lhs)

    def evaluate_boolean_expression(self, lhs: object, evalrhs: Callable[[], object], op: str | None) -> bool:
        """AWS wants booleans on both sides, where the language takes any value for one, and asks the right side only if
        the left one does not decide. Seen on AWS by one project: T0410, "Argument 2 of function "and" does not match
        function signature", of a right side that was undefined."""
        sides: tuple[Callable[[], object], ...] = (lambda: lhs, evalrhs)
        for number, side in enumerate(sides, start=1):
            found = side()
            if not isinstance(found, bool):
                raise JException("T0410", 0, number, op)
            if found is (op == "or"):
                return found
        return op == "and"

    def evaluate_equality_expression(self, lhs: object, rhs: object, op: str | None) -> object:
        """What is compared with nothing is nothing, where the language says false. Seen on AWS by one project, of
        `undefined != null`; nobody has said it of `=`, so an expression has to be right either way."""
        return None if lhs is None or rhs is None else super().evaluate_equality_expression(lhs, rhs, op)

    def evaluate_string_concat(self, lhs: object, rhs: object) -> str:
        return "".join(_text(side) for side in (lhs, rhs) if side is not None)


class Expression:
    """One parsed expression: the variables that it reads, and its value."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._parsed = Language(text)
        except JException as error:
            raise ExpressionError(text, f"cannot be parsed: {error}") from error
        self._parsed.set_output_convert_nulls(False)
        self._parsed.set_validate_input(False)
        self.reads = variables(self._parsed.ast)
        self._path = plain_path(self._parsed.ast)
        self._members = members_read(self._parsed.ast, "states")

    def evaluate(self, bindings: Mapping[str, object], functions: Mapping[str, Callable[..., object]]) -> object:
        """The value as JSON. Raises ExpressionError; an undefined value is an error too."""
        if self._path is not None and (found := _member(bindings, self._path)) is not None:
            return self._plain(_with_nulls(found))  # six of ten expressions, at a tenth of what evaluating them takes
        value = self._evaluate(self._frame(bindings, functions))
        if value is None:
            raise ExpressionError(self.text, "returned nothing (undefined).")
        return self._plain(value)

    def _frame(self, bindings: Mapping[str, object], functions: Mapping[str, Callable[..., object]]) -> Jsonata.Frame:
        """What the expression reads, and no more: an execution's whole state takes longer to copy than to look up."""
        frame = self._parsed.create_frame()
        frame.set_runtime_bounds(None, DEEPEST)
        for name in self.reads & functions.keys():
            frame.bind(name, Jsonata.JLambda(functions[name]))
        for name in self.reads & bindings.keys():
            value = bindings[name]
            if name == "states" and self._members is not None and isinstance(value, dict):
                value = {member: value[member] for member in self._members & value.keys()}
            frame.bind(name, _with_nulls(value))
        return frame

    def _evaluate(self, frame: Jsonata.Frame) -> object:
        Jsonata.CURRENT.jsonata = self._parsed
        try:
            return cast(object, self._parsed.evaluate(None, frame))
        except Exception as error:
            code = getattr(error, "error", type(error).__name__)
            raise ExpressionError(self.text, f"threw an error during evaluation. {code}: {error}") from error

    def _plain(self, value: object) -> object:
        """JSON as AWS would print it: null, whole numbers without a fraction, no functions."""
        if value is NULL:
            return None
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items() if item is not None}
        if isinstance(value, list):
            return [self._plain(item) for item in value if item is not None]
        if isinstance(value, float):
            return _number(value)
        if isinstance(value, (str, bool, int)):
            return value
        raise ExpressionError(self.text, "returned an unsupported result type.")


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    return Expression(text)


def additions(source: random.Random) -> dict[str, Callable[..., object]]:
    """The functions that Step Functions adds to JSONata, and its refusal of `$eval`."""

    def number(seed: object = None) -> object:
        return source.random() if seed is None else _drawn(int(str(seed)))

    def identifier() -> str:
        return str(uuid.UUID(int=source.getrandbits(128), version=4))

    return {
        "count": _count,
        "parse": _parse_json,
        "partition": _partition,
        "range": _range,
        "hash": _hash,
        "random": number,
        "string": _string,
        "uuid": identifier,
        "eval": _refuse_eval,
    }


@lru_cache(maxsize=4096)
def unbound_names(text: str) -> tuple[str, ...]:
    """Names that the expression reads from a context, which does not exist, and `$$` wherever it stands: AWS refuses
    such a definition."""
    tree = parse(text)._parsed.ast
    outermost = {"$$" for each in symbols(tree) if each.type == "variable" and each.value == "$"}
    return tuple(sorted(outermost.union(unbound(tree))))


@lru_cache(maxsize=4096)
def members(text: str, variable: str) -> frozenset[str]:
    """The names that follow this variable in the expression's paths."""
    return names_after(parse(text)._parsed.ast, variable)


def _count(items: object = None) -> object:
    """AWS counts null as one thing, as version 2.0.6 does (measured: floci-io/floci, docs/services/step-functions.md);
    the port counts it as nothing."""
    if items is None:
        return 0
    return len(items) if isinstance(items, list) else 1


def _string(value: object = None, prettify: object = None) -> object:
    return None if value is None else _text(value, bool(prettify))


def _text(value: object, prettify: bool = False) -> str:
    """A whole number is written with all its digits up to 1e21, as JavaScript does; the port begins with an exponent at
    1e15."""
    if isinstance(value, (int, float)) and 1e15 <= abs(value) < LARGEST_WHOLE and float(value).is_integer():
        return str(int(float(f"{value:.15g}")))
    return cast(str, Functions.string(value, prettify))


def _drawn(seed: int) -> float:
    """The first number that java.util.Random draws with this seed."""
    mask = (1 << 48) - 1
    first = ((seed ^ 0x5DEECE66D) * 0x5DEECE66D + 0xB) & mask
    second = (first * 0x5DEECE66D + 0xB) & mask
    return ((first >> 22 << 27) + (second >> 21)) / (1 << 53)


def _parse_json(text: object = None) -> object:
    if text is None:
        return None
    try:
        return _with_nulls(json.loads(str(text)))
    except json.JSONDecodeError as error:
        raise JException("D3121", 0, text) from error


def _partition(items: object = None, size: object = None) -> object:
    step = _whole(size)
    if not isinstance(items, list) or not items or step is None or step <= 0:
        return None
    return [items[at : at + step] for at in range(0, len(items), step)]


def _range(first: object = None, last: object = None, step: object = None) -> object:
    start, end, by = _whole(first), _whole(last), _whole(step)
    if start is None or end is None or not by or (end - start) * by < 0:
        return None
    values = list(range(start, end + (1 if by > 0 else -1), by))
    return values[0] if len(values) == 1 else values


def _hash(text: object = None, algorithm: object = None) -> object:
    if text is None or algorithm is None:
        return None
    if algorithm not in ALGORITHMS:
        raise JException("D3141", 0, algorithm)
    if not isinstance(text, str):
        raise JException("T0410", 0, "hash")
    return hashlib.new(ALGORITHMS[str(algorithm)], text.encode()).hexdigest()


def _refuse_eval(*_: object) -> object:
    raise JException("T1006", 0, "eval")


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _number(value: float) -> object:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return int(value) if value.is_integer() and abs(value) < LARGEST_WHOLE else value


def _member(bindings: Mapping[str, object], path: tuple[str, ...]) -> object:
    """What the path leads to, through objects alone; None where JSONata has rules of its own: lists, null, nothing."""
    value: object = bindings
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return None
        value = value[name]
    return None if isinstance(value, list) else value


def _with_nulls(value: object) -> object:
    """The value with the library's own null, for its None means undefined."""
    if value is None:
        return NULL
    if isinstance(value, dict):
        if isinstance(value, Fixed):
            return value
        return {key: _with_nulls(item) if isinstance(item, OTHERWISE) else item for key, item in value.items()}
    if isinstance(value, list):
        return [_with_nulls(item) if isinstance(item, OTHERWISE) else item for item in value]
    return value
