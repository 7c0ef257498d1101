"""What definitions are parsed to, kept in a folder for the processes to come.

Parsing fifty states takes moto half a second, and reading back what they were parsed to a hundredth of one. A file's
name is a digest of the definition and of everything by which it was parsed, and a file is put in its place whole: so
what is found is never old nor broken by another process.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

LONG: Final = 4_000
"""Characters of a definition of which it is worth it."""
KEPT: Final = 64
"""So many files stay in a folder, the latest ones."""
Parse = Callable[[str], tuple[Any, Any]]
_folders: Final[list[Path]] = []


def keep_in(folder: Path) -> None:
    """From now on this process keeps programs in a folder of its own user's, and takes those that it finds there."""
    _folders[:] = [folder.absolute()]


def kept(parse: Parse) -> Parse:
    """Parses as moto does, with no tree beside a program that was kept: nobody asks for one."""

    def parsed(definition: str) -> tuple[Any, Any]:
        if not _folders or len(definition) < LONG:
            return parse(definition)
        file = _folders[0] / f"{hashlib.sha256(f'{_by_what()} {definition}'.encode()).hexdigest()}.pickle"
        with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
            return pickle.loads(file.read_bytes()), None
        program, _ = parse(definition)
        _put(file, pickle.dumps(program))
        return program, None

    return parsed


@functools.cache
def _by_what() -> str:
    """Versions of Python and of moto, and of the sandbox's own part in it."""
    own = b"".join(each.read_bytes() for each in sorted(Path(__file__).parent.glob("*.py")))
    return f"{sys.version} {version('moto')} {hashlib.sha256(own).hexdigest()}"


def _put(file: Path, program: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_suffix(f".{os.getpid()}")
    beside.write_bytes(program)
    beside.replace(file)
    with contextlib.suppress(FileNotFoundError):  # another process was faster
        for old in sorted(file.parent.iterdir(), key=lambda each: each.stat().st_mtime)[:-KEPT]:
            old.unlink()
