"""Whether loaded modules are as they were right after their import, down to what is inside of what they hold.

A `State` follows all references from the modules on, as the garbage collector does: lists, classes, attributes,
defaults, closures. It remembers what each object refers to, so it sees whatever somebody puts there, takes away or
replaces. An object that is written in C may hold more than its references: with one of a type that is not known here
there is no `State`.
"""

import abc
import collections
import contextlib
import datetime
import decimal
import functools
import gc
import logging
import operator
import re
import sys
import threading
import types
import typing
import weakref
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

Cache: Final[Any] = type(functools.cache(len))
DESCRIPTORS: Final = (
    *(types.WrapperDescriptorType, types.MethodDescriptorType, types.ClassMethodDescriptorType),
    *(types.GetSetDescriptorType, types.MemberDescriptorType),
)
UNCHANGING: Final[frozenset[Any]] = frozenset(
    {
        *(str, bytes, int, float, complex, bool, type(None), type(...), type(NotImplemented), range, object),
        *(datetime.date, datetime.time, datetime.datetime, datetime.timedelta, datetime.timezone, decimal.Decimal),
        *(re.Pattern, types.CodeType, weakref.ref, *DESCRIPTORS),
        *(type(threading.Lock()), type(threading.RLock())),  # nobody holds one while no function runs
    }
)
"""Objects of these types need no look."""
UNCHANGING_BY_NAME: Final = (
    "_abc._abc_data",  # what is registered with an abstract class: a `State` asks for the token of that
    "pydantic_core._pydantic_core.SchemaSerializer",
    "pydantic_core._pydantic_core.SchemaValidator",
)
SHOWING: Final[frozenset[Any]] = frozenset(
    {
        *(object, dict, list, set, frozenset, tuple, str, int, float, type, BaseException, Exception),
        *(types.ModuleType, types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.CellType),
        *(types.MappingProxyType, types.GenericAlias, types.UnionType, property, classmethod, staticmethod),
        *(collections.OrderedDict, collections.defaultdict, collections.deque, functools.partial, Cache),
        *(operator.itemgetter, operator.attrgetter, typing.Generic, typing.TypeVar),
    }
)
"""What is written in C and refers to all that it holds; a cache does when it is empty."""
SHOWING_BY_NAME: Final = ("_collections._tuplegetter", "collections._tuplegetter")
HEAP_TYPE: Final = 1 << 9
BY_STATEMENT: Final = ("__dict__", "__weakref__")
"""Descriptors, written in C, that a class statement makes, beside those of slots."""
SEPARATOR: Final = (object(),)


class UnknownError(Exception):
    """Something is reached of which nobody can tell whether it is as it was."""


class Surroundings:
    """What is there before the modules are loaded: it is the process's own, and no part of their state."""

    def __init__(self) -> None:
        self._modules = dict(sys.modules)
        own = [each for module in self._modules.values() for each in (module, vars(module), *vars(module).values())]
        self._known = {id(each): each for each in (*own, logging.Logger.manager)}

    def __contains__(self, each: Any) -> bool:
        if id(each) in self._known:
            return True
        if issubclass(type(each), type) and not each.__flags__ & HEAP_TYPE:
            return True
        return issubclass(type(each), type | types.FunctionType) and self._is_at_its_place(each)

    def _is_at_its_place(self, each: type | types.FunctionType) -> bool:
        found: Any = self._modules.get(each.__module__)
        for name in each.__qualname__.split("."):
            found = getattr(found, "__dict__", {}).get(name)
        return found is each


class State:
    """The state of these modules as they are now, but for caches, which are empty. Raises UnknownError."""

    def __init__(self, modules: Iterable[types.ModuleType], surroundings: Surroundings) -> None:
        reached = list(_reached(modules, surroundings))
        self.classes = [each for each in reached if issubclass(type(each), type)]
        self._caches = [each for each in reached if type(each) is Cache]
        self._loggers = [each for each in reached if issubclass(type(each), logging.Logger)]
        watched = [each for each in reached if type(each) not in (tuple, frozenset)]
        self._keyed = [each for each in watched if issubclass(type(each), dict)]
        self._watched = [*chain.from_iterable((each, SEPARATOR) for each in watched)]
        self._found, self._sizes = self._look()
        self._registered = abc.get_cache_token()

    def is_there_again(self) -> bool:
        """Whether all is as it was. The caches are empty then. Nothing may use the modules meanwhile."""
        found, sizes = self._look()
        return (
            len(found) == len(self._found)
            and sizes == self._sizes
            and all(map(operator.is_, found, self._found))
            and abc.get_cache_token() == self._registered
        )

    def _look(self) -> tuple[list[object], list[int]]:
        """All that is referred to, object by object, with the keys of dicts, to which a collector does not look; and
        how many keys each dict has, by which those of one are told from those of the next.
        """
        for each in self._caches:
            each.cache_clear()
        for each in self._loggers:
            each.__dict__.get("_cache", {}).clear()  # for which levels it is enabled
        keys = chain.from_iterable(self._keyed)
        return [*gc.get_referents(*self._watched), *keys], [*map(len, self._keyed)]


def _reached(modules: Iterable[types.ModuleType], surroundings: Surroundings) -> Iterator[Any]:
    known: set[int] = set()
    waiting: list[Any] = list(modules)
    while waiting:
        each = waiting.pop()
        kind: Any = type(each)
        if id(each) in known or _is_unchanging(kind) or each in surroundings:
            continue
        if not _shows_all(kind):
            raise UnknownError(f"an object of the type {_name(kind)}")
        known.add(id(each))
        _complete(each)
        yield each
        waiting += gc.get_referents(each)


def _complete(each: Any) -> None:
    """Have it make what it would make, of itself, when somebody looks at it first. A cache becomes empty."""
    if type(each) is Cache:
        each.cache_clear()
    if type(each).__dictoffset__:
        with contextlib.suppress(TypeError):  # some types of C hide it
            vars(each)
    if isinstance(each, types.FunctionType):
        each.__annotations__  # noqa: B018


@functools.cache
def _is_unchanging(kind: Any) -> bool:
    return kind in UNCHANGING or _name(kind) in UNCHANGING_BY_NAME


@functools.cache
def _shows_all(kind: Any) -> bool:
    return all(base in SHOWING or _name(base) in SHOWING_BY_NAME or not _is_written_in_c(base) for base in kind.__mro__)


def _is_written_in_c(kind: type) -> bool:
    """Whether it has anything that a class statement does not make: a function, or a descriptor of a member."""
    if not kind.__flags__ & HEAP_TYPE:
        return True
    by_statement = (*BY_STATEMENT, *_slots(kind))
    return any(
        (type(each) in DESCRIPTORS and each.__objclass__ is kind and name not in by_statement)
        or (type(each) is types.BuiltinFunctionType and each.__self__ is kind)
        for name, each in vars(kind).items()
    )


def _slots(kind: type) -> Iterator[str]:
    declared = vars(kind).get("__slots__", ())
    for each in (declared,) if isinstance(declared, str) else declared:
        hidden = each.startswith("__") and not each.endswith("__")
        yield f"_{kind.__name__.lstrip('_')}{each}" if hidden else each


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
