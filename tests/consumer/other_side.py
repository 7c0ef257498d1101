"""The consumer's process, as a test speaks with it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.consumer.certificates import Certificate

ROOT: Final = Path(__file__).parents[2]


class RefusedError(Exception):
    """What redis-py raised on the other side, by the name of its class."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error, self.message = error, message


class Consumer:
    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def node(self, name: str, *command: object) -> Any:
        return self._ask(act="node", name=name, command=command)

    def cluster(self, name: str, *commands: tuple[object, ...]) -> Any:
        return self._ask(act="cluster", name=name, commands=commands)

    @property
    def members(self) -> list[str]:
        return list(self._ask(act="members"))

    @property
    def loaded(self) -> set[str]:
        return set(self._ask(act="loaded"))

    @property
    def refused(self) -> list[str]:
        return list(self._ask(act="refused"))

    def tell(self, **line: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(line) + "\n")

    def _ask(self, **question: object) -> Any:
        self.tell(**question)
        assert self._process.stdout is not None
        found = json.loads(self._process.stdout.readline())
        if "error" in found:
            raise RefusedError(found["error"], found["message"])
        return found["answer"]


@contextmanager
def consumer(names: Mapping[str, str], port: int, certificate: Certificate | None) -> Iterator[Consumer]:
    """A process that knows the map, the port, and whom to trust if there is TLS; it ends with the context.

    It has nothing of this process but that: neither its environment nor what is open here.
    """
    command = [sys.executable, "-m", "tests.consumer.client"]
    kept = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
    process = subprocess.Popen(
        command, cwd=ROOT, env=kept, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    with process:
        found = Consumer(process)
        found.tell(names=dict(names), port=port, authority=str(certificate.authority) if certificate else None)
        yield found
