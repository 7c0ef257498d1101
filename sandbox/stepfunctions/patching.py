"""Replaces attributes of moto's classes and modules while an account is open, and restores them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Seam:
    """One attribute of a class or module of moto, and its replacement."""

    owner: Any
    name: str
    replacement: Any

    @property
    def original(self) -> Any:
        return self.owner.__dict__[self.name]

    def __str__(self) -> str:
        where = getattr(self.owner, "__module__", None)
        return ".".join(part for part in (where, self.owner.__name__, self.name) if part)


@contextmanager
def patched(seams: Sequence[Seam]) -> Iterator[None]:
    """Replace all of them while entered. Raises KeyError for an attribute that does not exist."""
    originals = [(seam, seam.original) for seam in seams]
    try:
        for seam in seams:
            setattr(seam.owner, seam.name, seam.replacement)
        yield
    finally:
        for seam, original in reversed(originals):
            setattr(seam.owner, seam.name, original)
