"""Forks: each question starts from the same state, and nothing of it comes back but the answer."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from sandbox.scenarios.forks import Holder, forked


@contextmanager
def a_list() -> Iterator[list[int]]:
    yield [1]


@pytest.fixture
def holder() -> Iterator[Holder[list[int]]]:
    opened: Holder[list[int]] = Holder(a_list)
    yield opened
    opened.close()


def grown(held: list[int], by: int) -> tuple[list[int], int]:
    held.append(by)
    return held, os.getpid()


def grown_twice(held: list[int]) -> tuple[list[list[int]], int]:
    """What it grows to by 2 first and then, each in a fork of its own, by 3 and by 4; and by how many it has grown."""
    held.append(2)
    answers = [forked(grown, held, by) for by in (3, 4)]
    assert len({process for _, process in answers} | {os.getpid()}) == 3
    return [found for found, _ in answers], len(held) - 1


def branching_to(held: list[int], question: Callable[[list[int]], object]) -> object:
    return forked(question, held)


def refused(held: list[int]) -> None:
    raise LookupError(f"there is nothing but {held}")


def killed(held: list[int]) -> None:
    os._exit(7)


def unspeakable(held: list[int]) -> object:
    return lambda: held


def test_every_question_starts_from_the_same_state(holder: Holder[list[int]]) -> None:
    (first, one), (second, other) = holder.ask(grown, 2), holder.ask(grown, 3)
    assert (first, second) == ([1, 2], [1, 3])
    assert len({one, other, os.getpid()}) == 3


def test_what_a_question_raises_is_raised_here_with_its_traceback(holder: Holder[list[int]]) -> None:
    with pytest.raises(LookupError, match=r"nothing but \[1\]") as raised:
        holder.ask(refused)
    assert "in refused" in raised.value.__notes__[0]
    assert holder.ask(grown, 2)[0] == [1, 2], "it goes on answering"


@pytest.mark.parametrize(("question", "status"), [(killed, 7), (unspeakable, 1)])
def test_a_fork_without_an_answer_is_an_error(
    holder: Holder[list[int]], question: Callable[[list[int]], object], status: int, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(RuntimeError, match=f"ended with {status} and no answer"):
        holder.ask(question)
    assert holder.ask(grown, 2)[0] == [1, 2], "it goes on answering"


def test_questions_that_begin_alike_go_on_in_forks_from_there(holder: Holder[list[int]]) -> None:
    assert holder.ask(grown_twice) == ([[1, 2, 3], [1, 2, 4]], 1)


def test_a_fork_of_a_fork_raises_as_one_does(holder: Holder[list[int]], capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LookupError, match=r"nothing but \[1\]"):
        holder.ask(branching_to, refused)
    for question, status in ((killed, 7), (unspeakable, 1)):
        with pytest.raises(RuntimeError, match=f"ended with {status} and no answer"):
            holder.ask(branching_to, question)
