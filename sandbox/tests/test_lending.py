"""Code that one account after another uses: each finds it as it is right after its import, whatever was done to it."""

import contextlib
import importlib
import io
import os
import random
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sandbox.account import Account
from sandbox.deployment.template import Function
from sandbox.lambdas import lending
from sandbox.lambdas.lending import lent
from sandbox.lambdas.watching import ACTING, ACTING_MODULES, ASKING, ASKING_MODULES, OPENING, PASSED_OVER
from sandbox.tests.engine_stage import FIXTURES
from sandbox.world import World

LAYER = """
    import enum, functools, logging, sys
    from collections import OrderedDict, defaultdict, deque
    from dataclasses import dataclass, field

    number, text, items, names = 1, "a", [1], {"a"}
    nested = {"a": ([{"b": 1}],)}
    ordered, lazy, queue = OrderedDict(a=1), defaultdict(list), deque([1])

    class Thing:
        shared = []
        def act(self):
            return 1
        @property
        def shown(self):
            return []

    class Slotted:
        __slots__ = ("value", "__hidden")

    @dataclass
    class Held:
        inner: list = field(default_factory=list)

    class Kind(enum.Enum):
        ONE = 1

    thing, slotted, held = Thing(), Slotted(), Held()
    slotted.value = 1
    bound, partial = items.append, functools.partial(print, {})

    def function(argument=[]):
        return argument

    def counting():
        seen = []
        return lambda: seen.append(1) or len(seen)

    count = counting()

    @functools.cache
    def kept(key):
        return [key]

    log = logging.getLogger("lent")
    if not log.handlers:
        log.addHandler(logging.StreamHandler(sys.stdout))
"""
CHANGES = [
    ("number += 1", "number", 1),
    ("text = str(b'a', 'ascii') * 2", "text", "a"),
    ("another = 1", "'another' in globals()", False),
    ("del number", "'number' in globals()", True),
    ("items.append(2)", "items", [1]),
    ("items[0] = 1.0", "repr(items)", "[1]"),
    ("bound(2)", "items", [1]),
    ("names.add('b')", "names", {"a"}),
    ("nested['a'][0][0]['b'] = 2", "nested", {"a": ([{"b": 1}],)}),
    ("nested['c'] = nested.pop('a')", "list(nested)", ["a"]),
    ("ordered.move_to_end('a'); ordered['b'] = 1", "dict(ordered)", {"a": 1}),
    ("lazy['a']", "dict(lazy)", {}),
    ("queue.append(2)", "list(queue)", [1]),
    ("Thing.shared.append(1)", "Thing.shared", []),
    ("Thing.other = 1", "hasattr(Thing, 'other')", False),
    ("Thing.act = lambda self: 2", "Thing().act()", 1),
    ("thing.own = 1", "vars(thing)", {}),
    ("slotted.value = 2", "slotted.value", 1),
    ("held.inner.append(1)", "held.inner", []),
    ("Kind.ONE.note = 1", "hasattr(Kind.ONE, 'note')", False),
    ("partial.args[0]['a'] = 1", "partial.args", ({},)),
    ("function().append(1)", "function()", []),
    ("function.calls = 1", "hasattr(function, 'calls')", False),
    ("function.__code__ = (lambda argument=[]: 7).__code__", "function()", []),
    ("count()", "count()", 1),
    ("log.setLevel(10)", "log.level", 0),
    ("log.handlers.clear()", "len(log.handlers)", 1),
    (
        "from collections.abc import Sized; Sized.register(Slotted); del Sized",
        "issubclass(Slotted, __import__('typing').Sized)",
        False,
    ),
]
"""What a handler does, something that could show it to the next account, and what it has to be."""
REMAINS = [
    "pass",
    "kept(1).append(2)",
    "log.warning('a')",
    "Thing().own = 1",
    "thing.own = 1; del thing.own",
    "Held().inner.append(1)",
    "items.append(2); items.pop()",
]
"""What a handler does that nobody finds afterwards."""
HANDLER = """
    import lent_layer

    def handler(event, context):
        exec(event[0], vars(lent_layer))
        return eval(event[1], vars(lent_layer))
"""
Code = Callable[..., "Small"]


class Small:
    """A function and its layer."""

    def __init__(self, folder: Path, layer: str, handler: str) -> None:
        self.layer, self.code = folder / "layer", folder / "function"
        for each, text in ((self.layer / "lent_layer.py", layer), (self.code / "app.py", handler)):
            each.parent.mkdir(parents=True, exist_ok=True)
            each.write_text(textwrap.dedent(text))
        self.function = Function("f", "F", "arn", self.code, "app.handler", 3, 128, {}, (), None, None)

    def use(self, change: str = "pass", shown: str = "None", **variables: str) -> tuple[ModuleType, Any]:
        """As an account does that opens, calls the function and closes: the layer's module, and what is shown then."""
        around = {name: each for name, each in os.environ.items() if not name.startswith("PYTEST_")}
        environment = {**around, **variables}
        with lent((self.layer,), [(self.function, environment)]) as load:
            answer = load(self.function, environment)((change, shown), None)
            return sys.modules["lent_layer"], answer


@pytest.fixture
def code(tmp_path: Path) -> Code:
    return lambda layer=LAYER, handler=HANDLER: Small(tmp_path, layer, handler)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Small:
    """What one account after another of this module uses, the first of which keeps nothing."""
    small = Small(tmp_path_factory.mktemp("used"), LAYER, HANDLER)
    small.use()
    return small


@pytest.mark.parametrize(("change", "shown", "value"), CHANGES, ids=[change for change, _, _ in CHANGES])
def test_what_a_handler_changed_no_later_account_finds(used: Small, change: str, shown: str, value: object) -> None:
    """What is as it was is lent until then."""
    as_it_was, _ = used.use()
    changed, _ = used.use(change)
    module, found = used.use(shown=shown)
    assert as_it_was is changed
    assert module is not changed
    assert found == value


@pytest.mark.parametrize("what", REMAINS)
def test_code_that_is_as_it_was_is_lent_again(code: Code, what: str) -> None:
    small = code()
    first, _ = small.use(what)
    lent_once, _ = small.use(what)
    assert small.use(shown="kept(1)") == (lent_once, [1])
    assert first is not lent_once  # the first account of an environment may be its last: it keeps nothing


def test_a_cache_is_empty_for_each_account(code: Code) -> None:
    small = code()
    for _ in range(3):
        _, size = small.use("size = kept.cache_info().currsize; kept(1)", "globals().pop('size')")
        assert size == 0


ASKS = {
    "the time": "import time; began = time.time()",
    "the date": "from datetime import date; today = date.today()",
    "a file": "from pathlib import Path; text = Path(__file__).read_text()",
    "the process": "import os; process = os.getpid()",
    "all of the environment": "import os; everything = dict(os.environ)",
    "chance": "import random; drawn = random.random()",
    "a line": "print('a')",
    "a line of another kind": "import sys; sys.stderr.write('a')",
    "a thread": "import threading; threading.Thread(target=print).start()",
}
ASKS_THE_SANDBOX = {
    "a name that is drawn": "import uuid; name = str(uuid.uuid4())",
    "a client": "import boto3; client = boto3.client('ec2')",
    "a wait": "import time; time.sleep(0)",
}
HOLDS = {
    "a generator": "held = (each for each in ())",
    "a counter": "import itertools; held = itertools.count()",
    "an iterator": "held = [iter([1])]",
    "a source of chance": "import random; held = {'a': random.Random(1)}",
    "bytes that change": "held = bytearray()",
    "a text that changes": "import io; class_ = type('Class', (), {'held': io.StringIO()})",
    "what is a thread's own": "import threading; held = threading.local()",
    "what is a context's own": "import contextvars; held = contextvars.ContextVar('held')",
    "an array, in a closure": "import array; held = (lambda inner: lambda: inner)(array.array('i'))",
    "a class of C with more to it": "import random; held = type('Own', (random.Random,), {})(1)",
}


def test_nothing_that_asks_or_acts_is_passed_over() -> None:
    modules = [vars(importlib.import_module(name)) for name in (*ASKING_MODULES, *ACTING_MODULES)]
    names = {*ASKING, *ACTING, *dict(OPENING).values(), *dir(random.Random)}.union(*modules)
    assert not names & PASSED_OVER


@pytest.mark.parametrize("statement", [*ASKS.values(), *HOLDS.values()], ids=[*ASKS, *HOLDS])
def test_what_cannot_be_told_to_be_the_same_is_loaded_by_each_account(code: Code, statement: str) -> None:
    _is_never_lent(code(layer=statement))


@pytest.mark.parametrize("statement", ASKS_THE_SANDBOX.values(), ids=ASKS_THE_SANDBOX)
def test_what_asks_the_sandbox_is_loaded_by_each_account(code: Code, statement: str) -> None:
    with Account(World(), template=FIXTURES / "records" / "template.yaml"):
        _is_never_lent(code(layer=statement))


def _is_never_lent(small: Small) -> None:
    """The first account of an environment keeps nothing, whatever it is; the second one would."""
    modules = [small.use()[0] for _ in range(3)]
    assert len({id(each) for each in modules}) == len(modules)


def test_it_is_lent_where_an_import_would_read_the_same_of_the_environment(code: Code) -> None:
    small = code(layer="import os; read = os.environ.get('READ'), 'ABSENT' in os.environ")
    for each in "12":
        small.use(READ=each)
    of_one, read_by_one = small.use(shown="read", READ="1")
    of_two, read_by_two = small.use(shown="read", READ="2")
    assert (read_by_one, read_by_two) == (("1", False), ("2", False))
    assert small.use(READ="1", OTHER="2")[0] is of_one
    assert small.use(READ="2")[0] is of_two
    assert small.use(shown="read", READ="1", ABSENT="3")[1] == ("1", True)


def test_an_environment_that_comes_once_takes_nothing_from_those_that_come_again(code: Code) -> None:
    small = code(layer="import os; read = os.environ.get('READ')")
    small.use()
    kept, _ = small.use()
    once = [small.use(shown="read", READ=str(number)) for number in range(2 * lending.KEPT)]
    assert [read for _, read in once] == [str(number) for number in range(2 * lending.KEPT)]
    assert small.use()[0] is kept


def test_code_that_was_written_anew_is_loaded_anew(code: Code) -> None:
    small = code()
    small.use()
    before, _ = small.use()
    os.utime(small.layer / "lent_layer.py", ns=(1, 1))
    assert small.use()[0] is not before


def test_a_function_that_cannot_be_loaded_keeps_nothing_and_fails_when_it_is_called(code: Code) -> None:
    small = code(layer="raise ImportError('no such layer')")
    for _ in range(lending.PATIENCE + 1):
        with pytest.raises(ImportError, match="no such layer"):
            small.use()
        assert "lent_layer" not in sys.modules


def test_what_is_lent_logs_where_the_account_has_its_logs(code: Code) -> None:
    small = code()
    for _ in range(4):
        logs = io.StringIO()
        with contextlib.redirect_stdout(logs):
            small.use("log.warning('told')")
        assert logs.getvalue() == "told\n"


def test_in_the_end_nothing_is_kept_of_what_never_comes_back_as_it_was(code: Code, monkeypatch: Any) -> None:
    small = code()
    for _ in range(lending.PATIENCE + 1):
        small.use("number += 1")
    monkeypatch.setattr(lending, "_loaded", None)
    small.use()
    assert sys.modules.get("lent_layer") is None


def test_whoever_has_a_module_before_the_first_call_has_what_the_functions_use(code: Code) -> None:
    small = code()
    for _ in range(4):
        with lent((small.layer,), [(small.function, os.environ)]) as load:
            module = importlib.import_module("lent_layer")
            assert load(small.function, os.environ)(("pass", "thing"), None) is module.thing
