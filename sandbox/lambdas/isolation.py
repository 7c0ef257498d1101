"""Separates functions and accounts that share a process: environment variables, modules, loggers.

All three are global to a process, so these functions set them and restore them. Only one account is open at a time.
"""

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final


def put(variables: Mapping[str, str]) -> None:
    """Replace all environment variables of the process by these. Few differ between functions: only those change."""
    for name in [name for name in os.environ if name not in variables]:
        del os.environ[name]
    for name, value in variables.items():
        if os.environ.get(name) != value:
            os.environ[name] = value


@contextmanager
def environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Replace the environment variables while entered, and restore them whatever the code inside did to them."""
    before = dict(os.environ)
    put(variables)
    try:
        yield
    finally:
        put(before)


@contextmanager
def on_path(folders: Iterable[Path]) -> Iterator[None]:
    """Look for modules in these folders first."""
    before = list(sys.path)
    # resolved, so that the modules found there say so in `__file__`, by which `forgetting` tells them
    sys.path[:0] = [str(folder.resolve()) for folder in folders]
    try:
        yield
    finally:
        sys.path[:] = before


@contextmanager
def forgetting(folders: tuple[Path, ...]) -> Iterator[None]:
    """Import the modules of these folders anew while entered, and restore the process's own afterwards."""
    modules, loggers = modules_of(folders, forget=True), loggers_of_their_own(forget=True)
    finder = _finder(folders)
    try:
        sys.meta_path.insert(0, finder)
        with on_path(folders):
            yield
    finally:
        sys.meta_path.remove(finder)
        modules_of(folders, forget=True)
        loggers_of_their_own(forget=True)
        sys.modules.update(modules)
        logging.root.manager.loggerDict.update(loggers)


class Code(SourceFileLoader):
    """Loads a file's code, which is read once for all accounts of a process: reading takes longer than running it."""

    _read: Final[dict[str, CodeType | None]] = {}

    def get_code(self, fullname: str) -> CodeType | None:
        if self.path not in self._read:
            self._read[self.path] = super().get_code(fullname)
        return self._read[self.path]


class _Finder(MetaPathFinder):
    """Finds the modules of some folders as Python does, but once for all accounts of a process."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [str(folder.resolve()) for folder in folders]
        self._found: dict[str, tuple[str, list[str] | None]] = {}

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._found and not self._look(name, path):
            return None
        file, inner = self._found[name]
        return spec_from_file_location(name, file, loader=Code(name, file), submodule_search_locations=inner)

    def _look(self, name: str, path: Sequence[str] | None) -> bool:
        """Whether it is a module of these folders that is made of a Python file."""
        if path is not None and name.rpartition(".")[0] not in self._found:
            return False
        spec = PathFinder.find_spec(name, self._folders if path is None else path)
        if spec is None or spec.origin is None or not isinstance(spec.loader, SourceFileLoader):
            return False
        self._found[name] = spec.origin, spec.submodule_search_locations
        return True


_finder = cache(_Finder)


def modules_of(folders: tuple[Path, ...], *, forget: bool = False) -> dict[str, ModuleType]:
    """Those that were imported from files in these folders, by name."""
    roots = tuple(f"{folder.resolve()}{os.sep}" for folder in folders)
    there = {name.partition(".")[0] for folder in folders if folder.is_dir() for name in os.listdir(folder)}
    found = {
        name: each
        for name, each in sys.modules.items()
        if name.partition(".")[0] in there and (getattr(each, "__file__", None) or "").startswith(roots)
    }
    for name in found if forget else ():
        del sys.modules[name]
    return found


def loggers_of_their_own(*, forget: bool = False) -> dict[str, logging.Logger]:
    """A logger with its own handler keeps the standard output of the time it was made, which may be closed by now."""
    known = logging.root.manager.loggerDict
    found = {name: each for name, each in known.items() if isinstance(each, logging.Logger) and each.handlers}
    for name in found if forget else ():
        del known[name]
    return found
