"""Separates functions and accounts that share a process: environment variables, modules, loggers.

All three are global to a process, so these functions set them and restore them. Only one account is open at a time.
"""

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType


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
    modules, loggers = _take_out(folders), _take_out_loggers()
    try:
        with on_path(folders):
            yield
    finally:
        _take_out(folders)
        _take_out_loggers()
        sys.modules.update(modules)
        logging.root.manager.loggerDict.update(loggers)


def _take_out(folders: tuple[Path, ...]) -> dict[str, ModuleType]:
    roots = tuple(f"{folder.resolve()}{os.sep}" for folder in folders)
    found = {
        name: each for name, each in sys.modules.items() if (getattr(each, "__file__", None) or "").startswith(roots)
    }
    for name in found:
        del sys.modules[name]
    return found


def _take_out_loggers() -> dict[str, logging.Logger]:
    """A logger with its own handler keeps the standard output of the time it was made, which may be closed by now."""
    known = logging.root.manager.loggerDict
    found = {name: each for name, each in known.items() if isinstance(each, logging.Logger) and each.handlers}
    for name in found:
        del known[name]
    return found
