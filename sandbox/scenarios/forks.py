"""Keeps an open account in a process of its own, and forks a child of it for each question.

So hundreds of runs begin in the same state without laying the world again. The process that asks keeps real time and
its own modules. A question costs a fork and its run. The child exits after its answer, so what it did to the account is
gone. This needs `fork`, which Windows does not have.
"""

import gc
import os
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any, Generic, TypeVar, TypeVarTuple

Held = TypeVar("Held")
Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")
Outcome = tuple[Any, BaseException | None]


class Holder(Generic[Held]):
    """Enters `opened` in a process of its own, which ends with `close` or with the process that asks."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Held]]) -> None:
        context = get_context("fork")
        self._near, far = context.Pipe()
        self._process = context.Process(target=_hold, args=(opened, far, self._near), daemon=True)
        with _forking():
            self._process.start()
        far.close()

    def ask(self, question: Callable[[Held, *Arguments], Answer], *arguments: *Arguments) -> Answer:
        """Call the question in a fork. The question, its arguments and the answer must be picklable.

        Raises the question's own exception, with its traceback as a note, and RuntimeError if the fork died.
        """
        self._near.send((question, arguments))
        outcome: tuple[Answer, BaseException | None] = self._near.recv()
        answer, failure = outcome
        if failure is not None:
            raise failure
        return answer

    def close(self) -> None:
        self._near.send(None)
        self._process.join()


def forked(question: Callable[[*Arguments], Answer], *arguments: *Arguments) -> Answer:
    """What a question answers in a fork of this process, whose state it leaves as it is. The answer must be picklable.

    So questions that begin alike are asked once what they begin with, in a fork of a `Holder`, and go on from there.
    Raises what `Holder.ask` does.
    """
    near, far = Pipe(duplex=False)
    child = _fork(far, lambda: question(*arguments))
    far.close()
    with near:
        answer: Answer
        try:
            answer, failure = near.recv()
        except EOFError:
            failure = None
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        raise _dead(status)
    if failure is not None:
        raise failure
    return answer


def _hold(opened: Callable[[], AbstractContextManager[Held]], far: Connection, near: Connection) -> None:
    near.close()  # else this process would not notice that the asking one has ended
    with opened() as held:
        gc.freeze()  # else a fork's first full collection looks at all there is, and so copies it
        while (asked := _next(far)) is not None:
            question, arguments = asked
            _answer(far, held, question, arguments)


def _next(far: Connection) -> Any:
    try:
        return far.recv()
    except EOFError:
        return None


def _answer(far: Connection, held: object, question: Callable[..., object], arguments: tuple[object, ...]) -> None:
    child = _fork(far, lambda: question(held, *arguments))
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        far.send((None, _dead(status)))


def _fork(far: Connection, asked: Callable[[], object]) -> int:
    """The id of a fork of this process that sends there what comes of a question."""
    with _forking():
        child = os.fork()
    if not child:
        gc.disable()  # what the question leaves goes with this process
        try:
            far.send(_outcome(asked))
            os._exit(0)
        finally:
            os._exit(1)
    return child


def _dead(status: int) -> RuntimeError:
    return RuntimeError(f"the fork ended with {status} and no answer")


def _outcome(asked: Callable[[], object]) -> Outcome:
    try:
        return asked(), None
    except Exception as error:  # noqa: BLE001  whatever a question raises is for whoever asked it
        error.add_note(traceback.format_exc())
        return None, error


@contextmanager
def _forking() -> Iterator[None]:
    """Silences the warning of Python 3.12 and later about other threads: here they only wait for the fork."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
