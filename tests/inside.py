"""Tests that are called in a fork of an account which is held: each begins where the others do, and leaves no trace.

    @pytest.fixture
    def ready() -> Inside:
        return Inside(ground("provisioned", "create"))

    def test_it_is_there(ready: Account) -> None: ...

`conftest.py` calls such a test. Its other arguments have to be picklable.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from sandbox.account import Account
    from sandbox.scenarios.forks import Holder

Test = Callable[..., None]


@dataclass(frozen=True)
class Inside:
    """A fixture's value. The test that asks for it is called in a fork of what is held, and gets that instead."""

    holder: "Holder[Any]"


def call(test: Test, arguments: Mapping[str, Any]) -> bool:
    """Call a test in a fork if one of its arguments says so, and return whether one does."""
    inside = {name: each for name, each in arguments.items() if isinstance(each, Inside)}
    if not inside:
        return False
    ((name, each),) = inside.items()
    others = {other: value for other, value in arguments.items() if other != name}
    each.holder.ask(_called, test, name, others)
    return True


def _called(account: "Account", test: Test, name: str, others: Mapping[str, Any]) -> None:
    """Asked in a fork. What pytest raises by itself is no Exception, and would not come back."""
    try:
        test(**{name: account}, **others)
    except pytest.fail.Exception as failure:
        raise AssertionError(failure.msg) from failure
