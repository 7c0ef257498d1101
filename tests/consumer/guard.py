"""What the network of a consumer's VPC is to a process: names lead where its map says, and only endpoints are there.

Names are the map's alone, by a function in place of `socket.getaddrinfo`. That nothing else is reached is held by an
audit hook: the interpreter itself asks it before each connection, each datagram and each look-up, in every thread and
for every library, and it cannot be taken off again (PEP 578). It stops what could do without the interpreter as well:
other processes, other interpreters and foreign functions.
"""

import errno
import socket
import sys
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

ADDRESSED: Final = ("socket.connect", "socket.sendto", "socket.sendmsg")
LOOKED_UP: Final = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
AROUND: Final = ("subprocess.", "ctypes.", "pty.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn")
INTERPRETERS: Final = ("_xxsubinterpreters", "_interpreters")
"""What makes another interpreter in this process, whose hooks would be its own, in Python up to 3.12 and since."""


class Guard:
    """Installed for as long as the process lives. `refused` has what was tried, in words."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {name.lower(): address for name, address in names.items()}
        self.refused: list[str] = []

    def install(self) -> None:
        original = socket.getaddrinfo

        def getaddrinfo(host: Any, *args: Any, **options: Any) -> Any:
            return original(self._address_of(host), *args, **options)

        socket.getaddrinfo = getaddrinfo
        sys.addaudithook(self._hook)

    def _address_of(self, host: object) -> str:
        name = str(host).lower()
        if name in self._names:
            return self._names[name]
        if _is_address(name):
            return name
        self._refuse(f"the name {host}")
        raise socket.gaierror(socket.EAI_NONAME, f"the map has no name {host}")

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ADDRESSED:
            self._reach(arguments[1])
        elif event in LOOKED_UP:
            self._look_up(arguments[0])
        elif event.startswith(AROUND) or (event == "import" and arguments[0] in INTERPRETERS):
            self._refuse(event)
            raise PermissionError(f"{event} could go around the network of this process")

    def _reach(self, address: object) -> None:
        """`sendmsg` on a connected socket names no address: that has been judged as it was connected."""
        if address is None or (isinstance(address, tuple) and address[0] in self._names.values()):
            return
        self._refuse(f"the address {address[0] if isinstance(address, tuple) else address}")
        raise OSError(errno.ENETUNREACH, f"no route to {address} from here")

    def _look_up(self, host: object) -> None:
        """The resolver may turn an address into numbers; a name would go to the machine's own."""
        host = host[0] if isinstance(host, tuple) else host
        if not _is_address(str(host)):
            self._refuse(f"the name {host}")
            raise socket.gaierror(socket.EAI_NONAME, f"nobody resolves {host} here")

    def _refuse(self, what: str) -> None:
        if what not in self.refused:
            self.refused.append(what)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
