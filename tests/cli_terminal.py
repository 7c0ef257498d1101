"""A command in a real pseudo-terminal, whose screen is read as a person sees it."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from typing import Self

import pyte


class Terminal:
    """Runs the command while it is entered; it is killed if it has not ended by then."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], columns: int, lines: int) -> None:
        self._command = command
        own = {name: value for name, value in variables.items() if name not in ("COLUMNS", "LINES")}
        self._variables = {**own, "TERM": "xterm-256color"}
        self._size = struct.pack("HHHH", lines, columns, 0, 0)
        self._screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self._screen)

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, self._size)
        self._process = subprocess.Popen(
            self._command,
            env=self._variables,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_control,  # else Ctrl-C never arrives
        )
        os.close(slave)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def text(self) -> str:
        """What has scrolled off the screen, and its lines, without blanks at their ends."""
        former = ["".join(line[n].data for n in sorted(line)) for line in self._screen.history.top]
        return "\n".join(line.rstrip() for line in [*former, *self._screen.display]).strip()

    def wait_for(self, text: str) -> None:
        while text not in self.text():
            assert self._read(), f"it ended without {text!r}:\n{self.text()}"

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def ended(self) -> int:
        """Waits until the command has ended, and returns its exit code."""
        while self._read():
            pass
        return self._process.wait()

    def _read(self) -> bool:
        """Shows what the command has written. Returns False at the end."""
        select.select([self._master], [], [])
        try:
            written = os.read(self._master, 65_536)
        except OSError:  # which is how Linux tells that the other side is closed
            return False
        self._stream.feed(written)
        return bool(written)


def _control() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # it is ignored in what a shell has started in the background
