"""Keeps a process and its children on this machine, and writes down what they asked of the network.

Python imports a module of this name at its start ("site", Python library reference), so whatever runs with this folder
on PYTHONPATH is held to it: the emulator, and the functions in their worker processes. A name is never looked up and
nothing outside loopback is connected to; both are written to the file LOOPBACK_LOG.
"""

import os
import socket
import sys

ADDRESSED = {"socket.connect", "socket.sendto", "socket.bind"}
LOOPBACK = ("127.", "::1")


def _note(text: str) -> None:
    line = f"{text}\n".encode()
    descriptor = os.open(os.environ["LOOPBACK_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line)
    os.close(descriptor)


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event in ADDRESSED and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if not (host.startswith(LOOPBACK) or host == "localhost" or event == "socket.bind"):
            _note(f"{event} {host}")
            raise PermissionError(f"{event} of {host} would leave this machine")
        if event == "socket.bind" and not host.startswith(LOOPBACK):
            _note(f"{event} {host}")
    elif event == "socket.getaddrinfo" and not _is_local(str(arguments[0])):
        _note(f"{event} {arguments[0]}")
        raise socket.gaierror(socket.EAI_NONAME, "no name is looked up here")


def _is_local(host: str) -> bool:
    return host in ("localhost", "None", "") or host.startswith(LOOPBACK)


sys.addaudithook(_watch)
