"""Loads the code of functions, and lends what is loaded to one account after another.

Each account finds the code as it is right after its import. An account's run often takes less time than that import, so
a process keeps what it has loaded, layers and functions together, if it is again as it was (`state.py`) when the
account closes, its caches empty. Where a handler has written a global, say, that code is never lent again.

What modules find while they are imported has to be the same for all whom they are lent to. So they are lent only where
the environment variables that they read then have the same values, and to nobody if they did more (`watching.py`), or
if a function cannot be loaded. The first account of a process loads only what it calls, for it may be the last.
"""

import contextlib
import importlib.util
import io
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sandbox.deployment.template import Function
from sandbox.lambdas.isolation import Code, environment, forgetting, loggers_of_their_own, modules_of, on_path
from sandbox.lambdas.state import State, Surroundings
from sandbox.lambdas.watching import DoesMoreError, watched

Environment = Mapping[str, str]
Surrounding = frozenset[tuple[str, str]]
Handler = Callable[[Any, Any], object]
Deployed = Sequence[tuple[Function, Environment]]
Load = Callable[[Function, Environment], Handler]
Kind = tuple[tuple[Path, ...], tuple[tuple[str, Path, str], ...]]

PATIENCE: Final = 3
"""Nothing of a kind is kept any more after so many times in a row that it could not be lent again."""
KEPT: Final = 4
"""So many of a kind are kept, which differ in what they have read of the environment."""


@contextlib.contextmanager
def lent(layers: tuple[Path, ...], functions: Deployed) -> Iterator[Load]:
    """Yields what loads the code of one of these functions. The process has its own modules back afterwards."""
    store = _stores.setdefault(_kind(layers, functions), _Store())
    with forgetting(layers):
        loan = _Loan(store, layers, functions)
        try:
            yield loan.load
        finally:
            loan.end()


@dataclass
class _Loaded:
    """Modules that were imported together, and what they have found."""

    modules: Mapping[str, ModuleType]
    loggers: Mapping[str, logging.Logger]
    handlers: Mapping[tuple[str, Path, str], Handler]
    read: Sequence[Mapping[str, str | None]]
    files: Mapping[Path, tuple[int, int]]
    state: State

    def fits(self, functions: Deployed) -> bool:
        """Whether an import would find the same now."""
        return self.files == _files(self.files) and all(
            environment.get(name) == value
            for (_, environment), read in zip(functions, self.read, strict=True)
            for name, value in read.items()
        )

    def put_in(self) -> None:
        sys.modules.update(self.modules)
        logging.root.manager.loggerDict.update(self.loggers)


class _Store:
    """What waits of one kind of code."""

    def __init__(self) -> None:
        self._waiting: list[_Loaded] = []
        self._lost = 0
        self._met: set[tuple[Surrounding, ...]] = set()

    def meet(self, functions: Deployed) -> bool:
        """Whether an account has begun with the same environment variables before."""
        variables = tuple(frozenset(environment.items()) for _, environment in functions)
        known = variables in self._met
        self._met.add(variables)
        return known

    def take(self, functions: Deployed) -> _Loaded | None:
        """Modules that are as they were when they were imported, put in their places, if some wait."""
        for each in [each for each in self._waiting if each.fits(functions)]:
            self._waiting.remove(each)
            each.put_in()
            return each
        return None

    def make(self, layers: tuple[Path, ...], functions: Deployed) -> _Loaded | None:
        """Modules to lend later on; None if each function of this account is to be loaded when it is called."""
        if self._lost >= PATIENCE or modules_of(layers):
            return None
        try:
            return _loaded(layers, functions)
        except (Exception, DoesMoreError):  # noqa: BLE001  whoever calls what cannot be loaded is told then
            modules_of(layers, forget=True)
            loggers_of_their_own(forget=True)
            self._lost += 1
            return None

    def take_back(self, loaded: _Loaded) -> None:
        if loaded.state.is_there_again():
            self._waiting = [*self._waiting[-KEPT + 1 :], loaded]
            self._lost = 0
        else:
            self._lost += 1


_stores: Final[dict[Kind, _Store]] = {}


class _Loan:
    """What one account has of a store: from its beginning on what waits there, else what its first call loads."""

    def __init__(self, store: _Store, layers: tuple[Path, ...], functions: Deployed) -> None:
        self._store = store
        self._wanted = layers, functions
        self._is_first = not store.meet(functions)
        self._loaded = store.take(functions)
        self._has_begun = self._loaded is not None

    def load(self, function: Function, variables: Environment) -> Handler:
        if not self._has_begun:
            self._has_begun = True
            self._loaded = None if self._is_first else self._store.make(*self._wanted)
        if self._loaded is not None and _named(function) in self._loaded.handlers:
            return self._loaded.handlers[_named(function)]
        with environment(variables):
            return _load(function)[1]

    def end(self) -> None:
        if self._loaded is not None:
            self._store.take_back(self._loaded)


def _loaded(layers: tuple[Path, ...], functions: Deployed) -> _Loaded:
    """Loads all of them, each in its environment."""
    surroundings, handlers, roots, found = Surroundings(), {}, [], []
    with contextlib.redirect_stdout(_OUT), contextlib.redirect_stderr(_ERR):
        for function, variables in functions:
            with environment(variables), watched() as seen:
                module, handlers[_named(function)] = _load(function)
            if seen.more:
                raise DoesMoreError(", ".join(seen.more))
            roots.append(module)
            found.append(seen.variables)
    modules = modules_of(layers)
    roots += modules.values()
    for module in roots:
        for each in [each for each in vars(module).values() if getattr(each, "__module__", None) == module.__name__]:
            _complete(each)
    state = State(roots, surroundings)
    while any([_complete(each) for each in state.classes]):  # some are inside of what a module holds
        state = State(roots, surroundings)
    files = _files(Path(str(each.__file__)) for each in roots)
    return _Loaded(modules, loggers_of_their_own(), handlers, found, files, state)


def _load(function: Function) -> tuple[ModuleType, Handler]:
    """The handler, from a module that no other function shares."""
    module_name, _, handler = function.handler.rpartition(".")
    file = function.code / f"{module_name.replace('.', '/')}.py"
    name = f"sandbox_function_{function.logical_id}"
    spec = importlib.util.spec_from_file_location(name, file, loader=Code(name, str(file)))
    if spec is None or spec.loader is None:
        raise ImportError(f"no module at {file}")
    module = importlib.util.module_from_spec(spec)
    with on_path([function.code]):
        spec.loader.exec_module(module)
    loaded: Handler = getattr(module, handler)
    return module, loaded


def _complete(model: Any) -> bool:
    """Builds a model of pydantic's which would be built when it is first used, by whatever account."""
    known = getattr(model, "__dict__", {})
    return known.get("__pydantic_complete__") is False and bool(model.model_rebuild(raise_errors=False))


class _Outlet(io.TextIOBase):
    """The process's stream of this name whenever something is written, while handlers of loggers keep the first one."""

    def __init__(self, name: str) -> None:
        self._name = name

    def write(self, text: str) -> int:
        return int(self._stream().write(text))

    def flush(self) -> None:
        self._stream().flush()

    def _stream(self) -> Any:
        stream = getattr(sys, self._name)
        if stream is self:
            raise DoesMoreError(f"writes to sys.{self._name}")
        return stream


_OUT: Final = _Outlet("stdout")
_ERR: Final = _Outlet("stderr")


def _named(function: Function) -> tuple[str, Path, str]:
    return function.logical_id, function.code, function.handler


def _kind(layers: tuple[Path, ...], functions: Deployed) -> Kind:
    return layers, tuple(_named(function) for function, _ in functions)


def _files(paths: Any) -> dict[Path, tuple[int, int]]:
    found = {each: each.stat() for each in paths}
    return {path: (each.st_mtime_ns, each.st_size) for path, each in found.items()}
